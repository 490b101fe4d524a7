/* profile_map: the maps of a profile: env_credentials, custom_credentials, environment.set, hooks. */
#include "policy/profile_map.h"

#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "policy/environment.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define TEXT_END "(?![\\s\\S])" /* "$" also matches before a last line break in some dialects */

static bool is_made_of(const char *text, const char *allowed)
{
    return *text && text[strspn(text, allowed)] == '\0';
}

static bool is_variable_name(const char *text)
{
    return is_made_of(text, LETTERS DIGITS "_") && !(*text >= '0' && *text <= '9');
}

static const char *field_of(const struct profile_record *r, const char *name)
{
    for (size_t i = 0; i < r->n_fields; i++)
        if (strcmp(r->field[i].name, name) == 0)
            return r->field[i].value;
    return NULL;
}

static void add_field(struct profile_record *r, const char *name, const char *value)
{
    mem_reserve(&r->field, &r->cap_fields, r->n_fields + 1, sizeof *r->field);
    r->field[r->n_fields++] = (struct profile_field){.name = mem_strdup(name), .value = mem_strdup(value)};
}

static const char *const inject_modes[] = {"header", "url_path", "query_param", "basic_auth", NULL};

static const struct profile_member variable_members[] = {
    {.name = NULL},
};
static const struct profile_member credential_members[] = {
    {.name = "upstream", .required = true, .pattern = "^https://|^http://(localhost|127\\.0\\.0\\.1|\\[::1\\])([/:]|" TEXT_END ")",
     .help = "Where the service is: https://HOST, or http:// for this machine"},
    {.name = "credential_key", .required = true, .pattern = "://|^[A-Za-z0-9_]+" TEXT_END, .needs = "env_var",
     .needs_when = "^(op|apple-password)://",
     .help = "Entry of the key store, or a URI such as op://vault/item/field"},
    {.name = "inject_mode", .choices = inject_modes, .help = "How the key is sent; header is the default"},
    {.name = "inject_header", .pattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+" TEXT_END,
     .help = "Name of the header that carries the key; Authorization is the default"},
    {.name = "credential_format", .unlike = "[\\r\\n]",
     .help = "Text of that header, {} stands for the key; \"Bearer {}\" is the default"},
    {.name = "path_pattern", .help = "Part of the path to replace by the key, with inject_mode url_path"},
    {.name = "path_replacement", .help = "What replaces it, {} stands for the key"},
    {.name = "query_param_name", .help = "Name of the query parameter that carries the key, with inject_mode query_param"},
    {.name = "env_var", .pattern = "^[A-Za-z_][A-Za-z0-9_]*" TEXT_END,
     .help = "Environment variable that names the service to the command; a credential_key that is a URI needs it"},
    {.name = NULL},
};
static const struct profile_member hook_members[] = {
    {.name = "event", .required = true, .help = "Event of the program that the hook is called at"},
    {.name = "matcher", .required = true, .help = "Pattern of the program for what the event is about"},
    {.name = "script", .required = true, .help = "Name of the script"},
    {.name = NULL},
};

const struct profile_member *profile_members(enum profile_type type)
{
    if (type == PROFILE_CREDENTIALS)
        return credential_members;
    return type == PROFILE_HOOKS ? hook_members : variable_members;
}

static int check_members(const struct json_doc *doc, const struct json_value *v, const struct profile_member *known, struct err *e)
{
    const char *name[PROFILE_MAX_MEMBERS];
    size_t n = 0;
    for (; known[n].name; n++)
        name[n] = known[n].name;
    int rc = json_only(doc, v, name, n, e);
    for (size_t i = 0; i < n && (rc == 0 || json_wants_more(doc)); i++) {
        if (known[i].required && !json_member(v, known[i].name))
            rc = json_error(doc, v, e, "lacks '%s'", known[i].name);
    }
    return rc;
}

/* The members of `v` as text fields. */
static int parse_fields(const struct json_doc *doc, const struct json_value *v, const struct profile_member *known,
                        struct profile_record *r, struct err *e)
{
    if (json_type(v) != JSON_OBJECT)
        return json_error(doc, v, e, "must be %s, not %s", json_type_name(JSON_OBJECT), json_type_name(json_type(v)));
    int rc = check_members(doc, v, known, e);
    if (rc < 0)
        return rc;
    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        if (json_type(m) == JSON_NULL)
            continue;
        const char *text;
        rc = json_get_string(doc, m, &text, e);
        if (rc < 0)
            return rc;
        add_field(r, json_key(m), text);
    }
    for (; known->name; known++) {
        if (known->required && !field_of(r, known->name))
            return json_error(doc, json_member(v, known->name), e, "may not be null");
    }
    return 0;
}

static int parse_variable(const struct json_doc *doc, const struct json_value *v, struct profile_record *r, struct err *e)
{
    const char *text;
    int rc = json_get_string(doc, v, &text, e);
    if (rc < 0)
        return rc;
    if (!is_variable_name(text)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
        return json_error(doc, v, e, "'%s' is not the name of an environment variable", shown);
    }
    add_field(r, "variable", text);
    return 0;
}

static int parse_setting(const struct json_doc *doc, const struct json_value *v, struct profile_record *r, struct err *e)
{
    const char *text;
    struct err why = ERR_INIT;
    if (environment_check_set(r->key, &why) < 0)
        return json_error(doc, v, e, "%s", why.text);
    int rc = json_get_string(doc, v, &text, e);
    if (rc < 0)
        return rc;
    if (strlen(text) > PROFILE_MAX_SETTING)
        return json_error(doc, v, e, "is longer than %d bytes", PROFILE_MAX_SETTING);
    add_field(r, "value", text);
    return 0;
}

static int parse_hook(const struct json_doc *doc, const struct json_value *v, struct profile_record *r, struct err *e)
{
    return parse_fields(doc, v, hook_members, r, e);
}

static bool is_loopback(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(host, names[i], len) == 0 && strchr("/:", host[len]))
            return true;
    }
    return false;
}

/* What upstream promises about a credential: it is sent over TLS, or stays on this machine, and cannot smuggle a header. */
static int check_credential(const struct json_doc *doc, const struct json_value *v, const struct profile_record *r,
                            struct err *e)
{
    const char *upstream = field_of(r, "upstream");
    const char *key = field_of(r, "credential_key");
    const char *mode = field_of(r, "inject_mode");
    const char *header = field_of(r, "inject_header");
    const char *format = field_of(r, "credential_format");
    const char *variable = field_of(r, "env_var");
    bool is_reference = strstr(key, "://") != NULL;
    size_t m = 0;
    while (mode && inject_modes[m] && strcmp(mode, inject_modes[m]) != 0)
        m++;

    if (!str_starts(upstream, "https://") && !(str_starts(upstream, "http://") && is_loopback(upstream + 7)))
        return json_error(doc, json_member(v, "upstream"), e, "must begin with https:// (http:// only for loopback)");
    if (!is_reference && !is_made_of(key, LETTERS DIGITS "_"))
        return json_error(doc, json_member(v, "credential_key"), e, "may hold only letters, digits and '_'");
    if (!variable && (str_starts(key, "op://") || str_starts(key, "apple-password://")))
        return json_error(doc, v, e, "lacks 'env_var', which a credential_key that is a URI needs");
    if (variable && !is_variable_name(variable))
        return json_error(doc, json_member(v, "env_var"), e, "is not the name of an environment variable");
    if (!inject_modes[m])
        return json_error(doc, json_member(v, "inject_mode"), e,
                          "is not one of header, url_path, query_param, basic_auth");
    if (header && !is_made_of(header, LETTERS DIGITS "!#$%&'*+-.^_`|~"))
        return json_error(doc, json_member(v, "inject_header"), e, "is not the name of a header");
    if (format && strpbrk(format, "\r\n"))
        return json_error(doc, json_member(v, "credential_format"), e, "may not hold a line break");
    return 0;
}

static int parse_credential(const struct json_doc *doc, const struct json_value *v, struct profile_record *r, struct err *e)
{
    int rc = parse_fields(doc, v, credential_members, r, e);
    return rc < 0 ? rc : check_credential(doc, v, r, e);
}

int profile_map_parse(const struct json_doc *doc, const struct json_value *v, const struct profile_key *k,
                      const struct profile_place *place, struct profile_map *map, struct err *e)
{
    if (json_type(v) != JSON_OBJECT)
        return json_error(doc, v, e, "must be %s, not %s", json_type_name(JSON_OBJECT), json_type_name(json_type(v)));
    if (json_count(v) > PROFILE_MAX_ITEMS)
        return json_error(doc, v, e, "has more than %d members", PROFILE_MAX_ITEMS);
    for (const struct json_value *m = json_first(v); m; m = json_next(m)) {
        if (*json_key(m) == '\0')
            return json_error(doc, v, e, "has a member without a name");
        mem_reserve(&map->record, &map->cap, map->n + 1, sizeof *map->record);
        struct profile_record *r = &map->record[map->n++];
        *r = (struct profile_record){.key = mem_strdup(json_key(m)), .place = profile_place_below(place, json_key(m))};
        int rc = k->type == PROFILE_VARIABLES ? parse_variable(doc, m, r, e)
                 : k->type == PROFILE_SETTINGS ? parse_setting(doc, m, r, e)
                 : k->type == PROFILE_HOOKS   ? parse_hook(doc, m, r, e)
                                              : parse_credential(doc, m, r, e);
        if (rc < 0 && !json_wants_more(doc))
            return rc;
    }
    return 0;
}
