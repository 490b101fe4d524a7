/* quote: one word, made safe for the reader it goes to. Nothing else in nono builds shell or terminal text. */
#pragma once

#include "core/str.h"

void quote_sh(struct str *out, const char *word);   /* sh, bash, zsh: bare when [A-Za-z0-9_@%+=:,./-]+, else '…' */
void quote_fish(struct str *out, const char *word); /* fish: '…' with \\ and \' */
/* For a terminal: control characters (C0, DEL, C1), bidi controls and bytes that are not UTF-8 become \xNN. */
void quote_term(struct str *out, const char *text);
void quote_termn(struct str *out, const char *text, size_t len);
void quote_json(struct str *out, const char *text); /* with the quotation marks; bytes that are not UTF-8 become \udcNN (surrogateescape) */
void quote_roff(struct str *out, const char *text); /* text inside an mdoc line */
/* Convenience: quote_term of `text`, caller owns. For messages. */
char *quote_term_dup(const char *text);
