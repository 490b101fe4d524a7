/* rollback_rename: pairs by content first, then whole directories. */
#include "shell/rollback_rename.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

enum {
    NOT_RENAMED = -1,
    MAX_CANDIDATES = 32, /* looked at for one file, where many hold the same */
};
static const struct rollback_rename not_renamed = {.other = NOT_RENAMED};

static bool may_pair(const struct snapshot_node *n)
{
    return n->type == SNAPSHOT_FILE && n->size > 0 && !(n->flags & SNAPSHOT_UNREADABLE);
}

struct half {
    struct oid content;
    size_t index;
    bool taken;
};

static int by_content(const void *a, const void *b)
{
    const struct half *x = a;
    const struct half *y = b;
    int order = memcmp(x->content.byte, y->content.byte, OID_SIZE);
    return order ? order : x->index < y->index ? -1 : 1;
}

static size_t first_of(const struct half *h, size_t n, const struct oid *content)
{
    size_t low = 0;
    for (size_t high = n; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(h[middle].content.byte, content->byte, OID_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Bytes at the end that both paths have. */
static size_t common_end(const char *a, const char *b)
{
    size_t n = 0;
    for (size_t i = strlen(a), j = strlen(b); i > 0 && j > 0 && a[i - 1] == b[j - 1]; i--, j--)
        n++;
    return n;
}

static void pair(struct rollback_rename *renames, size_t deleted, size_t created)
{
    renames[deleted] = (struct rollback_rename){(ptrdiff_t)created, true};
    renames[created] = (struct rollback_rename){(ptrdiff_t)deleted, false};
}

static void pair_file(const struct change_list *l, struct half *deleted, size_t n, size_t created, struct rollback_rename *ret)
{
    const struct change *c = &l->item[created];
    struct half *best = NULL;
    size_t best_end = 0;
    size_t first = first_of(deleted, n, &c->after.content);
    for (size_t i = first; i < n && i < first + MAX_CANDIDATES && oid_equal(&deleted[i].content, &c->after.content); i++) {
        size_t end = common_end(l->item[deleted[i].index].path, c->path);
        if (deleted[i].taken || (best && end <= best_end))
            continue;
        best = &deleted[i];
        best_end = end;
    }
    if (best) {
        best->taken = true;
        pair(ret, best->index, created);
    }
}

static void pair_files(const struct change_list *l, struct rollback_rename *ret)
{
    AUTO(mem_free_ptr) struct half *deleted = mem_array(l->n + 1, sizeof *deleted);
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (l->item[i].kind == CHANGE_DELETED && may_pair(&l->item[i].before))
            deleted[n++] = (struct half){l->item[i].before.content, i, false};
    }
    qsort(deleted, n, sizeof *deleted, by_content);
    for (size_t i = 0; n > 0 && i < l->n; i++) {
        if (l->item[i].kind == CHANGE_CREATED && may_pair(&l->item[i].after))
            pair_file(l, deleted, n, i, ret);
    }
}

/* Index behind the last change below the one at `i`. */
static size_t end_of(const struct change_list *l, size_t i)
{
    size_t end = i + 1;
    while (end < l->n && change_path_within(l->item[end].path, l->item[i].path))
        end++;
    return end;
}

static bool same_thing(const struct change *deleted, const struct change *created)
{
    return deleted->kind == CHANGE_DELETED && created->kind == CHANGE_CREATED && deleted->before.type == created->after.type &&
           oid_equal(&deleted->before.content, &created->after.content) && deleted->before.rdev == created->after.rdev;
}

/* Both lists of what is below are in the same order, so that one walk compares them. */
static bool same_directory(const struct change_list *l, size_t from, size_t to)
{
    size_t n = end_of(l, to) - to;
    if (end_of(l, from) - from != n)
        return false;
    size_t from_len = strlen(l->item[from].path);
    size_t to_len = strlen(l->item[to].path);
    for (size_t i = 0; i < n; i++) {
        if (!same_thing(&l->item[from + i], &l->item[to + i]) || strcmp(l->item[from + i].path + from_len, l->item[to + i].path + to_len) != 0)
            return false;
    }
    return true;
}

/* The deleted directory that a file below the created one at `to` came from, when the rest of its path is the same. */
static ptrdiff_t origin_of(const struct change_list *l, const struct rollback_rename *renames, size_t to, size_t end)
{
    for (size_t i = to + 1; i < end; i++) {
        if (renames[i].other == NOT_RENAMED)
            continue;
        const char *old = l->item[renames[i].other].path;
        const char *rest = l->item[i].path + strlen(l->item[to].path);
        size_t old_len = strlen(old);
        size_t rest_len = strlen(rest);
        if (old_len <= rest_len || strcmp(old + old_len - rest_len, rest) != 0)
            return NOT_RENAMED;
        for (ptrdiff_t j = renames[i].other; j-- > 0;) {
            const char *path = l->item[j].path;
            if (strlen(path) == old_len - rest_len && strncmp(path, old, old_len - rest_len) == 0)
                return j;
        }
        return NOT_RENAMED;
    }
    return NOT_RENAMED;
}

static void unpair(struct rollback_rename *renames, size_t i)
{
    if (renames[i].other != NOT_RENAMED)
        renames[renames[i].other] = not_renamed;
    renames[i] = not_renamed;
}

static void pair_directories(const struct change_list *l, struct rollback_rename *ret)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct change *c = &l->item[i];
        if (c->kind != CHANGE_CREATED || c->after.type != SNAPSHOT_DIR)
            continue;
        size_t end = end_of(l, i);
        ptrdiff_t from = origin_of(l, ret, i, end);
        if (from == NOT_RENAMED || !same_directory(l, (size_t)from, i))
            continue;
        for (size_t j = i; j < end; j++) {
            unpair(ret, j);
            unpair(ret, (size_t)from + j - i);
            pair(ret, (size_t)from + j - i, j);
            ret[j].is_told = j > i;
        }
        i = end - 1;
    }
}

struct rollback_rename *rollback_renames(const struct change_list *l)
{
    struct rollback_rename *renames = mem_array(l->n + 1, sizeof *renames);
    for (size_t i = 0; i <= l->n; i++)
        renames[i] = not_renamed;
    pair_files(l, renames);
    pair_directories(l, renames);
    return renames;
}

size_t rollback_rename_count(const struct change_list *l, const struct rollback_rename *renames)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct change *c = &l->item[i];
        bool has_children = i + 1 < l->n && change_path_within(l->item[i + 1].path, c->path);
        n += renames[i].other != NOT_RENAMED && c->kind == CHANGE_CREATED && !(c->after.type == SNAPSHOT_DIR && has_children);
    }
    return n;
}
