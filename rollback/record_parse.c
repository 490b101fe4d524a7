/* record_parse: what comes back from disk is believed only field by field. */
#include "rollback/record.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/mem.h"
#include "core/path.h"

enum { RECORD_MAX_KIND = 16 };

struct reader {
    const struct json_doc *doc;
    const struct json_value *root;
    struct err *e;
    int rc; /* the first failure sticks, so that a run of gets is checked once */
};

static const struct json_value *want(struct reader *r, const char *key)
{
    const struct json_value *v = json_member(r->root, key);
    if (!v && r->rc == 0)
        r->rc = json_error(r->doc, r->root, r->e, "\"%s\" is missing", key);
    return r->rc == 0 ? v : NULL;
}

static const char *get_text(struct reader *r, const char *key, bool nullable)
{
    const struct json_value *v = want(r, key);
    const char *text = NULL;
    if (!v || (nullable && json_type(v) == JSON_NULL))
        return NULL;
    r->rc = json_get_string(r->doc, v, &text, r->e);
    return r->rc == 0 ? text : NULL;
}

static void fail(struct reader *r, const char *key, const char *what)
{
    const struct json_value *v = want(r, key);
    if (v)
        r->rc = json_error(r->doc, v, r->e, "%s", what);
}

static void get_list(struct reader *r, const char *key, size_t max, struct strlist *ret)
{
    const struct json_value *v = want(r, key);
    if (!v)
        return;
    r->rc = json_get_strings(r->doc, v, ret, r->e);
    if (r->rc == 0 && ret->n > max)
        fail(r, key, "is too long");
}

static uint64_t get_wide(struct reader *r, const char *key, uint64_t max)
{
    const char *text = get_text(r, key, false);
    uint64_t value = 0;
    size_t len = text ? strlen(text) : 0;
    bool ok = len > 0 && len <= 20 && (len == 1 || text[0] != '0');
    for (size_t i = 0; ok && i < len; i++) {
        ok = text[i] >= '0' && text[i] <= '9' && !__builtin_mul_overflow(value, 10U, &value) &&
             !__builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value);
    }
    if (!ok || value > max)
        fail(r, key, "must be a decimal number");
    return value;
}

static bool get_bool(struct reader *r, const char *key)
{
    const struct json_value *v = want(r, key);
    bool value = false;
    if (v)
        r->rc = json_get_bool(r->doc, v, &value, r->e);
    return value;
}

static int64_t get_int(struct reader *r, const char *key, int64_t max)
{
    const struct json_value *v = want(r, key);
    int64_t value = 0;
    if (v)
        r->rc = json_get_int(r->doc, v, 0, max, &value, r->e);
    return value;
}

/* False when it is null. */
static bool get_oid(struct reader *r, const char *key, bool nullable, struct oid *ret)
{
    const char *text = get_text(r, key, nullable);
    if (text && !oid_from_hex(text, ret))
        fail(r, key, "is not an object id");
    return text != NULL;
}

static char *get_word(struct reader *r, const char *key)
{
    const char *text = get_text(r, key, false);
    size_t len = text ? strspn(text, "abcdefghijklmnopqrstuvwxyz-") : 0;
    if (!text || len == 0 || len > RECORD_MAX_KIND || text[len] != '\0') {
        fail(r, key, "must be one word");
        return NULL;
    }
    return mem_strdup(text);
}

static void get_id_list(struct reader *r, const char *key, size_t max, struct strlist *ret)
{
    get_list(r, key, max, ret);
    for (size_t i = 0; i < ret->n; i++) {
        if (!session_id_is_valid(ret->item[i]))
            fail(r, key, "holds what is not a session id");
    }
}

static void get_ids(struct reader *r, struct session_record *ret)
{
    const char *id = get_text(r, "id", false);
    const char *undoes = get_text(r, "undoes", true);
    if (id && session_id_is_valid(id))
        (void)snprintf(ret->id, sizeof(ret->id), "%s", id);
    else
        fail(r, "id", "is not a session id");
    if (undoes && !session_id_is_valid(undoes))
        fail(r, "undoes", "is not a session id");
    else
        ret->undoes = mem_strdup(undoes);
    get_id_list(r, "overlaps", SESSION_MAX_NOTES, &ret->overlaps);
    if (!json_member(r->root, "undoes_more")) /* most restores take back one */
        return;
    get_id_list(r, "undoes_more", SESSION_MAX_UNDOES, &ret->undoes_more);
    if (ret->undoes_more.n == 0 || !ret->undoes)
        fail(r, "undoes_more", "stands beside \"undoes\", and is not empty");
}

/* Opens a member that is an object of these keys. False when there is none, or it is not one: then outer->rc says so. */
static bool open_object(struct reader *outer, const char *key, const char *const *keys, size_t n, struct reader *ret)
{
    const struct json_value *v = json_member(outer->root, key);
    if (!v || outer->rc < 0)
        return false;
    ret->root = v;
    if (json_type(v) != JSON_OBJECT)
        outer->rc = json_error(outer->doc, v, outer->e, "must be an object");
    else
        outer->rc = json_only(outer->doc, v, keys, n, outer->e);
    return outer->rc == 0;
}

/* Records of earlier versions have none. */
static void get_launch(struct reader *outer, struct session_launch *ret)
{
    static const char *const keys[] = {"program", "wrapped", "options", "terminal", "failure"};
    struct reader r = {.doc = outer->doc, .e = outer->e};
    if (!open_object(outer, "launch", keys, sizeof(keys) / sizeof(keys[0]), &r))
        return;
    ret->known = true;
    ret->program = mem_strdup(get_text(&r, "program", true));
    ret->wrapped = mem_strdup(get_text(&r, "wrapped", true));
    get_list(&r, "options", SESSION_MAX_COMMAND, &ret->options);
    ret->terminal = (int64_t)get_wide(&r, "terminal", INT64_MAX);
    ret->failure = mem_strdup(get_text(&r, "failure", true));
    if (ret->program && !path_is_clean(ret->program))
        fail(&r, "program", "is not an absolute path");
    outer->rc = r.rc;
}

/* Only the capture by journal has one. */
static void get_journal(struct reader *outer, struct session_journal *ret)
{
    static const char *const keys[] = {"kept"};
    struct reader r = {.doc = outer->doc, .e = outer->e};
    if (!open_object(outer, "journal", keys, sizeof(keys) / sizeof(keys[0]), &r))
        return;
    ret->known = true;
    ret->kept = get_bool(&r, "kept");
    outer->rc = r.rc;
}

static unsigned get_name(struct reader *r, const char *key, const char *const *names, unsigned n)
{
    const char *text = get_text(r, key, false);
    for (unsigned i = 0; text && i < n; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    fail(r, key, "is no name this nono knows");
    return 0;
}

static void get_denial(struct reader *outer, const struct json_value *v, struct session_denial *ret)
{
    static const char *const keys[] = {"operation", "target", "by", "program", "count"};
    struct reader r = {.doc = outer->doc, .root = v, .e = outer->e};
    if (json_type(v) != JSON_OBJECT)
        r.rc = json_error(r.doc, v, r.e, "must be an object");
    else
        r.rc = json_only(r.doc, v, keys, sizeof(keys) / sizeof(keys[0]), r.e);
    if (r.rc == 0) {
        ret->operation = (enum denials_operation)get_name(&r, "operation", denials_operation_names, DENIALS_OPERATIONS);
        ret->by = (enum denials_by)get_name(&r, "by", denials_by_names, DENIALS_BYS);
        ret->target = mem_strdup(get_text(&r, "target", false));
        ret->program = mem_strdup(get_text(&r, "program", false));
        ret->count = (unsigned)get_int(&r, "count", UINT32_MAX);
    }
    outer->rc = r.rc;
}

/* There only where there is something to say. */
static void get_denied(struct reader *outer, struct session_denials *ret)
{
    static const char *const keys[] = {"watched", "more", "list"};
    struct reader r = {.doc = outer->doc, .e = outer->e};
    if (!open_object(outer, "denied", keys, sizeof(keys) / sizeof(keys[0]), &r))
        return;
    ret->watched = get_bool(&r, "watched");
    ret->more = (size_t)get_int(&r, "more", INT32_MAX);
    const struct json_value *list = want(&r, "list");
    if (list && (json_type(list) != JSON_ARRAY || json_count(list) > DENIALS_MAX))
        fail(&r, "list", "must be a list, and not so long");
    else if (list)
        ret->item = mem_array(json_count(list) + 1, sizeof *ret->item);
    for (const struct json_value *v = r.rc == 0 && list ? json_first(list) : NULL; v && r.rc == 0; v = json_next(v))
        get_denial(&r, v, &ret->item[ret->n++]);
    outer->rc = r.rc;
}

static void get_autorun_item(struct reader *outer, const struct json_value *v, struct autorun *ret)
{
    static const char *const keys[] = {"kind", "path"};
    struct reader r = {.doc = outer->doc, .root = v, .e = outer->e};
    if (json_type(v) != JSON_OBJECT)
        r.rc = json_error(r.doc, v, r.e, "must be an object");
    else
        r.rc = json_only(r.doc, v, keys, sizeof(keys) / sizeof(keys[0]), r.e);
    unsigned kind = r.rc == 0 ? get_name(&r, "kind", autorun_names, AUTORUN_KINDS) : 0;
    const char *path = r.rc == 0 ? get_text(&r, "path", false) : NULL;
    if (path && (!*path || *path == '/'))
        fail(&r, "path", "must be a relative path");
    if (r.rc == 0)
        autorun_add(ret, (enum autorun_kind)kind, path);
    outer->rc = r.rc;
}

static void get_autorun(struct reader *outer, struct session_record *ret)
{
    static const char *const keys[] = {"more", "list"};
    struct reader r = {.doc = outer->doc, .e = outer->e};
    if (!open_object(outer, "autorun", keys, sizeof(keys) / sizeof(keys[0]), &r))
        return;
    ret->autorun_more = (size_t)get_int(&r, "more", CHANGE_MAX);
    const struct json_value *list = want(&r, "list");
    if (list && (json_type(list) != JSON_ARRAY || json_count(list) == 0 || json_count(list) > SESSION_MAX_NOTES))
        fail(&r, "list", "must be a list, and not so long");
    for (const struct json_value *v = r.rc == 0 && list ? json_first(list) : NULL; v && r.rc == 0; v = json_next(v))
        get_autorun_item(&r, v, &ret->autorun);
    outer->rc = r.rc;
}

/* What is not sealed yet has neither state; what has no journal has both, or is open. */
static void check_states(struct reader *r, const struct session_record *s)
{
    if (!s->has_before && (!s->journal.known || s->has_after))
        fail(r, "before", "must be an object id");
}

static void get_roots(struct reader *r, struct session_record *ret)
{
    if (!json_member(r->root, "roots")) /* most sessions stay in their tree */
        return;
    get_list(r, "roots", SESSION_MAX_ROOTS, &ret->roots);
    bool is_wrong = ret->roots.n == 0;
    for (size_t i = 0; i < ret->roots.n; i++)
        is_wrong |= !path_is_clean(ret->roots.item[i]);
    if (is_wrong)
        fail(r, "roots", "must be absolute paths, at least one");
}

static void get_all(struct reader *r, struct session_record *ret)
{
    const int64_t count_max = CHANGE_MAX;
    if (get_int(r, "version", INT32_MAX) != RECORD_VERSION)
        fail(r, "version", "is not a version this nono knows");
    get_ids(r, ret);
    ret->kind = get_word(r, "kind");
    get_list(r, "command", SESSION_MAX_COMMAND, &ret->command);
    ret->workdir = mem_strdup(get_text(r, "workdir", false));
    if (ret->workdir && !path_is_clean(ret->workdir))
        fail(r, "workdir", "is not an absolute path");
    ret->root_inode = get_wide(r, "root_inode", UINT64_MAX);
    get_roots(r, ret);
    ret->profile = mem_strdup(get_text(r, "profile", true));
    ret->capture = get_word(r, "capture");
    ret->undone = get_bool(r, "undone");
    ret->started_ns = (int64_t)get_wide(r, "started_ns", INT64_MAX);
    ret->ended_ns = (int64_t)get_wide(r, "ended_ns", INT64_MAX);
    ret->has_exit = get_bool(r, "has_exit");
    ret->signaled = get_bool(r, "signaled");
    ret->code = (int)get_int(r, "code", 255);
    ret->sealed_late = get_bool(r, "sealed_late");
    ret->has_before = get_oid(r, "before", true, &ret->before);
    ret->has_after = get_oid(r, "after", true, &ret->after);
    ret->created = (size_t)get_int(r, "created", count_max);
    ret->modified = (size_t)get_int(r, "modified", count_max);
    ret->deleted = (size_t)get_int(r, "deleted", count_max);
    get_list(r, "notes", SESSION_MAX_NOTES, &ret->notes);
    get_list(r, "exclude", SESSION_MAX_COMMAND, &ret->exclude);
    get_launch(r, &ret->launch);
    get_journal(r, &ret->journal);
    get_denied(r, &ret->denied);
    get_autorun(r, ret);
    check_states(r, ret);
}

static const char *const record_keys[] = {
    "version",    "id",       "kind",     "command",  "workdir", "root_inode",  "profile", "capture",     "undoes",  "undone",
    "started_ns", "ended_ns", "has_exit", "signaled", "code",    "sealed_late", "before",  "after",       "created", "modified",
    "deleted",    "overlaps", "notes",    "exclude",  "launch",  "journal",     "denied",  "undoes_more", "autorun",     "roots",
};

int record_parse(const char *text, size_t len, const char *name, struct session_record *ret, struct err *e)
{
    AUTO(json_doc_free_ptr) struct json_doc *doc = NULL;
    struct session_record record = {0};
    int rc = json_doc_parse(text, len, name, 0, &doc, e);
    if (rc == 0 && json_type(json_doc_root(doc)) != JSON_OBJECT)
        rc = json_error(doc, json_doc_root(doc), e, "must be an object");
    if (rc == 0)
        rc = json_only(doc, json_doc_root(doc), record_keys, sizeof(record_keys) / sizeof(record_keys[0]), e);
    if (rc == 0) {
        struct reader r = {.doc = doc, .root = json_doc_root(doc), .e = e};
        get_all(&r, &record);
        rc = r.rc;
    }
    if (rc < 0) {
        session_record_release(&record);
        e->class = ERR_CORRUPT;
        return ERR_CORRUPT;
    }
    *ret = record;
    return 0;
}
