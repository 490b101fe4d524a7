#!/usr/bin/env bash
# Builds with gcc and with clang's sanitizers and runs the tests of both; as root, once more as an ordinary user,
# because root hides half of the mistakes. The last line is `N passed, N failed, N skipped`, summed over all runs.
set -euo pipefail
umask 022
root=$(cd "$(dirname "$0")/.." && pwd -P)
jobs=$(nproc)
tests=$((jobs + (jobs + 1) / 2)) # at once: many wait for a terminal or a disk
user=65534

# Not below /tmp: commands may write there by policy, and a HOME inside a grant is no HOME to test with.
scratch=$(mktemp -d /var/tmp/nono-test.XXXXXX)
# shellcheck source=tests/cli/clean.bash
source "$root/tests/cli/clean.bash"
trap 'remove_tree "$scratch"' EXIT
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
        ${NONO_TEST_NO_SKIP:+"NONO_TEST_NO_SKIP=$NONO_TEST_NO_SKIP"} UBSAN_OPTIONS=print_stacktrace=1 ctest --test-dir "$home/ctest" -V -j "$tests" --timeout 900 "$@")
    if [ "$who" = user ]; then
        chown -R "$user:$user" "$home"
        as_user "${command[@]}" </dev/null 2>&1 | python3 tests/tally.py "$totals" || failed=1
    else
        "${command[@]}" </dev/null 2>&1 | python3 tests/tally.py "$totals" || failed=1
    fi
}

# built PRESET: whether its build went well.
built() {
    [ -e "build/$1/built" ]
}

# Everything runs by gcc as an ordinary user. Beside that, what would only say the same again is left out:
# - Root, by gcc: the tests of single modules and of faults, which root goes through under the sanitizers, linked in the same way. Measurements.
#   Root's tests of what an ordinary user does are the ordinary user's own tests.
# - Root, under the sanitizers: commands, shells and tools. Only core and rollback ask who they work for.
# - An ordinary user, under the sanitizers: what root did there. Tests of single modules that are about an ordinary user become one; sessions of
#   the whole program are watched for both. Of the tools' profiles, which differ in grants alone, one at either level.
run_as_both() {
    if built dev; then run "gcc, as root" dev self -LE 'unit|cases|fuzz|faults|bench' -E '[.]ordinary_user$'; fi
    if built asan; then run "clang with sanitizers, as root" asan self -L 'unit|cases|fuzz|kernel|rollback' -E '^kernel[.]guard$'; fi
    if built dev; then run "gcc, as an ordinary user" dev user -E '^lint|[.]ordinary_user$'; fi
    if built asan; then
        run "clang with sanitizers, as an ordinary user" asan user -LE 'lint|bench|demo|unit|cases|fuzz|faults' \
            -E '[.]ordinary_user$|^rollback[.](jobs|random|ranges|roots|commands)$|^compat[.](default_landlock|developer_full|.*-dev_)'
    fi
}

run_as_user() {
    if built dev; then run "gcc" dev self; fi
    if built asan; then run "clang with sanitizers" asan self -LE 'lint|bench|demo'; fi
}

main() {
    find_place
    cd "$root"
    for preset in dev asan; do
        rm -f "build/$preset/built"
        if build "$preset"; then touch "build/$preset/built"; fi
    done
    if [ "$(id -u)" = 0 ]; then run_as_both; else run_as_user; fi
    awk '{ p += $1; f += $2; s += $3 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }' "$totals"
    exit "$failed"
}

main
