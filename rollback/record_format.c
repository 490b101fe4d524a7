/* record_format: a session record as strict JSON. */
#include "rollback/record.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/json.h"

/* As text: a JSON number is a double to most readers. */
static void put_wide(struct json_out *o, const char *key, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    json_out_string(o, key, text);
}

static void put_oid(struct json_out *o, const char *key, const struct oid *id, bool known)
{
    char hex[OID_HEX + 1];
    oid_to_hex(id, hex);
    json_out_string(o, key, known ? hex : NULL);
}

static void put_launch(struct json_out *o, const struct session_launch *l)
{
    if (!l->known)
        return;
    json_out_open(o, "launch", '{');
    json_out_string(o, "program", l->program);
    json_out_string(o, "wrapped", l->wrapped);
    json_out_strings(o, "options", &l->options);
    put_wide(o, "terminal", (uint64_t)l->terminal);
    json_out_string(o, "failure", l->failure);
    json_out_close(o, '}');
}

static void put_journal(struct json_out *o, const struct session_journal *j)
{
    if (!j->known)
        return;
    json_out_open(o, "journal", '{');
    json_out_bool(o, "kept", j->kept);
    json_out_close(o, '}');
}

static void put_denied(struct json_out *o, const struct session_denials *d)
{
    if (d->n == 0 && d->more == 0 && !d->watched)
        return;
    json_out_open(o, "denied", '{');
    json_out_bool(o, "watched", d->watched);
    json_out_int(o, "more", (int64_t)d->more);
    json_out_open(o, "list", '[');
    for (size_t i = 0; i < d->n; i++) {
        json_out_open(o, NULL, '{');
        json_out_string(o, "operation", denials_operation_names[d->item[i].operation]);
        json_out_string(o, "target", d->item[i].target);
        json_out_string(o, "by", denials_by_names[d->item[i].by]);
        json_out_string(o, "program", d->item[i].program);
        json_out_int(o, "count", (int64_t)d->item[i].count);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
    json_out_close(o, '}');
}

static void put_autorun(struct json_out *o, const struct session_record *r)
{
    if (r->autorun.n == 0)
        return;
    json_out_open(o, "autorun", '{');
    json_out_int(o, "more", (int64_t)r->autorun_more);
    json_out_open(o, "list", '[');
    for (size_t i = 0; i < r->autorun.n; i++) {
        json_out_open(o, NULL, '{');
        json_out_string(o, "kind", autorun_names[r->autorun.item[i].kind]);
        json_out_string(o, "path", r->autorun.item[i].path);
        json_out_close(o, '}');
    }
    json_out_close(o, ']');
    json_out_close(o, '}');
}

int record_format(const struct session_record *r, struct str *out, struct err *e)
{
    struct json_out o = JSON_OUT_INIT(out);
    json_out_open(&o, NULL, '{');
    json_out_int(&o, "version", RECORD_VERSION);
    json_out_string(&o, "id", r->id);
    json_out_string(&o, "kind", r->kind);
    json_out_strings(&o, "command", &r->command);
    json_out_string(&o, "workdir", r->workdir);
    put_wide(&o, "root_inode", r->root_inode);
    if (r->roots.n > 0)
        json_out_strings(&o, "roots", &r->roots);
    json_out_string(&o, "profile", r->profile);
    json_out_string(&o, "capture", r->capture);
    json_out_string(&o, "undoes", r->undoes);
    if (r->undoes_more.n > 0)
        json_out_strings(&o, "undoes_more", &r->undoes_more);
    json_out_bool(&o, "undone", r->undone);
    put_wide(&o, "started_ns", (uint64_t)r->started_ns);
    put_wide(&o, "ended_ns", (uint64_t)r->ended_ns);
    json_out_bool(&o, "has_exit", r->has_exit);
    json_out_bool(&o, "signaled", r->signaled);
    json_out_int(&o, "code", r->code);
    json_out_bool(&o, "sealed_late", r->sealed_late);
    put_oid(&o, "before", &r->before, r->has_before);
    put_oid(&o, "after", &r->after, r->has_after);
    json_out_int(&o, "created", (int64_t)r->created);
    json_out_int(&o, "modified", (int64_t)r->modified);
    json_out_int(&o, "deleted", (int64_t)r->deleted);
    json_out_strings(&o, "overlaps", &r->overlaps);
    json_out_strings(&o, "notes", &r->notes);
    json_out_strings(&o, "exclude", &r->exclude);
    put_launch(&o, &r->launch);
    put_journal(&o, &r->journal);
    put_denied(&o, &r->denied);
    put_autorun(&o, r);
    json_out_close(&o, '}');
    return str_check(out, "the record of the session", e);
}
