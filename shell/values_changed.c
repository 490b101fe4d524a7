/* values_changed: paths that a session changed, as candidates for completion. */
#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "rollback/session.h"
#include "rollback/session_tree.h"
#include "shell/rollback_view.h"
#include "shell/values.h"

enum { MAX_CHANGED = 2000 };

static const char *word_of(enum change_kind kind)
{
    switch (kind) {
    case CHANGE_CREATED:
        return "created";
    case CHANGE_DELETED:
        return "deleted";
    case CHANGE_MODIFIED:
        return "modified";
    case CHANGE_METADATA:
        return "metadata changed";
    }
    return "";
}

/* A relative path where it can be one, as it would be typed. */
static char *typed(const struct session_record *r, const char *path, const char *base)
{
    AUTO(mem_free_ptr) char *whole = session_tree_path(r, path);
    const char *below = path_below(whole, base);
    return mem_strdup(below && *below ? below : whole);
}

void values_add_changed(const struct complete_request *r, struct complete_values *ret, const struct rollback_changes *c, const char *base)
{
    for (size_t i = 0; i < c->list.n && ret->value.n < MAX_CHANGED; i++) {
        const struct change *change = &c->list.item[i];
        if (!change_is_visible(change) || *change->path == '\0')
            continue;
        AUTO(mem_free_ptr) char *value = typed(c->record, change->path, base);
        if (str_starts(value, r->prefix))
            values_add(r, ret, value, word_of(change->kind));
    }
}

/* Of the session that stands before it on the line. */
void values_add_changed_of(const struct world *w, const struct complete_request *r, struct complete_values *ret)
{
    AUTO(session_record_release) struct session_record record = {0};
    AUTO(rollback_changes_release) struct rollback_changes changes = {0};
    const struct cmd_context ctx = {.world = w};
    struct err ignored = ERR_INIT;
    const char *id = complete_operand(r, VAL_SESSION);
    if (!id || session_read(w->state_dir, id, &record, &ignored) < 0 || !record.has_after)
        return;
    if (rollback_changes_open(&ctx, &record, &changes, &ignored) == 0)
        values_add_changed(r, ret, &changes, w->cwd ? w->cwd : "/");
}
