#!/usr/bin/env bats
# nono profile: profiles written with nono. NONO is the built program; each test has a HOME of its own.

bats_require_minimum_version 1.5.0

load clean

setup() {
    make_home .ssh
    profiles=$HOME/.config/nono/profiles
}

@test "init writes a profile that runs, and says where" {
    run --separate-stderr "$NONO" profile init my-agent --extends default --groups python_runtime,node_runtime --groups git_config --description 'My "agent"'
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ $stderr == *"created profile at $profiles/my-agent.json"* ]]
    [ "$(json 'd' <"$profiles/my-agent.json")" = "$(json 'd' <<<'{"extends":"default",
        "meta":{"name":"my-agent","version":"1.0.0","description":"My \"agent\""},
        "security":{"groups":["python_runtime","node_runtime","git_config"]},
        "workdir":{"access":"readwrite"},"filesystem":{"allow":[],"read":[]}}')" ]
    run "$NONO" run -s -p my-agent -- sh -c 'echo made >made && cat made'
    [ "$status" -eq 0 ]
    [ "$output" = made ]
}

@test "init --full writes every key with its meaning, and the result runs" {
    run "$NONO" -s profile init all --full --extends default,developer
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    grep -q '// Hosts to limit the network to' "$profiles/all.json"
    run "$NONO" run -s -p all -- true
    [ "$status" -eq 0 ]
}

@test "init does not replace a file unless it is told to" {
    "$NONO" -s profile init a
    echo '{}' >"$profiles/a.json"
    run "$NONO" profile init a
    [ "$status" -eq 1 ]
    [ "$output" = "nono: '$profiles/a.json' exists; --force replaces it" ]
    [ "$(cat "$profiles/a.json")" = '{}' ]
    run "$NONO" profile init a --force
    [ "$status" -eq 0 ]
    [ "$(json 'd["meta"]["name"]' <"$profiles/a.json")" = '"a"' ]
}

@test "init --output writes where it is told, through a link, and needs no name of a profile there" {
    run "$NONO" profile init a --output ./here.json
    [ "$status" -eq 0 ]
    [ ! -e "$profiles" ]
    [[ $output == *"nono policy show $HOME/project/here.json"* ]]
    run "$NONO" run -s -p ./here.json -- true
    [ "$status" -eq 0 ]
    ln -s here.json link.json
    run "$NONO" -s profile init b -o link.json --force
    [ "$status" -eq 0 ]
    [ -L link.json ]
    [ "$(json 'd["meta"]["name"]' <here.json)" = '"b"' ]
    run "$NONO" -s profile init b -o plain
    [ "$status" -eq 0 ]
    [ -f plain ]
    run "$NONO" profile init c -o no/such/c.json
    [ "$status" -eq 1 ]
    [[ $output == *"$HOME/project/no/such"* ]]
}

@test "init names the nearest of what it does not know, and leaves nothing behind" {
    run "$NONO" profile init a --groups python_runtim
    [ "$status" -eq 1 ]
    [ "$output" = "nono: --groups: there is no group 'python_runtim'; did you mean 'python_runtime'?" ]
    run "$NONO" profile init a --extends defualt
    [ "$status" -eq 1 ]
    [ "$output" = "nono: --extends: Profile not found: defualt; did you mean 'default'?" ]
    run "$NONO" profile init a_b
    [ "$status" -eq 1 ]
    [[ $output == *"Invalid profile name 'a_b'"* ]]
    run "$NONO" profile init $'x\e[31m'
    [ "$status" -eq 1 ]
    [[ $output != *$'\e'* ]]
    run "$NONO" profile init default --extends default
    [ "$status" -eq 1 ]
    [[ $output == *"cannot extend itself"* ]]
    run "$NONO" profile init
    [ "$status" -eq 2 ]
    [ ! -e "$profiles/a.json" ]
}

@test "init warns of groups with which no program starts" {
    run "$NONO" profile init a --groups python_runtime
    [ "$status" -eq 0 ]
    [[ $output == *"warning: no program can start"*"--extends default"* ]]
    run "$NONO" run -s -p a -- true
    [ "$status" -ne 0 ]
    run "$NONO" profile init b --groups python_runtime,system_read_linux
    [[ $output != *warning* ]]
    run "$NONO" run -s -p b -- true
    [ "$status" -eq 0 ]
}

@test "schema prints a schema, or writes it where an editor looks" {
    run --separate-stderr "$NONO" profile schema
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "$(json 'd["$schema"]' <<<"$output")" = '"https://json-schema.org/draft/2020-12/schema"' ]
    [ "$(json 'd["properties"]["network"]["properties"]["open_port"]["items"]["maximum"]' <<<"$output")" = 65535 ]
    printf '%s\n' "$output" >wanted
    run --separate-stderr "$NONO" profile schema -o schema
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ $stderr == *"$HOME/project/schema"* ]]
    cmp wanted schema
    run "$NONO" profile schema --groups
    [ "$(json 'd["required"]' <<<"$output")" = '["groups"]' ]
    run "$NONO" profile schema -o no/such
    [ "$status" -eq 1 ]
    [[ $output == *"$HOME/project/no"* ]]
}

@test "guide is Markdown where there is no terminal, at most 80 columns wide" {
    PAGER=false run "$NONO" profile guide
    [ "$status" -eq 0 ]
    [[ $output == '# Writing profiles for nono'* ]]
    [[ $output == *'- `filesystem.allow`: a list of paths'* ]]
    [[ $output == *'- `network.open_port`: a list of port numbers'*'Older names: `port_allow`,'*'`allow_port`.'* ]]
    [[ $output == *'`inject_mode`: How the key is sent'* ]]
    [ "$(wc -L <<<"$output")" -le 80 ]
}

# The output of COMMAND on a terminal.
on_terminal() { # COMMAND...
    script -qec "$(printf '%q ' "$@")" /dev/null | tr -d '\r'
}

@test "guide is paged on a terminal, with the pager that is set" {
    export TERM=xterm
    run on_terminal env PAGER='sed -n "s/^/paged: /;1,2p"' "$NONO" profile guide
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "paged: "*"Writing profiles for nono"* ]]
    [[ ${lines[0]} != *"#"* ]]
    run on_terminal env PAGER=no-such-pager "$NONO" profile guide
    [[ $output == *"Writing profiles for nono"*"Every key"* ]]
    run on_terminal env PAGER= "$NONO" profile guide
    [[ $output == *"Writing profiles for nono"* ]]
    [[ $output != *'```'* ]]
    [[ $output == *'    {'*'"extends": "default"'* ]]
    run on_terminal env PAGER='head -n 1' "$NONO" profile guide
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 1 ]
}

@test "add, set, remove and get go from a skeleton to a profile, remarks kept" {
    "$NONO" -s profile init x --extends default
    mkdir -p "$HOME/.config/x" "$HOME/.cache/x"
    sed -i 's|"allow": \[\],|"allow": [], // caches|' "$profiles/x.json"
    run "$NONO" profile add x filesystem.read "$HOME/.config/x"
    [ "$status" -eq 0 ]
    [ "$output" = "nono: changed $profiles/x.json" ]
    # shellcheck disable=SC2088 # nono reads it
    "$NONO" -s profile add x filesystem.allow '~/.cache/x'
    "$NONO" -s profile set x meta.description 'The tool "x"'
    run cat "$profiles/x.json"
    [ "$output" = '{
  "extends": "default",
  "meta": {
    "name": "x",
    "version": "1.0.0",
    "description": "The tool \"x\""
  },
  "security": {
    "groups": []
  },
  "workdir": {
    "access": "readwrite"
  },
  "filesystem": {
    "allow": [
      "~/.cache/x"
    ], // caches
    "read": [
      "~/.config/x"
    ]
  }
}' ]
    run "$NONO" profile get x filesystem.read
    # shellcheck disable=SC2088 # as nono writes it
    [ "$output" = '~/.config/x' ]
    run "$NONO" run -s -p x -- sh -c 'cat ~/.config/x/* ; echo made > ~/.cache/x/index && ! echo bad 2>/dev/null > ~/.config/x/y'
    [ "$status" -eq 0 ]
    [ "$(cat "$HOME/.cache/x/index")" = made ]
    run "$NONO" profile remove x filesystem.read "$HOME/.config/x"
    [ "$status" -eq 0 ]
    [ "$(json 'd["filesystem"]["read"]' < <(sed 's|// caches||' "$profiles/x.json"))" = '[]' ]
}

@test "adding twice changes nothing, and says so" {
    "$NONO" -s profile init x
    "$NONO" -s profile add x filesystem.read ~/.config/x
    before=$(stat -c '%i %Y' "$profiles/x.json")
    run "$NONO" profile add x filesystem.read '$HOME/.config/x'
    [ "$status" -eq 0 ]
    [ "$output" = "nono: nothing to change in $profiles/x.json" ]
    [ "$(stat -c '%i %Y' "$profiles/x.json")" = "$before" ]
}

# A change that is refused says why, and leaves the file.
refuses() { # STATUS TEXT WORD...
    local wanted=$1 text=$2 before
    shift 2
    before=$(cat "$profiles/x.json")
    run "$NONO" profile "$@"
    [ "$status" -eq "$wanted" ]
    [[ $output == *"$text"* ]]
    [ "${#lines[@]}" -eq 1 ]
    [ "$(cat "$profiles/x.json")" = "$before" ]
}

@test "a change after which the profile would not work is refused" {
    "$NONO" -s profile init x
    echo '{"extends": "x"}' >"$profiles/y.json"
    refuses 1 "not changed: profile x: /security/groups/0: there is no group 'python_runtim'; did you mean 'python_runtime'?" add x security.groups python_runtim
    refuses 1 "is not one of none, read, write, readwrite; did you mean 'readwrite'?" set x workdir.access readwrit
    refuses 1 "not changed: profile x: /filesystem/read/0: path 'data' is relative" add x filesystem.read data
    refuses 1 "must be a whole number from 1 to 65535" add x network.open_port 65536
    refuses 1 "circular dependency detected: x -> y -> x" set x extends y
    refuses 1 "Profile not found: nowhere" set x extends nowhere
    refuses 1 "Cannot exclude required groups: 'deny_credentials'" add x policy.exclude_groups deny_credentials
    refuses 1 "has no matching grant" add x policy.override_deny ~/.npmrc
    refuses 1 "protected nono state root" add x filesystem.read ~/.config/nono/profiles
    refuses 2 "there is no key 'filesystem.raed'; did you mean 'filesystem.read'?" add x filesystem.raed /a
    refuses 1 "filesystem.read has no '/a'" remove x filesystem.read /a
    refuses 1 "does not say anything about network.block" remove x network.block
    printf '{ "filesystem": ' >"$profiles/x.json"
    refuses 1 "but the text ends" add x filesystem.read /a
}

@test "a limit that cannot be held yet may be written, with a warning" {
    "$NONO" -s profile init x
    run "$NONO" profile add x network.allow_domain example.org
    [ "$status" -eq 0 ]
    [[ $output == *"warning: this version refuses to run it:"*"example.org"* ]]
    [ "$("$NONO" profile get x network.allow_domain)" = example.org ]
}

@test "built-in profiles are not changed, and the way out is named" {
    run "$NONO" profile add codex filesystem.read /a
    [ "$status" -eq 1 ]
    [[ $output == *"'codex' is built in"*"nono profile init my-codex --extends codex"* ]]
    run "$NONO" profile add nosuch filesystem.read /a
    [ "$status" -eq 1 ]
    [[ $output == *"Profile not found: nosuch"* ]]
    run "$NONO" profile get codex
    [ "$status" -eq 1 ]
    [[ $output == *"nono policy show codex --json --raw"* ]]
}

@test "a file is changed through a link, with its mode, and by path" {
    mkdir -p "$profiles" dotfiles
    echo '{ }' >dotfiles/x.json
    chmod 640 dotfiles/x.json
    ln -s "$PWD/dotfiles/x.json" "$profiles/x.json"
    "$NONO" -s profile add x filesystem.read /a
    [ -L "$profiles/x.json" ]
    [ "$(stat -c %a dotfiles/x.json)" = 640 ]
    "$NONO" -s profile add ./dotfiles/x.json filesystem.read /b
    [ "$("$NONO" profile get x filesystem.read --json | json d)" = '["/a", "/b"]' ]
    [ "$(find dotfiles "$profiles" -mindepth 1 | wc -l)" -eq 2 ]
}

@test "--dry-run prints the result and changes nothing" {
    "$NONO" -s profile init x
    before=$(cat "$profiles/x.json")
    run --separate-stderr "$NONO" profile set x network.block true --dry-run
    [ "$status" -eq 0 ]
    [ "$(json 'd["network"]' <<<"$output")" = '{"block": true}' ]
    [ "$(cat "$profiles/x.json")" = "$before" ]
}

@test "get prints what the profile itself says, as text and as JSON" {
    mkdir -p "$profiles"
    cat >"$profiles/x.json" <<'JSON'
{ // mine
  "undo": { "exclude_globs": ["*.x"] },
  "network": { "open_port": [80, 443], "block": true, "network_profile": null },
  "secrets": { "op://a/b": "TOKEN" },
  "hooks": { "my.app": { "event": "e", "matcher": "m", "script": "s" } },
  "workdir": { "access": "read" }
}
JSON
    [ "$("$NONO" profile get x)" = "$(cat "$profiles/x.json")" ]
    [ "$("$NONO" profile get x network.open_port)" = $'80\n443' ]
    [ "$("$NONO" profile get x network.port_allow --json | json d)" = '[80, 443]' ]
    [ "$("$NONO" profile get x network.block)" = true ]
    [ "$("$NONO" profile get x network.block --json)" = true ]
    [ "$("$NONO" profile get x network.network_profile --json)" = null ]
    [ "$("$NONO" profile get x rollback.exclude_globs)" = '*.x' ]
    [ "$("$NONO" profile get x env_credentials)" = 'op://a/b=TOKEN' ]
    [ "$("$NONO" profile get x env_credentials.op://a/b)" = 'op://a/b=TOKEN' ]
    [ "$("$NONO" profile get x hooks.my.app)" = $'my.app.event=e\nmy.app.matcher=m\nmy.app.script=s' ]
    [ "$("$NONO" profile get x hooks.my.app.script)" = s ]
    [ "$("$NONO" profile get x hooks --json | json d)" = '{"my.app": {"event": "e", "matcher": "m", "script": "s"}}' ]
    [ "$("$NONO" profile get x workdir.access --json)" = '"read"' ]
    [ "$("$NONO" profile get codex security.groups | head -n 1)" = codex_macos ]
    run "$NONO" profile get x filesystem.read
    [ "$status" -eq 1 ]
    [ "$output" = 'nono: x itself says nothing about filesystem.read' ]
    run "$NONO" profile get x groups
    [ "$status" -eq 2 ]
    [[ $output == *"did you mean 'security.groups'?"* ]]
}

@test "many changes at once are all made" {
    "$NONO" -s profile init x
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
        "$NONO" -s profile add x filesystem.read "/d$i" &
    done
    wait
    [ "$("$NONO" profile get x filesystem.read | sort -u | wc -l)" -eq 12 ]
}

@test "edit takes its lines from a script" {
    mkdir -p "$HOME/.config/x" "$HOME/.cache/x"
    run --separate-stderr "$NONO" profile edit x <<'TXT'
# a new profile
add filesystem.read ~/.config/x
add filesystem.allow ~/.cache/x ~/nowhere
undo
add filesystem.allow ~/.cache/x
set meta.description "The tool x"
save
TXT
    [ "$status" -eq 0 ]
    [[ $output == *'What a run is given, against the default profile:'*"+ readwrite  $HOME/.cache/x"*"+ read       $HOME/.config/x"* ]]
    [[ $stderr == *"'x' is new: nothing is written before 'save'"* ]]
    [[ $stderr == *"/filesystem/allow/1: '$HOME/nowhere' does not exist"* ]]
    [[ $stderr == *"saved to $profiles/x.json"* ]]
    [ "$("$NONO" profile get x filesystem.allow --json | json d)" = '["~/.cache/x"]' ]
    [ "$("$NONO" profile get x meta.description)" = 'The tool x' ]
    run "$NONO" policy validate "$profiles/x.json"
    [ "$status" -eq 0 ]
    run "$NONO" run -s -p x -- sh -c 'echo made >~/.cache/x/index'
    [ "$status" -eq 0 ]
}

@test "a script that goes wrong ends there, and saves nothing" {
    "$NONO" -s profile init x
    before=$(cat "$profiles/x.json")
    run "$NONO" profile edit x <<<$'add filesystem.read /usr/share\nadd filesystem.raed /b\nsave'
    [ "$status" -eq 1 ]
    [[ $output == *"line 2: there is no key 'filesystem.raed'; did you mean 'filesystem.read'?"* ]]
    [ "$(cat "$profiles/x.json")" = "$before" ]
    run "$NONO" profile edit x <<<'add filesystem.read /usr/share'
    [ "$status" -eq 1 ]
    [[ $output == *"the changes are not saved"* ]]
    [ "$(cat "$profiles/x.json")" = "$before" ]
    run "$NONO" profile edit x <<<$'add filesystem.read /usr/share\ndrop'
    [ "$status" -eq 0 ]
    [ "$(cat "$profiles/x.json")" = "$before" ]
}

@test "edit refuses a built-in profile and a name that cannot be one" {
    run "$NONO" profile edit codex </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"nono profile init my-codex --extends codex"* ]]
    run "$NONO" profile edit a_b </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"Invalid profile name"* ]]
    run "$NONO" profile edit new </dev/null
    [ "$status" -eq 0 ]
    [ ! -e "$profiles/new.json" ]
}
