#!/usr/bin/env bats
# --keep-fd: descriptors that the command finds open. NONO is the built program.

load clean

setup() {
    make_home other
    echo secret >"$HOME/other/file"
}

@test "a descriptor is closed, kept when it is named, and open outside" {
    for how in run wrap; do
        exec 7<"$HOME/other/file"
        run "$NONO" "$how" -s --allow-cwd -- sh -c 'cat <&7'
        [ "$status" -ne 0 ]
        [[ $output != *secret* ]]
        run "$NONO" "$how" -s --allow-cwd --keep-fd 7 -- sh -c 'cat <&7'
        [ "$status" -eq 0 ]
        [ "$output" = secret ]
        exec 7<&-
    done
    exec 7<"$HOME/other/file"
    run sh -c 'cat <&7'
    [ "$output" = secret ]
}

@test "only those that are named are kept" {
    run "$NONO" run -s --allow-cwd --keep-fd 9 --keep-fd 5 -- sh -c 'for n in 4 5 6 9; do if { true >&$n; } 2>/dev/null; then echo $n; fi; done' \
        4>>"$HOME/other/file" 5>>"$HOME/other/file" 6>>"$HOME/other/file" 9>>"$HOME/other/file"
    [ "$output" = "5
9" ]
}

@test "a kept file cannot be opened anew for more, nor lead to its neighbours" {
    exec 7<"$HOME/other/file"
    run "$NONO" run -s --allow-cwd --keep-fd 7 -- sh -c 'echo x >/proc/self/fd/7'
    [ "$status" -ne 0 ]
    run "$NONO" run -s --allow-cwd --keep-fd 7 -- cat "$HOME/other/file"
    [ "$status" -ne 0 ]
    [ "$(cat "$HOME/other/file")" = secret ]
}

@test "pipes go through" {
    run sh -c 'echo through | { exec 7<&0 </dev/null; "$NONO" run -s --allow-cwd --keep-fd 7 -- sh -c "cat <&7"; }'
    [ "$output" = through ]
}

@test "what leads further is refused on one line, and nothing is started" {
    run "$NONO" run --allow-cwd --keep-fd 7 -- touch started 7<"$HOME/other"
    [ "$status" -eq 125 ]
    [ "$output" = "nono: --keep-fd: descriptor 7 is a directory, and would open all that is below it: grant the path instead" ]
    run "$NONO" run --allow-cwd --keep-fd 7 -- touch started 7</dev/null
    [ "$status" -eq 125 ]
    [[ $output == *"neither a file nor a pipe nor a socket" ]]
    run "$NONO" wrap --allow-cwd --keep-fd 7 -- touch started 7</proc/self/maps
    [ "$status" -eq 125 ]
    [[ $output == *"leads to processes outside" ]]
    run "$NONO" run --allow-cwd --keep-fd 7 -- touch started 7<&-
    [ "$status" -eq 125 ]
    [ "$output" = "nono: --keep-fd: descriptor 7 is not open" ]
    run "$NONO" run --allow-cwd --keep-fd 1 -- touch started
    [ "$status" -eq 125 ]
    [[ $output == *"descriptor 1 is always the command's" ]]
    for bad in x -1 '' 99999999999999999999 7x ' 7'; do
        run "$NONO" run --allow-cwd --keep-fd="$bad" -- touch started 7<"$HOME/other/file"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
    done
    [ ! -e started ]
}

@test "a socket that is connected is kept, one that reaches anything is not" {
    cat >try.py <<'PY'
import os, socket, subprocess, sys
def start(s, *more):
    return subprocess.run([os.environ["NONO"], "run", "-s", "--allow-cwd", *more, "--keep-fd", str(s.fileno()), "--", "sh", "-c", "echo hello >&%d" % s.fileno()],
                          pass_fds=[s.fileno()], stderr=subprocess.PIPE, text=True)
a, b = socket.socketpair()
print(start(b, "--block-net").returncode, a.recv(9).decode().strip())
print(start(socket.socket(socket.AF_UNIX)).stderr.strip().split("descriptor ")[1][2:])
print(start(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).stderr.strip().split("descriptor ")[1][2:])
listening = socket.create_server(("127.0.0.1", 0))
print(start(listening, "--block-net").stderr.strip().split("descriptor ")[1][2:])
PY
    run python3 try.py
    [ "${lines[0]}" = "0 hello" ]
    [[ ${lines[1]} == *"can still be connected anywhere" ]]
    [[ ${lines[2]} == *"can send anywhere" ]]
    [[ ${lines[3]} == *"the network, which is blocked" ]]
}
