/* profile_write: a profile as text. */
#include "policy/profile_write.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "policy/expand.h"

struct writing {
    const struct profile_write *from;
    struct json_out out;
    enum profile_section open; /* the section the next key is written in */
};

/* `text` expanded such that expanding it again gives the same. */
static int expand_for_good(const struct writing *w, enum profile_type type, const char *text, char **ret, struct err *e)
{
    AUTO(mem_free_ptr) char *path = NULL;
    int r = type == PROFILE_PATTERNS ? expand_pattern(w->from->world, w->from->workdir, text, &path, e)
                                     : expand_path(w->from->world, w->from->workdir, text, &path, e);
    if (r < 0)
        return r;
    if (type == PROFILE_PATTERNS && path[*path == '!'] != '/') {
        *ret = take_ptr(&path);
        return 0;
    }
    AUTO(str_release) struct str made = STR_INIT((size_t)2 * STR_MAX_PATH);
    for (const char *c = path; *c; c++)
        str_add(&made, (const char[]){*c, *c == '$' ? '$' : '\0', '\0'});
    *ret = str_take(&made);
    return 0;
}

static int texts_of(const struct writing *w, const struct profile_key *k, struct strlist *ret, struct err *e)
{
    const struct profile_list *l = profile_list_of(w->from->profile, k);
    bool is_expanded = (k->type == PROFILE_PATHS || k->type == PROFILE_PATTERNS) && w->from->world;
    for (size_t i = 0; i < l->n; i++) {
        AUTO(mem_free_ptr) char *path = NULL;
        int r = is_expanded ? expand_for_good(w, k->type, l->item[i].text, &path, e) : 0;
        if (r < 0)
            return profile_place_add(&l->item[i].place, e);
        (void)strlist_add_once(ret, is_expanded ? path : l->item[i].text);
    }
    return 0;
}

static int write_list(struct writing *w, const struct profile_key *k, struct err *e)
{
    AUTO(strlist_release) struct strlist texts = STRLIST_INIT;
    bool is_groups = profile_list_of(w->from->profile, k) == &w->from->profile->groups;
    if (is_groups) {
        json_out_strings(&w->out, k->name, w->from->groups);
        return 0;
    }
    int r = texts_of(w, k, &texts, e);
    if (r < 0)
        return r;
    if (k->type != PROFILE_PORTS) {
        json_out_strings(&w->out, k->name, &texts);
        return 0;
    }
    json_out_open(&w->out, k->name, '[');
    for (size_t i = 0; i < texts.n; i++)
        json_out_int(&w->out, NULL, strtol(texts.item[i], NULL, 10));
    json_out_close(&w->out, ']');
    return 0;
}

/* The same for the value of a variable. */
static int setting_for_good(const struct writing *w, const char *text, char **ret, struct err *e)
{
    AUTO(mem_free_ptr) char *value = NULL;
    int r = expand_setting(w->from->world, w->from->workdir, text, &value, e);
    if (r < 0)
        return r;
    AUTO(str_release) struct str made = STR_INIT(PROFILE_MAX_SETTING + STR_MAX_PATH);
    str_addf(&made, "%s%s", *value == '$' ? "$" : "", value);
    *ret = str_take(&made);
    return 0;
}

static int write_map(struct writing *w, const struct profile_key *k, struct err *e)
{
    const struct profile_map *m = profile_map_of(w->from->profile, k);
    json_out_open(&w->out, k->name, '{');
    for (size_t i = 0; i < m->n; i++) {
        const struct profile_record *r = &m->record[i];
        if (profile_is_flat(k->type)) {
            AUTO(mem_free_ptr) char *value = NULL;
            int rc = k->type == PROFILE_SETTINGS && w->from->world ? setting_for_good(w, r->field[0].value, &value, e) : 0;
            if (rc < 0)
                return profile_place_add(&r->place, e);
            json_out_string(&w->out, r->key, value ? value : r->field[0].value);
            continue;
        }
        json_out_open(&w->out, r->key, '{');
        for (size_t f = 0; f < r->n_fields; f++)
            json_out_string(&w->out, r->field[f].name, r->field[f].value);
        json_out_close(&w->out, '}');
    }
    json_out_close(&w->out, '}');
    return 0;
}

static bool is_written(const struct writing *w, const struct profile_key *k)
{
    if (k->merge == PROFILE_MERGE_NEVER)
        return false;
    switch (profile_shape(k->type)) {
    case PROFILE_SHAPE_LIST: {
        const struct profile_list *l = profile_list_of(w->from->profile, k);
        return l == &w->from->profile->groups || (l->n > 0 && l != &w->from->profile->exclude_groups);
    }
    case PROFILE_SHAPE_MAP:
        return profile_map_of(w->from->profile, k)->n > 0;
    case PROFILE_SHAPE_VALUE:
        break;
    }
    return profile_value_of(w->from->profile, k)->state == PROFILE_SET;
}

/* Keys of one section follow one another in the table. */
static void enter(struct writing *w, enum profile_section section)
{
    if (w->open == section)
        return;
    if (w->open != PROFILE_TOP)
        json_out_close(&w->out, '}');
    if (section != PROFILE_TOP)
        json_out_open(&w->out, profile_sections[section][0], '{');
    w->open = section;
}

static int write_key(struct writing *w, const struct profile_key *k, struct err *e)
{
    enter(w, k->section);
    if (profile_shape(k->type) == PROFILE_SHAPE_LIST)
        return write_list(w, k, e);
    if (profile_shape(k->type) == PROFILE_SHAPE_MAP)
        return write_map(w, k, e);
    const struct profile_value *v = profile_value_of(w->from->profile, k);
    if (k->type == PROFILE_BOOL)
        json_out_bool(&w->out, k->name, v->number != 0);
    else
        json_out_string(&w->out, k->name, v->text);
    return 0;
}

int profile_write(const struct profile_write *w, struct str *out, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    struct writing writing = {.from = w, .out = JSON_OUT_INIT(&text)};
    json_out_open(&writing.out, NULL, '{');
    for (size_t i = 0; i < profile_n_keys; i++) {
        int r = is_written(&writing, &profile_keys[i]) ? write_key(&writing, &profile_keys[i], e) : 0;
        if (r < 0)
            return r;
    }
    enter(&writing, PROFILE_TOP);
    json_out_close(&writing.out, '}');
    AUTO(profile_release) struct profile again = {0};
    if (str_check(&text, "the profile with its bases", e) < 0 || profile_parse(text.buf, text.len, "it", "written", &again, e) < 0)
        return err_set(e, ERR_LIMIT, "this profile and its bases hold more than one profile may: it cannot be written as one");
    str_addn(out, text.buf, text.len);
    return 0;
}
