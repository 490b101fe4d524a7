#include "rollback/oid.h"

#include <string.h>

#include "tests/unit/tap.h"

#define HEX "00ff10abcdef0123456789abcdef0123456789ab"

TEST(hex_round_trip)
{
    struct oid o;
    char hex[OID_HEX + 1];
    CHECK(oid_from_hex(HEX, &o));
    CHECK_INT(o.byte[1], 0xff);
    oid_to_hex(&o, hex);
    CHECK_STR(hex, HEX);
}

TEST(hex_that_is_not_an_id)
{
    static const char *const bad[] = {"",
                                      "0",
                                      "00ff10abcdef0123456789abcdef0123456789a",
                                      "00ff10abcdef0123456789abcdef0123456789abc",
                                      "00ff10abcdef0123456789abcdef0123456789ag",
                                      "00FF10abcdef0123456789abcdef0123456789ab",
                                      " 0ff10abcdef0123456789abcdef0123456789ab"};
    struct oid o = {{7}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!oid_from_hex(bad[i], &o));
    CHECK_INT(o.byte[0], 7);
}

TEST(order_is_by_bytes)
{
    struct oid a = {{1, 255}}, b = {{2}}, zero = {{0}};
    CHECK(oid_compare(&a, &b) < 0);
    CHECK(oid_compare(&b, &a) > 0);
    CHECK(oid_equal(&a, &a) && !oid_equal(&a, &b));
    CHECK(oid_is_zero(&zero) && !oid_is_zero(&a));
}
