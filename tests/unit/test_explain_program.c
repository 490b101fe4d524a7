/* explain: what executing a program asks for besides the program. */
#include "policy/explain.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "tests/unit/explain_rig.h"
#include "tests/unit/tap.h"

static void script(struct rig *g, const char *name, const char *text)
{
    AUTO(mem_free_ptr) char *path = rig_path(g, name);
    home_file(&g->home, name, text);
    CHECK(chmod(path, 0755) == 0);
}

TEST(executing_asks_for_interpreter_and_loader)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    script(&g, "work/tool", "#!/bin/sh\n");
    rig_ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    script(&g, "other/interpreter", "#!/bin/sh\n");
    str_addf(&line, "#! %s/other/interpreter -x\n", g.home.path);
    script(&g, "work/tool", line.buf);
    rig_ask_exec(&g, "work/tool");
    CHECK(!g.answer.allowed);
    CHECK_STR(g.answer.part, "interpreter");
    CHECK(str_ends(g.answer.real, "/other/interpreter"));
    rig_apply(&g);
    rig_ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed);
    rig_ask_exec(&g, "/usr/bin/env");
    CHECK(g.answer.allowed);
    script(&g, "work/tool", "#!/opt/none\n");
    rig_ask_exec(&g, "work/tool");
    CHECK(!g.answer.allowed && g.answer.reason == EXPLAIN_NOT_EXECUTABLE && g.answer.change.n == 0);
    CHECK_STR(g.answer.details.buf, "the interpreter /opt/none does not exist");
}

/* What env(1) finds is as much a part as env itself. */
TEST(executing_by_way_of_env)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    script(&g, "other/special", "#!/bin/sh\n");
    script(&g, "work/tool", "#!/usr/bin/env -S A=1 special -x\n");
    mem_free(g.home.world.path);
    g.home.world.path = home_join(&g.home, "other");
    rig_ask_exec(&g, "work/tool");
    CHECK(!g.answer.allowed);
    CHECK(str_ends(g.answer.real, "/other/special"));
    mem_free(g.home.world.path);
    AUTO(str_release) struct str both = STR_INIT(STR_MAX_PATH);
    str_addf(&both, "%s/other:%s/work/bin", g.home.path, g.home.path);
    g.home.world.path = str_take(&both);
    script(&g, "work/bin/special", "#!/bin/sh\n");
    rig_ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed); /* it goes on to one that it may execute */
    mem_free(g.home.world.path);
    g.home.world.path = home_join(&g.home, "other");
    rig_ask_exec(&g, "work/tool");
    rig_apply(&g);
    rig_ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed);
}

static void put_bytes(struct rig *g, const char *name, const void *bytes, size_t len)
{
    AUTO(mem_free_ptr) char *path = rig_path(g, name);
    AUTO(mem_close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
}

/* Files that claim to be programs are read as far as they hold together. */
TEST(hostile_programs)
{
    enum { ROUNDS = 300, NAME_AT = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) };
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment;
        char name[64];
    } file = {.header = {.e_phoff = sizeof(Elf64_Ehdr), .e_phnum = 1, .e_phentsize = sizeof(Elf64_Phdr)},
              .segment = {.p_type = PT_INTERP, .p_offset = NAME_AT, .p_filesz = 64}};
    AUTO(rig_release) struct rig g;
    rig_make(&g, "developer");
    memcpy(file.header.e_ident, ELFMAG, SELFMAG);
    file.header.e_ident[EI_CLASS] = ELFCLASS64;
    memset(file.name, 'x', sizeof file.name);
    unsigned random = 1;
    for (int i = 0; i < ROUNDS; i++) {
        put_bytes(&g, "work/tool", &file, sizeof file);
        rig_ask_exec(&g, "work/tool");
        CHECK(g.answer.allowed || g.answer.details.len > 0);
        random = random * 1103515245u + 12345u;
        size_t at = EI_CLASS + 1 + (random >> 8) % (NAME_AT - EI_CLASS - 1);
        ((unsigned char *)&file)[at] ^= (unsigned char)(random >> 20);
    }
    script(&g, "work/tool", "#!");
    rig_ask_exec(&g, "work/tool");
    CHECK(g.answer.allowed); /* the kernel says ENOEXEC, and nono runs it by a shell */
}

TEST(the_loader_is_a_part_of_its_own)
{
    AUTO(rig_release) struct rig g;
    rig_make(&g, "bare");
    home_profile(&g.home, "bare", "{\"security\":{\"groups\":[\"git_config\"]}}");
    rig_add(&g, RIG_READ_FILE, "/usr/bin/env");
    rig_ask_exec(&g, "/usr/bin/env");
    CHECK(!g.answer.allowed);
    CHECK_STR(g.answer.part, "loader");
    rig_apply(&g);
    rig_ask_exec(&g, "/usr/bin/env");
    CHECK(g.answer.allowed);
}
