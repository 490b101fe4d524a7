/* caps: what a command may do, as plain data. policy/ makes it, core/ enforces it; each entry remembers where it came
 * from, so that one answer serves `run`, `why` and `policy show`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

enum caps_access {
    CAPS_READ = 1 << 0,  /* read, list, execute */
    CAPS_WRITE = 1 << 1, /* create, change, remove, rename */
    CAPS_READWRITE = CAPS_READ | CAPS_WRITE,
};

enum caps_source {
    CAPS_FROM_USER,    /* an option on the command line; name is the option, "--allow" */
    CAPS_FROM_PROFILE, /* name is the profile, key the JSON pointer of the entry */
    CAPS_FROM_GROUP,   /* name is the group */
    CAPS_FROM_WORKDIR, /* the working directory; name is what asked for it ("--allow-cwd", "workdir.access") */
    CAPS_FROM_PROGRAM, /* needed by the wrapped program; name is the program */
    CAPS_FROM_NONO,    /* nono's own state and settings: always denied */
    CAPS_FROM_SELF,    /* nono's own programs, so that it can be used inside */
    CAPS_FROM_LEVEL,   /* the command's own, made for it by core/level.h */
};

struct caps_origin {
    enum caps_source source;
    char *memory; /* of all three; NULL when they live as long as the program */
    const char *name;
    const char *key;  /* JSON pointer, "" when none */
    const char *text; /* the path as it was written, before variables were expanded */
};

struct caps_grant {
    char *path; /* clean; real (links resolved) when `exists` */
    unsigned access;
    bool file_only; /* asked for as a single file: a directory of that name is not granted */
    bool is_part;   /* one of the entries that overlap_split granted instead of the directory that was asked for */
    bool exists;    /* at resolution; a grant of a path that does not exist is kept for `why`, and not enforced */
    struct caps_origin origin;
};

struct caps_deny {
    char *path; /* clean; real when it exists */
    bool exists;
    bool overridden; /* by override_deny, and a grant covers it */
    struct caps_origin origin;
};

struct caps_command {
    char *name; /* basename */
    struct caps_origin origin;
};

/* What becomes of variables of the environment; which rule wins over which is for policy/environment. */
enum caps_variable_fate { CAPS_VARIABLE_ALLOW, CAPS_VARIABLE_DENY, CAPS_VARIABLE_SET };

struct caps_variable {
    enum caps_variable_fate fate;
    char *name;  /* '*' stands for any text, but in a name to set */
    char *value; /* to set; NULL otherwise. May be a secret: never shown where it came from an option */
    struct caps_origin origin;
};

/* Files that the command may not create or change where it may write. */
struct caps_guard {
    char *pattern; /* as core/guard.h says */
    struct caps_origin origin;
};

/* An object whatever its name: what a rule must never be given. */
struct caps_object {
    uint64_t device, inode;
};

/* What the command's own mount namespace shows in place of a path (core/namespaces.h). */
enum caps_mask_kind {
    CAPS_MASK_PIN,  /* the object itself, which cannot be renamed or removed there: a denied path lies below it, or it is a link to one */
    CAPS_MASK_DIR,  /* an empty directory that cannot be entered */
    CAPS_MASK_FILE, /* a file that cannot be opened */
    CAPS_MASK_PLACEHOLDER, /* the same, for a path that does not exist and must not come to exist (core/placeholder.h) */
};

struct caps_mask {
    char *path; /* clean, real */
    enum caps_mask_kind kind;
};

/* What holds a run: core/level.h. */
enum caps_level {
    CAPS_LEVEL_LANDLOCK, /* Landlock and seccomp */
    CAPS_LEVEL_FULL,     /* and namespaces of the command's own */
};

/* A file that is a blocked command, or a link to one: the command's mount namespace shows something in its place that cannot be opened. */
struct caps_hidden {
    char *path;     /* clean; its directory real */
    size_t command; /* index in caps->blocked */
    char *also;     /* where the same program is reached still, "" when that is somewhere else; NULL: nowhere that is known */
};

enum caps_network {
    CAPS_NET_OPEN,
    CAPS_NET_BLOCKED, /* no socket of any family but local socket pairs */
    CAPS_NET_PORTS,   /* the same, but for TCP with the ports of caps->port */
};

enum caps_port_use {
    CAPS_PORT_CONNECT = 1 << 0, /* to this port of any host and address */
    CAPS_PORT_LISTEN = 1 << 1,  /* on this port of any address of this machine */
};

struct caps_port {
    uint16_t number; /* not 0 */
    enum caps_port_use use;
    struct caps_origin origin;
};

/* A Unix socket that may be connected to. */
struct caps_socket {
    char *path;  /* clean, real: the socket, or with is_dir a directory of sockets */
    bool is_dir;
    bool exists; /* at resolution; one that did not is kept for `why`, and not granted */
    bool is_pinned; /* the command can write there: only the very object that was there at the start is meant */
    struct caps_object object;
    struct caps_origin origin;
};

enum caps_large { CAPS_LARGE_REFUSED, CAPS_LARGE_SKIPPED /* it is written, and cannot be taken back */ };

struct caps {
    struct caps_grant *grant;
    size_t n_grants, cap_grants;
    struct caps_deny *deny;
    size_t n_denies, cap_denies;
    struct caps_object *barred; /* denied objects that lie below a grant; filled by overlap_split */
    size_t n_barred, cap_barred;
    struct caps_mask *mask; /* in the order of mounting; filled by overlap_mask */
    size_t n_masks, cap_masks;
    enum caps_level level;
    struct strlist writable; /* with CAPS_LEVEL_FULL, the rest is mounted read-only: real, none within another; filled by level_plan */
    unsigned given_up;       /* promises that need not be held: bits of enum feature_id (core/feature.h) */
    bool brokered;           /* nono makes the changes of the command for it, which itself may write only what caps_is_direct tells */
    bool own_processes;      /* with CAPS_LEVEL_FULL, a PID namespace, which ends with the command */
    bool private_shm;        /* with CAPS_LEVEL_FULL, /dev/shm is an empty one of the command's own */
    bool private_terminals;  /* with CAPS_LEVEL_FULL, so is /dev/pts */
    bool own_terminals;      /* below it: of /dev/pts, those that the command makes itself (core/terminals.h); by level_plan */
    struct caps_command *blocked;
    size_t n_blocked, cap_blocked;
    struct caps_variable *variable;
    size_t n_variables, cap_variables;
    struct caps_hidden *hidden; /* filled by blocked_find, when namespaces are to hold the blocked commands */
    size_t n_hidden, cap_hidden;
    bool hides_commands;        /* that was done, though there may be nothing to hide */
    char *search;               /* PATH as it is, NULL: none; where else those are looked for is up to blocked_find */
    char *memory;               /* a private directory in which blocked_find may keep what it found; NULL: none */
    enum caps_network network;
    struct caps_origin network_origin;
    struct caps_socket *socket;
    size_t n_sockets, cap_sockets;
    bool own_sockets; /* and those that the command makes itself, where it may write (core/own_sockets.h); by level_plan */
    struct caps_port *port; /* empty unless the network is CAPS_NET_PORTS */
    size_t n_ports, cap_ports;
    struct caps_guard *guard;
    size_t n_guards, cap_guards;
    struct strlist unguarded; /* clean paths: these, and what is below them, are not guarded */
    char *workdir;           /* clean, real */
    unsigned workdir_access; /* 0: none */
    char *stage;             /* with CAPS_LEVEL_FULL: a directory with "upper" and "work" in it; what is written in workdir goes there; NULL */
    struct strlist notices;  /* one line each, for everyone: what a person asked for and does not quite get */
    struct strlist warnings; /* the same, for -v */
    struct strlist links;    /* on the way to denied paths as they were written, which lead to where those are; real but for their last name */
    struct strlist rollback_exclude; /* rollback.exclude_patterns and exclude_globs of the profile */
    uint64_t max_copy;       /* bytes of one file that are copied before it is written to, so that it can be taken back; 0: not said */
    enum caps_large large;   /* what becomes of a larger one */
    struct strlist scratch;  /* clean, real: outside the working directory, what changes below them is not kept for rollback; a longer grant is */
};

void caps_init(struct caps *c);
void caps_release(struct caps *c);
void caps_copy(const struct caps *from, struct caps *ret);
void caps_origin_release(struct caps_origin *o);
struct caps_origin caps_origin_make(enum caps_source source, const char *name, const char *key, const char *text);
/* Of texts that live as long as the program: nothing is copied. */
struct caps_origin caps_origin_static(enum caps_source source, const char *name, const char *text);
/* All consume their texts and `origin`. */
void caps_add_grant(struct caps *c, char *path, unsigned access, bool file_only, bool exists, struct caps_origin origin);
void caps_add_deny(struct caps *c, char *path, bool exists, struct caps_origin origin);
void caps_add_mask(struct caps *c, char *path, enum caps_mask_kind kind);
void caps_add_blocked(struct caps *c, char *name, struct caps_origin origin);
void caps_add_variable(struct caps *c, struct caps_variable v);
void caps_add_socket(struct caps *c, struct caps_socket s); /* consumes it */
/* Once for each number and use; the first origin stays. */
void caps_add_port(struct caps *c, uint16_t number, enum caps_port_use use, struct caps_origin origin);
void caps_add_guard(struct caps *c, char *pattern, struct caps_origin origin); /* the first origin of a pattern stays */
void caps_add_hidden(struct caps *c, char *path, size_t command, char *also);
/* "--allow ~/x", "group system_read_linux", "profile dev /filesystem/allow/0": for a person, appended. */
void caps_origin_describe(const struct caps_origin *o, struct str *out);

/* The evaluator. Answers from the same data that is enforced; looks at no file. */
struct caps_answer {
    bool allowed;
    const struct caps_grant *grant; /* the most specific grant above the path, NULL */
    const struct caps_deny *deny;   /* the deny that holds, NULL */
    const struct caps_command *blocked; /* the path is a blocked command, which is hidden; NULL */
    unsigned granted;               /* union of access of all grants above the path */
    const struct caps_guard *guard; /* the file is guarded; NULL. Whether it is depends on what is done: core/guard.h is asked, not caps_evaluate */
};
void caps_evaluate(const struct caps *c, const char *path, unsigned access, struct caps_answer *ret);
/* Devices and the kernel's own files: where nothing can be taken back, and nothing has to. */
extern const char *const caps_direct_roots[]; /* NULL at the end */
bool caps_is_direct(const char *path);
/* The same, with what the sandbox makes of /proc, where a grant of /proc/self is more than it says. */
void caps_evaluate_seen(const struct caps *c, const char *path, unsigned access, struct caps_answer *ret);
/* The entry that lets a Unix socket be connected to, of which `path` is the real name; NULL when none does, or a deny holds. `object` is what
 * was found there; NULL: any. */
const struct caps_socket *caps_socket(const struct caps *c, const char *path, const struct caps_object *object);
/* The entry that lets TCP use `port`, NULL when none does; the network is CAPS_NET_PORTS. */
const struct caps_port *caps_port(const struct caps *c, uint16_t port, enum caps_port_use use);
/* "3000, 8080": the ports of that use, appended; false when there are none. */
bool caps_ports_describe(const struct caps *c, enum caps_port_use use, struct str *out);
/* The entry that blocks starting `program` (compared by basename), NULL when none. */
const struct caps_command *caps_blocked(const struct caps *c, const char *program);
/* The entry that hides exactly this path, NULL when none. */
const struct caps_hidden *caps_hidden(const struct caps *c, const char *path);
