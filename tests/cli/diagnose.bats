#!/usr/bin/env bats
# What a command was denied: named when it was, not when it was granted, and never in place of another reason.

bats_require_minimum_version 1.5.0

load clean

setup() {
    make_home .config/nono/profiles .ssh other "with space"
    echo secret >"$HOME/.ssh/id_ed25519"
    echo plain >"$HOME/other/file"
    echo plain >"$HOME/with space/it's"
    echo one >one
}

nothing='the sandbox denied it no file, program or connection'

footer() { # OPTION... -- COMMAND...: what nono says; the command's own words go away
    run bash -c '"$@" 2>&1 >/dev/null | grep -v -- "$0"' 'ermission denied' "$NONO" run --allow-cwd --no-rollback "$@"
    echo "$output"
}

# The options that the footer names for what it lists first, as a shell would read them.
allowed_by() {
    words=()
    eval "words=($(sed -n 's/^ *allowed by: //p' <<<"$output" | head -n 1))"
}

# Denied, named, and with the options that are named neither denied nor named.
names() { # WHAT COMMAND...
    local what=$1
    shift
    footer --diagnose -- "$@"
    [[ $output == *"the sandbox denied"*"$what"* ]]
    allowed_by
    [ "${#words[@]}" -gt 0 ]
    footer --diagnose "${words[@]}" -- "$@"
    [[ $output == *"exit 0: $nothing"* ]]
}

@test "what is denied is named, with options that allow it, which then is true" {
    names "read $HOME/other/file (cat)" cat "$HOME/other/file"
    names "read $HOME/with space/it's (cat)" cat "$HOME/with space/it's"
    names "read $HOME/.ssh/id_ed25519 (cat)" cat "$HOME/.ssh/id_ed25519"
    names "read $HOME/other (ls)" ls "$HOME/other"
    names "write $HOME/other/new (touch)" touch "$HOME/other/new"
    names "execute $(readlink -f "$(command -v rm)") (env" env rm --version
}

@test "what fails for another reason is not laid on the sandbox" {
    footer --diagnose -- cat "$HOME/project/absent"
    [[ $output == *"exit 1: $nothing"* ]]
    footer --diagnose -- cat "$HOME/no/such/file"
    [[ $output == *"exit 1: $nothing"* ]]
    footer --diagnose -- sh -c 'exit 3'
    [[ $output == *"exit 3: $nothing"* ]]
    footer --diagnose -- sh -c 'kill -SEGV $$'
    [[ $output == *"ended by signal 11 (Segmentation fault): $nothing"* ]]
}

@test "permissions of the file system are no matter of options" {
    [ "$EUID" -ne 0 ] || skip "root may read everything"
    touch "$HOME/other/closed"
    chmod 000 "$HOME/other/closed"
    footer --diagnose -- cat "$HOME/other/closed"
    [[ $output == *"read $HOME/other/closed"*"way out: none"* ]]
    [[ $output != *"allowed by"* ]]
    footer --diagnose --read "$HOME/other" -- cat "$HOME/other/closed"
    [[ $output == *"exit 1: $nothing"* ]]
}

@test "without --diagnose nothing is claimed, and the way to know is named" {
    footer -- cat "$HOME/other/file"
    [[ $output == *"exit 1: nono itself denied nothing; what the kernel denied it sees only with --diagnose"* ]]
    [[ $output != *"$nothing"* ]]
    footer -- true
    [[ $output != *"exit 0"* ]]
    footer -s -- cat "$HOME/other/file"
    [ "$output" = "" ]
    footer -s --diagnose -- cat "$HOME/other/file"
    [ "$output" = "" ]
}

@test "what the command may lack besides is said" {
    run env SOME_TOKEN=x "$NONO" run --no-rollback -- sh -c 'exit 1'
    [[ $output == *"it may not read its working directory (--allow-cwd)"* ]]
    [[ $output == *"environment variable"*" withheld (nono run -v)"* ]]
    run env -i HOME="$HOME" PATH="$PATH" "$NONO" run --no-rollback --allow-cwd -- sh -c 'exit 1'
    [[ $output == *"exit 1: "* ]]
    [[ $output != *"working directory (--allow-cwd)"* ]]
    [[ $output != *"withheld (nono"* ]]
}

@test "a Unix socket that is refused is named without being asked for" {
    python3 - "$HOME/other/socket" "$HOME/other/granted" 3>&- <<'END' &
import os, socket, sys, time
made = []
for path in sys.argv[1:]:
    s = socket.socket(socket.AF_UNIX)
    s.bind(path)
    s.listen()
    made.append(s)
time.sleep(300)
END
    server=$!
    wait_until [ -S "$HOME/other/granted" ]
    connect='import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])'
    footer --allow-unix-socket "$HOME/other/granted" -- /usr/bin/python3 -c "$connect" "$HOME/other/socket"
    [[ $output == *"connect to the Unix socket $HOME/other/socket (python3"* ]]
    allowed_by
    [ "${words[0]}" = --allow-unix-socket ]
    footer --allow-unix-socket "$HOME/other/granted" "${words[@]}" -- /usr/bin/python3 -c "$connect" "$HOME/other/socket"
    [ "$(grep -c 'the sandbox denied' <<<"$output")" -eq 0 ]
    footer --allow-unix-socket "$HOME/other/granted" -- /usr/bin/python3 -c "$connect" "$HOME/other/granted"
    [ "$(grep -c 'the sandbox denied' <<<"$output")" -eq 0 ]
    kill "$server"
}

@test "ports are named" {
    connect='import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)'
    footer --diagnose --open-port 9 -- /usr/bin/python3 -c "$connect" 99
    [[ $output == *"connect to 127.0.0.1:99 (python3"* ]]
    [[ $output == *"allowed by: --open-port 99"* ]]
    footer --diagnose --open-port 99 -- /usr/bin/python3 -c "$connect" 99
    [[ $output == *"exit 1: $nothing"* ]] # nobody listens
}

@test "a blocked network and refused system calls are named" {
    local make='import socket, sys; socket.socket(int(sys.argv[1]), int(sys.argv[2]))'
    footer --diagnose --block-net -- /usr/bin/python3 -c "$make" 2 1
    [[ $output == *"make an IPv4 socket (python3"*"the network is blocked as a whole"*"way out: leave out --block-net"* ]]
    footer --diagnose -- /usr/bin/python3 -c "$make" 2 1
    [[ $output == *"exit 0: $nothing"* ]]
    footer --diagnose -- unshare --user true
    [[ $output == *"call unshare (unshare)"*"a user namespace gives capabilities"*"way out: none"* ]]
    footer --diagnose --block-net -- /usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("/run/no/such/socket")'
    [[ $output == *"exit 1: $nothing"* ]]
    footer --diagnose --block-net -- /usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("\0no-such-name")'
    [[ $output == *"connect to the Unix socket @no-such-name (python3"* ]]
}

@test "a write that the broker finds denied is named without being asked for" {
    footer_with_session() {
        run bash -c '"$@" 2>&1 >/dev/null | grep -v -- "ermission denied"' - "$NONO" run --capture=broker --allow-cwd --allow . "$@"
        echo "$output"
    }
    footer_with_session -- touch "$HOME/other/new"
    [[ $output == *"exit 1: the sandbox denied 1 thing:"*"write $HOME/other/new (touch)"*"allowed by: --write $HOME/other"* ]]
    footer_with_session --diagnose -- touch "$HOME/other/new"
    [[ $output == *"write $HOME/other/new (touch)"* ]]
    footer_with_session --write "$HOME/other" -- touch "$HOME/other/new"
    [[ $output != *"the sandbox denied"* ]]
    footer_with_session -- mkdir "$HOME/other"
    [[ $output == *"nono itself denied nothing"* ]]
    footer_with_session -- /usr/bin/python3 -c 'import os, sys; os.rmdir(sys.argv[1])' "$HOME/absent"
    [[ $output == *"nono itself denied nothing"* ]]
    footer_with_session -- /usr/bin/python3 -c 'import os; open("new", "w").close(); os.rename("new", "newer"); os.chmod("newer", 0o600); open("/dev/null", "w")'
    [[ $output != *" exit "* ]]
    footer_with_session -- /usr/bin/python3 -c 'import os, sys; os.chmod(sys.argv[1], 0o600)' "$HOME/other/file"
    [[ $output == *"change mode, owner, times or attributes of $HOME/other/file (python3"* ]]
}

@test "a list is as long as it must be: ten, or all of them when it was asked for" {
    mkdir "$HOME/many"
    touch "$HOME"/many/{1..30}
    footer --diagnose -- cat "$HOME"/many/{1..30}
    [[ $output == *"the sandbox denied 30 things:"* ]]
    [ "$(grep -c '^    read ' <<<"$output")" -eq 1 ]
    [[ $output == *"read 30 files in $HOME/many (cat)"*"allowed by: --read $HOME/many"* ]]
    footer --diagnose --read "$HOME/many" -- cat "$HOME"/many/{1..30}
    [[ $output == *"exit 0: $nothing"* ]]
    footer --diagnose -- cat "$HOME"/many/{1..3}
    [ "$(grep -c '^    read ' <<<"$output")" -eq 3 ]
    touch "$HOME"/{1..12} # all of HOME is too much for twelve files
    footer --diagnose -- cat "$HOME"/{1..12}
    [ "$(grep -c '^    read ' <<<"$output")" -eq 12 ]
    [[ $output != *"--read $HOME"$'\n'* ]]
    footer --diagnose -- sh -c "for i in 1 2 3 4 5; do cat '$HOME/many/7'; done"
    [ "$(grep -c '^    read ' <<<"$output")" -eq 1 ]
    [[ $output == *"(cat, 5 times)"* ]]
}

@test "names from outside do not reach the terminal as they are" {
    touch "$HOME/other/"$'evil\e[31m\nnono'
    footer --diagnose -- cat "$HOME/other/"$'evil\e[31m\nnono'
    [[ $output == *'evil\x1b[31m\x0anono'* ]]
    [[ $output != *$'\e'* ]]
    "$NONO" why --last --json >last.json
    run python3 -c 'import json; print(json.load(open("last.json"))["denials"][0]["target"].endswith("evil\x1b[31m\nnono"))'
    [ "$output" = True ]
}

@test "why --last knows what was denied, with a session and without" {
    for option in --no-rollback --rollback; do
        run "$NONO" run -s --diagnose $option --allow-cwd --allow . -- sh -c "echo x >new; cat '$HOME/other/file'; exit 4"
        [ "$status" -eq 4 ]
        run "$NONO" why --last
        [[ $output == *"Denied while it ran:"*"read $HOME/other/file (cat): path_not_granted"*"Suggested fix: --read-file $HOME/other/file"* ]]
        [[ $output != *"if it asked for them"* ]]
        "$NONO" why --last --json >last.json
        run python3 -c 'import json
d = json.load(open("last.json"))
x, = d["denials"]
print(d["watched"], d["denied"], x["what"], x["target"][-10:], x["program"], x["count"], x["by"], x["suggested_args"][0])'
        [ "$output" = "True [] read other/file cat 1 kernel --read-file" ]
    done
    run "$NONO" run -s --diagnose --no-rollback --allow-cwd -- sh -c 'exit 4'
    run "$NONO" why --last
    [[ $output == *"The sandbox denied it no file, program or connection that it asked for."* ]]
    run "$NONO" run -s --no-rollback --allow-cwd -- sh -c 'exit 4'
    run "$NONO" why --last
    [[ $output == *"recorded with 'nono run --diagnose' only"* ]]
    [[ $output != *"denied it no file"* ]]
    "$NONO" why --last --json >last.json
    run python3 -c 'import json; d = json.load(open("last.json")); print(d["watched"], d["denials"])'
    [ "$output" = "False []" ]
}

@test "the status and the words of the command are its own" {
    run "$NONO" run -s --diagnose --allow-cwd --no-rollback -- sh -c 'echo out; echo err >&2; exit 42'
    [ "$status" -eq 42 ]
    [ "$output" = $'out\nerr' ]
    run bash -c '"$0" run -s --diagnose --allow-cwd --no-rollback -- sh -c "kill -TERM \$\$"' "$NONO"
    [ "$status" -eq 143 ]
    run -127 "$NONO" run -s --diagnose --allow-cwd --no-rollback -- ./no-such-program
    [ "$status" -eq 127 ]
}

@test "the shell hook leaves one line for the prompt, when something was denied and the command failed" {
    local hints=$HOME/.local/state/nono/run
    mkdir -p "$hints"
    chmod 700 "$HOME/.local" "$HOME/.local/state" "$HOME/.local/state/nono" "$hints"
    printf '{"extends": "default", "workdir": {"access": "readwrite"}}' >"$HOME/.config/nono/profiles/developer.json"
    : >"$hints/hint.$$"
    run "$NONO" run --hook --capture=broker -- /usr/bin/python3 -c "open('$HOME/other/new', 'w')"
    [ "$status" -eq 1 ]
    [[ $output != *"nono"*"denied"* ]]
    run cat "$hints/hint.$$"
    [[ $output == "nono: denied: write $HOME/other/new (python3"*"; what allows it: nono why --last" ]]
    : >"$hints/hint.$$"
    run "$NONO" run --hook --capture=broker -- /usr/bin/python3 -c "exit(3)"
    [ "$status" -eq 3 ]
    [ ! -s "$hints/hint.$$" ]
    run "$NONO" run --hook --capture=broker -- /usr/bin/python3 -c "
try:
    open('$HOME/other/new', 'w')
except OSError:
    pass"
    [ "$status" -eq 0 ]
    [ ! -s "$hints/hint.$$" ]
}

@test "a wrapped command that failed is watched when the same shell runs it again" {
    local hints=$HOME/.local/state/nono/run
    mkdir -p "$hints"
    chmod 700 "$HOME/.local" "$HOME/.local/state" "$HOME/.local/state/nono" "$hints"
    printf '{"extends": "default", "workdir": {"access": "readwrite"}}' >"$HOME/.config/nono/profiles/developer.json"
    echo secret >"$HOME/other/closed"
    cat >shell <<'END'
: >"$1/hint.$$"
for words in "open('$HOME/other/closed')" "open('$HOME/other/closed')" "exit(3)" "exit(3)" "exit(3)"; do
    "$NONO" run --hook --capture=broker -- /usr/bin/python3 -c "$words" 2>/dev/null
    cat "$1/hint.$$"
    : >"$1/hint.$$"
    echo "$?"
done
END
    run env NONO="$NONO" bash shell "$hints"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = "nono: python3 ran sandboxed and failed: what the kernel denies it is told here when it is run again" ]
    [[ ${lines[2]} == "nono: denied: read $HOME/other/closed (python3"*"; what allows it: nono why --last" ]]
    [ "${lines[4]}" = 0 ]
    [ "${lines[5]}" = "nono: the sandbox denied it no file, program or connection that it asked for" ]
    [ "${lines[7]}" = 0 ]
    [ "${#lines[@]}" -eq 8 ]
}

@test "where namespaces cannot be made it is the same" {
    run "$NO_NAMESPACES" "$NONO" run --diagnose --no-rollback --allow-cwd -- cat "$HOME/.ssh/id_ed25519"
    [[ $output == *"the sandbox denied 1 thing:"*"read $HOME/.ssh/id_ed25519 (cat)"* ]]
    run "$NO_NAMESPACES" "$NONO" run --diagnose --no-rollback --allow-cwd -- cat one
    [[ $output == *"exit 0: $nothing"* ]]
}

@test "a blocked command is named, whatever shell looks for it before it executes" {
    unshare -rm true 2>/dev/null || skip "namespaces do not work here"
    footer -- sh -c 'rm x'
    [[ $output == *"exit 126:"*"denied nothing"*"the command 'rm', which it names, is blocked (--allow-command rm)"* ]]
    for shell in dash bash; do
        footer --diagnose -- "$shell" -c 'rm x'
        [[ $output == *"exit 126:"*"execute "*"/rm ($shell"*"allowed by: --allow-command rm"* ]]
    done
    echo 'rm x' >script
    footer -- sh script
    [[ $output == *"exit 126:"*"; blocked commands fail in this way (nono policy show names them)"* ]]
    footer --allow-command rm -- sh -c 'rm x'
    [[ $output == *"exit 1:"* && $output != *"blocked"* ]]
}

@test "a program that nono itself cannot execute comes with the option that lets it" {
    cp "$(type -P true)" "$HOME/other/prog"
    printf '#!%s\n' "$HOME/other/prog" >script
    chmod 755 script
    for program in "$HOME/other/prog" ./script; do
        run "$NONO" run --allow-cwd --no-rollback -- "$program"
        [ "$status" -eq 126 ]
        [[ $output == *"cannot execute"*"allowed by: --read-file $HOME/other/prog"* ]]
        allowed_by
        "$NONO" run -s --allow-cwd --no-rollback "${words[@]}" -- "$program"
    done
    names "execute $HOME/other/prog" sh -c "$HOME/other/prog"
}

@test "mode and times of what is not granted are named where a mount holds them" {
    unshare -rm true 2>/dev/null || skip "namespaces do not work here"
    names "attributes of $HOME/other/file (python3" /usr/bin/python3 -c "import os; os.utime('$HOME/other/file')"
    names "attributes of $HOME/other/file (python3" /usr/bin/python3 -c "import os; os.chmod('$HOME/other/file', 0o600)"
}

@test "a signal to a process outside is named" {
    sleep 60 &
    outside=$!
    footer --diagnose -- /usr/bin/python3 -c "import os; os.kill($outside, 15)"
    at_full=$output
    run "$NO_NAMESPACES" "$NONO" run --diagnose --no-rollback --allow-cwd -- /usr/bin/python3 -c "import os; os.kill($outside, 15)"
    [[ $output == *"call kill (python3"*"signals stay inside the sandbox"* ]]
    by_descriptor="import os, signal; signal.pidfd_send_signal(os.pidfd_open($outside), 15)"
    run "$NO_NAMESPACES" "$NONO" run --diagnose --no-rollback --allow-cwd -- /usr/bin/python3 -c "$by_descriptor"
    kill "$outside"
    [[ $output == *"call kill (python3"*"signals stay inside the sandbox"* ]]
    [ "$outside" -lt 5000 ] || [[ $at_full == *"call kill (python3"* ]]
    footer --diagnose -- /usr/bin/python3 -c 'import os; os.kill(os.getpid(), 0); os.kill(999999, 0)'
    [[ $output == *"exit 1: $nothing"* ]]
    footer --diagnose -- /usr/bin/python3 -c 'import os, signal; signal.pidfd_send_signal(os.pidfd_open(os.getpid()), 0); exit(1)'
    [[ $output == *"exit 1: $nothing"* ]]
}
