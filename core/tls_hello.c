/* tls_hello: each vector is cut off the one it lies in, and has to fill it. */
#include "core/tls_hello.h"

enum {
    RECORD_HANDSHAKE = 22,
    MAJOR = 3,
    CLIENT_HELLO = 1,
    RECORD_HEAD = 5,
    VERSION_AND_RANDOM = 2 + 32,
    EXTENSION_SERVER_NAME = 0,
    NAME_HOST = 0,
};

struct part {
    const uint8_t *at;
    size_t len;
};

static bool skip(struct part *p, size_t n)
{
    if (n > p->len)
        return false;
    p->at += n;
    p->len -= n;
    return true;
}

/* A number of `width` bytes. */
static bool take_number(struct part *p, size_t width, size_t *ret)
{
    if (width > p->len)
        return false;
    *ret = 0;
    for (size_t i = 0; i < width; i++)
        *ret = *ret << 8 | p->at[i];
    return skip(p, width);
}

/* What a length of `width` bytes stands before. */
static bool take(struct part *p, size_t width, struct part *ret)
{
    size_t len;
    if (!take_number(p, width, &len) || len > p->len)
        return false;
    *ret = (struct part){p->at, len};
    return skip(p, len);
}

bool tls_hello_begins(const uint8_t *bytes)
{
    return bytes[0] == RECORD_HANDSHAKE && bytes[1] == MAJOR && bytes[RECORD_HEAD] == CLIENT_HELLO;
}

static bool read_server_name(struct part extension, char *ret)
{
    struct part list;
    struct part name;
    size_t kind;
    if (!take(&extension, 2, &list) || extension.len != 0 || !take_number(&list, 1, &kind) || kind != NAME_HOST || !take(&list, 2, &name))
        return false;
    return dns_message_host((const char *)name.at, name.len, ret);
}

bool tls_hello_name(const uint8_t *bytes, size_t len, char *ret)
{
    struct part all = {bytes, len};
    struct part record;
    struct part hello;
    struct part session;
    struct part extensions;
    if (len < TLS_HELLO_MIN || len > TLS_HELLO_MAX || !tls_hello_begins(bytes) || !skip(&all, RECORD_HEAD - 2) || !take(&all, 2, &record))
        return false;
    if (!skip(&record, 1) || !take(&record, 3, &hello) || !skip(&hello, VERSION_AND_RANDOM))
        return false;
    struct part suites;
    struct part compression;
    if (!take(&hello, 1, &session) || !take(&hello, 2, &suites) || !take(&hello, 1, &compression) || !take(&hello, 2, &extensions) || hello.len != 0)
        return false;
    if (suites.len % 2 != 0 || compression.len == 0)
        return false;
    while (extensions.len > 0) {
        size_t kind;
        struct part extension;
        if (!take_number(&extensions, 2, &kind) || !take(&extensions, 2, &extension))
            return false;
        if (kind == EXTENSION_SERVER_NAME)
            return read_server_name(extension, ret);
    }
    return false;
}
