/* profile_gen: a program of the build. Reads a built-in profile, strictly, and writes it as profile_unpack takes it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/fs.h"
#include "core/mem.h"
#include "policy/profile_pack.h"

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    AUTO(str_release) struct str json = STR_INIT(STR_MAX_PROFILE);
    AUTO(str_release) struct str made = STR_INIT(STR_MAX_PROFILE);
    AUTO(profile_release) struct profile profile = {0};
    if (argc != 3)
        return EXIT_FAILURE;
    int r = fs_read(AT_FDCWD, argv[1], &json, &e);
    if (r == 0)
        r = profile_parse(json.buf, json.len, argv[1], argv[1], &profile, &e);
    if (r == 0) {
        profile_pack(&profile, &made);
        r = str_check(&made, "the packed profile", &e);
    }
    if (r == 0)
        r = fs_replace(AT_FDCWD, argv[2], made.buf, made.len, 0644, &e);
    if (r == 0)
        return EXIT_SUCCESS;
    (void)dprintf(STDERR_FILENO, "profile_gen: %s\n", e.text);
    return EXIT_FAILURE;
}
