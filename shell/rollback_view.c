/* rollback_view: how sessions and changes are shown. */
#include "shell/rollback_view.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/column.h"
#include "core/mem.h"
#include "core/out.h"
#include "core/path.h"
#include "core/quote.h"
#include "rollback/capture_review.h"

#define SECOND_NS INT64_C(1000000000)

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, WEEK = 7 * DAY }; /* seconds */

enum stamp { STAMP_DATE, STAMP_TIME, STAMP_ISO };

static void add_stamp(struct str *out, int64_t ns, enum stamp stamp)
{
    time_t t = (time_t)(ns / SECOND_NS);
    struct tm tm = {0};
    char text[40];
    size_t len = 0;
    if (stamp == STAMP_ISO)
        (void)gmtime_r(&t, &tm);
    else
        (void)localtime_r(&t, &tm);
    if (stamp == STAMP_DATE)
        len = strftime(text, sizeof(text), "%Y-%m-%d", &tm);
    else if (stamp == STAMP_TIME)
        len = strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    else
        len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    str_addn(out, text, len);
}

void rollback_view_age(struct str *out, int64_t now_ns, int64_t then_ns)
{
    int64_t s = (now_ns - then_ns) / SECOND_NS;
    if (s < 0 || s >= WEEK)
        add_stamp(out, then_ns, STAMP_DATE);
    else if (s < MINUTE)
        str_add(out, "just now");
    else if (s < HOUR)
        str_addf(out, "%" PRId64 "m ago", s / MINUTE);
    else if (s < DAY)
        str_addf(out, "%" PRId64 "h ago", s / HOUR);
    else
        str_addf(out, "%" PRId64 "d ago", s / DAY);
}

void rollback_view_time(struct str *out, int64_t ns)
{
    add_stamp(out, ns, STAMP_TIME);
}

void rollback_view_command(struct str *out, const struct strlist *command, size_t width)
{
    AUTO(str_release) struct str line = STR_INIT(STR_MAX_RECORD);
    AUTO(str_release) struct str safe = STR_INIT(STR_MAX_RECORD);
    for (size_t i = 0; i < command->n; i++) {
        if (i > 0)
            str_addc(&line, ' ');
        quote_sh(&line, command->item[i]);
    }
    quote_term(&safe, line.buf);
    column_cut(out, safe.buf, safe.len, width ? width : SIZE_MAX);
}

static void add_count(struct str *out, size_t n, size_t start, enum out_style style, char sign, const char *what)
{
    if (n == 0)
        return;
    str_addf(out, "%s%s%c%zu%s%s", out->len > start ? ", " : "", out_on(style, true), sign, n, what, out_off(true));
}

void rollback_view_counts(struct str *out, size_t created, size_t modified, size_t deleted)
{
    size_t start = out->len;
    if (created + modified + deleted == 0)
        str_add(out, "no changes");
    add_count(out, created, start, OUT_GOOD, '+', created == 1 ? " file" : " files");
    add_count(out, modified, start, OUT_WARN, '~', " modified");
    add_count(out, deleted, start, OUT_BAD, '-', " deleted");
}

void rollback_view_home(struct str *out, const struct world *w, const char *path)
{
    const char *rest = strcmp(w->home, "/") == 0 ? NULL : path_below(path, w->home);
    if (rest)
        str_add(out, *rest ? "~/" : "~");
    quote_term(out, rest ? rest : path);
}

void rollback_view_exit(struct str *out, const struct session_record *r)
{
    if (!r->has_exit)
        str_add(out, "not known: nono was killed");
    else if (r->signaled)
        str_addf(out, "killed by signal %d", r->code);
    else
        str_addf(out, "exit status %d", r->code);
}

static char sign_of(const struct change *c)
{
    switch (c->kind) {
    case CHANGE_CREATED:
        return '+';
    case CHANGE_DELETED:
        return '-';
    case CHANGE_MODIFIED:
        return '~';
    case CHANGE_METADATA:
        return 'p';
    }
    return '?';
}

static const char *type_name(uint8_t type)
{
    static const char *const names[] = {"", "file", "directory", "symbolic link", "named pipe", "socket", "character device", "block device"};
    return type < sizeof(names) / sizeof(names[0]) ? names[type] : "";
}

/* What differs beside content and size; of two halves of a rename, too. */
static void add_metadata(struct str *out, const struct snapshot_node *b, const struct snapshot_node *a, bool with_time)
{
    size_t start = out->len;
    if (b->mode != a->mode)
        str_addf(out, ", mode %04o to %04o", b->mode, a->mode);
    if (b->uid != a->uid || b->gid != a->gid)
        str_addf(out, ", owner %u:%u to %u:%u", b->uid, b->gid, a->uid, a->gid);
    if (!oid_equal(&b->xattrs, &a->xattrs))
        str_add(out, ", attributes");
    if (b->link_group != a->link_group)
        str_add(out, ", hard links");
    if (!with_time || out->len > start)
        return;
    str_add(out, ", time");
    if (b->mtime_ns / SECOND_NS == a->mtime_ns / SECOND_NS)
        return;
    str_addc(out, ' ');
    add_stamp(out, b->mtime_ns, STAMP_TIME);
    str_add(out, " to ");
    add_stamp(out, a->mtime_ns, STAMP_TIME);
}

static void add_detail(struct str *out, const struct change *c)
{
    const struct snapshot_node *b = &c->before;
    const struct snapshot_node *a = &c->after;
    const struct snapshot_node *one = b->type ? b : a;
    if (b->type && a->type && b->type != a->type)
        str_addf(out, "%s to %s", type_name(b->type), type_name(a->type));
    else if (c->kind == CHANGE_METADATA || one->type != SNAPSHOT_FILE)
        str_add(out, type_name(one->type));
    else if (c->kind == CHANGE_MODIFIED)
        str_addf(out, "%+" PRId64 " bytes", (int64_t)(a->size - b->size));
    else
        str_addf(out, "%" PRIu64 " bytes", one->size);
    if (b->type && a->type)
        add_metadata(out, b, a, c->kind == CHANGE_METADATA);
    if (b->flags & SNAPSHOT_UNREADABLE)
        str_add(out, ", could not be read: not covered");
}

static void add_change(struct str *out, const char *what, const struct change *c)
{
    str_addf(out, "%s ", what);
    quote_term(out, *c->path ? c->path : ".");
    str_add(out, " (");
    add_detail(out, c);
    str_addc(out, ')');
}

void rollback_view_rename(struct str *out, const struct change *from, const struct change *to)
{
    str_add(out, "r ");
    quote_term(out, from->path);
    str_add(out, " -> ");
    quote_term(out, to->path);
    str_addf(out, " (%s", type_name(to->after.type));
    add_metadata(out, &from->before, &to->after, false);
    str_addc(out, ')');
}

void rollback_view_change(struct str *out, const struct change *c)
{
    const char sign[] = {sign_of(c), '\0'};
    add_change(out, sign, c);
}

void rollback_view_undo(struct str *out, const struct change *c)
{
    switch (c->kind) {
    case CHANGE_CREATED:
        add_change(out, "remove  ", c);
        break;
    case CHANGE_DELETED:
        add_change(out, "put back", c);
        break;
    case CHANGE_MODIFIED:
    case CHANGE_METADATA:
        add_change(out, "reset   ", c);
        break;
    }
}

const char *rollback_view_state(enum session_state s)
{
    switch (s) {
    case SESSION_OPEN:
        return "running";
    case SESSION_CUT_OFF:
        return "cut off";
    case SESSION_UNSEALED:
        return "unsealed";
    case SESSION_CLOSED:
        return "completed";
    }
    return "";
}

const char *rollback_view_verdict(enum restore_verdict v)
{
    switch (v) {
    case RESTORE_PUT_BACK:
        return "restored";
    case RESTORE_DONE:
        return "already as before";
    case RESTORE_PARTLY:
        return "partly restored";
    case RESTORE_CONFLICT:
        return "conflict";
    case RESTORE_UNCOVERED:
        return "not covered";
    case RESTORE_FAILED:
        return "failed";
    }
    return "";
}

static void json_time(struct json_out *o, const char *key, int64_t ns)
{
    AUTO(str_release) struct str text = STR_INIT(STR_MAX_LINE);
    add_stamp(&text, ns, STAMP_ISO);
    json_out_string(o, key, ns ? text.buf : NULL);
}

static void json_oid(struct json_out *o, const char *key, const struct oid *id, bool known)
{
    char hex[OID_HEX + 1];
    oid_to_hex(id, hex);
    json_out_string(o, key, known ? hex : NULL);
}

static void json_exit(struct json_out *o, const struct session_record *r)
{
    if (r->has_exit)
        json_out_int(o, "exit_code", r->signaled ? 128 + r->code : r->code);
    else
        json_out_string(o, "exit_code", NULL);
}

void rollback_json_session(struct json_out *o, const char *key, const struct session_record *r, enum session_state s)
{
    json_out_open(o, key, '{');
    json_out_string(o, "session_id", r->id);
    json_out_string(o, "kind", r->kind);
    json_out_string(o, "state", rollback_view_state(s));
    json_time(o, "started", r->started_ns);
    json_time(o, "ended", r->ended_ns);
    json_out_strings(o, "command", &r->command);
    json_out_open(o, "tracked_paths", '[');
    json_out_string(o, NULL, r->workdir);
    for (size_t i = 0; i < r->roots.n; i++)
        json_out_string(o, NULL, r->roots.item[i]);
    json_out_close(o, ']');
    json_out_string(o, "profile", r->profile);
    json_out_int(o, "snapshot_count", r->has_before + r->has_after);
    json_exit(o, r);
    json_out_bool(o, "is_alive", s == SESSION_OPEN);
    json_out_bool(o, "is_stale", s == SESSION_CUT_OFF);
    json_out_int(o, "created", (int64_t)r->created);
    json_out_int(o, "modified", (int64_t)r->modified);
    json_out_int(o, "deleted", (int64_t)r->deleted);
    json_out_bool(o, "undone", r->undone);
    json_out_bool(o, "staged", review_is_staged(r));
    json_out_string(o, "undoes", r->undoes);
    json_out_strings(o, "undoes_more", &r->undoes_more);
    json_out_bool(o, "sealed_late", r->sealed_late);
    json_oid(o, "before", &r->before, r->has_before);
    json_oid(o, "after", &r->after, r->has_after);
    json_out_strings(o, "overlaps", &r->overlaps);
    json_out_strings(o, "not_covered", &r->notes);
    json_out_strings(o, "excluded", &r->exclude);
    json_out_close(o, '}');
}

static void json_pair(struct json_out *o, const char *key, const char *before, const char *after)
{
    json_out_open(o, key, '[');
    json_out_string(o, NULL, before);
    json_out_string(o, NULL, after);
    json_out_close(o, ']');
}

/* Of what was there before and after. */
static void json_metadata(struct json_out *o, const struct snapshot_node *b, const struct snapshot_node *a)
{
    AUTO(str_release) struct str before = STR_INIT(STR_MAX_LINE);
    AUTO(str_release) struct str after = STR_INIT(STR_MAX_LINE);
    if (b->mode != a->mode) {
        str_addf(&before, "%04o", b->mode);
        str_addf(&after, "%04o", a->mode);
        json_pair(o, "mode", before.buf, after.buf);
    }
    str_clear(&before);
    str_clear(&after);
    if (b->uid != a->uid || b->gid != a->gid) {
        str_addf(&before, "%u:%u", b->uid, b->gid);
        str_addf(&after, "%u:%u", a->uid, a->gid);
        json_pair(o, "owner", before.buf, after.buf);
    }
    if (!oid_equal(&b->xattrs, &a->xattrs))
        json_out_bool(o, "attributes_changed", true);
    if (b->link_group != a->link_group)
        json_out_bool(o, "hard_links_changed", true);
}

void rollback_json_change_fields(struct json_out *o, const struct change *c)
{
    char sign[2] = {sign_of(c), '\0'};
    json_out_string(o, "path", c->path);
    json_out_string(o, "type", sign);
    json_out_string(o, "object", type_name(c->before.type ? c->before.type : c->after.type));
    json_out_int(o, "size_delta", (int64_t)(c->after.size - c->before.size));
    if (c->before.type && c->after.type)
        json_metadata(o, &c->before, &c->after);
}

void rollback_json_step(struct json_out *o, const struct restore_step *step)
{
    json_out_open(o, NULL, '{');
    rollback_json_change_fields(o, step->change);
    json_out_string(o, "result", rollback_view_verdict(step->verdict));
    if (step->verdict == RESTORE_PUT_BACK && step->is_over)
        json_out_bool(o, "over_later_edit", true);
    if (step->beside)
        json_out_string(o, "beside", step->beside);
    json_out_close(o, '}');
}
