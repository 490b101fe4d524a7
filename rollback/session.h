/* session: one sandboxed command and what it changed. Opened, with its record on disk, before the command starts.
 *
 * The seam of capture: `struct session_capture` is all that session, change and restore know of how changes are caught. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/denials.h"
#include "core/err.h"
#include "core/str.h"
#include "rollback/autorun.h"
#include "rollback/change.h"
#include "rollback/store.h"

enum {
    SESSION_ID_MAX = 40, /* "20261121-183528-12345", local time and pid; a further "-2" when that one is taken */
    SESSION_MAX_COMMAND = 64 * 1024,
    SESSION_MAX_NOTES = 64, /* of notes and of overlaps, each */
    SESSION_MAX_UNDOES = 10000, /* sessions that one restore takes back */
    SESSION_MAX_ROOTS = 256,
};
/* DATE-TIME-PID as above and nothing else: only such a text becomes part of a path. */
bool session_id_is_valid(const char *id);

enum session_state {
    SESSION_OPEN,    /* its command runs */
    SESSION_CUT_OFF, /* open, but nobody holds its lock: nono was killed; it is closed by the next call */
    SESSION_UNSEALED, /* over and counted; its journal and stash are all that says what changed, the store knows nothing yet */
    SESSION_CLOSED,
};

/* Its command has ended, and what it changed is counted. */
bool session_is_over(enum session_state s);

/* How a command was started: what it takes to judge it again. */
struct session_launch {
    bool known;             /* false: a restore, or a record of a version that did not keep it */
    char *program;          /* the file to be executed, absolute; NULL when none was found */
    char *wrapped;          /* the name the shell hook wraps; NULL outside the hook */
    struct strlist options; /* the options that made the policy, as words; paths absolute */
    int64_t terminal;       /* session of the kernel it was started in, getsid(2) */
    char *failure;          /* why nono did not start it; NULL when it did */
};
void session_launch_release(struct session_launch *l);

/* Capture by journal: what says what changed until the session is sealed. */
struct session_journal {
    bool known; /* false: another capture */
    bool kept;  /* sessions/ID/journal and the stashes are still there */
};

/* What the command was denied while it ran, as far as nono saw it: core/denials.h. */
struct session_denial {
    enum denials_operation operation;
    enum denials_by by;
    char *target;
    char *program; /* "" when it is not known */
    unsigned count;
};
struct session_denials {
    bool watched; /* whatever the kernel denies was looked for as well (--diagnose) */
    size_t more;  /* at least so many are not named */
    struct session_denial *item;
    size_t n;
};
void session_denials_release(struct session_denials *d);

struct session_record { /* sessions/ID/session.json; every field of it comes back from disk checked */
    char id[SESSION_ID_MAX];
    char *kind;             /* "run", "shell", "restore" */
    struct strlist command; /* the first SESSION_MAX_COMMAND bytes of it; a last word "..." stands for the rest */
    char *workdir;
    uint64_t root_inode; /* of workdir: another directory of that name is not this tree */
    struct strlist roots; /* beside workdir: where its changes are kept while it runs, then where it made some. Clean; not all need to exist */
    char *profile;
    char *capture; /* "scan", "broker", "review"; of a restore that went beyond its tree "paths" */
    char *undoes;  /* kind "restore": the session it took back, of several the oldest; NULL */
    struct strlist undoes_more; /* the others it took back wholly, newest first */
    bool undone;   /* a restore took it back completely */
    int64_t started_ns;
    int64_t ended_ns; /* when the command was over and the capture of the state after it began; 0 while open */
    bool has_exit;
    bool signaled;
    int code;
    bool has_before;          /* false only while a session with a journal is not sealed */
    bool has_after;
    bool sealed_late;         /* the after-state was taken by a later call: may hold changes of others */
    struct oid before, after; /* commits; with a journal of what was touched and the directories above it; zero, both, when nothing was */
    size_t created, modified, deleted;
    struct autorun autorun;   /* the first SESSION_MAX_NOTES changes by which something is executed later */
    size_t autorun_more;      /* how many there are beyond */
    struct strlist overlaps; /* sessions that ran in the same tree meanwhile */
    struct strlist notes;    /* what is not covered */
    struct strlist exclude;  /* the names that both states leave out; restore uses the same */
    struct session_launch launch;
    struct session_journal journal;
    struct session_denials denied;
};

struct session; /* an open one, held by this process */

struct session_capture {
    const char *name;
    /* Capture by journal: begin makes sessions/ID/journal and the stash, end counts what changed into the record; neither yields a
     * commit, and opening and closing needs neither the store nor a library. The session ends unsealed. */
    bool journals; /* end drops both and clears record.journal.kept when nothing was done: then the session is closed at once */
    /* Secures the state before the command. May be called with the store untouched. */
    int (*begin)(struct session *s, struct oid *ret_before, struct err *e);
    /* Yields the state after it. */
    int (*end)(struct session *s, struct oid *ret_after, struct err *e);
    /* Gives up what begin holds in this process; NULL: nothing. */
    void (*release)(struct session *s);
};
extern const struct session_capture session_capture_scan, session_capture_broker;
extern const struct session_capture session_capture_paths; /* by looking at the paths of the request only */
struct mutate;
/* Of a session with a journal, while it is open; what is done through it is part of the session. */
struct mutate *session_mutate(struct session *s);

struct session_request {
    const char *state_dir, *workdir; /* clean, real */
    const char *kind, *profile, *undoes;
    const struct strlist *undoes_more; /* NULL: none */
    char *const *command; /* NULL-terminated */
    const struct strlist *exclude;
    const struct strlist *roots; /* where beside workdir changes are to be kept; what cannot be is a note of the record. NULL: nowhere */
    const struct strlist *paths; /* capture by paths: as changes name them (rollback/session_tree.h); NULL otherwise */
    uint64_t max_copy;         /* as in struct mutate_setup */
    bool skips_large;
    const struct session_launch *launch; /* copied; NULL: not known */
    const char *search; /* PATH, where programs are found; NULL: not known */
    const struct session_capture *capture;
};

/* Takes over and closes any session of the same tree that was cut off, then captures the state before and writes the record. With a journal this
 * may become the whole program before it has done anything (core/whole.h), and nothing may become it afterwards. On any failure nothing may run: the caller refuses, naming --no-rollback. ERR_IO (full disk, read-only), ERR_DENIED. */
MUST_CHECK int session_open(const struct session_request *r, struct session **ret, struct err *e);
const struct session_record *session_record(const struct session *s);
/* The command of the session could not be started; before session_close. */
void session_not_started(struct session *s, const char *why);
/* What was changed in a scratch tree is not covered, which is a note of the record; before session_close. */
void session_scratch(struct session *s, const char *tree);
bool session_note_is_scratch(const char *note);
/* Takes what is in `denied`; before session_close. */
void session_denied(struct session *s, struct session_denials *denied);
/* Captures the state after, counts the difference, writes the record. On failure the session stays open on disk and
 * is closed by the next call: the state before is safe. */
MUST_CHECK int session_close(struct session *s, bool signaled, int code, struct err *e);
void session_free(struct session *s); /* without close: leaves it cut off */
void session_free_ptr(struct session **s);

/* Records on disk. */
struct session_list {
    struct session_record *item; /* newest first */
    size_t n, cap;
    struct strlist damaged; /* "ID: reason" of each whose record cannot be read */
};
/* With `workdir`: those of which a tree is that directory or one above it. A state directory that does not exist holds no sessions. */
MUST_CHECK int session_list_read(const char *state_dir, const char *workdir /* NULL: all */, struct session_list *ret, struct err *e);
/* The `most` whose ids are the latest of those that begin with `begun`: what is older is not even opened. */
MUST_CHECK int session_list_newest(const char *state_dir, const char *begun, size_t most, struct session_list *ret, struct err *e);
void session_list_release(struct session_list *l);
/* A whole id, or a unique beginning that is not itself one. ERR_MISSING names `nono rollback list`; ERR_INPUT when it is ambiguous or not an id. */
MUST_CHECK int session_read(const char *state_dir, const char *id, struct session_record *ret, struct err *e);
void session_record_release(struct session_record *r);
enum session_state session_state_of(const char *state_dir, const struct session_record *r);
/* Closes every cut-off session of `workdir` (NULL: of all trees that still exist), goes on with a restore that was killed while it moved things back,
 * and removes what another left half done in the tree. Each rollback command calls it first. One that cannot be closed stays cut off; only a state
 * directory that cannot be used fails. */
MUST_CHECK int session_recover(const char *state_dir, const char *workdir, struct err *e);
/* The same for all trees; the ids of the sessions that it took back to the end are appended. */
MUST_CHECK int session_recover_telling(const char *state_dir, struct strlist *ret_ended, struct err *e);
/* The same for a dry run, and for a process that nobody waits for, which move nothing in a tree: such a restore stays cut off. */
MUST_CHECK int session_recover_unasked(const char *state_dir, struct err *e);
/* The last command of a terminal that failed and has no session, in the file `directory`/last.TERMINAL: a record with state before and id
 * of its own, of which there is no directory. Another one takes its place. */
MUST_CHECK int session_last_write(const char *directory, struct session_record *r, struct err *e);
/* ERR_MISSING when there is none. */
MUST_CHECK int session_last_read(const char *directory, int64_t terminal, struct session_record *ret, struct err *e);
/* A later command of the terminal went well. */
void session_last_clear(const char *directory, int64_t terminal);
/* Changes one field, whoever else writes the record. ERR_MISSING. */
MUST_CHECK int session_record_set_undone(const char *state_dir, const char *id, bool undone, struct session_record *ret, struct err *e);
/* Rewrites one record (atomic). */
MUST_CHECK int session_record_write(const char *state_dir, const struct session_record *r, struct err *e);
