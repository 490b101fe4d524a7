/* hash: the values that were published, and one hash by parts. */
#include "core/hash.h"

#include "tests/unit/tap.h"

TEST(gives_the_published_values)
{
    CHECK(hash_text("") == UINT64_C(0xcbf29ce484222325));
    CHECK(hash_text("a") == UINT64_C(0xaf63dc4c8601ec8c));
    CHECK(hash_text("foobar") == UINT64_C(0x85944171f73967e8));
}

TEST(goes_on_where_it_ended)
{
    CHECK(hash_add(hash_add(HASH_START, "foo", 3), "bar", 3) == hash_text("foobar"));
    CHECK(hash_add(HASH_START, "a\0b", 3) != hash_add(HASH_START, "a\0c", 3));
}
