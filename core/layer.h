/* layer: a writable layer over a directory, which stays as it is: overlayfs, as an unprivileged user mounts it in a user namespace. What is written
 * through it lies in `stage`/upper: files whole, what was removed as character device 0:0, directories that hide the lower one with the attribute
 * LAYER_OPAQUE "y". overlayfs of Linux 5.11 (userxattr). */
#pragma once

#include <stdbool.h>

#include "core/err.h"

#define LAYER_UPPER "upper"
#define LAYER_WORK "work"
#define LAYER_ATTRIBUTES "user.overlay." /* of overlayfs itself, in upper */
#define LAYER_OPAQUE LAYER_ATTRIBUTES "opaque"

/* In the new mount namespace, before mounts become read-only: *ret_fd is the layer, mounted nowhere. ERR_LEVEL. */
MUST_CHECK int layer_make(const char *directory, const char *stage, int *ret_fd, struct err *e);
/* Mounts it over the directory. ERR_LEVEL. */
MUST_CHECK int layer_put(int fd, const char *directory, struct err *e);
/* Tries all of it in a child, with `stage`, which is ours and has both directories. ERR_KERNEL says what is missing. */
MUST_CHECK int layer_test(const char *directory, const char *stage, struct err *e);
