/* retention_size: what sessions take of the disk. */
#include "rollback/retention_size.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/path.h"

enum { BLOCK = 512 }; /* bytes, of st_blocks */

/* One directory; what is a directory in it is added to `left`. */
static uint64_t size_of(const struct session_place *p, const char *directory, struct strlist *left)
{
    AUTO(strlist_release) struct strlist names = STRLIST_INIT;
    struct err ignored = ERR_INIT;
    uint64_t total = 0;
    if (fs_list(p->sessions_fd, directory, &names, &ignored) < 0)
        return 0;
    for (size_t i = 0; i < names.n; i++) {
        AUTO(mem_free_ptr) char *path = path_join(directory, names.item[i]);
        struct stat st;
        if (fstatat(p->sessions_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(st.st_mode) || st.st_nlink == 1)
            total += (uint64_t)st.st_blocks * BLOCK;
        if (S_ISDIR(st.st_mode))
            strlist_add(left, path);
        else if (S_ISLNK(st.st_mode) && !strchr(directory, '/') && str_starts(names.item[i], "stash"))
            strlist_add_take(left, path_join(path, ".")); /* it lies elsewhere */
    }
    return total;
}

uint64_t retention_size_of_directory(const struct session_place *p, const char *id)
{
    AUTO(strlist_release) struct strlist left = STRLIST_INIT;
    uint64_t total = 0;
    strlist_add(&left, id);
    for (size_t i = 0; i < left.n; i++)
        total += size_of(p, left.item[i], &left);
    return total;
}

struct counting {
    struct store *store;
    struct retention_set *counted;
    uint64_t bytes;
};

static int count_one(void *arg, const struct oid *id, enum store_kind kind, struct err *e)
{
    struct counting *c = arg;
    (void)kind;
    (void)e;
    if (!retention_set_add(c->counted, id))
        return 0;
    c->bytes += store_stored(c->store, id);
    return 1;
}

int retention_size_of_objects(struct store *s, const struct session_record *r, struct retention_set *counted, uint64_t *ret, struct err *e)
{
    struct counting c = {.store = s, .counted = counted};
    int rc = oid_is_zero(&r->before) ? 0 : snapshot_walk(s, &r->before, count_one, &c, e);
    if (rc == 0 && !oid_is_zero(&r->after))
        rc = snapshot_walk(s, &r->after, count_one, &c, e);
    *ret = c.bytes;
    return rc;
}
