/* odb_codec: zstd behind three functions; may be called from several threads. Part of the module: the only user of zstd.h. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "rollback/bytes.h"

struct odb_codec;

struct odb_codec *odb_codec_new(void);
void odb_codec_free(struct odb_codec *c);
/* Compresses into `ret` (cleared) and yields SEGMENT_ZSTD, or SEGMENT_RAW when that gains less than one part in twenty: `ret` is then not used. */
uint8_t odb_codec_pack(struct odb_codec *c, const void *data, size_t len, struct bytes *ret);
/* Exactly `ret_len` bytes come out, or ERR_CORRUPT. */
MUST_CHECK int odb_codec_unpack(struct odb_codec *c, const void *stored, size_t stored_len, void *ret, size_t ret_len, struct err *e);
