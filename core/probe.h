/* probe: what this process may do, asked of the kernel itself. Nothing is created, changed, executed or sent. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum probe_verdict {
    PROBE_ALLOWED,
    PROBE_HIDDEN,      /* the sandbox has mounted something empty in its place (core/namespaces.h) */
    PROBE_SANDBOX,     /* refused, though the permissions of the file system would let this user; at the full level its read-only view as well */
    PROBE_PERMISSIONS, /* refused by those, a read-only or a noexec mount; the sandbox may refuse it, too */
    PROBE_MISSING,     /* it is not there */
    PROBE_UNKNOWN,     /* cannot be told without touching it */
};

struct probe {
    enum probe_verdict verdict;
    int sys;         /* errno value of the refusal, 0 when there was none */
    const char *why; /* for PROBE_UNKNOWN: a clause for a person; static */
};

/* Links are followed. Regular files and directories only: to open a FIFO or a device does something. */
void probe_read(const char *path, struct probe *ret);
/* An existing file is opened for writing and not written; in a directory a file without a name is made, which is gone when it is closed. */
void probe_write(const char *path, struct probe *ret);
/* The file alone: what its first line names, and its loader, are to be asked about as well. */
void probe_exec(const char *path, struct probe *ret);
/* How probe_exec asks a kernel that has no AT_EXECVE_CHECK (before 6.14): 0, or an errno value; ENOSYS when this one cannot be asked that way. */
int probe_exec_too_long(const char *path);
/* Whether TCP may connect to `port`: tried on an address to which nothing can be sent, after the sandbox has had its say. `ret_any`: whether TCP
 * sockets can be made; `ret_all`: others, too, so that ports are not what limits the network. */
void probe_network(uint16_t port, struct probe *ret, bool *ret_any, bool *ret_all);
