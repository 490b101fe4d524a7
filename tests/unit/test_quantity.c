/* quantity: ages and sizes, right and wrong ones. */
#include "core/quantity.h"

#include "core/mem.h"
#include "tests/unit/tap.h"

static void age(const char *text, int64_t seconds)
{
    struct err e = ERR_INIT;
    int64_t ns = 0;
    CHECK_OK(quantity_age(text, "--older-than", &ns, &e), &e);
    CHECK_INT(ns, seconds * 1000000000);
}

static void size(const char *text, uint64_t bytes)
{
    struct err e = ERR_INIT;
    uint64_t got = 0;
    CHECK_OK(quantity_size(text, "--max-size", &got, &e), &e);
    CHECK_INT(got, bytes);
}

TEST(ages)
{
    age("30", 30 * 86400);
    age("1d", 86400);
    age("90s", 90);
    age("15m", 900);
    age("12h", 43200);
    age("2w", 14 * 86400);
}

TEST(sizes)
{
    size("1", 1);
    size("2B", 2);
    size("500K", 500 * 1024);
    size("20MB", 20 * 1024 * 1024);
    size("1.5G", UINT64_C(3) << 29);
    size("2TiB", UINT64_C(2) << 40);
    size("3g", UINT64_C(3) << 30);
}

TEST(what_is_no_age)
{
    static const char *const wrong[] = {"", "0", "0d", "-1", "d", "1y", "1.5d", "1 d", "99999999", "36601", "9999999999999999999999", "1dd"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err e = ERR_INIT;
        int64_t ns = 7;
        CHECK_ERR(quantity_age(wrong[i], "--older-than", &ns, &e), ERR_USAGE, &e);
        CHECK_INT(ns, 7);
    }
}

TEST(what_is_no_size)
{
    static const char *const wrong[] = {"", "0", "0K", "-1", "K", "1X", "1.5", "1.", "1.K", ".5K", "1KK", "1 K", "9999999999T", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err e = ERR_INIT;
        uint64_t bytes = 0;
        CHECK_ERR(quantity_size(wrong[i], "--max-size", &bytes, &e), ERR_USAGE, &e);
    }
}

static void shows(uint64_t bytes, const char *wanted)
{
    AUTO(str_release) struct str out = STR_INIT(STR_MAX_LINE);
    quantity_add_size(&out, bytes);
    CHECK_STR(out.buf, wanted);
}

TEST(sizes_are_shown_with_their_unit)
{
    shows(0, "0 bytes");
    shows(1, "1 byte");
    shows(1023, "1023 bytes");
    shows(1536, "1.5 KiB");
    shows(5 * 1024 * 1024, "5.0 MiB");
    shows(UINT64_C(3) << 40, "3.0 TiB");
    shows(UINT64_C(3000) << 40, "3000.0 TiB");
}
