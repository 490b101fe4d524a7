/* notify: the one place where system calls of sandboxed processes are answered by nono instead of by the kernel: seccomp_unotify(2). A handler
 * is registered for each system call that needs one; the filter is made from what is registered, and nothing is installed when nothing is.
 *
 * What holds for every handler:
 * - It runs on a thread of its own beside supervise and must not use mem, str or anything that allocates: the heap of the static program knows
 *   no threads.
 * - Memory of the caller can change at any moment. It is read once; what was read is judged, and what was judged is done by nono itself. To let
 *   the call go on ("proceed") is safe only where nothing depends on what was seen.
 * - The caller is gone, and its number may be another's, unless notify_is_waiting says otherwise after it was looked at. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "core/err.h"

/* One call. Its thread waits. */
struct notify_call {
    int listener;
    uint64_t id;
    pid_t tid; /* in the numbers of this process; 0 when it has none here */
    int number;
    uint64_t arg[6];
};

struct notify_answer {
    int64_t value; /* what the call returns when `error` is 0 */
    int error;     /* errno value */
    bool proceed;  /* the kernel goes on with the call as it then stands */
    bool is_sent;  /* the handler answered by itself */
};

/* False when it would have to block and may not: it is then called again, with may_block, on another thread. The call must not have had
 * an effect by then. There, a call that waits fails with EINTR once the caller is gone, and now and then before: then it is to be made again. */
typedef bool notify_handler(const void *data, const struct notify_call *call, bool may_block, struct notify_answer *ret);

/* Looks at the low half of the argument, as the kernel does with an int. */
enum notify_when { NOTIFY_ALWAYS, NOTIFY_EQUAL, NOTIFY_ANY_BIT, NOTIFY_BETWEEN };
struct notify_entry {
    int number;
    enum notify_when when;
    unsigned arg; /* 0-5 */
    uint32_t value; /* NOTIFY_BETWEEN: the least */
    uint32_t most;  /* NOTIFY_BETWEEN */
    notify_handler *handle; /* NULL: the filter itself answers, with `error`, and nono is not asked */
    const void *data; /* outlives the sandbox */
    int error; /* errno value; 0: the call returns 0 and does nothing */
};

/* Sees a call before it is answered or goes on, and changes nothing of it. May not block. */
enum notify_fate {
    NOTIFY_GOES_ON,
    NOTIFY_ANSWERED, /* by an entry */
    NOTIFY_REFUSED,  /* by notify->baseline */
};
typedef void notify_watcher(const void *data, const struct notify_call *call, enum notify_fate fate);

enum {
    NOTIFY_MAX_ENTRIES = 128,
    NOTIFY_MAX_WATCHED = 96,
    NOTIFY_MAX_BASELINE = 1024,
    NOTIFY_MAX_INSNS = NOTIFY_MAX_BASELINE + 16 + (NOTIFY_MAX_ENTRIES + NOTIFY_MAX_WATCHED) * 9,
    NOTIFY_MAX_BLOCKED = 32, /* calls that block at a time; the next one fails with EAGAIN */
};
/* Calls that are watched: all of a number, or those with an argument in a range. */
struct notify_watched {
    int number;
    unsigned arg; /* 0-5 */
    uint32_t least, most; /* most 0: whatever the argument */
};
struct sock_filter;
struct notify {
    /* A filter that is judged first, of at most NOTIFY_MAX_BASELINE: what it refuses (seccomp_filter_is_refusal) is refused by nono with the same error, so
     * that the watcher sees it. The verdict is made of the arguments alone, which do not change. NULL: none. */
    const struct sock_filter *baseline;
    unsigned short n_baseline;
    struct notify_entry entry[NOTIFY_MAX_ENTRIES]; /* sorted by number */
    size_t n;
    struct notify_watched watched[NOTIFY_MAX_WATCHED]; /* sorted by number */
    size_t n_watched;
    notify_watcher *watch;
    const void *watch_data; /* outlives the sandbox */
    int unknown_from; /* this number and those above it do not exist (ENOSYS); 0: all do */
};

/* One entry for each number; or several, when each is about some arguments only and at most one has a handler: the first that fits answers. sendmsg(2)
 * takes none: it hands the listener over. ERR_EXISTS, ERR_LIMIT. */
MUST_CHECK int notify_add(struct notify *n, struct notify_entry entry, struct err *e);
/* Adds a number, once, to those that the one watcher sees. ERR_EXISTS: there is another watcher; ERR_LIMIT. A watched call that no entry answers
 * goes on; one that the filter itself answers is not seen. */
MUST_CHECK int notify_watch(struct notify *n, int number, notify_watcher *watch, const void *data, struct err *e);
/* The same only where the argument is in the range. What was watched otherwise before is then watched whatever its argument. Of
 * sendmsg(2) flags below NOTIFY_HANDING_FLAGS. */
MUST_CHECK int notify_watch_some(struct notify *n, struct notify_watched which, notify_watcher *watch, const void *data, struct err *e);
/* Whether the argument of a call of the entry's number is what the entry is about. */
bool notify_entry_fits(const struct notify_entry *entry, const uint64_t arg[6]);
/* Pure. Returns the length, at most NOTIFY_MAX_INSNS. What no entry names is allowed: the baseline (core/seccomp_filter.h) judges it. */
unsigned short notify_program(const struct notify *n, struct sock_filter *ret);

/* In the child, as its last confinement: installs the filter and sends its listener over `channel`, a Unix socket, with NOTIFY_MESSAGE. From
 * then on what is registered waits for notify_start. ERR_BUSY when a program above this one answers system calls already: the kernel
 * allows one. ERR_KERNEL. */
MUST_CHECK int notify_install(const struct notify *n, int channel, struct err *e);
enum { NOTIFY_MESSAGE = 'n' };
/* Flags of the sendmsg(2) that hands the listener over, of which the second means nothing there, and by which it is told from others: such a one is never watched. */
enum { NOTIFY_HANDING_FLAGS = MSG_NOSIGNAL | MSG_CMSG_CLOEXEC };
/* In nono: answers until the last process under the filter is gone. Takes `listener`; copies `n`. Signals are left to the other threads.
 * Once in the life of a process, unless notify_stop came between. ERR_KERNEL, ERR_IO. */
MUST_CHECK int notify_start(const struct notify *n, int listener, struct err *e);
/* Ends the answering; calls that wait then fail with ENOSYS, and so do later ones. Not needed before the end of the process. */
void notify_stop(void);

/* For handlers. All return 0 or a negative errno value, which may be given to the caller as it is. */
MUST_CHECK int notify_is_waiting(const struct notify_call *c);
/* Exactly `len` bytes of the caller's memory: -EFAULT. */
MUST_CHECK int notify_read(const struct notify_call *c, uint64_t address, void *ret, size_t len);
/* Into the caller's memory, which may be another by the time it looks: nothing may depend on it. */
MUST_CHECK int notify_write(const struct notify_call *c, uint64_t address, const void *data, size_t len);
/* A text with its terminator in at most `max` bytes: -EFAULT, -ENAMETOOLONG. */
MUST_CHECK int notify_read_text(const struct notify_call *c, uint64_t address, char *ret, size_t max);
/* The same for who asks notify_is_waiting later, before anything is made of the text: it may be that of another process. */
MUST_CHECK int notify_see_text(const struct notify_call *c, uint64_t address, char *ret, size_t max);
/* The root directory of the callers, O_PATH, for the life of the server: it is the same for all, since the sandbox lets nobody change it. Negative as
 * above: -EACCES, -ESRCH. */
MUST_CHECK int notify_root(const struct notify_call *c);
/* A duplicate of a descriptor of the caller, which owns it together with the caller: -EBADF; -EPERM when it cannot be had. */
MUST_CHECK int notify_get_fd(const struct notify_call *c, int fd);
/* "cwd", "root" or "fd/3" of the caller's directory in /proc, with O_PATH and `flags`: what open(2) has, -ESRCH. */
MUST_CHECK int notify_open(const struct notify_call *c, const char *name, int flags);
/* Gives `fd` to the caller: as its descriptor `at`, in whose place it is put, or with -1 as its lowest free one; returns the number. The call
 * still waits. */
MUST_CHECK int notify_give_fd(const struct notify_call *c, int fd, int at, bool close_on_exec);
/* The same without a replacement, and the number is the answer: for the caller, both happen at once or not at all. */
MUST_CHECK int notify_answer_fd(const struct notify_call *c, int fd, bool close_on_exec);
