/* trace_address: what calls about addresses of sockets ask for. Seam inside trace; nobody else includes it. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "core/trace.h"

union trace_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};
/* One of `len` bytes as text of INET6_ADDRSTRLEN bytes; false for what is neither IPv4 nor IPv6. */
bool trace_address_describe(const union trace_address *name, size_t len, char *ret_text, uint16_t *ret_port);
/* Tells that the call connects, binds or sends to the address at `at` in the memory of the caller. Returns its port, 0 when it has none. */
uint16_t trace_address_tell(const struct trace *t, const struct trace_event *base, const struct notify_call *c, uint64_t at, uint64_t len);
/* Tells where the call, listen(2), listens. */
void trace_address_listen(const struct trace *t, const struct trace_event *base, const struct notify_call *c);
