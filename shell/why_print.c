/* why_print: what `nono why` answers, as text and as JSON. */
#include "shell/why_print.h"

#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"

const char *const why_op_names[] = {"read", "write", "readwrite", "exec", NULL};
const char *const why_op_help[] = {
    "Open it for reading, or list it",
    "Open it for writing, or create or remove it",
    "Both",
    "Execute it",
    NULL,
};

static const char *access_name(unsigned access)
{
    switch (access & CAPS_READWRITE) {
    case CAPS_READ:
        return "read";
    case CAPS_WRITE:
        return "write";
    case CAPS_READWRITE:
        return "read+write";
    default:
        return "none";
    }
}

void why_print_words(const struct strlist *words, struct str *out)
{
    for (size_t i = 0; i < words->n; i++) {
        if (i > 0)
            str_addc(out, ' ');
        quote_sh(out, words->item[i]);
    }
}

/* The words that users of other versions look for. */
static void add_source(struct str *out, const struct caps_origin *o)
{
    switch (o->source) {
    case CAPS_FROM_USER:
    case CAPS_FROM_WORKDIR:
        str_add(out, "user");
        break;
    case CAPS_FROM_PROFILE:
        str_add(out, "profile");
        break;
    case CAPS_FROM_GROUP:
        str_addf(out, "group:%s", o->name);
        break;
    case CAPS_FROM_PROGRAM:
    case CAPS_FROM_NONO:
    case CAPS_FROM_SELF:
    case CAPS_FROM_LEVEL:
        str_add(out, "system");
        break;
    }
}

static void add_line(struct str *out, const char *label, const char *text)
{
    str_addf(out, "  %s: ", label);
    quote_term(out, text);
    str_addc(out, '\n');
}

static void add_path(struct str *out, const struct explain_answer *a)
{
    if (!a->path)
        return;
    add_line(out, "Path", a->path);
    if (a->part && strcmp(a->part, "program") != 0)
        str_addf(out, "  %c%s: ", a->part[0] - 'a' + 'A', a->part + 1);
    else if (a->real && strcmp(a->path, a->real) != 0)
        str_add(out, "  Really: ");
    else
        return;
    quote_term(out, a->real);
    str_addc(out, '\n');
}

static const char variables_place[] = "nono's own list of variables, see 'nono policy show -v default'";

static void add_rule(const struct world *w, struct str *out, const struct explain_answer *a)
{
    if (a->row)
        str_addf(out, "  Policy: %s\n", variables_place);
    if (!a->rule)
        return;
    AUTO(explain_place_release) struct explain_place place = EXPLAIN_PLACE_INIT;
    AUTO(str_release) struct str source = STR_INIT(STR_MAX_LINE);
    explain_place_find(w, a->rule, &place);
    add_source(&source, a->rule);
    if (!a->allowed && !explain_is_by_system(a->reason)) {
        str_addf(out, "  Policy: %s\n", place.how.buf);
        return;
    }
    if (a->grant) {
        add_line(out, "Granted by", a->grant->path);
        str_addf(out, "  Access: %s\n", access_name(a->granted));
    }
    str_addf(out, "  Source: %s (%s)\n", source.buf, place.how.buf);
}

static void add_closest(struct str *out, const struct explain_answer *a)
{
    if (a->allowed || !a->grant || explain_is_by_system(a->reason))
        return;
    AUTO(str_release) struct str source = STR_INIT(STR_MAX_LINE);
    AUTO(mem_free_ptr) char *path = quote_term_dup(a->grant->path);
    add_source(&source, &a->grant->origin);
    str_addf(out, "  Closest match: %s (%s, %s)\n", path, access_name(a->grant->access), source.buf);
}

void why_print_text(const struct world *w, const struct why_question *q, const struct explain_answer *a, struct str *out)
{
    (void)q;
    str_addf(out, "%s%s%s\n", out_on(a->allowed ? OUT_GOOD : OUT_BAD, true), a->allowed ? "ALLOWED" : "DENIED", out_off(true));
    add_path(out, a);
    str_addf(out, "  Reason: %s\n", explain_reason_names[a->reason]);
    if (a->details.len)
        str_addf(out, "  Details: %s\n", a->details.buf);
    add_rule(w, out, a);
    add_closest(out, a);
    for (size_t i = 0; i < a->notes.n; i++)
        str_addf(out, "  Note: %s\n", a->notes.item[i]);
    if (a->change.n) {
        AUTO(str_release) struct str words = STR_INIT(STR_MAX_SCRIPT);
        why_print_words(&a->change, &words);
        add_line(out, "Suggested fix", words.buf);
    } else if (a->way_out.len) {
        str_addf(out, "  Way out: %s\n", a->way_out.buf);
    }
}

static void json_rule(const struct world *w, struct json_out *o, const struct caps_origin *rule)
{
    AUTO(explain_place_release) struct explain_place place = EXPLAIN_PLACE_INIT;
    AUTO(str_release) struct str source = STR_INIT(STR_MAX_LINE);
    explain_place_find(w, rule, &place);
    add_source(&source, rule);
    json_out_open(o, "rule", '{');
    json_out_string(o, "source", source.buf);
    json_out_string(o, "name", rule->name);
    json_out_string(o, "text", rule->text);
    json_out_string(o, "pointer", *rule->key ? rule->key : NULL);
    json_out_string(o, "file", place.file);
    if (place.line)
        json_out_int(o, "line", place.line);
    json_out_close(o, '}');
}

static void json_grant(struct json_out *o, const struct caps_grant *g)
{
    AUTO(str_release) struct str source = STR_INIT(STR_MAX_LINE);
    add_source(&source, &g->origin);
    json_out_open(o, "matching_capability", '{');
    json_out_string(o, "path", g->path);
    json_out_string(o, "access", access_name(g->access));
    json_out_string(o, "source", source.buf);
    json_out_close(o, '}');
}

static void json_denied(const struct world *w, struct json_out *o, const struct explain_answer *a)
{
    AUTO(str_release) struct str words = STR_INIT(STR_MAX_SCRIPT);
    bool by_system = explain_is_by_system(a->reason);
    if (a->rule && !by_system) {
        AUTO(explain_place_release) struct explain_place place = EXPLAIN_PLACE_INIT;
        explain_place_find(w, a->rule, &place);
        json_out_string(o, "policy_source", place.how.buf);
    } else if (a->row) {
        json_out_string(o, "policy_source", variables_place);
    }
    if (a->grant)
        json_grant(o, a->grant);
    json_out_string(o, "decided_by", by_system ? "system" : "policy");
    if (a->change.n) {
        why_print_words(&a->change, &words);
        json_out_string(o, "suggested_flag", words.buf);
        json_out_strings(o, "suggested_args", &a->change);
    } else if (a->way_out.len) {
        json_out_string(o, "suggestion", a->way_out.buf);
    }
}

static void json_allowed(struct json_out *o, const struct explain_answer *a)
{
    AUTO(str_release) struct str source = STR_INIT(STR_MAX_LINE);
    if (a->grant) {
        json_out_string(o, "granted_path", a->grant->path);
        json_out_string(o, "access", access_name(a->granted));
    }
    if (a->rule) {
        add_source(&source, a->rule);
        json_out_string(o, "source", source.buf);
    }
}

void why_print_members(const struct world *w, const struct why_question *q, const struct explain_answer *a, struct json_out *o)
{
    json_out_string(o, "status", a->allowed ? "allowed" : "denied");
    json_out_string(o, "reason", explain_reason_names[a->reason]);
    if (a->details.len)
        json_out_string(o, "details", a->details.buf);
    if (a->allowed)
        json_allowed(o, a);
    else
        json_denied(w, o, a);
    json_out_string(o, q->what, q->text);
    if (q->op)
        json_out_string(o, "op", q->op);
    if (a->path) {
        json_out_string(o, "asked_path", a->path);
        json_out_string(o, "real_path", a->real);
        json_out_bool(o, "exists", a->exists);
    }
    if (a->part)
        json_out_string(o, "part", a->part);
    if (a->row) {
        json_out_string(o, "pattern", a->row->pattern);
        json_out_string(o, "kind", environment_kinds[a->row->kind]);
    }
    if (a->rule)
        json_rule(w, o, a->rule);
    json_out_strings(o, "notes", &a->notes);
}

void why_print_json(const struct world *w, const struct why_question *q, const struct explain_answer *a, struct str *out)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    why_print_members(w, q, a, &o);
    json_out_close(&o, '}');
}
