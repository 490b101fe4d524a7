/* denials: what sandboxed processes were refused while they ran, as far as nono saw it. Filled by handlers and watchers of core/notify and by what
 * they call, on any thread and without asking for memory; read by the main thread. One table in a process, as there is one loop in it. Nothing is
 * made before the first denial; the same denial again is counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/thread_program.h"

enum denials_operation {
    DENIALS_READ,
    DENIALS_WRITE,
    DENIALS_READWRITE,
    DENIALS_EXECUTE,
    DENIALS_ATTRIBUTES, /* mode, owner, times, extended attributes */
    DENIALS_MOVE,       /* renaming or linking from one granted place to another: target is where to */
    DENIALS_UNIX,       /* target is the path of a Unix socket, or '@' and an abstract name */
    DENIALS_CONNECT,    /* target is ADDRESS:PORT, as a URL has it: [::1]:443 */
    DENIALS_LISTEN,     /* target is the port; 0 for one of the kernel's choice */
    DENIALS_SOCKET,     /* making one: target is its kind, for a person */
    DENIALS_CALL,       /* target is the name of the system call */
    DENIALS_OPERATIONS,
};
/* "read"… for records and JSON; of DENIALS_OPERATIONS in all. */
extern const char *const denials_operation_names[];

/* Who decided. */
enum denials_by {
    DENIALS_BY_KERNEL, /* Landlock or a mount, as nono foresaw from the same policy */
    DENIALS_BY_NONO,   /* nono answered */
    DENIALS_BY_GUARD,  /* nono answered, by a rule about what may not be changed inside a grant */
    DENIALS_BYS,
};
extern const char *const denials_by_names[]; /* "kernel"… */

enum {
    DENIALS_MAX = 512,             /* different ones */
    DENIALS_MAX_TEXT = 256 * 1024, /* bytes of all targets */
};

/* `target` is at most STR_MAX_PATH long; `tid` is the thread that was refused, 0 when it is not known. */
void denials_add(enum denials_operation operation, enum denials_by by, const char *target, pid_t tid);
/* The same for DENIALS_CONNECT and DENIALS_LISTEN. `address` is as text; NULL: none. */
void denials_add_port(enum denials_operation operation, enum denials_by by, const char *address, uint16_t port, pid_t tid);
/* Something could not be looked at. */
void denials_lose(void);

struct denial {
    enum denials_operation operation;
    enum denials_by by;
    const char *target;                /* lives as long as the table */
    char program[THREAD_PROGRAM_SIZE]; /* base name of the file that the thread ran the first time, "" when it is not known */
    unsigned count;
};
size_t denials_count(void);
/* In the order of their first time. */
void denials_get(size_t i, struct denial *ret);
/* How many more there may be: that found no room, or could not be looked at. */
size_t denials_lost(void);
/* Empties the table. */
void denials_clear(void);
