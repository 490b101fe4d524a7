# Loaded by the suites here.

# Sealing goes on in the background after a command: it may still write into a state directory that is being removed.
remove_tree() { # DIRECTORY
    local tries
    for tries in $(seq 50); do
        rm -rf "$1" 2>/dev/null && return
        sleep 0.1
    done
    rm -rf "$1"
}
