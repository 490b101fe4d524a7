/* mutate_fixture: two trees, sessions that change them through mutate, and a text of all that undo must bring back. */
#pragma once

#include <stdbool.h>

#include "rollback/mutate.h"

enum { FIXTURE_TREES = 2 };

struct fixture {
    char base[200];
    char tree[FIXTURE_TREES][240];
    char scratch[240]; /* a tree of which nothing is kept */
};
/* Below an empty directory. */
void fixture_init(struct fixture *f, const char *base);

/* One session: 1, 2, … */
struct fixture_session {
    struct mutate m;
    int dir;
};
void fixture_begin(const struct fixture *f, int number, struct fixture_session *ret);
void fixture_resume(const struct fixture *f, int number, struct fixture_session *ret);
void fixture_end(struct fixture_session *s);
/* Session `number` is taken back by session `by`: UNDO_DONE or UNDO_CHANGED. Checks that there is no error. */
int fixture_undo(const struct fixture *f, int number, int by);
/* The same, with what undo_run returns, and what it says. */
int fixture_try_undo(const struct fixture *f, int number, struct fixture_session *by, int64_t unchanged_since_ns, struct err *e);

/* A place by its path, relative to the base; `text` outlives it. Closed by fixture_close. */
struct fixture_place {
    struct mutate_place place;
    char path[4096];
};
bool fixture_open(const struct fixture *f, const char *path, struct fixture_place *ret);
void fixture_close(struct fixture_place *p);
/* A thing pinned; fd -1 when there is none. */
bool fixture_pin(const struct fixture *f, const char *path, struct mutate_object *ret, struct fixture_place *ret_place);

/* Type, mode, owner, time, inode, links, content, target and attributes of everything in the trees. Caller frees (free). */
char *fixture_state(const struct fixture *f);
