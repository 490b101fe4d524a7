/* profile: the text of one profile as data, strictly checked. */
#include "policy/profile.h"

#include <string.h>

#include "core/guard.h"
#include "core/json.h"
#include "core/mem.h"
#include "core/quote.h"
#include "policy/environment.h"
#include "policy/profile_map.h"

struct parse {
    const struct json_doc *doc;
    struct profile *profile;
};

/* True when the first error is the last that is wanted. */
static bool is_over(const struct parse *p, int result)
{
    return result < 0 && !json_wants_more(p->doc);
}

bool profile_name_is_valid(const char *name)
{
    size_t len = strlen(name);
    if (len == 0 || len > PROFILE_MAX_NAME || name[0] == '-' || name[len - 1] == '-')
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

bool profile_size_is_valid(const char *text)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(text, digits);
    const char *unit = text + whole;
    if (strcmp(text, "unlimited") == 0)
        return true;
    if (whole == 0 || text[0] == '0')
        return false;
    if (*unit == '\0' || strcmp(unit, "B") == 0)
        return whole <= 12;
    if (*unit == '.') {
        size_t part = strspn(unit + 1, digits);
        if (part < 1 || part > 3)
            return false;
        unit += 1 + part;
    }
    bool is_unit = *unit != '\0' && strchr("KMGT", *unit) && (unit[1] == '\0' || strcmp(unit + 1, "B") == 0 || strcmp(unit + 1, "iB") == 0);
    return is_unit && whole <= 6;
}

static int check_name(const struct parse *p, const struct json_value *v, const char *text, struct err *e)
{
    if (profile_name_is_valid(text))
        return 0;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    return json_error(p->doc, v, e, "Invalid profile name '%s': must be alphanumeric with hyphens only", shown);
}

static int check_text(const struct parse *p, const struct json_value *v, const struct profile_key *k, const char *text,
                      struct err *e)
{
    if (*text == '\0')
        return json_error(p->doc, v, e, "may not be empty");
    if (k->type == PROFILE_BASES)
        return check_name(p, v, text, e);
    struct err why = ERR_INIT;
    if (k->type == PROFILE_ENV_NAMES && environment_check_name(text, &why) < 0)
        return json_error(p->doc, v, e, "%s", why.text);
    if (k->type == PROFILE_PATTERNS && guard_check_pattern(text, &why) < 0)
        return json_error(p->doc, v, e, "%s", why.text);
    if (k->type == PROFILE_NAMES && strchr(text, '/')) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
        return json_error(p->doc, v, e, "'%s' is a path where a name is wanted", shown);
    }
    return 0;
}

static int add_item(const struct parse *p, const struct json_value *v, const struct profile_key *k,
                    const struct profile_place *place, struct err *e)
{
    struct profile_list *list = profile_list_of(p->profile, k);
    AUTO(str_release) struct str port = STR_INIT(16);
    const char *text = NULL;
    int r;
    if (k->type == PROFILE_PORTS) {
        int64_t number;
        r = json_get_int(p->doc, v, PROFILE_MIN_PORT, PROFILE_MAX_PORT, &number, e);
        if (r < 0)
            return r;
        str_addf(&port, "%d", (int)number);
        text = port.buf;
    } else {
        r = json_get_string(p->doc, v, &text, e);
        if (r < 0)
            return r;
        r = check_text(p, v, k, text, e);
        if (r < 0)
            return r;
    }
    if (profile_list_has(list, text))
        return 0;
    profile_list_add(list, text, place);
    return 0;
}

static int parse_list(const struct parse *p, const struct json_value *v, const struct profile_key *k,
                      const struct profile_place *place, struct err *e)
{
    if (k->type == PROFILE_BASES && json_type(v) == JSON_STRING)
        return add_item(p, v, k, place, e);
    if (json_type(v) != JSON_ARRAY)
        return json_error(p->doc, v, e, "must be %s, not %s",
                          k->type == PROFILE_BASES ? "a profile name or an array of them" : json_type_name(JSON_ARRAY),
                          json_type_name(json_type(v)));
    if (k->type == PROFILE_BASES && json_count(v) == 0)
        return json_error(p->doc, v, e, "names no profile; leave it out instead");
    if (json_count(v) > PROFILE_MAX_ITEMS)
        return json_error(p->doc, v, e, "has more than %d items", PROFILE_MAX_ITEMS);
    size_t index = 0;
    for (const struct json_value *i = json_first(v); i; i = json_next(i)) {
        AUTO(str_release) struct str number = STR_INIT(32);
        str_addf(&number, "%zu", index++);
        AUTO(profile_place_release) struct profile_place at = profile_place_below(place, number.buf);
        int r = add_item(p, i, k, &at, e);
        if (r < 0 && (is_over(p, r) || profile_list_of(p->profile, k)->n >= PROFILE_MAX_ITEMS))
            return r;
    }
    return 0;
}

static int find_choice(const struct parse *p, const struct json_value *v, const struct profile_key *k, const char *text,
                       int64_t *ret, struct err *e)
{
    size_t n = 0;
    AUTO(str_release) struct str all = STR_INIT(STR_MAX_LINE);
    for (; k->choices[n]; n++) {
        if (strcmp(k->choices[n], text) == 0) {
            *ret = (int64_t)n;
            return 0;
        }
        str_addf(&all, "%s%s", n ? ", " : "", k->choices[n]);
    }
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    const char *near = str_nearest(text, k->choices, n);
    if (near)
        return json_error_near(p->doc, v, near, e, "'%s' is not one of %s; did you mean '%s'?", shown, all.buf, near);
    return json_error(p->doc, v, e, "'%s' is not one of %s", shown, all.buf);
}

static int read_value(const struct parse *p, const struct json_value *v, const struct profile_key *k, const char **ret_text,
                      int64_t *ret_number, struct err *e)
{
    if (k->type == PROFILE_BOOL) {
        bool b = false;
        int r = json_get_bool(p->doc, v, &b, e);
        *ret_number = b;
        return r;
    }
    int r = json_get_string(p->doc, v, ret_text, e);
    if (r < 0)
        return r;
    if (k->type == PROFILE_CHOICE)
        return find_choice(p, v, k, *ret_text, ret_number, e);
    if (k->type == PROFILE_SIZE && !profile_size_is_valid(*ret_text)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(*ret_text);
        return json_error(p->doc, v, e, "'%s' is no size such as 500M or 2G, nor unlimited", shown);
    }
    return k->type == PROFILE_NAME ? check_name(p, v, *ret_text, e) : 0;
}

static int parse_value(const struct parse *p, const struct json_value *v, const struct profile_key *k,
                       const struct profile_place *place, struct err *e)
{
    struct profile_value *value = profile_value_of(p->profile, k);
    const char *text = NULL;
    int64_t number = 0;
    bool cleared = k->nullable && json_type(v) == JSON_NULL;
    if (!cleared) {
        int r = read_value(p, v, k, &text, &number, e);
        if (r < 0)
            return r;
    }
    /* Only network_profile can be taken back with null; elsewhere null says "as the base has it". */
    if (cleared && value != &p->profile->network_profile)
        return 0;
    *value = (struct profile_value){
        .state = cleared ? PROFILE_CLEARED : PROFILE_SET,
        .text = mem_strdup(text),
        .number = number,
        .place = profile_place_dup(place),
    };
    return 0;
}

static int parse_key(const struct parse *p, const struct json_value *v, const struct profile_key *k,
                     const struct profile_place *place, struct err *e)
{
    switch (profile_shape(k->type)) {
    case PROFILE_SHAPE_LIST:
        return parse_list(p, v, k, place, e);
    case PROFILE_SHAPE_MAP:
        return profile_map_parse(p->doc, v, k, place, profile_map_of(p->profile, k), e);
    case PROFILE_SHAPE_VALUE:
        break;
    }
    return parse_value(p, v, k, place, e);
}

/* The member of `object` that is called `name` or by an older name; a key written under two names is an error. */
static int find_member(const struct parse *p, const struct json_value *object, const char *name, const char *const *alias,
                       const struct json_value **ret, struct err *e)
{
    const struct json_value *found = json_member(object, name);
    for (size_t i = 0; alias[i]; i++) {
        const struct json_value *other = json_member(object, alias[i]);
        if (found && other)
            return json_error(p->doc, other, e, "is an older name of '%s', which is given too", json_key(found));
        if (other)
            found = other;
    }
    *ret = found;
    return 0;
}

static int parse_keys(const struct parse *p, const struct json_value *object, enum profile_section section,
                      const struct profile_place *place, struct err *e)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        if (k->section != section)
            continue;
        const struct json_value *v = NULL;
        int r = find_member(p, object, k->name, k->alias, &v, e);
        if (is_over(p, r))
            return r;
        if (r < 0 || !v)
            continue;
        AUTO(profile_place_release) struct profile_place at = profile_place_below(place, json_key(v));
        r = parse_key(p, v, k, &at, e);
        if (is_over(p, r))
            return r;
    }
    return 0;
}

static int check_known(const struct parse *p, const struct json_value *object, enum profile_section section, struct err *e)
{
    AUTO(mem_free_ptr) const char **known = mem_array(3 * profile_n_keys + 2 * (size_t)PROFILE_N_SECTIONS, sizeof *known);
    size_t n = 0;
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        if (k->section != section)
            continue;
        known[n++] = k->name;
        for (size_t a = 0; k->alias[a]; a++)
            known[n++] = k->alias[a];
    }
    for (size_t s = PROFILE_TOP + 1; section == PROFILE_TOP && s < PROFILE_N_SECTIONS; s++)
        for (size_t a = 0; profile_sections[s][a]; a++)
            known[n++] = profile_sections[s][a];
    return json_only(p->doc, object, known, n, e);
}

static int parse_section(const struct parse *p, const struct json_value *root, enum profile_section section, struct err *e)
{
    const struct json_value *object = root;
    if (section != PROFILE_TOP) {
        int r = find_member(p, root, profile_sections[section][0], &profile_sections[section][1], &object, e);
        if (r < 0)
            return r;
        /* open_urls may be null, which is the same as leaving it out. */
        if (!object || (section == PROFILE_OPEN_URLS && json_type(object) == JSON_NULL))
            return 0;
    }
    if (json_type(object) != JSON_OBJECT)
        return json_error(p->doc, object, e, "must be %s, not %s", json_type_name(JSON_OBJECT),
                          json_type_name(json_type(object)));
    int r = check_known(p, object, section, e);
    if (is_over(p, r))
        return r;
    p->profile->sections |= 1U << section;
    const struct profile_place top = {.profile = p->profile->name, .source = p->profile->source, .pointer = str_empty};
    AUTO(profile_place_release) struct profile_place place =
        section == PROFILE_TOP ? profile_place_dup(&top) : profile_place_below(&top, json_key(object));
    return parse_keys(p, object, section, &place, e);
}

int profile_read(const struct profile_text *t, struct profile *ret, struct err *e)
{
    AUTO(json_doc_free_ptr) struct json_doc *doc = NULL;
    const struct json_source source = {.text = t->text, .len = t->len, .name = t->source, .flags = JSON_COMMENTS, .sink = t->sink};
    int r = json_doc_read(&source, &doc, e);
    if (r < 0)
        return r;
    AUTO(profile_release) struct profile made = {.name = mem_strdup(t->name), .source = mem_strdup(t->source), .n_bytes = t->len};
    const struct parse p = {.doc = doc, .profile = &made};
    for (size_t s = PROFILE_TOP; s < PROFILE_N_SECTIONS; s++) {
        r = parse_section(&p, json_doc_root(doc), (enum profile_section)s, e);
        if (r < 0 && !t->sink)
            return r;
        if (is_over(&p, r) || json_type(json_doc_root(doc)) != JSON_OBJECT)
            break;
    }
    *ret = made;
    profile_init(&made);
    return 0;
}

int profile_parse(const char *text, size_t len, const char *name, const char *source, struct profile *ret, struct err *e)
{
    return profile_read(&(struct profile_text){.text = text, .len = len, .name = name, .source = source}, ret, e);
}
