#!/usr/bin/env bats
# shellcheck disable=SC2154 # stderr comes from run --separate-stderr
# What will be executed later because of a session: named when it ends, shown, and taken back alone.

bats_require_minimum_version 1.5.0

load clean

setup() {
    make_home project/src
    export TZ=UTC LC_ALL=C
    git init -q .
    printf '{"name": "x", "scripts": {"test": "true"}}' >package.json
    echo 'x = 1' >src/mod.py
}

session() { # SCRIPT
    "$NONO" run --allow-cwd --allow . --allow-command mv --allow-command rm --allow-command chmod -- sh -c "$1" 2>&1
}

@test "the summary names what will run later, and --autorun takes just that back" {
    echo old >Makefile
    run session 'printf "#!/bin/sh\n" >.git/hooks/pre-commit; chmod 755 .git/hooks/pre-commit; echo work >work.c
        mkdir .vscode; echo {} >.vscode/tasks.json; echo "all:; x" >Makefile; mkdir src/__pycache__; echo bad >src/__pycache__/mod.cpython-311.pyc'
    [[ $output == *"4 will run code later: .git/hooks/pre-commit (git hook), .vscode/tasks.json (editor task), Makefile (build rule), \
src/__pycache__/mod.cpython-311.pyc (compiled Python file without a change of its source); see: nono rollback show --autorun, \
take only these back: nono rollback restore --autorun"* ]]
    run --separate-stderr "$NONO" rollback show --autorun
    [ "$status" -eq 0 ]
    [[ $output == *"  runs later:  .git/hooks/pre-commit (git hook)"* ]]
    [[ $output == *"  + .git/hooks/pre-commit"* ]]
    [[ $output != *"+ work.c"* ]]
    [[ $stderr == *"nono rollback restore --autorun"* ]]
    [ "$("$NONO" rollback show --autorun --json | json 'sorted((a["path"], a["kind"]) for a in d["autorun"])[0]')" = '[".git/hooks/pre-commit", "git hook"]' ]
    run --separate-stderr "$NONO" rollback restore --autorun --dry-run
    [ "$status" -eq 0 ]
    [ -e .git/hooks/pre-commit ]
    run --separate-stderr "$NONO" rollback restore --autorun
    [ "$status" -eq 0 ]
    [ ! -e .git/hooks/pre-commit ]
    [ ! -e .vscode/tasks.json ]
    [ ! -e src/__pycache__/mod.cpython-311.pyc ]
    [ "$(cat Makefile)" = old ]
    [ "$(cat work.c)" = work ]
    "$NONO" rollback restore
    [ ! -e work.c ]
}

@test "what is usual is not named" {
    echo '*.o' >.gitignore
    git add . && git -c user.name=a -c user.email=b commit -qm first
    run session 'git config user.name a; git config user.email b; git checkout -q -b topic; echo 2 >>src/mod.py; git commit -qam second
        git clone -q . copy; python3 -c "
import json
d = json.load(open(\"package.json\")); d[\"version\"] = \"2\"; json.dump(d, open(\"package.json\", \"w\"))"'
    [[ $output == *"files changed"* ]]
    [[ $output != *"run code later"* ]]
    run --separate-stderr "$NONO" rollback show --autorun
    [ "$status" -eq 0 ]
    [[ $output == *"  runs later:  nothing"* ]]
    run --separate-stderr "$NONO" rollback restore --autorun
    [ "$status" -eq 1 ]
    [[ $stderr == *"nothing that the session changed runs later by itself"* ]]
}

@test "a script of package.json, a setting of git and a program on PATH are named" {
    mkdir bin
    PATH=$PWD/bin:$PATH run session 'echo x >bin/tool; chmod 755 bin/tool; git config core.fsmonitor ./x
        printf "{\"name\": \"x\", \"scripts\": {\"test\": \"true\", \"postinstall\": \"x\"}}" >package.json'
    [[ $output == *"3 will run code later: .git/config (git configuration), package.json (package script), bin/tool (program on PATH)"* ]]
    run --separate-stderr "$NONO" rollback restore --autorun src
    [ "$status" -eq 2 ]
}
