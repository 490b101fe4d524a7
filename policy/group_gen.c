/* group_gen: a program of the build. Reads data/groups.json, strictly, and writes it as C. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "policy/group.h"

static void emit_text(struct str *to, const char *text)
{
    str_addc(to, '"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        str_addf(to, "\\%03o", *p);
    str_addc(to, '"');
}

static void emit_list(struct str *to, size_t group, const char *field, const struct strlist *list)
{
    for (size_t i = 0; i < list->n; i++) {
        str_addf(to, "static char %s_%zu_%zu[] = ", field, group, i);
        emit_text(to, list->item[i]);
        str_add(to, ";\n");
    }
    str_addf(to, "static char *%s_%zu[] = {", field, group);
    for (size_t i = 0; i < list->n; i++)
        str_addf(to, "%s_%zu_%zu, ", field, group, i);
    str_add(to, "NULL};\n");
}

static void emit(struct str *to, const struct group_set *s)
{
    str_add(to, "#include \"policy/group_builtin.h\"\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct group *g = &s->group[i];
        str_addf(to, "static char name_%zu[] = ", i);
        emit_text(to, g->name);
        str_addf(to, ";\nstatic char description_%zu[] = ", i);
        emit_text(to, g->description);
        str_add(to, ";\n");
        emit_list(to, i, "read", &g->read);
        emit_list(to, i, "write", &g->write);
        emit_list(to, i, "readwrite", &g->readwrite);
        emit_list(to, i, "deny", &g->deny);
        emit_list(to, i, "commands", &g->commands);
        emit_list(to, i, "guard", &g->guard);
        emit_list(to, i, "scratch", &g->scratch);
        emit_list(to, i, "symlinks", &g->symlinks);
    }
    str_add(to, "struct group group_builtin[] = {\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct group *g = &s->group[i];
        str_addf(to, "{.name = name_%zu, .description = description_%zu, .platform = %d, .required = %d, .unlink = %d, .unlink_override = %d,\n",
                      i, i, (int)g->platform, g->required, g->unlink, g->unlink_override);
        str_addf(to, ".read = {read_%zu, %zu, 0}, .write = {write_%zu, %zu, 0}, .readwrite = {readwrite_%zu, %zu, 0},\n", i, g->read.n, i,
                      g->write.n, i, g->readwrite.n);
        str_addf(to, ".scratch = {scratch_%zu, %zu, 0},\n", i, g->scratch.n);
        str_addf(to, ".deny = {deny_%zu, %zu, 0}, .commands = {commands_%zu, %zu, 0}, .guard = {guard_%zu, %zu, 0}, .symlinks = {symlinks_%zu, %zu, 0}},\n", i,
                      g->deny.n, i, g->commands.n, i, g->guard.n, i, g->symlinks.n);
    }
    str_addf(to, "};\nconst size_t group_builtin_n = %zu;\n", s->n);
}

static int write_file(const char *path, const struct str *text, struct err *e)
{
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_set(e, ERR_IO, "cannot create %s", path);
    return fs_write_all(fd, text->buf, text->len, e);
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str json = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str made = STR_INIT(STR_MAX_SCRIPT);
    AUTO(group_set_release) struct group_set set = {0};
    if (argc != 3)
        return EXIT_FAILURE;
    int r = fs_read(AT_FDCWD, argv[1], &json, &e);
    if (r == 0)
        r = group_set_parse(json.buf, json.len, argv[1], &set, &e);
    if (r == 0) {
        emit(&made, &set);
        r = str_check(&made, "the generated data", &e);
    }
    if (r == 0)
        r = write_file(argv[2], &made, &e);
    if (r == 0)
        return EXIT_SUCCESS;
    (void)dprintf(STDERR_FILENO, "group_gen: %s\n", e.text);
    return EXIT_FAILURE;
}
