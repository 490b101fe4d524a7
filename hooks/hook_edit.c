/* hook_edit: one change to the text of hook.json. */
#include <string.h>

#include "core/json_edit.h"
#include "core/mem.h"
#include "core/quote.h"
#include "hooks/hook.h"

/* Each step reads the text that the one before has left: offsets hold for one change. */

static const char file[] = "hook.json";

/* Changes `text` in place; `edit` appends the new one. */
static void take(struct str *text, struct str *edited)
{
    str_clear(text);
    str_addn(text, edited->buf, edited->len);
    str_clear(edited);
}

static int read_tree(const struct str *text, struct json_tree *ret, struct err *e)
{
    return json_tree_build(text->buf, text->len, file, ret, e);
}

static void list_of(const struct strlist *names, struct str *ret)
{
    str_addc(ret, '[');
    for (size_t i = 0; i < names->n; i++) {
        str_add(ret, i ? ", " : "");
        quote_json(ret, names->item[i]);
    }
    str_addc(ret, ']');
}

/* The list is written out when it was the one that goes without saying. */
static int write_programs(struct str *text, const struct strlist *names, struct err *e)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    AUTO(str_release) struct str value = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str edited = STR_INIT(STR_MAX_PROFILE);
    int r = read_tree(text, &t, e);
    if (r < 0)
        return r;
    list_of(names, &value);
    json_edit_append(&t, 0, "programs", value.buf, &edited);
    take(text, &edited);
    return 0;
}

static int add_program(struct str *text, const struct hook_settings *now, const char *program, struct err *e)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    AUTO(str_release) struct str value = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str edited = STR_INIT(STR_MAX_PROFILE);
    int r = read_tree(text, &t, e);
    if (r < 0)
        return r;
    size_t list = json_tree_member(&t, 0, "programs");
    if (!list) {
        AUTO(strlist_release) struct strlist names = STRLIST_INIT;
        for (size_t i = 0; i < now->programs.n; i++)
            strlist_add(&names, now->programs.item[i]);
        strlist_add(&names, program);
        return write_programs(text, &names, e);
    }
    quote_json(&value, program);
    json_edit_append(&t, list, NULL, value.buf, &edited);
    take(text, &edited);
    return 0;
}

static int set_choice(struct str *text, const char *program, const char *profile, struct err *e)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    AUTO(str_release) struct str value = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str edited = STR_INIT(STR_MAX_PROFILE);
    int r = read_tree(text, &t, e);
    if (r < 0)
        return r;
    size_t map = json_tree_member(&t, 0, "profiles");
    size_t old = map ? json_tree_member(&t, map, program) : 0;
    if (!profile && !old)
        return 0;
    if (!profile) {
        json_edit_remove(&t, old, &edited);
    } else if (map) {
        quote_json(&value, profile);
        if (old)
            json_edit_replace(&t, old, value.buf, &edited);
        else
            json_edit_append(&t, map, program, value.buf, &edited);
    } else {
        str_addc(&value, '{');
        quote_json(&value, program);
        str_add(&value, ": ");
        quote_json(&value, profile);
        str_addc(&value, '}');
        json_edit_append(&t, 0, "profiles", value.buf, &edited);
    }
    take(text, &edited);
    return 0;
}

static int begin(const char *text, size_t len, struct hook_settings *ret_now, struct str *ret_text, struct err *e)
{
    str_addn(ret_text, len ? text : "{}\n", len ? len : strlen("{}\n"));
    int r = str_check(ret_text, file, e);
    return r < 0 ? r : hook_settings_parse(ret_text->buf, ret_text->len, file, ret_now, e);
}

static int finish(const struct str *text, struct str *out, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings then = {.programs = STRLIST_INIT};
    int r = str_check(text, file, e);
    if (r == 0)
        r = hook_settings_parse(text->buf, text->len, file, &then, e);
    if (r < 0)
        return err_add(e, "not changed");
    str_addn(out, text->buf, text->len);
    return str_check(out, file, e);
}

int hook_settings_add(const char *text, size_t len, const char *program, const char *profile, struct str *out, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings now = {.programs = STRLIST_INIT};
    AUTO(str_release) struct str work = STR_INIT(STR_MAX_PROFILE);
    int r = begin(text, len, &now, &work, e);
    if (r == 0 && !strlist_has(&now.programs, program))
        r = add_program(&work, &now, program, e);
    if (r == 0)
        r = set_choice(&work, program, profile, e);
    return r < 0 ? r : finish(&work, out, e);
}

static int drop_program(struct str *text, const struct hook_settings *now, const char *program, struct err *e)
{
    AUTO(json_tree_release) struct json_tree t = {0};
    AUTO(str_release) struct str edited = STR_INIT(STR_MAX_PROFILE);
    int r = read_tree(text, &t, e);
    if (r < 0)
        return r;
    size_t list = json_tree_member(&t, 0, "programs");
    if (!list) {
        AUTO(strlist_release) struct strlist names = STRLIST_INIT;
        for (size_t i = 0; i < now->programs.n; i++)
            if (strcmp(now->programs.item[i], program) != 0)
                strlist_add(&names, now->programs.item[i]);
        return write_programs(text, &names, e);
    }
    for (size_t i = 0; i < now->programs.n; i++)
        if (strcmp(now->programs.item[i], program) == 0)
            json_edit_remove(&t, json_tree_element(&t, list, i), &edited);
    take(text, &edited);
    return 0;
}

int hook_settings_remove(const char *text, size_t len, const char *program, struct str *out, struct err *e)
{
    AUTO(hook_settings_release) struct hook_settings now = {.programs = STRLIST_INIT};
    AUTO(str_release) struct str work = STR_INIT(STR_MAX_PROFILE);
    int r = begin(text, len, &now, &work, e);
    if (r < 0)
        return r;
    if (!strlist_has(&now.programs, program)) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(program);
        const char *near = str_nearest(program, (const char *const *)now.programs.item, now.programs.n);
        return near ? err_set(e, ERR_MISSING, "'%s' is not wrapped: did you mean '%s'?", shown, near) :
                      err_set(e, ERR_MISSING, "'%s' is not wrapped", shown);
    }
    r = set_choice(&work, program, NULL, e);
    if (r == 0)
        r = drop_program(&work, &now, program, e);
    return r < 0 ? r : finish(&work, out, e);
}
