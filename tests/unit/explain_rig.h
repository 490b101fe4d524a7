/* explain_rig: a request of options that grow by what an answer names, for the tests of explain. */
#pragma once

#include "policy/explain.h"
#include "tests/unit/home.h"

enum rig_list {
    RIG_ALLOW,
    RIG_READ,
    RIG_WRITE,
    RIG_ALLOW_FILE,
    RIG_READ_FILE,
    RIG_WRITE_FILE,
    RIG_OVERRIDE,
    RIG_COMMAND,
    RIG_BLOCK,
    RIG_SOCKET,
    RIG_LISTEN,
    RIG_LISTS,
};

struct rig {
    struct home home;
    struct strlist list[RIG_LISTS];
    struct explain_request request;
    struct explain_policy policy;
    struct explain_answer answer;
};

void rig_make(struct rig *g, const char *profile);
void rig_release(struct rig *g);
/* Forgets the answer and resolves anew. */
void rig_prepare(struct rig *g);
/* A path that is not absolute lies in the home; caller owns. */
char *rig_path(const struct rig *g, const char *path);
void rig_add(struct rig *g, enum rig_list list, const char *path);
void rig_ask(struct rig *g, const char *path, unsigned access);
void rig_ask_again(struct rig *g, const char *path, unsigned access); /* of the policy that rig_prepare made */
void rig_ask_exec(struct rig *g, const char *path);
void rig_ask_command(struct rig *g, const char *name, const char *exe);
void rig_ask_host(struct rig *g);
/* The words of the answer, applied as the option parser would. */
void rig_apply(struct rig *g);
/* Denied for this reason, and allowed by what the answer names. */
void rig_denied_and_allowed(struct rig *g, const char *path, unsigned access, enum explain_reason reason);
/* No option opens it: the way out says what does. */
void rig_denied_for_good(struct rig *g, const char *path, unsigned access, const char *way_out);
