/* profile_edit: one change to the text of a profile, by the name of a key. */
#include "policy/profile_edit.h"

#include <string.h>

#include "core/json_edit.h"
#include "core/mem.h"
#include "core/quote.h"
#include "policy/profile_edit_parts.h"
#include "policy/profile_edit_value.h"

static void work_release(struct edit_work *w)
{
    strlist_release(&w->route.memory);
    str_release(&w->text);
}

static void add_step(struct edit_route *r, const char *name, const char *const *others)
{
    size_t n = 0;
    r->name[r->n][n++] = name;
    for (; others && *others && n < EDIT_MAX_NAMES; others++)
        r->name[r->n][n++] = *others;
    r->n++;
}

static bool is_member(enum profile_type type, const char *name)
{
    for (const struct profile_member *m = profile_members(type); m->name; m++) {
        if (strcmp(m->name, name) == 0)
            return true;
    }
    return false;
}

/* "APP", or "APP.FIELD"; a name may have dots in it too. */
static void add_record_steps(struct edit_work *w)
{
    const char *dot = strrchr(w->rest, '.');
    w->route.has_field = dot && dot > w->rest && is_member(w->key->type, dot + 1);
    strlist_add_take(&w->route.memory, mem_strndup(w->rest, w->route.has_field ? (size_t)(dot - w->rest) : strlen(w->rest)));
    add_step(&w->route, w->route.memory.item[0], NULL);
    if (w->route.has_field)
        add_step(&w->route, dot + 1, NULL);
}

static int begin(struct edit_work *w, const char *text, size_t len)
{
    w->key = profile_key_split(w->edit->key, &w->rest);
    if (!w->key)
        return profile_key_unknown(w->edit->key, w->e);
    if (w->key->section != PROFILE_TOP)
        add_step(&w->route, profile_sections[w->key->section][0], &profile_sections[w->key->section][1]);
    add_step(&w->route, w->key->name, w->key->alias);
    if (*w->rest)
        add_record_steps(w);
    str_addn(&w->text, text, len);
    return str_check(&w->text, "the profile", w->e);
}

int edit_read(const struct edit_work *w, struct json_tree *ret)
{
    int r = json_tree_build(w->text.buf, w->text.len, "the profile", ret, w->e);
    if (r == 0 && json_type(ret->node[0].value) != JSON_OBJECT)
        r = json_error(ret->doc, ret->node[0].value, w->e, "must be %s", json_type_name(JSON_OBJECT));
    return r;
}

/* *ret_depth and *ret_at: how far the way goes, and what stands there. */
static size_t follow(const struct edit_work *w, const struct json_tree *t, size_t *ret_depth, size_t *ret_at)
{
    size_t at = 0;
    size_t depth = 0;
    for (; depth < w->route.n; depth++) {
        size_t next = 0;
        for (size_t i = 0; !next && w->route.name[depth][i]; i++)
            next = json_tree_member(t, at, w->route.name[depth][i]);
        if (!next)
            break;
        at = next;
    }
    *ret_depth = depth;
    *ret_at = at;
    return depth == w->route.n ? at : 0;
}

size_t edit_find(const struct edit_work *w, const struct json_tree *t)
{
    size_t depth;
    size_t at;
    return follow(w, t, &depth, &at);
}

int edit_take(struct edit_work *w, struct str *made)
{
    str_release(&w->text);
    w->text = *made;
    *made = (struct str)STR_INIT(STR_MAX_PROFILE);
    return str_check(&w->text, "the profile", w->e);
}

int edit_put(struct edit_work *w, const char *value)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    AUTO(str_release) struct str made = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str inner = STR_INIT(STR_MAX_PROFILE);
    size_t depth;
    size_t at;
    int r = edit_read(w, &t);
    if (r < 0)
        return r;
    size_t node = follow(w, &t, &depth, &at);
    bool has_object = json_type(t.node[at].value) == JSON_OBJECT;
    for (size_t i = has_object ? depth + 1 : depth; i < w->route.n; i++) {
        str_addc(&inner, '{');
        quote_json(&inner, w->route.name[i][0]);
        str_addc(&inner, ':');
    }
    str_add(&inner, value);
    for (size_t i = has_object ? depth + 1 : depth; i < w->route.n; i++)
        str_addc(&inner, '}');
    if (node || !has_object)
        json_edit_replace(&t, at, node ? value : inner.buf, &made);
    else
        json_edit_append(&t, at, w->route.name[depth][0], inner.buf, &made);
    return edit_take(w, &made);
}

int edit_remove(struct edit_work *w, const struct json_tree *t, size_t node)
{
    AUTO(str_release) struct str made = STR_INIT(STR_MAX_PROFILE);
    json_edit_remove(t, node, &made);
    return edit_take(w, &made);
}

static int usage(const struct edit_work *w, const char *what)
{
    return err_set(w->e, ERR_USAGE, "%s %s", w->shown, what);
}

static int put_value(struct edit_work *w, const char *typed)
{
    AUTO(str_release) struct str value = STR_INIT(STR_MAX_PROFILE);
    bool is_in_map = *w->rest != '\0';
    if (is_in_map)
        quote_json(&value, typed);
    int r = is_in_map ? 0 : profile_edit_value(w->edit->world, w->key, typed, &value, w->e);
    return r < 0 ? r : edit_put(w, value.buf);
}

static int set_fields(struct edit_work *w)
{
    const struct strlist *values = w->edit->values;
    int r = 0;
    for (size_t i = 0; r == 0 && i < values->n; i++) {
        size_t len = strcspn(values->item[i], "=");
        AUTO(mem_free_ptr) char *name = mem_strndup(values->item[i], len);
        if (values->item[i][len] == '\0' || !is_member(w->key->type, name)) {
            AUTO(str_release) struct str known = STR_INIT(STR_MAX_LINE);
            AUTO(mem_free_ptr) char *shown = quote_term_dup(values->item[i]);
            for (const struct profile_member *m = profile_members(w->key->type); m->name; m++)
                str_addf(&known, "%s%s", known.len ? ", " : "", m->name);
            return err_set(w->e, ERR_USAGE, "%s: '%s' is not FIELD=VALUE with one of the fields %s", w->shown, shown, known.buf);
        }
        add_step(&w->route, name, NULL);
        r = put_value(w, values->item[i] + len + 1);
        w->route.n--;
    }
    return r;
}

static int set(struct edit_work *w)
{
    size_t n = w->edit->values->n;
    enum profile_shape shape = profile_shape(w->key->type);
    if (n == 0)
        return usage(w, "needs a value");
    if (shape == PROFILE_SHAPE_LIST)
        return edit_list_set(w);
    if (shape == PROFILE_SHAPE_MAP && !*w->rest)
        return usage(w, "is a map: name an entry of it behind a dot");
    if (shape == PROFILE_SHAPE_MAP && !profile_is_flat(w->key->type) && !w->route.has_field)
        return set_fields(w);
    return n > 1 ? usage(w, "holds one value") : put_value(w, w->edit->values->item[0]);
}

static int add(struct edit_work *w)
{
    const struct strlist *values = w->edit->values;
    if (profile_shape(w->key->type) != PROFILE_SHAPE_LIST)
        return usage(w, profile_shape(w->key->type) == PROFILE_SHAPE_MAP ? "is a map: 'set' gives an entry of it a value"
                                                                        : "holds one value: 'set' gives it another");
    if (values->n == 0)
        return usage(w, "needs a value");
    int r = 0;
    for (size_t i = 0; r == 0 && i < values->n; i++)
        r = edit_list_add(w, values->item[i]);
    return r;
}

static int remove_key(struct edit_work *w)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    int r = edit_read(w, &t);
    if (r < 0)
        return r;
    size_t node = edit_find(w, &t);
    return node ? edit_remove(w, &t, node) : err_set(w->e, ERR_MISSING, "the profile does not say anything about %s", w->shown);
}

static int remove_values(struct edit_work *w)
{
    const struct strlist *values = w->edit->values;
    if (values->n == 0)
        return remove_key(w);
    if (profile_shape(w->key->type) != PROFILE_SHAPE_LIST)
        return usage(w, "is no list: leave the value out to remove it");
    int r = 0;
    for (size_t i = 0; r == 0 && i < values->n; i++)
        r = edit_list_remove(w, values->item[i]);
    return r;
}

int profile_edit_apply(const struct profile_edit *edit, const char *text, size_t len, struct str *out, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(edit->key);
    AUTO(work_release) struct edit_work w = {.edit = edit, .rest = "", .shown = shown, .text = STR_INIT(STR_MAX_PROFILE), .e = e};
    int r = begin(&w, text, len);
    if (r == 0)
        r = edit->verb == PROFILE_EDIT_SET ? set(&w) : edit->verb == PROFILE_EDIT_ADD ? add(&w) : remove_values(&w);
    if (r == 0)
        str_addn(out, w.text.buf, w.text.len);
    return r;
}
