/* broker_guard: what is guarded (core/guard.h) is asked about for each operation of the broker. For the parts of the broker. */
#pragma once

#include "core/guard.h"
#include "rollback/broker_own.h"

/* 0; -EACCES when a rule says so, which core/denials is told. */
MUST_CHECK int broker_guard(struct broker *b, const struct notify_call *c, enum guard_operation operation, const char *path, bool is_dir);
/* The same for a name. `must_exist`: what is not there is for the operation to miss. */
MUST_CHECK int broker_guard_place(struct broker *b, const struct notify_call *c, enum guard_operation operation, const struct mutate_place *p, bool must_exist);
/* Both ends of a rename, of an exchange both ways. BROKER_SENT when it is done already: nono has put a copy in the place that nobody else has open.
 * -EXDEV for a directory that was not judged where it was. */
MUST_CHECK int broker_guard_rename(struct broker *b, const struct notify_call *c, const struct mutate_place *from, const struct mutate_place *to,
                                   unsigned flags);
/* `path` was opened for writing: what it says is looked at by broker_guard_settle, where it leads git to another repository. `fd`: the file. */
void broker_guard_opened(struct broker *b, const char *path, int fd);
/* When the command is over: what such files say. One that leads to where nothing is guarded goes away again. */
void broker_guard_settle(struct broker *b);
