/* profile_edit_value: what a person types for a value of a key. */
#include "policy/profile_edit_value.h"

#include <string.h>

#include "core/mem.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/expand.h"

enum { MAX_DIGITS = 5 };

/* Stands for $WORKDIR, which is no directory in particular. */
static const char any_workdir[] = "/\001";

static int not_of_type(const struct profile_key *k, const char *typed, const char *wanted, struct err *e)
{
    AUTO(str_release) struct str key = STR_INIT(STR_MAX_LINE);
    AUTO(mem_free_ptr) char *shown = quote_term_dup(typed);
    profile_key_name(k, &key);
    return err_set(e, ERR_INPUT, "%s: '%s' is not %s", key.buf, shown, wanted);
}

static bool is_port(const char *typed)
{
    size_t len = strspn(typed, "0123456789");
    return len > 0 && len <= MAX_DIGITS && typed[len] == '\0' && (typed[0] != '0' || len == 1);
}

/* "/home/me/x" as "~/x". */
static char *path_as_written(const struct world *w, const char *typed)
{
    const char *below = path_is_clean(typed) ? path_below(typed, w->home) : NULL;
    if (!below)
        return mem_strdup(typed);
    struct str text = STR_INIT(STR_MAX_PROFILE);
    str_addf(&text, "~%s%s", *below ? "/" : "", below);
    return str_take(&text);
}

int profile_edit_value(const struct world *w, const struct profile_key *k, const char *typed, struct str *out, struct err *e)
{
    if (k->nullable && strcmp(typed, "null") == 0) {
        str_add(out, "null");
    } else if (k->type == PROFILE_BOOL) {
        if (strcmp(typed, "true") != 0 && strcmp(typed, "false") != 0)
            return not_of_type(k, typed, "true or false", e);
        str_add(out, typed);
    } else if (k->type == PROFILE_PORTS) {
        if (!is_port(typed))
            return not_of_type(k, typed, "a port number (1 to 65535)", e);
        str_add(out, typed);
    } else if (k->type == PROFILE_PATHS) {
        AUTO(mem_free_ptr) char *path = path_as_written(w, typed);
        quote_json(out, path);
    } else {
        quote_json(out, typed);
    }
    return 0;
}

static bool same_path(const struct world *w, const char *a, const char *b)
{
    AUTO(mem_free_ptr) char *left = NULL;
    AUTO(mem_free_ptr) char *right = NULL;
    struct err ignored = ERR_INIT;
    return expand_path(w, any_workdir, a, &left, &ignored) == 0 && expand_path(w, any_workdir, b, &right, &ignored) == 0 &&
           strcmp(left, right) == 0;
}

void profile_edit_shown(const struct profile_edit_item *item, struct str *out)
{
    const struct json_doc *d = item->doc;
    const struct json_value *v = item->value;
    struct err ignored = ERR_INIT;
    const char *text = NULL;
    int64_t number;
    if (json_type(v) == JSON_STRING && json_get_string(d, v, &text, &ignored) == 0)
        str_add(out, text);
    else if (json_type(v) == JSON_NUMBER && json_get_int(d, v, PROFILE_MIN_PORT, PROFILE_MAX_PORT, &number, &ignored) == 0)
        str_addf(out, "%d", (int)number);
}

bool profile_edit_same(const struct profile_edit_item *item, const char *typed)
{
    AUTO(str_release) struct str shown = STR_INIT(STR_MAX_PROFILE);
    profile_edit_shown(item, &shown);
    return strcmp(shown.buf, typed) == 0 || (item->key->type == PROFILE_PATHS && same_path(item->world, shown.buf, typed));
}
