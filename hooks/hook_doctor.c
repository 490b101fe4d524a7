/* hook_doctor: PATH, looked through as a shell and as the kernel would. */
#include "hooks/hook_doctor.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"
#include "hooks/shim.h"

const char *const hook_reach_names[] = {"wrapped", "bypassed", "unreached", "not found", NULL};

struct directories {
    struct strlist list; /* absolute ones, in order */
    char *shims;
};

static void directories_release(struct directories *d)
{
    strlist_release(&d->list);
    mem_free(take_ptr(&d->shims));
}

static void read_path(const struct world *w, struct directories *ret)
{
    *ret = (struct directories){.list = STRLIST_INIT, .shims = shim_dir(w)};
    for (const char *at = w->path; *at; at += *at == ':') {
        size_t len = strcspn(at, ":");
        AUTO(mem_free_ptr) char *dir = mem_strndup(at, len);
        if (dir[0] == '/')
            (void)strlist_add_once(&ret->list, dir);
        at += len;
    }
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static void find_program(const struct directories *d, const char *name, struct hook_finding *ret)
{
    bool linked = false;
    *ret = (struct hook_finding){.name = mem_strdup(name), .reach = HOOK_UNREACHED};
    for (size_t i = 0; i < d->list.n && !ret->found; i++) {
        AUTO(mem_free_ptr) char *path = path_join(d->list.item[i], name);
        if (strcmp(d->list.item[i], d->shims) == 0) {
            linked = linked || is_program(path);
            continue;
        }
        if (!is_program(path))
            continue;
        ret->found = take_ptr(&path);
        ret->reach = linked ? HOOK_WRAPPED : HOOK_UNREACHED;
        for (size_t j = i + 1; j < d->list.n && !linked; j++)
            if (strcmp(d->list.item[j], d->shims) == 0)
                ret->reach = HOOK_BYPASSED;
    }
    if (!ret->found)
        ret->reach = HOOK_NOT_FOUND;
}

/* "#!/usr/bin/python3 -E" gives "/usr/bin/python3"; NULL when the file begins otherwise. `line` is changed. */
static char *interpreter_of(char *line)
{
    if (!str_starts(line, "#!"))
        return NULL;
    char *at = line + strlen("#!");
    at += strspn(at, " \t");
    at[strcspn(at, " \t\r\n")] = '\0';
    return at[0] == '/' ? at : NULL;
}

static void look_at_script(struct hook_doctor *d, const struct hook_settings *s, int dir, const char *directory, const char *name)
{
    enum { FIRST_LINE = 256 }; /* what the kernel reads, execve(2) */
    char line[FIRST_LINE];
    AUTO(mem_close_fd) int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
        return;
    ssize_t len = read(fd, line, sizeof line - 1);
    line[len > 0 ? len : 0] = '\0';
    const char *interpreter = interpreter_of(line);
    if (!interpreter || !hook_program_of(s, path_base(interpreter)) || d->n_scripts >= HOOK_DOCTOR_MAX_SCRIPTS)
        return;
    mem_reserve(&d->script, &d->cap_scripts, d->n_scripts + 1, sizeof *d->script);
    d->script[d->n_scripts++] = (struct hook_script_found){.path = path_join(directory, name), .interpreter = mem_strdup(interpreter)};
}

static int look_at_scripts(struct hook_doctor *d, const struct hook_settings *s, const struct directories *on, struct err *e)
{
    AUTO(strlist_release) struct strlist seen = STRLIST_INIT; /* /bin is /usr/bin */
    size_t left = HOOK_DOCTOR_MAX_FILES;
    for (size_t i = 0; i < on->list.n; i++) {
        AUTO(strlist_release) struct strlist names = STRLIST_INIT;
        AUTO(mem_close_fd) int found = -1;
        AUTO(mem_free_ptr) char *real = NULL;
        struct err ignored = ERR_INIT;
        if (strcmp(on->list.item[i], on->shims) == 0 || path_resolve(on->list.item[i], &found, &real, &ignored) < 0 || !strlist_add_once(&seen, real))
            continue;
        AUTO(mem_close_fd) int dir = open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
            continue;
        int r = fs_list(dir, ".", &names, e);
        if (r < 0)
            return r;
        for (size_t j = 0; j < names.n && left > 0; j++, left--)
            look_at_script(d, s, dir, on->list.item[i], names.item[j]);
    }
    return 0;
}

int hook_doctor_look(const struct world *w, const struct hook_settings *s, const struct strlist *names, struct hook_doctor *ret, struct err *e)
{
    AUTO(directories_release) struct directories on;
    read_path(w, &on);
    *ret = (struct hook_doctor){.shims_on_path = strlist_has(&on.list, on.shims)};
    ret->shims_first = on.list.n > 0 && strcmp(on.list.item[0], on.shims) == 0;
    ret->program = mem_array(names->n + 1, sizeof *ret->program);
    for (size_t i = 0; i < names->n; i++)
        find_program(&on, names->item[i], &ret->program[ret->n_programs++]);
    int r = look_at_scripts(ret, s, &on, e);
    if (r < 0)
        hook_doctor_release(ret);
    return r;
}

void hook_doctor_release(struct hook_doctor *d)
{
    for (size_t i = 0; i < d->n_programs; i++) {
        mem_free(d->program[i].name);
        mem_free(d->program[i].found);
    }
    for (size_t i = 0; i < d->n_scripts; i++) {
        mem_free(d->script[i].path);
        mem_free(d->script[i].interpreter);
    }
    mem_free(d->program);
    mem_free(d->script);
    *d = (struct hook_doctor){0};
}
