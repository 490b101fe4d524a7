#!/usr/bin/env bats
# nono learn. NONO is the built program; each test has a HOME of its own.
# shellcheck disable=SC2154 # bats sets stderr

bats_require_minimum_version 1.5.0

load clean

setup() {
    make_home .config/tool .cache/tool .ssh notes
    echo one >"$HOME/.config/tool/a"
    echo two >"$HOME/.toolrc"
    echo secret >"$HOME/.ssh/id_ed25519"
    echo note >"$HOME/notes/today"
}

learn() {
    "$NONO" learn --no-rdns "$@"
}

free() {
    learn --unconfined --yes "$@"
}

# A tool that reads its settings, writes a cache and works in the directory.
tool='cat ~/.config/tool/a ~/.toolrc && echo x >~/.cache/tool/x && echo made >made && cat made'

@test "what a command needs is told by kind, and what is covered is counted" {
    run --separate-stderr free -- sh -c "$tool"
    [ "$status" -eq 0 ]
    [[ $output == one*two*made*'nono learn - Discovered Paths'* ]]
    [[ $output == *'READ (2 paths)'*"$HOME/.config/tool"*"$HOME/.toolrc"* ]]
    [[ $output == *'READ+WRITE (2 paths)'*"$HOME/project (the working directory"*"$HOME/.cache/tool"* ]]
    [[ $output == *' paths already covered by system defaults'* ]]
}

@test "the JSON is a fragment for a profile" {
    run --separate-stderr free --json -- sh -c "{ $tool; } >/dev/null"
    [ "$(json '[d["filesystem"]["read"], d["filesystem"]["read_file"], d["filesystem"]["allow"], d["workdir"], d["network"]["outbound"], d["network"]["unused"], d["denied"]]' <<<"$output")" = \
        "[[\"$HOME/.config/tool\"], [\"$HOME/.toolrc\"], [\"$HOME/.cache/tool\"], \"readwrite\", [], true, []]" ]
}

@test "a learned profile runs the command, and learning with it asks for nothing" {
    free --save tool -- sh -c "$tool" >/dev/null
    rm made
    run "$NONO" profile get tool filesystem.read
    [[ $output == *'~/.config/tool'* ]]
    grep -q '// read .*/.config/tool/a by cat' "$HOME/.config/nono/profiles/tool.json"
    run "$NONO" run -s -p tool -- sh -c "$tool"
    [ "$status" -eq 0 ]
    [ "$output" = "$(printf 'one\ntwo\nmade')" ]
    run --separate-stderr learn -p tool -- sh -c "$tool"
    [ "$status" -eq 0 ]
    [[ $output == *'No additional paths are needed.'* ]]
}

@test "below a sandbox what is denied is reported, and what was done can be taken back" {
    run --separate-stderr learn -- sh -c 'cat ~/.toolrc; echo made >made'
    [ "$status" -eq 0 ]
    [[ $output == *"$HOME/.toolrc"* ]]
    [[ $stderr == *'Permission denied'* ]]
    [ -e made ]
    "$NONO" -s rollback restore
    [ ! -e made ]
    # The command itself is a program that is executed.
    run --separate-stderr learn --all --json -- cat made
    [ "$(json '[u["path"].endswith("/cat") for u in d["uses"] if u["execute"]][:1]' <<<"$output")" = '[true]' ]
}

@test "what a rule denies is told apart, and not proposed" {
    run --separate-stderr free --json -- cat "$HOME/.ssh/id_ed25519"
    [ "$(json 'd["denied"], d["filesystem"]["read"], d["filesystem"]["read_file"]' <<<"${output#secret}")" = "[[\"$HOME/.ssh/id_ed25519\"], [], []]" ]
    run --separate-stderr learn -- cat "$HOME/.ssh/id_ed25519"
    [ "$status" -eq 1 ]
    [[ $output == *'ASKS FOR SOMETHING DENIED'*id_ed25519*deny_credentials* ]]
}

@test "update adds to a profile what is missing, and shows how the policy changes" {
    "$NONO" -s profile init tool
    sed -i 's|"filesystem": {|// mine\n  "filesystem": {|' "$HOME/.config/nono/profiles/tool.json"
    run --separate-stderr free -p tool --update tool -- cat "$HOME/.toolrc" "$HOME/.config/tool/a"
    [ "$status" -eq 0 ]
    [[ $stderr == *'+ read'*.toolrc* ]]
    grep -q '// mine' "$HOME/.config/nono/profiles/tool.json"
    run "$NONO" run -s -p tool -- cat "$HOME/.toolrc" "$HOME/.config/tool/a"
    [ "$output" = "$(printf 'two\none')" ]
}

# What stands on a terminal on which ANSWERS are typed.
at_terminal() { # ANSWERS WORD...
    local answers=$1
    shift
    # shellcheck disable=SC2059 # the answers have escapes
    printf "$answers" | script -qec "$(printf '%q ' "$NONO" learn --no-rdns "$@")" /dev/null | tr -d '\r'
}

@test "at a terminal the end is a question, and the answer a profile" {
    at_terminal 'y\ntool\n' -- cat "$HOME/.toolrc" >out
    grep -q 'Save this as a profile? \[y/N\]' out
    grep -q '// read .*/.toolrc' "$HOME/.config/nono/profiles/tool.json"
    run "$NONO" run -s --allow-cwd -p tool -- cat "$HOME/.toolrc"
    [ "$output" = two ]
    # To one that is there it is added.
    at_terminal 'y\ntool\n' -p tool -- cat "$HOME/notes/today" >out
    run "$NONO" run -s --allow-cwd -p tool -- cat "$HOME/.toolrc" "$HOME/notes/today"
    [ "$output" = "$(printf 'two\nnote')" ]
    at_terminal 'n\n' -- cat "$HOME/.config/tool/a" >out
    [ "$(ls "$HOME/.config/nono/profiles")" = tool.json ]
    at_terminal '' -p tool -- cat "$HOME/.toolrc" >out
    run ! grep -q 'Save this' out
}

@test "what sessions were denied makes a profile, and nothing is run" {
    run learn --from-last
    [ "$status" -ne 0 ]
    [[ $output == *--diagnose* ]]
    run "$NONO" -s run --diagnose --allow . --allow-cwd -- sh -c 'cat ~/.toolrc; cat ~/.config/tool/a; cat ~/.ssh/id_ed25519; echo x >~/.cache/tool/x'
    run "$NONO" -s run --diagnose --allow . --allow-cwd -- cat "$HOME/.toolrc" "$HOME/notes/today"
    run --separate-stderr learn --from-last --json
    [ "$status" -eq 0 ]
    [ "$(json 'd["filesystem"]["read"], d["filesystem"]["read_file"], d["filesystem"]["allow"], d["denied"]' <<<"$output")" = \
        "[[\"$HOME/.config/tool\"], [\"$HOME/.toolrc\", \"$HOME/notes/today\"], [\"$HOME/.cache/tool\"], [\"$HOME/.ssh/id_ed25519\"]]" ]
    learn --from-last --save tool >/dev/null
    run "$NONO" run -s --allow-cwd -p tool -- cat "$HOME/.toolrc" "$HOME/notes/today"
    [ "$output" = "$(printf 'two\nnote')" ]
    # Also where the session is of another directory, which alone it could write.
    echo more >"$HOME/notes/more"
    run "$NONO" -s run --diagnose --allow ../.cache/tool --allow-cwd -- sh -c 'echo x >~/.cache/tool/y; cat ~/notes/more'
    run --separate-stderr learn --from-last --json
    [[ $output == *"$HOME/notes/more"* || $output == *"$HOME/notes\""* ]]
    # Of this directory alone.
    mkdir ../other
    cd ../other
    run learn --from-last
    [ "$status" -ne 0 ]
}

@test "the more is asked for, the more is told of a proposal" {
    run --separate-stderr free -v -- cat "$HOME/.toolrc"
    [[ $output == *"r-- $HOME/.toolrc (1)"* ]]
    run --separate-stderr free -vvv -- cat "$HOME/.toolrc"
    [[ $output == *"r-- $HOME/.toolrc (1, cat)"* ]]
    cp /bin/cat "$HOME/notes/mycat"
    run --separate-stderr free -- "$HOME/notes/mycat" "$HOME/.toolrc"
    [[ $output == *'EXECUTE (1 programs)'*"$HOME/notes/mycat"* ]]
}

@test "a program that may not be executed is what is lacking first" {
    printf '#!%s\ncat ~/.toolrc\n' "$HOME/notes/mysh" >"$HOME/notes/script"
    cp /bin/sh "$HOME/notes/mysh"
    chmod 755 "$HOME/notes/script"
    for way in script mysh; do
        run --separate-stderr learn -- "$HOME/notes/$way"
        [ "$status" -eq 126 ]
        [[ $output == *'EXECUTE ('*"$HOME/notes/mysh"* ]]
    done
    learn --save tool -- "$HOME/notes/script" >/dev/null || true
    run --separate-stderr learn -p tool --update tool -- "$HOME/notes/script"
    [[ $output == *"$HOME/.toolrc"* && $output != *'EXECUTE ('* ]]
    run "$NONO" run -s --allow-cwd -p tool -- "$HOME/notes/script"
    [ "$output" = two ]
}

@test "what is only looked at needs no grant, and is listed on demand" {
    run --separate-stderr free --json -- ls -l "$HOME/notes"
    [[ $output != *looked_at* ]]
    run --separate-stderr free --all --json -- sh -c 'ls -l ~/notes; [ -e ~/.toolrc ]'
    output=${output#*$'\n'}
    [[ $output == *'"looked_at": ['*"$HOME/.toolrc"*']'* ]]
    [[ $output == *'"looked_at": ['*"$HOME/notes/today"*']'* ]]
}

@test "a blocked command is allowed where it is what was named, and told apart where not" {
    run --separate-stderr free --save own -- rm -f nothing
    [[ $output == *'ALLOWED COMMANDS (1 programs)'*'rm (blocked by group dangerous_commands'* ]]
    run "$NONO" run -p own -- rm -f nothing
    [ "$status" -eq 0 ]
    run --separate-stderr learn -- rm -f nothing
    [ "$status" -eq 0 ]
    run --separate-stderr free --save other -- sh -c 'rm -f nothing; true'
    [[ $output == *'EXECUTES WHAT IS BLOCKED'*'rm (blocked by group dangerous_commands'* ]]
    run "$NONO" profile get other security.allowed_commands
    [[ $output != *rm* ]]
    "$NONO" -s run --diagnose --allow . --allow-cwd -- sh -c 'rm -f nothing; cat ~/.toolrc' || true
    run --separate-stderr learn --from-last
    [[ $output == *"$HOME/.toolrc"* ]]
}

@test "who only lists what is everybody's gets along without" {
    run --separate-stderr free --json -- ls "$HOME" /etc
    output=${output#"${output%%\{*}"}
    [ "$(json 'sorted(d["listed"]) == d["listed"] and "/etc" in d["listed"] and d["left"] == [] and d["filesystem"]["read"] == []' <<<"$output")" = true ]
}

@test "save does not replace a profile, and a name that cannot be is told before the command runs" {
    "$NONO" -s profile init tool
    run free --save tool -- touch ran
    [ "$status" -ne 0 ]
    [[ $output == *--update* ]]
    run free --save 'a b' -- touch ran
    [ "$status" -ne 0 ]
    [[ $output == *"Invalid profile name 'a b'"* ]]
    run free --update none -- touch ran
    [ "$status" -ne 0 ]
    [[ $output == *"Profile not found: none"* ]]
    [ ! -e ran ]
}

@test "the status, the input and the output are the command's" {
    run free -- sh -c 'exit 7'
    [ "$status" -eq 7 ]
    run learn -- sh -c 'exit 7'
    [ "$status" -eq 7 ]
    run -127 free -- /no/such/program
    [ "$status" -eq 127 ]
    run free -- "$HOME/.toolrc"
    [ "$status" -eq 126 ]
    run bash -c 'echo in | "$NONO" learn --no-rdns --unconfined --yes -- cat 2>/dev/null | head -1'
    [ "$output" = in ]
    # A death by a signal is one, and told after the report.
    # shellcheck disable=SC2016 # for the inner shell
    run free -- sh -c 'cat ~/.toolrc; kill -TERM $$'
    [ "$status" -eq 143 ]
    [[ $output == *"$HOME/.toolrc"* ]]
}

@test "Ctrl-C ends the command, and the report comes" {
    # shellcheck disable=SC2016 # for the inner shell
    run bash -c 'source "$1"; set -m; "$NONO" learn --no-rdns --unconfined --yes -- sh -c "cat ~/.toolrc; touch ready; sleep 60" &
        wait_until [ -e ready ]; kill -INT -$!; wait $!' - "$BATS_TEST_DIRNAME/clean.bash"
    [ "$status" -eq 130 ]
    [[ $output == *'Discovered Paths'*"$HOME/.toolrc"* ]]
}

@test "after the timeout nothing of the command is left" {
    for how in learn free; do
        # A slow machine takes more than a second to come so far.
        for seconds in 1 4 16 64; do
            run "$how" --timeout $seconds -- sh -c "sleep 4711.$$ & setsid sleep 4711.$$ & cat ~/.toolrc; wait"
            [ "$status" -eq 137 ]
            [[ $output == *"stopped after $seconds seconds"* ]]
            [ "$(pgrep -cfx "sleep 4711[.]$$")" -eq 0 ]
            [[ $output != *"$HOME/.toolrc"* ]] || break
        done
        [[ $output == *"$HOME/.toolrc"* ]]
    done
}

@test "without a terminal nothing runs without a sandbox unasked" {
    run learn --unconfined -- touch made </dev/null
    [ "$status" -eq 2 ]
    [[ $output == *--yes* ]]
    [ ! -e made ]
}

@test "children, threads and descriptors are followed" {
    cat >job.py <<'P'
import os, subprocess, threading
threading.Thread(target=lambda: open(os.path.expanduser("~/.toolrc")).read()).start()
subprocess.run(["sh", "-c", "cat ~/notes/today"])
d = os.open(os.path.expanduser("~/.config/tool"), os.O_RDONLY)
os.close(os.open("a", os.O_RDONLY, dir_fd=d))
os.chdir(os.path.expanduser("~/.cache"))
open("tool/new", "w").close()
P
    run --separate-stderr free --json -- /usr/bin/python3 job.py
    [ "$(json 'sorted(d["filesystem"]["read_file"])' <<<"$(sed 1d <<<"$output")")" = \
        "[\"$HOME/.toolrc\", \"$HOME/notes/today\"]" ]
    [ "$(json 'd["filesystem"]["read"] + d["filesystem"]["allow"]' <<<"$(sed 1d <<<"$output")")" = "[\"$HOME/.config/tool\", \"$HOME/.cache/tool\"]" ]
}

@test "paths of who changes its root directory are told as they are outside of that" {
    unshare -r true 2>/dev/null || skip "no namespaces here"
    mkdir jail
    echo x >jail/inside
    cat >root.py <<'P'
import os
os.chroot("jail")
open("/inside").read()
P
    run --separate-stderr free --all --json -- unshare -r /usr/bin/python3 root.py
    [ "$status" -eq 0 ]
    [ "$(json '[u["path"] for u in d["uses"] if u["path"].endswith("/inside")]' <<<"$output")" = "[\"$HOME/project/jail/inside\"]" ]
}

@test "names with escapes are exact in JSON, and harmless on the terminal" {
    printf x >"$HOME/notes/"$'a\e[31m\nb'
    odd=$HOME/notes/$'a\e[31m\nb'
    run --separate-stderr free -- cat "$odd"
    [[ $output != *$'\e'* ]]
    [[ $output == *'a\x1b[31m\x0ab'* ]]
    run --separate-stderr free --json -- cat "$odd"
    [ "$(json 'd["filesystem"]["read_file"][0].endswith("a\x1b[31m\nb")' <<<"${output#x}")" = true ]
}

@test "a flood of paths is bounded, and said" {
    cat >flood.py <<'P'
import os
for i in range(33000):
    name = "%0250d" % i  # what they take together is bounded, too, and reached sooner
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
    os.unlink(name)
P
    run --separate-stderr free --json -- /usr/bin/python3 flood.py
    [ "$status" -eq 0 ]
    [ "$(json 'd["lost"] > 1000 and d["workdir"] == "readwrite"' <<<"$output")" = true ]
}

@test "endpoints are listed with how often they were used" {
    cat >net.py <<'P'
import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); p = s.getsockname()[1]
t = socket.socket(); t.bind(("127.0.0.1", 18234)); t.listen()
for i in range(3):
    c = socket.socket(); c.connect(("127.0.0.1", p)); c.close()
P
    run --separate-stderr free --json -- /usr/bin/python3 net.py
    [ "$(json '[[e["addr"], e["count"]] for e in d["network"]["outbound"]], [[e["addr"], e["port"]] for e in d["network"]["listening"]]' <<<"$output")" = \
        '[[["127.0.0.1", 3]], [["127.0.0.1", 0], ["127.0.0.1", 18234]]]' ]
    run --separate-stderr free -- /usr/bin/python3 net.py
    [[ $output == *"127.0.0.1, a port of the kernel's choice (1 connections)"*'127.0.0.1:18234 (1 connections)'* ]]
}

# Connects to a port of this machine and listens on another.
net='import socket
l = socket.socket(); l.bind(("127.0.0.1", 18235)); l.listen()
socket.create_connection(("127.0.0.1", 18235)).close()'

@test "a profile that is saved says of the network what was used" {
    free --save none -- cat "$HOME/.toolrc" >/dev/null
    run "$NONO" profile get none network.block
    [ "$output" = true ]
    run "$NONO" run -s --allow-cwd -p none -- cat "$HOME/.toolrc"
    [ "$output" = two ]
    free --save some -- /usr/bin/python3 -c "$net" >/dev/null
    run "$NONO" profile get some network.block
    [ "$output" = false ]
    grep -q '// 127.0.0.1:18235$' "$HOME/.config/nono/profiles/some.json"
    # What was denied may have kept it from the network.
    learn --save denied -- cat "$HOME/.toolrc" >/dev/null || true
    run ! grep -q network "$HOME/.config/nono/profiles/denied.json"
}

@test "what a profile blocks of the network is asked for, and its ports make it work" {
    "$NONO" -s profile init closed
    "$NONO" -s profile set closed network.block true
    run --separate-stderr learn -p closed -- /usr/bin/python3 -c "$net"
    [[ $output == *'ASKS FOR THE NETWORK, which is blocked by'*closed*--unconfined* ]]
    [[ $output != *'No additional'* ]]
    run --separate-stderr free -p closed --update closed --json -- /usr/bin/python3 -c "$net"
    [ "$(json '[d["network"]["open_port"], d["network"]["listen_port"]]' <<<"$output")" = '[[18235], [18235]]' ]
    run "$NONO" run -s --allow-cwd -p closed -- /usr/bin/python3 -c "$net"
    [ "$status" -eq 0 ]
    run --separate-stderr learn -p closed -- /usr/bin/python3 -c "$net"
    [[ $output == *'No additional'* ]]
}

@test "hosts have the names that were sent and answered, each with its source" {
    unshare -rnm true 2>/dev/null || skip "no namespaces here"
    for how in --no-rdns --unconfined; do
        run --separate-stderr unshare -rnm "$BATS_TEST_DIRNAME/learn_hosts.py" "$how" --yes
        [ "$output" = "$(echo 127.0.0.10=refused.example.org/dns-query 127.0.0.1=/ 127.0.0.20=stream.example.org/dns \
            127.0.0.21=parts.example.org/dns 127.0.0.22=message.example.org/dns 127.0.0.23=written.example.org/dns 127.0.0.4=known.example.org/dns 127.0.0.5=/ 127.0.0.6=quiet.example.org/dns-query 127.0.0.7=/ \
            127.0.0.8=api.example.org/sni 127.0.0.9=answered.example.org/dns)" ]
    done
}

# A server outside, which lives until the end of the test.
serve() { # PATH
    /usr/bin/python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(60)' "$1" 3>&- &
    server=$!
    for ((i = 0; i < 100; i++)); do
        [ ! -S "$1" ] || return 0
        sleep 0.1
    done
}

@test "a Unix socket that is connected to is granted, unless it is of the command's own or leads out of the sandbox" {
    mkdir "$HOME/served"
    serve "$HOME/served/db"
    cat >unix.py <<'P'
import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind("here"); s.listen()
socket.socket(socket.AF_UNIX).connect("here")
socket.socket(socket.AF_UNIX).connect(sys.argv[1])
P
    run --separate-stderr free --save with --json -- /usr/bin/python3 unix.py "$HOME/served/db"
    [ "$(json 'd["network"]["unix_sockets"], d["network"]["allow_unix"], d["network"]["refused_unix"]' <<<"$output")" = \
        "[[\"$HOME/project/here\", \"$HOME/served/db\"], [\"$HOME/served/db\"], []]" ]
    run "$NONO" profile get with network.allow_unix
    [[ $output == *'~/served/db'* ]]
    rm here
    run "$NONO" run -s --allow-cwd -p with -- /usr/bin/python3 unix.py "$HOME/served/db"
    kill "$server"
    [ "$status" -eq 0 ]
    rm -f here
    for name in S.gpg-agent docker.sock; do
        serve "$HOME/served/$name"
        run --separate-stderr free --json -- /usr/bin/python3 unix.py "$HOME/served/$name"
        kill "$server"
        [ "$(json 'd["network"]["allow_unix"], d["network"]["refused_unix"]' <<<"$output")" = "[[], [\"$HOME/served/$name\"]]" ]
        rm here
    done
}

@test "inside a sandbox nobody can watch" {
    run "$NONO" run -s --allow . --allow-cwd --read "$(dirname "$NONO")" --read "$PARTS" -- "$NONO" learn -- true
    [ "$status" -ne 0 ]
    [[ $output == *'inside a nono sandbox'*'ptrace(2)'*'--from-last'* ]]
}

# Below a program that answers the system calls CALLS.
below() { # CALLS WORD...
    "$BATS_TEST_DIRNAME/answered.py" "$1" "$NONO" learn --no-rdns "${@:2}"
}

@test "below a program that answers system calls already ptrace watches, and the report says so" {
    for calls in '' openat,mkdirat,execve; do
        run --separate-stderr below "$calls" --unconfined --yes -- sh -c "$tool; exit 7"
        [ "$status" -eq 7 ]
        [[ $output == *'READ (2 paths)'*"$HOME/.config/tool"*"$HOME/.toolrc"*'READ+WRITE (2 paths)'*"$HOME/.cache/tool"*'Watched by ptrace'* ]]
        run --separate-stderr below "$calls" --json -- sh -c 'cat ~/.toolrc; echo x >made'
        [ -e made ]
        [[ $stderr == *'Permission denied'* ]]
        [ "$(json '[d["tracer"], d["filesystem"]["read_file"]]' <<<"$output")" = "[\"ptrace\", [\"$HOME/.toolrc\"]]" ]
    done
    run --separate-stderr free --json -- true
    [ "$(json 'd["tracer"]' <<<"$output")" = '"seccomp"' ]
}

@test "what ptrace sees is what seccomp sees" {
    cat >job.py <<'P'
import os, subprocess, threading
def work(n):
    for i in range(5):
        name = "t%d-%d" % (n, i)
        open(name, "w").close(); os.stat(name); os.rename(name, name + "x"); os.unlink(name + "x")
ts = [threading.Thread(target=work, args=(n,)) for n in range(3)]
[t.start() for t in ts]; [t.join() for t in ts]
subprocess.run(["sh", "-c", "for i in 1 2 3; do (mkdir -p d; cd d; : >f$i; ls -l ..); done >/dev/null; exec rm -r d"])
d = os.open(os.path.expanduser("~/.config"), os.O_RDONLY)
os.close(os.open("tool/a", os.O_RDONLY, dir_fd=d))
t = threading.Thread(target=lambda: os.execv("/bin/cat", ["cat", os.path.expanduser("~/notes/today")])); t.start(); t.join()
P
    uses='sorted([u["path"], u["read"], u["write"], u["execute"]] for u in d["uses"] if "/proc/" not in u["path"]), sorted(d["looked_at"])'
    free --all --json -- /usr/bin/python3 -B job.py | sed 1d >seen.json
    expected=$(json "$uses" <seen.json)
    [[ $expected == *"$HOME/notes/today"* ]]
    for calls in '' openat,mkdirat,execve; do
        below "$calls" --unconfined --yes --all --json -- /usr/bin/python3 -B job.py | sed 1d >seen.json
        [ "$(json "$uses" <seen.json)" = "$expected" ]
    done
}

@test "who is watched by ptrace stops, goes on and ends as without" {
    # shellcheck disable=SC2016 # for the inner shell
    run below '' --unconfined --yes -- sh -c 'trap "echo taken" USR1; kill -USR1 $$; sh -c "kill -STOP \$\$; echo went on" & sleep 0.2; kill -CONT $!; wait; kill -TERM $$'
    [ "$status" -eq 143 ]
    [[ $output == *taken*'went on'* ]]
    # The command itself is stopped, and so is nono, until both go on.
    # shellcheck disable=SC2016
    "$BATS_TEST_DIRNAME/answered.py" '' "$NONO" learn --no-rdns --unconfined --yes -- sh -c 'kill -STOP $$; echo went on' >out 3>&- &
    local above=$! nono='' i
    for ((i = 0; i < 200; i++)); do
        nono=$(pgrep -P "$above") && [ "$(ps -o stat= -p "$nono" | cut -c1)" = T ] && break
        sleep 0.1
    done
    [ "$i" -lt 200 ]
    run ! grep -q 'went on' out
    kill -CONT "$nono"
    wait "$above"
    [[ $(<out) == *'went on'*'Discovered Paths'* ]]
    run below '' --unconfined --yes --timeout 1 -- sh -c 'sleep 4712 & setsid sleep 4712 & cat ~/.toolrc; wait'
    [ "$status" -eq 137 ]
    [[ $output == *"$HOME/.toolrc"*'stopped after 1 seconds'* ]]
    run ! pgrep -fx 'sleep 4712'
    run -127 below '' --unconfined --yes -- /no/such/program
    run -126 below '' --unconfined --yes -- "$HOME/.toolrc"
}

@test "what a profile blocks of the network is asked for below ptrace, too" {
    "$NONO" -s profile init closed
    "$NONO" -s profile set closed network.block true
    for calls in '' openat,mkdirat,execve; do
        run --separate-stderr below "$calls" -p closed -- /usr/bin/python3 -c "$net"
        [[ $output == *'ASKS FOR THE NETWORK, which is blocked by'*closed* ]]
    done
}

@test "a tracer that the command's own filter asks for is not there for it" {
    cat >own.py <<'P'
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 258, "aarch64": 34}[os.uname().machine]  # mkdirat
insns = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x7FF00000), (6, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in insns))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, struct.pack("HxxxxxxQ", len(insns), ctypes.addressof(code))) == 0
print(libc.syscall(number, -100, b"made", 0o700), ctypes.get_errno())
P
    for calls in '' openat; do
        run --separate-stderr below "$calls" --unconfined --yes --json -- /usr/bin/python3 own.py
        [ "${lines[0]}" = '-1 38' ]
        [ ! -e made ]
    done
}

@test "who is watched by ptrace has a turn, however busy others are" {
    cat >busy.py <<'P'
import os, time
counts, end = os.pipe(), time.monotonic() + 2
for i in range(16):
    if os.fork() == 0:
        n = 0
        while time.monotonic() < end:
            os.close(os.open("/dev/null", os.O_RDONLY))
            n += 1
        os.write(counts[1], b"%d\n" % n)
        os._exit(0)
for i in range(16):
    os.wait()
n = sorted(int(line) for line in os.read(counts[0], 4096).split())
print("fair" if n[0] * 10 > n[-1] else n)
P
    run --separate-stderr below openat --unconfined --yes --json -- /usr/bin/python3 busy.py
    [ "${lines[0]}" = fair ]
}

@test "where neither can watch nothing is started, and both are named" {
    export ASAN_OPTIONS=detect_leaks=0 # looking for leaks takes ptrace(2)
    for how in --unconfined --no-rdns; do
        run --separate-stderr below ptrace "$how" --yes -- touch made
        [ "$status" -eq 125 ]
        [[ $stderr == *'answers system calls already'*'ptrace(2) is refused'* ]]
        [ ! -e made ]
    done
}

@test "who closes all descriptors, or is killed, is reported still" {
    cat >closes.py <<'P'
import os
path = os.path.expanduser("~/.toolrc")
os.closerange(0, 1024)
os.close(os.open(path, os.O_RDONLY))
os.kill(os.getpid(), 9)
P
    run --separate-stderr free --json -- /usr/bin/python3 closes.py
    [ "$status" -eq 137 ]
    [ "$(json 'd["filesystem"]["read_file"]' <<<"$output")" = "[\"$HOME/.toolrc\"]" ]
    run --separate-stderr learn -- sh -c 'exec 0<&- 1>&- 2>&-; : <~/.toolrc'
    [[ $output == *"$HOME/.toolrc"* ]]
}
