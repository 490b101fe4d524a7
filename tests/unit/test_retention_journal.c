/* retention_journal: what an unsealed session needs, whole and damaged. */
#include "rollback/retention_journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/seal_keep.h"
#include "tests/unit/mutate_fixture.h"
#include "tests/unit/tap.h"

struct scene {
    struct fixture f;
    struct session_place place;
    struct session_record record;
};

static void shell(const struct scene *s, const char *script)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "cd %s && %s", s->f.base, script);
    CHECK_INT(system(command), 0);
}

static void unlink_one(const struct scene *s, struct mutate *m, const char *path)
{
    struct fixture_place p;
    CHECK(fixture_open(&s->f, path, &p));
    CHECK_INT(mutate_unlink(m, &p.place), 0);
    fixture_close(&p);
}

/* Two files were deleted. */
static void make(struct scene *s)
{
    struct fixture_session session;
    struct err e = ERR_INIT;
    s->place = (struct session_place)SESSION_PLACE_INIT;
    s->record = (struct session_record){.id = "1"};
    fixture_init(&s->f, tap_tmpdir());
    shell(s, "echo a >tree0/a; echo b >tree0/b");
    fixture_begin(&s->f, 1, &session);
    unlink_one(s, &session.m, "tree0/a");
    unlink_one(s, &session.m, "tree0/b");
    fixture_end(&session);
    shell(s, "touch sessions/1/lock; chmod 700 .");
    CHECK_OK(session_place_open(s->f.base, true, &s->place, &e), &e);
}

static int check(const struct scene *s, size_t *things)
{
    struct err e = ERR_INIT;
    return retention_journal_check(&s->place, &s->record, things, &e);
}

TEST(a_whole_one)
{
    struct scene s;
    size_t things = 0;
    make(&s);
    CHECK_INT(check(&s, &things), 0);
    CHECK_INT(things, 2);
    session_place_close(&s.place);
}

TEST(a_thing_that_is_gone_from_the_stash)
{
    struct scene s;
    size_t things = 0;
    make(&s);
    shell(&s, "find sessions/1/stash -type f | sort | head -n 1 | xargs rm");
    CHECK_INT(check(&s, &things), ERR_MISSING);
    session_place_close(&s.place);
}

TEST(a_damaged_journal)
{
    struct scene s;
    size_t things = 0;
    make(&s);
    shell(&s, "printf x | dd of=sessions/1/journal bs=1 seek=70 conv=notrunc status=none");
    CHECK_INT(check(&s, &things), ERR_CORRUPT);
    shell(&s, "rm sessions/1/journal");
    CHECK_INT(check(&s, &things), ERR_MISSING);
    session_place_close(&s.place);
}

TEST(one_that_somebody_holds_is_left_alone)
{
    struct scene s;
    char path[300];
    size_t things = 7;
    make(&s);
    (void)snprintf(path, sizeof path, "%s/sessions/1/lock", s.f.base);
    AUTO(mem_close_fd) int lock = open(path, O_RDWR | O_CLOEXEC);
    CHECK(flock(lock, LOCK_EX) == 0);
    CHECK_INT(check(&s, &things), 0);
    CHECK_INT(things, 0);
    session_place_close(&s.place);
}

TEST(one_that_is_being_taken_back_is_left_alone)
{
    struct scene s;
    struct err e = ERR_INIT;
    char path[300];
    size_t things = 7;
    int moving = -1;
    make(&s);
    shell(&s, "find sessions/1/stash -type f | sort | head -n 1 | xargs rm");
    (void)snprintf(path, sizeof path, "%s/sessions/1", s.f.base);
    AUTO(mem_close_fd) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(seal_keep_lock(dir, false, &moving, &e), &e);
    CHECK_INT(check(&s, &things), 0);
    mem_close_fd(&moving);
    CHECK_INT(check(&s, &things), ERR_MISSING);
    session_place_close(&s.place);
}
