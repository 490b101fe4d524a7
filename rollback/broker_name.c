/* broker_name: what makes, moves and removes names. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/mem.h"
#include "rollback/broker_guard.h"

/* A name of a call whose directory may be written. */
struct target {
    struct broker_name name;
    struct broker_place at;
    struct mutate_place place;
};
#define TARGET_INIT {.name = BROKER_NAME_INIT}

static void target_release(struct target *t)
{
    broker_name_release(&t->name);
}

static int find(struct broker *b, const struct notify_call *c, int dirfd, uint64_t address, struct target *ret)
{
    char path[STR_MAX_PATH];
    int r = notify_read_text(c, address, path, sizeof path);
    if (r < 0)
        return r;
    r = broker_find(b, c, -1, dirfd, path, &ret->name);
    if (r != 0)
        return r;
    r = broker_place_of(b, &ret->name, CAPS_WRITE, &ret->at);
    if (r == 0)
        ret->place = (struct mutate_place){.dir = ret->at.dir->fd,
                                           .name = ret->name.name,
                                           .path = ret->at.path,
                                           .is_scratch = !broker_is_captured(b, ret->at.path),
                                           .in = &ret->at.dir->look};
    return r;
}

/* 0 when the operation is to be done as the caller, who the thread is until broker_be_self. */
static int begin(struct broker *b, const struct notify_call *c, int dirfd, uint64_t address, struct target *ret)
{
    int r = broker_become(b, c);
    return r != 0 ? r : find(b, c, dirfd, address, ret);
}

static int end(struct broker *b, int result)
{
    broker_be_self(b);
    return result;
}

static int unlink_at(struct broker *b, const struct notify_call *c, int dirfd, uint64_t address)
{
    AUTO(target_release) struct target t = TARGET_INIT;
    int r = begin(b, c, dirfd, address, &t);
    if (r == 0 && t.name.slash)
        r = BROKER_PROCEED;
    if (r == 0 && broker_holds_pinned(b, t.at.path))
        r = -EBUSY;
    if (r == 0)
        r = broker_guard_place(b, c, GUARD_REMOVE, &t.place, true);
    if (r == 0)
        r = mutate_unlink(b->mutate, &t.place);
    return end(b, r);
}

static int rmdir_at(struct broker *b, const struct notify_call *c, int dirfd, uint64_t address)
{
    AUTO(target_release) struct target t = TARGET_INIT;
    int r = begin(b, c, dirfd, address, &t);
    broker_moves(b);
    if (r == 0)
        r = broker_holds_pinned(b, t.at.path) ? -EBUSY : mutate_rmdir(b->mutate, &t.place);
    return end(b, r);
}

static int mkdir_at(struct broker *b, const struct notify_call *c, int dirfd, uint64_t address, mode_t mode)
{
    AUTO(target_release) struct target t = TARGET_INIT;
    int r = begin(b, c, dirfd, address, &t);
    if (r == 0)
        r = broker_guard_place(b, c, GUARD_MAKE_DIR, &t.place, false);
    return end(b, r == 0 ? mutate_mkdir(b->mutate, &t.place, mode) : r);
}

static int mknod_at(struct broker *b, const struct notify_call *c, int dirfd, uint64_t address, mode_t mode)
{
    AUTO(target_release) struct target t = TARGET_INIT;
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return BROKER_PROCEED; /* Landlock refuses */
    int r = begin(b, c, dirfd, address, &t);
    if (r == 0 && t.name.slash)
        r = BROKER_PROCEED;
    if (r == 0)
        r = broker_guard_place(b, c, S_ISREG(mode) || !(mode & S_IFMT) ? GUARD_CREATE : GUARD_MAKE_OTHER, &t.place, false);
    return end(b, r == 0 ? mutate_mknod(b->mutate, &t.place, mode, 0) : r);
}

static int symlink_at(struct broker *b, const struct notify_call *c, uint64_t text, int dirfd, uint64_t address)
{
    char target[STR_MAX_PATH];
    AUTO(target_release) struct target t = TARGET_INIT;
    int r = notify_read_text(c, text, target, sizeof target);
    if (r < 0)
        return r;
    r = begin(b, c, dirfd, address, &t);
    if (r == 0 && t.name.slash)
        r = BROKER_PROCEED;
    if (r == 0)
        r = broker_guard_place(b, c, GUARD_MAKE_LINK, &t.place, false);
    return end(b, r == 0 ? mutate_symlink(b->mutate, target, &t.place) : r);
}

/* A thing that is granted to write only must not become readable by its new name. */
static bool widens(const struct broker *b, const struct target *from, const struct target *to)
{
    unsigned before = broker_granted(b, from->at.dir, from->at.path);
    unsigned after = broker_granted(b, to->at.dir, to->at.path);
    return (after & ~before) != 0;
}

static bool is_dir(const struct target *t)
{
    struct stat st;
    return fstatat(t->place.dir, t->place.name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

struct two_names {
    int dirfd[2];
    uint64_t address[2];
};

static int find_two(struct broker *b, const struct notify_call *c, const struct two_names *w, struct target *from, struct target *to)
{
    int r = begin(b, c, w->dirfd[0], w->address[0], from);
    return r == 0 ? find(b, c, w->dirfd[1], w->address[1], to) : r;
}

static int rename_guarded(struct broker *b, const struct notify_call *c, const struct mutate_place *from, const struct mutate_place *to, unsigned flags)
{
    int r = broker_guard_rename(b, c, from, to, flags);
    broker_moves(b);
    if (r == 0)
        r = mutate_rename(b->mutate, from, to, flags);
    return r == BROKER_SENT ? 0 : r;
}

static int rename_at(struct broker *b, const struct notify_call *c, const struct two_names *w, unsigned flags)
{
    AUTO(target_release) struct target from = TARGET_INIT;
    AUTO(target_release) struct target to = TARGET_INIT;
    int r = find_two(b, c, w, &from, &to);
    if (r == 0 && (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE)))
        r = -EINVAL;
    else if (r == 0 && (from.name.slash || to.name.slash) && !is_dir(&from))
        r = BROKER_PROCEED; /* an error, and the kernel knows which */
    else if (r == 0 && (broker_holds_pinned(b, from.at.path) || broker_holds_pinned(b, to.at.path)))
        r = -EBUSY;
    else if (r == 0 && (from.place.is_scratch != to.place.is_scratch || widens(b, &from, &to) || ((flags & RENAME_EXCHANGE) && widens(b, &to, &from))))
        r = -EXDEV; /* what is kept stays where it is kept, as on a mount of its own */
    else if (r == 0)
        r = rename_guarded(b, c, &from.place, &to.place, flags);
    return end(b, r);
}

/* The thing that gets one more name. What a descriptor is, or a path. */
static int find_linked(struct broker *b, const struct notify_call *c, const struct two_names *w, int flags, struct broker_object *ret)
{
    struct broker_lookup look = {.dirfd = w->dirfd[0], .address = w->address[0], .follow = flags & AT_SYMLINK_FOLLOW};
    look.may_be_empty = flags & AT_EMPTY_PATH;
    int r = broker_object(b, c, &look, ret);
    if (r < 0)
        return r;
    if (ret->path[0] != '/' || ret->is_direct)
        return -EXDEV;
    return broker_granted(b, NULL, ret->path) & CAPS_WRITE ? 0 : -EACCES;
}

static int link_at(struct broker *b, const struct notify_call *c, const struct two_names *w, int flags)
{
    AUTO(broker_object_release) struct broker_object from = BROKER_OBJECT_INIT;
    AUTO(target_release) struct target to = TARGET_INIT;
    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    int r = begin(b, c, w->dirfd[1], w->address[1], &to);
    if (r == 0 && to.name.slash)
        r = BROKER_PROCEED;
    if (r == 0)
        r = find_linked(b, c, w, flags, &from);
    if (r == 0 && ((!from.is_gone && from.is_scratch != to.place.is_scratch) || (broker_granted(b, to.at.dir, to.at.path) & ~broker_granted(b, NULL, from.path))))
        r = -EXDEV;
    if (r == 0 && !from.is_gone)
        r = broker_guard(b, c, GUARD_LINK_FROM, from.path, false);
    if (r == 0)
        r = broker_guard_place(b, c, GUARD_LINK_TO, &to.place, false);
    if (r == 0) {
        const struct mutate_object object = {.fd = from.fd, .path = from.path, .is_scratch = from.is_scratch};
        r = mutate_link(b->mutate, &object, &to.place);
    }
    return end(b, r);
}

#define OP(name_, call_) \
    static int op_##name_(struct broker *b, const struct notify_call *c, bool may_block) \
    { \
        (void)may_block; \
        return call_; \
    }
#define TWO(dir_a, a, dir_b, b_) (&(struct two_names){.dirfd = {(int)(dir_a), (int)(dir_b)}, .address = {a, b_}})

#ifdef SYS_unlink
OP(unlink, unlink_at(b, c, AT_FDCWD, c->arg[0]))
OP(rmdir, rmdir_at(b, c, AT_FDCWD, c->arg[0]))
OP(mkdir, mkdir_at(b, c, AT_FDCWD, c->arg[0], (mode_t)c->arg[1]))
OP(mknod, mknod_at(b, c, AT_FDCWD, c->arg[0], (mode_t)c->arg[1]))
OP(symlink, symlink_at(b, c, c->arg[0], AT_FDCWD, c->arg[1]))
OP(rename, rename_at(b, c, TWO(AT_FDCWD, c->arg[0], AT_FDCWD, c->arg[1]), 0))
OP(link, link_at(b, c, TWO(AT_FDCWD, c->arg[0], AT_FDCWD, c->arg[1]), 0))
#endif
#ifdef SYS_renameat
OP(renameat, rename_at(b, c, TWO(c->arg[0], c->arg[1], c->arg[2], c->arg[3]), 0))
#endif
OP(mkdirat, mkdir_at(b, c, (int)c->arg[0], c->arg[1], (mode_t)c->arg[2]))
OP(mknodat, mknod_at(b, c, (int)c->arg[0], c->arg[1], (mode_t)c->arg[2]))
OP(symlinkat, symlink_at(b, c, c->arg[0], (int)c->arg[1], c->arg[2]))
OP(renameat2, rename_at(b, c, TWO(c->arg[0], c->arg[1], c->arg[2], c->arg[3]), (unsigned)c->arg[4]))
OP(linkat, link_at(b, c, TWO(c->arg[0], c->arg[1], c->arg[2], c->arg[3]), (int)c->arg[4]))

static int op_unlinkat(struct broker *b, const struct notify_call *c, bool may_block)
{
    int flags = (int)c->arg[2];
    (void)may_block;
    if (flags & ~AT_REMOVEDIR)
        return -EINVAL;
    return flags ? rmdir_at(b, c, (int)c->arg[0], c->arg[1]) : unlink_at(b, c, (int)c->arg[0], c->arg[1]);
}

const struct broker_row broker_name_rows[] = {
#ifdef SYS_unlink
    {.number = SYS_unlink, .op = op_unlink},
    {.number = SYS_rmdir, .op = op_rmdir},
    {.number = SYS_mkdir, .op = op_mkdir},
    {.number = SYS_mknod, .op = op_mknod},
    {.number = SYS_symlink, .op = op_symlink},
    {.number = SYS_rename, .op = op_rename},
    {.number = SYS_link, .op = op_link},
#endif
#ifdef SYS_renameat
    {.number = SYS_renameat, .op = op_renameat},
#endif
    {.number = SYS_unlinkat, .op = op_unlinkat},
    {.number = SYS_mkdirat, .op = op_mkdirat},
    {.number = SYS_mknodat, .op = op_mknodat},
    {.number = SYS_symlinkat, .op = op_symlinkat},
    {.number = SYS_renameat2, .op = op_renameat2},
    {.number = SYS_linkat, .op = op_linkat},
    {0},
};
