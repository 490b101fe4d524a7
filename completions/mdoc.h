/* mdoc: text in a manual page, mdoc(7). Everything is appended and safe: no word of it is a macro. */
#pragma once

#include "core/str.h"

/* One line per sentence: mdoc's own rule, by which it sets the space between them. */
void mdoc_line(struct str *out, const char *text);
/* The same; ends in a full stop also when `text` has none, as help has not. */
void mdoc_sentence(struct str *out, const char *text);
/* Lines of `text`; an empty one starts a paragraph. */
void mdoc_text(struct str *out, const char *text);
/* The head of a page: NAME "nono-run", section 1, and what it is, which starts in lower case there. */
void mdoc_head(struct str *out, const char *name, int section, const char *version, const char *what);
