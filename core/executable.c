/* executable: the first bytes of a file, read as the kernel does. */
#include "core/executable.h"

#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SEGMENTS_MAX = 64 };

/* "#! /usr/bin/python3 -u". */
static bool read_script(int fd, struct executable *ret)
{
    char head[EXECUTABLE_HEAD + 1] = "";
    if (pread(fd, head, EXECUTABLE_HEAD, 0) <= 0 || !str_starts(head, "#!"))
        return false;
    char *name = head + strlen("#!");
    name[strcspn(name, "\n")] = '\0';
    name += strspn(name, " \t");
    char *end = name + strcspn(name, " \t");
    char *arguments = *end ? end + 1 : end;
    *end = '\0';
    (void)snprintf(ret->next, sizeof ret->next, "%s", name);
    (void)snprintf(ret->arguments, sizeof ret->arguments, "%s", arguments);
    return *name;
}

static bool find_loader(int fd, const Elf64_Ehdr *h, Elf64_Phdr *ret)
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

static bool read_elf(int fd, struct executable *ret)
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    if (pread(fd, &header, sizeof header, 0) != (ssize_t)sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof segment || !find_loader(fd, &header, &segment) ||
        segment.p_filesz < 2 || segment.p_filesz >= sizeof ret->next)
        return false;
    if (pread(fd, ret->next, segment.p_filesz, (off_t)segment.p_offset) != (ssize_t)segment.p_filesz)
        return false;
    ret->next[segment.p_filesz] = '\0';
    return true;
}

void executable_read(int fd, struct executable *ret)
{
    ret->next[0] = ret->arguments[0] = '\0';
    ret->kind = read_script(fd, ret) ? EXECUTABLE_SCRIPT : read_elf(fd, ret) ? EXECUTABLE_LOADED : EXECUTABLE_ALONE;
}
