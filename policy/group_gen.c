/* group_gen: a program of the build. Reads data/groups.json, strictly, and writes it as C. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/fs.h"
#include "core/mem.h"
#include "policy/group.h"

static void emit_text(FILE *to, const char *text)
{
    (void)fputc('"', to);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        (void)fprintf(to, "\\%03o", *p);
    (void)fputc('"', to);
}

static void emit_list(FILE *to, size_t group, const char *field, const struct strlist *list)
{
    for (size_t i = 0; i < list->n; i++) {
        (void)fprintf(to, "static char %s_%zu_%zu[] = ", field, group, i);
        emit_text(to, list->item[i]);
        (void)fputs(";\n", to);
    }
    (void)fprintf(to, "static char *%s_%zu[] = {", field, group);
    for (size_t i = 0; i < list->n; i++)
        (void)fprintf(to, "%s_%zu_%zu, ", field, group, i);
    (void)fputs("NULL};\n", to);
}

static void emit(FILE *to, const struct group_set *s)
{
    (void)fputs("#include \"policy/group_builtin.h\"\n", to);
    for (size_t i = 0; i < s->n; i++) {
        const struct group *g = &s->group[i];
        (void)fprintf(to, "static char name_%zu[] = ", i);
        emit_text(to, g->name);
        (void)fprintf(to, ";\nstatic char description_%zu[] = ", i);
        emit_text(to, g->description);
        (void)fputs(";\n", to);
        emit_list(to, i, "read", &g->read);
        emit_list(to, i, "write", &g->write);
        emit_list(to, i, "readwrite", &g->readwrite);
        emit_list(to, i, "deny", &g->deny);
        emit_list(to, i, "commands", &g->commands);
        emit_list(to, i, "symlinks", &g->symlinks);
    }
    (void)fputs("struct group group_builtin[] = {\n", to);
    for (size_t i = 0; i < s->n; i++) {
        const struct group *g = &s->group[i];
        (void)fprintf(to, "{.name = name_%zu, .description = description_%zu, .platform = %d, .required = %d, .unlink = %d, .unlink_override = %d,\n",
                      i, i, (int)g->platform, g->required, g->unlink, g->unlink_override);
        (void)fprintf(to, ".read = {read_%zu, %zu, 0}, .write = {write_%zu, %zu, 0}, .readwrite = {readwrite_%zu, %zu, 0},\n", i, g->read.n, i,
                      g->write.n, i, g->readwrite.n);
        (void)fprintf(to, ".deny = {deny_%zu, %zu, 0}, .commands = {commands_%zu, %zu, 0}, .symlinks = {symlinks_%zu, %zu, 0}},\n", i, g->deny.n, i,
                      g->commands.n, i, g->symlinks.n);
    }
    (void)fprintf(to, "};\nconst size_t group_builtin_n = %zu;\n", s->n);
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    AUTO(group_set_release) struct group_set set = {0};
    if (argc != 3)
        return EXIT_FAILURE;
    if (fs_read(AT_FDCWD, argv[1], &text, &e) < 0 || group_set_parse(text.buf, text.len, argv[1], &set, &e) < 0) {
        (void)fprintf(stderr, "%s\n", e.text);
        return EXIT_FAILURE;
    }
    FILE *to = fopen(argv[2], "we");
    if (!to)
        return EXIT_FAILURE;
    emit(to, &set);
    return fclose(to) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
