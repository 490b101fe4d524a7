/* accesses: a table of fixed size, found in by hashes, which is there from the first access on. */
#include "core/accesses.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/hash.h"

enum { SLOTS = 2 * ACCESSES_MAX };

struct entry {
    struct access access;
    uint64_t hash;
    size_t target; /* where it begins in the text */
};

struct table {
    uint32_t slot[SLOTS]; /* number of an entry, counted from 1; 0: free */
    struct entry entry[ACCESSES_MAX];
    char text[ACCESSES_MAX_TEXT];
};

static struct {
    pthread_mutex_t lock;
    struct table *table; /* NULL: nothing was used yet */
    size_t n, len, lost, searches, sockets, sockets_refused;
} accesses = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t hash_of(enum accesses_kind kind, const char *target, uint16_t port)
{
    return hash_add(hash_text(target) ^ (uint64_t)kind, &port, sizeof port);
}

static bool has_table(void)
{
    if (!accesses.table) {
        void *made = mmap(NULL, sizeof *accesses.table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        accesses.table = made == MAP_FAILED ? NULL : made;
    }
    return accesses.table;
}

/* NULL when there is no room. *ret_new: it has only its name yet. */
static struct entry *find_or_add(enum accesses_kind kind, const char *target, uint16_t port, bool *ret_new)
{
    uint64_t hash = hash_of(kind, target, port);
    size_t len = strlen(target) + 1;
    *ret_new = false;
    if (!has_table())
        return NULL;
    struct table *t = accesses.table;
    size_t at = hash % SLOTS;
    for (; t->slot[at]; at = (at + 1) % SLOTS) {
        struct entry *e = &t->entry[t->slot[at] - 1];
        if (e->hash == hash && e->access.kind == kind && e->access.port == port && strcmp(t->text + e->target, target) == 0)
            return e;
    }
    if (accesses.n == ACCESSES_MAX || len > ACCESSES_MAX_TEXT - accesses.len)
        return NULL;
    struct entry *e = &t->entry[accesses.n++];
    t->slot[at] = (uint32_t)accesses.n;
    *e = (struct entry){.access = {.kind = kind, .port = port}, .hash = hash, .target = accesses.len};
    memcpy(t->text + e->target, target, len);
    accesses.len += len;
    *ret_new = true;
    return e;
}

static void add(enum accesses_kind kind, const char *target, uint16_t port, unsigned ways, pid_t tid)
{
    bool is_new;
    struct stat st;
    struct entry *e = find_or_add(kind, target, port, &is_new);
    if (!e) {
        accesses.lost++;
        return;
    }
    e->access.ways |= ways;
    e->access.count += e->access.count < UINT32_MAX;
    if (!is_new)
        return;
    thread_program_name(tid, e->access.program);
    e->access.existed = kind == ACCESSES_FILE && lstat(target, &st) == 0;
    e->access.is_dir = e->access.existed && S_ISDIR(st.st_mode);
}

static unsigned ways_of(enum trace_operation operation)
{
    switch (operation) {
    case TRACE_READ:
        return ACCESSES_READ;
    case TRACE_READWRITE:
        return ACCESSES_READ | ACCESSES_WRITE;
    case TRACE_EXECUTE:
        return ACCESSES_READ | ACCESSES_EXECUTE;
    case TRACE_WRITE:
    case TRACE_ATTRIBUTES:
        return ACCESSES_WRITE;
    case TRACE_LOOK:
        return ACCESSES_LOOK;
    case TRACE_UNIX:
    case TRACE_LISTEN:
    case TRACE_SOCKET:
    case TRACE_NAME:
    case TRACE_SIGNAL:
    case TRACE_MOVE: /* both were told as writes */
    case TRACE_CONNECT:
    case TRACE_BIND:
    case TRACE_REFUSED:
        break;
    }
    return 0;
}

static void add_name(const struct trace_event *event)
{
    static const enum accesses_kind kinds[] = {[TRACE_BY_TLS] = ACCESSES_NAME_TLS,
                                               [TRACE_BY_ANSWER] = ACCESSES_NAME_ANSWER,
                                               [TRACE_BY_QUESTION] = ACCESSES_NAME_QUESTION,
                                               [TRACE_BY_RESOLVER] = ACCESSES_NAME_RESOLVER};
    char text[512];
    (void)snprintf(text, sizeof text, "%s%s%s", event->name, event->address ? " " : "", event->address ? event->address : "");
    add(kinds[event->source], text, event->port, 0, event->tid);
}

/* A port that nobody named is the kernel's choice, and will be another one the next time. */
static void add_listening(const struct trace_event *event)
{
    for (size_t i = 0; i < accesses.n; i++) {
        const struct entry *e = &accesses.table->entry[i];
        if (e->access.kind == ACCESSES_LISTEN && e->access.port == event->port && strcmp(accesses.table->text + e->target, event->address) == 0)
            return;
    }
    add(ACCESSES_LISTEN, event->address, 0, 0, event->tid);
}

static bool is_refused_socket(const struct trace_event *event)
{
    const struct notify_call *c = event->call;
    return event->operation == TRACE_REFUSED && c->number == SYS_socket && ((int)c->arg[0] == AF_INET || (int)c->arg[0] == AF_INET6);
}

void accesses_event(const void *data, const struct trace_event *event)
{
    unsigned ways = ways_of(event->operation);
    (void)data;
    (void)pthread_mutex_lock(&accesses.lock);
    if (event->operation == TRACE_NAME)
        add_name(event);
    else if (event->operation == TRACE_UNIX && event->sys == 0)
        add(ACCESSES_UNIX, event->path, 0, 0, event->tid);
    else if (event->operation == TRACE_LISTEN)
        add_listening(event);
    else if (event->operation == TRACE_BIND && event->port != 0)
        add(ACCESSES_LISTEN, event->address, event->port, 0, event->tid);
    else if (event->operation == TRACE_CONNECT)
        add(ACCESSES_CONNECT, event->address, event->port, 0, event->tid);
    else if (event->path && ways && event->sys == 0)
        add(ACCESSES_FILE, event->path, 0, ways, event->tid);
    else if (event->path && ways)
        accesses.searches++;
    accesses.sockets += event->operation == TRACE_SOCKET || is_refused_socket(event);
    accesses.sockets_refused += is_refused_socket(event);
    if (event->operation == TRACE_EXECUTE && event->name && *event->name && event->sys == 0)
        add(ACCESSES_PROGRAM, event->name, 0, 0, event->tid);
    (void)pthread_mutex_unlock(&accesses.lock);
}

static size_t locked(const size_t *number)
{
    (void)pthread_mutex_lock(&accesses.lock);
    size_t n = *number;
    (void)pthread_mutex_unlock(&accesses.lock);
    return n;
}

size_t accesses_count(void)
{
    return locked(&accesses.n);
}

size_t accesses_lost(void)
{
    return locked(&accesses.lost);
}

size_t accesses_searches(void)
{
    return locked(&accesses.searches);
}

size_t accesses_sockets(void)
{
    return locked(&accesses.sockets);
}

size_t accesses_sockets_refused(void)
{
    return locked(&accesses.sockets_refused);
}

void accesses_get(size_t i, struct access *ret)
{
    (void)pthread_mutex_lock(&accesses.lock);
    *ret = accesses.table->entry[i].access;
    ret->target = accesses.table->text + accesses.table->entry[i].target;
    (void)pthread_mutex_unlock(&accesses.lock);
}
