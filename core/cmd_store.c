/* cmd_store: the text of an option, from the command line or the environment, into its field. */
#include "core/cmd.h"

#include <limits.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

static int store_uint(uint64_t *ret, const char *text, const char *source, struct err *e)
{
    uint64_t value = 0;
    for (const char *p = text; *p; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value)) {
            AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
            return err_set(e, ERR_USAGE, "%s needs a number, not '%s'", source, shown);
        }
    }
    *ret = value;
    return 0;
}

static int store_choice(const struct cmd_opt *o, int *ret, const char *text, const char *source, struct err *e)
{
    AUTO(str_release) struct str known = STR_INIT(ERR_TEXT_MAX);
    for (int i = 0; o->choices[i]; i++) {
        if (strcmp(o->choices[i], text) == 0) {
            *ret = i;
            return 0;
        }
        str_addf(&known, "%s%s", i ? ", " : "", o->choices[i]);
    }
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    return err_set(e, ERR_USAGE, "%s cannot be '%s': it is one of %s", source, shown, known.buf);
}

int cmd_store(const struct cmd_opt *o, void *args, const char *text, const char *source, struct err *e)
{
    void *field = (char *)args + o->offset;
    if (!*text && o->value != VAL_TEXT)
        return err_set(e, ERR_USAGE, "%s needs a value", source);
    int which = 0;
    switch (o->type) {
    case OPT_TEXT:
        *(const char **)field = text;
        return 0;
    case OPT_LIST:
        if (o->choices && store_choice(o, &which, text, source, e) < 0)
            return e->class;
        strlist_add(field, text);
        return 0;
    case OPT_UINT:
        return store_uint(field, text, source, e);
    case OPT_CHOICE:
        return store_choice(o, field, text, source, e);
    case OPT_FLAG:
    case OPT_COUNT:
        break;
    }
    return err_set(e, ERR_USAGE, "%s takes no value", source);
}

static int store_env_flag(bool *ret, const char *text, const char *source, struct err *e)
{
    static const char *const words[] = {"0", "1", "false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], text) == 0) {
            *ret = i % 2;
            return 0;
        }
    }
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    return err_set(e, ERR_USAGE, "%s must be 0 or 1, not '%s'", source, shown);
}

static void store_env_list(struct strlist *ret, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, ",");
        if (len > 0)
            strlist_add_take(ret, mem_strndup(text, len));
        text += len + (text[len] == ',');
    }
}

static int store_env(const struct cmd_opt *o, void *args, const char *text, struct err *e)
{
    void *field = (char *)args + o->offset;
    if (o->type == OPT_FLAG)
        return store_env_flag(field, text, o->env, e);
    if (o->type == OPT_LIST) {
        store_env_list(field, text);
        return 0;
    }
    if (o->type == OPT_COUNT) {
        uint64_t count = 0;
        if (store_uint(&count, text, o->env, e) < 0)
            return e->class;
        *(int *)field = count > INT_MAX ? INT_MAX : (int)count;
        return 0;
    }
    return cmd_store(o, args, text, o->env, e);
}

/* Whether an option that is seen excludes `o`, named by either side. */
static bool is_excluded(const struct cmd *c, const struct cmd_opt *o, const bool *seen)
{
    const struct cmd_opt *other;
    for (size_t i = 0; (other = cmd_opt_at(c, i)); i++) {
        if (seen[i] && ((o->conflicts && strcmp(o->conflicts, other->name) == 0) || (other->conflicts && strcmp(other->conflicts, o->name) == 0)))
            return true;
    }
    return false;
}

/* The index of the option that option `i` excludes, -1 when there is none. */
static int excluded_by(const struct cmd *c, size_t i)
{
    const char *name = cmd_opt_at(c, i)->conflicts;
    size_t other;
    return name && cmd_opt_named(c, name, strlen(name), &other) ? (int)other : -1;
}

static bool is_set(const struct cmd_opt *o, const void *args)
{
    const void *field = (const char *)args + o->offset;
    return o->type != OPT_FLAG || *(const bool *)field;
}

int cmd_store_env(const struct cmd *c, void *args, const bool *seen, struct err *e)
{
    const struct cmd_opt *o;
    bool stored[CMD_MAX_OPTS] = {false};
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        const char *text = o->env && !seen[i] ? world_env(o->env) : NULL;
        if (!text || is_excluded(c, o, seen))
            continue;
        if (store_env(o, args, text, e) < 0)
            return e->class;
        stored[i] = is_set(o, args);
    }
    for (size_t i = 0; (o = cmd_opt_at(c, i)); i++) {
        int other = excluded_by(c, i);
        if (stored[i] && other >= 0 && stored[other])
            return err_set(e, ERR_USAGE, "%s and %s exclude each other", o->env, cmd_opt_at(c, (size_t)other)->env);
    }
    return 0;
}
