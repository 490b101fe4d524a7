# Loaded by the suites here: a clean HOME for each test, and its end. Other scripts take single functions from it.

# Outside /tmp, which system_write_linux grants; nothing that the caller has set counts. The test begins in $HOME/project.
make_home() { # DIRECTORY of HOME...
    home=$(mktemp -d /var/tmp/nono-test.XXXXXX)
    chmod 755 "$home"
    export HOME=$home/user XDG_RUNTIME_DIR='' XDG_STATE_HOME='' XDG_CONFIG_HOME='' XDG_DATA_HOME='' XDG_CACHE_HOME=''
    unset NONO_PROFILE NONO_ALLOW TMPDIR PAGER GIT_PAGER LESS NO_COLOR
    mkdir "$HOME"
    (cd "$HOME" && mkdir -p project "$@")
    cd "$HOME/project" || return
}

teardown() {
    cd /
    remove_tree "$home"
}

# Sealing goes on in the background after a command: it may still make and remove names in a state directory that is being removed.
# Directories that are closed to their owner are opened for it.
remove_tree() { # DIRECTORY
    local tries
    for tries in $(seq 100); do
        chmod -R u+rwx "$1" 2>/dev/null || true
        rm -rf "$1" 2>/dev/null && return
        sleep 0.1
    done
    rm -rf "$1"
}

# Waits for what must come, however busy the machine is.
wait_until() { # COMMAND...
    local tries
    for ((tries = 0; tries < 2400; tries++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.05
    done
    echo "waited in vain: $*" >&2
    return 1
}

# Nothing of a process is left but what its parent has not asked for yet.
is_over() { # PID
    ! kill -0 "$1" || grep -q '^State:.Z' "/proc/$1/status"
}

# What EXPRESSION makes of the JSON on stdin, as one line of JSON.
json() { # EXPRESSION
    python3 -c 'import json,sys; d=json.load(sys.stdin); print(json.dumps(eval(sys.argv[1]), sort_keys=True))' "$1"
}
