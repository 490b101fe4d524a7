/* explain_parts: what the files of explain share; nobody else includes it. */
#pragma once

#include "policy/explain.h"
#include "policy/real.h"

enum { EXPLAIN_MAX_PARTS = 8 }; /* a script whose interpreter is a script…, and a loader; the kernel gives up earlier */

struct explain_part {
    const char *what; /* "program", "interpreter", "loader" */
    char *path;       /* clean */
    struct real real;
    unsigned access;
};

/* All that must be allowed at once. */
struct explain_goal {
    struct explain_part part[EXPLAIN_MAX_PARTS];
    size_t n_parts;
    const char *command; /* NULL: none */
    const char *variable; /* NULL: none */
    bool network;
    uint16_t port;   /* with network: to be connected to */
    bool listens;    /* the port is to be listened on, not connected to */
    const char *socket; /* a Unix socket, real; NULL: none */
    bool by_address; /* with network: no name has to be looked up, so that the port alone is enough */
};

void explain_goal_release(struct explain_goal *g);
/* Consumes `path`. False when there are too many. */
bool explain_goal_add(struct explain_goal *g, const char *what, char *path, unsigned access);
/* explain_exec.c: the interpreters and the loader that the kernel opens to execute the part that is there. Returns the name that env(1), when
 * it is one of them, looks for on the search path; caller owns, NULL. */
char *explain_find_parts(const char *workdir, struct explain_goal *g);
/* env(1) goes on looking when it may not execute what it found: adds the first of that name when none may be executed. */
void explain_find_for_env(const struct explain_request *r, const struct explain_policy *p, const char *name, struct explain_goal *g);

/* Whether TCP may connect to the port at all, or listen on it. */
bool explain_reaches_port(const struct caps *c, uint16_t port);
bool explain_listens_port(const struct caps *c, uint16_t port);

/* explain_proc.c. caps_evaluate_seen. */
void explain_judge(const struct explain_policy *p, const char *real, unsigned access, struct caps_answer *ret);
/* The same; and a blocked name may be a link that is hidden itself. */
void explain_judge_part(const struct explain_policy *p, const struct explain_part *part, struct caps_answer *ret);
/* What of a process outside the kernel keeps closed whatever is granted: ptrace(2) decides, and Landlock refuses it. With processes of its own a
 * run sees nothing of the others. */
bool explain_is_isolated(const struct explain_policy *p, const char *real);

/* explain_system.c. The policy allows the part; does the system? Turns the answer when it does not. */
void explain_ask_system(struct explain_answer *a, const struct explain_part *part);
/* The same for executing it. */
void explain_ask_execute(struct explain_answer *a, const struct explain_part *part);
/* An option that the system would make useless is none. */
bool explain_system_refuses(const struct explain_goal *g);

void explain_say_refused(struct explain_answer *a, const struct explain_policy *p);
/* explain_variable.c */
bool explain_variable_is_given(const struct explain_policy *p, const char *name);
/* explain_change.c: the smallest options that reach the goal, each tried. False when none does. */
bool explain_find_change(const struct explain_request *r, const struct explain_policy *p, const struct explain_goal *g, struct strlist *ret);
