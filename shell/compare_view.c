/* compare_view: how two policies differ, as text. */
#include "shell/compare_view.h"

#include <string.h>

#include "core/out.h"
#include "core/quote.h"

static const struct {
    const char *name, *heading;
} kinds[] = {
    [COMPARE_PATH] = {"path", "Paths"},
    [COMPARE_COMMAND] = {"command", "Commands that are refused"},
    [COMPARE_GUARD] = {"guard", "Guarded files"},
    [COMPARE_NETWORK] = {"network", "Network"},
    [COMPARE_WORKDIR] = {"workdir", "Workdir access"},
    [COMPARE_ENVIRONMENT] = {"environment", "Environment"},
    [COMPARE_ROLLBACK] = {"rollback", "Rollback skips"},
    [COMPARE_START] = {"start", "A run"},
};

enum change { ADDED, REMOVED, CHANGED };

static enum change change_of(const struct compare_row *r)
{
    return strcmp(r->first, "none") == 0 ? ADDED : strcmp(r->second, "none") == 0 ? REMOVED : CHANGED;
}

static void add_rule(struct str *out, const char *before, const struct caps_origin *rule)
{
    if (!rule)
        return;
    str_add(out, before);
    caps_origin_describe(rule, out);
}

static void add_row(struct str *out, const struct compare_row *r)
{
    static const char signs[] = {[ADDED] = '+', [REMOVED] = '-', [CHANGED] = '~'};
    static const enum out_style styles[] = {[ADDED] = OUT_GOOD, [REMOVED] = OUT_BAD, [CHANGED] = OUT_WARN};
    enum change c = change_of(r);
    str_addf(out, "    %s%c ", out_on(styles[c], true), signs[c]);
    if (c == CHANGED)
        str_addf(out, "%s -> %s", r->first, r->second);
    else
        str_addf(out, *r->subject ? "%-9s" : "%s", c == ADDED ? r->second : r->first);
    str_add(out, *r->subject ? "  " : "");
    quote_term(out, r->subject);
    str_addf(out, "%s%s", out_off(true), out_on(OUT_DIM, true));
    if (c != ADDED)
        add_rule(out, "  ", r->first_rule);
    if (c != REMOVED)
        add_rule(out, c == CHANGED ? " -> " : "  ", r->second_rule);
    str_addf(out, "%s\n", out_off(true));
}

const char *compare_view_kind(enum compare_kind kind)
{
    return kinds[kind].name;
}

const char *compare_view_change(const struct compare_row *r)
{
    static const char *const names[] = {[ADDED] = "added", [REMOVED] = "removed", [CHANGED] = "changed"};
    return names[change_of(r)];
}

void compare_view_rows(const struct compare *c, struct str *out)
{
    for (size_t i = 0; i < c->n; i++) {
        if (i == 0 || c->row[i].kind != c->row[i - 1].kind)
            str_addf(out, "  %s%s%s\n", out_on(OUT_BOLD, true), kinds[c->row[i].kind].heading, out_off(true));
        add_row(out, &c->row[i]);
    }
}
