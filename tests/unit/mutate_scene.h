/* mutate_scene: two populated trees and a session that changes them, for the tests of mutate. */
#pragma once

#include <sys/stat.h>

#include "tests/unit/mutate_do.h"

enum { EARLY = 1000000 }; /* a time that nothing gets by itself */

struct scene {
    struct fixture f;
    struct fixture_session s;
    struct doer d;
    char *before; /* of the trees, as text */
};
void scene_start(struct scene *s);
/* What has changed by now comes back, and goes again. Frees `before`. */
void scene_finish(struct scene *s);
void scene_read(const struct scene *s, const char *path, char ret[64]);
struct stat scene_stat(const struct scene *s, const char *path);

#define CHECK_FILE(s, path, text)      \
    do {                               \
        char got_[64];                 \
        scene_read(s, path, got_);     \
        CHECK_STR(got_, text);         \
    } while (0)
#define DO(call) CHECK_INT(call, 0)
