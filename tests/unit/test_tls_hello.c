/* tls_hello: the name that a TLS client sends. */
#include "core/tls_hello.h"

#include <string.h>

#include "tests/unit/tap.h"

/* A record of handshake, a hello of TLS 1.2 with one cipher, a list of a point format, then the name. */
static const char hello[] = "\x16\3\1\0\x49"
                            "\1\0\0\x45\3\3"
                            "0123456789abcdef0123456789abcdef"
                            "\0"
                            "\0\2\x13\1"
                            "\1\0"
                            "\0\x1a"
                            "\0\x0b\0\2\1\0"
                            "\0\0\0\x10\0\x0e\0\0\x0b"
                            "Example.org";

TEST(the_name_is_found_behind_other_extensions)
{
    char name[DNS_MESSAGE_MAX_NAME];
    CHECK_INT(sizeof hello - 1, 0x49 + 5);
    CHECK(tls_hello_name((const uint8_t *)hello, sizeof hello - 1, name));
    CHECK_STR(name, "example.org");
}

TEST(no_length_may_lie)
{
    char name[DNS_MESSAGE_MAX_NAME];
    uint8_t bytes[sizeof hello];
    static const size_t lengths[] = {4, 8, 43, 45, 48, 51, 55, 61, 63, 64, 66};
    for (size_t len = 0; len < sizeof hello - 1; len++)
        CHECK(!tls_hello_name((const uint8_t *)hello, len, name));
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memcpy(bytes, hello, sizeof bytes);
        bytes[lengths[i]]++;
        CHECK(!tls_hello_name(bytes, sizeof hello - 1, name));
    }
}

TEST(what_is_no_name_of_a_host_is_none)
{
    char name[DNS_MESSAGE_MAX_NAME];
    uint8_t bytes[sizeof hello];
    memcpy(bytes, hello, sizeof bytes);
    bytes[sizeof hello - 3] = '\x1b';
    CHECK(!tls_hello_name(bytes, sizeof hello - 1, name));
}
