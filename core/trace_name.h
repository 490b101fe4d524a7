/* trace_name: names of hosts in what processes send and receive. Seam inside trace; nobody else includes it.
 *
 * Seen are: the first message of a TLS client in a call of its own; questions to port 53, also through a stream, and the answers to them, as far as they are
 * there when they are asked for; questions to the sockets of systemd-resolved and nscd. Not seen is what is encrypted: DNS over HTTPS, an encrypted
 * ClientHello. */
#pragma once

#include "core/trace.h"

bool trace_name_is_call(int number);
/* Tells what the call says, if anything; also the address that sendto(2) was given. */
void trace_name_look(const struct trace *t, const struct trace_event *base, const struct notify_call *c);
MUST_CHECK int trace_name_register(const struct trace *t, notify_watcher *watch, struct notify *n, struct err *e);
