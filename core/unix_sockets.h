/* unix_sockets: connecting to the Unix sockets that are granted, and to those of the command's own. Landlock does not judge connect(2) by path, and a check before
 * the kernel goes on could be passed by: the address and the descriptor can change in between. So the command never holds a socket that it
 * could connect itself:
 *
 * - socket(AF_UNIX) is answered with a stand-in: one end of a pair whose other end is closed. For the kernel it is connected, and connect(2) on
 *   it fails; its options can be set.
 * - connect(2) on a stand-in is answered by resolving the path once, as the caller would, and judging the object that was found; nono connects
 *   a new socket to that very object and puts it in the place of the stand-in. The server sees nono's process and user.
 * - connect(2) on anything else goes on in the kernel: there is nothing in the command's hands that it could reach by that beyond what the
 *   baseline and Landlock let it.
 *
 * A socket that is not granted is refused (EACCES), or ECONNREFUSED when nobody is bound to it (core/unix_bound.h), as it would be outside.
 *
 * SOCK_STREAM and SOCK_SEQPACKET only: a datagram socket sends to any address. Abstract names are refused. Listening is for core/own_sockets.h; without
 * it, the kernel refuses it to a connected socket. A copy of the descriptor that was made before connect(2) (dup, epoll, fork) stays a stand-in. */
#pragma once

#include "core/caps.h"
#include "core/err.h"
#include "core/notify.h"

/* Adds the handlers; `c` outlives the sandbox. Without them, and where `c` grants no socket, the filter refuses to make one. */
MUST_CHECK int unix_sockets_register(const struct caps *c, struct notify *n, struct err *e);
