/* record: what is written comes back, and what was tampered with is refused. */
#include "rollback/record.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "tests/unit/session_fixture.h"
#include "tests/unit/tap.h"

TEST(a_record_survives_any_bytes)
{
    struct err e = ERR_INIT;
    struct session_record r = {.kind = mem_strdup("run"), .capture = mem_strdup("broker"), .root_inode = UINT64_MAX, .started_ns = INT64_MAX};
    r.journal = (struct session_journal){.known = true, .kept = true};
    AUTO(session_record_release) struct session_record back = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    (void)snprintf(r.id, sizeof(r.id), "20261121-183528-12345-2");
    r.workdir = mem_strdup("/a\xff\xed\xb2\x80\"\\\n/%25");
    strlist_add(&r.command, "\xc3\xa4 \x80\x01");
    strlist_add(&r.command, "");
    strlist_add(&r.exclude, "\xf0\x9f\x98\x80\xf0");
    CHECK_OK(record_format(&r, &text, &e), &e);
    CHECK_OK(record_parse(text.buf, text.len, "test", &back, &e), &e);
    CHECK_STR(back.workdir, r.workdir);
    CHECK_INT(back.command.n, 2);
    CHECK_STR(back.command.item[0], r.command.item[0]);
    CHECK_STR(back.command.item[1], "");
    CHECK_STR(back.exclude.item[0], r.exclude.item[0]);
    CHECK(back.root_inode == UINT64_MAX && back.started_ns == INT64_MAX && !back.has_after && !back.profile);
    CHECK(!back.has_before && back.journal.known && back.journal.kept);
    session_record_release(&r);
}

/* A record that has its launch, and the same as an earlier version wrote it. */
static void launch_record(struct session_record *r, bool known)
{
    *r = (struct session_record){.kind = mem_strdup("run"), .capture = mem_strdup("none"), .workdir = mem_strdup("/w"), .has_exit = true, .code = 126};
    r->has_before = true;
    (void)snprintf(r->id, sizeof(r->id), "20261121-183528-12345");
    r->started_ns = 1000;
    if (!known)
        return;
    r->launch = (struct session_launch){.known = true, .program = mem_strdup("/usr/bin/a\xff"), .terminal = 4711, .failure = mem_strdup("no \"x\"")};
    strlist_add(&r->launch.options, "--read");
    strlist_add(&r->launch.options, "/a b");
}

TEST(how_a_command_was_started_comes_back)
{
    for (int known = 0; known < 2; known++) {
        struct err e = ERR_INIT;
        AUTO(session_record_release) struct session_record r;
        AUTO(session_record_release) struct session_record back = {0};
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
        launch_record(&r, known);
        CHECK_OK(record_format(&r, &text, &e), &e);
        CHECK_INT(strstr(text.buf, "\"launch\"") != NULL, known);
        CHECK_OK(record_parse(text.buf, text.len, "test", &back, &e), &e);
        CHECK_INT(back.launch.known, known);
        if (!known)
            continue;
        CHECK_STR(back.launch.program, r.launch.program);
        CHECK_STR(back.launch.failure, r.launch.failure);
        CHECK_INT(back.launch.options.n, 2);
        CHECK_STR(back.launch.options.item[1], "/a b");
        CHECK_INT(back.launch.terminal, 4711);
        CHECK(!back.launch.wrapped);
    }
}

TEST(what_it_was_denied_comes_back)
{
    struct err e = ERR_INIT;
    AUTO(session_record_release) struct session_record r;
    AUTO(session_record_release) struct session_record back = {0};
    AUTO(session_record_release) struct session_record none = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    launch_record(&r, true);
    CHECK_OK(record_format(&r, &text, &e), &e);
    CHECK(!strstr(text.buf, "\"denied\""));
    CHECK_OK(record_parse(text.buf, text.len, "test", &none, &e), &e);
    CHECK_INT(none.denied.n, 0);
    r.denied = (struct session_denials){.watched = true, .more = 3, .item = mem_array(2, sizeof *r.denied.item), .n = 2};
    r.denied.item[0] = (struct session_denial){DENIALS_ATTRIBUTES, DENIALS_BY_GUARD, mem_strdup("/a\xff\n"), mem_strdup("x"), UINT32_MAX};
    r.denied.item[1] = (struct session_denial){DENIALS_READ, DENIALS_BY_KERNEL, mem_strdup("/b"), mem_strdup(""), 1};
    str_clear(&text);
    CHECK_OK(record_format(&r, &text, &e), &e);
    CHECK_OK(record_parse(text.buf, text.len, "test", &back, &e), &e);
    CHECK(back.denied.watched);
    CHECK_INT(back.denied.more, 3);
    CHECK_INT(back.denied.n, 2);
    CHECK_INT(back.denied.item[0].operation, DENIALS_ATTRIBUTES);
    CHECK_INT(back.denied.item[0].by, DENIALS_BY_GUARD);
    CHECK_STR(back.denied.item[0].target, "/a\xff\n");
    CHECK_INT(back.denied.item[0].count, UINT32_MAX);
    CHECK_STR(back.denied.item[1].program, "");
    char *name = strstr(text.buf, "attributes");
    CHECK(name);
    *name = 'A';
    CHECK_ERR(record_parse(text.buf, text.len, "test", &none, &e), ERR_CORRUPT, &e);
}

static void refuse(const char *from, const char *to)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_RECORD);
    AUTO(str_release) struct str bad = STR_INIT(STR_MAX_RECORD);
    AUTO(session_record_release) struct session_record r = fixture_session("true");
    AUTO(session_record_release) struct session_record back = {0};
    CHECK_OK(record_format(&r, &text, &e), &e);
    const char *at = strstr(text.buf, from);
    CHECK(at);
    str_addn(&bad, text.buf, (size_t)(at - text.buf));
    str_add(&bad, to);
    str_add(&bad, at + strlen(from));
    CHECK_ERR(record_parse(bad.buf, bad.len, "test", &back, &e), ERR_CORRUPT, &e);
    CHECK(!back.kind);
}

TEST(a_record_is_believed_field_by_field)
{
    refuse("\"version\": 1", "\"version\": 2");
    refuse("\"id\": \"2", "\"id\": \"../2");
    refuse("\"workdir\": \"/", "\"workdir\": \"");
    refuse("\"workdir\": \"/", "\"workdir\": \"/../");
    refuse("\"kind\": \"run\"", "\"kind\": \"run/..\"");
    refuse("\"root_inode\": \"", "\"root_inode\": \"0");
    refuse("\"started_ns\": \"", "\"started_ns\": \"-");
    refuse("\"code\": 0", "\"code\": 256");
    refuse("\"overlaps\": []", "\"overlaps\": [\"../x\"]");
    refuse("\"undone\": false", "\"undone\": 0");
    refuse("\"undone\": false,", "");
    refuse("\"undone\": false,", "\"undone\": false, \"more\": 1,");
    refuse("\"before\": \"", "\"before\": \"x");
    refuse("}", "");
}
