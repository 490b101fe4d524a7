#!/usr/bin/env bats
# Guarded files as the policy commands tell them; what holds them is tried in tests/kernel.

load clean

setup() {
    HOME=$(mktemp -d /var/tmp/nono-guard-cli-XXXXXX)
    export HOME
    unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME
    mkdir -p "$HOME/.config/nono/profiles" "$HOME/proj"
    cd "$HOME/proj" || exit 1
}

teardown() {
    remove_tree "$HOME"
}

profile() {
    printf '%s' "$2" >"$HOME/.config/nono/profiles/$1.json"
}

nono() {
    env -i HOME="$HOME" PATH="$PATH" "$NONO" "$@"
}

json() {
    python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"
}

@test "a group tells what it guards" {
    run nono policy groups guard_autorun
    [ "$status" -eq 0 ]
    grep -qxF "  guard:" <<<"$output"
    grep -qxF "    .git" <<<"$output"
    grep -qxF "    .envrc" <<<"$output"
    nono policy groups guard_autorun --json | json "'.git' in d['guard'] and '*.pem' in d['guard']" | grep -qx True
}

@test "policy show names each pattern with where it comes from, and what is in force in the repository" {
    profile x '{"extends": "default", "security": {"groups": ["guard_autorun"]}, "filesystem": {"guard": ["*.key", "$WORKDIR/rc"]},
        "workdir": {"access": "readwrite"}, "policy": {"override_deny": ["$WORKDIR/.envrc"]}}'
    git init -q .
    mkdir scripts
    echo x >scripts/check
    echo x >scripts/clean
    ln -s ../../scripts/check .git/hooks/pre-commit
    git config core.hooksPath tools/hooks
    git config include.path ../shared.ini
    git config filter.x.clean "scripts/clean %f"
    run nono policy show x
    [ "$status" -eq 0 ]
    grep -qE "^    - +\.git +group guard_autorun$" <<<"$output"
    grep -qE "^    - +\*\.key +profile x /filesystem/guard/0$" <<<"$output"
    grep -qE "^    - +$PWD/rc +profile x /filesystem/guard/1$" <<<"$output"
    grep -qE "^    - +$PWD/tools/hooks/\*\* +group guard_autorun  \(in force: core.hookspath\)$" <<<"$output"
    grep -qE "^    - +$PWD/shared.ini +group guard_autorun  \(in force: include.path\)$" <<<"$output"
    grep -qE "^    - +$PWD/scripts/clean +group guard_autorun  \(in force: filter.x.clean\)$" <<<"$output"
    grep -qE "^    - +$PWD/scripts/check +group guard_autorun  \(in force: hooks\)$" <<<"$output"
    grep -qE "^    free +$PWD/.envrc  \(given back by override_deny\)$" <<<"$output"
    nono policy show x --resolved --json | json "[g['raw'] for g in d['guards'] if g['pattern'].endswith('/tools/hooks/**')]" | grep -qF "['core.hookspath']"
}

@test "policy diff tells what one guards and the other does not" {
    profile one '{"extends": "default"}'
    profile two '{"extends": "default", "filesystem": {"guard": ["*.key"]}}'
    run nono policy diff one two
    [ "$status" -eq 1 ]
    grep -qxF "  Guarded files" <<<"$output"
    grep -qxF "    + guarded    *.key  profile two /filesystem/guard/0" <<<"$output"
}

@test "why names the rule and the way out" {
    profile x '{"extends": "default", "security": {"groups": ["guard_autorun"]}, "workdir": {"access": "readwrite"}}'
    mkdir -p .git/hooks
    run nono why -p x --path .git/hooks/pre-commit --op write
    grep -qx "DENIED" <<<"$output"
    grep -qxF "  Reason: guarded_file" <<<"$output"
    grep -qF "group guard_autorun" <<<"$output"
    grep -qF -- "--override-deny $PWD/.git/hooks/pre-commit" <<<"$output"
    run nono why -p x --path .git/hooks/pre-commit --op write --override-deny .git/hooks/pre-commit
    grep -qx "ALLOWED" <<<"$output"
    run nono why -p x --path .git/hooks/pre-commit --op read
    grep -qx "ALLOWED" <<<"$output"
    run nono why -p x --path main.c --op write
    grep -qx "ALLOWED" <<<"$output"
}

@test "a pattern that cannot be one is refused with its place" {
    profile x '{"extends": "default", "filesystem": {"guard": ["ok", "a/../b"]}}'
    run nono policy validate x
    [ "$status" -eq 1 ]
    [[ $output == *"/filesystem/guard/1"*"is no pattern"* ]]
    run nono profile add x filesystem.guard '**'
    [ "$status" -ne 0 ]
}
