#!/usr/bin/env bats
# nono run, wrap and shell, as a person uses them. NONO is the built program; each test has a HOME of its own.
# shellcheck disable=SC2088 # nono expands the tilde

load clean

setup() {
    make_home .config/nono/profiles .ssh other
    echo secret >"$HOME/.ssh/id_ed25519"
    echo plain >"$HOME/other/file"
    cp "$BATS_TEST_DIRNAME/../demo/developer.json" "$HOME/.config/nono/profiles/developer.json"
    echo one >one
}

profile() { # NAME JSON
    printf '%s\n' "$2" >"$HOME/.config/nono/profiles/$1.json"
}

developer() {
    "$NONO" run -s -p developer -- "$@"
}

@test "the exit status is the command's own" {
    run developer sh -c 'exit 7'
    [ "$status" -eq 7 ]
    run developer true
    [ "$status" -eq 0 ]
}

@test "death by a signal is death by that signal" {
    run developer sh -c 'kill -TERM $$'
    [ "$status" -eq 143 ]
    run python3 -c 'import subprocess,sys; sys.exit(-subprocess.run(sys.argv[1:]).returncode)' \
        "$NONO" run -s -p developer -- sh -c 'kill -INT $$'
    [ "$status" -eq 2 ]
}

@test "not found is 127, not executable 126, nono's own failure 125, usage 2" {
    run developer no-such-program
    [ "$status" -eq 127 ]
    [[ $output == *no-such-program* ]]
    echo text >not-executable
    run developer ./not-executable
    [ "$status" -eq 126 ]
    run "$NONO" run -s -p no-such-profile -- true
    [ "$status" -eq 125 ]
    [[ $output == *"Profile not found: no-such-profile"* ]]
    run "$NONO" run --no-such-option -- true
    [ "$status" -eq 2 ]
}

@test "a secret is denied inside, readable outside, and readable when granted" {
    run developer cat "$HOME/.ssh/id_ed25519"
    [ "$status" -ne 0 ]
    [[ $output == *"Permission denied"* ]]
    run cat "$HOME/.ssh/id_ed25519"
    [ "$output" = secret ]
    run "$NONO" run -s -p developer --read "$HOME/.ssh" --override-deny "$HOME/.ssh" -- cat "$HOME/.ssh/id_ed25519"
    [ "$status" -eq 0 ]
    [ "$output" = secret ]
}

@test "what was not granted is denied, and granted by --read" {
    run developer cat "$HOME/other/file"
    [ "$status" -ne 0 ]
    run "$NONO" run -s -p developer --read "$HOME/other" -- cat "$HOME/other/file"
    [ "$output" = plain ]
    run "$NONO" run -s -p developer --read "$HOME/other" -- sh -c 'echo x >"$HOME/other/file"'
    [ "$status" -ne 0 ]
    [ "$(cat "$HOME/other/file")" = plain ]
}

@test "a grant around a denied path does not open it, without namespaces" {
    run "$NO_NAMESPACES" "$NONO" run -s -p developer --no-rollback --read "$HOME" -- cat "$HOME/.ssh/id_ed25519"
    [ "$status" -ne 0 ]
    run "$NO_NAMESPACES" "$NONO" run -s -p developer --no-rollback --read "$HOME" -- cat "$HOME/other/file"
    [ "$output" = plain ]
    run "$NO_NAMESPACES" "$NONO" run -p developer --no-rollback --read "$HOME" -- true
    [[ $output == *"$HOME (dir, without what is denied in it)"* ]]
    [[ $output == *"note  $HOME itself cannot be listed"* ]]
    run "$NO_NAMESPACES" "$NONO" run -s -p developer --workdir "$HOME" -- true
    [ "$status" -eq 125 ]
    [[ $output == *"inside the working directory"* ]]
}

with_namespaces() {
    unshare -rm true 2>/dev/null || skip "namespaces do not work here"
}

@test "a grant around denied paths leaves it whole but for them" {
    with_namespaces
    run "$NONO" run -s -p developer --no-rollback --allow "$HOME" -- cat "$HOME/.ssh/id_ed25519"
    [ "$status" -eq 1 ]
    [[ $output == *"Permission denied"* ]]
    for command in 'mv ~/.ssh ~/project/' 'mv ~/.config ~/elsewhere' 'mkdir ~/.aws' 'touch ~/.npmrc' 'ls ~/.ssh' 'umount ~/.ssh'; do
        run "$NONO" run -s -p developer --no-rollback --allow "$HOME" -- sh -c "$command"
        [ "$status" -ne 0 ]
    done
    run "$NONO" run -s -p developer --no-rollback --allow "$HOME" -- sh -c 'ls ~ >/dev/null && echo x >~/new && mv ~/new ~/other/new'
    [ "$status" -eq 0 ]
    [ -e "$HOME/other/new" ]
    [ "$(cat "$HOME/.ssh/id_ed25519")" = secret ]
    [ ! -e "$HOME/.aws" ]
    [ ! -e "$HOME/.npmrc" ]
}

@test "the level is said, and modes outside the grants hold at the full one" {
    with_namespaces
    mkdir "$HOME/open"
    run "$NONO" run -p developer --no-rollback --read "$HOME/other" --allow "$HOME/open" -- chmod 600 "$HOME/other/file"
    [ "$status" -ne 0 ]
    [[ $output == *"level  full: Landlock V"*"+ namespaces"* ]]
    [[ $output == *"Read-only file system"* ]]
    run "$NONO" run -s -p developer --no-rollback --allow "$HOME/other" -- chmod 600 "$HOME/other/file"
    [ "$status" -eq 0 ]
    run "$NONO" run -v -p developer --no-rollback -- true
    [[ $output != *"not held  mode, owner, times"* ]]
}

@test "without namespaces the lower level is said once, and what it does not hold with -v" {
    run "$NO_NAMESPACES" "$NONO" run -p developer --no-rollback --read "$HOME/other" -- chmod 600 "$HOME/other/file"
    [ "$status" -eq 0 ]
    [ "$(grep -c 'note  level landlock: cannot make namespaces.*not held (-v to show)$' <<<"$output")" -eq 1 ]
    run "$NO_NAMESPACES" "$NONO" run -s -p developer --no-rollback -- sh -c 'echo here'
    [ "$output" = here ]
    run "$NO_NAMESPACES" "$NONO" run -v -p developer --no-rollback -- true
    [[ $output == *"not held  mode, owner, times"* && $output == *"note  shared memory (/dev/shm, System V) is refused"* ]]
    run "$NO_NAMESPACES" "$NONO" run -p developer --dry-run -- true
    [[ $output == *"level  landlock: Landlock V"*"+ seccomp, without what namespaces hold (-v to show)"* ]]
    run "$NONO" wrap -p developer --block-command tool -- true
    [[ $output == *"level  landlock: Landlock V"*"+ seccomp, without what namespaces hold (-v to show)"* ]]
    [[ $output == *"note  blocked for nono itself only, not for what the command starts: tool"* ]]
    run "$NONO" run -p developer --no-rollback --block-command tool -- true
    [[ $output != *"blocked for nono itself only"* && $output != *"namespaces hold"* ]]
}

@test "setup, policy show and why say the level and what it does not hold" {
    with_namespaces
    local lost="mode, owner, times and attributes"
    run "$NONO" setup --check-only
    [[ $output == *"Level full: Landlock V"* && $output != *"$lost"* ]]
    run "$NO_NAMESPACES" "$NONO" setup --check-only
    [[ $output == *"Level landlock: Landlock V"* && $output == *"needs namespaces"*"$lost"* ]]
    run "$NONO" policy show developer
    [[ $output == *"full: Landlock V"* && $output != *"$lost"* ]]
    run "$NO_NAMESPACES" "$NONO" policy show developer --json --resolved
    [[ $output == *'"level": "landlock"'* && $output == *"$lost"* ]]
    run "$NONO" why --path /etc/passwd --op write
    [[ $output == DENIED* && $output != *"$lost"* ]]
    run "$NO_NAMESPACES" "$NONO" why --path /etc/passwd --op write
    [[ $output == DENIED*"$lost"* ]]
}

@test "the command sees its own processes, which end with it, and its status passes through" {
    with_namespaces
    run "$NONO" run -s -p developer --no-rollback -- sh -c 'ls -d /proc/[0-9]* | wc -l'
    [ "$output" -le 5 ]
    run "$NONO" run -s -p developer --no-rollback -- sh -c "sleep 60.$$ & exit 7"
    [ "$status" -eq 7 ]
    run pgrep -fx "sleep 60[.]$$"
    [ "$status" -eq 1 ]
    run "$NO_NAMESPACES" "$NONO" run -s -p developer --no-rollback -- sh -c "sleep 60.$$ >/dev/null 2>&1 & exit 7"
    [ "$status" -eq 7 ]
    run pkill -fx "sleep 60[.]$$"
    [ "$status" -eq 0 ]
    # shellcheck disable=SC2016 # of the shell inside
    run "$NONO" run -s -p developer --no-rollback -- sh -c 'kill -TERM $$'
    [ "$status" -eq 143 ]
    run "$NONO" run -s -p developer --no-rollback -- sh -c 'kill -KILL 1'
    [ "$status" -ne 0 ]
}

@test "where a container hides parts of /proc the command keeps the rest of the level" {
    with_namespaces
    # The second user namespace is the one in which the mount can no longer be taken away. Were /usr to be written to, its mode would stay what it is.
    # shellcheck disable=SC2016 # of the shell inside
    run unshare -rm sh -c 'mount -t tmpfs none /proc/sys && exec unshare -U --map-user=1000 --map-group=1000 "$@"' sh \
        "$NONO" run -p developer --no-rollback -- sh -c 'chmod "$(stat -c %a /usr)" /usr; ls -d /proc/[0-9]* | wc -l'
    [[ $output == *"note  the command shares its processes"* ]]
    [[ $output == *"Read-only file system"* ]]
    [ "$(tail -n 1 <<<"$output")" -gt 5 ]
}

@test "a machine without /dev/pts has the full level all the same" {
    with_namespaces
    mkdir "$HOME/dev" "$HOME/outside"
    : | tee "$HOME/dev/null" "$HOME/dev/urandom" "$HOME/dev/ptmx"
    # shellcheck disable=SC2016 # of the shell inside
    run unshare -rm sh -c 'for name in null urandom ptmx; do mount --bind /dev/$name "$0/dev/$name" || exit; done
        mount --rbind "$0/dev" /dev && "$NONO" setup --check-only && "$NONO" run -p developer --no-rollback -- chmod 700 "$0/outside"' "$HOME"
    [[ $output == *"Level full: Landlock"* ]]
    [[ $output != *"level landlock"* ]]
    [[ $output == *"Read-only file system"* ]]
}

@test "shared memory is the command's own, and message objects too" {
    with_namespaces
    [ -d /dev/shm ] || skip "there is no /dev/shm"
    run "$NONO" run -s -p developer --no-rollback -- sh -c "echo x >/dev/shm/nono-test-$$ && ls /dev/shm"
    [ "$output" = "nono-test-$$" ]
    [ ! -e "/dev/shm/nono-test-$$" ]
    run "$NO_NAMESPACES" "$NONO" run -s -p developer --no-rollback -- sh -c "echo x >/dev/shm/nono-test-$$"
    [ "$status" -ne 0 ]
    [ ! -e "/dev/shm/nono-test-$$" ]
}

@test "the working directory may hold denied paths, which no session copies" {
    with_namespaces
    cd "$HOME"
    run developer sh -c 'rm -rf other; echo new >made; cat .s*/id_ed25519'
    [ "$status" -eq 1 ]
    [ ! -e other ]
    run "$NONO" rollback show
    [[ $output != *.ssh* ]]
    "$NONO" rollback restore -s
    [ "$(cat other/file)" = plain ]
    [ ! -e made ]
    [ "$(cat .ssh/id_ed25519)" = secret ]
}

@test "what a killed nono left in place of absent denied paths goes with the next" {
    with_namespaces
    "$NONO" run -s -p developer --no-rollback --allow "$HOME" -- sleep 60 &
    pid=$!
    wait_until [ -e "$HOME/.aws" ]
    kill -KILL "$pid"
    wait "$pid" || true
    [ -e "$HOME/.aws" ]
    run developer true
    [ "$status" -eq 0 ]
    [ ! -e "$HOME/.aws" ]
}

@test "two commands that need the same absent path denied" {
    with_namespaces
    mkfifo "$HOME/go"
    "$NONO" run -s -p developer --no-rollback --allow "$HOME" -- sh -c 'read -r line <"$HOME/go"; mkdir "$HOME/.aws"' &
    pid=$!
    wait_until [ -e "$HOME/.aws" ]
    run "$NONO" run -s -p developer --no-rollback --allow "$HOME" -- mkdir "$HOME/.aws"
    [ "$status" -ne 0 ]
    [ -f "$HOME/.aws" ]
    echo >"$HOME/go"
    status=0
    wait "$pid" || status=$?
    [ "$status" -ne 0 ]
    [ ! -e "$HOME/.aws" ]
}

# The profile denies ~/PATH, the command runs in ~ and tries SCRIPT.
deny_and_try() { # PATH SCRIPT
    profile denying "{\"extends\": \"developer\", \"policy\": {\"add_deny_access\": [\"~/$1\"]}}"
    run "$NONO" run -s -p denying --no-rollback --workdir "$HOME" -- sh -c "$2"
}

@test "directories above an absent denied path cannot be moved out of its way" {
    with_namespaces
    deny_and_try '.a/b/denied' 'mv .a .c; mv .a/b .a/c; echo planted >.a/b/denied; echo x >.a/beside'
    [ "$status" -eq 0 ]
    [ ! -e "$HOME/.a/b" ]
    [ -e "$HOME/.a/beside" ]
    [ ! -e "$HOME/.c" ]
}

@test "a file in the place of a directory above an absent denied path stays" {
    with_namespaces
    echo mine >"$HOME/.a"
    deny_and_try '.a/denied' 'cat .a; rm .a; mkdir .a; echo planted >.a/denied'
    [ "$status" -ne 0 ]
    [[ $output == mine* ]]
    [ "$(cat "$HOME/.a")" = mine ]
}

@test "links on the way to a denied path stay, and lead to what is hidden" {
    with_namespaces
    mkdir "$HOME/dot" "$HOME/dot/real"
    echo secret >"$HOME/dot/real/denied"
    ln -s dot/link "$HOME/.a"
    ln -s real "$HOME/dot/link"
    deny_and_try '.a/denied' 'cat .a/denied dot/real/denied; rm .a dot/link; mv .a b; mv dot c; ln -sfn other .a; echo x >.a/beside'
    [ "$status" -eq 0 ]
    [[ $output != *secret* ]]
    [ "$(cat "$HOME/.a/denied")" = secret ]
    [ -e "$HOME/dot/real/beside" ]
}

@test "a link to a denied path stays where nothing else is denied" {
    with_namespaces
    echo secret >"$HOME/other/denied"
    ln -s ../other link
    profile denying '{"extends": "developer", "policy": {"add_deny_access": ["~/project/link/denied"]}}'
    run "$NONO" run -s -p denying --no-rollback -- sh -c 'cat link/denied; rm link; mv link l; mkdir link; echo planted >link/denied; touch beside'
    [ "$status" -eq 0 ]
    [ -L link ]
    [ -e beside ]
    [ "$(cat link/denied)" = secret ]
}

@test "a link that leads nowhere yet, on the way to a denied path" {
    with_namespaces
    ln -s other/nowhere "$HOME/.a"
    deny_and_try '.a/denied' 'rm .a; mkdir .a; echo planted >.a/denied; mkdir other/nowhere; echo planted >other/nowhere/denied'
    [ "$status" -ne 0 ]
    [ ! -e "$HOME/.a/denied" ]
    [ -L "$HOME/.a" ]
}

@test "a denied path that is a link" {
    with_namespaces
    ln -s other/file "$HOME/.a"
    ln -s other/absent "$HOME/.b"
    deny_and_try '.a' 'cat .a other/file; rm .a; echo planted >.a'
    [ "$status" -ne 0 ]
    [[ $output != *plain* ]]
    [ -L "$HOME/.a" ]
    deny_and_try '.b' 'rm .b; echo planted >.b; echo planted >other/absent'
    [ "$status" -ne 0 ]
    [ -L "$HOME/.b" ]
    [ ! -e "$HOME/other/absent" ]
}

@test "a directory on a standard descriptor does not lead around what is hidden" {
    with_namespaces
    run "$NONO" run -s -p developer --no-rollback --allow "$HOME" -- cat /proc/self/fd/0/.ssh/id_ed25519 <"$HOME"
    [ "$status" -eq 125 ]
    [[ $output == *"descriptor 0 is a directory"* ]]
}

@test "no session copies a denied path from where a bind mount shows it" {
    with_namespaces
    mkdir "$HOME/deep"
    # shellcheck disable=SC2016 # for the inner shell
    unshare -rm sh -c 'cd && mount --bind ~/.ssh ~/deep && exec "$NONO" run -s -p developer -- sh -c "echo new >made"'
    run "$NONO" rollback show --json
    [[ $output == *made* ]]
    [[ $output == *'"/deep"'* ]]
}

@test "bind mounts of a denied path, of what lies in it and of where it could be made" {
    with_namespaces
    mkdir "$HOME/.ssh/deep" "$HOME/deep" "$HOME/alias"
    echo secret >"$HOME/.ssh/deep/key"
    # shellcheck disable=SC2016 # for the inner shell
    run unshare -rm sh -c 'mount --bind ~/.ssh/deep ~/deep && mount --bind ~ ~/alias &&
        exec "$NONO" run -s -p developer --no-rollback --allow ~ -- sh -c "
            cat ~/deep/key ~/alias/.ssh/deep/key; chmod 600 ~/alias/.aws; echo planted >~/alias/.aws; mv ~/alias/.config ~/alias/c"'
    [ "$status" -ne 0 ]
    [[ $output != *secret* ]]
    [ ! -e "$HOME/.aws" ]
    [ ! -e "$HOME/c" ]
}

@test "nono's own state and settings are closed inside" {
    developer sh -c 'echo x >new'
    run developer ls "$HOME/.local/state/nono"
    [ "$status" -ne 0 ]
    run developer cat "$HOME/.config/nono/profiles/developer.json"
    [ "$status" -ne 0 ]
    run "$NONO" run -s -p developer --allow "$HOME/.local/state/nono" -- true
    [ "$status" -eq 125 ]
    [[ $output == *"protected nono state root"* ]]
}

@test "stdin, stdout and pipes are the command's" {
    run sh -c 'echo through | "$NONO" run -s -p developer -- cat | tr a-z A-Z'
    [ "$output" = THROUGH ]
}

@test "open descriptors of the caller are closed" {
    exec 9<"$HOME/.ssh/id_ed25519"
    run developer sh -c 'cat <&9'
    exec 9<&-
    [ "$status" -ne 0 ]
    [[ $output != *secret* ]]
}

@test "the working directory: nothing said, --allow-cwd, silent" {
    run "$NONO" run -- cat one </dev/null
    [ "$status" -ne 0 ]
    [[ $output == *"Skipping CWD prompt"* ]]
    run "$NONO" run --read . -- cat one </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *one && $output != *CWD* ]]
    run "$NONO" run -s --allow-cwd -- cat one
    [ "$output" = one ]
    run "$NONO" run -s --allow-cwd -- touch new
    [ "$status" -ne 0 ]
    run "$NONO" run -s -- true
    [ "$status" -eq 2 ]
    [[ $output == *"--allow-cwd"* ]]
}

@test "standard descriptors that the caller closed stay closed, and nono's own files whole" {
    run sh -c '"$NONO" run -s -p developer -- sh -c "printf zz%s yy; printf %s%s e rr >&2" <&- >&-'
    [[ $output == *err ]]
    run grep -rl zzyy "$HOME/.local/state"
    [ "$output" = "" ]
    run sh -c '"$NONO" run -s -p developer -- echo out 2>&-'
    [ "$output" = out ]
    run "$NONO" rollback list --all
    [ "$status" -eq 0 ]
}

@test "--workdir is where the command runs" {
    run "$NONO" run -s -p developer --workdir "$HOME/other" -- cat file
    [ "$output" = plain ]
}

@test "--dry-run starts nothing and shows the command" {
    run "$NONO" run -p developer --dry-run -- touch 'new file'
    [ "$status" -eq 0 ]
    [ ! -e 'new file' ]
    [[ $output == *"dry-run sandbox would be applied"* ]]
    [[ $output == *"touch 'new file'"* ]]
}

@test "-v says where each grant comes from" {
    run "$NONO" run -v -p developer -- true
    [[ $output == *"[group system_read_linux]"* ]]
    [[ $output == *"working directory (workdir.access)"* ]]
}

@test "a blocked command is refused with the way out" {
    run "$NONO" run -s -p developer -- shred one
    [ "$status" -eq 125 ]
    [[ $output == *"--allow-command shred"* ]]
    run "$NONO" run -s -p developer --allow-command shred -- shred one
    [ "$status" -eq 0 ]
}

@test "--open-port and --listen-port leave TCP to those ports open and block the rest" {
    local server='import socket,sys
s=socket.socket(); s.bind(("127.0.0.1",0)); s.listen(); print(s.getsockname()[1],flush=True)
while True: s.accept()'
    local code='import socket,sys
socket.create_connection(("127.0.0.1",int(sys.argv[1])),3).close(); print("connected")'
    exec 5< <(exec python3 -c "$server")
    local pid=$! port
    read -r port <&5
    run "$NONO" run -s --no-rollback -p developer --open-port "$port" -- /usr/bin/python3 -c "$code" "$port"
    [ "$status" -eq 0 ] && [ "$output" = connected ]
    run "$NONO" wrap -s -p developer --open-port $((port ^ 1)) -- /usr/bin/python3 -c "$code" "$port"
    [ "$status" -eq 1 ] && [[ $output == *PermissionError* ]]
    run "$NONO" wrap -s -p developer --listen-port "$port" -- /usr/bin/python3 -c "$code" "$port"
    [ "$status" -eq 1 ] && [[ $output == *PermissionError* ]]
    kill "$pid"
    run "$NONO" wrap -s -p developer --open-port "$port" -- /usr/bin/python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)'
    [ "$status" -eq 1 ] && [[ $output == *PermissionError* ]]
    run "$NONO" wrap --open-port 70000 -- true
    [ "$output" = "nono: --open-port: '70000' is not a port number (1 to 65535)" ]
    run "$NONO" wrap --open-port 80 --allow-net -- true
    [[ $output == *"--open-port and --allow-net exclude each other"* ]]
}

@test "--allow-unix-socket lets a command connect to one socket and to no other" {
    local server='import socket,sys
s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print("ready",flush=True)
while True: c,_=s.accept(); c.sendall(b"hello"); c.close()'
    local code='import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(9).decode(), s.getpeername())'
    mkdir -p "$HOME/run"
    local ready servers=()
    exec 5< <(exec python3 -c "$server" "$HOME/run/one.sock")
    servers+=($!)
    exec 6< <(exec python3 -c "$server" "$HOME/run/two.sock")
    servers+=($!)
    read -r ready <&5
    read -r ready <&6
    [ "$ready" = ready ]
    run "$NONO" run -s --no-rollback -p developer --allow-unix-socket "$HOME/run/one.sock" -- /usr/bin/python3 -c "$code" "$HOME/run/one.sock"
    [ "$status" -eq 0 ] && [ "$output" = "hello $HOME/run/one.sock" ]
    run "$NONO" run -s --no-rollback -p developer --block-net --allow-unix-socket "$HOME/run/one.sock" -- /usr/bin/python3 -c "$code" "$HOME/run/two.sock"
    [ "$status" -eq 1 ] && [[ $output == *PermissionError* ]]
    run "$NONO" run -s --no-rollback -p developer --allow-unix-socket "$HOME/run" -- /usr/bin/python3 -c "$code" "$HOME/run/two.sock"
    [ "$status" -eq 0 ] && [ "$output" = "hello $HOME/run/two.sock" ]
    run "$NONO" run -s --no-rollback -p developer -- /usr/bin/python3 -c "$code" "$HOME/run/one.sock"
    [ "$status" -eq 1 ] && [[ $output == *PermissionError* ]]
    run "$NONO" wrap -s -p developer --allow-unix-socket "$HOME/run/one.sock" -- true
    [ "$status" -eq 125 ] && [[ $output == *"nono run"* ]] && [ "${#lines[@]}" -eq 1 ]
    run "$NONO" run -s --no-rollback --allow "$HOME/run" --allow-unix-socket "$HOME/run" --allow-cwd -- true
    [ "$status" -ne 0 ] && [[ $output == *"could move any socket there"* ]]
    run "$NONO" run -s --no-rollback --allow-unix-socket "$HOME/none" --allow-cwd -- true
    [[ $output == *"No such file"* ]]
    kill "${servers[@]}"
    mkdir -p "$HOME/.config/nono/profiles"
    echo '{"extends": "developer", "network": {"allow_unix": ["~/run", "~/absent"]}}' >"$HOME/.config/nono/profiles/sockets.json"
    run "$NONO" policy show sockets
    [[ $output == *"Unix sockets that may be connected to"*"$HOME/run "*"(all sockets in it)"* ]]
}

@test "--block-net refuses sockets that work otherwise" {
    code='import socket; socket.socket(); print("open")'
    run "$NONO" run -s -p developer -- /usr/bin/python3 -c "$code"
    [ "$output" = open ]
    run "$NONO" run -s -p developer --block-net -- /usr/bin/python3 -c "$code"
    [ "$status" -ne 0 ]
    [[ $output == *"Permission"* ]]
}

@test "wrap becomes the command" {
    run sh -c 'echo $$; exec "$NONO" wrap -s -p developer -- sh -c "echo \$\$"'
    [ "${lines[0]}" = "${lines[1]}" ]
    run "$NONO" wrap -s -p developer -- cat "$HOME/.ssh/id_ed25519"
    [ "$status" -ne 0 ]
}

@test "shell runs the shell it is told" {
    run sh -c 'echo "cat ~/.ssh/id_ed25519; exit 3" | "$NONO" shell -s -p developer --shell /bin/sh'
    [ "$status" -eq 3 ]
    [[ $output == *"Permission denied"* ]]
}

@test "nono inside nono narrows, and --hook inside runs the program itself" {
    run "$NONO" run -s -p developer --read "$(dirname "$NONO")" -- \
        "$NONO" run -s -p default --allow-cwd -- sh -c 'echo x >new'
    [ "$status" -ne 0 ]
    [ ! -e new ]
    run "$NONO" run -s -p developer --read "$(dirname "$NONO")" -- "$NONO" run --hook -- cat one
    [ "$output" = one ]
}

@test "an environment variable does not switch the sandbox off" {
    NONO_ACTIVE=1 NONO_SANDBOX=1 run "$NONO" run --hook -- cat "$HOME/.ssh/id_ed25519"
    [ "$status" -ne 0 ]
    [[ $output == *"Permission denied"* ]]
}

@test "a bad profile is one line that names file and place" {
    profile broken '{"meta": '
    run "$NONO" run -s -p broken -- true
    [ "$status" -eq 125 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == *broken.json* ]]
    profile keys '{"meta":{"name":"keys"},"filesytem":{}}'
    run "$NONO" run -s -p keys -- true
    [ "$status" -eq 125 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == *filesystem* ]]
    profile a '{"extends":"b"}'
    profile b '{"extends":"a"}'
    run "$NONO" run -s -p a -- true
    [ "$status" -eq 125 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == *"circular"* ]]
    profile orphan '{"extends":"defualt"}'
    run "$NONO" run -s -p orphan -- true
    [ "$status" -eq 125 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == *"default"* ]]
}

@test "HOME unset or relative is one line" {
    run env -u HOME "$NONO" run -s -- true
    [ "$status" -eq 125 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == *HOME* ]]
    HOME=relative run "$NONO" run -s -- true
    [ "$status" -eq 125 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == *HOME* ]]
    run env -u HOME "$NONO" --version
    [ "$status" -eq 0 ]
}

@test "working directories with odd names" {
    for name in $'new\nline' $'not\xffutf8' 'sp ace' $'esc\x1b[31m'; do
        mkdir "$HOME/$name"
        cd "$HOME/$name"
        run developer sh -c 'echo x >file && cat file'
        [ "$status" -eq 0 ]
        [ "${lines[0]}" = x ]
    done
    ln -s "$HOME/project" "$HOME/link"
    cd "$HOME/link"
    run developer cat one
    [ "$output" = one ]
}

@test "a path that does not exist, as a grant" {
    run "$NONO" run -s -p developer --read "$HOME/no"$'\n'"where" -- true
    [ "$status" -eq 125 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *'\x0a'* ]]
}

@test "without a place for the session nothing runs, but with --no-rollback" {
    mkdir -p "$HOME/.local"
    echo >"$HOME/.local/state"
    run developer touch new
    [ "$status" -eq 125 ]
    [ ! -e new ]
    [[ $output == *"--no-rollback"* ]]
    run "$NONO" run -s -p developer --no-rollback -- touch new
    [ "$status" -eq 0 ]
    [ -e new ]
}

@test "--rollback insists" {
    run "$NONO" run -s --rollback --allow-cwd -- true
    [ "$status" -eq 2 ]
    run "$NONO" run -s --rollback -p developer -- true
    [ "$status" -eq 0 ]
}

@test "what a command changed is said, and taken back" {
    run "$NONO" run -p developer -- sh -c 'rm one; echo two >two'
    [[ $output == *"2 files changed (1 created, 0 modified, 1 deleted), take back with: nono rollback restore"* ]]
    run "$NONO" rollback restore
    [ "$status" -eq 0 ]
    [ "$(cat one)" = one ]
    [ ! -e two ]
}

@test "killed nono: the command dies, and the next call takes its changes back" {
    "$NONO" run -s -p developer -- sh -c "rm one; exec sleep 60.$$" &
    nono=$!
    wait_until pgrep -fx "sleep 60[.]$$"
    child=$(pgrep -fx "sleep 60[.]$$")
    kill -KILL $nono
    wait $nono || true
    wait_until is_over "$child"
    run "$NONO" rollback restore
    [ "$status" -eq 0 ]
    [ "$(cat one)" = one ]
}

@test "two commands at once in one directory" {
    "$NONO" run -s -p developer -- sh -c 'until [ -e b ]; do sleep 0.05; done; echo a >a' &
    first=$!
    run "$NONO" run -s -p developer -- sh -c 'echo b >b'
    [ "$status" -eq 0 ]
    wait $first
    [ -e a ] && [ -e b ]
    run "$NONO" rollback verify
    [ "$status" -eq 0 ]
}

@test "the hook wraps by name: the program's cache is granted, and it is not blocked" {
    rm "$HOME/.config/nono/profiles/developer.json"
    run "$NONO" run --hook -- /usr/bin/python3 -c 'print(open("one").read())'
    [ "${lines[0]}" = one ]
    run "$NONO" run --hook -- /usr/bin/python3 -c 'import os; print(open(os.path.expanduser("~/.ssh/id_ed25519")).read())'
    [ "$status" -eq 1 ]
    [[ $output == *"Permission denied"* ]]
}

@test "setup --check-only says what holds" {
    run "$NONO" setup --check-only
    [ "$status" -eq 0 ]
    [[ $output == *"Installation verified!"* ]]
}

@test "a promise is given up by name" {
    run "$NONO" run --allow-cwd --no-rollback --allow-degraded=signals -- true
    [ "$status" -eq 0 ]
    run "$NONO" run -s --allow-cwd --no-rollback --allow-degraded=everything -- true
    [ "$status" -eq 2 ]
    [[ $output == *"'--allow-degraded' cannot be 'everything': it is one of signals"* ]]
}

@test "no built-in profile opens what only root may read of the system" {
    [ "$(id -u)" -eq 0 ] || skip "needs root, whom modes do not stop"
    for path in /etc/shadow /etc/sudoers /etc/ssl/private /etc/ssh/ssh_host_*_key /run/user /run/sudo; do
        ls "$path" >/dev/null 2>&1 || continue
        for profile in default developer; do
            run "$NONO" wrap -s --allow-cwd -p "$profile" -- sh -c 'if test -d "$1"; then ls "$1"; else cat "$1"; fi' sh "$path"
            [ "$status" -ne 0 ]
            [[ "$output" = *"Permission denied"* ]]
        done
        run "$NONO" wrap -s --allow-cwd -p developer --read "$path" -- sh -c 'if test -d "$1"; then ls "$1"; else cat "$1"; fi' sh "$path"
        [ "$status" -eq 0 ]
    done
    "$NONO" wrap -s --allow-cwd -p default -- cat /etc/ssl/openssl.cnf /etc/resolv.conf >/dev/null
}
