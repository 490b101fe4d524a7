/* terminals: those that the command may use: the one it was started on and those that it makes itself, but none of this user's others, in which
 * passwords are typed and commands are run. pty(7), devpts of the kernel's documentation.
 *
 * At CAPS_LEVEL_FULL, /dev/pts is one of the command's own. Below, nothing is granted there but the terminal the command was started on, and nono opens what
 * the command makes: a name is that of the very terminal that was made then, whoever has the number by now. */
#pragma once

#include <stdbool.h>

#include "core/caps.h"
#include "core/err.h"
#include "core/notify.h"

#define TERMINALS_DIR "/dev/pts"

enum {
    TERMINALS_MAX = 64,        /* there at a time that terminals_open has made; the next one fails with ENOSPC */
    TERMINALS_MAX_NUMBER = 64, /* a terminal with a higher one has no name at the full level: ttyname(3) fails with ENODEV */
    TERMINALS_MAX_NAME = 32,
};

/* There is a /dev/pts: small containers have none. */
bool terminals_are_here(void);
/* What a level does about it: true when the policy grants terminals of the command's own (/dev/ptmx) and says nothing about /dev/pts itself, in which case
 * the shared one is meant. */
bool terminals_are_asked(const struct caps *c);
/* Grants the terminals behind the standard descriptors by name, where /dev/tty is granted: CAPS_LEVEL_LANDLOCK. */
void terminals_grant_own(struct caps *c);

/* In the command's mount namespace: mounts an empty /dev/pts, and in it, under the name it has outside, the terminal behind the standard descriptors. That
 * takes a descriptor which has to stay open as long as the namespace: only where a process of nono's is in there (caps->own_processes). ERR_LEVEL. */
MUST_CHECK int terminals_mount(const struct caps *c, struct err *e);
/* That descriptor; -1: none. */
int terminals_held(void);

/* Below the full level: adds the handler of ioctl(2) with TIOCGPTPEER, by which C libraries open the other end of a terminal; by its name it cannot be opened
 * then. With c->brokered nothing: whoever makes the changes is asked for names, and calls terminals_open. */
MUST_CHECK int terminals_register(const struct caps *c, struct notify *n, struct err *e);
/* Answers the opening of `path`, a name below /dev: a descriptor for the caller of this function, a negative errno value, or TERMINALS_PROCEED when it is about
 * none of the command's terminals. The process that asks is confined by nono alone. One thread at a time. */
enum { TERMINALS_PROCEED = -4096 /* below every errno value */ };
MUST_CHECK int terminals_open(const struct caps *c, const struct notify_call *call, const char *path, int flags);
