#!/bin/sh
# Sessions captured by the broker, as a person meets them: sealed behind the back, shown, exported, taken back, many in one tree.
# Usage: broker_sessions.sh NONO
set -eu
nono=$1
dir=$(mktemp -d "${NONO_TEST_DIR:-/var/tmp}/nono-broker-XXXXXX")
dir=$(cd "$dir" && pwd -P)
export HOME="$dir/home" TZ=UTC NO_COLOR=1
unset XDG_STATE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR || true
state="$HOME/.local/state/nono"
# A process that seals may still be at work.
finish() {
    tries=0
    until rm -rf "$dir" 2>/dev/null || [ $tries = 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}
trap finish EXIT
mkdir -p "$HOME/proj"
cd "$HOME/proj"

fail() {
    echo "not as it should be: $1" >&2
    cat "$dir/out" "$dir/err" >&2
    exit 1
}
inside() { "$nono" run -s --capture=broker --allow-cwd --allow . -- sh -c "$1" >"$dir/out" 2>"$dir/err"; }
latest() { "$nono" rollback list --all --json | sed -n 's/.*"session_id": "\(.*\)".*/\1/p' | head -1; }
tree() { find . -printf '%P %y %m %s %T@ %i\n' | sort; }

inside true || { cat "$dir/err"; echo "no broker here"; exit 77; }

mkdir -p d/e
echo one >a
echo two >d/x
head -c 4000000 /dev/urandom >d/e/large
before=$(tree)
inside 'echo more >> a; python3 -c "import os; os.rename(\"d\", \"z\")"; mkdir n; echo new > n/f; echo gone > t' || fail "a command"
[ -e z/e/large ] && [ -e n/f ] || fail "what the command did"
"$nono" rollback restore >"$dir/out" 2>"$dir/err" || fail "taking back at once"
[ "$(tree)" = "$before" ] || fail "the tree after taking back at once, inodes included"
undo=$(latest)
"$nono" rollback restore "$undo" >"$dir/out" 2>"$dir/err" || fail "taking the restore back"
[ "$(cat n/f)" = new ] && [ -e z/e/large ] || fail "what the command did is there again"
"$nono" rollback restore "$(latest)" >"$dir/out" 2>"$dir/err" || fail "and that back"
[ "$(tree)" = "$before" ] || fail "the tree after all that"
"$nono" rollback verify --all >"$dir/out" 2>"$dir/err" || fail "what is stored is whole"

# Somebody works on while the session is not even sealed: what is theirs stays.
inside 'echo x > made; echo y >> a' || fail "another command"
echo mine >>a
echo mine >made-by-me
"$nono" rollback show >"$dir/out" 2>"$dir/err" || fail "show"
grep -q 'made' "$dir/out" && ! grep -q 'made-by-me' "$dir/out" || fail "what is shown"
got=0
"$nono" rollback restore >"$dir/out" 2>"$dir/err" || got=$?
[ $got = 1 ] && [ ! -e made ] && [ "$(cat made-by-me)" = mine ] && grep -q mine a || fail "a later edit is left alone"
echo one >a

# A umask that takes everything, of the caller and of the command, takes nothing from what nono keeps.
mkdir -p "$dir/masked/proj/d"
echo old >"$dir/masked/proj/f"
echo old >"$dir/masked/proj/d/g"
(
    export HOME="$dir/masked"
    cd "$HOME/proj"
    for mask in 0777 0177; do
        before=$(tree)
        umask $mask
        "$nono" run -s --capture=broker --allow-cwd --allow . --allow-command rm -- sh -c 'echo new > f; rm -r d; umask 022; echo x > x' 2>&1 || exit 1
        "$nono" rollback restore 2>&1 || exit 1
        [ "$(tree)" = "$before" ] || exit 1
        "$nono" run -s --capture=scan --allow-cwd --allow . --allow-command rm -- sh -c 'echo new > f; rm -r d' 2>&1 || exit 1
        "$nono" rollback restore 2>&1 || exit 1
    done
    [ "$(cat f d/g)" = "$(printf 'old\nold')" ]
) >"$dir/seen" || { cat "$dir/seen" >&2; : >"$dir/out"; : >"$dir/err"; fail "under a umask that takes everything"; }

# nono is killed in the middle.
inside 'echo 1 > cut; kill -9 $PPID; sleep 5' && fail "nono was not killed"
"$nono" rollback list >"$dir/out" 2>"$dir/err" || fail "list after a kill"
if [ -e cut ]; then
    "$nono" rollback restore >"$dir/out" 2>"$dir/err" || fail "taking back what was cut off"
    [ ! -e cut ] || fail "what was cut off is taken back"
fi

# A restore that is killed, and asked for again, takes back the same session and not one more.
inside 'echo kept > older' || fail "a command"
inside 'echo 1 >> a; for i in $(seq 20); do echo $i > new$i; done' || fail "another"
for at in 30 40 50; do
    newest=$(latest)
    got=0
    "$ROLLBACK_INJECT" kill $at "$nono" rollback restore >"$dir/out" 2>"$dir/err" || got=$?
    [ $got = 77 ] && break
    [ $got = 125 ] || fail "the restore was not killed at $at"
    "$nono" rollback restore >"$dir/out" 2>"$dir/err" || fail "the same again"
    grep -q "Taking back session $newest" "$dir/out" && [ ! -e new1 ] && [ -e older ] || fail "killed at $at, and asked for again"
    inside 'echo 1 >> a; for i in $(seq 20); do echo $i > new$i; done' || fail "another"
done
"$nono" rollback restore >"$dir/out" 2>"$dir/err" || fail "taking back the last"

# The store follows what changes, not what is there.
"$nono" rollback cleanup --all >"$dir/out" 2>"$dir/err" || fail "cleanup"
for i in $(seq 80); do inside "echo $i > count; echo $i >> a" || fail "session $i"; done
"$nono" rollback list --json >"$dir/out" 2>"$dir/err" || fail "list"
[ "$(grep -c session_id "$dir/out")" = 80 ] || fail "80 sessions are listed"
"$nono" rollback cleanup --keep 60 >"$dir/out" 2>"$dir/err" || fail "cleanup"
"$nono" rollback verify --all >"$dir/out" 2>"$dir/err" || fail "what is left is whole"
grep -q 'PASS 60 sessions' "$dir/out" || fail "60 sessions are left"
[ "$(du -sk "$state/store" | cut -f1)" -lt 1000 ] || fail "the store holds what did not change"
[ "$(ls -d "$state"/sessions/*/journal | wc -l)" -le 33 ] || fail "journals of old sessions go"
[ -z "$(ls "$state/open")" ] || fail "nothing waits to be sealed"
echo ok
