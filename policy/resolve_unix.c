/* resolve_unix: the Unix sockets that may be connected to. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/expand.h"
#include "policy/resolve_parts.h"

static int no_socket(struct resolving *s, const struct real *real, const struct caps_origin *origin, struct err *e)
{
    AUTO(mem_free_ptr) char *path = quote_term_dup(real->path);
    AUTO(str_release) struct str who = STR_INIT(STR_MAX_LINE);
    caps_origin_describe(origin, &who);
    const char *why = real->exists ? "it is neither a Unix socket nor a directory" : strerror(real->sys);
    if (origin->source == CAPS_FROM_USER)
        return err_set(e, real->exists ? ERR_INPUT : ERR_MISSING, "%s: '%s': %s", who.buf, path, why);
    resolve_warn(s->caps, "%s: '%s' is not granted: %s", who.buf, path, why);
    return 0;
}

/* `path` is clean; consumes `origin`. */
static int add_socket(struct resolving *s, const char *path, struct caps_origin origin, struct err *e)
{
    AUTO(real_release) struct real real = {0};
    struct stat st = {0};
    real_find(s->cache, path, &real);
    if (real.exists && stat(real.path, &st) < 0) {
        real.exists = false;
        real.sys = errno;
    }
    bool fits = real.exists && (S_ISDIR(st.st_mode) || S_ISSOCK(st.st_mode));
    int r = fits ? 0 : no_socket(s, &real, &origin, e);
    if (r < 0) {
        caps_origin_release(&origin);
        return r;
    }
    caps_add_socket(s->caps, (struct caps_socket){
                                 .path = take_ptr(&real.path),
                                 .is_dir = S_ISDIR(st.st_mode),
                                 .exists = fits,
                                 .object = {.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino},
                                 .origin = origin,
                             });
    return 0;
}

static int profile_socket(struct resolving *s, const struct profile_item *item, struct err *e)
{
    AUTO(mem_free_ptr) char *path = NULL;
    int r = expand_path(s->request->world, s->request->workdir, item->text, &path, e);
    if (r < 0)
        return resolve_fail(s, &item->place, NULL, e);
    return add_socket(s, path, caps_origin_make(CAPS_FROM_PROFILE, item->place.profile, item->place.pointer, item->text), e);
}

int resolve_sockets(struct resolving *s, struct err *e)
{
    const struct resolve_request *q = s->request;
    const struct profile_list *l = &s->profile.allow_unix;
    static const char option[] = "--allow-unix-socket";
    int r = 0;
    for (size_t i = 0; r == 0 && i < l->n; i++)
        r = profile_socket(s, &l->item[i], e);
    for (size_t i = 0; r == 0 && q->unix_socket && i < q->unix_socket->n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        const char *text = q->unix_socket->item[i];
        r = expand_option(q->world, text, &path, e);
        if (r < 0)
            return err_add(e, "%s", option);
        r = add_socket(s, path, caps_origin_make(CAPS_FROM_USER, option, "", text), e);
    }
    return r;
}

/* Whether the command can put something else at the path, or into the directory. */
static bool can_be_replaced(const struct caps *c, const struct caps_socket *s)
{
    struct caps_answer answer;
    AUTO(mem_free_ptr) char *parent = path_parent(s->path);
    caps_evaluate(c, parent, CAPS_WRITE, &answer);
    bool writable = answer.granted & CAPS_WRITE;
    for (size_t i = 0; s->is_dir && i < c->n_grants; i++)
        writable |= c->grant[i].exists && (c->grant[i].access & CAPS_WRITE) && path_is_within(c->grant[i].path, s->path);
    return writable;
}

static void note_denied(struct caps *c, const struct caps_socket *s)
{
    AUTO(mem_free_ptr) char *path = quote_term_dup(s->path);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    str_addf(&line, "%s is denied, and a deny wins: the socket stays closed", path);
    strlist_add(&c->notices, line.buf);
}

int resolve_seal_sockets(struct caps *c, struct err *e)
{
    for (size_t i = 0; i < c->n_sockets; i++) {
        struct caps_socket *s = &c->socket[i];
        struct caps_answer answer;
        if (!s->exists)
            continue;
        s->is_pinned = can_be_replaced(c, s);
        caps_evaluate(c, s->path, 0, &answer);
        if (answer.deny)
            note_denied(c, s);
        if (!s->is_dir || !s->is_pinned)
            continue;
        AUTO(mem_free_ptr) char *path = quote_term_dup(s->path);
        AUTO(str_release) struct str who = STR_INIT(STR_MAX_LINE);
        caps_origin_describe(&s->origin, &who);
        return err_set(e, ERR_DENIED, "%s: the command may write in '%s', and could move any socket there; name the sockets themselves", who.buf,
                       path);
    }
    return 0;
}
