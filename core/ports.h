/* ports: what Landlock does not see of listening. A socket that was never bound gets a port of the kernel's choice by listen(2). */
#pragma once

#include "core/caps.h"
#include "core/err.h"
#include "core/notify.h"

/* Adds the handler when `c` names ports to listen on, and nothing otherwise: without any, the filter refuses listen(2). `c` outlives the
 * sandbox. */
MUST_CHECK int ports_register(const struct caps *c, struct notify *n, struct err *e);
