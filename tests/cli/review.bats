#!/usr/bin/env bats
# nono run --review: what waits, what is kept, and what is refused. NONO is the built program; each test has a HOME of its own.

bats_require_minimum_version 1.5.0

load clean

setup() {
    make_home
    export TZ=UTC LC_ALL=C
}

options=(--allow-cwd --allow . --allow-command mv --allow-command rm --allow-command rmdir --allow-command chmod)

review() { # SCRIPT
    "$NONO" run -s --review "${options[@]}" -- sh -c "$1"
}

plain() { # SCRIPT
    "$NONO" run -s --no-rollback "${options[@]}" -- sh -c "$1"
}

# Everything below the current directory but when a directory or what stands still was changed: type, mode, links, content, target, attributes.
tree() {
    find . -mindepth 1 \( -type d -printf '%P %y %m %U:%G\n' -o -printf '%P %y %m %U:%G %n %l\n' \) | sort
    find . -type f -exec md5sum {} + | sort
    getfattr -dhR . 2>/dev/null
}

populate() {
    mkdir -p dir/sub empty moved/in closed
    echo one >dir/a
    echo two >dir/sub/b
    echo three >moved/in/c
    printf 'bin\0ary' >binary
    echo linked >first
    ln first second
    ln -s dir/a link
    echo secret >closed/x
    mkfifo pipe
    setfattr -n user.kept -v 1 dir/a || true
}

job='set -e
echo changed >>dir/a; chmod 600 dir/a; rm dir/sub/b; rmdir dir/sub; echo new >dir/fresh; mkdir -p deep/er; echo x >"deep/er/odd name"
rm -r empty; echo file >empty; rm link; ln -s nowhere link; mv moved/in/c moved/c; rm -r moved/in; rm first; echo again >first
ln dir/fresh dir/twin; chmod 700 closed; rm -r closed; mkdir closed; echo y >closed/y; chmod 750 closed; printf z >>binary; mkfifo fifo
: >dir/fresh; cat dir/a >copy; setfattr -n user.new -v 2 copy 2>/dev/null || true'

# The command has come so far as to make the file "ready" in its layer.
until_ready() {
    wait_until compgen -G "$HOME/.local/state/nono/sessions/*/stage/upper/ready"
}

@test "what is reviewed and kept is what a plain run makes, and can be taken back" {
    populate
    before=$(tree)
    cp -a . ../plain
    review "$job"
    [ "$(tree)" = "$before" ]
    run --separate-stderr "$NONO" rollback list
    [[ $output == *"  (staged)"* ]]
    (cd ../plain && plain "$job")
    run "$NONO" rollback keep
    [ "$status" -eq 0 ]
    [[ $output == *"kept "*"take back: nono rollback restore"* ]]
    diff <(tree) <(cd ../plain && tree)
    run "$NONO" rollback list
    [[ $output != *staged* ]]
    run "$NONO" rollback restore
    [ "$status" -eq 0 ]
    [ "$(tree)" = "$before" ]
}

@test "the command sees its changes, others do not, and other places are written at once" {
    echo old >a
    mkdir ../other
    "$NONO" run -s --review "${options[@]}" --allow ../other -- sh -c 'echo new >a; cat a >&2; echo out >../other/x' 2>../seen
    grep -qx new ../seen
    [ "$(cat a)" = old ]
    [ "$(cat ../other/x)" = out ]
    run --separate-stderr "$NONO" rollback diff a
    [[ $output == *"-old"*"+new"* ]]
    run --separate-stderr "$NONO" rollback show
    [[ $output == *"staged:      nothing of it is in the tree yet"* ]]
}

@test "single paths are kept, the rest stays staged, and discard gives it up" {
    echo 1 >a
    review 'echo 2 >a; echo 2 >b; mkdir d; echo 3 >d/c'
    run "$NONO" rollback keep d
    [ "$status" -eq 0 ]
    [ "$(cat a)" = 1 ]
    [ "$(cat d/c)" = 3 ]
    [ ! -e b ]
    id=$("$NONO" rollback list --json | python3 -c 'import json,sys; print([s["session_id"] for s in json.load(sys.stdin) if s["staged"]][0])')
    run "$NONO" rollback keep "$id" b
    [ "$status" -eq 0 ]
    [ "$(cat b)" = 2 ]
    run "$NONO" rollback discard
    [ "$status" -eq 0 ]
    [ "$output" = "discarded session $id" ]
    [ "$(cat a)" = 1 ]
    run "$NONO" rollback keep
    [ "$status" -eq 1 ]
    [[ $output == *"nothing waits to be kept in"* ]]
    run "$NONO" rollback discard "$id"
    [ "$status" -eq 1 ]
}

@test "what others changed since is never lost" {
    echo 1 >a
    echo 1 >b
    review 'echo mine >a; rm b; echo mine >c; echo mine >d'
    echo theirs >a
    echo theirs >>b
    echo theirs >c
    run "$NONO" rollback keep
    [ "$status" -eq 1 ]
    [[ $output == *"a was changed by somebody else since the command began: left as it is, and still staged"* ]]
    [[ $output == *"kept 1 change"*"3 left in session "* ]]
    [ "$(cat a c)" = "$(printf 'theirs\ntheirs')" ]
    [ "$(cat b)" = "$(printf '1\ntheirs')" ]
    [ "$(cat d)" = mine ]
    id=$("$NONO" rollback list --json | python3 -c 'import json,sys; print([s["session_id"] for s in json.load(sys.stdin) if s["staged"]][0])')
    run --separate-stderr "$NONO" rollback diff "$id" a
    [[ $output == *"+mine"* ]]
}

@test "a nono that is killed loses nothing of what waits" {
    echo 1 >a
    "$NONO" run -s --review "${options[@]}" -- sh -c 'echo 2 >a; echo x >n; touch ready; sleep 60' 3>&- &
    local running=$!
    until_ready
    kill -9 "$running"
    wait "$running" || true
    run --separate-stderr "$NONO" rollback list
    [[ $output == *"+2 files, ~1 modified"*"(staged)"* ]]
    [ "$(cat a)" = 1 ]
    run "$NONO" rollback keep
    [ "$status" -eq 0 ]
    [ "$(cat a n)" = "$(printf '2\nx')" ]
    [ -z "$(find "$HOME/.local/state/nono/sessions" -name stage)" ]
}

@test "the next command here does not take over what was cut off" {
    echo 1 >a
    "$NONO" run -s --review "${options[@]}" -- sh -c 'echo 2 >a; touch ready; sleep 60' 3>&- &
    local running=$!
    until_ready
    kill -9 "$running"
    wait "$running" || true
    "$NONO" run -s --capture=scan "${options[@]}" -- sh -c 'echo other >b'
    run --separate-stderr "$NONO" rollback list
    [[ $output == *"~1 modified"*"(staged)"* ]]
    run "$NONO" rollback keep
    [ "$(cat a b)" = "$(printf '2\nother')" ]
}

@test "nothing reached the tree where nothing was changed, and nothing waits" {
    echo 1 >a
    review 'cat a >/dev/null'
    run --separate-stderr "$NONO" rollback list --all
    [[ $output == *"no changes"* ]]
    [[ $output != *staged* ]]
}

@test "review is refused where it cannot be, and names what is missing" {
    run "$NO_NAMESPACES" "$NONO" run --review "${options[@]}" -- sh -c 'echo x >x'
    [ "$status" -eq 125 ]
    [[ $output == *"--review is not to be had here: cannot make namespaces of the command's own: unshare"* ]]
    [ ! -e x ]
    run "$NONO" run --review --allow-cwd -- true
    [ "$status" -eq 2 ]
    [[ $output == *"--review: the command may not write the working directory"* ]]
    run "$NONO" run --review --capture=scan "${options[@]}" -- true
    [ "$status" -eq 2 ]
    [[ $output == *"leave out --capture"* ]]
    mkdir -p "$HOME/.config/nono/profiles"
    echo '{"extends":"default","workdir":{"access":"readwrite"},"filesystem":{"guard":["kept"]}}' >"$HOME/.config/nono/profiles/g.json"
    run "$NONO" run -p g --review "${options[@]}" -- sh -c 'echo x >x'
    [ "$status" -eq 125 ]
    [[ $output == *"leave out --review"* ]]
    [ ! -e x ]
    run "$NONO" run --review --no-rollback "${options[@]}" -- true
    [ "$status" -eq 2 ]
}

@test "cleanup leaves what waits" {
    echo 1 >a
    review 'echo 2 >a'
    run "$NONO" rollback cleanup --keep 0
    [[ $output == *"0 sessions removed"*"1 stays"* ]]
    run "$NONO" rollback cleanup --max-size 1
    [[ $output == *"0 sessions removed"* ]]
    run "$NONO" rollback cleanup --all
    [[ $output == *"1 session removed"* ]]
}

# The terminal answers ANSWERS, one line each.
asked() { # ANSWERS SCRIPT
    printf '%b' "$1" | TERM=dumb script -qec "$(printf '%q ' "$NONO" run --review "${options[@]}" -- sh -c "$2")" /dev/null | tr -d '\r'
}

@test "on a terminal it is asked what becomes of the changes" {
    echo 1 >a
    run asked 'all\n' 'echo 2 >a; mkdir d; echo x >d/x'
    [[ $output == *"review  nothing reaches $PWD until you keep it"* ]]
    [[ $output == *"  ~ a (+0 bytes)"*"Keep? [a]ll, [s]ome, [d]iscard, [l]ater: "*"kept 3 changes"* ]]
    [ "$(cat a d/x)" = "$(printf '2\nx')" ]
    run asked 'what\nsome\ny\nn\n' 'echo 3 >a; rm d/x; rmdir d 2>/dev/null'
    [[ $output == *"~ a (+0 bytes): keep? [y/N/q] "*"- d"*"keep? [y/N/q] "*"kept 1 change"* ]]
    [ "$(cat a)" = 3 ]
    [ -e d/x ]
    "$NONO" rollback discard
    run asked 'd\n' 'echo 4 >a'
    [[ $output == *discarded* ]]
    [ "$(cat a)" = 3 ]
    run asked 'l\n' 'echo 5 >a'
    [[ $output == *"not kept yet: nono rollback show|keep|discard "* ]]
    [ "$(cat a)" = 3 ]
    run "$NONO" rollback keep
    [ "$(cat a)" = 5 ]
}
