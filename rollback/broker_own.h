/* broker_own: what the parts of the broker share. Nothing here allocates: it runs on the thread of core/notify.
 *
 * Three views of a place: the *text* that a call brings, read once; the *pin*, a descriptor of the directory it led to as the caller sees the
 * file system; and the same directory in nono's own view, from which the stash is reached (a rename does not cross mounts). What is judged is where
 * the pin lies, and what is acted on is the directory of that path when it is the very same object. */
#pragma once

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "core/caps.h"
#include "core/notify.h"
#include "core/str.h"
#include "rollback/broker.h"
#include "rollback/mutate.h"
#include "rollback/mutate_look.h"

enum {
    BROKER_DIRS = 128,
    BROKER_CALLERS = 256,
    BROKER_MAX_LINKS = 40, /* as the kernel */
    BROKER_MAX_GROUPS = 64,
    BROKER_MAX_NESTED = 64,
    BROKER_MAX_SCRATCH = 64,

    /* What an operation answers beside a value or a negative errno value. */
    BROKER_PROCEED = INT_MAX,
    BROKER_BLOCKS = INT_MAX - 1,
    BROKER_SENT = INT_MAX - 2,
};

struct broker_dir {
    struct mutate_look look; /* as of the last call */
    int fd;           /* O_PATH, in nono's own view; -1: it is not there */
    uint64_t moves;   /* when `path` was read; that of the broker */
    uint64_t turn;    /* of the last call; that of the broker */
    int64_t read_ns;
    unsigned granted; /* caps_access of the directory itself and, when they are alike, of every name in it */
    bool alike;
    bool is_direct;   /* the command acts by itself there */
    bool is_captured; /* what changes here is to be taken back */
    char path[STR_MAX_PATH];
};

/* What of a caller decides how something is made. */
struct broker_caller {
    pid_t tid;
    int64_t read_ns;
    mode_t umask;
    uid_t uid;
    gid_t gid;
    bool is_nested; /* lives in a Landlock domain of its own making, which only the kernel knows */
};

struct broker_nested {
    pid_t pid;
    unsigned long long start; /* as in /proc/PID/stat */
};

struct broker {
    pthread_mutex_t lock; /* of all below: calls that block are finished on threads of their own */
    const struct caps *caps;
    struct mutate *mutate;
    struct kept kept; /* what is taken back */
    bool has_unkept;       /* something may have been changed that is not taken back */
    uint64_t scratch_used; /* a bit for each of the first scratch trees where that was */
    int view;                /* O_PATH: the root directory of the command; -1 before the first call */
    struct broker_dir dir[BROKER_DIRS];
    bool is_set[BROKER_DIRS]; /* of `dir`, in which to look would touch a page each */
    size_t last_dir;
    uint64_t moves; /* how often the command has moved or removed something that may be a directory */
    uint64_t turn;  /* the call that is being answered: what it has looked up in `dir` stays */
    struct broker_caller caller[BROKER_CALLERS];
    bool callers_differ; /* one of them has called umask, or become another user: until then all are as nono is */
    pid_t command; /* the first process; 0: not told yet */
    struct broker_nested nested[BROKER_MAX_NESTED]; /* processes that have confined themselves further, and may live */
    size_t n_nested;
    bool has_nested; /* there has been one */
    bool has_reaper; /* a process of the command gets the children of those that end below it */
    const struct broker_caller *acts_for; /* the user that this thread has become; NULL: its own */
    mode_t own_mask;
    uid_t own_uid;
    gid_t own_gid;
    gid_t own_group[BROKER_MAX_GROUPS];
    int n_own_groups;
    char value[JOURNAL_MAX_VALUE]; /* of an extended attribute */
    bool is_denied; /* the policy does not grant what the call of this turn is about */
};

/* A name of a call, pinned: an entry of a directory, or where it is none (".", "..", "/", what a descriptor is) the object. The caller closes what
 * is not -1. */
struct broker_name {
    int dir;
    int object;  /* O_PATH */
    bool is_own; /* the object is what a descriptor of the caller is */
    bool slash; /* the name stood before one: it has to be a directory */
    char name[NAME_MAX + 1];
};
#define BROKER_NAME_INIT {.dir = -1, .object = -1}
void broker_name_release(struct broker_name *n);

/* broker_path.c. 0 or a negative errno value. `from`: a directory of nono's that a relative path begins in; -1: it begins in the caller's `dirfd`. */
MUST_CHECK int broker_locate(struct broker *b, const struct notify_call *c, int from, int dirfd, const char *path, struct broker_name *ret);
/* The same for what is to be made or changed: -ENOENT where a directory is missing, BROKER_PROCEED for any other reason, which the kernel tells. Left to
 * the kernel, it would refuse in a directory that another thread has made meanwhile. */
MUST_CHECK int broker_find(struct broker *b, const struct notify_call *c, int from, int dirfd, const char *path, struct broker_name *ret);
/* Around all that follows, for its speed. */
void broker_path_begin(void);
void broker_path_end(void);
/* Where `fd` lies now, *ret_gone: it has no name any more. */
MUST_CHECK int broker_path_of(int fd, char ret[STR_MAX_PATH], bool *ret_gone);
/* The text of the link `name` in `dir`; -EINVAL when it is none. */
MUST_CHECK int broker_read_link(int dir, const char *name, char ret[STR_MAX_PATH]);

int64_t broker_now_ns(void);
/* Before the command's own calls move or remove a directory: where others lie is looked at again. */
void broker_moves(struct broker *b);

/* broker_judge.c. NULL with *ret_error when the directory cannot be looked at. Valid as long as the turn of this call of the command lasts. */
struct broker_dir *broker_dir(struct broker *b, int pin, int *ret_error);
/* What of caps_access is granted at `path`, of which `in` is the directory, NULL: not known. */
unsigned broker_granted(const struct broker *b, const struct broker_dir *in, const char *path);
/* What has to stay where it is lies below `path`, or is it. */
bool broker_holds_pinned(const struct broker *b, const char *path);
/* Asked of what is about to change: notes what is not. */
bool broker_is_captured(struct broker *b, const char *path);

/* broker_object.c. A thing that a call is about. */
struct broker_lookup {
    int dirfd;
    uint64_t address; /* of the path; not read when is_fd */
    bool follow;       /* a link as the last name */
    bool may_be_empty; /* "" is `dirfd` itself */
    bool is_fd;        /* so it is */
};
struct broker_object {
    int fd; /* O_PATH, or the descriptor of the caller */
    struct mutate_look look;
    bool is_own; /* mutate_is_own: the rest is not known and does not matter */
    bool is_direct;
    bool is_gone;    /* has no name any more */
    bool is_scratch; /* nothing of it is kept */
    char path[STR_MAX_PATH]; /* where it lies; does not begin with '/' when that is nowhere */
};
#define BROKER_OBJECT_INIT {.fd = -1}
void broker_object_release(struct broker_object *o);
MUST_CHECK int broker_object(struct broker *b, const struct notify_call *c, const struct broker_lookup *l, struct broker_object *ret);

/* broker_caller.c. Takes the creation mask, and for root the user, of the caller for this thread. 0, or -EACCES for a user that cannot be taken;
 * BROKER_PROCEED for one that has confined itself further: the kernel alone can judge what it may, and lets it write devices. */
MUST_CHECK int broker_become(struct broker *b, const struct notify_call *c);
void broker_be_self(struct broker *b);
/* In between: nono's own rights for a moment, and the caller's again. */
void broker_take_own(struct broker *b);
void broker_take_caller(struct broker *b);
void broker_forget_callers(struct broker *b);
/* Before the first call: what nono is itself. */
void broker_guise(struct broker *b);

/* broker_nested.c. Whether it, or what started it, has confined itself further than nono did. */
bool broker_is_nested(const struct broker *b, pid_t tid);

/* openat(2) of what may block, by the caller's rights: of a fifo, or where somebody has a lease. Others are answered meanwhile, so that nothing that was
 * looked up before is good afterwards, and the thread has to become the caller again. */
MUST_CHECK int broker_open_waiting(struct broker *b, const struct notify_call *c, int dir, const char *name, int flags);
enum { BROKER_MAX_WAITS = 8 }; /* of one call, for leases */

/* The operations, by system call: a value for the caller, a negative errno value, or one of BROKER_*. */
typedef int broker_op(struct broker *b, const struct notify_call *c, bool may_block);
struct broker_row {
    int number;
    enum notify_when when;
    unsigned arg;
    uint32_t value;
    broker_op *op;
};
extern const struct broker_row broker_open_rows[], broker_name_rows[], broker_meta_rows[], broker_caller_rows[], broker_user_rows[], broker_nested_rows[],
    broker_bind_rows[]; /* op NULL at the end */

/* An entry of a directory that may be changed. */
struct broker_place {
    struct broker_dir *dir;
    char path[STR_MAX_PATH];
};
/* 0; BROKER_PROCEED where the kernel is to answer, which lets the command change nothing that is brokered; a negative errno value. */
MUST_CHECK int broker_place_of(struct broker *b, const struct broker_name *n, unsigned access, struct broker_place *ret);
