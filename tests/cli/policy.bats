#!/usr/bin/env bats
# nono policy: what groups and profiles grant and deny. NONO is the built program; each test has a HOME of its own.

setup() {
    home=$(mktemp -d /var/tmp/nono-test.XXXXXX) # /tmp is granted by system_write_linux
    export HOME=$home/user XDG_RUNTIME_DIR='' XDG_STATE_HOME='' XDG_CONFIG_HOME='' XDG_DATA_HOME=''
    unset NONO_PROFILE NONO_ALLOW TMPDIR
    mkdir -p "$HOME/.config/nono/profiles" "$HOME/project" "$HOME/.ssh"
    chmod 755 "$home"
    cd "$HOME/project"
}

teardown() {
    cd /
    chmod -R u+rwx "$home"
    rm -rf "$home"
}

profile() { # NAME JSON
    printf '%s\n' "$2" >"$HOME/.config/nono/profiles/$1.json"
}

# What EXPRESSION makes of the JSON on stdin, as one line of JSON.
json() { # EXPRESSION
    python3 -c 'import json,sys; d=json.load(sys.stdin); print(json.dumps(eval(sys.argv[1]), sort_keys=True))' "$1"
}

@test "groups lists those of this system by name, and all with --all-platforms" {
    run "$NONO" policy groups
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "nono policy: 22 groups" ]
    [ "${#lines[@]}" -eq 23 ]
    [[ $output == *"  deny_credentials "*"cross-platform  required"* ]]
    [[ $output != *macos* ]]
    [ "$(printf '%s\n' "${lines[@]:1}" | sort -c && echo sorted)" = sorted ]
    run "$NONO" policy groups --all-platforms
    [ "${lines[0]}" = "nono policy: 33 groups (all platforms)" ]
    [[ $output == *"dangerous_commands_macos "* ]]
}

@test "groups --json counts what is in each" {
    run "$NONO" policy groups --json --all-platforms
    [ "$(json 'len(d)' <<<"$output")" = 33 ]
    [ "$(json '[g for g in d if g["name"]=="deny_credentials"][0]["deny"]' <<<"$output")" = '{"access": 18, "commands": 0, "unlink": false}' ]
    [ "$(json 'sorted({g["platform"] for g in d})' <<<"$output")" = '["cross-platform", "linux", "macos"]' ]
}

@test "groups NAME shows each path as written and expanded" {
    run "$NONO" policy groups deny_credentials
    [ "$status" -eq 0 ]
    [[ $output == *"Required:     yes"* ]]
    grep -qE "^    ~/\.ssh +-> $HOME/\.ssh$" <<<"$output"
    run "$NONO" policy groups user_tools --json
    [ "$(json 'd["allow"]["readwrite"]' <<<"$output")" = "[{\"expanded\": \"$HOME/.local/state\", \"raw\": \"~/.local/state\"}]" ]
    run "$NONO" policy groups dangerous_commands_macos --json
    [ "$(json 'd["deny"]["commands"]' <<<"$output")" = '["srm", "brew", "launchctl"]' ]
    run "$NONO" policy groups unlink_protection --json
    [ "$(json 'd["deny"]["unlink"]' <<<"$output")" = true ]
}

@test "an unknown group names the nearest, on one line, and shows no control character" {
    run "$NONO" policy groups dny_credentials
    [ "$status" -eq 1 ]
    [ "$output" = "nono: there is no group 'dny_credentials'; did you mean 'deny_credentials'?" ]
    run "$NONO" policy groups $'x\e[31m\n'
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *'x\x1b[31m\x0a'* ]]
}

@test "profiles lists the built-in ones, the user's own, and broken ones with the reason" {
    run "$NONO" policy profiles
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "nono policy: 10 profiles" ]
    [[ $output != *"User ("* ]]
    profile mine $'{"extends": "default", "meta": {"name": "mine", "description": "of \\u001b[31mmine"}}'
    profile codex '{}'
    profile broken '{"filesystm": {}}'
    run "$NONO" policy profiles
    [ "${lines[0]}" = "nono policy: 13 profiles" ]
    [[ $output == *"User ($HOME/.config/nono/profiles):"* ]]
    [[ $output == *"mine "*'of \x1b[31mmine'*"extends default"* ]]
    [[ $output == *"codex "*"(replaces the built-in one)"* ]]
    [[ $output == *"broken "*"[error: "*"/filesystm: unknown key: did you mean \"filesystem\"?]"* ]]
    [[ $output != *$'\e'* ]]
    run "$NONO" policy profiles --json
    [ "$(json '[(p["name"], p["source"], p.get("extends")) for p in d if p["source"]!="built-in"]' <<<"$output")" = \
        '[["broken", "user", null], ["codex", "user (overrides built-in)", []], ["mine", "user", ["default"]]]' ]
    [ "$(json '["error" in p for p in d if p["name"]=="broken"]' <<<"$output")" = '[true]' ]
}
