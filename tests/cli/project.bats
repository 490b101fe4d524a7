#!/usr/bin/env bats
# nono project allow, deny, status, and which profile a wrapped program runs with. NONO is the built program; each test has a HOME of its own.
# shellcheck disable=SC2154 # home comes from clean.bash

bats_require_minimum_version 1.5.0

load clean

setup() {
    make_home project/.nono project/deep
    export MY_TOKEN=12345
    chmod 755 "$home" "$HOME"
    profile=$HOME/project/.nono/profile.json
    asks '["MY_TOKEN"]'
}

asks() { # LIST of variables
    rm -f "$profile"
    (umask 022 && echo '{"extends": "developer", "environment": {"allow": '"$1"'}}' >"$profile")
    chmod 755 "${profile%/*}"
}

# Whether a wrapped program is given the variable that only the project's profile gives.
given() {
    # shellcheck disable=SC2016 # for the inner shell
    [ "$("$NONO" run --hook -- sh -c 'echo "$MY_TOKEN"')" = 12345 ]
}

@test "a profile takes no part until it is allowed, nor once it has changed" {
    run ! given
    run "$NONO" project status
    [ "$status" -eq 1 ]
    [[ $output == *'~/project/.nono/profile.json: not in force'* ]]
    "$NONO" -s project allow --yes
    given
    (cd deep && given)
    run "$NONO" project status
    [ "$status" -eq 0 ]
    printf ' ' >>"$profile"
    run ! given
    run "$NONO" project status --json
    [ "$status" -eq 1 ]
    [[ $output == *'"trust": "changed"'* ]]
    asks '["MY_TOKEN"]'
    given
}

@test "what is allowed is what was shown" {
    run --separate-stderr "$NONO" project allow --yes
    [ "$status" -eq 0 ]
    [[ $output == *MY_TOKEN* ]]
    [ -z "$(find "$HOME/.local/state/nono/projects" -name proposed.json)" ]
}

@test "it is shown against the profile of each wrapped program" {
    mkdir -p "$HOME/.config/nono/profiles"
    echo '{"extends": "npm", "network": {"block": true}}' >"$HOME/.config/nono/profiles/closed.json"
    "$NONO" -s hook add npm --profile closed
    run --separate-stderr "$NONO" project allow --yes
    [ "$status" -eq 0 ]
    [[ $output == *"Against 'python', the profile of python, python3:"*"Against 'closed', the profile of npm:"*"Against 'npm', the profile of npx:"* ]]
    closed=${output#*"'closed'"}
    [[ ${closed%%Against*} == *open* ]]
    python=${output%%"Against 'node'"*}
    [[ $python == *MY_TOKEN* && $python != *Network* ]]
}

@test "without a terminal nobody is asked, and nothing is allowed" {
    run "$NONO" project allow </dev/null
    [ "$status" -eq 2 ]
    [[ $output == *--yes* ]]
    run ! given
}

@test "denied is denied until it is allowed" {
    "$NONO" -s project allow --yes
    "$NONO" -s project deny
    run ! given
    run "$NONO" project status
    [[ $output == *denied* ]]
    run "$NONO" project status --hint
    [ -z "$output" ]
    "$NONO" -s project allow --yes
    given
}

@test "the nearest one counts, and none above the home directory" {
    "$NONO" -s project allow --yes
    mkdir -p deep/.nono
    (umask 022 && echo '{"extends": "developer"}' >deep/.nono/profile.json)
    (cd deep && run ! given)
    mkdir -p "$home/.nono" "$HOME/other"
    cp "$profile" "$home/.nono/profile.json"
    cd "$HOME/other"
    run "$NONO" project status
    [ "$status" -eq 1 ]
    [[ $output == *'there is no .nono/profile.json'* ]]
}

@test "a file that others can change takes no part, and cannot be allowed" {
    chmod 666 "$profile"
    run "$NONO" project allow --yes
    [ "$status" -eq 1 ]
    [[ $output == *'can be written by others'* ]]
    chmod 644 "$profile"
    "$NONO" -s project allow --yes
    chmod 777 "${profile%/*}"
    run ! given
    chmod 755 "${profile%/*}"
    given
    mv "$profile" real.json
    ln -s ../real.json "$profile"
    run ! given
}

@test "a profile that does not work is not allowed" {
    echo '{"extends": "nothing-like-it"}' >"$profile"
    run "$NONO" project allow --yes
    [ "$status" -eq 1 ]
    [[ $output == *'~/project/.nono/profile.json cannot be allowed: '*nothing-like-it* ]]
    run "$NONO" project status
    [[ $output == *'not in force'* ]]
}

@test "--profile is what it was" {
    "$NONO" -s project allow --yes
    # shellcheck disable=SC2016 # for the inner shell
    run "$NONO" run --hook -p developer -- sh -c 'echo "[$MY_TOKEN]"'
    [ "$output" = '[]' ]
}

@test "another project whose entry has the same name finds a foreign one" {
    "$NONO" -s project allow --yes
    echo -n /elsewhere >"$(echo "$HOME"/.local/state/nono/projects/*/path)"
    run ! given
    run "$NONO" project status --json
    [[ $output == *'"trust": "unknown"'* ]]
}

@test "inside a sandbox nothing can be allowed" {
    run "$NONO" run -s --allow . --allow-cwd --read "$(dirname "$NONO")" --read "$PARTS" -- "$NONO" project allow --yes
    [ "$status" -eq 1 ]
    [[ $output == *'inside a nono sandbox'* ]]
    run ! given
}
