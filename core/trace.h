/* trace: what sandboxed processes ask of files, programs and connections, seen when they ask: a watcher of core/notify. Nothing is answered, and
 * nothing held: the memory of the caller may change after it was read, so that what is seen here is for reports, never for decisions.
 *
 * Calls that only look at names and sizes (stat, access, readlink, chdir) are seen on demand: nothing confines them. Not seen are calls that go by a descriptor
 * alone: what was opened was seen when it was opened. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/notify.h"

enum trace_operation {
    TRACE_READ,  /* open it, or list it */
    TRACE_WRITE, /* open it for that, create, remove, rename it */
    TRACE_READWRITE,
    TRACE_EXECUTE,    /* also the interpreter and the loader, which the kernel opens for it: an event each */
    TRACE_ATTRIBUTES, /* mode, owner, times, extended attributes */
    TRACE_MOVE,       /* to `path` from `other`, by a new name or a hard link; comes after TRACE_WRITE of both */
    TRACE_LOOK,       /* name, kind, size, times, extended attributes; enter it */
    TRACE_CONNECT,
    TRACE_BIND,
    TRACE_UNIX,    /* connect to the Unix socket at `path` */
    TRACE_LISTEN,  /* after TRACE_BIND, or on an address of the kernel's choice; not by a Unix socket */
    TRACE_SOCKET,  /* of another family than AF_UNIX; neither path nor address */
    TRACE_SIGNAL,  /* to the process or group `to` */
    TRACE_NAME,    /* of a host: `name`, and what is said of it */
    TRACE_REFUSED, /* the system call as such, by the seccomp filter: neither path nor address */
};

/* Who says that a host has a name. */
enum trace_source {
    TRACE_BY_TLS,      /* the client, to the server at `address` and `port` */
    TRACE_BY_ANSWER,   /* a name server: it has `address` */
    TRACE_BY_QUESTION, /* the client, to a name server */
    TRACE_BY_RESOLVER, /* the client, to systemd-resolved or nscd */
};

struct trace_event {
    pid_t tid; /* in the numbers of this process */
    const struct notify_call *call;
    enum trace_operation operation;
    bool is_answered; /* a handler of nono decides, not the kernel */
    /* Of a file: where it is, in the eyes of the caller: links resolved as far as the path exists. Clean; below /proc/self as it was written. NULL for
     * addresses and names. */
    const char *path;
    const char *other; /* of TRACE_MOVE, else NULL */
    const char *
        name; /* of TRACE_EXECUTE of what was named, not of its interpreter: its last name as it was written. Of TRACE_NAME: letters, digits, '-', '_' and
                          dots. Else NULL */
    enum trace_source source; /* of TRACE_NAME */
    int sys; /* errno value of looking the path up, 0 when it is there, or its directory and it is to be made; EEXIST when it may not be there */
    const char *address; /* of IPv4 and IPv6, as text; NULL for files, and where only a name is known */
    uint16_t port;
    pid_t to; /* of TRACE_SIGNAL: as kill(2) takes it, in the numbers of the caller */
    bool is_here; /* in those of this process: it went by a descriptor */
};

/* On the thread of core/notify, with what holds for handlers there. */
typedef void trace_sink(const void *data, const struct trace_event *event);
struct trace {
    trace_sink *sink;
    const void *data;
    bool looks;   /* TRACE_LOOK, too */
    bool found_only; /* of what is looked for and not there the path is told as it was written */
    bool signals; /* TRACE_SIGNAL, too */
    bool names;   /* TRACE_NAME, TRACE_UNIX, TRACE_LISTEN and TRACE_SOCKET, too, and the addresses of sendto(2) */
};
/* Looks at one call, on behalf of the handler that has answered it; not again at one that a watcher saw just before. */
void trace_look(const struct trace *t, const struct notify_call *c);
/* `t` and its data outlive the sandbox. ERR_EXISTS, ERR_LIMIT. */
MUST_CHECK int trace_register(const struct trace *t, struct notify *n, struct err *e);
