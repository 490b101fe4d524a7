/* home: a HOME of its own for one test, with the world that belongs to it. */
#pragma once

#include "core/world.h"

struct home {
    char *path;
    struct world world;
};

/* Below `parent`, a real path. Aborts when it cannot. A test of what is not granted needs one outside /tmp, which the policy grants. */
void home_make(struct home *h, const char *parent);
void home_remove(struct home *h);
/* Paths are relative to the home directory; what is missing above them is made. */
void home_dir(const struct home *h, const char *path);
void home_file(const struct home *h, const char *path, const char *text);
void home_link(const struct home *h, const char *path, const char *target);
void home_profile(const struct home *h, const char *name, const char *text); /* a user profile */
char *home_join(const struct home *h, const char *path);                     /* caller owns */
