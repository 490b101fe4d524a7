/* explain_exec: what the kernel opens to execute a file: the file, the interpreter its first line names, and the loader. */
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "policy/explain_parts.h"

enum { HEAD_MAX = 256 /* what the kernel looks at, BINPRM_BUF_SIZE */, SEGMENTS_MAX = 64 };

void explain_goal_release(struct explain_goal *g)
{
    for (size_t i = 0; i < g->n_parts; i++) {
        mem_free(g->part[i].path);
        real_release(&g->part[i].real);
    }
    *g = (struct explain_goal){0};
}

bool explain_goal_add(struct explain_goal *g, const char *what, char *path, unsigned access)
{
    AUTO(mem_free_ptr) char *owned = path;
    AUTO(real_cache_release) struct real_cache cache = {0};
    if (g->n_parts == EXPLAIN_MAX_PARTS)
        return false;
    struct explain_part *part = &g->part[g->n_parts++];
    *part = (struct explain_part){.what = what, .path = take_ptr(&owned), .access = access};
    real_find(&cache, part->path, &part->real);
    return true;
}

/* "#! /usr/bin/python3 -u" gives "/usr/bin/python3"; NULL when there is none. */
static char *interpreter_of(char *head, const char *workdir)
{
    struct err ignored = ERR_INIT;
    char *path = NULL;
    if (!str_starts(head, "#!"))
        return NULL;
    char *name = head + 2;
    name[strcspn(name, "\n")] = '\0';
    name += strspn(name, " \t");
    name[strcspn(name, " \t")] = '\0';
    return *name && path_lexical(workdir, name, &path, &ignored) == 0 ? path : NULL;
}

static bool find_segment(int fd, const Elf64_Ehdr *h, Elf64_Phdr *ret)
{
    for (unsigned i = 0; i < h->e_phnum && i < SEGMENTS_MAX; i++) {
        off_t at = (off_t)(h->e_phoff + i * sizeof *ret);
        if (pread(fd, ret, sizeof *ret, at) != (ssize_t)sizeof *ret)
            return false;
        if (ret->p_type == PT_INTERP)
            return true;
    }
    return false;
}

/* What PT_INTERP names; NULL for a static program, and for what is no ELF file of 64 bits. */
static char *loader_of(int fd)
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    char name[STR_MAX_PATH];
    struct err ignored = ERR_INIT;
    char *path = NULL;
    if (pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof segment || !find_segment(fd, &header, &segment) ||
        segment.p_filesz < 2 || segment.p_filesz >= sizeof name)
        return NULL;
    if (pread(fd, name, segment.p_filesz, (off_t)segment.p_offset) != (ssize_t)segment.p_filesz)
        return NULL;
    name[segment.p_filesz] = '\0';
    return path_lexical("/", name, &path, &ignored) == 0 ? path : NULL;
}

static bool add_next(const char *file, const char *workdir, struct explain_goal *g)
{
    char head[HEAD_MAX + 1] = "";
    struct stat st;
    if (stat(file, &st) < 0 || !S_ISREG(st.st_mode)) /* opening a FIFO or a device would do something */
        return false;
    AUTO(mem_close_fd) int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || pread(fd, head, HEAD_MAX, 0) <= 0)
        return false;
    char *interpreter = interpreter_of(head, workdir);
    if (interpreter)
        return explain_goal_add(g, "interpreter", interpreter, CAPS_READ);
    char *loader = loader_of(fd);
    if (loader)
        (void)explain_goal_add(g, "loader", loader, CAPS_READ);
    return false;
}

void explain_find_parts(const char *workdir, struct explain_goal *g)
{
    while (g->n_parts > 0 && add_next(g->part[g->n_parts - 1].real.path, workdir, g))
        ;
}

void explain_exec_parts(const char *workdir, const char *path, struct strlist *ret)
{
    AUTO(explain_goal_release) struct explain_goal goal = {0};
    (void)explain_goal_add(&goal, "program", mem_strdup(path), CAPS_READ);
    explain_find_parts(workdir, &goal);
    for (size_t i = 0; i < goal.n_parts; i++) {
        strlist_add(ret, goal.part[i].what);
        strlist_add(ret, goal.part[i].real.path);
    }
}
