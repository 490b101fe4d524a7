#!/usr/bin/env bash
# elf.sh PROGRAM: the hardening that only the linked file can show, and that libgit2 and cJSON are not on the way to starting a command.
set -euo pipefail
program=$1
headers=$(readelf -W -h -l -d "$program")
number=0 failed=0

# claim NAME WANTED PATTERN: WANTED is "has" or "lacks".
claim() {
    number=$((number + 1))
    local word=ok found=lacks
    if grep -qE "$3" <<<"$headers"; then found=has; fi
    if [ "$found" != "$2" ]; then word="not ok" failed=1; fi
    echo "$word $number - $1"
}

echo "1..6"
claim "position-independent" has '^ *Type: +DYN'
claim "relocations are read-only" has 'GNU_RELRO'
claim "symbols are bound at start" has 'BIND_NOW|FLAGS.*NOW'
claim "the stack cannot be executed" has 'GNU_STACK.* RW '
claim "libgit2 and zstd are not linked" lacks 'NEEDED.*(libgit2|libzstd)'
claim "cJSON is loaded when it is needed" lacks 'NEEDED.*libcjson'
exit "$failed"
