/* quote: one word, made safe for the reader it goes to. Nothing else in nono builds shell or terminal text. */
#pragma once

#include "core/str.h"

/* sh, bash, zsh: bare when [A-Za-z0-9_@%+:,./-]+ or that as --name=value, else '…' */
void quote_sh(struct str *out, const char *word);
void quote_fish(struct str *out, const char *word); /* fish: '…' with \\ and \' */
/* For a terminal: control characters (C0, DEL, C1), bidi controls, line separators and bytes that are not UTF-8 become \xNN.
 * A backslash stays: this is for reading, not for reading back. */
void quote_term(struct str *out, const char *text);
void quote_termn(struct str *out, const char *text, size_t len);
/* With the quotation marks. Bytes that are not UTF-8 become \udcNN (surrogateescape); what quote_term escapes, \uNNNN. */
void quote_json(struct str *out, const char *text);
/* Text inside an mdoc line, no word of which is a macro; newlines become spaces. */
void quote_roff(struct str *out, const char *text);
/* Convenience: quote_term of `text`, caller owns. For messages. */
char *quote_term_dup(const char *text);
