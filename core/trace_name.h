/* trace_name: names of hosts in what processes send and receive. Seam inside trace; nobody else includes it.
 *
 * Seen are: the first message of a TLS client in a write of its own (write, writev, sendto); questions to port 53 (sendto, sendmmsg) and the answers
 * to them (recvfrom); questions to the sockets of systemd-resolved and nscd (sendto). Not seen is what sendmsg(2) sends, which cannot be watched, what
 * goes through a stream to a name server, and what is encrypted: DNS over HTTPS, an encrypted ClientHello. */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/trace.h"

bool trace_name_is_call(int number);
/* Tells what the call says, if anything; also the address that sendto(2) was given. */
void trace_name_look(const struct trace *t, const struct trace_event *base, const struct notify_call *c);
MUST_CHECK int trace_name_register(const struct trace *t, notify_watcher *watch, struct notify *n, struct err *e);

union trace_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};
/* trace.c: an address of `len` bytes as text of INET6_ADDRSTRLEN bytes; false for what is neither IPv4 nor IPv6. */
bool trace_describe(const union trace_address *name, size_t len, char *ret_text, uint16_t *ret_port);
/* The same of the address at `at` in the memory of the caller. */
bool trace_read_address(const struct notify_call *c, uint64_t at, uint64_t len, char *ret_text, uint16_t *ret_port);
