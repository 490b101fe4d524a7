/* edit_session: a profile that is being edited. */
#include "shell/edit_session.h"

#include <string.h>

#include "core/mem.h"
#include "core/out.h"
#include "policy/find.h"
#include "policy/profile.h"
#include "policy/skeleton.h"
#include "shell/edit_action.h"
#include "shell/values.h"

void edit_session_release(struct edit_session *s)
{
    mem_free(s->path);
    str_release(&s->base);
    str_release(&s->text);
    strlist_release(&s->undo);
    strlist_release(&s->known);
}

bool edit_session_is_changed(const struct edit_session *s)
{
    return s->is_new || s->text.len != s->base.len || memcmp(s->text.buf, s->base.buf, s->text.len) != 0;
}

static const struct cmd_operand key_and_values[] = {
    {.name = "KEY", .value = VAL_KEY, .required = true},
    {.name = "VALUE", .value = VAL_KEY_VALUE, .required = true, .many = true},
    {.name = NULL},
};
static const struct cmd_operand key_and_items[] = {
    {.name = "KEY", .value = VAL_KEY, .required = true},
    {.name = "VALUE", .value = VAL_KEY_ITEM, .many = true},
    {.name = NULL},
};
static const struct cmd_operand subject[] = {
    {.name = "KEY", .value = VAL_KEY},
    {.name = NULL},
};

static const struct cmd set = {.path = "set", .summary = "give a key a value, or a list all its items", .operands = key_and_values};
static const struct cmd add = {.path = "add", .summary = "add items to a list", .operands = key_and_values};
static const struct cmd remove_cmd = {.path = "remove", .summary = "remove items of a list, or a whole key", .operands = key_and_items};
static const struct cmd show = {.path = "show", .summary = "print the text of the profile as it is now"};
static const struct cmd diff = {.path = "diff", .summary = "say what changes in what a run is given"};
static const struct cmd undo = {.path = "undo", .summary = "take the last change back"};
static const struct cmd save = {.path = "save", .summary = "say what changes, and write the file"};
static const struct cmd quit = {.path = "quit", .summary = "leave"};
static const struct cmd drop = {.path = "drop", .summary = "leave, and give up what is not saved"};
static const struct cmd explain = {.path = "explain", .summary = "say what a key means, or list them all", .operands = subject};

static void explain_key(const struct profile_key *k, struct str *out)
{
    AUTO(str_release) struct str name = STR_INIT(STR_MAX_LINE);
    profile_key_name(k, &name);
    str_addf(out, "  %-28s %s\n", name.buf, k->help);
}

static int run_explain(void *session, const struct strlist *words, struct err *e)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
    (void)session;
    const char *rest = "";
    const struct profile_key *k = words->n > 1 ? profile_key_split(words->item[1], &rest) : NULL;
    if (words->n > 1 && !k)
        return profile_key_unknown(words->item[1], e);
    for (size_t i = 0; !k && i < profile_n_keys; i++)
        explain_key(&profile_keys[i], &text);
    if (k) {
        explain_key(k, &text);
        str_addf(&text, "  %-28s %s\n", "", profile_type_name(k->type));
    }
    for (size_t i = 0; k && k->choices && k->choices[i]; i++)
        str_addf(&text, "  %-28s %s: %s\n", "", k->choices[i], k->choice_help[i]);
    return out_text(&text, "the keys", e);
}

static const struct prompt_action actions[] = {
    {&set, edit_action_set},   {&add, edit_action_add},   {&remove_cmd, edit_action_remove}, {&explain, run_explain},   {&show, edit_action_show},
    {&diff, edit_action_diff}, {&undo, edit_action_undo}, {&save, edit_action_save},         {&quit, edit_action_quit}, {&drop, edit_action_drop},
};

/* What the list holds as the text is now, saved or not. */
static void add_items(const struct edit_session *s, const struct complete_request *r, struct complete_values *ret)
{
    AUTO(profile_release) struct profile p = {0};
    struct err ignored = ERR_INIT;
    const char *key = complete_operand(r, VAL_KEY);
    const struct profile_key *k = key ? profile_key_find(key) : NULL;
    if (!k || profile_shape(k->type) != PROFILE_SHAPE_LIST || profile_parse(s->text.buf, s->text.len, s->profile, "text", &p, &ignored) < 0)
        return;
    const struct profile_list *list = profile_list_of(&p, k);
    for (size_t i = 0; i < list->n; i++)
        values_add(r, ret, list->item[i].text, NULL);
}

static void provide(const void *session, const struct complete_request *r, struct complete_values *ret)
{
    const struct edit_session *s = session;
    if (r->kind == VAL_KEY_ITEM)
        add_items(s, r, ret);
    else
        values_provide(s->ctx->world, r, ret);
}

void edit_session_prompt(struct edit_session *s, struct prompt *ret)
{
    *ret = (struct prompt){
        .action = actions,
        .n = sizeof actions / sizeof *actions,
        .hint = "TAB completes commands, keys, groups, values and paths.",
        .provider = provide,
        .env = s->ctx->env,
        .session = s,
    };
}

/* A text to begin with: what 'nono profile init NAME --extends default' writes. */
static void begin_new(struct edit_session *s)
{
    AUTO(strlist_release) struct strlist extends = STRLIST_INIT;
    const struct strlist none = STRLIST_INIT;
    strlist_add(&extends, "default");
    const struct skeleton skeleton = {.name = s->profile, .description = "", .extends = &extends, .groups = &none};
    skeleton_write(&skeleton, &s->text);
    s->is_new = true;
    out_note("'%s' is new: nothing is written before 'save'\n", s->profile);
}

static bool can_begin(const struct world *w, const char *profile)
{
    AUTO(profile_release) struct profile found = {0};
    struct err ignored = ERR_INIT;
    return !find_is_path(profile) && profile_name_is_valid(profile) && find_profile(w, profile, &found, &ignored) == ERR_MISSING;
}

int edit_session_open(const struct cmd_context *ctx, const char *profile, struct edit_session *ret, struct err *e)
{
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    AUTO(edit_session_release)
    struct edit_session s = {.ctx = ctx, .profile = profile, .base = STR_INIT(STR_MAX_PROFILE), .text = STR_INIT(STR_MAX_PROFILE)};
    int r = profile_file_open(ctx->world, profile, &file, e);
    if (r == ERR_MISSING && can_begin(ctx->world, profile)) {
        s.path = find_user_path(ctx->world, profile);
        begin_new(&s);
        r = 0;
    } else if (r == 0) {
        s.path = mem_strdup(file.path);
        edit_set_text(&s.base, file.text.buf);
        edit_set_text(&s.text, file.text.buf);
    }
    if (r < 0)
        return r;
    edit_show_warnings(&s, true);
    *ret = s;
    s = (struct edit_session){.base = STR_INIT(0), .text = STR_INIT(0)};
    return 0;
}
