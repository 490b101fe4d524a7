/* skeleton: the text of a new profile, for a person to fill in. */
#include "policy/skeleton.h"

#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/quote.h"
#include "policy/profile.h"

static const char first_version[] = "1.0.0";
static const char workdir_access[] = "readwrite";
static const char schema_file[] = "./nono-profile.schema.json"; /* an editor looks beside the profile */

static void write_extends(const struct skeleton *s, struct json_out *o)
{
    if (s->extends->n == 1)
        json_out_string(o, "extends", s->extends->item[0]);
    else if (s->extends->n > 1)
        json_out_strings(o, "extends", s->extends);
}

void skeleton_write(const struct skeleton *s, struct str *out)
{
    static const struct strlist none = STRLIST_INIT;
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    write_extends(s, &o);
    json_out_open(&o, "meta", '{');
    json_out_string(&o, "name", s->name);
    json_out_string(&o, "version", first_version);
    json_out_string(&o, "description", s->description);
    json_out_close(&o, '}');
    json_out_open(&o, "security", '{');
    json_out_strings(&o, "groups", s->groups);
    json_out_close(&o, '}');
    json_out_open(&o, "workdir", '{');
    json_out_string(&o, "access", workdir_access);
    json_out_close(&o, '}');
    json_out_open(&o, "filesystem", '{');
    json_out_strings(&o, "allow", &none);
    json_out_strings(&o, "read", &none);
    json_out_close(&o, '}');
    json_out_close(&o, '}');
}

struct writer {
    const struct skeleton *skeleton;
    struct str *out;
};

static void begin_line(struct str *out, unsigned depth, bool is_remark)
{
    for (unsigned i = 0; i < depth; i++)
        str_add(out, "  ");
    if (is_remark)
        str_add(out, "// ");
}

static void add_list(struct str *out, const struct strlist *list)
{
    str_addc(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        str_add(out, i ? ", " : "");
        quote_json(out, list->item[i]);
    }
    str_addc(out, ']');
}

/* What the skeleton itself says for a key; false when that is nothing. */
static bool add_known(const struct writer *w, const struct profile_key *k)
{
    const struct skeleton *s = w->skeleton;
    const struct {
        const char *key, *text;
        const struct strlist *list;
    } known[] = {
        {"extends", s->extends->n == 1 ? s->extends->item[0] : NULL, s->extends->n > 1 ? s->extends : NULL},
        {"meta.name", s->name, NULL},
        {"meta.version", first_version, NULL},
        {"meta.description", s->description, NULL},
        {"security.groups", NULL, s->groups},
        {"workdir.access", workdir_access, NULL},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (profile_key_find(known[i].key) != k)
            continue;
        if (known[i].text)
            quote_json(w->out, known[i].text);
        else if (known[i].list)
            add_list(w->out, known[i].list);
        return known[i].text || known[i].list;
    }
    return false;
}

/* Written empty, these say nothing: the child's items come after those of its base. */
static bool is_neutral(const struct profile_key *k)
{
    return k->merge == PROFILE_MERGE_APPEND || k->merge == PROFILE_MERGE_KEYS;
}

static void add_sample(const struct profile_key *k, struct str *out)
{
    enum profile_shape shape = profile_shape(k->type);
    if (k->type == PROFILE_BASES)
        quote_json(out, "default");
    else if (k == profile_key_find("$schema"))
        quote_json(out, schema_file);
    else if (shape != PROFILE_SHAPE_VALUE)
        str_add(out, shape == PROFILE_SHAPE_LIST ? "[]" : "{}");
    else if (k->choices)
        quote_json(out, k->choices[0]);
    else if (k->type == PROFILE_SIZE)
        quote_json(out, "1G");
    else
        str_add(out, k->type == PROFILE_BOOL ? "false" : k->nullable ? "null" : "\"\"");
}

static void add_help(const struct profile_key *k, unsigned depth, struct str *out)
{
    begin_line(out, depth, true);
    str_add(out, k->help);
    for (size_t i = 0; k->choices && k->choices[i]; i++)
        str_addf(out, "%s%s", i ? ", " : ": ", k->choices[i]);
    str_addc(out, '\n');
}

/* One key with its help, when it is to be a remark and `as_remark`, or neither; false: it was not its turn. */
static bool add_key(const struct writer *w, const struct profile_key *k, unsigned depth, bool as_remark)
{
    AUTO(str_release) struct str value = STR_INIT(STR_MAX_PROFILE);
    const struct writer known = {.skeleton = w->skeleton, .out = &value};
    bool is_active = add_known(&known, k) || is_neutral(k);
    if (is_active == as_remark)
        return false;
    if (!value.len)
        add_sample(k, &value);
    add_help(k, depth, w->out);
    begin_line(w->out, depth, as_remark);
    str_addf(w->out, "\"%s\": %s,\n", k->name, value.buf);
    return true;
}

/* Remarks come first: each can be made active without a look at the commas around it. */
static bool add_keys(const struct writer *w, enum profile_section section, unsigned depth)
{
    size_t active = 0;
    for (int as_remark = 1; as_remark >= 0; as_remark--) {
        for (size_t i = 0; i < profile_n_keys; i++) {
            if (profile_keys[i].section == section)
                active += add_key(w, &profile_keys[i], depth, as_remark) && !as_remark;
        }
    }
    return active > 0;
}

static void drop_comma(struct str *out)
{
    if (out->len > 1 && strcmp(out->buf + out->len - 2, ",\n") == 0) {
        out->buf[--out->len] = '\0';
        out->buf[out->len - 1] = '\n';
    }
}

static void add_section(const struct writer *w, enum profile_section section, bool want_active)
{
    AUTO(str_release) struct str keys = STR_INIT(STR_MAX_PROFILE);
    const struct writer inner = {.skeleton = w->skeleton, .out = &keys};
    bool is_active = add_keys(&inner, section, 2);
    if (is_active != want_active)
        return;
    drop_comma(&keys);
    str_addc(w->out, '\n');
    begin_line(w->out, 1, true);
    str_addf(w->out, "%s\n", profile_section_help[section]);
    begin_line(w->out, 1, !is_active);
    str_addf(w->out, "\"%s\": {\n", profile_sections[section][0]);
    str_add(w->out, keys.buf);
    begin_line(w->out, 1, !is_active);
    str_add(w->out, "},\n");
}

void skeleton_write_full(const struct skeleton *s, struct str *out)
{
    const struct writer w = {.skeleton = s, .out = out};
    str_add(out, "{\n  // A line that begins with // is a remark: take the mark away to use a setting.\n\n");
    (void)add_keys(&w, PROFILE_TOP, 1);
    for (int is_active = 0; is_active <= 1; is_active++) {
        for (size_t i = PROFILE_TOP + 1; i < PROFILE_N_SECTIONS; i++)
            add_section(&w, (enum profile_section)i, is_active);
    }
    drop_comma(out);
    str_add(out, "}\n");
}
