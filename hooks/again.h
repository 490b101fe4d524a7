/* again: a wrapped command that failed is watched when it is typed once more.
 *
 * Nobody sees what the kernel denies a command that is not watched, and watching costs every call. People do again what failed: the second time is
 * worth it. One file beside the hint of a shell that wants hints (hooks/hint.h), runtime_dir/again.PID, holds the last command that failed there and what is
 * known of it. Nothing depends on it but whether a command is watched; a file that is missing or damaged means that it is not. */
#pragma once

#include <stdbool.h>

#include "core/world.h"

struct again_command {
    const struct world *world;
    const char *workdir;
    char *const *argv;
};
/* The shell that started us has seen the same words fail in the same directory, and nobody has watched them since. */
bool again_is_due(const struct again_command *c);

struct again_end {
    bool failed, watched;
};
enum again_news {
    AGAIN_NOTHING, /* nothing to say; also where no shell wants hints */
    AGAIN_FIRST,   /* the first command of this shell that failed: its next run is watched */
    AGAIN_WATCHED, /* it was watched on our account, and failed again */
};
/* After the command. */
enum again_news again_ended(const struct again_command *c, const struct again_end *end);
