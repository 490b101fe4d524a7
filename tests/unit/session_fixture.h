/* session_fixture: a tree with a session around a shell command, for the tests of sessions, changes, restore and retention. */
#pragma once

#include "rollback/restore.h"
#include "rollback/session.h"

const char *fixture_tree(void);  /* tmpdir/tree, made at the first call */
const char *fixture_state(void); /* tmpdir/state */
/* Runs a script in the tree without a session; fails the test when it fails. */
void fixture_do(const char *script);
/* Everything a restore must bring back, as text; caller owns. */
char *fixture_tree_text(void);
/* fixture_tree_text is `wanted`, which is freed; says what differs. */
void fixture_check_tree(char *wanted);
struct session *fixture_open(const char *workdir);
/* A whole session around a script; the record as it is on disk. */
struct session_record fixture_session(const char *script);
struct session_record fixture_record(const char *id);
/* Waits until stat data is believed. */
void fixture_settle(void);
