/* schema: what the loaders accept, as JSON Schema 2020-12. */
#include "policy/schema.h"

#include <string.h>

#include "core/embed.h"
#include "core/guard.h"
#include "core/json.h"
#include "core/mem.h"
#include "policy/profile.h"

EMBED_DECLARE(policy_groups_schema_json);

#define DIALECT "https://json-schema.org/draft/2020-12/schema"
#define ADDRESS "https://nono.dev/schemas/nono-profile.schema.json"

/* "$" also matches before a last line break in some dialects; this is the end in all. */
#define END "(?![\\s\\S])"
#define DIRECTORIES "(?:HOME|TMPDIR|WORKDIR|XDG_CONFIG_HOME|XDG_DATA_HOME|XDG_STATE_HOME|XDG_CACHE_HOME)"
/* policy/expand.h */
static const char path_pattern[] = "^(?:~|\\$" DIRECTORIES "|\\$\\{" DIRECTORIES "\\})?"
                                   "(?:/(?:[^$]|\\$\\$|\\$UID(?![A-Za-z0-9_])|\\$\\{UID\\})*)?" END;

/* As guard_check_pattern. */
static const char pattern_wrong[] = "^!?$|^!\\.git$|//|/$|^!?\\*\\*$|(?:^!?|/)(?:\\*\\*/|\\.\\.?(?:/|$))";

/* A text in which the regular expression is found. */
static void put_match(struct json_out *o, const char *key, const char *text)
{
    json_out_open(o, key, '{');
    json_out_string(o, "type", "string");
    json_out_string(o, "pattern", text);
    json_out_close(o, '}');
}

static void put_type(struct json_out *o, const char *type, bool nullable)
{
    if (!nullable) {
        json_out_string(o, "type", type);
        return;
    }
    json_out_open(o, "type", '[');
    json_out_string(o, NULL, type);
    json_out_string(o, NULL, "null");
    json_out_close(o, ']');
}

static void put_name(struct json_out *o)
{
    json_out_string(o, "type", "string");
    json_out_int(o, "minLength", 1);
    json_out_int(o, "maxLength", PROFILE_MAX_NAME);
    put_match(o, "not", "^-|-$|[^A-Za-z0-9-]");
}

static void put_variable(struct json_out *o)
{
    json_out_string(o, "type", "string");
    json_out_int(o, "minLength", 1);
    put_match(o, "not", "^[0-9]|[^A-Za-z0-9_]");
}

/* In characters, where the loader counts bytes. */
static void put_setting(struct json_out *o)
{
    json_out_string(o, "type", "string");
    json_out_int(o, "maxLength", PROFILE_MAX_SETTING);
}

static void put_enum(struct json_out *o, const char *const *choices, bool nullable)
{
    json_out_open(o, "enum", '[');
    for (; *choices; choices++)
        json_out_string(o, NULL, *choices);
    if (nullable)
        json_out_string(o, NULL, NULL);
    json_out_close(o, ']');
}

static void put_item(struct json_out *o, enum profile_type type)
{
    if (type == PROFILE_BASES) {
        put_name(o);
        return;
    }
    json_out_string(o, "type", type == PROFILE_PORTS ? "integer" : "string");
    if (type == PROFILE_PORTS) {
        json_out_int(o, "minimum", PROFILE_MIN_PORT);
        json_out_int(o, "maximum", PROFILE_MAX_PORT);
        return;
    }
    json_out_int(o, "minLength", 1);
    if (type == PROFILE_ENV_NAMES)
        json_out_int(o, "maxLength", PROFILE_MAX_VARIABLE);
    if (type == PROFILE_PATTERNS)
        json_out_int(o, "maxLength", GUARD_MAX_PATTERN);
    if (type == PROFILE_NAMES)
        put_match(o, "not", "/");
    else if (type == PROFILE_ENV_NAMES)
        put_match(o, "not", "=");
    else if (type == PROFILE_PATTERNS)
        put_match(o, "not", pattern_wrong);
    else if (type == PROFILE_PATHS)
        json_out_string(o, "pattern", path_pattern);
}

static void put_array(struct json_out *o, enum profile_type type)
{
    json_out_string(o, "type", "array");
    if (type == PROFILE_BASES)
        json_out_int(o, "minItems", 1);
    json_out_int(o, "maxItems", PROFILE_MAX_ITEMS);
    json_out_open(o, "items", '{');
    put_item(o, type);
    json_out_close(o, '}');
}

static void put_list(struct json_out *o, enum profile_type type)
{
    if (type != PROFILE_BASES) {
        put_array(o, type);
        return;
    }
    json_out_open(o, "anyOf", '[');
    json_out_open(o, NULL, '{');
    put_name(o);
    json_out_close(o, '}');
    json_out_open(o, NULL, '{');
    put_array(o, type);
    json_out_close(o, '}');
    json_out_close(o, ']');
}

static void put_member(struct json_out *o, const struct profile_member *m)
{
    json_out_open(o, m->name, '{');
    json_out_string(o, "description", m->help);
    if (m->choices) {
        put_enum(o, m->choices, !m->required);
    } else {
        put_type(o, "string", !m->required);
        if (m->pattern)
            json_out_string(o, "pattern", m->pattern);
        if (m->unlike)
            put_match(o, "not", m->unlike);
    }
    json_out_close(o, '}');
}

/* A member that one with a certain text needs beside it. */
static void put_needs(struct json_out *o, const struct profile_member *m)
{
    if (!m->needs)
        return;
    json_out_open(o, "if", '{');
    json_out_open(o, "properties", '{');
    put_match(o, m->name, m->needs_when);
    json_out_close(o, '}');
    json_out_close(o, '}');
    json_out_open(o, "then", '{');
    json_out_open(o, "properties", '{');
    json_out_open(o, m->needs, '{');
    json_out_string(o, "type", "string");
    json_out_close(o, '}');
    json_out_close(o, '}');
    json_out_open(o, "required", '[');
    json_out_string(o, NULL, m->needs);
    json_out_close(o, ']');
    json_out_close(o, '}');
}

static void put_record(struct json_out *o, const struct profile_member *members)
{
    json_out_string(o, "type", "object");
    json_out_bool(o, "additionalProperties", false);
    json_out_open(o, "required", '[');
    for (const struct profile_member *m = members; m->name; m++) {
        if (m->required)
            json_out_string(o, NULL, m->name);
    }
    json_out_close(o, ']');
    json_out_open(o, "properties", '{');
    for (const struct profile_member *m = members; m->name; m++)
        put_member(o, m);
    json_out_close(o, '}');
    for (const struct profile_member *m = members; m->name; m++)
        put_needs(o, m);
}

static void put_map(struct json_out *o, enum profile_type type)
{
    json_out_string(o, "type", "object");
    json_out_int(o, "maxProperties", PROFILE_MAX_ITEMS);
    json_out_open(o, "propertyNames", '{');
    json_out_int(o, "minLength", 1);
    if (type == PROFILE_SETTINGS) {
        json_out_int(o, "maxLength", PROFILE_MAX_VARIABLE);
        put_match(o, "not", "[=*]");
    }
    json_out_close(o, '}');
    json_out_open(o, "additionalProperties", '{');
    if (type == PROFILE_VARIABLES)
        put_variable(o);
    else if (type == PROFILE_SETTINGS)
        put_setting(o);
    else
        put_record(o, profile_members(type));
    json_out_close(o, '}');
}

static void put_help(struct json_out *o, const struct profile_key *k)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    str_add(&text, k->help);
    for (size_t i = 0; k->choices && k->choices[i]; i++)
        str_addf(&text, "%s%s: %s", i ? "; " : ". ", k->choices[i], k->choice_help[i]);
    json_out_string(o, "description", text.buf);
}

static void put_size(struct json_out *o)
{
    json_out_string(o, "type", "string");
    json_out_string(o, "pattern", PROFILE_SIZE_PATTERN);
}

static void put_key(struct json_out *o, const struct profile_key *k)
{
    json_out_open(o, k->name, '{');
    put_help(o, k);
    switch (profile_shape(k->type)) {
    case PROFILE_SHAPE_LIST:
        put_list(o, k->type);
        break;
    case PROFILE_SHAPE_MAP:
        put_map(o, k->type);
        break;
    case PROFILE_SHAPE_VALUE:
        if (k->choices)
            put_enum(o, k->choices, k->nullable);
        else if (k->type == PROFILE_NAME)
            put_name(o);
        else if (k->type == PROFILE_SIZE)
            put_size(o);
        else
            put_type(o, k->type == PROFILE_BOOL ? "boolean" : "string", k->nullable);
        break;
    }
    json_out_close(o, '}');
}

/* An older name of `name`, which stands in the object that `where` (a JSON pointer) names. */
static void put_alias(struct json_out *o, const char *alias, const char *where, const char *name)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    json_out_open(o, alias, '{');
    str_addf(&text, "Older name of %s", name);
    json_out_string(o, "description", text.buf);
    json_out_bool(o, "deprecated", true);
    str_clear(&text);
    str_addf(&text, "#%s/properties/%s", where, name);
    json_out_string(o, "$ref", text.buf);
    json_out_close(o, '}');
}

/* Two names of one thing exclude each other. */
static void put_exclusive(struct json_out *o, const char *name, const char *const *alias)
{
    for (size_t i = 0; alias[i]; i++) {
        for (size_t k = 0; k <= i; k++) {
            json_out_open(o, NULL, '{');
            json_out_open(o, "not", '{');
            json_out_open(o, "required", '[');
            json_out_string(o, NULL, k ? alias[k - 1] : name);
            json_out_string(o, NULL, alias[i]);
            json_out_close(o, ']');
            json_out_close(o, '}');
            json_out_close(o, '}');
        }
    }
}

static bool has_older_names(enum profile_section section)
{
    bool found = section == PROFILE_TOP;
    for (size_t i = 0; i < profile_n_keys; i++)
        found = found || (profile_keys[i].section == section && profile_keys[i].alias[0]);
    return found;
}

static void put_all_exclusive(struct json_out *o, enum profile_section section)
{
    if (!has_older_names(section))
        return;
    json_out_open(o, "allOf", '[');
    for (size_t i = 0; i < profile_n_keys; i++) {
        if (profile_keys[i].section == section)
            put_exclusive(o, profile_keys[i].name, profile_keys[i].alias);
    }
    for (size_t s = PROFILE_TOP + 1; section == PROFILE_TOP && s < PROFILE_N_SECTIONS; s++)
        put_exclusive(o, profile_sections[s][0], &profile_sections[s][1]);
    json_out_close(o, ']');
}

static void put_keys(struct json_out *o, enum profile_section section, const char *where)
{
    for (size_t i = 0; i < profile_n_keys; i++) {
        const struct profile_key *k = &profile_keys[i];
        if (k->section != section)
            continue;
        put_key(o, k);
        for (size_t a = 0; k->alias[a]; a++)
            put_alias(o, k->alias[a], where, k->name);
    }
}

static void put_section(struct json_out *o, enum profile_section section)
{
    const char *const *names = profile_sections[section];
    AUTO(str_release) struct str where = STR_INIT(STR_MAX_LINE);
    str_addf(&where, "/properties/%s", names[0]);
    json_out_open(o, names[0], '{');
    json_out_string(o, "description", profile_section_help[section]);
    put_type(o, "object", section == PROFILE_OPEN_URLS);
    json_out_bool(o, "additionalProperties", false);
    json_out_open(o, "properties", '{');
    put_keys(o, section, where.buf);
    json_out_close(o, '}');
    put_all_exclusive(o, section);
    json_out_close(o, '}');
    for (size_t i = 1; names[i]; i++)
        put_alias(o, names[i], "", names[0]);
}

void schema_profile(struct str *out)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_string(&o, "$schema", DIALECT);
    json_out_string(&o, "$id", ADDRESS);
    json_out_string(&o, "title", "nono profile");
    json_out_string(&o, "description", profile_section_help[PROFILE_TOP]);
    json_out_string(&o, "type", "object");
    json_out_bool(&o, "additionalProperties", false);
    json_out_open(&o, "properties", '{');
    put_keys(&o, PROFILE_TOP, "");
    for (size_t s = PROFILE_TOP + 1; s < PROFILE_N_SECTIONS; s++)
        put_section(&o, (enum profile_section)s);
    json_out_close(&o, '}');
    put_all_exclusive(&o, PROFILE_TOP);
    json_out_close(&o, '}');
}

void schema_groups(struct str *out)
{
    str_addn(out, policy_groups_schema_json, policy_groups_schema_json_len);
}
