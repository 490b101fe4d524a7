/* profile_pack: a checked profile as bytes. The built-in ones are parsed when nono is built: every command starts from one.
 *
 *   sections  two bytes, the low one first
 *   then records, each with the index of its key in profile_keys as second byte:
 *   'i'  key, pointer, text                  an item of a list
 *   'v'  key, state, number, pointer         a value without a text
 *   't'  key, state, number, pointer, text   a value with one
 *   'r'  key, pointer, name                  a record of a map; its fields follow
 *   'f'  key, name, value                    a field of the last record
 *
 * Texts end in NUL, states and numbers are one byte. */
#pragma once

#include <stddef.h>

#include "core/str.h"
#include "policy/profile.h"

/* Appended to `out`. Only in the program that makes the data, and in the tests. */
void profile_pack(struct profile *p, struct str *out);
/* `bytes` come from profile_pack of the same build. `name` and `source` as for profile_parse. */
void profile_unpack(const unsigned char *bytes, size_t len, const char *name, const char *source, struct profile *ret);
