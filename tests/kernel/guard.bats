#!/usr/bin/env bats
# Guarded files, with real git: denied inside, allowed when granted, possible outside; and what has to go on working.

bats_require_minimum_version 1.5.0

load ../cli/clean

setup() {
    make_home .config/nono/profiles
    export TZ=UTC LC_ALL=C
    printf '%s' '{"extends": "default", "security": {"groups": ["guard_autorun", "git_config"],
        "allowed_commands": ["rm", "mv", "cp", "chmod", "ln", "git", "pip", "npm"]}, "workdir": {"access": "readwrite"}}' \
        >"$HOME/.config/nono/profiles/g.json"
    git config --global user.email a@b
    git config --global user.name n
    git config --global init.defaultBranch main
    make_project
}

make_project() {
    find . -mindepth 1 -delete
    git init -q .
    mkdir -p src tools .husky
    echo a >a
    echo '#!/bin/sh' >tools/check
    echo '#!/bin/sh' >.husky/pre-push
    git add . && git commit -qm first
    printf '#!/bin/sh\n' >.git/hooks/pre-commit
    printf '#!/bin/sh\n' >.git/hooks/off
    chmod 755 .git/hooks/pre-commit
    chmod 644 .git/hooks/off
    echo old >.envrc
    echo key >server.pem
    ln -s ../../tools/check .git/hooks/post-commit
}

inside() { # [OPTION...] SCRIPT
    "$NONO" run -p g "${@:1:$#-1}" -- sh -c "set -e; ${*: -1}" 2>&1
}

# What nothing of the guarded files can be told apart by.
state() {
    find . -path ./.git/objects -prune -o -path ./.git/index -prune -o \( -name .envrc -o -name '*.pem' -o -path './.git/hooks/*' -o -name config -o \
        -path '*/.vscode/*' -o -path './tools/*' -o -path './.husky/*' -o -name .git \) -printf '%p %M %l\n' | sort
    cat .git/config .git/hooks/pre-commit .envrc server.pem tools/check .husky/pre-push 2>/dev/null
}

# Denied inside, named and without any effect; allowed when PATH is granted; possible outside.
three() { # PATH SCRIPT
    local before
    make_project
    before=$(state)
    run inside "$2"
    [ "$status" -ne 0 ] || { echo "not denied: $2" && return 1; }
    [ "$before" = "$(state)" ] || { echo "had an effect: $2" && diff <(echo "$before") <(state) && return 1; }
    [[ $output == *"write $PWD/"*"--override-deny $PWD/"* ]] || { echo "not named: $2: $output" && return 1; }
    make_project
    run inside --override-deny "$1" "$2"
    [ "$status" -eq 0 ] || { echo "not given back: $2: $output" && return 1; }
    make_project
    run sh -c "set -e; $2"
    [ "$status" -eq 0 ] || { echo "not possible outside: $2: $output" && return 1; }
}

@test "hooks of git are guarded against every way to change them" {
    three .git/hooks/pre-commit 'echo x >.git/hooks/pre-commit'
    three .git/hooks/pre-commit 'echo x >>.git/hooks/pre-commit'
    three .git/hooks/pre-push 'echo x >.git/hooks/pre-push'
    three .git/hooks/pre-commit 'rm .git/hooks/pre-commit'
    three .git/hooks/pre-commit 'mv .git/hooks/pre-commit elsewhere'
    three .git/hooks/pre-commit 'echo x >x; mv x .git/hooks/pre-commit'
    three .git/hooks/pre-push 'mv .git/hooks/pre-push.sample .git/hooks/pre-push'
    three .git/hooks/pre-push 'ln -s ../../a .git/hooks/pre-push'
    three .git/hooks/pre-push 'ln a .git/hooks/pre-push'
    three .git/hooks/pre-commit 'ln .git/hooks/pre-commit alias'
    three .git/hooks/off 'chmod 755 .git/hooks/off'
    three .git/hooks 'mv .git/hooks away; mkdir .git/hooks'
    three .git/hooks 'mkdir h; mv .git/hooks away; mv h .git/hooks'
    three .git/hooks/pre-commit 'python3 -c "import os; os.truncate(\".git/hooks/pre-commit\", 0)"'
    three .git/hooks/pre-commit 'python3 -c "import os; os.open(\".git/hooks/pre-commit\", os.O_RDONLY | os.O_TRUNC)"'
    three .git/hooks/pre-commit 'cd .git/hooks && exec 3<pre-commit && echo x >/proc/self/fd/3'
    three .git/hooks/pre-push 'mkfifo .git/hooks/pre-push'
}

@test "settings of git change only as far as nothing new is executed" {
    three .git/config 'git config core.hooksPath x'
    three .git/config 'git config alias.x "!y"'
    three .git/config 'git config core.fsmonitor ./x'
    three .git/config 'git config include.path ../x'
    three .git/config 'git config remote.o.url "ext::sh -c x"'
    three .git/config 'git config filter.x.clean y'
    three .git/config 'echo "[core]" >>.git/config'
    three .git/config 'printf "[alias]\n\tx = !y\n" >x; mv x .git/config'
    three .git/config 'mv .git/config elsewhere'
    three .git/config 'ln -sf ../a .git/config'
    inside 'git config user.name other; git config branch.main.remote origin; git remote add origin https://x/y; git branch -q topic; git config --unset user.name'
    [ "$(git config remote.origin.url)" = https://x/y ]
    git config alias.st status
    inside 'git config core.bare false'
    [ "$(git config alias.st)" = status ]
}

@test "a file that is put in place is one that nobody has open" {
    run inside 'printf "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n" >new; exec 3>>new; mv new .git/config
        printf "[alias]\n\tx = !y\n" >&3'
    [ "$status" -eq 0 ]
    run git config alias.x
    [ "$status" -eq 1 ]
}

@test "no other directory becomes part of a repository" {
    three .git 'mv .git .git2; mv .git2 .git'
    three sub/.git 'mkdir -p sub x/hooks; echo x >x/hooks/pre-commit; mv x sub/.git'
    three sub/.git 'mkdir -p sub; ln -s ../x sub/.git'
    three src/.git 'echo "gitdir: ../x" >src/.git'
    three src/.git/hooks/pre-commit 'git init -q src; echo x >src/.git/hooks/pre-commit'
    three src/.git/config 'git init -q src; git -C src config core.fsmonitor ./x'
    three b.git/hooks/update 'git init -q --bare b.git; echo x >b.git/hooks/update'
    three .git/commondir 'echo ../x >.git/commondir'
}

@test "a pointer that leads to where nothing is guarded goes away when the command is over" {
    run inside 'mkdir e evil; echo "gitdir: ../evil" >e/.git'
    [ "$status" -eq 0 ]
    [ ! -e e/.git ]
    [[ $output == *"write $PWD/e/.git"* ]]
    run inside 'mkdir f; echo "gitdir: ../.git" >f/.git'
    [ -e f/.git ]
    run inside 'mkdir g; ln -s /tmp link; echo "gitdir: ../link/x.git" >g/.git; mkdir -p /tmp/x.git'
    [ ! -e g/.git ]
    rmdir /tmp/x.git
}

@test "names and paths are guarded where they are old, and when they do not exist yet" {
    three .envrc 'echo x >.envrc'
    three src/.envrc 'echo x >src/.envrc'
    three server.pem 'rm server.pem'
    three src/.vscode/tasks.json 'mkdir -p src/.vscode; echo {} >src/.vscode/tasks.json'
    three .vscode 'mkdir x; echo {} >x/tasks.json; mv x .vscode'
    three .vscode 'mkdir x; ln -s x .vscode'
    three tools/check 'echo x >>tools/check'
    three .husky/pre-push 'echo x >>.husky/pre-push'
    inside 'mkdir fresh; echo x >fresh/.envrc; echo x >fresh/a.pem; rm fresh/.envrc; mkdir -p node_modules/p; echo x >node_modules/p/.env'
    [ -e fresh/a.pem ]
}

@test "hooks in the place that is in force are guarded" {
    git config core.hooksPath tools
    run inside 'echo x >tools/pre-commit'
    [ "$status" -ne 0 ]
    [ ! -e tools/pre-commit ]
    inside --override-deny tools/pre-commit 'echo x >tools/pre-commit'
    [ -e tools/pre-commit ]
}

@test "git goes on working" {
    inside 'git init -q new; cd new; echo a >a; git add a; git commit -qm 1; git tag v1; echo b >>a; git commit -qam 2; git checkout -q -b t; git gc -q
        git stash list; git rebase -q main'
    inside 'git -c core.hooksPath=/dev/null commit -q --allow-empty -m second; git clone -q . copy; git clone -q --bare . bare.git; git worktree add -q wt; git -C wt status; git worktree remove wt
        git -c protocol.file.allow=always submodule add -q "$PWD/new" lib; git -C lib status; git submodule status; git submodule update --init; rm -rf copy bare.git'
    [ -f lib/.git ]
    [ "$(git -C lib rev-list --count HEAD)" = 2 ]
    inside 'rm -rf new; git submodule deinit -q -f lib; git fetch -q . main:other; git branch -q -D other'
    git fsck
}

@test "installers and builds go on working" {
    printf 'all:\n\techo hi >out\n' >Makefile
    export PATH=/usr/bin:/bin
    inside 'make; python3 -m venv --without-pip .venv; .venv/bin/python -c "import sys"; mkdir -p .venv/lib/site-packages/certifi; echo x >.venv/lib/site-packages/certifi/cacert.pem'
    [ -e out ]
    inside 'rm .venv/lib/site-packages/certifi/cacert.pem; mkdir -p node_modules/p/.vscode; echo {} >node_modules/p/.vscode/tasks.json; echo A=1 >node_modules/p/.env'
    inside 'mv node_modules/p node_modules/.p-1; rm -rf node_modules/.p-1 .venv'
    [ ! -e .venv ]
}

@test "without rollback the same is held, and nothing is kept" {
    run inside --no-rollback 'echo x >b; echo x >.envrc'
    [ "$status" -ne 0 ]
    [ "$(cat b)" = x ]
    [ "$(cat .envrc)" = old ]
    run "$NONO" rollback list --all
    [[ $output != *"sh -c"* ]]
    mkdir "$HOME/other"
    printf '%s' '{"extends": "g", "workdir": {"access": "read"}}' >"$HOME/.config/nono/profiles/h.json"
    run "$NONO" run -p g --allow "$HOME/other" -- sh -c 'echo x >../other/b; echo x >../other/.envrc'
    [ "$status" -ne 0 ]
    [ -e ../other/b ]
    [ ! -e ../other/.envrc ]
}

@test "what cannot hold it refuses, and names the way out" {
    run "$NONO" wrap -p g --allow . -- true
    [ "$status" -eq 125 ]
    [[ $output == *"files are guarded"*"(group guard_autorun)"*"use 'nono run'"*"policy.exclude_groups"* ]]
    run "$NONO" run -p g --capture=scan -- true
    [ "$status" -eq 125 ]
    [[ $output == *"leave out --capture=scan"* ]]
    cp "$HOME/.config/nono/profiles/g.json" .
    run inside --read "$(dirname "$NONO")" --read "$PARTS" 'ASAN_OPTIONS=detect_leaks=0 "$NONO" run --no-rollback -p ./g.json -- true'
    [ "$status" -eq 125 ]
    [[ $output == *"inside another sandbox nono cannot make the changes of a command"* ]]
    printf '%s' '{"extends": "g", "workdir": {"access": "read"}}' >"$HOME/.config/nono/profiles/h.json"
    run "$NONO" wrap -p h --allow-cwd -- true
    [ "$status" -eq 0 ]
}
