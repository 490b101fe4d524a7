#!/usr/bin/env bats
# An installation as `cmake --install` lays it out, moved to a prefix of its own. NONO is the built program, PARTS the directory of what belongs to it.
# shellcheck disable=SC2154 # home comes from clean.bash

load clean

setup() {
    make_home
    mkdir -p "$home/prefix/bin" "$home/prefix/lib"
    cp "$NONO" "$home/prefix/bin/nono"
    nono=$home/prefix/bin/nono
}

with_parts() {
    cp -r "$PARTS" "$home/prefix/lib/nono"
    parts=$home/prefix/lib/nono
}

is_split() {
    [ -e "$PARTS/nono-main" ] || skip "nono is one program in this build"
}

@test "a moved prefix records and takes back" {
    with_parts
    run "$nono" run -s -p developer -- sh -c 'echo made >made'
    [ "$status" -eq 0 ]
    [ -e made ]
    run "$nono" rollback restore -s
    [ "$status" -eq 0 ]
    [ ! -e made ]
}

@test "the hook names the program that people call, whichever wrote it" {
    with_parts
    "$nono" hook bash | grep -F "$nono" >/dev/null
    mkdir -p "$HOME/.config/nono"
    echo '{"hints": false}' >"$HOME/.config/nono/hook.json"
    "$nono" hook bash | grep -F "$nono" >/dev/null
    ! "$nono" hook bash | grep -F nono-main
}

@test "without its parts nono still confines with a built-in profile" {
    is_split
    mkdir "$HOME/.ssh"
    echo secret >"$HOME/.ssh/id"
    run "$nono" wrap -- true
    [ "$status" -eq 0 ]
    run "$nono" wrap -- cat "$HOME/.ssh/id"
    [ "$status" -eq 1 ]
    [[ $output == *"Permission denied"* ]]
    cat "$HOME/.ssh/id"
}

@test "without its parts nono says what is missing, and runs nothing unprotected" {
    is_split
    run "$nono" run -p developer --capture=scan -- touch ran
    [ "$status" -eq 125 ]
    [[ $output == "nono: cannot find "*"/nono-main, a part of nono"*"installed completely"* ]]
    [ ! -e ran ]
    run "$nono" rollback list
    [ "$status" -eq 1 ]
    [[ $output == *"nono-main"* ]]
}

@test "a part that everyone can write is not used" {
    is_split
    with_parts
    chmod 757 "$parts/nono-main"
    run "$nono" rollback list
    [ "$status" -eq 1 ]
    [[ $output == *"install nono again"* ]]
    chmod 755 "$parts/nono-main"
    run "$nono" rollback list
    [ "$status" -eq 0 ]
}

@test "the two programs say the same of themselves" {
    is_split
    with_parts
    for line in --version --help "run --help" "rollback" "wrap --no-such" "__man"; do
        # shellcheck disable=SC2086 # words
        run "$nono" $line
        first="$status $output"
        # shellcheck disable=SC2086 # words
        run "$parts/nono-main" $line
        [ "$first" = "$status $output" ]
    done
}
