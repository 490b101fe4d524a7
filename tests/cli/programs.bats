#!/usr/bin/env bats
# What the hook wraps by itself: pip, npm and node as they are installed here, each with the profile that comes with nono for it. With NONO_TEST_NETWORK=1
# the registries are asked, too.

bats_require_minimum_version 1.5.0

load clean

setup() {
    home=$(mktemp -d /var/tmp/nono-test.XXXXXX) # /tmp is granted by system_write_linux
    export HOME=$home/user XDG_RUNTIME_DIR='' XDG_STATE_HOME='' XDG_CONFIG_HOME='' XDG_DATA_HOME='' XDG_CACHE_HOME=''
    unset NONO_PROFILE NONO_ALLOW TMPDIR "${!PIP_@}" "${!npm_config_@}" "${!NPM_CONFIG_@}"
    mkdir -p "$HOME/project" "$HOME/.ssh"
    chmod 755 "$home"
    export PATH=/usr/bin:/bin
    echo secret >"$HOME/.ssh/id"
    cd "$HOME/project"
}

teardown() {
    cd /
    remove_tree "$home"
}

need() {
    command -v "$1" >/dev/null || skip "there is no $1"
}

hooked() {
    "$NONO" run --hook -- "$@"
}

# A package of npm whose install script looks around. Says what it could do in a file that it may write.
npm_package() {
    mkdir package
    echo '{"name": "looks", "version": "1.0.0", "scripts": {"install": "node look.js"}}' >package/package.json
    cat >package/look.js <<X
const fs = require('fs');
const can = (name, act) => { try { act(); return name } catch (e) { return 'no ' + name } };
fs.writeFileSync('seen', [
    can('key', () => fs.readFileSync('$HOME/.ssh/id')),
    can('npmrc', () => fs.readFileSync('$HOME/.npmrc')),
    can('rc', () => fs.writeFileSync('$HOME/.bashrc', 'x')),
    can('home', () => fs.writeFileSync('$HOME/x', 'x')),
    can('token', () => { if (!process.env.NPM_TOKEN) throw 1 }),
    can('cache', () => fs.writeFileSync('$HOME/.npm/x', 'x')),
].join(', '));
X
    tar czf looks.tgz package
}

@test "npm installs a package, whose install script reaches no secret" {
    need npm
    npm_package
    printf '//r.example/:_authToken=TOKEN\nregistry=https://r.example/\n' >"$HOME/.npmrc"
    NPM_TOKEN=x hooked npm install --offline --no-audit --no-fund ./looks.tgz
    [ "$(cat node_modules/looks/seen)" = 'no key, no npmrc, no rc, no home, no token, cache' ]
    [ "$(hooked npm config get registry)" = https://r.example/ ]
    run ! grep -rq TOKEN "$HOME/.cache"
    # Somebody's own file of settings, and a profile that gives the real one, are left as they are.
    echo 'registry=https://own.example/' >own
    [ "$(npm_config_userconfig=$PWD/own hooked npm config get registry)" = https://own.example/ ]
    mkdir -p "$HOME/.config/nono/profiles"
    echo '{"extends": "npm", "filesystem": {"read_file": ["~/.npmrc"]}, "policy": {"override_deny": ["~/.npmrc"]}}' >"$HOME/.config/nono/profiles/mine.json"
    "$NONO" -s hook add npm --profile mine
    [ "$(hooked npm config get userconfig)" = "$HOME/.npmrc" ]
    "$NONO" -s rollback restore
}

@test "a command that may write to the caches does not say where npm gets its packages from" {
    need npm
    echo 'registry=https://r.example/' >"$HOME/.npmrc"
    hooked npm config get registry
    attack='mv ~/.cache/nono ~/.cache/moved; echo registry=https://evil.example/ >~/.cache/nono/.npmrc; rmdir ~/.cache/nono; echo x >~/.cache/opencode/x'
    mkdir "$HOME/.cache/opencode"
    for by in "" "$NO_NAMESPACES"; do
        run $by "$NONO" -s run -p opencode --allow-cwd --allow-command mv --allow-command rmdir -- sh -c "$attack"
        [ -f "$HOME/.cache/nono/.npmrc" ]
        [ ! -e "$HOME/.cache/moved" ]
        rm "$HOME/.cache/opencode/x"
        [ "$(hooked npm config get registry)" = https://r.example/ ]
    done
    # Where there can be no copy npm would ask the public registry: it is not started.
    rm -r "$HOME/.cache/nono"
    ln -s nowhere "$HOME/.cache/nono"
    run hooked npm config get registry
    [ "$status" -eq 125 ]
    [[ $output == *"npm gets a copy of its settings without the secrets, and there can be none"*"/.cache/nono"* ]]
}

@test "pip installs a wheel into the virtual environment in use, wherever that is" {
    need pip3
    # The pip of the system, by the interpreter of the environment: a pip of its own takes seconds to come about.
    /usr/bin/python3 -m venv --without-pip --system-site-packages "$HOME/elsewhere"
    mkdir -p "$HOME/.config/pip" mine-1.0.dist-info
    printf '[global]\nindex-url = https://user:TOKEN@i.example/simple\n' >"$HOME/.config/pip/pip.conf"
    echo 'value = 7' >mine.py
    printf 'Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n' >mine-1.0.dist-info/METADATA
    printf 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n' >mine-1.0.dist-info/WHEEL
    printf 'mine.py,,\nmine-1.0.dist-info/METADATA,,\nmine-1.0.dist-info/WHEEL,,\nmine-1.0.dist-info/RECORD,,\n' >mine-1.0.dist-info/RECORD
    /usr/bin/python3 -c 'import shutil; shutil.make_archive("w", "zip", ".", "mine.py"); shutil.make_archive("w", "zip")'
    mv w.zip mine-1.0-py3-none-any.whl
    PATH=$HOME/elsewhere/bin:$PATH
    run hooked pip3 config list
    [[ $output == *"'https://i.example/simple'"* ]]
    run ! grep -rq TOKEN "$HOME/.cache"
    hooked python3 -m pip install --no-index -q ./mine-1.0-py3-none-any.whl
    [ "$(cd / && "$HOME/elsewhere/bin/python" -c 'import mine; print(mine.value)')" = 7 ]
    # What runs there may read it, and not write it.
    hooked python3 -c 'import mine, sys; assert sys.prefix.endswith("/elsewhere")'
    run hooked python3 -c 'import sys; open(sys.prefix + "/x", "w")'
    [ "$status" -eq 1 ]
}

@test "each program has a profile that suits it, until somebody names one" {
    mkdir "$home/bin"
    for name in python python3 node npm npx pip pip3; do
        printf '#!/bin/sh\n' >"$home/bin/$name"
        chmod 755 "$home/bin/$name"
    done
    PATH=$home/bin:$PATH
    profiles() {
        "$NONO" hook status --json | /usr/bin/python3 -c 'import json, sys
print(*(p["profile"] for p in json.load(sys.stdin)["programs"] if not p["name"][-2:].isdigit()))'
    }
    run profiles
    [ "$output" = "python python node npm npm pip pip" ]
    mkdir -p "$HOME/.config/nono/profiles"
    "$NONO" -s hook add npx --profile default
    run profiles
    [ "$output" = "python python node npm default pip pip" ]
    cp "$BATS_TEST_DIRNAME/../demo/developer.json" "$HOME/.config/nono/profiles/developer.json"
    run profiles
    [ "$output" = "developer developer developer developer default developer developer" ]
    echo '{"profile": "python-dev"}' >"$HOME/.config/nono/hook.json"
    run profiles
    [ "$output" = "python-dev python-dev python-dev python-dev python-dev python-dev python-dev" ]
}

@test "a profile that is named for python3 holds for python3 -m pip, too" {
    need pip3
    mkdir -p "$HOME/.config/nono/profiles"
    for name in python pip; do
        echo '{"extends": "'$name'", "environment": {"set": {"PIP_INDEX_URL": "https://of-'$name'/"}}}' >"$HOME/.config/nono/profiles/my-$name.json"
    done
    "$NONO" -s hook add python3 --profile my-python
    run hooked python3 -m pip config list
    [[ $output == *"'https://of-python/'"* ]]
    "$NONO" -s hook add pip --profile my-pip
    run hooked python3 -m pip config list
    [[ $output == *"'https://of-pip/'"* ]]
}

@test "network: npm and npx, pip in a virtual environment" {
    [ -n "${NONO_TEST_NETWORK-}" ] || skip "NONO_TEST_NETWORK is not set"
    echo '{"name": "x", "version": "1.0.0"}' >package.json
    echo '//registry.npmjs.org/:_authToken=TOKEN' >"$HOME/.npmrc"
    hooked npm install --no-audit --no-fund is-odd
    [ "$(hooked node -p 'require("is-odd")(3)')" = true ]
    hooked npx --yes cowsay hi | grep -q hi
    hooked python3 -m venv v
    PATH=$PWD/v/bin:$PATH
    hooked pip install -q six
    hooked python -c 'import six'
}
