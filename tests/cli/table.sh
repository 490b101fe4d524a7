#!/usr/bin/env bash
# What must hold for every command of the table, whichever there are: table.sh NONO PAGE.
# shellcheck disable=SC2317 # check calls its arguments
set -uo pipefail
nono=$(realpath "$1")
page=$(realpath "$2")
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

# The help of `nono $@` is an answer, fits the terminal, and stands in the page.
explained() {
    clean "$nono" "$@" --help >help 2>err && [ ! -s err ] && clean "$nono" help "$@" | cmp - help &&
        ! LC_ALL=C.UTF-8 grep -nE '^.{81,}$|[[:space:]]$' help && grep -qxF ".Ss nono $*" "$page"
}

# Every long option that help shows is one that completion offers, and the page explains it.
offered() {
    local option
    clean "$nono" "$@" --help | grep -oE '^ {2,6}(-., )?--[a-z-]+' | grep -oE '\-\-[a-z-]+' | sort -u >shown
    clean "$nono" __complete $(($# + 1)) -- nono "$@" -- | sed 's/\t.*//' | grep '^--' | sort -u >offers
    diff shown offers || return 1
    while read -r option; do
        grep -qE "^\.It (Fl . , )?Fl ${option#-}( |$)" "$page" || { echo "$option is not in the page" && return 1; }
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
        if grep -qxF ".Ss nono $name $leaf" "$page"; then
            is_group=1
            check_command "$name" "$leaf"
        fi
    done
    if [ "$is_group" = 1 ]; then check "nono $name: help" explained "$name"; else check_command "$name"; fi
done
check "the page names every section once" test "$(grep -c '^\.Sh ' "$page")" = "$(grep '^\.Sh ' "$page" | sort -u | wc -l)"
if command -v mandoc >/dev/null; then
    check "mandoc has nothing to say about the page" mandoc -Tlint -W warning "$page"
else
    count=$((count + 1))
    echo "ok $count - mandoc has nothing to say about the page # SKIP mandoc is not installed"
fi
echo "1..$count"
exit "$failed"
