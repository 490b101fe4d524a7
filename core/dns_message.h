/* dns_message: what a question or an answer of the domain name system is about: RFC 1035, without its transport over streams. Strict: what is not
 * entirely of the kind described here is no such message. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_MESSAGE_MAX = 4096,         /* of what is looked at; a longer one is none */
    DNS_MESSAGE_MAX_NAME = 254,     /* with its terminator */
    DNS_MESSAGE_MAX_ADDRESSES = 32, /* more are left out */
};

struct dns_message_address {
    bool is_long; /* IPv6 */
    uint8_t byte[16];
};
struct dns_message {
    bool is_answer;
    char name[DNS_MESSAGE_MAX_NAME]; /* what is asked for: letters (small), digits, '-', '_' and dots; no dot at the end */
    struct dns_message_address address[DNS_MESSAGE_MAX_ADDRESSES]; /* of an answer, whatever aliases lie between */
    size_t n;
};

/* One question, for the address of a host, or an answer to one. */
bool dns_message_read(const uint8_t *bytes, size_t len, struct dns_message *ret);
/* The same text, checked and in small letters: false for what is no name of a host. `ret` has DNS_MESSAGE_MAX_NAME bytes. */
bool dns_message_host(const char *text, size_t len, char *ret);
