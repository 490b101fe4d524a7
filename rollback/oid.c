#include "rollback/oid.h"

#include <string.h>

bool oid_is_zero(const struct oid *o)
{
    static const struct oid zero;
    return memcmp(o, &zero, sizeof(zero)) == 0;
}

bool oid_equal(const struct oid *a, const struct oid *b)
{
    return memcmp(a->byte, b->byte, OID_SIZE) == 0;
}

int oid_compare(const struct oid *a, const struct oid *b)
{
    return memcmp(a->byte, b->byte, OID_SIZE);
}

void oid_to_hex(const struct oid *o, char ret[OID_HEX + 1])
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < OID_SIZE; i++) {
        ret[2 * i] = digit[o->byte[i] >> 4];
        ret[2 * i + 1] = digit[o->byte[i] & 15];
    }
    ret[OID_HEX] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool oid_from_hex(const char *hex, struct oid *ret)
{
    struct oid o = {{0}};
    for (size_t i = 0; i < OID_SIZE; i++) {
        int high = hex_value(hex[2 * i]);
        int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
        if (low < 0)
            return false;
        o.byte[i] = (unsigned char)(high * 16 + low);
    }
    if (hex[OID_HEX] != '\0')
        return false;
    *ret = o;
    return true;
}
