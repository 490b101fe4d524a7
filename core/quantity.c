/* quantity: ages and sizes, as a person writes and reads them. */
#include "core/quantity.h"

#include <inttypes.h>
#include <string.h>

#include "core/mem.h"
#include "core/quote.h"

#define SECOND_NS INT64_C(1000000000)

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, WEEK = 7 * DAY }; /* seconds */
enum { MAX_DIGITS = 12 };

static int wrong(const char *text, const char *source, const char *wanted, struct err *e)
{
    AUTO(mem_free_ptr) char *shown = quote_term_dup(text);
    return err_set(e, ERR_USAGE, "%s takes %s, not '%s'", source, wanted, shown);
}

/* Digits, at least one; returns what follows, NULL when they are none or too many. */
static const char *read_digits(const char *text, uint64_t *ret)
{
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > MAX_DIGITS)
        return NULL;
    *ret = 0;
    for (size_t i = 0; i < n; i++)
        *ret = *ret * 10 + (uint64_t)(text[i] - '0');
    return text + n;
}

static int64_t unit_of_age(const char *unit)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {{"", DAY}, {"s", 1}, {"m", MINUTE}, {"h", HOUR}, {"d", DAY}, {"w", WEEK}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].name, unit) == 0)
            return units[i].seconds;
    }
    return 0;
}

int quantity_age(const char *text, const char *source, int64_t *ret_ns, struct err *e)
{
    uint64_t number = 0;
    const char *unit = read_digits(text, &number);
    int64_t seconds = unit ? unit_of_age(unit) : 0;
    if (seconds == 0 || number == 0 || number > (uint64_t)(INT64_C(1) * QUANTITY_MAX_AGE_DAYS * DAY / seconds))
        return wrong(text, source, "an age such as 30d, 12h or 2w (days when there is no letter)", e);
    *ret_ns = (int64_t)number * seconds * SECOND_NS;
    return 0;
}

/* "", "K", "KB", "KiB" … as a power of 1024; -1 when it is none. */
static int unit_of_size(const char *unit)
{
    static const char letters[] = "KMGT";
    static const char small[] = "kmgt";
    if (*unit == '\0' || strcmp(unit, "B") == 0)
        return 0;
    const char *at = strchr(letters, *unit);
    const char *at_small = strchr(small, *unit);
    if ((!at && !at_small) || (unit[1] != '\0' && strcmp(unit + 1, "B") != 0 && strcmp(unit + 1, "iB") != 0))
        return -1;
    return 1 + (int)(at ? at - letters : at_small - small);
}

int quantity_size(const char *text, const char *source, uint64_t *ret, struct err *e)
{
    static const char wanted[] = "a size such as 500M or 2G (bytes when there is no letter)";
    uint64_t whole = 0;
    uint64_t part = 0;
    uint64_t scale = 1;
    uint64_t unit = 1;
    const char *rest = read_digits(text, &whole);
    if (rest && *rest == '.') {
        const char *digits = rest + 1;
        rest = read_digits(digits, &part);
        for (const char *at = digits; rest && at < rest; at++)
            scale *= 10;
    }
    int power = rest ? unit_of_size(rest) : -1;
    if (power < 0 || (power == 0 && scale > 1))
        return wrong(text, source, wanted, e);
    for (int i = 0; i < power; i++)
        unit *= 1024;
    uint64_t bytes = 0;
    if (__builtin_mul_overflow(whole, unit, &bytes) || bytes > INT64_MAX)
        return wrong(text, source, wanted, e);
    *ret = bytes + (uint64_t)((double)part / (double)scale * (double)unit);
    return *ret == 0 ? wrong(text, source, wanted, e) : 0;
}

int quantity_limit(const char *text, const char *source, uint64_t *ret, struct err *e)
{
    if (strcmp(text, "unlimited") == 0) {
        *ret = UINT64_MAX;
        return 0;
    }
    struct err ignored = ERR_INIT;
    return quantity_size(text, source, ret, &ignored) == 0 ? 0 : wrong(text, source, "a size such as 500M or 2G, or unlimited", e);
}

void quantity_add_size(struct str *out, uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes / 1024;
    size_t i = 0;
    if (bytes < 1024) {
        str_addf(out, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
        return;
    }
    for (; value >= 1024 && i + 1 < sizeof units / sizeof *units; i++)
        value /= 1024;
    str_addf(out, "%.1f %s", value, units[i]);
}
