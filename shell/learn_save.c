/* learn_save: what is proposed, as a profile. */
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "policy/compare.h"
#include "policy/draft.h"
#include "policy/profile_edit.h"
#include "policy/profile_file.h"
#include "shell/compare_view.h"
#include "shell/consent.h"
#include "shell/learn_result.h"
#include "shell/line.h"
#include "shell/policy_view.h"

enum kind { GROUPS, COMMANDS, PATHS, OPEN_PORTS, LISTEN_PORTS, SOCKETS };
static const struct list {
    const char *section, *key;
    enum kind kind;
    unsigned access; /* of PATHS */
    bool files;
} lists[] = {
    {"security", "groups", GROUPS, 0, false},
    {"security", "allowed_commands", COMMANDS, 0, false},
    {"filesystem", "allow", PATHS, CAPS_READWRITE, false},
    {"filesystem", "read", PATHS, CAPS_READ, false},
    {"filesystem", "write", PATHS, CAPS_WRITE, false},
    {"filesystem", "allow_file", PATHS, CAPS_READWRITE, true},
    {"filesystem", "read_file", PATHS, CAPS_READ, true},
    {"filesystem", "write_file", PATHS, CAPS_WRITE, true},
    {"network", "open_port", OPEN_PORTS, 0, false},
    {"network", "listen_port", LISTEN_PORTS, 0, false},
    {"network", "allow_unix", SOCKETS, 0, false},
};
enum { N_LISTS = sizeof lists / sizeof *lists };

/* What is to stand in a list, each with a remark for whoever reads the profile later. */
struct items {
    struct strlist value, remark;
};
#define ITEMS_INIT {STRLIST_INIT, STRLIST_INIT}

static void items_release(struct items *i)
{
    strlist_release(&i->value);
    strlist_release(&i->remark);
}

/* One use of it. */
static void remark(const struct learn_result *r, size_t proposal, struct str *out)
{
    for (size_t i = 0; i < r->learn.n_needs; i++) {
        const struct learn_need *n = &r->learn.need[i];
        if (n->proposal != (ptrdiff_t)proposal)
            continue;
        AUTO(mem_free_ptr) char *shown = quote_term_dup(n->use.path);
        AUTO(mem_free_ptr) char *program = quote_term_dup(n->use.program);
        size_t more = r->learn.proposal[proposal].n_needs - 1;
        str_addf(out, "%s %s%s%s", policy_view_access(n->use.access), shown, *program ? " by " : "", program);
        if (more)
            str_addf(out, ", and %zu more", more);
        return;
    }
}

static bool belongs(const struct learn_proposal *p, const struct list *l)
{
    if (l->kind == GROUPS)
        return p->group != NULL;
    return l->kind == PATHS && p->path && p->access == l->access && p->is_file == l->files;
}

static void gather_ports(const struct strlist *ports, const struct learn_endpoints *e, struct items *ret)
{
    for (size_t i = 0; i < ports->n; i++) {
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
        learn_network_remark(e, ports->item[i], &text);
        strlist_add(&ret->value, ports->item[i]);
        strlist_add(&ret->remark, text.buf);
    }
}

static void gather_network(const struct learn_result *r, enum kind kind, struct items *ret)
{
    if (kind == OPEN_PORTS)
        gather_ports(&r->network.open_ports, &r->outbound, ret);
    if (kind == LISTEN_PORTS)
        gather_ports(&r->network.listen_ports, &r->listening, ret);
    for (size_t i = 0; kind == SOCKETS && i < r->network.sockets.n; i++) {
        AUTO(mem_free_ptr) char *text = learn_text(r->context->world, r->network.sockets.item[i]);
        strlist_add(&ret->value, text);
        strlist_add(&ret->remark, "it was connected to");
    }
}

static void gather(const struct learn_result *r, const struct list *l, struct items *ret)
{
    gather_network(r, l->kind, ret);
    for (size_t i = 0; i < r->learn.n_proposals; i++) {
        const struct learn_proposal *p = &r->learn.proposal[i];
        AUTO(str_release) struct str text = STR_INIT(STR_MAX_SCRIPT);
        if (!belongs(p, l))
            continue;
        remark(r, i, &text);
        strlist_add(&ret->value, p->group ? p->group : p->text);
        strlist_add(&ret->remark, text.buf);
    }
    for (size_t i = 0; l->kind == COMMANDS && i < r->n_blocked; i++) {
        if (!r->blocked[i].is_own)
            continue;
        strlist_add(&ret->value, r->blocked[i].name);
        strlist_add(&ret->remark, "the command itself");
    }
}

static void add_list(const struct list *l, const struct items *items, bool first, struct str *out)
{
    str_addf(out, "%s\n    \"%s\": [\n", first ? "" : ",", l->key);
    for (size_t i = 0; i < items->value.n; i++) {
        str_add(out, "      ");
        if (l->kind == OPEN_PORTS || l->kind == LISTEN_PORTS)
            str_add(out, items->value.item[i]);
        else
            quote_json(out, items->value.item[i]);
        str_addf(out, "%s // %s\n", i + 1 < items->value.n ? "," : "", items->remark.item[i]);
    }
    str_add(out, "    ]");
}

/* False when there is nothing to say. */
static bool add_block(const struct learn_result *r, struct str *out)
{
    const struct learn_endpoints *used = r->outbound.n ? &r->outbound : &r->listening;
    if (!r->network.unused && (!r->network.is_open || used->n == 0))
        return false;
    str_add(out, ",\n  \"network\": {\n    // ");
    if (r->network.unused)
        str_add(out, "what it was learned from used nothing of it");
    else
        learn_network_remark(used, NULL, out);
    str_addf(out, "\n    \"block\": %s", r->network.unused ? "true" : "false");
    return true;
}

static void add_section(const struct learn_result *r, const char *section, struct str *out)
{
    bool first = strcmp(section, "network") != 0 || !add_block(r, out);
    for (size_t i = 0; i < N_LISTS; i++) {
        AUTO(items_release) struct items items = ITEMS_INIT;
        if (strcmp(lists[i].section, section) != 0)
            continue;
        gather(r, &lists[i], &items);
        if (items.value.n == 0)
            continue;
        if (first)
            str_addf(out, ",\n  \"%s\": {", section);
        add_list(&lists[i], &items, first, out);
        first = false;
    }
    if (!first)
        str_add(out, "\n  }");
}

void learn_save_text(const struct learn_result *r, const char *name, const char *command, struct str *out)
{
    AUTO(str_release) struct str description = STR_INIT(STR_MAX_LINE);
    str_addf(&description, "Learned from: %s", command);
    str_add(out, "{\n  \"extends\": ");
    quote_json(out, r->profile);
    str_add(out, ",\n  \"meta\": {\n    \"name\": ");
    quote_json(out, name);
    str_add(out, ",\n    \"version\": \"1.0.0\",\n    \"description\": ");
    quote_json(out, description.buf);
    str_add(out, "\n  }");
    add_section(r, "security", out);
    add_section(r, "filesystem", out);
    add_section(r, "network", out);
    if (r->learn.workdir_access)
        str_addf(out, ",\n  \"workdir\": {\n    \"access\": \"%s\"\n  }", policy_view_access(r->learn.workdir_access));
    str_add(out, "\n}\n");
}

static int check(const struct world *w, const char *name, const struct str *text, struct err *e)
{
    int r = str_check(text, "the profile", e);
    if (r == 0)
        r = draft_check(w, &(struct extend_draft){.name = name, .text = text->buf, .len = text->len}, NULL, e);
    return r < 0 ? err_add(e, "not written") : 0;
}

static int make_new(const struct world *w, const char *name, struct profile_file *ret, struct err *e)
{
    int rc = profile_file_make(w, name, ret, e);
    if (rc < 0 || !ret->exists)
        return rc;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(ret->path);
    return err_set(e, ERR_EXISTS, "'%s' exists: 'nono learn --update %s' adds to it", shown, ret->name);
}

int learn_save_ready(const struct world *w, const char *save, const char *update, struct err *e)
{
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    if (save)
        return make_new(w, save, &file, e);
    return update ? profile_file_open(w, update, &file, e) : 0;
}

int learn_save_new(const struct learn_result *r, const char *name, const char *command, struct err *e)
{
    const struct world *w = r->context->world;
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    int rc = make_new(w, name, &file, e);
    if (rc < 0)
        return rc;
    AUTO(mem_free_ptr) char *shown = quote_term_dup(file.path);
    learn_save_text(r, file.name, command, &text);
    rc = check(w, file.name, &text, e);
    if (rc == 0)
        rc = profile_file_write(&file, text.buf, text.len, e);
    if (rc == 0)
        out_note("nono: wrote %s; use it with: nono run -p %s\n", shown, file.name);
    return rc;
}

static int edit(const struct learn_result *r, enum profile_edit_verb verb, const char *key, const struct strlist *values, struct str *text, struct err *e)
{
    AUTO(str_release) struct str edited = STR_INIT(STR_MAX_PROFILE);
    if (values->n == 0)
        return 0;
    const struct profile_edit change = {.world = r->context->world, .verb = verb, .key = key, .values = values};
    int rc = profile_edit_apply(&change, text->buf, text->len, &edited, e);
    if (rc < 0)
        return rc;
    str_clear(text);
    str_addn(text, edited.buf, edited.len);
    return str_check(text, "the profile", e);
}

static int add_all(const struct learn_result *r, struct str *text, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < N_LISTS; i++) {
        AUTO(items_release) struct items items = ITEMS_INIT;
        AUTO(str_release) struct str key = STR_INIT(STR_MAX_LINE);
        gather(r, &lists[i], &items);
        str_addf(&key, "%s.%s", lists[i].section, lists[i].key);
        rc = edit(r, PROFILE_EDIT_ADD, key.buf, &items.value, text, e);
    }
    if (rc == 0 && r->network.needs_all) {
        AUTO(strlist_release) struct strlist value = STRLIST_INIT;
        strlist_add(&value, "false");
        rc = edit(r, PROFILE_EDIT_SET, "network.block", &value, text, e);
    }
    if (rc == 0 && r->learn.workdir_access) {
        AUTO(strlist_release) struct strlist value = STRLIST_INIT;
        strlist_add(&value, policy_view_access(r->learn.workdir_access));
        rc = edit(r, PROFILE_EDIT_SET, "workdir.access", &value, text, e);
    }
    return rc;
}

static int show_change(const struct learn_result *r, struct outcome *before, const char *name, struct err *e)
{
    AUTO(outcome_release) struct outcome after = {0};
    AUTO(mem_free_ptr) char *workdir = NULL;
    AUTO(compare_release) struct compare c = {0};
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_REPORT);
    int rc = policy_view_outcome(r->context, name, r->workdir, &after, &workdir, e);
    if (rc < 0)
        return rc;
    compare_outcomes(before, &after, &c);
    compare_view_rows(&c, &text);
    rc = str_check(&text, "the difference", e);
    if (rc == 0)
        out_note("%s", text.buf);
    return rc;
}

int learn_save_update(const struct learn_result *r, const char *name, struct err *e)
{
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    AUTO(outcome_release) struct outcome before = {0};
    AUTO(mem_free_ptr) char *workdir = NULL;
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_PROFILE);
    int rc = profile_file_open(r->context->world, name, &file, e);
    if (rc == 0)
        rc = policy_view_outcome(r->context, name, r->workdir, &before, &workdir, e);
    if (rc < 0)
        return rc;
    str_addn(&text, file.text.buf, file.text.len);
    rc = add_all(r, &text, e);
    if (rc == 0)
        rc = check(r->context->world, file.name, &text, e);
    if (rc == 0)
        rc = profile_file_write(&file, text.buf, text.len, e);
    return rc < 0 ? rc : show_change(r, &before, name, e);
}

static bool has_own_blocked(const struct learn_result *r)
{
    for (size_t i = 0; i < r->n_blocked; i++)
        if (r->blocked[i].is_own)
            return true;
    return false;
}

static bool can_ask(const struct learn_result *r)
{
    const struct world *w = r->context->world;
    bool has_some = r->learn.n_proposals > 0 || r->learn.workdir_access != 0 || has_own_blocked(r) ||
                    r->network.open_ports.n + r->network.listen_ports.n + r->network.sockets.n > 0;
    return has_some && w->stdin_tty && w->stderr_tty && !out_is_silent();
}

/* A name that is not taken is a new profile; one of the user's own gets what is missing. */
static int save_as(const struct learn_result *r, const char *name, const char *command, struct err *e)
{
    AUTO(profile_file_release) struct profile_file file = PROFILE_FILE_INIT;
    int rc = profile_file_make(r->context->world, name, &file, e);
    bool exists = rc == 0 && file.exists;
    profile_file_release(&file);
    file = (struct profile_file)PROFILE_FILE_INIT;
    if (rc < 0)
        return rc;
    return exists ? learn_save_update(r, name, e) : learn_save_new(r, name, command, e);
}

int learn_save_ask(const struct learn_result *r, const char *command, struct err *e)
{
    AUTO(mem_free_ptr) char *name = NULL;
    const struct line_settings settings = {.world = r->context->world};
    struct line line = {.settings = &settings};
    if (!can_ask(r))
        return 0;
    out_note("Save this as a profile? [y/N] ");
    if (!consent_is_given())
        return 0;
    int rc = line_read(&line, "Name of the profile: ", &name, e);
    if (rc < 0)
        return rc;
    return rc > 0 && *name ? save_as(r, name, command, e) : err_set(e, ERR_USAGE, "no name was given: nothing is written");
}
