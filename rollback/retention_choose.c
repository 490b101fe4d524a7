/* retention_choose: by number, by age, and by what the rest takes of the disk. */
#include "rollback/retention_choose.h"

#include <string.h>

#include "core/mem.h"
#include "core/world.h"
#include "rollback/capture_review.h"
#include "rollback/retention_size.h"

static bool changed_nothing(const struct session_record *r)
{
    return r->created + r->modified + r->deleted == 0;
}

static void choose_by_rules(const struct session_list *l, const struct retention_request *how, const bool *stays, bool *goes)
{
    int64_t oldest = how->older_than_ns ? world_now_ns() - how->older_than_ns : INT64_MIN;
    const size_t keep[2] = {how->keep, how->keep_unchanged};
    size_t kept[2] = {0, 0};
    for (size_t i = 0; i < l->n; i++) {
        const struct session_record *r = &l->item[i];
        bool is_unchanged = changed_nothing(r);
        if (stays[i])
            continue;
        goes[i] = how->all || kept[is_unchanged] >= keep[is_unchanged] || r->started_ns < oldest;
        kept[is_unchanged] += !goes[i];
    }
}

/* What is being measured. */
struct measure {
    const struct session_place *place;
    const struct session_list *list;
    struct store *store;
    struct retention_set counted;
    uint64_t max_bytes;   /* 0: no limit */
    uint64_t directories; /* of what stays */
    bool is_full;
    struct progress *progress;
    size_t done;
};

static void measure_release(struct measure *m)
{
    retention_set_release(&m->counted);
    store_close_ptr(&m->store);
}

/* An object that several sessions need counts for the newest of them: it stays as long as that one does. */
static int add_session(struct measure *m, size_t i, bool stays, bool *goes, struct retention_choice *ret, struct err *e)
{
    progress_step(m->progress, ++m->done);
    const struct session_record *r = &m->list->item[i];
    uint64_t objects = 0;
    uint64_t directory = retention_size_of_directory(m->place, r->id);
    int rc = retention_size_of_objects(m->store, r, &m->counted, &objects, e);
    if (rc < 0)
        return err_add(e, "session %s needs what is damaged ('nono rollback verify %s'), so its size is not known", r->id, r->id);
    m->is_full = m->is_full || (m->max_bytes > 0 && ret->objects + m->directories + objects + directory > m->max_bytes);
    *goes = m->is_full && !stays;
    if (!*goes) {
        ret->objects += objects;
        m->directories += directory;
    }
    return 0;
}

/* Those that stay whatever they take come first. */
static int measure_all(struct measure *m, const bool *stays, bool *goes, struct retention_choice *ret, struct err *e)
{
    int rc = 0;
    progress_start(m->progress, "measuring sessions", m->list->n);
    for (size_t i = 0; rc == 0 && i < m->list->n; i++) {
        if (stays[i])
            rc = add_session(m, i, true, &goes[i], ret, e);
    }
    for (size_t i = 0; rc == 0 && i < m->list->n; i++) {
        if (!stays[i] && !goes[i])
            rc = add_session(m, i, false, &goes[i], ret, e);
    }
    return rc;
}

int retention_choose(const char *state_dir, const struct session_place *p, const struct session_list *list, const struct retention_request *how,
                     struct retention_choice *ret, struct err *e)
{
    AUTO(mem_free_ptr) bool *stays = mem_array(list->n + 1, sizeof *stays);
    AUTO(mem_free_ptr) bool *goes = mem_array(list->n + 1, sizeof *goes);
    for (size_t i = 0; i < list->n; i++) {
        bool is_open = session_state_of(state_dir, &list->item[i]) == SESSION_OPEN;
        stays[i] = is_open || (!how->all && review_is_staged(&list->item[i]));
        ret->running += is_open;
    }
    choose_by_rules(list, how, stays, goes);
    struct measure m = {.place = p, .list = list, .max_bytes = how->max_bytes, .progress = how->progress};
    int rc = store_open(state_dir, &m.store, e);
    if (rc == 0 && (how->max_bytes > 0 || (how->measure && how->dry_run)))
        rc = measure_all(&m, stays, goes, ret, e);
    measure_release(&m);
    for (size_t i = 0; rc == 0 && i < list->n; i++) {
        if (goes[i])
            strlist_add(&ret->victims, list->item[i].id);
    }
    for (size_t i = 0; how->all && i < list->damaged.n; i++)
        strlist_add_take(&ret->victims, mem_strndup(list->damaged.item[i], strcspn(list->damaged.item[i], ":")));
    return rc;
}

void retention_choice_release(struct retention_choice *c)
{
    strlist_release(&c->victims);
    *c = (struct retention_choice){0};
}
