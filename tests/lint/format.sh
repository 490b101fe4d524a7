#!/usr/bin/env bash
# Names the C files that ./dev format would change: `format.sh [ROOT]`. A wish, not a gate: a table may be better aligned by hand.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
find core policy rollback hooks completions shell tests -name '*.[ch]' -print0 |
    xargs -0 -r clang-format --dry-run 2>&1 | sed -n 's/^\([^:]*\):[0-9].*/\1/p' | sort | uniq -c |
    sed 's/^ *\([0-9]*\) \(.*\)/\2:1: note: .\/dev format would change it in \1 places/'
