/* policy_view: what a policy grants and denies, as text. */
#include "shell/policy_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/level.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "shell/sandbox.h"

enum { LABEL = 16, PATH_WIDTH = 44, GROUPS_WIDTH = 100 };

int policy_view_outcome(const struct cmd_context *ctx, const char *profile, const char *workdir, struct outcome *ret, char **ret_workdir,
                        struct err *e)
{
    AUTO(mem_free_ptr) char *real = NULL;
    if (sandbox_workdir(ctx->world, workdir, &real, e) < 0)
        return e->class;
    struct resolve_request request = {.world = ctx->world, .profile = profile, .workdir = real};
    if (outcome_of(&request, ret, e) < 0)
        return e->class;
    *ret_workdir = take_ptr(&real);
    return 0;
}

const char *policy_view_access(unsigned access)
{
    static const char *const names[] = {"none", "read", "write", "readwrite"};
    return names[access & CAPS_READWRITE];
}

static const char *badge_of(unsigned access)
{
    static const char *const badges[] = {"-", "r", "w", "r+w"};
    return badges[access & CAPS_READWRITE];
}

const char *policy_view_network(enum caps_network network)
{
    static const char *const names[] = {[CAPS_NET_OPEN] = "open", [CAPS_NET_BLOCKED] = "blocked", [CAPS_NET_PORTS] = "ports"};
    return names[network];
}

/* Pads to `width` and leaves one blank at least. */
static void pad(struct str *out, size_t start, size_t width)
{
    do
        str_addc(out, ' ');
    while (out->len - start <= width);
}

static void add_label(struct str *out, const char *label)
{
    size_t start = out->len;
    str_addf(out, "  %s:", label);
    pad(out, start, LABEL);
}

static void add_heading(struct str *out, const char *heading)
{
    str_addf(out, "  %s%s%s\n", out_on(OUT_BOLD, true), heading, out_off(true));
}

/* "    r+w  PATH   ORIGIN", and what follows is the caller's. */
static void add_row(struct str *out, const char *badge, const char *subject, const struct caps_origin *origin)
{
    str_addf(out, "    %-4s ", badge);
    size_t start = out->len;
    quote_term(out, subject);
    pad(out, start, PATH_WIDTH);
    str_add(out, out_on(OUT_DIM, true));
    caps_origin_describe(origin, out);
    str_add(out, out_off(true));
}

static const char *shown_path(const struct policy_view *v, const char *path, const struct caps_origin *origin)
{
    return v->raw && *origin->text ? origin->text : path;
}

/* "(for /bin)", where a link led elsewhere. */
static void add_link(const struct policy_view *v, const char *path, const struct caps_origin *origin, struct str *out)
{
    if (v->raw || origin->text[0] != '/' || strcmp(origin->text, path) == 0)
        return;
    str_add(out, "  (for ");
    quote_term(out, origin->text);
    str_addc(out, ')');
}

static int compare_grants(const void *a, const void *b)
{
    const struct caps_grant *const *left = a;
    const struct caps_grant *const *right = b;
    int order = strcmp((*left)->path, (*right)->path);
    return order ? order : (int)(*left)->access - (int)(*right)->access;
}

static void add_parts(const struct policy_view *v, const struct caps_grant *g, struct str *out)
{
    const struct caps *held = &v->outcome->held;
    for (size_t i = 0; v->verbose && i < held->n_grants; i++) {
        const struct caps_grant *h = &held->grant[i];
        if (!h->is_part || h->access != g->access || strcmp(h->origin.text, g->origin.text) != 0 || !path_is_within(h->path, g->path))
            continue;
        str_addf(out, "         %-3s  ", badge_of(h->access));
        quote_term(out, h->path);
        str_addc(out, '\n');
    }
}

static void add_grant(const struct policy_view *v, const struct caps_grant *g, const struct outcome_grant *what, struct str *out)
{
    add_row(out, badge_of(g->access), shown_path(v, g->path, &g->origin), &g->origin);
    add_link(v, g->path, &g->origin, out);
    str_add(out, g->file_only ? "  (one file)" : "");
    if (what->state == OUTCOME_SPLIT) {
        if (v->outcome->refused.class)
            str_add(out, "  (without ");
        else
            str_addf(out, "  (only the %zu %s beside ", what->n_parts, what->n_parts == 1 ? "entry" : "entries");
        quote_term(out, what->deny ? what->deny->path : "what is denied in it");
        str_add(out, ", which is denied)");
    } else if (what->state == OUTCOME_MASKED) {
        str_add(out, "  (without ");
        quote_term(out, what->deny->path);
        str_add(out, ", which is denied and hidden)");
    } else if (what->state == OUTCOME_ABSENT) {
        str_add(out, "  (not there)");
    } else if (what->state == OUTCOME_DENIED) {
        str_add(out, "  (inside ");
        quote_term(out, what->deny->path);
        str_add(out, ", which is denied)");
    }
    str_addc(out, '\n');
    if (what->state == OUTCOME_SPLIT)
        add_parts(v, g, out);
}

static bool is_in_force(enum outcome_state s)
{
    return s == OUTCOME_GRANTED || s == OUTCOME_MASKED || s == OUTCOME_SPLIT;
}

static void add_grants(const struct policy_view *v, bool in_force, struct str *out)
{
    const struct caps *c = &v->outcome->asked;
    AUTO(mem_free_ptr) const struct caps_grant **sorted = mem_array(c->n_grants + 1, sizeof *sorted);
    bool first = true;
    for (size_t i = 0; i < c->n_grants; i++)
        sorted[i] = &c->grant[i];
    qsort(sorted, c->n_grants, sizeof *sorted, compare_grants);
    for (size_t i = 0; i < c->n_grants; i++) {
        struct outcome_grant what;
        outcome_of_grant(v->outcome, sorted[i], &what);
        if (is_in_force(what.state) != in_force)
            continue;
        if (first)
            add_heading(out, in_force ? "Granted" : "Named, and not granted");
        first = false;
        add_grant(v, sorted[i], &what, out);
    }
}

static int compare_denies(const void *a, const void *b)
{
    const struct caps_deny *const *left = a;
    const struct caps_deny *const *right = b;
    return strcmp((*left)->path, (*right)->path);
}

static void add_denies(const struct policy_view *v, struct str *out)
{
    const struct caps *c = &v->outcome->asked;
    AUTO(mem_free_ptr) const struct caps_deny **sorted = mem_array(c->n_denies + 1, sizeof *sorted);
    for (size_t i = 0; i < c->n_denies; i++)
        sorted[i] = &c->deny[i];
    qsort(sorted, c->n_denies, sizeof *sorted, compare_denies);
    add_heading(out, "Denied");
    for (size_t i = 0; i < c->n_denies; i++) {
        const struct caps_deny *d = sorted[i];
        add_row(out, "-", shown_path(v, d->path, &d->origin), &d->origin);
        str_addf(out, "%s%s\n", d->exists ? "" : "  (not there)", d->overridden ? "  (given back by override_deny)" : "");
    }
}

/* A program of many names is not hidden for the sake of one. */
static void add_other_name(const struct caps *held, size_t command, struct str *out)
{
    for (size_t i = 0; i < held->n_hidden; i++) {
        const struct caps_hidden *h = &held->hidden[i];
        if (h->command != command || !h->also)
            continue;
        str_add(out, "  (by name only: reached also ");
        str_add(out, *h->also ? "as " : "by a hard link");
        quote_term(out, path_base(h->also));
        str_addc(out, ')');
        return;
    }
}

static void add_commands(const struct caps *c, const struct caps *held, struct str *out)
{
    if (c->n_blocked)
        add_heading(out, "Commands that are refused");
    for (size_t i = 0; i < c->n_blocked; i++) {
        add_row(out, "-", c->blocked[i].name, &c->blocked[i].origin);
        add_other_name(held, i, out);
        str_addc(out, '\n');
    }
}

static void add_guards(const struct caps *c, struct str *out)
{
    if (c->n_guards)
        add_heading(out, "Guarded files, which may not be created or changed");
    for (size_t i = 0; i < c->n_guards; i++) {
        const struct caps_origin *o = &c->guard[i].origin;
        add_row(out, "-", c->guard[i].pattern, o);
        if (c->guard[i].pattern[0] == '/' && *o->text && *o->text != '/' && !strchr("~$!", *o->text)) {
            str_add(out, "  (in force: ");
            quote_term(out, o->text);
            str_addc(out, ')');
        }
        str_addc(out, '\n');
    }
    for (size_t i = 0; i < c->unguarded.n; i++) {
        str_add(out, "    free ");
        quote_term(out, c->unguarded.item[i]);
        str_add(out, "  (given back by override_deny)\n");
    }
}

static void add_lines(struct str *out, const char *heading, const struct strlist *lines)
{
    if (lines->n)
        add_heading(out, heading);
    for (size_t i = 0; i < lines->n; i++)
        str_addf(out, "    %s\n", lines->item[i]);
}

static void add_words(struct str *out, const char *label, const struct strlist *words)
{
    if (!words->n)
        return;
    add_label(out, label);
    size_t start = out->len;
    for (size_t i = 0; i < words->n; i++) {
        if (i > 0 && out->len - start + strlen(words->item[i]) > GROUPS_WIDTH) {
            str_add(out, "\n");
            start = out->len;
            pad(out, start, LABEL);
        } else if (i > 0) {
            str_addc(out, ' ');
        }
        quote_term(out, words->item[i]);
        str_add(out, i + 1 < words->n ? "," : "\n");
    }
}

static void add_head(const struct policy_view *v, struct str *out)
{
    const struct profile *p = &v->outcome->profile;
    AUTO(strlist_release) struct strlist bases = STRLIST_INIT;
    for (size_t i = 0; i < p->extends.n; i++)
        strlist_add(&bases, p->extends.item[i].text);
    str_add(out, "nono policy: profile '");
    quote_term(out, v->name);
    str_add(out, "'\n");
    add_label(out, "Source");
    quote_term(out, p->source);
    str_addc(out, '\n');
    if (p->meta_description.text) {
        add_label(out, "Description");
        quote_term(out, p->meta_description.text);
        str_addc(out, '\n');
    }
    add_words(out, "Extends", &bases);
    add_words(out, "Groups", &v->outcome->groups);
    if (v->outcome->refused.class)
        str_addf(out, "  %sA run is refused: %s%s\n", out_on(OUT_BAD, true), v->outcome->refused.text, out_off(true));
}

static void add_workdir(const struct policy_view *v, struct str *out)
{
    const struct profile_value *access = &v->outcome->profile.workdir_access;
    add_label(out, "Workdir access");
    str_add(out, policy_view_access(v->outcome->asked.workdir_access));
    if (access->state == PROFILE_SET) {
        str_addf(out, "  %sprofile ", out_on(OUT_DIM, true));
        quote_term(out, access->place.profile);
        str_addc(out, ' ');
        quote_term(out, access->place.pointer);
        str_add(out, out_off(true));
    }
    str_add(out, v->outcome->asked.workdir_access ? "\n" : "  (a run asks, or takes --allow-cwd)\n");
}

static void add_network(const struct policy_view *v, struct str *out)
{
    const struct caps *c = &v->outcome->asked;
    add_label(out, "Network");
    if (v->outcome->limits_network) {
        str_add(out, "limited, which this version cannot hold\n");
        return;
    }
    str_addf(out, "%s  %s", c->network == CAPS_NET_PORTS ? "blocked but for TCP ports" : policy_view_network(c->network), out_on(OUT_DIM, true));
    caps_origin_describe(&c->network_origin, out);
    str_addf(out, "%s\n", out_off(true));
    if (c->n_sockets)
        add_heading(out, "Unix sockets that may be connected to");
    for (size_t i = 0; i < c->n_sockets; i++) {
        const struct caps_socket *s = &c->socket[i];
        add_row(out, "conn", shown_path(v, s->path, &s->origin), &s->origin);
        str_addf(out, "%s\n", !s->exists ? "  (not there)" : s->is_dir ? "  (all sockets in it)" : "");
    }
    if (c->n_ports)
        add_heading(out, "TCP ports, of any address");
    for (size_t i = 0; i < c->n_ports; i++) {
        char number[8];
        (void)snprintf(number, sizeof number, "%u", c->port[i].number);
        add_row(out, c->port[i].use == CAPS_PORT_CONNECT ? "open" : "listen", number, &c->port[i].origin);
        str_addc(out, '\n');
    }
}

void policy_view_text(const struct policy_view *v, struct str *out)
{
    struct outcome *o = v->outcome;
    AUTO(strlist_release) struct strlist limits = STRLIST_INIT;
    outcome_limits(v->kernel, &o->held, &limits);
    add_head(v, out);
    add_workdir(v, out);
    add_network(v, out);
    add_label(out, "Level");
    level_describe(o->held.level, v->kernel->landlock_abi, out);
    str_addc(out, '\n');
    add_words(out, "Rollback skips", &o->asked.rollback_exclude);
    add_words(out, "Scratch", &o->asked.scratch);
    add_grants(v, true, out);
    add_grants(v, false, out);
    add_denies(v, out);
    add_commands(&o->asked, &o->held, out);
    add_guards(&o->asked, out);
    policy_view_environment(v, out);
    policy_view_keys(&o->profile, out);
    add_lines(out, "How overlaps are held", &o->held.notices);
    add_lines(out, "Notes", &o->held.warnings);
    add_lines(out, "Not held by this kernel", &limits);
}
