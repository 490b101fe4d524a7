/* learn_recorded: what the sessions of a directory were denied, as uses. Nothing is run. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/session.h"
#include "shell/denied.h"
#include "shell/last.h"
#include "shell/learn_result.h"

enum { SESSIONS_READ = 50, PORT_MAX = 65535 };

/* The port behind the last colon of ADDRESS:PORT or [ADDRESS]:PORT, or the whole of `text`. 0: there is none. */
static uint16_t port_of(const char *text)
{
    const char *colon = strrchr(text, ':');
    char *end;
    unsigned long port = strtoul(colon ? colon + 1 : text, &end, 10);
    return *end == '\0' && port <= PORT_MAX ? (uint16_t)port : 0;
}

static char *address_of(const char *text)
{
    size_t len = (size_t)(strrchr(text, ':') - text);
    bool is_long = len > 2 && *text == '[';
    return mem_strndup(text + is_long, len - (is_long ? 2 : 0));
}

static unsigned access_of(enum denials_operation operation)
{
    switch (operation) {
    case DENIALS_READ:
    case DENIALS_EXECUTE:
        return CAPS_READ;
    case DENIALS_WRITE:
    case DENIALS_ATTRIBUTES:
    case DENIALS_MOVE:
        return CAPS_WRITE;
    case DENIALS_READWRITE:
        return CAPS_READWRITE;
    case DENIALS_UNIX:
    case DENIALS_CONNECT:
    case DENIALS_LISTEN:
    case DENIALS_SOCKET:
    case DENIALS_CALL:
    case DENIALS_OPERATIONS:
        break;
    }
    return 0;
}

static const char *hold(struct learn_result *r, const char *text)
{
    strlist_add(&r->texts, text);
    return r->texts.item[r->texts.n - 1];
}

static void add_file(struct learn_result *r, const struct session_denial *d)
{
    struct stat st;
    if (d->operation == DENIALS_EXECUTE)
        (void)strlist_add_once(&r->programs, path_base(d->target));
    bool exists = lstat(d->target, &st) == 0;
    learn_result_add_use(r, &(struct learn_use){.path = hold(r, d->target),
                                                .access = access_of(d->operation),
                                                .existed = exists,
                                                .is_dir = exists && S_ISDIR(st.st_mode),
                                                .executed = d->operation == DENIALS_EXECUTE,
                                                .count = d->count,
                                                .program = hold(r, d->program)});
}

/* One of several sessions is the same. */
static void add_endpoint(struct learn_endpoints *to, const char *address, const struct session_denial *d)
{
    uint16_t port = port_of(d->target);
    for (size_t i = 0; i < to->n; i++) {
        if (to->item[i].port == port && strcmp(to->item[i].address, address) == 0) {
            to->item[i].count += d->count;
            return;
        }
    }
    learn_result_add_endpoint(to, address, port)->count = d->count;
}

static void add_denial(struct learn_result *r, const struct session_denial *d)
{
    if (d->by != DENIALS_BY_GUARD && access_of(d->operation) && *d->target == '/') {
        add_file(r, d);
    } else if (d->operation == DENIALS_CONNECT && strchr(d->target, ':') && port_of(d->target)) {
        AUTO(mem_free_ptr) char *address = address_of(d->target);
        add_endpoint(&r->outbound, address, d);
    } else if (d->operation == DENIALS_LISTEN && port_of(d->target)) {
        add_endpoint(&r->listening, "0.0.0.0", d);
    } else {
        AUTO(str_release) struct str line = STR_INIT(STR_MAX_SCRIPT);
        denied_describe(d, &line);
        if (!line.failed)
            (void)strlist_add_once(&r->others, line.buf);
    }
}

static void add_record(struct learn_result *r, const struct session_record *record, char **ret_profile)
{
    if (record->denied.n == 0 || strcmp(last_started_in(record), r->workdir) != 0)
        return;
    r->sessions++;
    r->lost += record->denied.more;
    if (!*ret_profile)
        *ret_profile = mem_strdup(record->profile);
    for (size_t i = 0; i < record->denied.n; i++)
        add_denial(r, &record->denied.item[i]);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct learn_use *)a)->path, ((const struct learn_use *)b)->path);
}

/* What several sessions were denied is one use. */
static void unite(struct learn_result *r)
{
    size_t n = 0;
    if (r->n_uses > 1)
        qsort(r->use, r->n_uses, sizeof *r->use, by_path);
    for (size_t i = 0; i < r->n_uses; i++) {
        struct learn_use *last = n ? &r->use[n - 1] : NULL;
        if (!last || strcmp(last->path, r->use[i].path) != 0) {
            r->use[n++] = r->use[i];
            continue;
        }
        last->access |= r->use[i].access;
        last->executed = last->executed || r->use[i].executed;
        last->count += r->use[i].count;
    }
    r->n_uses = n;
}

int learn_result_add_recorded(struct learn_result *r, bool names, char **ret_profile, struct err *e)
{
    const struct world *w = r->context->world;
    AUTO(session_list_release) struct session_list all = {0};
    AUTO(session_record_release) struct session_record note = {0};
    struct err ignored = ERR_INIT;
    *ret_profile = NULL;
    r->source = LEARN_RECORDED;
    int rc = session_list_newest(w->state_dir, "", SESSIONS_READ, &all, e);
    if (rc < 0)
        return rc;
    if (session_last_read(w->runtime_dir, getsid(0), &note, &ignored) == 0)
        add_record(r, &note, ret_profile);
    for (size_t i = 0; i < all.n; i++)
        add_record(r, &all.item[i], ret_profile);
    unite(r);
    learn_host_name(&r->outbound, names);
    if (r->sessions == 0)
        return err_set(e, ERR_MISSING,
                       "no recent session of this directory records a denial: run the command with 'nono run --diagnose', or watch it with 'nono "
                       "learn -- COMMAND'");
    return 0;
}
