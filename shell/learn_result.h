/* learn_result: what was seen of a command, and what is made of it: as text, as JSON, as a profile. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/cmd.h"
#include "core/err.h"
#include "policy/learn.h"
#include "policy/outcome.h"

/* Who says so, the best first. */
enum learn_host_source {
    LEARN_HOST_TLS,      /* the client, to the server itself */
    LEARN_HOST_ANSWER,   /* a name server */
    LEARN_HOST_QUESTION, /* the last name that was asked of a name server before: a guess */
    LEARN_HOST_RESOLVER, /* the same, of systemd-resolved or nscd */
    LEARN_HOST_REVERSE,  /* the owner of the address, when asked for it */
};
extern const char *const learn_host_sources[]; /* "sni"… for JSON */
extern const char *const learn_host_words[];   /* for a person */

struct learn_endpoint {
    char *address; /* as text */
    uint16_t port;
    unsigned count;
    size_t at;  /* number of the access */
    char *host; /* NULL: not known. Several are separated by ", " */
    enum learn_host_source source;
};
/* A program that was executed, and that the policy blocks. */
struct learn_blocked {
    const char *name; /* borrowed */
    const struct caps_origin *rule;
    bool is_own; /* it is the command itself: whoever started it meant it */
};
struct learn_endpoints {
    struct learn_endpoint *item;
    size_t n, cap;
};

/* What of the network the policy would have to give besides. */
struct learn_network {
    struct strlist open_ports, listen_ports; /* in digits */
    struct strlist sockets;                  /* that may be granted */
    struct strlist refused;                  /* that nobody should grant unasked: denied, or whoever is behind them does what they are told */
    bool is_open;                            /* the policy has it open */
    bool unused;                             /* and all that there was to see shows no use of it */
    bool blocked;                            /* sockets were refused, so that no address was seen */
    bool needs_all;                          /* it must not be blocked: ports alone are not enough */
    const struct caps_origin *rule;          /* that opens or blocks it */
};

/* Where the uses come from. */
enum learn_source {
    LEARN_SEEN,     /* core/accesses */
    LEARN_RECORDED, /* denials of sessions */
};

struct learn_result {
    const struct cmd_context *context;
    enum learn_source source;
    const char *profile; /* that it was compared with */
    const char *workdir;
    struct learn learn;
    struct learn_use *use; /* what learn borrows */
    size_t n_uses, cap_uses;
    const char *program; /* the first word of the command; NULL */
    struct strlist programs; /* names of those that were executed */
    struct learn_blocked *blocked; /* among them */
    size_t n_blocked, cap_blocked;
    struct strlist texts; /* what the uses borrow */
    struct strlist sockets; /* Unix sockets that were connected to */
    struct strlist looked; /* at what nothing else was done with */
    struct strlist others; /* denials that no grant of a path or a port is about, as text safe for a terminal */
    struct learn_endpoints outbound, listening;
    size_t n_sockets_made, n_sockets_refused; /* accesses_sockets, accesses_sockets_refused */
    struct learn_network network;
    bool is_complete; /* nothing kept the command from what it wanted */
    bool is_traced; /* LEARN_SEEN: by ptrace(2), core/tracer.h */
    size_t lost, searches;
    size_t sessions; /* LEARN_RECORDED: from so many */
    bool all;   /* also what is covered */
    int verbosity;
};
void learn_result_release(struct learn_result *r);

/* Of what was added, compared with `base`, which outlives the result. */
void learn_result_make(struct learn_result *r, const struct outcome *base);
/* What is in core/accesses. With `names` the addresses are looked up backwards. */
void learn_result_add_seen(struct learn_result *r, bool names);
/* `file` as the program that is executed, and the interpreter and the loader that it names, unless they were seen: the first one cannot be where the kernel keeps
 * its words from nono, nor where the sandbox did not let it be executed. */
void learn_result_add_program(struct learn_result *r, const char *file);
/* learn_recorded. What the newest sessions of r->workdir were denied, and the last command of this terminal that left no session. */
MUST_CHECK int learn_result_add_recorded(struct learn_result *r, bool names, char **ret_profile, struct err *e);
/* One use, which is added as it is; `path` outlives the result. */
void learn_result_add_use(struct learn_result *r, const struct learn_use *use);
struct learn_endpoint *learn_result_add_endpoint(struct learn_endpoints *to, const char *address, uint16_t port);
/* learn_host. Names what is in core/accesses, and with `looks_up` asks for what is not. */
void learn_host_name(struct learn_endpoints *endpoints, bool looks_up);
/* learn_network. */
void learn_network_make(struct learn_result *r, const struct outcome *base);
bool learn_network_is_empty(const struct learn_network *n);
void learn_network_release(struct learn_network *n);
/* The first of the endpoints with that port (NULL: with any), and how many more there are. */
void learn_network_remark(const struct learn_endpoints *e, const char *port, struct str *out);
/* Nothing is asked for beyond the profile. */
bool learn_result_is_empty(const struct learn_result *r);
/* Both append; the text is safe for a terminal. */
void learn_result_text(const struct learn_result *r, struct str *out);
void learn_result_json(const struct learn_result *r, struct str *out);

/* learn_save. The text of a new profile `name` that extends r->profile and has what is proposed, with remarks that say why. */
void learn_save_text(const struct learn_result *r, const char *name, const char *command, struct str *out);
/* Before the command runs: whether what is learned could be saved under that name (either may be NULL). ERR_EXISTS, and as profile_file_open and _make. */
MUST_CHECK int learn_save_ready(const struct world *w, const char *save, const char *update, struct err *e);
/* Writes it as the user's profile `name`, which must not exist. */
MUST_CHECK int learn_save_new(const struct learn_result *r, const char *name, const char *command, struct err *e);
/* On a terminal, and when there is something to write: asks whether, and by what name. */
MUST_CHECK int learn_save_ask(const struct learn_result *r, const char *command, struct err *e);
/* Adds what is proposed to the user's profile `name`, and shows how the policy it resolves to changes. */
MUST_CHECK int learn_save_update(const struct learn_result *r, const char *name, struct err *e);
