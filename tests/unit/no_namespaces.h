/* no_namespaces: a process that cannot make namespaces, as in many containers. */
#pragma once

#include <stdbool.h>

/* For this process and what it starts. False when seccomp does not work here. */
bool no_namespaces(void);
