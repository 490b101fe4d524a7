/* json_library: cJSON, loaded when the first text is parsed. Most commands parse none, and mapping and binding a library costs every
 * start more than reading the policy does. Only core/json*.c includes this. */
#pragma once

#include <stddef.h>

#include "core/err.h"

struct cJSON;

struct json_library {
    struct cJSON *(*parse)(const char *text, size_t len, const char **ret_end, int whole); /* cJSON_ParseWithLengthOpts */
    void (*remove)(struct cJSON *item);                                                    /* cJSON_Delete */
};

/* Found as the loader finds any library a program is linked with. ERR_IO, never ERR_MISSING: that a file can be parsed does not
 * depend on whether it is there. It stays loaded. */
MUST_CHECK int json_library_load(struct json_library *ret, struct err *e);
