/* environment: which variables of its environment a command gets, and by which rule. */
#include "policy/environment.h"

#include <limits.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"
#include "policy/profile.h"

static char folded(char c, bool fold)
{
    if (fold && c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return c;
}

static bool ends_with(struct view name, const char *end, size_t len, bool fold)
{
    if (len > name.len)
        return false;
    for (size_t i = 1; i <= len; i++)
        if (folded(name.ptr[name.len - i], fold) != end[len - i])
            return false;
    return true;
}

bool environment_fits(const char *pattern, struct view name, bool fold)
{
    if (*pattern == '*' && !strchr(pattern + 1, '*')) /* most rows with a star */
        return ends_with(name, pattern + 1, strlen(pattern + 1), fold);
    const char *star = NULL;
    size_t i = 0;
    size_t resume = 0; /* where the text that `star` stands for ends, so far */
    while (i < name.len) {
        if (*pattern == '*') {
            star = pattern++;
            resume = i;
        } else if (*pattern && *pattern == folded(name.ptr[i], fold)) {
            pattern++;
            i++;
        } else if (star) {
            pattern = star + 1;
            i = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* A name weighs more than any pattern, and a pattern what it holds beside the stars. */
static size_t weight(const char *pattern)
{
    size_t n = 0;
    bool is_name = true;
    for (; *pattern; pattern++) {
        is_name = is_name && *pattern != '*';
        n += *pattern != '*';
    }
    return is_name ? SIZE_MAX : n;
}

static bool rule_fits(const struct caps_variable *v, struct view name)
{
    if (v->fate != CAPS_VARIABLE_SET)
        return environment_fits(v->name, name, false);
    return strlen(v->name) == name.len && memcmp(v->name, name.ptr, name.len) == 0;
}

static bool outranks(const struct caps_variable *v, const struct caps_variable *best)
{
    if (!best || v->fate == CAPS_VARIABLE_SET)
        return true; /* the last of several values, as with other programs */
    if (best->fate == CAPS_VARIABLE_SET)
        return false;
    size_t own = weight(v->name);
    size_t other = weight(best->name);
    return own != other ? own > other : v->fate == CAPS_VARIABLE_DENY;
}

static const struct caps_variable *find_rule(const struct caps *c, enum caps_source source, struct view name)
{
    const struct caps_variable *best = NULL;
    for (size_t i = 0; i < c->n_variables; i++) {
        const struct caps_variable *v = &c->variable[i];
        if (v->origin.source == source && rule_fits(v, name) && outranks(v, best))
            best = v;
    }
    return best;
}

/* The rows by their first letter, those that begin with a star by their last one: what stands at the ends decides about nearly all, and this is asked
 * for each variable of every command. Rows are numbered from 1; a chain ends with 0. */
struct row_index {
    unsigned short first[UCHAR_MAX + 1], last[UCHAR_MAX + 1];
    unsigned short *next;
};

static void index_rows(struct row_index *ret)
{
    *ret = (struct row_index){.next = mem_array(environment_n_rows + 1, sizeof *ret->next)};
    for (size_t number = environment_n_rows; number > 0; number--) {
        const struct environment_row *row = &environment_rows[number - 1];
        unsigned short *chain = row->pattern[0] == '*' ? &ret->last[(unsigned char)row->pattern[row->len - 1]] : &ret->first[(unsigned char)row->pattern[0]];
        ret->next[number] = *chain;
        *chain = (unsigned short)number;
    }
}

static void row_index_release(struct row_index *x)
{
    mem_free(x->next);
}

/* `name` is not empty. */
static const struct environment_row *find_row(const struct row_index *x, struct view name)
{
    const struct environment_row *best = NULL;
    const unsigned char first = (unsigned char)folded(name.ptr[0], true);
    const unsigned char last = (unsigned char)folded(name.ptr[name.len - 1], true);
    const unsigned short chains[] = {x->first[first], x->last[last], last == '*' ? 0 : x->last['*']};
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        for (unsigned number = chains[i]; number; number = x->next[number]) {
            const struct environment_row *row = &environment_rows[number - 1];
            if (!environment_fits(row->pattern, name, true))
                continue;
            size_t own = weight(row->pattern);
            size_t other = best ? weight(best->pattern) : 0;
            if (!best || own > other || (own == other && row < best))
                best = row;
        }
    }
    return best;
}

static void judge(const struct caps *c, const struct row_index *x, struct view name, struct environment_verdict *ret)
{
    static const enum environment_fate fates[] = {
        [CAPS_VARIABLE_ALLOW] = ENVIRONMENT_PASSED,
        [CAPS_VARIABLE_DENY] = ENVIRONMENT_WITHHELD,
        [CAPS_VARIABLE_SET] = ENVIRONMENT_SET,
    };
    *ret = (struct environment_verdict){.fate = ENVIRONMENT_PASSED, .rule = find_rule(c, CAPS_FROM_USER, name)};
    if (!ret->rule)
        ret->rule = find_rule(c, CAPS_FROM_PROFILE, name);
    if (ret->rule) {
        ret->fate = fates[ret->rule->fate];
        return;
    }
    ret->row = name.len ? find_row(x, name) : NULL;
    if (ret->row && ret->row->kind != ENVIRONMENT_KEPT)
        ret->fate = ENVIRONMENT_WITHHELD;
}

void environment_judge(const struct caps *c, struct view name, struct environment_verdict *ret)
{
    AUTO(row_index_release) struct row_index rows;
    index_rows(&rows);
    judge(c, &rows, name, ret);
}

void environment_describe(const struct environment_verdict *v, struct str *out)
{
    if (v->rule)
        caps_origin_describe(&v->rule->origin, out);
    else if (v->row)
        str_addf(out, "environment list, %s: %s", v->row->pattern, v->row->why);
    else
        str_add(out, "no rule is about it");
}

int environment_check_name(const char *name, struct err *e)
{
    if (*name == '\0')
        return err_set(e, ERR_INPUT, "the name of a variable is empty");
    if (strchr(name, '=')) { /* what follows may be a secret */
        AUTO(mem_free_ptr) char *before = mem_strndup(name, strcspn(name, "="));
        AUTO(mem_free_ptr) char *shown = quote_term_dup(before);
        return err_set(e, ERR_INPUT, "'%s=' is not the name of a variable: there may be no '=' in it", shown);
    }
    if (strlen(name) > PROFILE_MAX_VARIABLE)
        return err_set(e, ERR_INPUT, "the name of a variable is longer than %d bytes", PROFILE_MAX_VARIABLE);
    return 0;
}

int environment_check_set(const char *name, struct err *e)
{
    int r = environment_check_name(name, e);
    if (r < 0 || !strchr(name, '*'))
        return r;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(name);
    return err_set(e, ERR_INPUT, "'%s' is a pattern, and a value is given to one variable: write its name", shown);
}

static void add_setting(const struct caps_variable *v, struct environment *ret)
{
    size_t n_name = strlen(v->name);
    size_t n_value = strlen(v->value);
    char *entry = mem_resize(NULL, n_name + n_value + 2, 1);
    memcpy(entry, v->name, n_name);
    entry[n_name] = '=';
    memcpy(entry + n_name + 1, v->value, n_value + 1);
    strlist_add_take(&ret->env, entry);
}

bool environment_has(char *const *env, const char *name)
{
    size_t len = strlen(name);
    for (; *env; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return true;
    return false;
}

/* Values for what was not there to be replaced. An option that asks for what is outside leaves the profile's value where there is nothing. */
static void add_missing(const struct caps *c, const struct row_index *x, char *const *from, struct environment *ret)
{
    for (size_t i = 0; i < c->n_variables; i++) {
        const struct caps_variable *v = &c->variable[i];
        if (v->fate != CAPS_VARIABLE_SET || environment_has(from, v->name))
            continue;
        struct environment_verdict verdict;
        judge(c, x, (struct view){v->name, strlen(v->name)}, &verdict);
        if (verdict.rule == v || verdict.fate == ENVIRONMENT_PASSED)
            add_setting(v, ret);
    }
}

void environment_make(const struct caps *c, char *const *from, struct environment *ret)
{
    *ret = (struct environment){0};
    AUTO(row_index_release) struct row_index rows;
    index_rows(&rows);
    AUTO(mem_free_ptr) bool *is_set = mem_array(c->n_variables + 1, sizeof *is_set);
    for (char *const *at = from; *at; at++) {
        struct environment_verdict verdict;
        const struct view name = {*at, strcspn(*at, "=")};
        if (name.len == 0 || name.ptr[name.len] == '\0') {
            ret->n_malformed++;
            continue;
        }
        judge(c, &rows, name, &verdict);
        if (verdict.fate == ENVIRONMENT_PASSED)
            strlist_add(&ret->env, *at);
        else if (verdict.fate == ENVIRONMENT_WITHHELD)
            strlist_add_take(&ret->withheld, mem_strndup(name.ptr, name.len));
        else if (!is_set[verdict.rule - c->variable])
            add_setting(verdict.rule, ret);
        if (verdict.fate == ENVIRONMENT_SET)
            is_set[verdict.rule - c->variable] = true; /* once, however often it stood there */
    }
    add_missing(c, &rows, from, ret);
}

void environment_release(struct environment *n)
{
    strlist_release(&n->env);
    strlist_release(&n->withheld);
    *n = (struct environment){0};
}
