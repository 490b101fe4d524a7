/* policy_view: which variables of the environment a command gets. */
#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/environment.h"
#include "shell/policy_view.h"

enum { LABEL = 9, PATTERN = 32 };

static void add_rule(const struct caps_variable *v, struct str *out)
{
    static const char *const words[] = {[CAPS_VARIABLE_ALLOW] = "passed", [CAPS_VARIABLE_DENY] = "withheld", [CAPS_VARIABLE_SET] = "set"};
    AUTO(mem_free_ptr) char *name = quote_term_dup(v->name);
    AUTO(mem_free_ptr) char *value = quote_term_dup(v->value ? v->value : "");
    str_addf(out, "    %-*s %s%s%s  %s", LABEL, words[v->fate], name, v->value ? "=" : "", value, out_on(OUT_DIM, true));
    caps_origin_describe(&v->origin, out);
    str_addf(out, "%s\n", out_off(true));
}

static void add_rows(enum environment_kind kind, struct str *out)
{
    for (size_t i = 0; i < environment_n_rows; i++) {
        const struct environment_row *row = &environment_rows[i];
        if (row->kind == kind)
            str_addf(out, "    %-*s %-*s %s%s%s\n", LABEL, kind == ENVIRONMENT_KEPT ? "passed" : "withheld", PATTERN, row->pattern,
                     out_on(OUT_DIM, true), row->why, out_off(true));
    }
}

static void add_summary(struct str *out)
{
    size_t n[] = {[ENVIRONMENT_SECRET] = 0, [ENVIRONMENT_REACH] = 0, [ENVIRONMENT_CODE] = 0, [ENVIRONMENT_KEPT] = 0};
    for (size_t i = 0; i < environment_n_rows; i++)
        n[environment_rows[i].kind]++;
    for (int kind = ENVIRONMENT_SECRET; kind < ENVIRONMENT_KEPT; kind++)
        str_addf(out, "    %-*s %zu names and patterns: %s\n", LABEL, "withheld", n[kind], environment_kind_help[kind]);
    str_addf(out, "    %-*s every other variable (-v lists what is withheld)\n", LABEL, "passed");
}

void policy_view_environment(const struct policy_view *v, struct str *out)
{
    const struct caps *c = &v->outcome->asked;
    str_addf(out, "  %sEnvironment%s\n", out_on(OUT_BOLD, true), out_off(true));
    for (size_t i = 0; i < c->n_variables; i++)
        add_rule(&c->variable[i], out);
    if (!v->verbose) {
        add_summary(out);
        return;
    }
    for (int kind = ENVIRONMENT_SECRET; kind <= ENVIRONMENT_KEPT; kind++)
        add_rows((enum environment_kind)kind, out);
}
