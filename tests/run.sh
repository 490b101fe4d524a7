#!/usr/bin/env bash
# Builds with gcc and with clang's sanitizers and runs every test in both; as root, once more as an ordinary user,
# because root hides half of the mistakes. The last line is `N passed, N failed, N skipped`, summed over all runs.
set -euo pipefail
umask 022
root=$(cd "$(dirname "$0")/.." && pwd -P)
jobs=$(nproc)
tests=$((jobs + (jobs + 1) / 2)) # at once: many wait for a terminal or a disk
user=65534

# Not below /tmp: commands may write there by policy, and a HOME inside a grant is no HOME to test with.
scratch=$(mktemp -d /var/tmp/nono-test.XXXXXX)
trap 'chmod -R u+rwX "$scratch" 2>/dev/null || true; rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
totals=$scratch/totals
: >"$totals"
failed=0

as_user() {
    setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}

# An ordinary user must be able to read the tree and what is built in it; below a directory that is closed to others, a copy is.
find_place() {
    # shellcheck disable=SC2016 # expands in the inner shell
    local readable='cd "$1" && ! find . -name .git -prune -o -path ./build -prune -o ! -readable -print | grep -q .'
    if [ "$(id -u)" = 0 ] && ! as_user bash -c "$readable" - "$root" 2>/dev/null; then
        echo "# $root is closed to other users: testing a copy of it"
        mkdir "$scratch/nono"
        tar -C "$root" --exclude=./.git --exclude=./build -cf - . | tar -C "$scratch/nono" --no-same-owner -xf -
        chmod -R a+rX "$scratch/nono"
        root=$scratch/nono
    fi
}

build() {
    echo "# building preset $1"
    local log=$scratch/build.log
    if ! { cmake --preset "$1" && cmake --build --preset "$1" -j "$jobs" -- -k 0; } >"$log" 2>&1; then
        cat "$log"
        echo "0 1 0" >>"$totals"
        failed=1
        return 1
    fi
    chmod -R a+rX "build/$1"
}

# run TITLE PRESET WHO CTEST-ARGUMENT...: in an environment that holds nothing of the caller's, from a directory of its own,
# since ctest writes where it stands.
run() {
    local title=$1 preset=$2 who=$3 home
    shift 3
    echo "# $title"
    home=$(mktemp -d "$scratch/home.XXXXXX")
    mkdir "$home/ctest"
    printf 'subdirs("%s")\n' "$root/build/$preset" >"$home/ctest/CTestTestfile.cmake"
    local command=(env -i "PATH=$PATH" "HOME=$home" LANG=C.UTF-8 TERM=xterm
        ${NONO_TEST_NO_SKIP:+"NONO_TEST_NO_SKIP=$NONO_TEST_NO_SKIP"} UBSAN_OPTIONS=print_stacktrace=1 ctest --test-dir "$home/ctest" -V -j "$tests" --timeout 300 "$@")
    if [ "$who" = user ]; then
        chown -R "$user:$user" "$home"
        as_user "${command[@]}" </dev/null 2>&1 | python3 tests/tally.py "$totals" || failed=1
    else
        "${command[@]}" </dev/null 2>&1 | python3 tests/tally.py "$totals" || failed=1
    fi
}

# run_all WHO NAME LABELS CTEST-ARGUMENT...: without those labels under the sanitizers. Timing under a sanitizer tells nothing, and the sources are the same for everyone.
run_all() {
    local who=$1 name=$2 without=$3
    shift 3
    if [ -e build/dev/built ]; then run "gcc, as $name" dev "$who" "$@"; fi
    if [ -e build/asan/built ]; then run "clang with sanitizers, as $name" asan "$who" -LE "$without" "$@"; fi
}

main() {
    find_place
    cd "$root"
    for preset in dev asan; do
        rm -f "build/$preset/built"
        if build "$preset"; then touch "build/$preset/built"; fi
    done
    # Root's tests of what an ordinary user does are the ordinary user's own tests, which follow; shells and tools, which are most of the time
    # of the tests that use them, are watched by the sanitizers once; so is what is done at each of hundreds of faults, by root.
    if [ "$(id -u)" = 0 ]; then
        run_all self root 'lint|bench|demo|shells|compat' -E '[.]ordinary_user$'
        run_all user "an ordinary user" 'lint|bench|demo|faults' -E '^lint|[.]ordinary_user$'
    else
        run_all self "$(id -un)" 'lint|bench|demo'
    fi
    awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$totals"
    exit "$failed"
}

main
