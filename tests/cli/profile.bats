#!/usr/bin/env bats
# nono profile: profiles written with nono. NONO is the built program; each test has a HOME of its own.

bats_require_minimum_version 1.5.0

setup() {
    home=$(mktemp -d /var/tmp/nono-test.XXXXXX) # /tmp is granted by system_write_linux
    export HOME=$home/user XDG_RUNTIME_DIR='' XDG_STATE_HOME='' XDG_CONFIG_HOME='' XDG_DATA_HOME=''
    unset NONO_PROFILE NONO_ALLOW TMPDIR
    mkdir -p "$HOME/project" "$HOME/.ssh"
    chmod 755 "$home"
    profiles=$HOME/.config/nono/profiles
    cd "$HOME/project"
}

teardown() {
    cd /
    chmod -R u+rwx "$home"
    rm -rf "$home"
}

# What EXPRESSION makes of the JSON on stdin, as one line of JSON.
json() { # EXPRESSION
    python3 -c 'import json,sys; d=json.load(sys.stdin); print(json.dumps(eval(sys.argv[1]), sort_keys=True))' "$1"
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
    [[ $output == *"-p $HOME/project/here.json"* ]]
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
