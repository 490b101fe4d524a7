/* journal: its reader. All of a file is checked before anything of it is believed. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/journal.h"
#include "rollback/journal_layout.h"
#include "rollback/stash.h"

/* What a kind needs and may have. */
enum { HAS_OTHER = 1, HAS_OTHER_INODE = 2, HAS_STASH = 4, HAS_VALUE = 8, MAY_LACK_INODE = 16 };

static const unsigned char needs[JOURNAL_KINDS] = {
    [JOURNAL_CREATED] = MAY_LACK_INODE,
    [JOURNAL_LINKED] = HAS_OTHER,
    [JOURNAL_RENAMED] = HAS_OTHER,
    [JOURNAL_REPLACED] = HAS_OTHER | HAS_OTHER_INODE | HAS_STASH,
    [JOURNAL_EXCHANGED] = HAS_OTHER | HAS_OTHER_INODE,
    [JOURNAL_STASHED] = HAS_STASH,
    [JOURNAL_UNLINKED] = HAS_OTHER,
    [JOURNAL_ATTRIBUTE] = HAS_VALUE,
};

static const struct journal_record *record_at(const struct journal_view *v, uint64_t at)
{
    return (const void *)(v->data + at);
}

static const char *path_of(const struct journal_record *r)
{
    return (const char *)(r + 1);
}

static const char *other_of(const struct journal_record *r)
{
    return path_of(r) + r->path_len;
}

static bool is_text(const char *text, uint32_t len)
{
    return len > 0 && strnlen(text, len) == len - 1;
}

/* Everything inside the record that lengths say, and zeroes between its texts and its tail. */
static bool is_laid_out(const struct journal_record *r, size_t left)
{
    const size_t least = sizeof *r + JOURNAL_ALIGN + sizeof(struct journal_tail);
    if (r->length < least || r->length > left || r->length > JOURNAL_RECORD_MAX || r->length % JOURNAL_ALIGN != 0 || r->zero != 0)
        return false;
    const struct journal_tail *tail = (const void *)((const unsigned char *)r + r->length - sizeof *tail);
    if (tail->length != r->length || tail->sum != journal_sum(r, r->length))
        return false;
    if (r->path_len > STR_MAX_PATH || r->other_len > STR_MAX_PATH || r->value_len > JOURNAL_MAX_VALUE)
        return false;
    size_t used = (size_t)r->path_len + r->other_len + r->value_len;
    size_t room = r->length - sizeof *r - sizeof *tail;
    if (used > room || room - used >= JOURNAL_ALIGN || !is_text(path_of(r), r->path_len) || !is_text(other_of(r), r->other_len))
        return false;
    for (size_t i = used; i < room; i++) {
        if (path_of(r)[i] != 0)
            return false;
    }
    return true;
}

static bool is_named_right(const struct journal_record *r)
{
    if (!path_is_clean(path_of(r)))
        return false;
    if (r->kind == JOURNAL_ATTRIBUTE)
        return r->other_len > 1 && r->other_len <= JOURNAL_MAX_NAME + 1;
    return needs[r->kind] & HAS_OTHER ? path_is_clean(other_of(r)) : r->other_len == 1;
}

static bool makes_sense(const struct journal_record *r)
{
    if (r->kind == 0 || r->kind >= JOURNAL_KINDS || (r->flags & ~(unsigned)(JOURNAL_BORN | JOURNAL_ABSENT)) != 0)
        return false;
    unsigned need = needs[r->kind];
    bool has_stash = need & HAS_STASH || (r->kind == JOURNAL_CONTENT && r->size > 0 && !(r->flags & JOURNAL_ABSENT));
    bool has_value = need & HAS_VALUE && !(r->flags & JOURNAL_ABSENT);
    return is_named_right(r) && (r->inode != 0 || need & MAY_LACK_INODE) && (r->other_inode != 0) == ((need & HAS_OTHER_INODE) != 0) &&
           (r->stash_id != 0) == has_stash && r->stash < STASH_MAX && (has_value || r->value_len == 0) && r->mtime_ns < 1000000000 &&
           (r->mode & ~(unsigned)(S_IFMT | 07777)) == 0 && r->size <= INT64_MAX;
}

/* What was being written when nono was killed is one record, at most: what is further behind was never written to. */
static bool is_blank(const unsigned char *data, size_t len)
{
    size_t i = len < JOURNAL_RECORD_MAX ? len : JOURNAL_RECORD_MAX;
    for (; i < len; i++) {
        if (data[i] != 0)
            return false;
    }
    return true;
}

int journal_parse(const void *data, size_t len, const char *name, struct journal_view *ret, struct err *e)
{
    static const unsigned char blank[JOURNAL_HEADER - (sizeof JOURNAL_MAGIC - 1)];
    struct journal_view v = {.data = data, .end = JOURNAL_HEADER};
    if (len < JOURNAL_HEADER || len > JOURNAL_MAX || memcmp(data, JOURNAL_MAGIC, sizeof JOURNAL_MAGIC - 1) != 0 ||
        memcmp(v.data + sizeof JOURNAL_MAGIC - 1, blank, sizeof blank) != 0)
        return err_set(e, ERR_CORRUPT, "%s is not a journal that this version of nono knows", name);
    while (len - v.end >= sizeof(struct journal_record)) {
        const struct journal_record *r = record_at(&v, v.end);
        if (r->length == 0)
            break;
        if (!is_laid_out(r, len - v.end) || !makes_sense(r))
            return err_set(e, ERR_CORRUPT, "%s is damaged at byte %llu", name, (unsigned long long)v.end);
        v.end += r->length;
        v.n++;
    }
    if (!is_blank(v.data + v.end, len - v.end))
        return err_set(e, ERR_CORRUPT, "%s is damaged behind byte %llu", name, (unsigned long long)v.end);
    *ret = v;
    return 0;
}

int journal_read(int dir, const char *name, struct journal_view *ret, struct err *e)
{
    struct stat st;
    AUTO(mem_close_fd) int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(e, err_class_of(errno), errno, "cannot read the journal of the session");
    if (!S_ISREG(st.st_mode) || st.st_size < JOURNAL_HEADER || st.st_size > JOURNAL_MAX)
        return err_set(e, ERR_CORRUPT, "%s is not a journal that this version of nono knows", name);
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED)
        return err_sys(e, ERR_IO, errno, "cannot read the journal of the session");
    int r = journal_parse(map, (size_t)st.st_size, name, ret, e);
    if (r < 0)
        (void)munmap(map, (size_t)st.st_size);
    else
        ret->mapped = (size_t)st.st_size;
    return r;
}

void journal_view_release(struct journal_view *v)
{
    if (v->mapped > 0)
        (void)munmap((void *)(uintptr_t)v->data, v->mapped);
    *v = (struct journal_view){0};
}

static void decode(const struct journal_record *r, uint64_t at, struct journal_entry *ret)
{
    *ret = (struct journal_entry){
        .kind = (enum journal_kind)r->kind,
        .flags = r->flags,
        .at = at,
        .step = r->step,
        .time_ns = r->time_ns,
        .device = r->device,
        .inode = r->inode,
        .other_inode = r->other_inode,
        .mode = r->mode,
        .uid = r->uid,
        .gid = r->gid,
        .mtime_s = r->mtime_s,
        .mtime_ns = r->mtime_ns,
        .stash = r->stash,
        .stash_id = r->stash_id,
        .size = r->size,
        .path = path_of(r),
        .other = other_of(r),
        .value = other_of(r) + r->other_len,
        .value_len = r->value_len,
    };
}

bool journal_next(const struct journal_view *v, uint64_t *at, struct journal_entry *ret)
{
    if (*at == 0)
        *at = JOURNAL_HEADER;
    if (*at >= v->end)
        return false;
    const struct journal_record *r = record_at(v, *at);
    decode(r, *at, ret);
    *at += r->length;
    return true;
}

bool journal_previous(const struct journal_view *v, uint64_t *at, struct journal_entry *ret)
{
    if (*at <= JOURNAL_HEADER)
        return false;
    const struct journal_tail *tail = (const void *)(v->data + *at - sizeof *tail);
    *at -= tail->length;
    decode(record_at(v, *at), *at, ret);
    return true;
}

int journal_each(const struct journal_view *v, journal_visit *each, void *arg, struct err *e)
{
    struct journal_entry x;
    int r = 0;
    for (uint64_t at = 0; r == 0 && journal_next(v, &at, &x);)
        r = each(arg, &x, e);
    return r;
}
