#!/usr/bin/env bash
# Runs every line "$ nono …" of a golden file in an empty home and compares what is printed: golden.sh NONO FILE. What stands above
# the first of them is a comment.
# Lines of stderr start with "! ", the exit status stands in brackets. BLESS=1 rewrites the file.
set -euo pipefail
nono=$(realpath "$1")
golden=$(realpath "$2")
home=$(mktemp -d /var/tmp/nono-golden.XXXXXX)
trap 'rm -rf "$home"' EXIT
bin=$home/bin
mkdir "$bin"
ln -s "$nono" "$bin/nono"
cd "$home"

answer() { # LINE
    local status=0
    # shellcheck disable=SC2016 # expands in the inner shell
    env -i "HOME=$home" "PATH=$bin:/usr/bin:/bin" LC_ALL=C sh -c "$1" >out 2>err </dev/null || status=$?
    cat out
    sed 's/^/! /' err
    echo "[$status]"
}

head=1
while IFS= read -r line; do
    if [[ $line == '$ '* ]]; then
        head=0
        echo "$line"
        answer "${line#??}"
    elif [ "$head" = 1 ]; then
        echo "$line"
    fi
done <"$golden" >"$home/got"

if [ "${BLESS:-}" = 1 ]; then
    cat "$home/got" >"$golden"
elif ! diff -u --label "$golden" --label "now (BLESS=1 accepts it)" "$golden" "$home/got"; then
    exit 1
fi
