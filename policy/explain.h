/* explain: why a path, a host or a program is allowed or denied under one policy, and the smallest change that would allow it. It asks what
 * `run` enforces: the same preparation, the same evaluator; no second reading of the rules. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/str.h"
#include "policy/environment.h"
#include "policy/resolve.h"

struct explain_request {
    struct resolve_request resolve;
    bool allow_cwd; /* --allow-cwd, or yes was said when it was asked */
};

struct explain_policy {
    struct caps caps;   /* what is enforced; when refused, as far as it was made */
    bool refused;       /* nothing would start: the rules contradict one another */
    struct err refusal; /* why */
};

enum explain_reason {
    EXPLAIN_GRANTED_PATH,
    EXPLAIN_NETWORK_ALLOWED,
    EXPLAIN_COMMAND_ALLOWED,
    EXPLAIN_VARIABLE_PASSED,
    EXPLAIN_VARIABLE_SET,
    EXPLAIN_SENSITIVE_PATH,      /* a deny holds */
    EXPLAIN_INSUFFICIENT_ACCESS, /* granted, but not for this */
    EXPLAIN_PATH_NOT_GRANTED,
    EXPLAIN_NETWORK_BLOCKED,
    EXPLAIN_COMMAND_BLOCKED,
    EXPLAIN_VARIABLE_WITHHELD,
    EXPLAIN_POLICY_REFUSED, /* nono would not start anything under this policy */
    EXPLAIN_SOCKET_NOT_GRANTED, /* a Unix socket */
    EXPLAIN_GUARDED_FILE, /* what is around it may be written */
    EXPLAIN_CALL_REFUSED,       /* a system call, whatever it is about */
    EXPLAIN_PROCESS_ISOLATED, /* part of a process outside the sandbox: memory, environment, descriptors… */
    /* From here on the policy allows it, and the system does not. */
    EXPLAIN_COMMAND_NOT_FOUND,
    EXPLAIN_FILE_PERMISSIONS,
    EXPLAIN_READ_ONLY_MOUNT,
    EXPLAIN_NOT_EXECUTABLE,
    EXPLAIN_NOEXEC_MOUNT,
};
extern const char *const explain_reason_names[]; /* "granted_path"… */
bool explain_is_by_system(enum explain_reason r);

struct explain_answer {
    enum explain_reason reason;
    bool allowed;
    char *path;        /* as asked, absolute; NULL for a host */
    char *real;        /* what is judged: links followed as far as the path exists; NULL for a host */
    const char *part;  /* exec: "program", "interpreter", "loader": which of them `real` is; NULL otherwise */
    bool exists;
    unsigned wanted, granted; /* caps_access */
    /* Borrowed from the policy; NULL when there is none. */
    const struct caps_grant *grant;  /* the nearest one above the path */
    const struct caps_origin *rule;  /* what denies; of an answer that allows, what grants */
    const struct environment_row *row; /* of a variable about which no such rule is: of nono's table; NULL */
    struct str details;              /* one line for a person */
    struct strlist notes;            /* the same, each: what limits the answer */
    struct strlist change;           /* options to add, as words; proved: with them the answer is "allowed". Empty when there are none */
    struct str way_out;              /* what else to do, when options do not help */
};

#define EXPLAIN_ANSWER_INIT {.details = STR_INIT(STR_MAX_LINE), .way_out = STR_INIT(STR_MAX_LINE)}
void explain_answer_release(struct explain_answer *a);

/* What `run` would enforce, but that nobody is asked about the working directory and nothing is made. Errors as resolve_caps; rules that
 * contradict one another are no error but `refused`. */
MUST_CHECK int explain_prepare(const struct explain_request *r, struct explain_policy *ret, struct err *e);
void explain_policy_release(struct explain_policy *p);

/* The path, or the nearest above it that exists; caller owns. */
char *explain_existing(const char *path);
/* `path` is clean. `access` is what a command would want of it. The file system is looked at, not only the policy: whatever would fail for
 * this user without a sandbox, too, is told apart. `ret` is EXPLAIN_ANSWER_INIT. */
void explain_path(const struct explain_request *r, const struct explain_policy *p, const char *path, unsigned access, struct explain_answer *ret);
/* The same for executing `path`: with the interpreter its "#!" names, and the loader. */
void explain_exec(const struct explain_request *r, const struct explain_policy *p, const char *path, struct explain_answer *ret);
/* The files that the kernel opens to execute `path`: itself, the interpreters behind it, the loader. Real paths, of which a wholly missing one
 * is as it was written. What each is, "program", "interpreter" or "loader", stands before it. */
void explain_exec_parts(const char *workdir, const char *path, struct strlist *ret);
void explain_network(const struct explain_request *r, const struct explain_policy *p, const char *host, uint16_t port, struct explain_answer *ret);
/* The same for listening; port 0 is one of the kernel's choice. */
void explain_listen(const struct explain_request *r, const struct explain_policy *p, uint16_t port, struct explain_answer *ret);
/* Connecting to the Unix socket at `path`, which is clean. */
void explain_socket(const struct explain_request *r, const struct explain_policy *p, const char *path, struct explain_answer *ret);
/* `exe` is where the search path has it, NULL when it has not: `why` then says so. */
void explain_command(const struct explain_request *r, const struct explain_policy *p, const char *name, const char *exe, const char *why,
                     struct explain_answer *ret);

/* `name` is that of a variable of the environment. */
void explain_variable(const struct explain_request *r, const struct explain_policy *p, const char *name, struct explain_answer *ret);

/* Where a rule is written down. */
struct explain_place {
    char *file;     /* of a user profile; NULL for what is built in, and for an option */
    unsigned line;  /* 1-based, 0 when it cannot be told */
    struct str how; /* "option --read /x", "group x, see 'nono policy groups x'", "profile dev, FILE:LINE /filesystem/read/0": for a person */
};
#define EXPLAIN_PLACE_INIT {.how = STR_INIT(STR_MAX_LINE)}
void explain_place_find(const struct world *w, const struct caps_origin *o, struct explain_place *ret);
void explain_place_release(struct explain_place *p);
