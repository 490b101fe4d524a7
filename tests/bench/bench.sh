#!/usr/bin/env bash
# bench.sh BUILD-DIR [--smoke]: the budgets this build can be held to, each measured side by side with its peer.
# Exits 1 when a goal is missed. --smoke runs two rounds on a small tree and gives no verdict.
set -euo pipefail
build=$(cd "$1" && pwd -P)
here=$(cd "$(dirname "$0")" && pwd -P)
nono=$build/shell/nono
pbench=$build/tests/bench/pbench
walk=$build/tests/bench/lstat_walk
fast=200 slow=20 few=3 files=20000 sessions=1000 smoke=0
if [ "${2:-}" = --smoke ]; then fast=2 slow=2 few=2 files=500 sessions=5 smoke=1; fi

# A HOME of its own, not below /tmp: commands may write there by policy.
scratch=$(mktemp -d /var/tmp/nono-bench.XXXXXX)
# shellcheck source=tests/cli/clean.bash
source "$here/../cli/clean.bash"
trap 'remove_tree "$scratch"' EXIT
export HOME=$scratch/home LC_ALL=C.UTF-8
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR
full=$scratch/full
empty=$scratch/empty
state=$HOME/.local/state/nono
git_dir=$scratch/git
table=$scratch/table
result=$scratch/result
missed=0
mkdir -p "$HOME/.config/nono/profiles" "$empty" "$full"
cp "$here/../demo/developer.json" "$HOME/.config/nono/profiles/"
run="$nono run -s --allow-cwd --profile developer"

# row NAME DIR PREPARE COMMAND
row() {
    printf '%s\t%s\t%s\t%s\n' "$@" >>"$table"
}

# measure ROUNDS RATIO...: runs the rows gathered so far.
measure() {
    local rounds=$1 ratios=() ratio
    shift
    for ratio; do ratios+=(-r "$ratio"); done
    "$pbench" -n "$rounds" -w "$((rounds > 3))" "${ratios[@]}" "$table" >"$result"
    : >"$table"
    awk '$1 == "column" { printf "    %-12s %10.3f ms  [%.3f %.3f]\n", $2, $3, $4, $5 }' "$result"
}

# verdict RATIO GOAL TEXT: GOAL "-" is only shown.
verdict() {
    local value mark=""
    value=$(awk -v r="$1" '$1 == "ratio" && $2 == r { print $3 }' "$result")
    if [ "$2" != - ] && [ "$smoke" = 0 ]; then
        mark=ok
        if awk -v v="$value" -v g="$2" 'BEGIN { exit !(v > g) }'; then
            mark=OVER
            missed=1
        fi
    fi
    printf '%-62s %8s  goal %-5s %s\n' "$3" "$value" "$2" "$mark"
}

start_up() {
    local peer="bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all true"
    row true "$empty" "" true
    row wrap "$empty" "" "$nono wrap -- true"
    row run "$empty" "" "$run -- true"
    row unrecorded "$empty" "" "$run --no-rollback -- true"
    # shellcheck disable=SC2086 # words
    if ! $peer 2>/dev/null; then
        measure "$fast" wrap/true run/true
        echo "start-up: no peer: bwrap is missing or cannot make namespaces here"
        return
    fi
    row bwrap "$empty" "" "$peer"
    measure "$fast" wrap/bwrap run/bwrap unrecorded/bwrap true/bwrap
    verdict wrap/bwrap 0.35 "nono wrap -- true / bwrap --unshare-all"
    verdict run/bwrap 0.65 "nono run -- true, in namespaces / bwrap --unshare-all"
    verdict unrecorded/bwrap - "nono run --no-rollback -- true / bwrap --unshare-all"
    verdict true/bwrap - "true alone / bwrap --unshare-all"
    other_peer
}

# Setuid, and with a shell and a log of its own.
other_peer() {
    local peer="firejail --quiet --noprofile true"
    # shellcheck disable=SC2086 # words
    if ! $peer >/dev/null 2>&1; then
        echo "start-up: firejail is missing or does not run here"
        return
    fi
    row run "$empty" "" "$run -- true"
    row bwrap "$empty" "" "bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all true"
    row firejail "$empty" "" "$peer"
    measure "$slow" run/firejail bwrap/firejail
    verdict run/firejail - "nono run -- true, in namespaces / firejail --noprofile"
    verdict bwrap/firejail - "bwrap --unshare-all / firejail --noprofile"
}

unchanged() {
    (cd "$full" && $run -- true)
    if ! (cd "$full" && "$nono" rollback list --all) | grep true >/dev/null; then
        echo "bench: nono run left no session in $full" >&2
        exit 1
    fi
    row empty "$empty" "" "$run -- true"
    row full "$full" "" "$run -- true"
    row scan_empty "$empty" "" "$run --capture=scan -- true"
    row scan_full "$full" "" "$run --capture=scan -- true"
    row walk "$full" "" "$walk ."
    measure "$slow" full/empty scan_full-scan_empty/walk
    verdict full/empty 1.1 "nono run -- true, in $files files / in an empty directory"
    verdict scan_full-scan_empty/walk 2 "the same by scan, unchanged files / bare lstat walk"
}

# Each changes one file, so that none is forgotten.
listing() {
    local many=$scratch/many calls=1 listed i
    mkdir -p "$many"
    rm -rf "$state"
    for ((i = 0; i < sessions; i++)); do (cd "$many" && $run -- sh -c "echo $i >f"); done
    listed=$(cd "$many" && "$nono" rollback list --json | grep -c session_id)
    if [ "$listed" != "$sessions" ]; then
        echo "bench: $listed of $sessions sessions are listed" >&2
        exit 1
    fi
    flock "$state/sealer" true # what seals them is done
    row list "$many" "" "$nono rollback list"
    row newest "$many" "" "$nono rollback list --recent 10"
    row true "$many" "" true
    measure "$slow" list/true newest/true
    computed 'print t["list"]' 50 "nono rollback list of $sessions sessions, in milliseconds"
    rm -rf "$state" "$many"
}

# The start must not depend on how many files there are.
many_files() {
    local many=$scratch/many count=$((files * 10))
    mkdir "$many"
    (cd "$many" && seq "$count" | awk '{ d = "d" int($1 / 200); if (d != last) { print d; last = d } }' | xargs mkdir &&
        seq "$count" | awk '{ print "d" int($1 / 200) "/" $1 }' | xargs touch)
    row empty "$empty" "" "$run -- true"
    row many "$many" "" "$run -- true"
    measure "$slow" many/empty
    verdict many/empty 1.1 "nono run -- true, in $count files / in an empty directory"
    rm -rf "$many"
}

# What it takes to be able to take back a command that changes nothing: nono's session, a tree of git's in a repository beside, a backup by restic.
peers_of_a_session() {
    local shadow=$scratch/shadow
    git init -q --bare "$shadow"
    printf 'git --git-dir=%s --work-tree=. add -A && git --git-dir=%s write-tree\ntrue\n' "$shadow" "$shadow" >"$scratch/shadow.sh"
    row true "$full" "" true
    row session "$full" "" "$run -- true"
    row shadow "$full" "" "sh $scratch/shadow.sh"
    if ! command -v restic >/dev/null; then
        measure "$few" session-true/shadow
        verdict session-true/shadow - "a session over $files unchanged files / git add -A && git write-tree"
        echo "restic is not installed: no row beside it"
        return
    fi
    export RESTIC_REPOSITORY=$scratch/restic RESTIC_PASSWORD=bench
    restic init -q
    row restic "$full" "" "restic backup -q ."
    measure "$few" session-true/shadow session-true/restic
    verdict session-true/shadow - "a session over $files unchanged files / git add -A && git write-tree"
    verdict session-true/restic - "a session over $files unchanged files / restic backup"
    row restore "$full" "$run -- sh -c 'rm -rf part*'" "$nono rollback restore -s"
    row restic "$full" "rm -rf part*" "restic restore -q latest --target ."
    measure "$few" restore/restic
    verdict restore/restic - "restore of rm -rf on $files files / restic restore"
}

first_snapshot() {
    row snapshot "$full" "rm -rf $state" "$run --capture=scan -- true"
    row git_add "$full" "rm -rf $git_dir; git init -q --bare $git_dir" "git --git-dir=$git_dir --work-tree=. add -A"
    measure "$few" snapshot/git_add
    verdict snapshot/git_add - "first snapshot of $files files / git add -A"
}

restore() {
    rm -rf "$state" "$git_dir"
    git init -q --bare "$git_dir"
    git --git-dir="$git_dir" --work-tree="$full" add -A
    local before after
    before=$(find "$full" | wc -l)
    row restore "$full" "$run -- sh -c 'rm -rf part*'" "$nono rollback restore -s"
    row git_checkout "$full" "rm -rf part*" "git --git-dir=$git_dir --work-tree=. checkout-index -a -f"
    measure "$few" restore/git_checkout
    after=$(find "$full" | wc -l)
    if [ "$before" != "$after" ]; then
        echo "bench: restore left $after of $before files" >&2
        exit 1
    fi
    verdict restore/git_checkout 0.2 "restore of rm -rf on $files files / git checkout-index"
}

open_heavy() {
    row outside "$full" "" "grep -rc e ."
    row inside "$full" "" "$run --no-rollback -- grep -rc e ."
    row start "$full" "" "$run --no-rollback -- true"
    row captured "$full" "" "$run -- grep -rc e ."
    measure "$slow" inside-start/outside captured/outside
    verdict inside-start/outside 1.10 "grep -r over $files files, inside without its start / outside"
    verdict captured/outside - "grep -r over $files files, captured, with its start / outside"
}

# against NAME WORDS: inside, without what starting takes, against outside.
against() {
    local name=$1
    shift
    row outside "$full" "" "$*"
    row inside "$full" "" "$run --no-rollback -- $*"
    row start "$full" "" "$run --no-rollback -- true"
    measure "$slow" inside-start/outside
    verdict inside-start/outside 1.05 "$name, inside without its start / outside"
}

steady() {
    printf '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { puts("x"); return 0; }\n' >"$full/bench.c"
    git -C "$full" init -q
    git -C "$full" add -A
    against "git status over $files files" git status --porcelain
    against "find over $files files" find . -newer bench.c
    against "gcc -O2 of a small program" gcc -O2 -o /dev/null bench.c
    rm -rf "$full/.git" "$full/bench.c"
}

# Work that changes files, inside and outside.
changing_work() {
    local job=$scratch/job archive=$scratch/all.tar
    mkdir -p "$job"
    tar cf "$archive" -C "$full" .
    for i in $(seq 30); do printf 'int f%d(void) { return %d; }\n' "$i" "$i" >"$job/f$i.c"; done
    local untar="rm -rf x; mkdir x" unmake="rm -f *.o *.a; rm -rf v"
    local venv="/usr/bin/python3 -m venv --without-pip v" make="sh make.sh"
    printf 'cc -c f*.c && ar cr all.a f*.o\n' >"$job/make.sh"
    row tar "$job" "$untar" "tar xf $archive -C x"
    row tar_inside "$job" "$untar" "$run --read $archive -- tar xf $archive -C x"
    measure "$few" tar_inside/tar
    verdict tar_inside/tar 2.5 "tar x of $files files, inside / outside"
    row venv "$job" "$unmake" "$venv"
    row venv_inside "$job" "$unmake" "$run -- $venv"
    row cc "$job" "$unmake" "$make"
    row cc_inside "$job" "$unmake" "$run -- $make"
    measure "$few" venv_inside/venv cc_inside/cc
    verdict venv_inside/venv 1.05 "python3 -m venv, inside / outside"
    verdict cc_inside/cc 1.05 "cc of 30 files, inside / outside"
}

# An install of packages that are there, whose files are many and small.
npm_install() {
    local job=$scratch/npm count=$((files / 500 + 2)) words
    if ! command -v npm >/dev/null; then
        echo "npm is not installed: no row for it"
        return
    fi
    mkdir -p "$job/package/lib"
    for i in $(seq 50); do echo "module.exports = $i;" >"$job/package/lib/m$i.js"; done
    for i in $(seq "$count"); do
        printf '{"name": "bench-%d", "version": "1.0.0"}\n' "$i" >"$job/package/package.json"
        tar czf "$job/bench-$i.tgz" -C "$job" package
    done
    printf '{"name": "bench", "version": "1.0.0", "dependencies": {' >"$job/package.json"
    for i in $(seq "$count"); do printf '"bench-%d": "file:bench-%d.tgz"%s' "$i" "$i" "$([ "$i" = "$count" ] || echo ,)"; done >>"$job/package.json"
    printf '}}\n' >>"$job/package.json"
    words="npm install --silent --offline --no-audit --no-fund --no-package-lock --cache cache"
    row npm "$job" "rm -rf node_modules cache" "$words"
    row npm_inside "$job" "rm -rf node_modules cache" "$run -- $words"
    measure "$few" npm_inside/npm
    verdict npm_inside/npm 1.05 "npm install of $count packages, inside / outside"
}

hook() {
    row true "$empty" "" true
    row hook "$empty" "" "$nono hook bash"
    measure "$slow" hook/true
    verdict hook/true - "nono hook bash / true"
    prompt
    wrapped
}

# Before each prompt; the target is 0.5 ms.
prompt() {
    local count=50
    row none "$empty" "" "$here/prompt.sh none $count"
    row nono "$empty" "" "$here/prompt.sh nono $count $nono"
    if ! command -v direnv >/dev/null; then
        measure "$few" nono/none
        echo "prompt: direnv is missing"
        return
    fi
    row direnv "$empty" "" "$here/prompt.sh direnv $count"
    measure "$few" nono-none/direnv
    verdict nono-none/direnv 0.05 "$count prompts with nono's hook / with direnv's"
}

# A wrapped program by its link; the target is 5 ms over the bare one.
wrapped() {
    local versions=$scratch/versions PATH=/usr/bin:/bin
    "$here/make_versions.sh" "$versions" /usr/bin/python3
    "$nono" -s hook rehash >/dev/null
    row bare "$empty" "" "/usr/bin/python3 -c pass"
    row wrapped "$empty" "" "$HOME/.local/share/nono/shims/python3 -c pass"
    row version "$empty" "" "$versions/shims/python3 -c pass"
    measure "$slow" wrapped-bare/version wrapped/bare
    verdict wrapped-bare/version 0.25 "python3 -c pass, what nono adds / by a version manager's scripts"
    verdict wrapped/bare - "python3 -c pass, wrapped / bare"
}

# What one press of TAB waits for; the target is 20 ms.
completion() {
    row true "$empty" "" true
    row commands "$empty" "" "$nono __complete 1 -- nono r"
    row profiles "$empty" "" "$nono __complete 3 -- nono run --profile d"
    row keys "$empty" "" "$nono __complete 4 -- nono profile set developer f"
    row groups "$empty" "" "$nono __complete 4 -- nono profile init x --groups=a,"
    row sessions "$empty" "" "$nono __complete 3 -- nono rollback show 2"
    row paths "$full" "" "$nono __complete --paths 3 -- nono run --workdir p"
    row bash "$empty" "" "$nono __complete --type=63 --columns=80 --breaks=: --line=nono"
    measure "$slow" profiles/true sessions/true
    verdict profiles/true - "completing a profile / true"
    verdict sessions/true - "completing a session, $(find "$state/sessions" -mindepth 1 -maxdepth 1 | wc -l) of them / true"
}

# computed EXPRESSION GOAL TEXT: as verdict, of a number made from the columns' least times, which other work on the machine spoils least.
computed() {
    local value
    value=$(awk -v n="$calls" '$1 == "column" { t[$2] = $4 } END { d = t["strace"] - t["strace_start"] - t["bare"]; '"$1"' }' "$result")
    printf 'ratio\tcomputed\t%s\n' "$value" >"$result"
    verdict computed "$2" "$3"
}

# What watching costs beyond the bare command and its own start: per call, and against strace.
learning() {
    local name calls=$((files / 2)) learn="$nono -s learn --no-rdns --unconfined --yes" strace="strace -f -o /dev/null -e trace=%file,%network"
    local -A words=([calls]="/usr/bin/python3 calls.py" [python]="/usr/bin/python3 -m compileall -q -f lib" [git]="git clone -q repository copy" [sh]="sh script")
    printf 'import os\nfor i in range(%d):\n    os.close(os.open("/etc/passwd", os.O_RDONLY))\n' "$calls" >"$empty/calls.py"
    printf 'for i in 0 1 2 3 4 5 6 7 8 9; do for k in 0 1 2 3; do cat script >/dev/null; done; done\n' >"$empty/script"
    mkdir "$empty/lib"
    for name in $(seq 50); do echo "x = $name" >"$empty/lib/m$name.py"; done
    git -C "$empty" init -q repository
    git -C "$empty/repository" -c user.name=n -c user.email=n commit -q --allow-empty -m x
    command -v strace >/dev/null || strace=""
    for name in calls python git sh; do
        row bare "$empty" "rm -rf copy" "${words[$name]}"
        row learn "$empty" "rm -rf copy" "$learn -- ${words[$name]}"
        row start "$empty" "" "$learn -- true"
        if [ -n "$strace" ]; then
            row strace "$empty" "rm -rf copy" "$strace ${words[$name]}"
            row strace_start "$empty" "" "$strace true"
        fi
        measure "$slow" learn/bare
        cp "$result" "$result.all"
        [ "$name" != calls ] || computed 'print (t["learn"] - t["start"] - t["bare"]) / n * 1000' 10 "learn: microseconds per call that is watched"
        cp "$result.all" "$result"
        [ -z "$strace" ] || computed 'print (d > 0 ? (t["learn"] - t["start"] - t["bare"]) / d : 0)' 0.5 "learn's overhead / strace's, both without their start, on $name"
    done
    rm -rf "${empty:?}"/*
}

"$here/make_tree.py" "$full" "$files"
start_up
unchanged
listing
many_files
first_snapshot
peers_of_a_session
restore
open_heavy
changing_work
npm_install
steady
hook
completion
learning
exit "$missed"
