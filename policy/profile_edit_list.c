/* profile_edit_list: the items of a list in the text of a profile. */
#include <string.h>

#include "core/json_edit.h"
#include "core/mem.h"
#include "core/quote.h"
#include "policy/profile_edit_parts.h"
#include "policy/profile_edit_value.h"

static struct profile_edit_item item_of(const struct edit_work *w, const struct json_tree *t, size_t node)
{
    return (struct profile_edit_item){.world = w->edit->world, .key = w->key, .doc = t->doc, .value = t->node[node].value};
}

/* First item of a list; a base may stand alone. 0: none. */
static size_t first_item(const struct json_tree *t, size_t list)
{
    if (!list)
        return 0;
    return json_type(t->node[list].value) == JSON_ARRAY ? t->node[list].child : list;
}

static size_t next_item(const struct json_tree *t, size_t list, size_t item)
{
    return item == list ? 0 : t->node[item].next;
}

static size_t find_item(const struct edit_work *w, const struct json_tree *t, size_t list, const char *typed)
{
    size_t i = first_item(t, list);
    for (; i; i = next_item(t, list, i)) {
        struct profile_edit_item item = item_of(w, t, i);
        if (profile_edit_same(&item, typed))
            break;
    }
    return i;
}

/* One base is written alone, several as a list; other lists are always lists. */
static int put_list(struct edit_work *w, const struct strlist *values)
{
    AUTO(str_release) struct str list = STR_INIT(STR_MAX_PROFILE);
    bool alone = w->key->type == PROFILE_BASES && values->n == 1;
    str_add(&list, alone ? "" : "[");
    for (size_t i = 0; i < values->n; i++) {
        str_add(&list, i ? "," : "");
        int r = profile_edit_value(w->edit->world, w->key, values->item[i], &list, w->e);
        if (r < 0)
            return r;
    }
    str_add(&list, alone ? "" : "]");
    return edit_put(w, list.buf);
}

int edit_list_add(struct edit_work *w, const char *typed)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    AUTO(str_release) struct str value = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str made = STR_INIT(STR_MAX_PROFILE);
    AUTO(strlist_release) struct strlist all = STRLIST_INIT;
    int r = edit_read(w, &t);
    if (r == 0)
        r = profile_edit_value(w->edit->world, w->key, typed, &value, w->e);
    if (r < 0)
        return r;
    size_t list = edit_find(w, &t);
    if (find_item(w, &t, list, typed))
        return 0;
    if (list && json_type(t.node[list].value) == JSON_ARRAY) {
        json_edit_append(&t, list, NULL, value.buf, &made);
        return edit_take(w, &made);
    }
    if (list && w->key->type == PROFILE_BASES) {
        AUTO(str_release) struct str alone = STR_INIT(STR_MAX_PROFILE);
        struct profile_edit_item item = item_of(w, &t, list);
        profile_edit_shown(&item, &alone);
        strlist_add(&all, alone.buf);
    }
    strlist_add(&all, typed);
    return put_list(w, &all);
}

static int no_such_item(const struct edit_work *w, const struct json_tree *t, size_t list, const char *typed)
{
    AUTO(strlist_release) struct strlist items = STRLIST_INIT;
    for (size_t i = first_item(t, list); i; i = next_item(t, list, i)) {
        struct str text = STR_INIT(STR_MAX_PROFILE);
        struct profile_edit_item item = item_of(w, t, i);
        profile_edit_shown(&item, &text);
        strlist_add_take(&items, str_take(&text));
    }
    AUTO(mem_free_ptr) const char **candidate = mem_array(items.n + 1, sizeof *candidate);
    for (size_t i = 0; i < items.n; i++)
        candidate[i] = items.item[i];
    AUTO(mem_free_ptr) char *shown = quote_term_dup(typed);
    const char *near = str_nearest(typed, candidate, items.n);
    if (!near)
        return err_set(w->e, ERR_MISSING, "%s has no '%s'", w->shown, shown);
    AUTO(mem_free_ptr) char *meant = quote_term_dup(near);
    return err_set(w->e, ERR_MISSING, "%s has no '%s'; did you mean '%s'?", w->shown, shown, meant);
}

int edit_list_remove(struct edit_work *w, const char *typed)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    int r = edit_read(w, &t);
    if (r < 0)
        return r;
    size_t list = edit_find(w, &t);
    size_t item = find_item(w, &t, list, typed);
    if (!item)
        return no_such_item(w, &t, list, typed);
    /* A list of no bases is an error. */
    bool is_last = !t.node[item].next && first_item(&t, list) == item;
    return edit_remove(w, &t, w->key->type == PROFILE_BASES && is_last ? list : item);
}

static int drop_unwanted(struct edit_work *w, const struct strlist *wanted, bool *ret_dropped)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    *ret_dropped = false;
    int r = edit_read(w, &t);
    if (r < 0)
        return r;
    size_t list = edit_find(w, &t);
    for (size_t i = first_item(&t, list); i; i = next_item(&t, list, i)) {
        struct profile_edit_item item = item_of(w, &t, i);
        bool is_wanted = false;
        for (size_t k = 0; k < wanted->n; k++)
            is_wanted = is_wanted || profile_edit_same(&item, wanted->item[k]);
        if (is_wanted)
            continue;
        *ret_dropped = true;
        return edit_remove(w, &t, i);
    }
    return 0;
}

static int in_order(struct edit_work *w, const struct strlist *wanted, bool *ret)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    int r = edit_read(w, &t);
    if (r < 0)
        return r;
    size_t list = edit_find(w, &t);
    size_t i = first_item(&t, list);
    size_t n = 0;
    for (; i && n < wanted->n; i = next_item(&t, list, i), n++) {
        struct profile_edit_item item = item_of(w, &t, i);
        if (!profile_edit_same(&item, wanted->item[n]))
            break;
    }
    *ret = !i && n == wanted->n;
    return 0;
}

/* Items that stay keep their remarks: only where the order asks for it is the list written anew. */
int edit_list_set(struct edit_work *w)
{
    AUTO(strlist_release) struct strlist wanted = STRLIST_INIT;
    for (size_t i = 0; i < w->edit->values->n; i++)
        (void)strlist_add_once(&wanted, w->edit->values->item[i]);
    bool holds = false;
    int r = 0;
    if (w->key->type != PROFILE_BASES) {
        bool dropped = true;
        while (r == 0 && dropped)
            r = drop_unwanted(w, &wanted, &dropped);
        for (size_t i = 0; r == 0 && i < wanted.n; i++)
            r = edit_list_add(w, wanted.item[i]);
    }
    if (r == 0)
        r = in_order(w, &wanted, &holds);
    return r == 0 && !holds ? put_list(w, &wanted) : r;
}
