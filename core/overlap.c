/* overlap: grants that lie above a deny, replaced by grants of what lies beside it. */
#include "core/overlap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mask.h"
#include "core/mem.h"
#include "core/mounts.h"
#include "core/path.h"
#include "core/quote.h"

struct splitting {
    struct caps *caps;
    const struct caps_grant *grant; /* the one being split */
    struct caps *made;              /* only its grants are used */
};

static bool is_active(const struct caps_deny *d)
{
    return !d->overridden;
}

/* A deny the grant cannot reach needs nothing: it is not below, or it does not exist and nothing may be created. */
static bool is_below(const struct caps_deny *d, const struct caps_grant *g, const char *directory)
{
    return is_active(d) && (d->exists || (g->access & CAPS_WRITE)) && path_is_within(d->path, directory);
}

static const struct caps_deny *deny_below(const struct caps *c, const struct caps_grant *g, const char *directory)
{
    for (size_t i = 0; i < c->n_denies; i++)
        if (is_below(&c->deny[i], g, directory))
            return &c->deny[i];
    return NULL;
}

static const struct caps_deny *deny_above(const struct caps *c, const struct caps_grant *g)
{
    for (size_t i = 0; i < c->n_denies; i++)
        if (is_active(&c->deny[i]) && path_is_within(g->path, c->deny[i].path))
            return &c->deny[i];
    return NULL;
}

/* "'/home/u' (--allow ~) … '/home/u/.ssh' (group deny_credentials)": both rules, and why they cannot stand together. */
static int refuse(const struct caps_grant *g, const struct caps_deny *d, const char *why, struct err *e)
{
    AUTO(str_release) struct str from = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str denied = STR_INIT(STR_MAX_LINE);
    AUTO(mem_free_ptr) char *granted_path = quote_term_dup(g->path);
    AUTO(mem_free_ptr) char *denied_path = quote_term_dup(d->path);
    caps_origin_describe(&g->origin, &from);
    caps_origin_describe(&d->origin, &denied);
    return err_set(e, ERR_DENIED, "cannot grant %s (%s): %s (%s) is denied%s", granted_path, from.buf, denied_path, denied.buf, why);
}

static int refuse_covered(const struct caps_grant *g, const struct caps_deny *d, struct err *e)
{
    if (d->origin.source == CAPS_FROM_NONO)
        return refuse(g, d, ", and what nono keeps for itself is never granted", e);
    return refuse(g, d, ": drop the grant, or give up the deny with --override-deny", e);
}

static void add_made(struct splitting *s, const char *path, bool file_only)
{
    const struct caps_origin *o = &s->grant->origin;
    caps_add_grant(s->made, mem_strdup(path), s->grant->access, file_only, true, caps_origin_make(o->source, o->name, o->key, o->text));
    s->made->grant[s->made->n_grants - 1].is_part = true;
}

static bool is_barred(const struct caps *c, const struct stat *st)
{
    for (size_t i = 0; i < c->n_barred; i++)
        if (c->barred[i].device == (uint64_t)st->st_dev && c->barred[i].inode == (uint64_t)st->st_ino)
            return true;
    return false;
}

static int split_directory(struct splitting *s, int fd, const char *path, struct err *e);

/* One entry of a directory that is being split.
 * NOLINTNEXTLINE(misc-no-recursion): as deep as the denied path at most, which is clean and bounded. */
static int split_entry(struct splitting *s, int dirfd, const char *directory, const char *name, struct err *e)
{
    struct stat st;
    AUTO(mem_free_ptr) char *path = path_join(directory, name);
    AUTO(mem_close_fd) int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return errno == ENOENT ? 0 : err_sys(e, ERR_IO, errno, "cannot look at an entry of a directory that holds a denied path");
    if (S_ISLNK(st.st_mode) || is_barred(s->caps, &st))
        return 0;
    for (size_t i = 0; i < s->caps->n_denies; i++)
        if (is_active(&s->caps->deny[i]) && strcmp(s->caps->deny[i].path, path) == 0)
            return 0;
    const struct caps_deny *d = S_ISDIR(st.st_mode) ? deny_below(s->caps, s->grant, path) : NULL;
    if (d)
        return split_directory(s, fd, path, e);
    if (s->made->n_grants >= OVERLAP_MAX_RULES)
        return refuse(s->grant, deny_below(s->caps, s->grant, s->grant->path),
                      " below it, and granting everything beside that needs too many rules: grant less", e);
    add_made(s, path, !S_ISDIR(st.st_mode));
    return 0;
}

/* Who may write here could swap an entry for the denied object. */
static bool is_shared(const struct stat *st)
{
    return (st->st_mode & (S_IWOTH | S_ISVTX)) || (st->st_uid != 0 && st->st_uid != geteuid());
}

static int check_directory(struct splitting *s, int fd, const char *path, struct err *e)
{
    struct stat st;
    const struct caps_deny *d = deny_below(s->caps, s->grant, path);
    if (s->caps->workdir && strcmp(path, s->caps->workdir) == 0)
        return refuse(s->grant, d, " inside the working directory: change into a directory without it, or give up the deny with --override-deny", e);
    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_IO, errno, "cannot look at a directory that holds a denied path");
    if (is_shared(&st))
        return refuse(s->grant, d, " below it, in a directory that others can write: grant something narrower", e);
    return 0;
}

static bool asked_by_name(const struct caps_grant *g)
{
    return g->origin.source == CAPS_FROM_USER || g->origin.source == CAPS_FROM_PROFILE || g->origin.source == CAPS_FROM_WORKDIR;
}

static void warn_of_split(struct splitting *s, const char *path)
{
    const struct caps_deny *d = deny_below(s->caps, s->grant, path);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    quote_term(&line, path);
    str_add(&line, " itself cannot be listed, and nothing directly in it created or removed, because ");
    quote_term(&line, d->path);
    str_add(&line, " is denied");
    bool is_asked = asked_by_name(s->grant) && strcmp(path, s->grant->path) == 0;
    (void)strlist_add_once(is_asked ? &s->caps->notices : &s->caps->warnings, line.buf);
}

/* NOLINTNEXTLINE(misc-no-recursion): see split_entry. */
static int split_directory(struct splitting *s, int fd, const char *path, struct err *e)
{
    int r = check_directory(s, fd, path, e);
    if (r < 0)
        return r;
    warn_of_split(s, path);
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err why = ERR_INIT;
    if (fs_list(fd, ".", &names, &why) < 0) {
        if (why.sys == EACCES)
            return 0; /* nothing in it can be listed: nothing is granted */
        AUTO(mem_free_ptr) char *name = quote_term_dup(path);
        return err_sys(e, ERR_IO, why.sys, "cannot read %s, which holds a denied path", name);
    }
    for (size_t i = 0; r == 0 && i < names.n; i++)
        r = split_entry(s, fd, path, names.item[i], e);
    return r;
}

static int split_grant(struct splitting *s, const struct caps_grant *g, struct err *e)
{
    AUTO(mem_close_fd) int fd = openat(AT_FDCWD, g->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    s->grant = g;
    if (fd < 0 || fstat(fd, &st) < 0)
        return 0; /* gone meanwhile: grants nothing */
    if (!S_ISDIR(st.st_mode)) {
        add_made(s, g->path, true); /* nothing lies below it */
        return 0;
    }
    return split_directory(s, fd, g->path, e);
}

/* The first letters of all denies in force: most grants begin with another, and need not be compared with each of them. */
struct letters {
    bool first[UCHAR_MAX + 1];
};

static void letters_of_denies(const struct caps *c, struct letters *ret)
{
    *ret = (struct letters){0};
    for (size_t i = 0; i < c->n_denies; i++)
        if (is_active(&c->deny[i]))
            ret->first[(unsigned char)c->deny[i].path[1]] = true;
}

/* The root, whose first letter is NUL, is above everything. */
static bool may_overlap(const struct letters *l, const char *path)
{
    return path[1] == '\0' || l->first[(unsigned char)path[1]] || l->first[0];
}

enum overlap { OVERLAP_NONE, OVERLAP_COVERED, OVERLAP_ABOVE };

static enum overlap overlap_of(const struct caps *c, const struct caps_grant *g)
{
    if (!g->exists)
        return OVERLAP_NONE;
    if (deny_above(c, g))
        return OVERLAP_COVERED;
    return !g->file_only && deny_below(c, g, g->path) ? OVERLAP_ABOVE : OVERLAP_NONE;
}

/* Another name of a denied object (a bind mount, a hard link) must be recognised when it turns up beside it. */
static void bar(struct caps *c)
{
    for (size_t i = 0; i < c->n_denies; i++) {
        struct stat st;
        const struct caps_deny *d = &c->deny[i];
        if (!is_active(d) || !d->exists || lstat(d->path, &st) < 0 || S_ISLNK(st.st_mode))
            continue;
        if (S_ISREG(st.st_mode) && st.st_nlink > 1) {
            AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
            quote_term(&line, d->path);
            str_add(&line, " is denied, and has another name (a hard link) that may lie below a grant");
            (void)strlist_add_once(&c->warnings, line.buf);
        }
        mem_reserve(&c->barred, &c->cap_barred, c->n_barred + 1, sizeof *c->barred);
        c->barred[c->n_barred++] = (struct caps_object){.device = (uint64_t)st.st_dev, .inode = (uint64_t)st.st_ino};
    }
}

static void release_grant(struct caps_grant *g)
{
    mem_free(g->path);
    caps_origin_release(&g->origin);
}

static int check_asked(const struct caps *c, struct err *e)
{
    for (size_t i = 0; i < c->n_grants; i++) {
        const struct caps_grant *g = &c->grant[i];
        const struct caps_deny *d = g->exists && asked_by_name(g) ? deny_above(c, g) : NULL;
        if (d)
            return refuse_covered(g, d, e);
    }
    return 0;
}

/* Replaces the grants of `c` that overlap by those in `made`. */
static void replace_grants(struct caps *c, const enum overlap *found, struct caps *made)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n_grants; i++) {
        if (found[i] == OVERLAP_NONE)
            c->grant[kept++] = c->grant[i];
        else
            release_grant(&c->grant[i]);
    }
    c->n_grants = kept;
    mem_reserve(&c->grant, &c->cap_grants, kept + made->n_grants + 1, sizeof *c->grant);
    for (size_t i = 0; i < made->n_grants; i++)
        c->grant[c->n_grants++] = made->grant[i];
    made->n_grants = 0;
}

struct overlaps {
    enum overlap *of; /* by grant */
    size_t n_covered, n_above;
};

static void overlaps_release(struct overlaps *o)
{
    mem_free(o->of);
}

static void find_overlaps(const struct caps *caps, struct overlaps *ret)
{
    struct letters letters;
    *ret = (struct overlaps){.of = mem_array(caps->n_grants, sizeof *ret->of)};
    letters_of_denies(caps, &letters);
    for (size_t i = 0; i < caps->n_grants; i++) {
        ret->of[i] = may_overlap(&letters, caps->grant[i].path) ? overlap_of(caps, &caps->grant[i]) : OVERLAP_NONE;
        ret->n_covered += ret->of[i] == OVERLAP_COVERED;
        ret->n_above += ret->of[i] == OVERLAP_ABOVE;
    }
}

int overlap_split(struct caps *caps, struct err *e)
{
    AUTO(overlaps_release) struct overlaps found;
    find_overlaps(caps, &found);
    if (found.n_covered + found.n_above == 0)
        return 0;
    int r = check_asked(caps, e);
    if (r == 0 && found.n_above > 0)
        bar(caps);
    AUTO(caps_release) struct caps made;
    caps_init(&made);
    struct splitting s = {.caps = caps, .made = &made};
    for (size_t i = 0; r == 0 && i < caps->n_grants; i++)
        if (found.of[i] == OVERLAP_ABOVE)
            r = split_grant(&s, &caps->grant[i], e);
    if (r == 0)
        replace_grants(caps, found.of, &made);
    return r;
}

bool overlap_is_asked(const struct caps *caps)
{
    for (size_t i = 0; i < caps->n_grants; i++)
        if (asked_by_name(&caps->grant[i]) && overlap_of(caps, &caps->grant[i]) == OVERLAP_ABOVE)
            return true;
    return false;
}

static void tell_of_masks(struct caps *caps, const struct caps_grant *g)
{
    size_t n = 0;
    for (size_t i = 0; i < caps->n_denies; i++)
        n += is_below(&caps->deny[i], g, g->path);
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_LINE);
    quote_term(&line, g->path);
    str_add(&line, " is granted whole but for ");
    quote_term(&line, deny_below(caps, g, g->path)->path);
    if (n > 1)
        str_addf(&line, " and %zu other denied path%s", n - 1, n == 2 ? "" : "s");
    str_add(&line, ", hidden by mounts that only the command sees");
    (void)strlist_add_once(&caps->warnings, line.buf);
}

static int mask_below(struct caps *caps, const struct caps_grant *g, const char *mountinfo, bool placeholders, struct err *e)
{
    for (size_t i = 0; i < caps->n_denies; i++) {
        const struct caps_deny *d = &caps->deny[i];
        const char *why = is_below(d, g, g->path) ? mask_add(caps, g, d->path, mountinfo, placeholders) : NULL;
        if (why)
            return refuse(g, d, why, e);
    }
    return 0;
}

int overlap_mask(struct caps *caps, bool placeholders, struct err *e)
{
    AUTO(overlaps_release) struct overlaps found;
    find_overlaps(caps, &found);
    AUTO(str_release) struct str mountinfo = STR_INIT(MOUNTS_MAX_TEXT);
    int r = check_asked(caps, e);
    if (r == 0 && found.n_above > 0)
        r = mounts_read(&mountinfo, e);
    for (size_t i = 0; r == 0 && i < caps->n_grants; i++)
        if (found.of[i] == OVERLAP_ABOVE)
            r = mask_below(caps, &caps->grant[i], mountinfo.buf, placeholders, e);
    if (r < 0) {
        mask_drop(caps);
        return r;
    }
    if (found.n_above > 0)
        mask_add_links(caps);
    mask_order(caps);
    for (size_t i = 0; i < caps->n_grants; i++) {
        if (found.of[i] != OVERLAP_ABOVE)
            continue;
        tell_of_masks(caps, &caps->grant[i]);
        found.of[i] = OVERLAP_NONE;
    }
    AUTO(caps_release) struct caps none;
    caps_init(&none);
    replace_grants(caps, found.of, &none);
    return 0;
}
