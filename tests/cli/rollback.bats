#!/usr/bin/env bats
# Looking at sessions. NONO is the built program; each test has a HOME of its own.
# shellcheck disable=SC2154 # home comes from clean.bash

bats_require_minimum_version 1.5.0

load clean

setup() {
    make_home project/sub
    export TZ=UTC LC_ALL=C
}

# A session around a script.
session() { # SCRIPT
    "$NONO" run -s --allow-cwd --allow . --allow-command mv --allow-command rm --allow-command chmod -- sh -c "$1"
}

# The output of COMMAND on a terminal of 80 columns.
on_terminal() { # COMMAND...
    script -qec "stty cols 80 rows 50; $(printf '%q ' "$@")" /dev/null | tr -d '\r'
}

@test "show names what each change is, renames and metadata in words" {
    mkdir old
    echo one >old/a
    echo two >old/b
    echo same >moved
    printf 'x\n' >mode
    chmod 644 mode
    printf 'y\n' >both
    chmod 644 both
    session 'mv old new; mv moved sub/moved; chmod 755 mode; echo z >>both; chmod 600 both; echo new >created; ln -s a link'
    run --separate-stderr "$NONO" rollback show
    [ "$status" -eq 0 ]
    [[ $output == *"  renamed:     3 of them"* ]]
    [[ $output == *"  r old -> new (directory)"* ]]
    [[ $output == *"  r moved -> sub/moved (file)"* ]]
    [[ $output == *"  p mode (file, mode 0644 to 0755)"* ]]
    [[ $output == *"  ~ both (+2 bytes, mode 0644 to 0600)"* ]]
    [[ $output == *"  + created (4 bytes)"* ]]
    [[ $output == *"  + link (symbolic link)"* ]]
    [[ $output != *"old/a"* ]]
    run --separate-stderr "$NONO" rollback show --json
    [ "$(json 'sorted((c["path"],c["renamed_from"]) for c in d["changes"] if "renamed_from" in c)' <<<"$output")" = \
        '[["new", "old"], ["new/a", "old/a"], ["new/b", "old/b"], ["sub/moved", "moved"]]' ]
    [ "$(json '[c["mode"] for c in d["changes"] if c["path"] == "mode"]' <<<"$output")" = '[["0644", "0755"]]' ]
}

@test "a diff that is not for a terminal is one that patch takes" {
    printf 'one\ntwo\nthree\n' >"a name"
    printf 'no end' >end
    seq 100 >long
    ln -s end link
    cp -a . ../before
    session 'ln -sfn long link; sed -i s/two/TWO/ "a name"; printf "no end\nbut more" >end; sed -i "5d;90s/$/x/" long; printf "a\nb\n" >sub/fresh; chmod 700 long'
    "$NONO" rollback diff >../changes
    run ! grep -q "$(printf '\033')" ../changes
    grep -qx '  led before to end' ../changes
    grep -qx '  led after to long' ../changes
    patch -R -p1 -s <../changes
    ln -sfn end link
    rmdir sub 2>/dev/null || [ ! -e sub/fresh ]
    mkdir -p sub
    diff -r . ../before
}

@test "diff and show --diff take paths, metadata is said and binary content is not" {
    printf 'a\n' >text
    printf 'a\0b' >binary
    printf '1\n' >other
    session 'echo b >text; printf "a\0c" >binary; setfattr -n user.tag -v 1 other 2>/dev/null; chmod 600 other; mkdir dir'
    run --separate-stderr "$NONO" rollback diff text
    [ "$status" -eq 0 ]
    [ "$output" = "$(printf -- '~ text (+0 bytes)\n--- a/text\n+++ b/text\n@@ -1 +1 @@\n-a\n+b')" ]
    run --separate-stderr "$NONO" rollback diff binary
    [ "$output" = "$(printf '~ binary (+0 bytes)\n  binary content, not shown')" ]
    run --separate-stderr "$NONO" rollback diff dir other
    [[ $output == *"+ dir (directory)"* ]]
    [[ $output == *"p other (file, mode "*" to 0600"* ]]
    [[ $(getfattr -n user.tag other 2>/dev/null) != *user.tag* || $output == *"  attribute added: user.tag"* ]]
    run --separate-stderr "$NONO" rollback diff sub
    [ "$status" -eq 1 ]
    # shellcheck disable=SC2154 # stderr is set by run
    [[ $stderr == *"changed nothing there"* ]]
    run --separate-stderr "$NONO" rollback diff /etc
    [ "$status" -eq 1 ]
    [[ $stderr == *"lies outside"* ]]
    run --separate-stderr "$NONO" rollback show --diff
    [[ $output == *"nono session "*"~ text"*"+b"* ]]
    run --separate-stderr "$NONO" rollback show --diff --json
    [ "$(json '[c["diff"] for c in d["changes"] if c["path"] in ("text", "binary")]' <<<"$output")" = \
        '[null, "--- a/text\n+++ b/text\n@@ -1 +1 @@\n-a\n+b\n"]' ]
}

@test "on a terminal a diff has colours, goes through the pager, and escapes do nothing" {
    export TERM=xterm
    printf 'a\n' >text
    session 'printf "\033[31mred\n" >text; : >"$(printf "esc\033[5m")"'
    run on_terminal env PAGER=cat "$NONO" rollback diff
    [[ $output == *"$(printf '\033[31m-a\033[0m')"* ]]
    [[ $output == *"$(printf '\033[32m+\\x1b[31mred\033[0m')"* ]]
    [[ $output == *'esc\x1b[5m'* ]]
    [[ $output != *"$(printf '\033[5m')"* ]]
    run on_terminal env PAGER=cat NO_COLOR=1 "$NONO" rollback diff
    [[ $output != *"$(printf '\033')"* ]]
    [[ $output == *'+\x1b[31mred'* ]]
    run on_terminal env 'PAGER=sed s/^/pager:/' "$NONO" rollback diff text
    [[ $output == *"pager:"*"-a"* ]]
    run on_terminal env 'PAGER=sed s/^/pager:/' 'GIT_PAGER=sed s/^/git:/' "$NONO" rollback show --diff
    [[ $output == *"git:"*"-a"* ]]
    run on_terminal env GIT_PAGER=no-such-pager "$NONO" rollback diff text
    [[ $output == *"-a"* ]]
    run on_terminal env 'GIT_PAGER=head -n 1' "$NONO" rollback diff
    [ "$status" -eq 0 ]
    run env 'PAGER=sed s/^/pager:/' "$NONO" rollback diff text
    [[ $output != *pager:* ]]
}

@test "side by side fills the terminal" {
    export TERM=xterm NO_COLOR=1 PAGER=cat
    printf 'left\nsame\n' >text
    session 'printf "right\nsame\nmore\n" >text'
    run on_terminal "$NONO" rollback show --side-by-side
    # 80 columns: number, text of 34, sign, number, text
    [[ $output == *"$(printf '\n  1 %-34s |   1 right\n  2 %-34s     2 same\n    %-34s >   3 more' left same '')"* ]]
    run --separate-stderr "$NONO" rollback diff --side-by-side text
    [[ $output == *"  1 left "*"|   1 right"* ]]
}

@test "a file with too much to show hides no other" {
    echo left >text
    session 'yes "" | head -n 600000 >many; echo right >text'
    run --separate-stderr "$NONO" rollback diff --side-by-side
    [ "$status" -eq 0 ]
    [[ $output == *"+ many "*"too much to be shown"*"  1 left "*"|   1 right"* ]]
}

@test "list groups by directory and says what each session is" {
    echo 1 >a
    session 'echo 2 >a; echo x >b'
    run session 'exit 3'
    (cd sub && session 'echo 1 >deep; exit 4') || true
    "$NONO" run -s --allow-cwd --allow . -- sh -c 'echo 1 >started; sleep 60' 3>&- &
    local running=$!
    wait_until [ -e started ]
    run --separate-stderr "$NONO" rollback list --all
    kill "$running"
    wait "$running" || true
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "nono 4 sessions" ]
    [ "${lines[1]}" = "  ~/project (3 sessions)" ]
    [[ ${lines[2]} == *"just now"*"sh -c 'echo 1 >started; sleep 60'"*"  running" ]]
    [[ ${lines[3]} == *"sh -c 'exit 3'"*"  no changes  (exit status 3)" ]]
    [[ ${lines[4]} == *"sh -c 'echo 2 >a; echo x >b'"*"  +1 file, ~1 modified"* ]]
    [ "${lines[5]}" = "  ~/project/sub (1 session)" ]
    [[ ${lines[6]} == *"  +1 file  (exit status 4)"* ]]
    run --separate-stderr "$NONO" rollback list --json
    [ "$(json '[s["state"] in ("completed", "unsealed") for s in d]' <<<"$output")" = '[true, true]' ]
    # those that the killed one left are told in words
    run --separate-stderr "$NONO" rollback list
    [[ $output == *"killed by signal 15"* || $output == *"exit status 143"* || $output == *"not known: nono was killed"* ]]
    "$NONO" rollback restore "$("$NONO" rollback list --json | json 'd[-1]["session_id"]' | tr -d '"')"
    run --separate-stderr "$NONO" rollback list
    [[ $output == *"(taken back)"* ]]
    [[ $output == *"nono rollback restore "* ]]
}

@test "list cuts commands by columns, and shows nothing that a terminal obeys" {
    export TERM=xterm
    session "echo 1 >f; : $(printf '\xe6\x97\xa5%.0s' {1..60})"
    session "$(printf 'echo 2 >f #\033[31m\n#x')"
    run on_terminal env PAGER=cat NO_COLOR=1 "$NONO" rollback list
    [[ $output == *"sh -c 'echo 1 >f; : 日日"*"...  +1 file"* ]]
    [[ $output == *'#\x1b[31m\x0a#x'* ]]
    [[ $output != *"$(printf '\033')"* ]]
    run on_terminal env PAGER=cat "$NONO" rollback list
    [[ $output == *"$(printf '\033[33m~1 modified\033[0m')"* ]]
}

@test "browse is a script where there is no terminal" {
    printf 'one\n' >a
    printf 'keep\n' >"b c"
    session 'echo two >a; rm "b c"; echo new >n'
    session 'echo three >a'
    run --separate-stderr "$NONO" rollback browse <<<'# a remark

sessions
files
use 2
files a "b c"
before a
after a
diff a
preview "b c"
restore "b c" n
'
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "*  1  "*"sh -c 'echo three >a'"* ]]
    [[ ${lines[1]} == "   2  "* ]]
    [ "${lines[2]}" = "  ~ a (+2 bytes)" ]
    [[ $output == *"
  ~ a (+0 bytes)
  - b c (5 bytes)
one
two
~ a (+0 bytes)
--- a/a"* ]]
    [[ $output == *"  put back b c (5 bytes)"*"restored 2" ]]
    [ "$(cat a)" = three ]
    [ "$(cat "b c")" = keep ]
    [ ! -e n ]
    run --separate-stderr "$NONO" rollback browse <<<'undo'
    [ "$status" -eq 1 ]
    [[ $stderr == "nono: line 1: nothing was restored here"* ]]
    run --separate-stderr "$NONO" rollback browse <<<$'use 2\nrestore a\nafter a\nundo\n'
    [ "$status" -eq 0 ]
    [[ $output == *"restored 1"*three*"restored 1" ]]
    [ "$(cat a)" = three ]
}

@test "browse ends a script that goes wrong, and leaves what others changed" {
    printf 'one\n' >a
    session 'echo two >a; echo x >b'
    echo mine >a
    run --separate-stderr "$NONO" rollback browse <<<$'restore a\nrestore b'
    [ "$status" -eq 1 ]
    [[ $output == *"! reset    a (+0 bytes): conflict"*"restored 0, 1 conflict" ]]
    [[ $stderr == *"line 1: 1 could not be taken back"* ]]
    [ "$(cat a)" = mine ]
    [ -e b ]
    local line message
    while IFS='|' read -r line message; do
        run --separate-stderr "$NONO" rollback browse <<<"$line"
        [ "$status" -eq 1 ]
        [[ $stderr == "nono: line 1: "*"$message"* ]] || { echo "$line: $stderr"; false; }
    done <<'END'
filse|unknown command 'filse': did you mean 'files'?
use 7|there is no session 7 in the list: 'sessions' shows 1 to 1
use 19990101-000000-1|there is no session 19990101-000000-1
use|'use' needs a SESSION
before nothing|did not change nothing
before b|b was not there before session
files /etc|lies outside
sessions some|takes nothing but 'all'
diff sub|changed nothing there
END
    cd "$home"
    run "$NONO" rollback browse </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"no session ran in"* ]]
}

@test "TAB behind a session offers the paths that it changed, deleted ones too" {
    echo 1 >"sub/gone away"
    echo 1 >stays
    session 'rm "sub/gone away"; echo 2 >sub/new'
    local id
    id=$("$NONO" rollback list --json | json 'd[0]["session_id"]' | tr -d '"')
    "$NONO" rollback show "$id" >/dev/null # sealed from here on
    run "$NONO" __complete 4 nono rollback diff "$id" ''
    [ "$output" = $'sub/gone away\tdeleted\nsub/new\tcreated\n:4' ]
    cd sub
    run "$NONO" __complete 4 nono rollback diff "$id" g
    [ "$output" = $'gone away\tdeleted\n:4' ]
    run "$NONO" __complete 4 nono rollback diff "$id" z
    [ "$output" = ':0' ]
}

@test "what was taken away on another file system is out of reach of later commands" {
    unshare -rm true 2>/dev/null || skip "namespaces do not work here"
    mkdir "$home/other"
    export home
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -rm bash -c 'mount -t tmpfs none "$home/other" && mkdir "$home/other/tree" && cd "$home/other/tree" && echo secret >f &&
        "$NONO" run -s --allow-cwd --allow . -- sh -c "echo new >f" && find "$home/other/.nono-"* -type f -exec cat {} + &&
        look="ls -A ..; cat ../.nono-*/*/*/*/* ../.nono-*/*/*/* || find ../.nono-*"
        "$NONO" run -s --allow-cwd --read "$home/other" --allow . -- sh -c "$look"
        "$NONO" run -s --no-rollback --allow-cwd --read "$home/other" -- sh -c "$look"'
    [[ $output == secret* ]]
    [ "$(grep -c secret <<<"$output")" = 1 ]
    [ "$(grep -c "^tree" <<<"$output")" = 2 ]
}

@test "where nothing could hide it, nothing is kept beside the tree, and what lies there is said" {
    unshare -rm true 2>/dev/null || skip "namespaces do not work here"
    mkdir "$home/other"
    export home
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -rm bash -c 'mount -t tmpfs none "$home/other" && mkdir "$home/other/tree" && cd "$home/other/tree" && echo secret >f &&
        "$NO_NAMESPACES" "$NONO" run -s --allow-cwd --allow . -- sh -c "echo new >f" && ls -A .. && "$NONO" rollback restore && cat f;
        "$NO_NAMESPACES" "$NONO" run -s --capture=broker --allow-cwd --allow . -- true; echo "status $?";
        "$NONO" run -s --allow-cwd --allow . -- sh -c "echo new >f"; "$NONO" wrap --allow-cwd --read "$home/other" -- true'
    [[ $output == tree* && $output == *secret* ]]
    [[ $output == *"--capture=broker is not to be had"*"only a mount could hide it"*"status 125"* ]]
    [[ $output == *"what earlier commands took away can be read: "*other/.nono-* ]]
}

@test "what changes outside the working directory is shown by its absolute path, found there and taken back" {
    local scratch
    scratch=$(mktemp -d /tmp/nono-scratch.XXXXXX)
    mkdir ../notes
    echo one >../notes/n
    "$NONO" run --allow-cwd --allow . --allow ../notes -- sh -c 'echo two >>../notes/n; echo x >f; echo y >'"$scratch/f" 2>../err
    rm -r "$scratch"
    grep -q 'nono not covered: what changed in /tmp (scratch)' ../err
    cd ../notes
    run --separate-stderr "$NONO" rollback show
    [ "$status" -eq 0 ]
    [[ $output == *"  and in:      ~/notes"* ]]
    [[ $output == *"  ~ $PWD/n (+4 bytes)"* ]]
    [[ $output == *"  not covered: what changed in /tmp (scratch)"* ]]
    [ "$("$NONO" rollback list --json | json 'd[0]["tracked_paths"][1:]')" = "[\"$PWD\"]" ]
    "$NONO" rollback diff "$PWD/n" | grep -qx '+two'
    "$NONO" rollback restore "$PWD/n"
    [ "$(cat n)" = one ] && [ -e ../project/f ]
    "$NONO" rollback restore
    [ "$(cat n)" = one ] && [ ! -e ../project/f ]
}

@test "where the working directory cannot be written, another directory that was granted is taken back" {
    mkdir ../notes
    echo one >../notes/n
    "$NONO" run --allow ../notes -- sh -c 'echo two >../notes/n' 2>../err
    grep -q 'take back with: nono rollback restore' ../err
    cd ../notes
    "$NONO" rollback restore
    [ "$(cat n)" = one ]
}

@test "a look before and after says what it does not see" {
    mkdir ../notes
    "$NONO" run --capture=scan --allow-cwd --allow . --allow ../notes -- sh -c 'echo two >../notes/n; echo x >f' 2>../err
    grep -q "nono not covered: what changes in $(realpath ../notes): this capture looks at the working directory only" ../err
    "$NONO" rollback show | grep -q 'not covered: what changes in'
}

@test "a file too large to be kept is refused, or written and said to be lost, as the policy says" {
    head -c 5000 /dev/urandom >big
    echo s >small
    run --separate-stderr "$NONO" run --max-copy 4K --allow-cwd --allow . -- sh -c 'echo z >>small; echo y >>big'
    [ "$status" -ne 0 ]
    [[ $stderr == *"$PWD/big (4.9 KiB): not let be written, because files over 4.0 KiB are not copied; --max-copy SIZE or rollback.max_copy"* ]]
    [[ $stderr == *"nono did not let a file be written that is too large to be kept"* ]]
    [ "$(stat -c %s big)" = 5000 ]
    "$NONO" run --max-copy unlimited --allow-cwd --allow . -- sh -c 'echo y >>big'
    "$NONO" rollback restore
    [ "$(stat -c %s big)" = 5000 ]
    mkdir -p "$HOME/.config/nono/profiles"
    echo '{"extends": "default", "workdir": {"access": "readwrite"}, "rollback": {"max_copy": "4K", "large_files": "skip"}}' >"$HOME/.config/nono/profiles/p.json"
    run --separate-stderr "$NONO" run -p p -- sh -c 'echo y >>big; echo z >>small'
    [ "$status" -eq 0 ]
    [[ $stderr == *"$PWD/big (4.9 KiB): written, and what was there cannot be taken back"* ]]
    run --separate-stderr "$NONO" rollback restore
    [[ $output == *"restored 1, 1 not covered"* ]]
    [ "$(cat small)" = "$(printf 's\nz')" ]
    run ! "$NONO" run --max-copy 4X -- true
}

@test "names that the policy leaves out are neither stored nor taken back" {
    mkdir -p "$HOME/.config/nono/profiles" node_modules
    echo '{"extends": "default", "workdir": {"access": "readwrite"}, "rollback": {"exclude_patterns": ["node_modules"]}}' >"$HOME/.config/nono/profiles/p.json"
    echo one >node_modules/a
    "$NONO" run -s -p p --allow-cwd -- sh -c 'echo two >node_modules/a; echo x >f'
    run --separate-stderr "$NONO" rollback show
    [[ $output == *"  left out:    node_modules"* && $output == *"+ f (2 bytes)"* && $output != *"~ node_modules/a"* ]]
    "$NONO" rollback restore
    [ ! -e f ] && [ "$(cat node_modules/a)" = two ]
}

@test "a grant whose changes nobody keeps is said at the start" {
    mkdir ../notes
    run --separate-stderr "$NONO" run --capture=scan --allow ../notes -- sh -c 'echo two >../notes/n'
    [ "$status" -eq 0 ]
    [[ $stderr == *"  note  what changes in $(realpath ../notes) cannot be taken back: "* ]]
    run --separate-stderr "$NONO" run --no-rollback --allow ../notes -- true
    [[ $stderr != *"cannot be taken back"* ]]
}

@test "that shared memory is not recorded is said at the start, of a device it is not" {
    mkdir "/dev/shm/nono-test.$$" || skip "no shared memory"
    run --separate-stderr "$NONO" run --allow . --allow "/dev/shm/nono-test.$$" --allow-file /dev/null -- sh -c "echo one >/dev/shm/nono-test.$$/f"
    rm -r "/dev/shm/nono-test.$$"
    [ "$status" -eq 0 ]
    [ "$(grep -c 'is not recorded' <<<"$stderr")" -eq 1 ]
    [[ $stderr == *"  note  what changes in /dev/shm/nono-test.$$ is not recorded and cannot be taken back: "* ]]
    run --separate-stderr "$NONO" run --no-rollback --allow . --allow-file /dev/null -- true
    [[ $stderr != *"is not recorded"* ]]
}
