/* rollback_view: sessions and changes as text and as JSON, the same in every rollback command. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/json.h"
#include "core/str.h"
#include "core/world.h"
#include "rollback/restore.h"
#include "rollback/session.h"

enum { ROLLBACK_COMMAND_WIDTH = 48, ROLLBACK_MAX_LINES = 200 /* changes that are listed one by one */ };

/* All append to `out`, safe for a terminal. */
void rollback_view_age(struct str *out, int64_t now_ns, int64_t then_ns);                    /* "just now", "5m ago", "2026-11-21" */
void rollback_view_time(struct str *out, int64_t ns);                                        /* local, to the second */
void rollback_view_command(struct str *out, const struct strlist *command, size_t width);    /* 0: all of it */
void rollback_view_counts(struct str *out, size_t created, size_t modified, size_t deleted); /* "+2 files, ~1 modified, -1 deleted" */
void rollback_view_home(struct str *out, const struct world *w, const char *path);           /* "~/x" for what is in the home */
void rollback_view_exit(struct str *out, const struct session_record *r);                    /* "exit status 1", "killed by signal 9" */
void rollback_view_change(struct str *out, const struct change *c);                          /* "+ path (12 bytes)", one line without newline */
void rollback_view_rename(struct str *out, const struct change *from, const struct change *to); /* "r old -> new (file)" */
void rollback_view_undo(struct str *out, const struct change *c);                            /* the same as taken back: "put back path (12 bytes)" */
const char *rollback_view_state(enum session_state s);

void rollback_json_session(struct json_out *o, const char *key, const struct session_record *r, enum session_state s);
/* The members of one: what it is, and what of its metadata changed, as [before, after]. */
void rollback_json_change_fields(struct json_out *o, const struct change *c);
void rollback_json_step(struct json_out *o, const struct restore_step *step);
const char *rollback_view_verdict(enum restore_verdict v);
