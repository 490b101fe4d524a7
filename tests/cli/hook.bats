#!/usr/bin/env bats
# nono hook install, uninstall, status, rehash, add, remove. NONO is the built program; each test has a HOME of its own.

bats_require_minimum_version 1.5.0

load clean

setup() {
    home=$(mktemp -d /var/tmp/nono-test.XXXXXX) # /tmp is granted by system_write_linux
    export HOME=$home/user XDG_RUNTIME_DIR='' XDG_STATE_HOME='' XDG_CONFIG_HOME='' XDG_DATA_HOME='' SHELL=/bin/bash
    unset NONO_PROFILE NONO_ALLOW TMPDIR ZDOTDIR
    mkdir -p "$HOME/bin"
    chmod 755 "$home"
    export PATH=$HOME/bin:/usr/bin:/bin
    settings=$HOME/.config/nono/hook.json
    shims=$HOME/.local/share/nono/shims
}

teardown() {
    cd /
    remove_tree "$home"
}

program() { # NAME...
    local name
    for name; do
        printf '#!/bin/sh\n' >"$HOME/bin/$name"
        chmod 755 "$HOME/bin/$name"
    done
}

@test "install and uninstall leave a file byte for byte as it was" {
    local text
    for text in '' 'alias a=b\n' 'no end' '\n\n' 'x\r\n'; do
        printf "$text" >"$HOME/.bashrc"
        chmod 600 "$HOME/.bashrc"
        cp -p "$HOME/.bashrc" "$home/before"
        "$NONO" -s hook install --shell bash
        [ "$(stat -c %a "$HOME/.bashrc")" = 600 ]
        cmp "$HOME/.bashrc.nono-bak" "$home/before"
        cp "$HOME/.bashrc" "$home/once"
        "$NONO" -s hook install --shell bash
        cmp "$HOME/.bashrc" "$home/once"
        [ "$(grep -c '>>> nono hook >>>' "$HOME/.bashrc")" = 1 ]
        "$NONO" -s hook uninstall
        cmp "$HOME/.bashrc" "$home/before"
        [ "$(stat -c %a "$HOME/.bashrc")" = 600 ]
        [ ! -e "$HOME/.bashrc.nono-bak" ]
    done
}

@test "a file that was not there goes again" {
    "$NONO" -s hook install --shell zsh
    "$NONO" -s hook install --shell fish
    "$NONO" -s hook install --shell bash --shims-only
    [ -f "$HOME/.zshrc" ]
    [ -f "$HOME/.config/fish/conf.d/nono.fish" ]
    [ -f "$HOME/.profile" ]
    [ -L "$shims/python3" ]
    "$NONO" -s hook uninstall
    [ ! -e "$HOME/.zshrc" ]
    [ ! -e "$HOME/.config/fish/conf.d/nono.fish" ]
    [ ! -e "$HOME/.profile" ]
    [ ! -e "$shims" ]
}

@test "the file behind a link is changed, and the link stays" {
    local text
    mkdir "$HOME/dotfiles"
    echo 'alias a=b' >"$HOME/dotfiles/bashrc"
    ln -s dotfiles/bashrc "$HOME/.bashrc"
    "$NONO" -s hook install --shell bash
    [ -L "$HOME/.bashrc" ]
    grep -q '>>> nono hook' "$HOME/dotfiles/bashrc"
    "$NONO" -s hook uninstall --shell bash
    [ -L "$HOME/.bashrc" ]
    [ "$(cat "$HOME/dotfiles/bashrc")" = 'alias a=b' ]
    mkdir -p "$HOME/.config/fish/conf.d"
    for text in 'zsh .zshrc' 'fish .config/fish/conf.d/nono.fish'; do
        printf 'no end' >"$HOME/dotfiles/rc"
        ln -s "$HOME/dotfiles/rc" "$HOME/${text#* }"
        "$NONO" -s hook install --shell "${text%% *}"
        "$NONO" -s hook install --shell "${text%% *}"
        [ "$(grep -c '>>> nono hook >>>' "$HOME/dotfiles/rc")" = 1 ]
        "$NONO" -s hook uninstall --shell "${text%% *}"
        [ -L "$HOME/${text#* }" ]
        [ "$(cat "$HOME/dotfiles/rc")" = 'no end' ]
    done
}

@test "damaged markers are refused, and the file is not touched" {
    printf 'a\n# >>> nono hook >>>\nb\n' >"$HOME/.bashrc"
    cp "$HOME/.bashrc" "$home/before"
    run "$NONO" hook install --shell bash
    [ "$status" -eq 1 ]
    [[ $output == *".bashrc: line 2: the marker lines"* ]]
    cmp "$HOME/.bashrc" "$home/before"
    run "$NONO" hook uninstall
    [ "$status" -eq 1 ]
    cmp "$HOME/.bashrc" "$home/before"
    run "$NONO" hook status
    [ "$status" -eq 1 ]
    [[ $output == *damaged* ]]
    for text in 'zsh .zshrc' 'fish .config/fish/conf.d/nono.fish'; do
        mkdir -p "$HOME/.config/fish/conf.d"
        printf '# <<< nono hook <<<\n' >"$HOME/${text#* }"
        run "$NONO" hook install --shell "${text%% *}"
        [ "$status" -eq 1 ]
        [[ $output == *"line 1: the marker lines"* ]]
        [ "$(cat "$HOME/${text#* }")" = '# <<< nono hook <<<' ]
    done
}

@test "a dry run prints the lines and changes nothing" {
    echo a >"$HOME/.bashrc"
    run --separate-stderr "$NONO" hook install --dry-run
    [ "$status" -eq 0 ]
    [[ $output == *'would add to ~/.bashrc'*'hook bash'* ]]
    [ "$(cat "$HOME/.bashrc")" = a ]
    [ ! -e "$shims" ]
}

@test "a shell that starts then wraps programs, and one without a prompt does not" {
    touch "$HOME/.bashrc"
    "$NONO" -s hook install
    run bash -ic 'type -t python3; case $PATH in '"$shims"':*) echo first ;; esac' 2>/dev/null
    [[ $output == *function*first* ]]
    run bash -c ". $HOME/.bashrc; type -t python3"
    [ "$output" = file ]
}

@test "when nono has gone a shell starts, and says it once" {
    local shell
    mkdir -p "$HOME/copy/bin" "$HOME/copy/lib" "$HOME/.config/fish/conf.d"
    cp "$NONO" "$HOME/copy/bin/nono"
    cp -r "$PARTS" "$HOME/copy/lib/nono"
    touch "$HOME/.bashrc" "$HOME/.zshrc"
    "$HOME/copy/bin/nono" -s hook install
    rm -r "$HOME/copy"
    for shell in bash zsh fish; do
        command -v "$shell" >/dev/null || continue
        run --separate-stderr "$shell" -ic 'echo usable'
        [ "$output" = usable ]
        # shellcheck disable=SC2154 # bats sets it
        [ "$(grep -c '^nono: nothing is wrapped' <<<"$stderr")" = 1 ]
    done
}

@test "shims-only puts the links on PATH for a login shell" {
    "$NONO" -s hook install --shell bash --shims-only
    run bash -lc 'echo "$PATH"'
    [[ $output == "$shims:"* ]]
    run sh -c ". $HOME/.profile; . $HOME/.profile; echo \"\$PATH\""
    [ "$(tr : '\n' <<<"$output" | grep -cx "$shims")" = 1 ]
}

@test "versions on PATH are wrapped with their program, and look-alikes are not" {
    program python3.11 python3.9-config python3.x pip3.12 node18 npmx
    echo >"$HOME/bin/python3.10"
    run --separate-stderr "$NONO" hook rehash
    [ "$status" -eq 0 ]
    for name in python3.11 pip3.12 node18; do
        grep -qx "$name" <<<"$output"
        [ -L "$shims/$name" ]
    done
    for name in python3.9-config python3.x npmx python3.10; do
        [[ $'\n'$output$'\n' != *$'\n'"$name"$'\n'* ]]
        [ ! -e "$shims/$name" ]
    done
    # By itself, when a directory on PATH has changed.
    program python3.8
    rm "$HOME/bin/node18"
    "$NONO" hook bash >/dev/null
    [ -L "$shims/python3.8" ]
    [ ! -e "$shims/node18" ]
    # Another shell may have it on its PATH.
    program python3.6
    rm "$HOME/bin/python3.8"
    "$NONO" -s hook rehash --keep
    [ -L "$shims/python3.8" ] && [ -L "$shims/python3.6" ]
    "$NONO" -s hook rehash
    [ ! -e "$shims/python3.8" ] && [ -L "$shims/python3.6" ]
}

@test "which names the program behind the link" {
    program python3
    "$NONO" -s hook rehash
    PATH=$shims:$PATH run "$NONO" which python3 nosuch sh
    [ "$status" -eq 1 ]
    [ "${lines[0]}" = "$HOME/bin/python3" ]
    [ "${lines[1]}" = /usr/bin/sh ]
    [[ ${lines[2]} == *nosuch* ]]
}

@test "a version runs with the profile of its program" {
    program python3.7
    mkdir -p "$HOME/.config/nono/profiles"
    echo '{"extends": "developer"}' >"$HOME/.config/nono/profiles/mine.json"
    "$NONO" -s hook add python3 -p mine
    run "$NONO" hook status --json
    [ "$(python3 -c 'import json,sys; print([p["profile"] for p in json.load(sys.stdin)["programs"] if p["name"] == "python3.7"])' <<<"$output")" = "['mine']" ]
}

@test "add and remove change hook.json and nothing else in it" {
    mkdir -p "$(dirname "$settings")"
    printf '{\n  // mine\n  "programs": ["node"], "hints": false\n}\n' >"$settings"
    "$NONO" -s hook add cargo
    [ "$(cat "$settings")" = "$(printf '{\n  // mine\n  "programs": ["node", "cargo"], "hints": false\n}')" ]
    [ -L "$shims/cargo" ]
    "$NONO" -s hook add cargo --profile developer
    grep -q '"cargo": "developer"' "$settings"
    "$NONO" -s hook remove cargo
    run ! grep -q cargo "$settings"
    grep -q '// mine' "$settings"
    [ ! -e "$shims/cargo" ]
    "$NONO" -s hook remove node
    "$NONO" -s hook add node
    [ "$(tr -d ' \n' <"$settings" | grep -c '"programs":\["node"\]')" = 1 ]
}

@test "add refuses what cannot be wrapped, and a profile that is not there" {
    run "$NONO" hook add cd
    [ "$status" -eq 2 ]
    run "$NONO" hook add 'a;b'
    [ "$status" -eq 2 ]
    run "$NONO" hook add npm --profile develper
    [ "$status" -eq 1 ]
    [[ $output == *developer* ]]
    [ ! -e "$settings" ]
    run "$NONO" hook remove nod
    [ "$status" -eq 1 ]
    [[ $output == *"did you mean 'node'?"* ]]
}

@test "status says what is reached through its link, and what is not" {
    program python3 node npm npx pip pip3 python
    touch "$HOME/.bashrc"
    run "$NONO" hook status
    [ "$status" -eq 1 ]
    [[ $output == *'bash  not installed'* ]]
    "$NONO" -s hook install
    PATH=$shims:$PATH run "$NONO" hook status
    [ "$status" -eq 0 ]
    [[ $output == *'python3      wrapped'* ]]
    PATH=$HOME/bin:$shims:/usr/bin:/bin run "$NONO" hook status --json
    [ "$status" -eq 1 ]
    [[ $output == *'"state": "bypassed"'* ]]
    printf '#! /usr/bin/python3 -E\n' >"$HOME/bin/tool"
    chmod 755 "$HOME/bin/tool"
    PATH=$shims:$PATH run "$NONO" hook status -v
    [[ $output == *'~/bin/tool (#!/usr/bin/python3)'* ]]
    sed -i 's/hook bash/hook  bash/' "$HOME/.bashrc"
    PATH=$shims:$PATH run "$NONO" hook status
    [ "$status" -eq 1 ]
    [[ $output == *'bash  stale'* ]]
}

@test "inside a sandbox the hook cannot be changed" {
    touch "$HOME/.bashrc"
    cd "$HOME/bin"
    for words in install uninstall status rehash 'add cargo' 'remove npm'; do
        run "$NONO" run -s --allow . --allow-cwd --read "$(dirname "$NONO")" --read "$PARTS" -- "$NONO" hook $words
        [ "$status" -eq 1 ]
        [[ $output == *'inside a nono sandbox'* ]]
    done
    [ ! -s "$HOME/.bashrc" ]
}

# An /etc of its own, and root's rights over it.
with_own_etc() { # SCRIPT
    unshare -rm true 2>/dev/null || skip "namespaces do not work here"
    mkdir -p "$home/etc/nono/profiles" "$home/etc/profile.d" "$home/etc/zsh"
    cp -a /etc/alternatives /etc/ld.so.cache "$home/etc/"
    # shellcheck disable=SC2016 # for the inner shell
    unshare -rm sh -c 'mount --bind "$1/etc" /etc && cd "$HOME" && eval "$2"' sh "$home" "$1"
}

@test "system: every user's shells load the hook, and uninstall takes it out byte for byte" {
    mkdir -p "$home/etc"
    printf 'alias x=y' >"$home/etc/bash.bashrc"
    # shellcheck disable=SC2016 # for the inner shell
    run with_own_etc '
        "$NONO" -s hook install --system || exit
        for f in bash.bashrc profile.d/nono.sh; do grep -q ">>> nono hook" /etc/$f || exit; done
        [ ! -x /usr/bin/zsh ] || grep -q ">>> nono hook" /etc/zsh/zshenv || exit
        HOME=$HOME/other; mkdir "$HOME"; SHELL=/bin/bash "$NONO" hook status | sed -n 2p
        bash -ic "type -t python3" 2>/dev/null
        sh -c ". /etc/profile.d/nono.sh; echo quiet"
        bash -c ". /etc/profile.d/nono.sh; type -t python3"
        "$NONO" -s hook uninstall --system || exit
        [ "$(cat /etc/bash.bashrc)" = "alias x=y" ] && [ ! -e /etc/profile.d/nono.sh ] && echo gone'
    [ "$output" = "$(printf '  bash  installed      /etc/bash.bashrc, for every user\nfunction\nquiet\nfile\ngone')" ]
}

@test "system: a user without root changes nothing" {
    [ "$(id -u)" -ne 0 ] || skip "root"
    run "$NONO" hook install --system
    [ "$status" -eq 1 ]
    [[ $output == *'only root'* ]]
}

@test "locked: users add programs, and take none away, nor another profile" {
    mkdir -p "$home/etc/nono/profiles" "$HOME/.config/nono/profiles" "$HOME/.nono"
    echo '{"programs": ["node"], "profile": "site", "locked": true}' >"$home/etc/nono/hook.json"
    echo '{"extends": "developer", "environment": {"allow": ["SITE_TOKEN"]}}' >"$home/etc/nono/profiles/site.json"
    # What the user has under the same names does not count, nor what a project brings along.
    echo '{"programs": ["cargo"], "profile": "mine"}' >"$settings"
    for name in site developer mine; do
        echo '{"environment": {"allow": ["MY_TOKEN"]}}' >"$HOME/.config/nono/profiles/$name.json"
    done
    chmod 755 "$HOME/.nono"
    (umask 022 && echo '{"extends": "developer", "environment": {"allow": ["MY_TOKEN"]}}' >"$HOME/.nono/profile.json")
    export SITE_TOKEN=site MY_TOKEN=mine
    # shellcheck disable=SC2016 # for the inner shells
    run with_own_etc '
        chmod -R go-w /etc/nono
        "$NONO" hook rehash 2>/dev/null | head -2
        "$NONO" hook remove node 2>&1
        "$NONO" hook add node --profile mine 2>&1
        XDG_CONFIG_HOME=$HOME/elsewhere "$NONO" run --hook -p mine -- sh -c "echo [\$SITE_TOKEN] [\$MY_TOKEN]"
        "$NONO" -s project allow --yes >/dev/null
        "$NONO" run --hook -- sh -c "echo [\$SITE_TOKEN] [\$MY_TOKEN]"
        "$NONO" run --hook -p mine -- sh -c "echo [\$SITE_TOKEN] [\$MY_TOKEN]"
        bash -ic "eval \"\$($NONO hook bash)\"; nono off; nosandbox true; echo \$?" 2>&1 | grep -v "job control\|terminal process"'
    [ "$output" = "$(printf '%s\n' node cargo \
        "nono: 'node' is wrapped by /etc/nono/hook.json, which is locked by the administrator" \
        "nono: the profile of wrapped programs is locked by /etc/nono/hook.json: add 'node' without one" '[site] []' '[site] []' '[site] []' \
        'nono: wrapping is locked by the administrator of this machine' 'nono: wrapping is locked by the administrator of this machine' 1)" ]
}

@test "locked: only by the administrator, and only by a file that is his alone" {
    mkdir -p "$(dirname "$settings")"
    echo '{"locked": true}' >"$settings"
    run "$NONO" hook bash
    [ "$status" -eq 1 ]
    [[ $output == *'only /etc/nono/hook.json can say "locked"'* ]]
    rm "$settings"
    mkdir -p "$home/etc/nono"
    echo '{"locked": true}' >"$home/etc/nono/hook.json"
    chmod 666 "$home/etc/nono/hook.json"
    # shellcheck disable=SC2016 # for the inner shell
    run with_own_etc '"$NONO" hook bash'
    [ "$status" -eq 1 ]
    [[ $output == *'can be changed by others than root'* ]]
}

@test "the prompt of nono shell says where one is, whatever the user's own prompt" {
    local shell text
    for shell in bash zsh fish; do
        command -v "$shell" >/dev/null || continue
        echo 'PS1="mine> "' >"$HOME/.${shell}rc"
        text=$(printf 'echo a-"42"\nexit\n' | script -qec \
            "$NONO shell --allow-cwd --read $PARTS --override-deny $HOME/.bashrc --override-deny $HOME/.zshrc --read $HOME --shell $(command -v "$shell")" /dev/null)
        [[ $text == *'(nono) '* ]]
        [[ $text == *a-42* ]]
        [ "$shell" = fish ] || [[ $text == *'(nono) mine> '* ]]
        # Where the start-up file is denied the shell starts without a complaint.
        text=$(echo exit | script -qec "$NONO shell --allow-cwd --read $PARTS --shell $(command -v "$shell")" /dev/null)
        [[ $text == *'(nono) '* ]]
        [ "$shell" = fish ] || [[ $text != *'ermission denied'* ]]
    done
}
