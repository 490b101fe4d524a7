/* own_sockets: Unix sockets that sandboxed processes make for one another: tmux and its server, Python's managers, gpg and its agent. Whoever held a
 * socket that is not connected could connect it to any other, so that the command never gets one (core/unix_sockets.h):
 *
 * - bind(2) on a stand-in is answered by making, where the caller meant and may write, a file of kind socket behind which nobody listens; and by
 *   putting a socket of nono's in the place of the stand-in, which listens already: such a one cannot be connected any more. That one's own
 *   file lay where the command reaches nothing, and is gone.
 * - connect(2) to the first file, whatever it is called by then, is answered by connecting to the second (core/unix_sockets.h).
 * - getsockname(2) and getpeername(2) tell the name that bind(2) was given.
 *
 * So programs outside find nobody at such a file (ECONNREFUSED), and the command finds there what was made inside, and nothing else: nobody is
 * met in the place of the server that was meant. The files are removed when the sandbox ends. A socket that is bound and does not listen
 * yet takes connections already, and one that was bound to be a client with a name cannot connect. A copy of the descriptor that was made before
 * bind(2) stays a stand-in. When a process has confined itself further by Landlock, as a nono inside does, no more are made, unless by a broker, which
 * knows which process it was: nono acts with rights that this one has given up. */
#pragma once

#include "core/caps.h"
#include "core/err.h"
#include "core/notify.h"

enum { OWN_SOCKETS_MAX = 128 }; /* at a time; bind(2) then fails with ENOBUFS. Three descriptors of nono's each */

/* Who makes and removes the files. Both return 0 or a negative errno value. */
struct own_sockets_files {
    /* Of kind socket, at `path` as the caller gave it, if that may be. Two descriptors for O_PATH, which this module closes: the file, and its directory. */
    int (*make)(const void *data, const struct notify_call *c, const char *path, int *ret_file, int *ret_dir);
    void (*remove)(const void *data, int dir, const char *name); /* by own_sockets_end, on whatever thread calls that */
    const void *data; /* outlives the sandbox */
};

/* Adds the handlers; `c` outlives the sandbox. With c->brokered, bind(2) is left to whoever makes the changes, who calls own_sockets_bind. */
MUST_CHECK int own_sockets_register(const struct caps *c, struct notify *n, struct err *e);
/* Answers bind(2): 0 or a negative errno value, or OWN_SOCKETS_PROCEED when it is not about such a socket. */
enum { OWN_SOCKETS_PROCEED = 1 };
MUST_CHECK int own_sockets_bind(const struct caps *c, const struct notify_call *call, const struct own_sockets_files *files);
/* What makes files without a broker, for where it leaves that to the command itself. Its data is the caps. */
extern const struct own_sockets_files own_sockets_plain;
/* For connect(2): what is to be connected to instead of `fd`, a descriptor for O_PATH that the caller owns; -1 when `fd` is no such file. */
int own_sockets_find(int fd);
/* Removes the files of those that are left, and forgets them. When the sandbox has ended. */
void own_sockets_end(void);
