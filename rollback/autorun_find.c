/* autorun_find: a list of changes, walked. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/autorun.h"

struct finding {
    const struct autorun_reader *reader;
    const struct change_list *list;
    const char **source; /* paths of changed .py files, sorted */
    size_t n_sources;
};

void autorun_release(struct autorun *a)
{
    for (size_t i = 0; i < a->n; i++)
        mem_free(a->item[i].path);
    mem_free(a->item);
    *a = (struct autorun){0};
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_written(const struct change *c)
{
    return c->kind == CHANGE_CREATED || c->kind == CHANGE_MODIFIED;
}

static void list_sources(struct finding *f)
{
    const struct change_list *l = f->list;
    f->source = mem_array(l->n + 1, sizeof *f->source);
    for (size_t i = 0; i < l->n; i++)
        if (is_written(&l->item[i]) && str_ends(l->item[i].path, ".py"))
            f->source[f->n_sources++] = l->item[i].path;
    qsort(f->source, f->n_sources, sizeof *f->source, compare);
}

static bool has_changed_source(const struct finding *f, const char *path)
{
    AUTO(str_release) struct str source = STR_INIT(CHANGE_MAX_PATH);
    if (!autorun_source_of(path, &source))
        return false;
    const char *key = source.buf;
    return bsearch(&key, f->source, f->n_sources, sizeof *f->source, compare) != NULL;
}

static int read_stored(void *data, const struct change *c, bool after, void **ret, size_t *ret_len, struct err *e)
{
    const struct snapshot_node *n = after ? &c->after : &c->before;
    if (n->type == 0)
        return 1;
    if (n->type != SNAPSHOT_FILE || (n->flags & SNAPSHOT_UNREADABLE) || n->size > AUTORUN_MAX_CONTENT)
        return 0;
    int r = store_get(data, &n->content, STORE_BLOB, ret, ret_len, e);
    return r < 0 ? r : 1;
}

struct autorun_reader autorun_reader_of(struct store *s)
{
    return (struct autorun_reader){.read = read_stored, .data = s};
}

/* 1 when the change matters. */
static int look_inside(const struct finding *f, const struct change *c, enum autorun_kind kind, struct err *e)
{
    AUTO(mem_free_ptr) void *before = NULL;
    AUTO(mem_free_ptr) void *after = NULL;
    size_t n_before = 0;
    size_t n_after = 0;
    if (kind == AUTORUN_COMPILED)
        return !has_changed_source(f, c->path);
    if (kind != AUTORUN_PACKAGE && kind != AUTORUN_GIT_CONFIG)
        return 1;
    int r = f->reader->read(f->reader->data, c, true, &after, &n_after, e);
    if (r > 0)
        r = f->reader->read(f->reader->data, c, false, &before, &n_before, e);
    if (r <= 0)
        return r < 0 ? r : 1;
    return autorun_content_matters(kind, c->path, (struct view){before ? before : "", n_before}, (struct view){after ? after : "", n_after});
}

void autorun_add(struct autorun *a, enum autorun_kind kind, const char *path)
{
    mem_reserve(&a->item, &a->cap, a->n + 1, sizeof *a->item);
    a->item[a->n++] = (struct autorun_item){.kind = kind, .path = mem_strdup(path)};
}

/* A virtual environment that is new is one thing: the directory of pyvenv.cfg and bin/. */
static void add_environment(struct autorun *a, const char *path, const char *new_dir)
{
    size_t len = (size_t)(path_base(path) - path);
    len -= len > 0;
    if (len > strlen("/bin") && strncmp(path + len - strlen("/bin"), "/bin", strlen("/bin")) == 0)
        len -= strlen("/bin");
    AUTO(mem_free_ptr) char *dir = mem_strndup(path, len);
    const char *whole = *dir && change_path_within(dir, new_dir) ? dir : path;
    for (size_t i = 0; i < a->n; i++)
        if (a->item[i].kind == AUTORUN_VENV && strcmp(a->item[i].path, whole) == 0)
            return;
    autorun_add(a, AUTORUN_VENV, whole);
}

int autorun_find(const struct autorun_reader *reader, const struct change_list *l, const struct autorun_place *p, struct autorun *ret, struct err *e)
{
    AUTO(autorun_release) struct autorun made = {0};
    struct finding f = {.reader = reader, .list = l};
    const char *new_dir = NULL; /* the uppermost around the entry */
    int r = 0;
    list_sources(&f);
    for (size_t i = 0; r >= 0 && i < l->n; i++) {
        const struct change *c = &l->item[i];
        if (new_dir && !change_path_within(c->path, new_dir))
            new_dir = NULL;
        enum autorun_kind kind = autorun_judge(c, p, new_dir != NULL);
        r = kind == AUTORUN_NONE ? 0 : look_inside(&f, c, kind, e);
        if (r > 0 && kind == AUTORUN_VENV && new_dir)
            add_environment(&made, c->path, new_dir);
        else if (r > 0)
            autorun_add(&made, kind, c->path);
        if (!new_dir && c->kind == CHANGE_CREATED && c->after.type == SNAPSHOT_DIR)
            new_dir = c->path;
    }
    mem_free(f.source);
    if (r < 0)
        return r;
    *ret = made;
    made = (struct autorun){0};
    return 0;
}

void autorun_describe(const struct autorun *a, struct str *out)
{
    bool first = true;
    for (int kind = AUTORUN_NONE + 1; kind < AUTORUN_KINDS; kind++) {
        const char *path = NULL;
        size_t n = 0;
        for (size_t i = 0; i < a->n; i++) {
            if (a->item[i].kind != (enum autorun_kind)kind)
                continue;
            path = path ? path : a->item[i].path;
            n++;
        }
        if (n == 0)
            continue;
        str_add(out, first ? "" : ", ");
        first = false;
        quote_term(out, path);
        if (n > 1)
            str_addf(out, " and %zu more", n - 1);
        str_addf(out, " (%s)", autorun_names[kind]);
    }
}
