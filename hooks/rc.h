/* rc: the lines nono keeps in a shell's start-up file, between two marker lines:
 *
 *   # >>> nono hook >>>
 *   ...
 *   # <<< nono hook <<<
 *
 * Pure: text in, text out. What is put in and taken out again leaves the text byte for byte as it was, unless somebody else wrote behind
 * the block meanwhile; for that the first marker says what was there before it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

/* What the first marker says behind its last '>'. */
enum rc_before {
    RC_BEFORE_LINE,   /* whole lines, or an empty file */
    RC_BEFORE_NO_END, /* a last line without its end: one was added */
    RC_BEFORE_NONE,   /* no file */
};

struct rc_block {
    bool found;
    enum rc_before before;
    size_t start, end; /* of the markers' lines, both included */
    struct view body;  /* the lines between; points into the text */
};

/* Finds the block `name` ("nono hook"). ERR_INPUT, naming the line, when its markers are not exactly one pair. */
MUST_CHECK int rc_find(struct view text, const char *name, struct rc_block *ret, struct err *e);
/* The text with `body` (whole lines) as the block: in its place when there is one, else at the end. `missing`: there is no file. */
MUST_CHECK int rc_put(struct view text, const char *name, const char *body, bool missing, struct str *out, struct err *e);
/* The text without the block. *ret_remove: nothing is left of a file that the block made. */
MUST_CHECK int rc_drop(struct view text, const char *name, struct str *out, bool *ret_remove, struct err *e);
