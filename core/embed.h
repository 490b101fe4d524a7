/* embed: files compiled into the program. nono_embed(TARGET FILE SYMBOL) in core/embed.cmake defines each symbol. */
#pragma once

#include <stddef.h>

#define EMBED_DECLARE(symbol)                  \
    extern const unsigned char symbol[];       \
    extern const size_t symbol##_len /* without the NUL that follows the data */
