#!/usr/bin/env bash
# What must hold for every command of the table, whichever there are: table.sh NONO MAN-DIRECTORY.
# shellcheck disable=SC2317 # check calls its arguments
set -uo pipefail
nono=$(realpath "$1")
pages=$(realpath "$2")
home=$(mktemp -d /var/tmp/nono-table.XXXXXX)
trap 'rm -rf "$home"' EXIT
cd "$home" || exit 1
count=0 failed=0

check() { # WHAT COMMAND...
    local what=$1
    shift
    count=$((count + 1))
    if "$@" >reason 2>&1; then
        echo "ok $count - $what"
    else
        failed=1
        echo "not ok $count - $what"
        sed 's/^/#   /' reason
    fi
}

clean() {
    env -i "HOME=$home" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 "$@"
}

names() { # WORD...: what completion offers after them, options apart
    clean "$nono" __complete $(($# + 1)) -- nono "$@" '' | sed -n '/^:/d; s/\t.*//p'
}

page_of() { # WORD...: the file of its page
    local name="nono $*"
    echo "$pages/man1/${name// /-}.1"
}

# The help of `nono $@` is an answer, fits the terminal, and names the page, which is there.
explained() {
    clean "$nono" "$@" --help >help 2>err && [ ! -s err ] && clean "$nono" help "$@" | cmp - help &&
        ! LC_ALL=C.UTF-8 grep -nE '^.{81,}$|[[:space:]]$' help &&
        [ -f "$(page_of "$@")" ] && grep -qF "man $(basename "$(page_of "$@")" .1)" help
}

# Every long option that help shows is one that completion offers, and the page explains it.
offered() {
    local option
    clean "$nono" "$@" --help | grep -oE '^ {2,6}(-., )?--[a-z-]+' | grep -oE '\-\-[a-z-]+' | sort -u >shown
    clean "$nono" __complete $(($# + 1)) -- nono "$@" -- | sed 's/\t.*//' | grep '^--' | sort -u >offers
    diff shown offers || return 1
    while read -r option; do
        grep -qE "^\.It (Fl . , )?Fl ${option#-}( |$)" "$(page_of "$@")" || { echo "$option is not in the page" && return 1; }
    done <shown
}

unknown_option_is_refused() {
    local status=0
    clean "$nono" "$@" --no-such-option >out 2>err || status=$?
    cat err
    [ "$status" = 2 ] && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -qF "unknown option '--no-such-option' for 'nono $*'" err
}

check_command() {
    check "nono $*: help" explained "$@"
    check "nono $*: options" offered "$@"
    check "nono $*: unknown option" unknown_option_is_refused "$@"
}

for name in $(names); do
    [ "$name" != help ] || continue
    leaves=$(names "$name")
    is_group=0
    for leaf in $leaves; do
        if [ -f "$(page_of "$name" "$leaf")" ]; then
            is_group=1
            check_command "$name" "$leaf"
        fi
    done
    if [ "$is_group" = 1 ]; then check "nono $name: help" explained "$name"; else check_command "$name"; fi
done

# Which other pages this machine has, and that .Os names nono, is nothing to mend.
mandoc_is_content() {
    mandoc -Tlint "$1" 2>&1 | grep -vE 'referenced manual not found|operating system explicitly specified|outdated mandoc.db' >lint
    cat lint
    [ ! -s lint ]
}

groff_is_content() {
    groff -ww -mdoc -Tutf8 "$1" >page 2>lint
    cat lint
    [ -s page ] && [ ! -s lint ]
}

# A macro that stands where none is read is printed as it is.
no_macro_is_printed() {
    mandoc -Tutf8 "$1" 2>/dev/null | sed 's,.\x08,,g' >page
    [ -s page ] && ! grep -nE '(^|[[:space:]])\.[A-Z][a-z]( |$)|\\&' page
}

references_lead_somewhere() {
    local name section
    sed -n 's/^\.\(It \)\?Xr \(nono[a-z-]*\) \([0-9]\).*/\2 \3/p' "$1" >references
    while read -r name section; do
        [ -f "$pages/man$section/$name.$section" ] || { echo "$name($section) is not there" && return 1; }
    done <references
}

for page in "$pages"/man*/*; do
    name=$(basename "$page")
    check "$name: every section once" test "$(grep -c '^\.Sh ' "$page")" = "$(grep '^\.Sh ' "$page" | sort -u | wc -l)"
    check "$name: references" references_lead_somewhere "$page"
    if command -v mandoc >/dev/null; then check "$name: no macro is printed" no_macro_is_printed "$page"; fi
    for tool in mandoc groff; do
        if command -v "$tool" >/dev/null; then
            check "$name: $tool has nothing to say" "${tool}_is_content" "$page"
        else
            count=$((count + 1))
            echo "ok $count - $name: $tool has nothing to say # SKIP $tool is not installed"
        fi
    done
done
check "the pages are those that nono names" diff <("$nono" __man | sort) <(cd "$pages" && find . -type f -printf '%f\n' | sort)
echo "1..$count"
exit "$failed"
