/* policy_view: what a policy grants and denies, as JSON. */
#include "core/level.h"
#include "core/mem.h"
#include "core/path.h"
#include "policy/environment.h"
#include "shell/policy_view.h"

static const char *source_name(enum caps_source s)
{
    switch (s) {
    case CAPS_FROM_USER:
        return "option";
    case CAPS_FROM_PROFILE:
        return "profile";
    case CAPS_FROM_GROUP:
        return "group";
    case CAPS_FROM_WORKDIR:
        return "workdir";
    case CAPS_FROM_PROGRAM:
        return "program";
    case CAPS_FROM_NONO:
        return "nono";
    case CAPS_FROM_SELF:
        return "self";
    case CAPS_FROM_LEVEL:
        return "level";
    }
    return "";
}

void policy_json_origin(struct json_out *o, const char *key, const struct caps_origin *origin)
{
    json_out_open(o, key, '{');
    json_out_string(o, "source", source_name(origin->source));
    json_out_string(o, "name", origin->name);
    if (*origin->key)
        json_out_string(o, "pointer", origin->key);
    json_out_close(o, '}');
}

static const char *state_name(enum outcome_state s)
{
    switch (s) {
    case OUTCOME_GRANTED:
        return "granted";
    case OUTCOME_MASKED:
        return "masked";
    case OUTCOME_SPLIT:
        return "split";
    case OUTCOME_DENIED:
        return "denied";
    case OUTCOME_ABSENT:
        return "absent";
    }
    return "";
}

static void json_grants(struct json_out *o, const struct outcome *outcome)
{
    json_out_open(o, "grants", '[');
    for (size_t i = 0; i < outcome->asked.n_grants; i++) {
        const struct caps_grant *g = &outcome->asked.grant[i];
        struct outcome_grant what;
        outcome_of_grant(outcome, g, &what);
        json_out_open(o, NULL, '{');
        json_out_string(o, "path", g->path);
        json_out_string(o, "access", policy_view_access(g->access));
        json_out_string(o, "raw", g->origin.text);
        json_out_bool(o, "file_only", g->file_only);
        json_out_string(o, "state", state_name(what.state));
        if (what.state == OUTCOME_SPLIT)
            json_out_int(o, "entries_granted", (int64_t)what.n_parts);
        if (what.deny)
            json_out_string(o, what.state != OUTCOME_DENIED ? "without" : "denied_by", what.deny->path);
        policy_json_origin(o, "origin", &g->origin);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void json_denies(struct json_out *o, const struct caps *c)
{
    json_out_open(o, "denies", '[');
    for (size_t i = 0; i < c->n_denies; i++) {
        const struct caps_deny *d = &c->deny[i];
        json_out_open(o, NULL, '{');
        json_out_string(o, "path", d->path);
        json_out_string(o, "raw", d->origin.text);
        json_out_bool(o, "exists", d->exists);
        json_out_bool(o, "overridden", d->overridden);
        policy_json_origin(o, "origin", &d->origin);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

/* The files that nothing inside can execute. */
static void json_hidden(struct json_out *o, const struct caps *held, size_t command)
{
    const char *also = NULL;
    json_out_open(o, "hidden", '[');
    for (size_t i = 0; i < held->n_hidden; i++) {
        if (held->hidden[i].command != command)
            continue;
        json_out_string(o, NULL, held->hidden[i].path);
        also = held->hidden[i].also ? held->hidden[i].also : also;
    }
    json_out_close(o, ']');
    json_out_string(o, "reached_as", also);
}

static void json_commands(struct json_out *o, const struct caps *c, const struct caps *held)
{
    json_out_open(o, "commands", '[');
    for (size_t i = 0; i < c->n_blocked; i++) {
        json_out_open(o, NULL, '{');
        json_out_string(o, "name", c->blocked[i].name);
        json_out_string(o, "access", "none");
        policy_json_origin(o, "origin", &c->blocked[i].origin);
        json_hidden(o, held, i);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

/* What the command's own mounts hide; directories they only hold in place are not listed. */
static void json_masks(struct json_out *o, const struct caps *c)
{
    static const char *const kinds[] = {
        [CAPS_MASK_PIN] = NULL, [CAPS_MASK_DIR] = "directory", [CAPS_MASK_FILE] = "file", [CAPS_MASK_PLACEHOLDER] = "absent"};
    json_out_open(o, "hidden", '[');
    for (size_t i = 0; i < c->n_masks; i++) {
        if (!kinds[c->mask[i].kind])
            continue;
        json_out_open(o, NULL, '{');
        json_out_string(o, "path", c->mask[i].path);
        json_out_string(o, "kind", kinds[c->mask[i].kind]);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void json_guards(struct json_out *o, const struct caps *c)
{
    json_out_open(o, "guards", '[');
    for (size_t i = 0; i < c->n_guards; i++) {
        json_out_open(o, NULL, '{');
        json_out_string(o, "pattern", c->guard[i].pattern);
        json_out_string(o, "raw", c->guard[i].origin.text);
        policy_json_origin(o, "origin", &c->guard[i].origin);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
    json_out_strings(o, "unguarded", &c->unguarded);
}

static void json_environment(struct json_out *o, const struct caps *c)
{
    static const char *const fates[] = {[CAPS_VARIABLE_ALLOW] = "allow", [CAPS_VARIABLE_DENY] = "deny", [CAPS_VARIABLE_SET] = "set"};
    json_out_open(o, "environment", '{');
    json_out_open(o, "rules", '[');
    for (size_t i = 0; i < c->n_variables; i++) {
        const struct caps_variable *v = &c->variable[i];
        json_out_open(o, NULL, '{');
        json_out_string(o, "rule", fates[v->fate]);
        json_out_string(o, "name", v->name);
        if (v->value)
            json_out_string(o, "value", v->value);
        policy_json_origin(o, "origin", &v->origin);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
    json_out_open(o, "table", '[');
    for (size_t i = 0; i < environment_n_rows; i++) {
        const struct environment_row *row = &environment_rows[i];
        json_out_open(o, NULL, '{');
        json_out_string(o, "pattern", row->pattern);
        json_out_string(o, "kind", environment_kinds[row->kind]);
        json_out_string(o, "why", row->why);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
    json_out_close(o, '}');
}

static void json_sockets(struct json_out *o, const struct caps *c)
{
    json_out_open(o, "allow_unix", '[');
    for (size_t i = 0; i < c->n_sockets; i++) {
        const struct caps_socket *s = &c->socket[i];
        json_out_open(o, NULL, '{');
        json_out_string(o, "path", s->path);
        json_out_bool(o, "is_dir", s->is_dir);
        json_out_bool(o, "exists", s->exists);
        policy_json_origin(o, "origin", &s->origin);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void json_ports(struct json_out *o, const struct caps *c, const char *key, enum caps_port_use use)
{
    json_out_open(o, key, '[');
    for (size_t i = 0; i < c->n_ports; i++) {
        if (c->port[i].use != use)
            continue;
        json_out_open(o, NULL, '{');
        json_out_int(o, "number", c->port[i].number);
        policy_json_origin(o, "origin", &c->port[i].origin);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
}

static void json_head(struct json_out *o, const struct policy_view *v)
{
    const struct profile *p = &v->outcome->profile;
    AUTO(strlist_release) struct strlist bases = STRLIST_INIT;
    for (size_t i = 0; i < p->extends.n; i++)
        strlist_add(&bases, p->extends.item[i].text);
    json_out_string(o, "name", v->name);
    json_out_string(o, "source", p->source);
    json_out_string(o, "description", p->meta_description.text);
    json_out_strings(o, "extends", &bases);
    json_out_string(o, "refused", v->outcome->refused.class ? v->outcome->refused.text : NULL);
    json_out_strings(o, "groups", &v->outcome->groups);
}

void policy_view_json(const struct policy_view *v, struct str *out)
{
    const struct caps *c = &v->outcome->asked;
    struct json_out o = JSON_OUT_INIT(out);
    AUTO(strlist_release) struct strlist limits = STRLIST_INIT;
    outcome_limits(v->kernel, &v->outcome->held, &limits);
    json_out_open(&o, NULL, '{');
    json_head(&o, v);
    json_grants(&o, v->outcome);
    json_denies(&o, c);
    json_commands(&o, c, &v->outcome->held);
    json_guards(&o, c);
    json_environment(&o, c);
    json_out_open(&o, "network", '{');
    json_out_string(&o, "access", v->outcome->limits_network ? "limited" : policy_view_network(c->network));
    if (!v->outcome->limits_network)
        policy_json_origin(&o, "origin", &c->network_origin);
    json_sockets(&o, c);
    json_ports(&o, c, "open_port", CAPS_PORT_CONNECT);
    json_ports(&o, c, "listen_port", CAPS_PORT_LISTEN);
    json_out_close(&o, '}');
    json_out_open(&o, "workdir", '{');
    json_out_string(&o, "path", c->workdir);
    json_out_string(&o, "access", policy_view_access(c->workdir_access));
    json_out_close(&o, '}');
    json_out_strings(&o, "rollback_exclude", &c->rollback_exclude);
    json_out_strings(&o, "scratch", &c->scratch);
    json_out_strings(&o, "overlaps", &v->outcome->held.notices);
    json_masks(&o, &v->outcome->held);
    json_out_strings(&o, "notes", &v->outcome->held.warnings);
    json_out_string(&o, "level", level_name(v->outcome->held.level));
    json_out_strings(&o, "not_held", &limits);
    json_out_close(&o, '}');
}
