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
/* Opens a session in a child that is then killed; its id, which is the caller's. */
char *fixture_cut_off(const char *workdir);
/* Below the state directory, with the id for each '*'; caller owns. */
char *fixture_state_path(const char *format, const char *id);
bool fixture_state_has(const char *format, const char *id);
/* Waits until stat data is believed. */
void fixture_settle(void);
