#!/usr/bin/env bash
# Says how many C files ./dev format would change: `format.sh [ROOT]`. A wish, not a gate: a table may read better aligned by hand.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
count=$(find core policy rollback hooks completions shell tests -name '*.[ch]' -print0 |
    xargs -0 -r clang-format --dry-run 2>&1 | sed -n 's/^\([^:]*\):[0-9].*/\1/p' | sort -u | wc -l)
[ "$count" -eq 0 ] || echo "note: ./dev format would change $count files"
