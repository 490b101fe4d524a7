#!/usr/bin/env bash
# usage: run.sh [--ordinary-user] SHELL NONO PARTS PROG [SCENARIO]
# Runs the scenarios in one shell. PARTS is the directory of what belongs to nono; PROG is built from prog.c. The homes are outside /tmp, which
# the policy grants.
set -euo pipefail
unset "${!NONO_@}" # the scenarios count such variables
here=$(cd "$(dirname "$0")" && pwd)

skip() {
    echo "1..0 # SKIP $*"
    exit 77
}

if [[ ${1-} == --ordinary-user ]]; then
    shift
    [[ $EUID -eq 0 ]] || skip "not root: the other run is an ordinary user's"
    exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0" "$@"
fi
command -v expect >/dev/null || skip "expect is not installed"
command -v "$1" >/dev/null || skip "$1 is not installed"

root=$(mktemp -d /var/tmp/nono-shells.XXXXXX)
# shellcheck source=tests/cli/clean.bash
source "$here/../cli/clean.bash"
trap 'remove_tree "$root"' EXIT
expect -f "$here/scenarios.tcl" "$1" "$2" "$3" "$4" "$root" "${5-}"
