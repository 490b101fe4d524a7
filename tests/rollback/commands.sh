#!/bin/sh
# The rollback commands as a person types them. Usage: commands.sh NONO DRIVE
set -eu
nono=$1
drive=$2
dir=$(mktemp -d)
# A process that seals may still be at work.
finish() {
    tries=0
    until rm -rf "$dir" 2>/dev/null || [ $tries = 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
}
trap finish EXIT
dir=$(cd "$dir" && pwd -P)
export HOME="$dir/home" TZ=UTC NO_COLOR=1
unset XDG_STATE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR || true
mkdir -p "$HOME/proj/sub" "$HOME/elsewhere"
state="$HOME/.local/state/nono"

fail() {
    echo "not as it should be: $1" >&2
    cat "$dir/out" "$dir/err" >&2
    exit 1
}
# run STATUS COMMAND...: output in out and err
run() {
    want=$1
    shift
    got=0
    "$@" >"$dir/out" 2>"$dir/err" || got=$?
    [ "$got" = "$want" ] || fail "status $got, not $want: $*"
}
says() { grep -qF -- "$1" "$dir/out" || fail "stdout lacks: $1"; }
warns() { grep -qF -- "$1" "$dir/err" || fail "stderr lacks: $1"; }

cd "$HOME/proj"
run 1 "$nono" rollback restore
warns "no session ran in"
run 0 "$nono" rollback list
says "nono 0 sessions"

printf 'one\ntwo\n' >a
first=$("$drive" run "$state" "$HOME/proj" "printf 'one\nTWO\n' > a; echo b > b")
none=$("$drive" run "$state" "$HOME/proj" "true")
second=$("$drive" run "$state" "$HOME/proj" "rm a; echo > \"\$(printf 'esc\\033[31m')\"")
other=$("$drive" run "$state" "$HOME/elsewhere" "echo x > x")

run 0 "$nono" rollback list
says "nono 2 sessions"
says "/proj (2 sessions)"
says "+1 file, ~1 modified"
! grep -q "$none" "$dir/out" || fail "a session that changed nothing is shown"
run 0 "$nono" rollback list --all
says "nono 4 sessions"
says "no changes"
run 0 "$nono" rollback list --recent 1
says "nono 1 session"
run 0 "$nono" rollback list --path ../elsewhere --json
says "\"session_id\": \"$other\""
(cd sub && run 0 "$nono" rollback list && says "$first")

run 0 "$nono" rollback show
says "nono session $second (completed)"
says "- a (8 bytes)"
! grep -q "$(printf '\033')" "$dir/out" || fail "an escape reaches the terminal"
warns "nono rollback restore $second"
run 0 "$nono" rollback show "$first" --json
says "\"path\": \"b\""
run 0 "$nono" rollback show "$first" --diff
says "+TWO"
run 0 "$nono" rollback diff "$first" a
says "-two"
! grep -q "b/b" "$dir/out" || fail "diff of a path shows another"
run 1 "$nono" rollback show 19990101-000000-1
warns "there is no session"
run 2 "$nono" rollback show nonsense

run 0 "$nono" rollback restore --dry-run
says "would restore 2"
[ ! -e a ] || fail "a dry run restores"
run 0 "$nono" rollback restore
says "session $second"
says "restored 2"
warns "undo this: nono rollback restore"
[ "$(cat a)" = "$(printf 'one\nTWO')" ] || fail "a is not back"
undo=$(sed -n 's/^undo this: nono rollback restore //p' "$dir/err")
run 0 "$nono" rollback restore
says "session $first"
[ "$(cat a)" = "$(printf 'one\ntwo')" ] && [ ! -e b ] || fail "the second step of the stack"
run 1 "$nono" rollback restore
warns "nothing is left to take back"
run 0 "$nono" rollback list
says "(taken back)"

# Taking back the first restore meets what the second one did to the same file.
run 1 "$nono" rollback restore "$undo"
says "conflict"

third=$("$drive" run "$state" "$HOME/proj" "echo 1 > c; echo 1 > d")
echo 2 >c
run 1 "$nono" rollback restore
says "! "
says "conflict"
[ "$(cat c)" = 2 ] && [ ! -e d ] || fail "a conflict is left as it is"
run 1 "$nono" rollback restore "$third" --json
says "\"conflicts\": 1"
run 1 "$nono" rollback restore "$third" /etc
warns "lies outside"

# The rule for conflicts.
run 1 "$nono" rollback restore "$third"
warns "--conflicts=both"
run 1 "$nono" rollback restore "$third" --conflicts=both
[ "$(cat c)" = 2 ] && [ ! -e c.nono-before ] || fail "what was created has no state before"
run 0 "$nono" rollback restore "$third" --conflicts=before --dry-run
says "over a later edit"
[ "$(cat c)" = 2 ] || fail "a dry run removes"
run 0 "$nono" rollback restore "$third" --conflicts before --json
says "\"over_later_edits\": 1"
says "\"conflict_rule\": \"before\""
[ ! -e c ] || fail "the state before is put back"
undo=$(sed -n 's/^ *"undo": "\(.*\)",$/\1/p' "$dir/out")
run 0 "$nono" rollback restore "$undo"
[ "$(cat c)" = 2 ] || fail "the later edit is in the session of the restore"
run 2 "$nono" rollback restore --conflicts=theirs
warns "keep, before, both"

# All since one.
cp a a.first
since=$("$drive" run "$state" "$HOME/proj" "echo 1 >> a; echo 1 > e")
"$drive" run "$state" "$HOME/proj" "echo 2 >> a; rm e" >/dev/null
"$drive" run "$state" "$HOME/proj" "echo 3 >> a; mkdir g; echo 1 > g/h" >/dev/null
run 1 "$nono" rollback restore "$since" --dry-run
says "conflict"
warns "2 later commands changed files here; to take all back: nono rollback restore --since $since"
run 0 "$nono" rollback restore --since "$since" --dry-run
says "taking back 3 sessions"
[ -e g/h ] || fail "a dry run of several removes"
run 0 "$nono" rollback restore --since "$since" g
[ ! -e g ] && ! cmp -s a a.first || fail "only the path"
run 0 "$nono" rollback restore --since "$since" --json
says "\"session_id\": \"$since\""
cmp -s a a.first || fail "the content before the oldest"
undo=$(sed -n 's/^ *"undo": "\(.*\)",$/\1/p' "$dir/out")
run 0 "$nono" rollback restore "$undo"
[ "$(tail -n 1 a)" = 3 ] || fail "as one it is taken back"
run 0 "$nono" rollback restore --since "$since"
run 2 "$nono" rollback restore --since "$since" "$first"
warns "name one session"
run 1 "$nono" rollback restore --since 19990101-000000-1
warns "there is no session"
run 0 "$nono" rollback list
says "nono rollback restore --since"

run 0 "$nono" rollback verify
says "PASS 1 session"
run 0 "$nono" rollback verify --all --json
says "\"ok\": true"
printf x >"$state/sessions/$none/session.json"
run 0 "$nono" rollback list
warns "$none"
run 1 "$nono" rollback verify --all
says "FAIL"

if command -v git >/dev/null; then
    git() { command git -c safe.directory='*' "$@"; }
    run 0 "$nono" rollback export "$first" --git ../export
    says "objects in"
    warns "diff before after"
    git -C ../export fsck --strict --full >"$dir/out" 2>"$dir/err" || fail "git fsck"
    git -C ../export diff --name-status before after >"$dir/out"
    [ "$(cat "$dir/out")" = "$(printf 'M\ta\nA\tb')" ] || fail "what git says changed"
    [ "$(git -C ../export show before:a)" = "$(printf 'one\ntwo')" ] || fail "the content before"
    git clone -q ../export "$dir/clone" && [ "$(cat "$dir/clone/b")" = b ] || fail "a clone"
    run 1 "$nono" rollback export "$first" --git ../export
    warns "is not empty"
    run 0 "$nono" rollback export "$first" --git "$dir/more" --json
    says "\"session_id\": \"$first\""
    run 2 "$nono" rollback export "$first"
    warns "--git DIR"
    run 1 "$nono" rollback export "$none" --git "$dir/unchanged"
    [ ! -e "$dir/unchanged" ] || fail "a failed export leaves a directory"
fi
run 0 "$nono" rollback cleanup --keep 1 --dry-run
says "would remove $first"
says "just now  sh 'printf"
says "sessions would be removed, "
run 0 "$nono" rollback list --all
says "$first"
run 2 "$nono" rollback cleanup --older-than soon
warns "--older-than takes an age such as 30d"
run 2 "$nono" rollback cleanup --max-size 2X
warns "--max-size takes a size such as 500M"
run 0 "$nono" rollback cleanup --older-than 1h --json
says "\"removed\": []"
run 0 "$nono" rollback cleanup --max-size 1G
says "0 sessions removed, "
run 0 "$nono" rollback cleanup --max-size 1 --dry-run --json
says "\"kept\": 1"
run 0 "$nono" rollback cleanup --all
run 0 "$nono" rollback list --all
says "nono 0 sessions"
echo "ok"
