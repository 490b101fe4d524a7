/* inside: runs one operation of try.c with and without a sandbox. The base policy grants nothing but the program itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/caps.h"

enum { INSIDE_MAX = 6 };

/* Names are relative to the test's directory, or absolute. */
struct inside {
    const char *read[INSIDE_MAX], *write[INSIDE_MAX], *both[INSIDE_MAX], *file[INSIDE_MAX], *deny[INSIDE_MAX];
    bool block_net;
    const char *socket[INSIDE_MAX]; /* Unix sockets that may be connected to */
    bool own_sockets;               /* and those that the command makes itself */
    bool pinned;                    /* them: as they were when the policy was made */
    int open_port, listen_port; /* 0: none; with one, the rest of the network is blocked */
    bool masked;     /* denies below grants are held by mounts; the test is skipped where namespaces do not work */
    bool full;       /* at CAPS_LEVEL_FULL; the test is skipped where namespaces do not work. KERNEL_LEVEL=full in the environment: all of them */
    const char *blocked[INSIDE_MAX]; /* names of commands, looked for in `search`, one directory */
    const char *search;
    bool diagnose;   /* what is denied is in core/denials afterwards. KERNEL_DIAGNOSE in the environment: all of them */
    bool promised;   /* what this kernel cannot hold refuses the start */
    int abi;         /* 0: the kernel's; else what the kernel is taken for */
    const char *cwd; /* NULL: stay */
};

/* A path in the test's directory; stays valid. */
const char *at(const char *name);
/* The test's directory as new: secret/key, work/{file,script,dir/file,empty/,other/}, home/{.ssh/key,.config/gcloud/key,.config/app/file,project/file,link}. */
void inside_layout(void);
/* Status of `try OPERATION…`, as a shell would show it. The list ends with NULL. */
int outside_run(const char *const *command);
int inside_run(const struct inside *policy, const char *const *command);
/* What launch_spawn answers, where it must not start the command. */
int inside_start(const struct inside *policy, const char *const *command);
/* True where KERNEL_LEVEL asks for the full level: a move or link from one grant to another fails there with EXDEV, and what the view refuses with EROFS. */
bool inside_all_at_full(void);
/* True with KERNEL_DIAGNOSE: a Unix stream socket can be made then, and is refused when it is connected. */
bool inside_all_diagnosed(void);
/* Makes the caps of a policy. */
void inside_caps(const struct inside *policy, struct caps *ret);

#define TRY(...) ((const char *const[]){__VA_ARGS__, NULL})
/* Possible outside (else the test is skipped), `denied` with `without`, and possible `with`. Each starts from a new layout. */
void inside_triple(const char *const *command, int denied, const struct inside *without, const struct inside *with);
/* Possible outside, denied whatever is granted. */
void inside_never(const char *const *command, int denied);

/* A test of its own for inside_never. */
#define NEVER(id, errno_, ...) \
    TEST(id) \
    { \
        inside_never(TRY(__VA_ARGS__), errno_); \
    }
