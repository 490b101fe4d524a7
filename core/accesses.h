/* accesses: what sandboxed processes used while they ran: files, programs, addresses. A sink of core/trace, which fills it on its thread and without
 * asking for memory; read by the main thread afterwards. One table in a process. The same one again is counted; what is not there is no
 * access but a search, and only counted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/thread_program.h"
#include "core/trace.h"

enum accesses_kind {
    ACCESSES_FILE,
    ACCESSES_CONNECT,
    ACCESSES_LISTEN,
    ACCESSES_PROGRAM, /* by the name it was executed by */
    ACCESSES_UNIX,    /* a socket in the file system, connected to */
    /* Names of hosts, by who said so (trace_source). */
    ACCESSES_NAME_TLS,      /* "NAME ADDRESS", and the port */
    ACCESSES_NAME_ANSWER,   /* "NAME ADDRESS" */
    ACCESSES_NAME_QUESTION, /* "NAME" */
    ACCESSES_NAME_RESOLVER, /* "NAME" */
};
enum accesses_way {
    ACCESSES_READ = 1 << 0,
    ACCESSES_WRITE = 1 << 1, /* attributes, too */
    ACCESSES_EXECUTE = 1 << 2,
    ACCESSES_LOOK = 1 << 3, /* at name, size and the like */
};
enum {
    ACCESSES_MAX = 64 * 1024,            /* different ones */
    ACCESSES_MAX_TEXT = 8 * 1024 * 1024, /* bytes of all targets */
};

/* `data` is not used. */
void accesses_event(const void *data, const struct trace_event *event);

struct access {
    enum accesses_kind kind;
    const char *target; /* a clean real path, an address as text, or a name; lives as long as the table */
    uint16_t port;      /* of an address; 0 of ACCESSES_LISTEN: of the kernel's choice */
    unsigned ways;      /* of a file */
    bool existed;       /* the file, when it was first asked for */
    bool is_dir;        /* then */
    unsigned count;
    char program[THREAD_PROGRAM_SIZE]; /* the first that did it, "" when it is not known */
};
size_t accesses_count(void);
/* In the order of their first time. */
void accesses_get(size_t i, struct access *ret);
/* Found no room. */
size_t accesses_lost(void);
size_t accesses_searches(void);
/* Sockets of other families than AF_UNIX that were asked for, and those for IPv4 and IPv6 that the filter refused. */
size_t accesses_sockets(void);
size_t accesses_sockets_refused(void);
