#!/usr/bin/env bats
# Blocked commands, for all that a command starts. NONO is the built program; each test has a HOME of its own. What is tried destroys nothing if it runs.

load clean

setup() {
    make_home .config/nono/profiles bin lib
    cp "$BATS_TEST_DIRNAME/../demo/developer.json" "$HOME/.config/nono/profiles/developer.json"
    if ! "$NONO" run -v --allow-cwd -- true 2>&1 | grep -q 'level  full'; then
        skip "namespaces do not work here"
    fi
}

# A made-up program that says how it was called, and one of many names.
make_programs() {
    export PATH=$HOME/bin:$PATH
    printf '#!/bin/sh\necho "ran ${0##*/}"\n' >bin.sh
    install -m 755 bin.sh "$HOME/bin/tool"
    install -m 755 bin.sh "$HOME/bin/box"
    install -m 755 bin.sh "$HOME/lib/solo.impl"
    install -m 755 bin.sh "$HOME/lib/many.impl"
    ln -s box "$HOME/bin/applet"
    ln -s tool "$HOME/bin/nickname"
    ln -s ../lib/solo.impl "$HOME/bin/solo"
    ln -s ../lib/many.impl "$HOME/bin/one"
    ln -s ../lib/many.impl "$HOME/bin/two"
    install -m 755 bin.sh "$HOME/bin/hard"
    ln "$HOME/bin/hard" "$HOME/bin/hard-too"
    blocking="--allow-cwd --read $HOME/bin --read $HOME/lib --block-command tool --block-command applet --block-command solo --block-command one
        --block-command hard"
}

inside() {
    # shellcheck disable=SC2086 # words
    "$NONO" run -s $blocking -- "$@"
}

denied() { # STATUS COMMAND...
    local wanted=$1
    shift
    run inside "$@"
    echo "$*: $status $output"
    [ "$status" -eq "$wanted" ] || return 1
    [[ $output == *"ermission denied"* ]] || return 1
    [[ $output != *"ran "* ]]
}

@test "rm is denied by every path, runs outside, and inside when it is allowed" {
    local rm loader trick
    rm=$(readlink -f "$(command -v rm)")
    loader=$(ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null | head -n 1)
    ln -s "$rm" link
    for trick in 'rm --version' '/bin/rm --version' "$rm --version" './link --version' 'env rm --version' 'command rm --version' \
        "exec $rm --version" "$loader $rm --version" 'bash -c "rm --version"' "/proc/self/root$rm --version" \
        "cat $rm >copy && chmod +x copy && ./copy --version" "find . -name link -exec rm --version \\;"; do
        run bash -c "$trick"
        echo "outside: $trick: $status $output"
        [ "$status" -eq 0 ] || [[ $trick == *PPID* ]] || [ "$EUID" -ne 0 ]
        [[ $output == *coreutils* || $trick == *PPID* ]]
        run "$NONO" run -s --allow-cwd --allow . -- bash -c "$trick"
        echo "inside: $trick: $status $output"
        [ "$status" -ne 0 ] || [[ $trick == find* ]]
        # root may read what stands there instead, and it is no program
        [[ $output == *"ermission denied"* || ($EUID -eq 0 && $output == *"loading shared libraries: "*) ]]
        [[ $output != *coreutils* ]]
        rm -f copy
        run "$NONO" run -s --allow-cwd --allow . --allow-command rm --allow-command chmod -- bash -c "$trick"
        echo "allowed: $trick: $status $output"
        [[ $output == *coreutils* ]]
        rm -f copy
    done
    run "$NONO" run -s --allow-cwd -- bash -c 'rm --version'
    [ "$status" -eq 126 ]
}

@test "a program that blocks nothing of its own may do what the command would have done" {
    echo text >file
    "$NONO" run -s --allow-cwd --allow . -- /usr/bin/python3 -c 'import os; os.unlink("file")'
    [ ! -e file ]
}

@test "a made-up program: by its name, its path, a link, another link's name; not what is beside it" {
    make_programs
    denied 126 bash -c tool
    denied 126 bash -c "$HOME/bin/tool"
    denied 126 bash -c nickname
    ln -s "$HOME/bin/tool" mine
    denied 126 bash -c ./mine
    run inside sh "$HOME/bin/tool"
    [[ $output == *"ermission denied"* ]]
    [[ $output != *"ran "* ]]
    run sh -c 'tool; box; nickname; ./mine'
    [ "$output" = $'ran tool\nran box\nran nickname\nran mine' ]
    run inside sh -c 'box; two'
    [ "$output" = $'ran box\nran two' ]
    blocking="$blocking --allow-command tool"
    blocking=${blocking/--block-command tool /}
    run inside sh -c 'tool; nickname; ./mine'
    [ "$output" = $'ran tool\nran nickname\nran mine' ]
}

@test "a program of many names is blocked by name only, and that is said" {
    make_programs
    denied 126 bash -c applet
    denied 126 bash -c "$HOME/bin/applet"
    denied 126 bash -c one
    denied 126 bash -c hard
    denied 126 bash -c solo
    denied 126 bash -c "$HOME/lib/solo.impl"
    run inside sh -c 'box; two; hard-too'
    [ "$output" = $'ran box\nran two\nran hard-too' ]
    # shellcheck disable=SC2086 # words
    run "$NONO" run -v --dry-run $blocking -- true
    [[ $output == *"applet is blocked; by that name only: the program is reached also as box"* ]]
    [[ $output == *"one is blocked; by that name only: the program is reached also as two"* ]]
    [[ $output == *"hard is blocked; by that name only: the program is reached also as hard-too"* ]]
    [[ $output != *"solo is blocked; by that name only"* ]]
    # shellcheck disable=SC2086 # words
    run "$NONO" why $blocking --command applet
    [[ $output == *"by that name only: the program is reached also as box"* ]]
}

@test "nono says so when it is asked to start another name of a blocked command" {
    make_programs
    run inside nickname
    [ "$status" -eq 126 ]
    [[ $output == *"it is the command 'tool', which is blocked"* ]]
    [[ $output == *"--allow-command tool"* ]]
    run inside "$HOME/lib/solo.impl"
    [ "$status" -eq 126 ]
    [[ $output == *"it is the command 'solo', which is blocked"* ]]
    run inside tool
    [ "$status" -eq 125 ]
    [[ $output == *"Command 'tool' is blocked"* ]]
    run inside box
    [ "$output" = "ran box" ]
}

@test "a PATH that the policy sets is searched as well" {
    make_programs
    PATH=${PATH#"$HOME/bin:"}
    # shellcheck disable=SC2086 # words
    run "$NONO" run -s $blocking --env "PATH=$HOME/bin:$PATH" -- bash -c 'box; tool'
    [ "$status" -eq 126 ]
    [[ $output == "ran box"* ]]
    run "$NONO" run -s --allow-cwd --read "$HOME/bin" --env "PATH=$HOME/bin:$PATH" -- bash -c 'box; tool'
    [ "$output" = $'ran box\nran tool' ]
}

@test "a shim is none of the programs that it stands for" {
    make_programs
    mkdir -p "$HOME/.local/share/nono/shims"
    ln -s "$NONO" "$HOME/.local/share/nono/shims/tool"
    ln -s "$NONO" "$HOME/.local/share/nono/shims/box"
    export PATH=$HOME/.local/share/nono/shims:$PATH
    # shellcheck disable=SC2086 # words
    run "$NONO" run -v $blocking --read "$(dirname "$NONO")" -- bash -c 'type -p tool; box; tool'
    echo "$output"
    [ "$status" -eq 126 ]
    [[ $output != *"tool is blocked; by that name only"* ]]
    [[ $output == *"$HOME/bin/tool"* ]]
    [[ $output == *"ran box"* ]]
    printf '{"extends": "default", "filesystem": {"read": ["~/bin", "%s"]}, "policy": {"add_deny_commands": ["tool"]}}' "$(dirname "$NONO")" \
        >"$HOME/.config/nono/profiles/mine.json"
    "$NONO" policy show mine --json --resolved >shown.json
    run python3 -c 'import json; print([c["hidden"] for c in json.load(open("shown.json"))["commands"] if c["name"] == "tool"])'
    [ "$output" = "[['$(readlink -f "$HOME")/bin/tool']]" ]
}

@test "what is denied by the grants, or is not there, needs nothing" {
    make_programs
    run "$NONO" run -s --allow-cwd --block-command tool --block-command no-such-command -- bash -c 'tool; echo "$?"'
    [[ $output == *"ermission denied"* ]]
    [[ $output == *126 ]]
    rm "$HOME/bin/tool"
    ln -s /no/such/file "$HOME/bin/tool"
    run inside sh -c 'echo here'
    [ "$output" = here ]
}

@test "a profile blocks and allows, and what it does not name stays" {
    make_programs
    printf '{"extends": "developer", "filesystem": {"read": ["~/bin"]}, "policy": {"add_deny_commands": ["tool"]}}' >"$HOME/.config/nono/profiles/mine.json"
    run "$NONO" run -s -p mine -- bash -c 'box; tool'
    [ "$status" -eq 126 ]
    [[ $output == "ran box"* ]]
    [[ $output != *"ran tool"* ]]
    printf '{"extends": "mine", "security": {"allowed_commands": ["tool"]}}' >"$HOME/.config/nono/profiles/free.json"
    run "$NONO" run -s -p free -- sh -c 'tool; rm --version >/dev/null && echo rm'
    [ "$output" = $'ran tool\nrm' ]
}

@test "wrap and a machine without namespaces block the name only, and say so" {
    make_programs
    # shellcheck disable=SC2086 # words
    run "$NONO" wrap -s $blocking -- sh -c tool
    [ "$output" = "ran tool" ]
    # shellcheck disable=SC2086 # words
    run "$NONO" wrap -v $blocking -- true
    [[ $output == *"blocked commands are refused to nono itself"* ]]
    # shellcheck disable=SC2086 # words
    run "$NO_NAMESPACES" "$NONO" run -v $blocking -- sh -c tool
    [[ $output == *"ran tool"* ]]
    [[ $output == *"blocked commands are refused to nono itself"* ]]
    # shellcheck disable=SC2086 # words
    run "$NONO" wrap -s $blocking -- nickname
    [ "$status" -eq 126 ]
}

@test "why: the file, its links and the name, with the change that allows it" {
    make_programs
    # shellcheck disable=SC2086 # words
    run "$NONO" why $blocking --path "$HOME/bin/nickname" --op exec --json
    [ "$(python3 -c 'import json,sys; d=json.load(sys.stdin); print(d["status"], d["reason"])' <<<"$output")" = "denied command_blocked" ]
    run "$NONO" why --path /bin/rm --op exec --json
    [ "$(python3 -c 'import json,sys; d=json.load(sys.stdin); print(d["reason"], d["suggested_flag"])' <<<"$output")" = "command_blocked --allow-command rm" ]
    run "$NONO" why --path /bin/rm --op exec --allow-command rm
    [[ $output == ALLOWED* ]]
    # shellcheck disable=SC2086 # words
    run "$NONO" run -s $blocking --read "$(dirname "$NONO")" --read "$PARTS" -- "$NONO" why --self --command tool
    echo "$output"
    [[ $output == DENIED* ]]
    [[ $output == *"the sandbox hides it"* ]]
}

@test "policy show names the files and the names that remain" {
    make_programs
    printf '{"extends": "default", "filesystem": {"read": ["~/bin"]}, "policy": {"add_deny_commands": ["tool", "applet"]}}' \
        >"$HOME/.config/nono/profiles/mine.json"
    run "$NONO" policy show mine
    [[ $output == *"(by name only: reached also as box)"* ]]
    "$NONO" policy show mine --json --resolved >shown.json
    run python3 -c 'import json,os; d={c["name"]: c for c in json.load(open("shown.json"))["commands"]}; h=os.path.realpath(os.environ["HOME"])
print(d["tool"]["hidden"]==[h+"/bin/tool"], d["tool"]["reached_as"], d["applet"]["hidden"]==[h+"/bin/applet"], d["applet"]["reached_as"]==h+"/bin/box")'
    echo "$output"
    [ "$output" = "True None True True" ]
}
