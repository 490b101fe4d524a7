/* unix_call: what the handlers of calls with Unix sockets share (core/unix_sockets.h, core/own_sockets.h). They run where nothing may allocate;
 * errors are negative errno values, which may be the answer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/notify.h"

/* An address in the file system. */
struct unix_name {
    struct sockaddr_un address;
    socklen_t len;
    char path[sizeof((struct sockaddr_un *)0)->sun_path + 1]; /* terminated */
};

/* The address that bind(2) or connect(2) was given, read once. -EINVAL, -EFAULT; -EACCES for an abstract name. */
MUST_CHECK int unix_call_name(const struct notify_call *c, struct unix_name *ret);
/* The value of an option of SOL_SOCKET that is an int; -1. */
int unix_call_option(int fd, int option);
/* An end of a pair that this process has made. */
bool unix_call_is_stand_in(int fd);
/* The root or the current directory of the caller, whichever its path begins at: a descriptor. */
MUST_CHECK int unix_call_start(const struct notify_call *c, bool is_absolute);
/* The permissions of files are asked for nono's user: a command that has become another one must not gain by it. Only root's can. */
MUST_CHECK int unix_call_check_user(const struct notify_call *c);
/* The real path of what `fd` is. */
MUST_CHECK int unix_call_place(int fd, char *ret, size_t max);
/* A socket that is as the stand-in is, with the options that were set on it. */
MUST_CHECK int unix_call_made(int stand_in, bool blocks);
/* Puts it in the place of the stand-in: the first argument of the call. */
MUST_CHECK int unix_call_give(const struct notify_call *c, int stand_in, int made);
