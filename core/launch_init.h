/* launch_init: the processes of a PID namespace. pid_namespaces(7). */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

/* Where the two processes below are told to whoever started the one that calls launch_divide: a page that both share. */
struct launched {
    pid_t command;
    pid_t init; /* 0: there is no PID namespace */
};

/* Until launch_divide: a process that is to end at once must not be stopped from the terminal, since nono waits for its end. */
void launch_hold_stops(sigset_t *ret_mask);
/* In a child of nono that has unshared its PID namespace: starts the first process of the namespace, which does nothing but outlive all others, and the
 * one that becomes the command, in which `run` is called with the signal mask `mask`. Both are children of nono itself, which sees how the
 * command stops, continues and ends as it would without; when the first one is killed, or nono dies, the kernel ends the whole namespace. Both use
 * the memory of the caller, which ends here, instead of a copy; it returns when it fails. `alive_fd` is the writing end of a pipe that
 * nono reads. ERR_IO. */
struct launch_division {
    int alive_fd;
    int held_fd; /* stays open in the first process; -1: none */
    bool is_read; /* nono reads what the one that becomes the command asks for with its exec; the caller then lasts until that */
    sigset_t mask;
    void (*run)(void *data); /* does not return; has LAUNCH_STACK bytes of stack */
    void *data;
    struct launched *shared;
};
enum { LAUNCH_STACK = 256 * 1024 };
MUST_CHECK int launch_divide(struct launch_division *d, struct err *e);
/* Begins to end what is left of the namespace, and of what is traced; launch_end has to follow. */
void launch_stop(const struct launched *l);
/* Ends what is left of the namespace, and waits until it is gone. A second time does nothing. */
void launch_end(struct launched *l);
