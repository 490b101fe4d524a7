/* nono profile get: what a profile says, in its own file. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/find.h"
#include "policy/profile_file.h"
#include "shell/commands.h"

struct get_args {
    struct cmd_args_head head;
    bool json;
};

/* Lines of a file, as they are but for what a terminal would take for more than text. */
static void print_lines(const struct world *w, const char *text, size_t len)
{
    AUTO(str_release) struct str safe = STR_INIT(STR_MAX_REPORT);
    if (!w->stdout_tty) {
        out_write(text, len);
        return;
    }
    for (const char *end = text + len; text < end;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;
        for (const char *tab; (tab = memchr(text, '\t', (size_t)(stop - text))) != NULL; text = tab + 1) {
            quote_termn(&safe, text, (size_t)(tab - text));
            str_addc(&safe, '\t');
        }
        quote_termn(&safe, text, (size_t)(stop - text) - (stop > text && stop[-1] == '\r'));
        str_addc(&safe, '\n');
        text = stop + (newline != NULL);
    }
    out_write(safe.buf, safe.len);
}

static int print_file(const struct cmd_context *ctx, const char *name, struct err *e)
{
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    AUTO(profile_release) struct profile builtin = {0};
    struct err missing = ERR_INIT;
    int r = profile_file_open(ctx->world, name, &file, e);
    if (r == ERR_MISSING && !find_is_path(name) && find_builtin(name, &builtin, &missing) == 0)
        return err_set(e, ERR_MISSING, "'%s' is built in and has no file: nono policy show %s --json --raw", name, name);
    if (r == 0)
        print_lines(ctx->world, file.text.buf, file.text.len);
    return r;
}

static void put_item(struct json_out *o, const struct profile_key *k, const char *text)
{
    if (k->type == PROFILE_PORTS)
        json_out_int(o, NULL, strtol(text, NULL, 10));
    else
        json_out_string(o, NULL, text);
}

static void put_record(struct json_out *o, const struct profile_key *k, const char *name, const struct profile_record *record)
{
    if (profile_is_flat(k->type)) {
        json_out_string(o, name, record->field[0].value);
        return;
    }
    json_out_open(o, name, '{');
    for (size_t i = 0; i < record->n_fields; i++)
        json_out_string(o, record->field[i].name, record->field[i].value);
    json_out_close(o, '}');
}

static void put_record_lines(struct str *out, const struct profile_key *k, const struct profile_record *record)
{
    for (size_t i = 0; i < record->n_fields; i++) {
        str_add(out, record->key);
        if (!profile_is_flat(k->type))
            str_addf(out, ".%s", record->field[i].name);
        str_addf(out, "=%s\n", record->field[i].value);
    }
}

static bool add_list(const struct profile_list *l, const struct profile_key *k, struct json_out *o, struct str *lines)
{
    if (o)
        json_out_open(o, NULL, '[');
    for (size_t i = 0; i < l->n; i++) {
        if (o)
            put_item(o, k, l->item[i].text);
        else
            str_addf(lines, "%s\n", l->item[i].text);
    }
    if (o)
        json_out_close(o, ']');
    return l->n > 0;
}

static bool add_value(const struct profile_value *v, const struct profile_key *k, struct json_out *o, struct str *lines)
{
    const char *text = v->state == PROFILE_CLEARED ? "null" : k->type == PROFILE_BOOL ? (v->number ? "true" : "false") : v->text;
    if (v->state == PROFILE_UNSET)
        return false;
    if (!o)
        str_addf(lines, "%s\n", text);
    else if (k->type == PROFILE_BOOL && v->state == PROFILE_SET)
        json_out_bool(o, NULL, v->number);
    else
        json_out_string(o, NULL, v->state == PROFILE_CLEARED ? NULL : v->text);
    return true;
}

/* All records, or the one that `rest` names, or a field of it ("APP.FIELD"). */
static bool add_map(const struct profile_map *m, const struct profile_key *k, const char *rest, struct json_out *o, struct str *lines)
{
    bool found = false;
    if (o && !*rest)
        json_out_open(o, NULL, '{');
    for (size_t i = 0; i < m->n; i++) {
        const struct profile_record *record = &m->record[i];
        size_t len = strlen(record->key);
        bool is_whole = !*rest || strcmp(rest, record->key) == 0;
        found = found || is_whole;
        if (is_whole && o)
            put_record(o, k, *rest ? NULL : record->key, record);
        else if (is_whole)
            put_record_lines(lines, k, record);
        for (size_t f = 0; !is_whole && !profile_is_flat(k->type) && f < record->n_fields; f++) {
            if (strncmp(rest, record->key, len) != 0 || rest[len] != '.' || strcmp(rest + len + 1, record->field[f].name) != 0)
                continue;
            found = true;
            if (o)
                json_out_string(o, NULL, record->field[f].value);
            else
                str_addf(lines, "%s\n", record->field[f].value);
        }
    }
    if (o && !*rest)
        json_out_close(o, '}');
    return found;
}

static int print_key(const struct cmd_context *ctx, const struct get_args *args, struct err *e)
{
    const char *name = args->head.operands.item[0];
    const char *dotted = args->head.operands.item[1];
    const char *rest = "";
    const struct profile_key *k = profile_key_split(dotted, &rest);
    if (!k)
        return profile_key_unknown(dotted, e);
    AUTO(profile_release) struct profile p = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    struct json_out json = JSON_OUT_INIT(&text);
    struct json_out *o = args->json ? &json : NULL;
    int r = find_profile(ctx->world, name, &p, e);
    if (r < 0)
        return r;
    enum profile_shape shape = profile_shape(k->type);
    bool found = shape == PROFILE_SHAPE_LIST  ? add_list(profile_list_of(&p, k), k, o, &text)
                 : shape == PROFILE_SHAPE_MAP ? add_map(profile_map_of(&p, k), k, rest, o, &text)
                                              : add_value(profile_value_of(&p, k), k, o, &text);
    if (!found) {
        AUTO(mem_free_ptr) char *shown = quote_term_dup(dotted);
        AUTO(mem_free_ptr) char *whose = quote_term_dup(name);
        return err_set(e, ERR_MISSING, "%s itself says nothing about %s", whose, shown);
    }
    if (o && text.len > 0 && text.buf[text.len - 1] != '\n')
        str_addc(&text, '\n');
    r = str_check(&text, "the answer", e);
    if (r == 0)
        print_lines(ctx->world, text.buf, text.len);
    return r;
}

static int run(const struct cmd_context *ctx, const void *arguments, struct err *e)
{
    const struct get_args *args = arguments;
    const struct strlist *words = &args->head.operands;
    if (words->n == 1 && args->json)
        return err_set(e, ERR_USAGE, "--json needs a KEY; 'nono policy show %s --json' prints a whole profile", words->item[0]);
    return words->n > 1 ? print_key(ctx, args, e) : print_file(ctx, words->item[0], e);
}

static const struct cmd_opt opts[] = {
    FLAG(struct get_args, json, 0, "json", "Print JSON"),
};

static const struct cmd_operand operands[] = {
    {.name = "NAME", .value = VAL_PROFILE, .required = true, .help = "The name of a profile, or a file"},
    {.name = "KEY", .value = VAL_KEY, .help = "What to print: filesystem.read, security.groups..."},
    {.name = NULL},
};

static const char *const examples[] = {
    "nono profile get x", "the file itself", "nono profile get x filesystem.read", "a path to a line", "nono profile get codex security.groups --json",
    "for a script", NULL,
};

const struct cmd cmd_profile_get = {
    .path = "profile get",
    .section = "POLICY & PROFILES",
    .summary = "Print a profile, or what it says for one key",
    .about = "What the profile says itself, without its bases and as it is written; 'nono policy show' has the whole. The status is 1 when it says "
             "nothing about the key.",
    .operands = operands,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .examples = examples,
    .args_size = sizeof(struct get_args),
    .run = run,
};
