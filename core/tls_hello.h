/* tls_hello: the name of the server in the first message of a TLS client: RFC 8446 (4.1.2) and RFC 6066 (3). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dns_message.h"

enum {
    TLS_HELLO_MIN = 64,   /* no shorter one names a server */
    TLS_HELLO_MAX = 2600, /* a longer one is not looked at */
    TLS_HELLO_HEAD = 6,
};

/* Whether a message that begins with these TLS_HELLO_HEAD bytes may be one. */
bool tls_hello_begins(const uint8_t *bytes);
/* The whole message has to be there. `ret` has DNS_MESSAGE_MAX_NAME bytes, and gets a checked name of a host. */
bool tls_hello_name(const uint8_t *bytes, size_t len, char *ret);
