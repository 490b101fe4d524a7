/* json_build: values in memory of a text that json_scan let through, as cJSON makes them, for the program that loads no library.
 * Private to core/json*.c. */
#pragma once

#include <stddef.h>

struct cJSON;

/* Takes the arguments of cJSON_ParseWithLengthOpts; `len` counts the NUL at the end. The text must be as json_scan wrote it: nothing of that is checked again. Never NULL. */
struct cJSON *json_build(const char *text, size_t len, const char **ret_end, int whole);
/* `root` is what json_build returned: one allocation holds all of it. */
void json_build_free(struct cJSON *root);
