#include "rollback/store_generation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/fs.h"
#include "core/mem.h"
#include "core/str.h"

#define GENERATION_FILE "generation"
enum { GENERATION_TEXT = 17 }; /* 16 digits and a newline */

static bool generation_parse(const char *text, uint64_t *ret)
{
    char digits[GENERATION_TEXT];
    if (strlen(text) != GENERATION_TEXT || text[GENERATION_TEXT - 1] != '\n')
        return false;
    memcpy(digits, text, GENERATION_TEXT - 1);
    digits[GENERATION_TEXT - 1] = '\0';
    if (strspn(digits, "0123456789abcdef") != GENERATION_TEXT - 1)
        return false;
    *ret = strtoull(digits, NULL, 16);
    return true;
}

bool store_generation_read(int dirfd, uint64_t *ret)
{
    AUTO(str_release) struct str text = STR_INIT(GENERATION_TEXT);
    struct err ignored = ERR_INIT;
    return fs_read(dirfd, GENERATION_FILE, &text, &ignored) == 0 && generation_parse(text.buf, ret);
}

int store_generation_renew(int dirfd, uint64_t *ret, struct err *e)
{
    uint64_t number;
    char text[GENERATION_TEXT + 1];
    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        return err_sys(e, ERR_KERNEL, errno, "cannot get random bytes");
    (void)snprintf(text, sizeof(text), "%016" PRIx64 "\n", number);
    if (fs_replace(dirfd, GENERATION_FILE, text, GENERATION_TEXT, 0600, e) != 0)
        return err_add(e, "cannot write to the object store");
    *ret = number;
    return 0;
}
