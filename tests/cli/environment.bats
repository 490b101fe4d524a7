#!/usr/bin/env bats
# Which variables a command gets. NONO is the built program; each test has a HOME of its own, and starts nono with the variables it names and no others.

load clean

setup() {
    home=$(mktemp -d /var/tmp/nono-test.XXXXXX) # /tmp is granted by system_write_linux
    mkdir -p "$home/user/.config/nono/profiles" "$home/user/project"
    cd "$home/user/project"
    base=(HOME="$home/user" PATH="$PATH")
}

teardown() {
    remove_tree "$home"
}

profile() { # NAME JSON
    printf '%s\n' "$2" >"$home/user/.config/nono/profiles/$1.json"
}

# inside NAME=VALUE... -- OPTION...: what a command started with these variables and options gets, as `env` prints it.
inside() {
    local set=()
    while [ "$1" != -- ]; do
        set+=("$1")
        shift
    done
    shift
    env -i "${base[@]}" "${set[@]}" "$NONO" run -s --allow-cwd --no-rollback "$@" -- env
}

has() { # LINE: in $output
    printf '%s\n' "$output" | grep -Fxq -- "$1"
}

names() { # NAME: some line of $output begins with it and '='
    printf '%s\n' "$output" | grep -q "^$1="
}

lacks() { # NAME; bats does not see a command that is negated with '!' fail
    if names "$1"; then return 1; fi
}

no() { # COMMAND...: fails
    if "$@"; then return 1; fi
}

# A sample of each pattern that nono itself lists, so that a new row is tried too.
samples() {
    env -i "${base[@]}" "$NONO" policy show default --json --resolved |
        python3 -c 'import json, sys
for row in json.load(sys.stdin)["environment"]["table"]:
    if row["kind"] == sys.argv[1] or (sys.argv[1] == "withheld" and row["kind"] != "kept"):
        print(row["pattern"].replace("*", "X1"))' "$1"
}

@test "each variable of the table is there outside, withheld inside, and there when it is granted" {
    mapfile -t all < <(samples withheld)
    [ "${#all[@]}" -gt 60 ]
    local set=() grants=()
    for name in "${all[@]}"; do
        # What the loader of env and sh itself would act on.
        case $name in LD_*) set+=("$name=") ;; *) set+=("$name=v") ;; esac
        grants+=(--env-allow "$name")
    done
    output=$(env -i "${base[@]}" "${set[@]}" env)
    for name in "${all[@]}"; do names "$name"; done
    output=$(inside "${set[@]}" --)
    has "HOME=$home/user"
    for name in "${all[@]}"; do lacks "$name"; done
    output=$(inside "${set[@]}" -- "${grants[@]}")
    for name in "${all[@]}"; do names "$name"; done
}

@test "what the table keeps is kept" {
    mapfile -t all < <(samples kept)
    [ "${#all[@]}" -gt 10 ]
    local set=()
    for name in "${all[@]}"; do set+=("$name=v"); done
    output=$(inside "${set[@]}" --)
    for name in "${all[@]}"; do has "$name=v"; done
}

@test "--env-allow, --env-deny and --env" {
    output=$(inside GH_TOKEN=a GITHUB_TOKEN=b FOO=c BAR=d -- --env-allow 'GH_*' --env-deny 'FO*' --env BAR=x=y --env NEW=)
    has GH_TOKEN=a
    lacks GITHUB_TOKEN
    lacks FOO
    has BAR=x=y
    has NEW=
    output=$(inside GH_TOKEN=a -- --env-deny '*' --env-allow PATH --env ONLY=1)
    [ "$(printf '%s\n' "$output" | sort | cut -d= -f1 | tr '\n' ' ')" = "ONLY PATH " ]
}

@test "run, shell and wrap agree" {
    for how in run wrap; do
        output=$(env -i "${base[@]}" API_KEY=v "$NONO" "$how" -s --allow-cwd --env A=1 -- env)
        has A=1
        lacks API_KEY
    done
    printf '#!/bin/sh\nenv\n' >shell
    chmod +x shell
    output=$(env -i "${base[@]}" API_KEY=v "$NONO" shell -s --allow-cwd --env A=1 --shell ./shell)
    has A=1
    lacks API_KEY
}

@test "the keys of a profile, and its base" {
    profile base '{ "extends": "default", "environment": { "allow": ["MY_TOKEN"], "set": { "A": "base", "B": "~/b" } } }'
    profile p '{ "extends": "base", "environment": { "deny": ["EDITOR"], "set": { "A": "child" } } }'
    output=$(inside MY_TOKEN=1 OTHER_TOKEN=2 EDITOR=vi A=outside -- -p p)
    has MY_TOKEN=1
    lacks OTHER_TOKEN
    lacks EDITOR
    has A=child
    has "B=$home/user/b"
    profile none '{ "extends": "default", "environment": { "deny": ["*"], "allow": ["PATH", "LC_*"] } }'
    output=$(inside LC_ALL=C FOO=1 -- -p none)
    [ "$(printf '%s\n' "$output" | sort | cut -d= -f1 | tr '\n' ' ')" = "LC_ALL PATH " ]
}

@test "the hook's way in withholds, too, and inside a sandbox nothing is taken away" {
    profile developer '{ "extends": "default", "environment": { "allow": ["GH_TOKEN"] }, "workdir": { "access": "read" } }'
    output=$(env -i "${base[@]}" GH_TOKEN=a NPM_TOKEN=b "$NONO" run --hook --no-rollback -- env)
    has GH_TOKEN=a
    lacks NPM_TOKEN
    output=$(env -i "${base[@]}" GH_TOKEN=a NPM_TOKEN=b "$NONO" run -s -p developer --no-rollback --read "${NONO%/*}" -- "$NONO" run --hook -- env)
    has GH_TOKEN=a
    lacks NPM_TOKEN
}

@test "-v names what is withheld and why, and never a value" {
    run env -i "${base[@]}" GITHUB_TOKEN=v4lue "$NONO" run -v --allow-cwd --no-rollback --env API_KEY=s3cret -- true
    [ "$status" -eq 0 ]
    [[ $output == *"1 variable withheld"* ]]
    [[ $output == *"withheld  GITHUB_TOKEN  (environment list, *_TOKEN: a token acts for its owner); to pass it on: --env-allow GITHUB_TOKEN"* ]]
    [[ $output == *"set  API_KEY  (--env API_KEY)"* ]]
    [[ $output != *v4lue* && $output != *s3cret* ]]
    run env -i "${base[@]}" GITHUB_TOKEN=v "$NONO" run --allow-cwd --no-rollback -- true
    [[ $output == *"1 variable withheld (-v to show)"* ]]
    run env -i "${base[@]}" "$NONO" run -v --allow-cwd --no-rollback -- true
    [[ $output != *"withheld"* ]]
}

@test "no value of --env is recorded" {
    mkdir -m 700 "$home/run"
    env -i "${base[@]}" XDG_RUNTIME_DIR="$home/run" "$NONO" run -s --allow-cwd --env API_KEY=s3cret -- false || true
    output=$(env -i "${base[@]}" XDG_RUNTIME_DIR="$home/run" "$NONO" why --last --json)
    [[ $output == *'"API_KEY="'* ]]
    no grep -rq s3cret "$home"
}

@test "what is wrong with an option is said on one line, without the value" {
    run env -i "${base[@]}" "$NONO" run --allow-cwd --env FOO -- true
    [ "$status" -eq 2 ]
    [[ $output == "nono: --env needs NAME=VALUE; --env-allow FOO passes on the variable as it is outside" ]]
    for option in --env-allow --env-deny; do
        run env -i "${base[@]}" "$NONO" run --allow-cwd "$option" FOO=s3cret -- true
        [ "$status" -eq 2 ]
        [[ $output != *s3cret* ]]
        [ "${#lines[@]}" -eq 1 ]
        run env -i "${base[@]}" "$NONO" run --allow-cwd "$option" '' -- true
        [ "$status" -eq 2 ]
    done
    for bad in =x 'A*=s3cret'; do
        run env -i "${base[@]}" "$NONO" run --allow-cwd --env "$bad" -- true
        [ "$status" -eq 2 ]
        [[ $output != *s3cret* ]]
    done
}

@test "a hostile environment" {
    # Entries without '=', without a name, twice, no UTF-8, terminal codes in a name, and as large as the kernel lets one be.
    cat >hostile.py <<'PY'
import ctypes, os, sys
big = b"BIG=" + b"x" * (128 * 1024 - 5)
entries = [b"HOME=" + os.environb[b"HOME"], b"PATH=" + os.environb[b"PATH"], b"NOTHING", b"=x", b"", b"D=1", b"D=2", b"T_TOKEN=1", b"T_TOKEN=2",
           b"\xff=\x80", b"\x1b[31m_TOKEN=x", b"\x1b[31m=kept", big]
argv = [os.fsencode(a) for a in sys.argv[1:]]
libc = ctypes.CDLL(None)
libc.execve(argv[0], (ctypes.c_char_p * (len(argv) + 1))(*argv, None), (ctypes.c_char_p * (len(entries) + 1))(*entries, None))
PY
    env -i "${base[@]}" python3 hostile.py "$NONO" run -v --allow-cwd --no-rollback -- env -0 >got 2>said
    tr '\0' '\n' <got >lines
    grep -Fxq D=1 lines && grep -Fxq D=2 lines
    LC_ALL=C grep -q "$(printf '^\xff=\x80$')" lines
    [ "$(grep -c '^BIG=x*$' lines)" -eq 1 ]
    no grep -q 'TOKEN\|NOTHING\|^=' lines
    grep -Fq 'withheld  3 entries of the environment that are no NAME=VALUE' said
    grep -Fq '\x1b[31m_TOKEN' said
    no grep -q "$(printf '\x1b')" said
}

why() { # OPTION...: the answer of why as one line
    env -i "${base[@]}" GITHUB_TOKEN=v "$NONO" why --json "$@" |
        python3 -c 'import json, sys; a = json.load(sys.stdin); print(a["reason"], a.get("pattern", "-"), a.get("rule", {}).get("pointer") or "-", a.get("suggested_flag", "-"))'
}

@test "why says which rule is about a variable, and what passes it on does" {
    profile p '{ "extends": "default", "environment": { "allow": ["MY_TOKEN"], "deny": ["ED*"], "set": { "A": "1" } } }'
    [ "$(why --env GITHUB_TOKEN)" = "variable_withheld *_TOKEN - --env-allow GITHUB_TOKEN" ]
    [ "$(why --env github_token)" = "variable_withheld *_TOKEN - --env-allow github_token" ]
    [ "$(why --env PATH)" = "variable_passed - - -" ]
    [ "$(why --env NODE_OPTIONS)" = "variable_passed NODE_OPTIONS - -" ]
    [ "$(why -p p --env MY_TOKEN)" = "variable_passed - /environment/allow/0 -" ]
    [ "$(why -p p --env EDITOR)" = "variable_withheld - /environment/deny/0 --env-allow EDITOR" ]
    [ "$(why -p p --env A)" = "variable_set - /environment/set/A -" ]
    [ "$(why -p p --env GITHUB_TOKEN --env-allow 'GITHUB_*')" = "variable_passed - - -" ]
    output=$(inside EDITOR=vi -- -p p --env-allow EDITOR)
    has EDITOR=vi
    run env -i "${base[@]}" GITHUB_TOKEN=v4lue "$NONO" why --env GITHUB_TOKEN
    [[ $output == DENIED*"Suggested fix: --env-allow GITHUB_TOKEN" ]]
    [[ $output != *v4lue* && $output != *"not set here"* ]]
    run env -i "${base[@]}" "$NONO" why --env X --env-deny X
    [[ $output == *"not set here"*"Way out: leave out --env-deny X" ]]
}

@test "a profile for a program passes on the keys of that program, and no others" {
    [ "$(why -p default --env ANTHROPIC_API_KEY)" = "variable_withheld *_API_KEY - --env-allow ANTHROPIC_API_KEY" ]
    [ "$(why -p claude-code --env ANTHROPIC_API_KEY)" = "variable_passed - /environment/allow/0 -" ]
    [ "$(why -p codex --env OPENAI_API_KEY)" = "variable_passed - /environment/allow/0 -" ]
    [ "$(why -p codex --env ANTHROPIC_API_KEY)" = "variable_withheld *_API_KEY - --env-allow ANTHROPIC_API_KEY" ]
}

@test "why refuses what is no name, and a question about the kernel" {
    for bad in '' A=s3cret; do
        run env -i "${base[@]}" "$NONO" why --env "$bad"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output != *s3cret* ]]
    done
    run env -i "${base[@]}" "$NONO" why --self --env X
    [ "$status" -eq 2 ]
    run env -i "${base[@]}" "$NONO" why --env X --path /
    [ "$status" -eq 2 ]
}

@test "policy diff names the rules that differ" {
    profile one '{ "extends": "default", "environment": { "allow": ["X"], "set": { "A": "1" } } }'
    profile two '{ "extends": "default", "environment": { "deny": ["X"], "set": { "A": "2" } } }'
    run env -i "${base[@]}" "$NONO" policy diff one two
    [ "$status" -eq 1 ]
    [[ $output == *"Environment"*"- passed     X  profile one"* && $output == *"- set        A=1"* ]]
    [[ $output == *"+ withheld   X  profile two"* && $output == *"+ set        A=2"* ]]
    run env -i "${base[@]}" "$NONO" policy diff one one
    [ "$status" -eq 0 ]
}

@test "profile set, add, get and remove know the keys" {
    nono() { env -i "${base[@]}" "$NONO" "$@"; }
    profile p '{ "extends": "default" }'
    nono profile add p environment.allow 'MY_*' GH_TOKEN
    nono profile set p environment.set.CACHE '$XDG_CACHE_HOME/x'
    [ "$(nono profile get p environment.allow)" = "MY_*
GH_TOKEN" ]
    [ "$(nono profile get p environment.set.CACHE)" = 'CACHE=$XDG_CACHE_HOME/x' ]
    output=$(inside MY_TOKEN=1 -- -p p)
    has MY_TOKEN=1
    has "CACHE=$home/user/.cache/x"
    run nono profile add p environment.deny A=b
    [ "$status" -ne 0 ]
    nono profile remove p environment.set.CACHE
    nono profile remove p environment.allow 'MY_*'
    output=$(inside MY_TOKEN=1 -- -p p)
    lacks MY_TOKEN
    lacks CACHE
}

@test "why --last names what was withheld" {
    mkdir -m 700 "$home/run"
    base+=(XDG_RUNTIME_DIR="$home/run")
    env -i "${base[@]}" GH_TOKEN=v4lue MY_TOKEN=x "$NONO" run -s --allow-cwd --env-allow MY_TOKEN -- false || true
    output=$(env -i "${base[@]}" GH_TOKEN=v4lue MY_TOKEN=x "$NONO" why --last)
    [[ $output == *"these are withheld from it: GH_TOKEN"$'\n'* ]]
    [[ $output != *v4lue* ]]
    output=$(env -i "${base[@]}" "$NONO" why --last)
    [[ $output != *withheld* ]]
}

@test "completion offers the variables that there are, and says what becomes of them" {
    complete() { env -i "${base[@]}" GH_TOKEN=v4lue GH_HOST=h $'GH\n=x' $'GH\t=x' "$NONO" __complete "$@"; }
    for line in '3 nono run --env-allow GH' '3 nono wrap --env-deny GH' '3 nono why --env GH' '5 nono profile add p environment.allow GH'; do
        read -ra words <<<"$line"
        output=$(complete "${words[@]}")
        has $'GH_HOST\tpassed on'
        has $'GH_TOKEN\twithheld: a token acts for its owner'
        [ "$(printf '%s\n' "$output" | wc -l)" -eq 3 ]
        [[ $output != *v4lue* ]]
    done
}

@test "what is withheld is in no process that the command can look at, and was there outside" {
    look='for p in /proc/[0-9]*/environ; do tr "\0" "\n" <"$p"; done 2>/dev/null | grep -c "^GH_TOKEN=v4lue$"'
    run env -i "${base[@]}" GH_TOKEN=v4lue sh -c "$look"
    [ "$output" -gt 0 ]
    for how in run wrap; do
        run env -i "${base[@]}" GH_TOKEN=v4lue "$NONO" "$how" -s --allow-cwd --read /proc -- sh -c "$look"
        [ "$output" = 0 ]
        run env -i "${base[@]}" GH_TOKEN=v4lue "$NONO" "$how" -s --allow-cwd --read /proc --env-allow GH_TOKEN -- sh -c "$look"
        [ "$output" -gt 0 ]
    done
}
