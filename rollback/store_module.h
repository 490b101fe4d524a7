/* store_module: finds and loads nono-odb.so. */
#pragma once

#include "core/err.h"
#include "rollback/odb.h"

/* Never looks at the environment or the working directory. The module stays loaded until the process ends. */
MUST_CHECK int store_module_load(const struct odb_module **ret, struct err *e);
