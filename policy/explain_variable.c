/* explain_variable: whether a variable of the environment is passed on, and by which rule. */
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "policy/environment.h"
#include "policy/explain_parts.h"

bool explain_variable_is_given(const struct explain_policy *p, const char *name)
{
    struct environment_verdict verdict;
    environment_judge(&p->caps, (struct view){name, strlen(name)}, &verdict);
    return verdict.fate != ENVIRONMENT_WITHHELD;
}

static void say_row(struct explain_answer *a, const struct environment_verdict *v)
{
    a->row = v->row;
    if (v->row)
        str_addf(&a->details, "%s: %s", v->row->pattern, v->row->why);
    else
        str_add(&a->details, "no rule is about it, and what no rule is about is passed on");
}

static void say_rule(struct explain_answer *a, const struct environment_verdict *v)
{
    static const char *const what[] = {"passes it on", "withholds it", "sets it, whatever it is outside"};
    AUTO(mem_free_ptr) char *shown = quote_term_dup(v->rule->name);
    a->rule = &v->rule->origin;
    str_addf(&a->details, "a rule about %s %s", shown, what[v->fate]);
}

void explain_variable(const struct explain_request *r, const struct explain_policy *p, const char *name, struct explain_answer *ret)
{
    static const enum explain_reason reasons[] = {
        [ENVIRONMENT_PASSED] = EXPLAIN_VARIABLE_PASSED,
        [ENVIRONMENT_WITHHELD] = EXPLAIN_VARIABLE_WITHHELD,
        [ENVIRONMENT_SET] = EXPLAIN_VARIABLE_SET,
    };
    struct environment_verdict verdict;
    if (p->refused) {
        explain_say_refused(ret, p);
        str_add(&ret->way_out, "change the options or the profile so that the policy can be held");
        return;
    }
    environment_judge(&p->caps, (struct view){name, strlen(name)}, &verdict);
    ret->reason = reasons[verdict.fate];
    ret->allowed = verdict.fate != ENVIRONMENT_WITHHELD;
    if (verdict.rule)
        say_rule(ret, &verdict);
    else
        say_row(ret, &verdict);
    const struct explain_goal goal = {.variable = name};
    if (ret->allowed || explain_find_change(r, p, &goal, &ret->change))
        return;
    str_add(&ret->way_out, "leave out ");
    caps_origin_describe(ret->rule, &ret->way_out);
}
