#!/usr/bin/env bats
# nono policy: what groups and profiles grant and deny. NONO is the built program; each test has a HOME of its own.
# shellcheck disable=SC2154 # home comes from clean.bash

load clean

setup() {
    make_home .config/nono/profiles .ssh
}

profile() { # NAME JSON
    printf '%s\n' "$2" >"$HOME/.config/nono/profiles/$1.json"
}

@test "groups lists those of this system by name, and all with --all-platforms" {
    run "$NONO" policy groups
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "nono policy: 23 groups" ]
    [ "${#lines[@]}" -eq 24 ]
    [[ $output == *"  deny_credentials "*"cross-platform  required"* ]]
    [[ $output != *macos* ]]
    [ "$(printf '%s\n' "${lines[@]:1}" | sort -c && echo sorted)" = sorted ]
    run "$NONO" policy groups --all-platforms
    [ "${lines[0]}" = "nono policy: 34 groups (all platforms)" ]
    [[ $output == *"dangerous_commands_macos "* ]]
}

@test "groups --json counts what is in each" {
    run "$NONO" policy groups --json --all-platforms
    [ "$(json 'len(d)' <<<"$output")" = 34 ]
    [ "$(json '[g for g in d if g["name"]=="deny_credentials"][0]["deny"]' <<<"$output")" = '{"access": 24, "commands": 0, "unlink": false}' ]
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
    [ "${lines[0]}" = "nono policy: 14 profiles" ]
    [[ $output != *"User ("* ]]
    profile mine $'{"extends": "default", "meta": {"name": "mine", "description": "of \\u001b[31mmine"}}'
    profile codex '{}'
    profile broken '{"filesystm": {}}'
    run "$NONO" policy profiles
    [ "${lines[0]}" = "nono policy: 17 profiles" ]
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

# What `policy show` resolves PROFILE to, without where it comes from.
resolved() { # PROFILE [OPTION...]
    "$NONO" policy show "$@" --json --resolved | json '[sorted([g["path"],g["access"],g["state"],g["file_only"]] for g in d["grants"]),
        sorted([x["path"],x["overridden"]] for x in d["denies"]), sorted(c["name"] for c in d["commands"]), d["network"]["access"],
        d["workdir"], d["rollback_exclude"], sorted(d["groups"])]'
}

@test "show names the rule behind every path, command and limit" {
    mkdir -p "$HOME/data/sub"
    profile base '{"extends": "default", "filesystem": {"read": ["~/data"]}, "network": {"block": true}}'
    profile mine '{"extends": "base", "policy": {"add_deny_access": ["~/data/sub"], "add_deny_commands": ["curl"]},
        "filesystem": {"write_file": ["~/absent"]}, "security": {"groups": ["git_config"], "signal_mode": "isolated"}}'
    run "$NO_NAMESPACES" "$NONO" policy show mine
    [ "$status" -eq 0 ]
    [[ $output != *$'\e'* ]]
    grep -qE "^    r    $HOME/data +profile base /filesystem/read/0  \(only the 0 entries beside $HOME/data/sub, which is denied\)$" <<<"$output"
    grep -qE "^    -    $HOME/data/sub +profile mine /policy/add_deny_access/0$" <<<"$output"
    grep -qE "^    w    $HOME/absent +profile mine /filesystem/write_file/0  \(one file\)  \(not there\)$" <<<"$output"
    grep -qE "^    -    $HOME/.ssh +group deny_credentials$" <<<"$output"
    grep -qE "^    -    curl +profile mine /policy/add_deny_commands/0$" <<<"$output"
    grep -qE "^    -    rm +group dangerous_commands$" <<<"$output"
    grep -qE "^    r    /usr/bin +group system_read_linux" <<<"$output"
    grep -qF "  Network:       blocked  profile base /network/block" <<<"$output"
    grep -qF "    security.signal_mode = isolated  profile mine" <<<"$output"
    grep -qF "    $HOME/data itself cannot be listed, and nothing directly in it created or removed, because $HOME/data/sub is denied" <<<"$output"
    grep -qF "Landlock has no right for them" <<<"$output"
}

@test "show is what the run gets" {
    mkdir -p "$HOME/data/sub" "$HOME/data/other"
    echo seen >"$HOME/data/other/file"
    echo hidden >"$HOME/data/sub/file"
    profile mine '{"extends": "default", "filesystem": {"read": ["~/data"]}, "policy": {"add_deny_access": ["~/data/sub"]}}'
    run "$NO_NAMESPACES" "$NONO" policy show mine --json --resolved
    [ "$(json '[(g["state"], g["entries_granted"], g["without"]) for g in d["grants"] if g["raw"]=="~/data"]' <<<"$output")" = \
        "[[\"split\", 1, \"$HOME/data/sub\"]]" ]
    run "$NO_NAMESPACES" "$NONO" policy show mine -v
    grep -qE "^         r +$HOME/data/other$" <<<"$output"
    run "$NO_NAMESPACES" "$NONO" run -s --allow-cwd -p mine -- cat "$HOME/data/other/file"
    [ "$output" = seen ]
    run "$NO_NAMESPACES" "$NONO" run -s --allow-cwd -p mine -- cat "$HOME/data/sub/file"
    [ "$status" -ne 0 ]
}

@test "show says why a run is refused, and shows the rest" {
    run "$NONO" policy show python-dev
    [ "$status" -eq 0 ]
    [[ $output == *"A run is refused: "*"'developer' limits the network to named hosts"* ]]
    [[ $output == *"Network:       limited, which this version cannot hold"* ]]
    [[ $output == *"group system_read_linux"* ]]
    run "$NONO" run -s -p python-dev --allow-cwd -- true
    [ "$status" -eq 125 ]
    profile inside '{"filesystem": {"allow": ["~/.ssh"]}}'
    run "$NONO" policy show inside
    [ "$status" -eq 0 ]
    [[ $output == *"A run is refused: cannot grant $HOME/.ssh (profile inside /filesystem/allow/0): $HOME/.ssh (group deny_credentials) is denied"* ]]
    grep -qE "profile inside /filesystem/allow/0  \(inside $HOME/.ssh, which is denied\)$" <<<"$output"
    run "$NONO" run -s -p inside --allow-cwd -- true
    [ "$status" -eq 125 ]
}

@test "show takes a name or a file, and fails like a run" {
    echo '{"filesystem": {"read": ["~/project"]}}' >own.json
    run "$NONO" policy show ./own.json
    [ "$status" -eq 0 ]
    [[ $output == *"profile ./own.json /filesystem/read/0"* ]]
    run "$NONO" policy show claude-cod
    [ "$status" -eq 1 ]
    [ "$output" = "nono: Profile not found: claude-cod; did you mean 'claude-code'?" ]
    run "$NONO" policy show default --resolved
    [ "$status" -eq 2 ]
    run "$NONO" policy show default --workdir "$HOME/absent"
    [ "$status" -eq 1 ]
}

@test "show --raw keeps variables, and everything else expands them" {
    profile mine '{"filesystem": {"read": ["$WORKDIR", "~/.ssh/../project"]}}'
    run "$NONO" policy show mine
    grep -qE "^    r    $HOME/project +profile mine /filesystem/read/0$" <<<"$output"
    run "$NONO" policy show mine --raw
    grep -qE '^    r    \$WORKDIR +profile mine /filesystem/read/0$' <<<"$output"
    run "$NONO" policy show mine --json
    [ "$(json 'd["filesystem"]' <<<"$output")" = "{\"read\": [\"$HOME/project\"]}" ]
    run "$NONO" policy show mine --json --raw
    [ "$(json 'd["filesystem"]["read"]' <<<"$output")" = '["$WORKDIR", "~/.ssh/../project"]' ]
}

@test "what show --json prints is a profile that resolves to the same, for every built-in one" {
    for name in claude-code codex default developer go-dev node-dev npm openclaw opencode pip python python-dev rust-dev swival; do
        for option in --json "--json --raw"; do
            # shellcheck disable=SC2086 # several words
            "$NONO" policy show "$name" $option >one.json
            # shellcheck disable=SC2086
            "$NONO" policy show ./one.json $option >two.json
            cmp one.json two.json
            diff <(resolved "$name") <(resolved ./one.json)
        done
    done
}

@test "show --json is a fixed point for links, dollars, excluded groups and every kind of key" {
    mkdir -p "$HOME/real/a" "$HOME/\$x" "$HOME/.ssh/pub"
    ln -s real "$HOME/link"
    touch "$HOME/.ssh/config"
    profile base '{"security": {"groups": ["system_read_linux", "git_config", "dangerous_commands"]}, "rollback": {"exclude_globs": ["*.o"]},
        "network": {"block": true}, "filesystem": {"allow": ["~/link/a", "~/$$x"]}}'
    profile mine $'{"extends": ["base"], "policy": {"exclude_groups": ["dangerous_commands"], "override_deny": ["~/.ssh/config"],
        "add_deny_commands": ["curl"], "add_allow_readwrite": ["$HOME/real"]}, "filesystem": {"read_file": ["~/.ssh/config", "~/ab\\udcff"]},
        "workdir": {"access": "write"}, "env_credentials": {"k": "K"}, "skipdirs": ["x"], "open_urls": {"allow_localhost": true},
        "hooks": {"h": {"event": "e", "matcher": "m", "script": "s"}}, "security": {"allowed_commands": ["npm"]},
        "network": {"custom_credentials": {"c": {"upstream": "https://example.org", "credential_key": "k"}}}}'
    for option in --json "--json --raw"; do
        # shellcheck disable=SC2086
        "$NONO" policy show mine $option >one.json
        # shellcheck disable=SC2086
        "$NONO" policy show ./one.json $option >two.json
        cmp one.json two.json
        diff <(resolved mine) <(resolved ./one.json)
    done
    [ "$(json 'sorted(d)' <one.json)" = '["env_credentials", "filesystem", "hooks", "network", "open_urls", "policy", "rollback", "security", "skipdirs", "workdir"]' ]
    [ "$(json 'd["security"]["groups"].count("dangerous_commands")' <one.json)" = 0 ]
}

@test "an ordinary user is shown the same kind of answer" {
    ordinary() { setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$HOME" "$@"; }
    [ "$(id -u)" -eq 0 ] || skip "already an ordinary user"
    ordinary "$NONO" --version || skip "an ordinary user cannot reach the program"
    chown -R 65534:65534 "$home"
    run ordinary "$NONO" policy show claude-code
    [ "$status" -eq 0 ]
    grep -qE "^    -    $HOME/.ssh +group deny_credentials$" <<<"$output"
    ordinary "$NONO" policy show claude-code --json >"$home/one.json"
    ordinary "$NONO" policy show "$home/one.json" --json >"$home/two.json"
    cmp "$home/one.json" "$home/two.json"
}

@test "diff compares what two profiles resolve to, with diff's exit status" {
    mkdir -p "$HOME/a" "$HOME/b"
    profile one '{"extends": "default", "filesystem": {"read": ["~/a", "~/b"]}}'
    profile two '{"filesystem": {"allow": ["~/b"]}, "policy": {"add_deny_commands": ["curl"]}, "workdir": {"access": "read"}}'
    profile same '{"filesystem": {"read": ["$HOME/b", "~/a/../a"]}}'
    run "$NONO" policy diff one same
    [ "$status" -eq 0 ]
    [ "$output" = "nono policy: 'one' and 'same' resolve to the same policy" ]
    run "$NONO" policy diff one two
    [ "$status" -eq 1 ]
    grep -qxF "    - read       $HOME/a  profile one /filesystem/read/0" <<<"$output"
    grep -qxF "    ~ read -> readwrite  $HOME/b  profile one /filesystem/read/1 -> profile two /filesystem/allow/0" <<<"$output"
    grep -qxF "    + refused    curl  profile two /policy/add_deny_commands/0" <<<"$output"
    grep -qxF "    + read" <<<"$output"
    [ "${#lines[@]}" -eq 8 ]
    run "$NONO" policy diff one two --json
    [ "$status" -eq 1 ]
    [ "$(json '[(c["kind"], c["change"], c["profile1"], c["profile2"]) for c in d["changes"]]' <<<"$output")" = \
        '[["path", "removed", "read", "none"], ["path", "changed", "read", "readwrite"], ["command", "added", "none", "refused"], ["workdir", "added", "none", "read"]]' ]
    [ "$(json 'd["changes"][1]["origin2"]' <<<"$output")" = '{"name": "two", "pointer": "/filesystem/allow/0", "source": "profile"}' ]
    run "$NONO" policy diff one same --json
    [ "$(json '[d["equal"], d["changes"]]' <<<"$output")" = '[true, []]' ]
    run "$NONO" policy diff one absent
    [ "$status" -eq 2 ]
    run "$NONO" policy diff one
    [ "$status" -eq 2 ]
}

@test "diff of any profile with itself as printed by show is empty" {
    for name in claude-code default go-dev openclaw; do
        "$NONO" policy show "$name" --json >printed.json
        "$NONO" policy diff "$name" ./printed.json
    done
}

@test "validate says everything at once, each with its place" {
    mkdir -p "$HOME/data/secret"
    cat >bad.json <<'TXT'
{
  // typed by hand
  "extends": "defalt",
  "securty": {},
  "security": {"groups": ["node_runtme"], "signal_mode": "isolatd"},
  "policy": {
    "exclude_groups": ["deny_credentials"],
    "override_deny": ["~/.aws"],
    "add_deny_access": ["~/data/secret"]
  },
  "filesystem": {
    "allow": ["relative", "~/.config/nono"],
    "read": ["~/data", "/etc/passwd/x"]
  },
  "network": {"open_port": [70000]}
}
TXT
    run "$NO_NAMESPACES" "$NONO" policy validate bad.json
    [ "$status" -eq 1 ]
    has() {
        grep -qxF "  $1" <<<"$output" || { echo "missing: $1" && return 1; }
    }
    has "[err]  3: /extends: Profile not found: defalt; did you mean 'default'?"
    has '[err]  4: /securty: unknown key: did you mean "security"?'
    has "[err]  5: /security/groups/0: there is no group 'node_runtme'; did you mean 'node_runtime'?"
    has "[err]  5: /security/signal_mode: 'isolatd' is not one of isolated, allow_same_sandbox, allow_all; did you mean 'isolated'?"
    has "[err]  7: /policy/exclude_groups/0: Cannot exclude required groups: 'deny_credentials'"
    has "[err]  8: /policy/override_deny/0: override_deny '$HOME/.aws' has no matching grant. Add a filesystem allow (--allow, --read, --write, or profile filesystem/policy) for this path."
    has "[err]  12: /filesystem/allow/0: path 'relative' is relative; begin it with '/', '~' or a variable such as \$WORKDIR"
    has "[err]  12: /filesystem/allow/1: Refusing to grant '$HOME/.config/nono' (source: profile bad.json /filesystem/allow/1) because it overlaps protected nono state root '$HOME/.config/nono'."
    has "[warn] 13: /filesystem/read/0: $HOME/data itself cannot be listed, and nothing directly in it created or removed, because $HOME/data/secret is denied"
    has "[warn] 13: /filesystem/read/1: '/etc/passwd/x' cannot exist: what stands above it is not a directory"
    has "[err]  15: /network/open_port/0: must be a whole number from 1 to 65535"
    has "Result: invalid (9 errors, 2 warnings)"
    [ "${#lines[@]}" -eq 13 ]
    run "$NO_NAMESPACES" "$NONO" policy validate bad.json --json
    [ "$status" -eq 1 ]
    [ "$(json '[d["valid"], len(d["errors"]), len(d["warnings"]), d["complete"]]' <<<"$output")" = '[false, 9, 2, true]' ]
    [ "$(json '[(p["line"], p["pointer"], p["nearest"]) for p in d["errors"][:3]]' <<<"$output")" = \
        '[[3, "/extends", "default"], [4, "/securty", "security"], [5, "/security/groups/0", "node_runtime"]]' ]
}

@test "validate accepts what a run accepts, by file or by name" {
    profile mine '{"extends": "default"}'
    run "$NONO" policy validate mine
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "nono policy: validating $HOME/.config/nono/profiles/mine.json" ]
    [ "${lines[1]}" = "  Result: valid" ]
    run "$NONO" policy validate "$HOME/.config/nono/profiles/mine.json" --json
    [ "$status" -eq 0 ]
    [ "$(json '[d["valid"], d["errors"], d["warnings"]]' <<<"$output")" = '[true, [], []]' ]
    run "$NONO" policy validate absent.json
    [ "$status" -eq 1 ]
    [[ $output == "nono: "* ]]
    for name in claude-code codex default go-dev node node-dev npm openclaw opencode python-dev rust-dev swival; do
        "$NONO" policy show "$name" --json >printed.json
        run "$NONO" policy validate printed.json
        [ "$status" -eq 0 ]
    done
}

@test "validate shows no control character of a profile" {
    printf '{"x\\u001b[31m": 1, "security": {"groups": ["\\u001b]0;t\\u0007"]}, "filesystem": {"read": ["~/\\u202ea"]}}' >bad.json
    run "$NONO" policy validate bad.json
    [ "$status" -eq 1 ]
    [[ $output != *$'\e'* && $output != *$'\a'* && $output != *$'\u202e'* ]]
    [[ $output == *'/x\x1b[31m: unknown key'* ]]
}

@test "show and validate tell of what mounts hide" {
    mkdir -p "$HOME/data/secret"
    profile mine '{"filesystem": {"read": ["~/data"]}, "policy": {"add_deny_access": ["~/data/secret"]}}'
    run "$NONO" policy show mine --json --resolved
    [ "$status" -eq 0 ]
    state=$(json '[g["state"] for g in d["grants"] if g["raw"]=="~/data"][0]' <<<"$output")
    if [ "$state" = '"split"' ]; then skip "namespaces do not work here"; fi
    [ "$state" = '"masked"' ]
    [ "$(json 'd["hidden"]' <<<"$output")" = "[{\"kind\": \"directory\", \"path\": \"$HOME/data/secret\"}]" ]
    run "$NONO" policy show mine
    grep -qE "^    r    $HOME/data +profile mine /filesystem/read/0  \(without $HOME/data/secret, which is denied and hidden\)$" <<<"$output"
    run "$NONO" policy validate mine
    [ "$status" -eq 0 ]
    grep -qE "^  \[warn\] 1: /filesystem/read/0: $HOME/data is granted .*$HOME/data/secret" <<<"$output"
}
