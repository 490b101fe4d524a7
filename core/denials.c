/* denials: a table of fixed size, which is there from the first denial on. */
#include "core/denials.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "core/hash.h"

const char *const denials_operation_names[] = {"read", "write",   "readwrite", "execute", "attributes", "move",
                                               "unix", "connect", "listen",    "socket",  "call"};
const char *const denials_by_names[] = {"kernel", "nono", "guard"};
_Static_assert(sizeof denials_operation_names / sizeof *denials_operation_names == DENIALS_OPERATIONS, "one name for each");
_Static_assert(sizeof denials_by_names / sizeof *denials_by_names == DENIALS_BYS, "one name for each");

struct entry {
    enum denials_operation operation;
    enum denials_by by;
    uint64_t hash;
    unsigned count;
    char program[THREAD_PROGRAM_SIZE];
    size_t target; /* where it begins in the text */
};

struct table {
    struct entry entry[DENIALS_MAX];
    char text[DENIALS_MAX_TEXT];
};

static struct {
    pthread_mutex_t lock;
    struct table *table; /* NULL: nothing was denied yet */
    size_t n, len, lost;
} denials = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t hash_of(enum denials_operation operation, const char *target)
{
    return hash_text(target) ^ (uint64_t)operation;
}

static struct entry *find(enum denials_operation operation, const char *target, uint64_t hash)
{
    for (size_t i = 0; i < denials.n; i++) {
        struct entry *e = &denials.table->entry[i];
        if (e->hash == hash && e->operation == operation && strcmp(denials.table->text + e->target, target) == 0)
            return e;
    }
    return NULL;
}

static bool has_table(void)
{
    if (!denials.table) {
        void *made = mmap(NULL, sizeof *denials.table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        denials.table = made == MAP_FAILED ? NULL : made;
    }
    return denials.table;
}

static void add(enum denials_operation operation, enum denials_by by, const char *target, pid_t tid)
{
    uint64_t hash = hash_of(operation, target);
    struct entry *known = find(operation, target, hash);
    size_t len = strlen(target) + 1;
    if (known) {
        known->count += known->count < UINT32_MAX;
        return;
    }
    if (!has_table() || denials.n == DENIALS_MAX || len > DENIALS_MAX_TEXT - denials.len) {
        denials.lost++;
        return;
    }
    struct entry *e = &denials.table->entry[denials.n++];
    *e = (struct entry){.operation = operation, .by = by, .hash = hash, .count = 1, .target = denials.len};
    memcpy(denials.table->text + denials.len, target, len);
    denials.len += len;
    thread_program_name(tid, e->program);
}

void denials_add(enum denials_operation operation, enum denials_by by, const char *target, pid_t tid)
{
    (void)pthread_mutex_lock(&denials.lock);
    add(operation, by, target, tid);
    (void)pthread_mutex_unlock(&denials.lock);
}

void denials_add_port(enum denials_operation operation, enum denials_by by, const char *address, uint16_t port, pid_t tid)
{
    char target[64];
    bool is_long = address && strchr(address, ':');
    (void)snprintf(target, sizeof target, "%s%s%s%s%u", is_long ? "[" : "", address ? address : "", is_long ? "]" : "", address ? ":" : "", port);
    denials_add(operation, by, target, tid);
}

void denials_lose(void)
{
    (void)pthread_mutex_lock(&denials.lock);
    denials.lost++;
    (void)pthread_mutex_unlock(&denials.lock);
}

size_t denials_count(void)
{
    (void)pthread_mutex_lock(&denials.lock);
    size_t n = denials.n;
    (void)pthread_mutex_unlock(&denials.lock);
    return n;
}

void denials_get(size_t i, struct denial *ret)
{
    (void)pthread_mutex_lock(&denials.lock);
    const struct entry *e = &denials.table->entry[i];
    *ret = (struct denial){.operation = e->operation, .by = e->by, .target = denials.table->text + e->target, .count = e->count};
    memcpy(ret->program, e->program, sizeof ret->program);
    (void)pthread_mutex_unlock(&denials.lock);
}

size_t denials_lost(void)
{
    (void)pthread_mutex_lock(&denials.lock);
    size_t lost = denials.lost;
    (void)pthread_mutex_unlock(&denials.lock);
    return lost;
}

void denials_clear(void)
{
    (void)pthread_mutex_lock(&denials.lock);
    denials.n = denials.len = denials.lost = 0;
    (void)pthread_mutex_unlock(&denials.lock);
}
