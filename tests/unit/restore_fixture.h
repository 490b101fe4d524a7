/* restore_fixture: sessions taken back, for the tests of restore. */
#pragma once

#include "rollback/restore.h"

/* All of `n` sessions, the newest first; the result borrows them and `paths`. */
struct restore_request fixture_request(const struct session_record *r, size_t n, const struct strlist *paths);
/* Each fails the test when the restore cannot be done. */
struct restore_result fixture_restore_all(const struct restore_request *q);
struct restore_result fixture_restore(const struct session_record *r);
struct restore_result fixture_restore_path(const struct session_record *r, const char *path /* relative to the tree */);
/* Before, a command, back: everything is as it was; and back again. */
void fixture_round_trip(const char *before, const char *command);
