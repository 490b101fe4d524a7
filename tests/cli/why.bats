#!/usr/bin/env bats
# nono why: its answers, held against what `nono run` does with the same options.
# shellcheck disable=SC2154 # home comes from clean.bash

load clean

setup() {
    make_home .config/nono/profiles .ssh other "with space"
    echo secret >"$HOME/.ssh/id_ed25519"
    echo plain >"$HOME/other/file"
    echo plain >"$HOME/with space/it's"
    cp "$BATS_TEST_DIRNAME/../demo/developer.json" "$HOME/.config/nono/profiles/developer.json"
    echo one >one
    ln -s "$HOME/.ssh/id_ed25519" link
}

field() { # NAME: of the JSON answer in $output
    python3 -c 'import json,sys; v=json.load(sys.stdin).get(sys.argv[1]); print("" if v is None else v)' "$1" <<<"$output"
}

# The suggested options, as a shell would read them.
suggested() {
    words=()
    eval "words=($(field suggested_flag))"
}

# Denied in fact, denied by why; with the suggested options allowed by why, and in fact.
agrees() { # PATH OPTION...
    local path=$1
    shift
    run cat "$path"
    [ "$status" -eq 0 ]
    run "$NONO" run -s --no-rollback -p developer "$@" -- cat "$path"
    [ "$status" -ne 0 ]
    run "$NONO" why --path "$path" -p developer "$@" --json
    [ "$status" -eq 0 ]
    [ "$(field status)" = denied ]
    suggested
    [ "${#words[@]}" -gt 0 ]
    run "$NONO" why --path "$path" -p developer "$@" "${words[@]}"
    [ "${lines[0]}" = ALLOWED ]
    run "$NONO" run -s --no-rollback -p developer "$@" "${words[@]}" -- cat "$path"
    [ "$status" -eq 0 ]
}

@test "every suggestion opens what it says, in fact" {
    agrees "$HOME/.ssh/id_ed25519"
    agrees "$HOME/other/file"
    agrees "$HOME/with space/it's"
    agrees link
    agrees "$HOME/.ssh/id_ed25519" --read "$HOME"
    agrees "$HOME/.ssh/id_ed25519" --read "$HOME/.ssh"
}

@test "a secret: the group, where it is written, and the way out" {
    run "$NONO" why --path "$HOME/.ssh/id_ed25519"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = DENIED ]
    [[ $output == *"  Reason: sensitive_path"* ]]
    [[ $output == *"  Policy: group deny_credentials (~/.ssh), see 'nono policy groups deny_credentials'"* ]]
    [[ $output == *"  Suggested fix: --override-deny $HOME/.ssh/id_ed25519 --read-file $HOME/.ssh/id_ed25519"* ]]
}

@test "a link: both names are shown" {
    run "$NONO" why -p developer --path link
    [[ $output == *"  Path: $HOME/project/link"* ]]
    [[ $output == *"  Really: $HOME/.ssh/id_ed25519"* ]]
}

@test "what is allowed: by what, and from where" {
    run "$NONO" why -p developer --path one --op readwrite
    [ "${lines[0]}" = ALLOWED ]
    [[ $output == *"  Granted by: $HOME/project"* ]]
    [[ $output == *"  Access: read+write"* ]]
    run "$NONO" why --read "$HOME/other" --path "$HOME/other/file" --json
    [ "$(field status)" = allowed ] && [ "$(field reason)" = granted_path ]
    [ "$(field granted_path)" = "$HOME/other" ] && [ "$(field access)" = read ] && [ "$(field source)" = user ]
}

@test "writing: denied and allowed as the command finds it" {
    run "$NONO" why --read "$HOME/other" --path "$HOME/other/file" --op write --json
    [ "$(field reason)" = insufficient_access ]
    suggested
    run "$NONO" run -s --no-rollback --allow-cwd --read "$HOME/other" -- sh -c "echo x >$HOME/other/file"
    [ "$status" -ne 0 ]
    run "$NONO" run -s --no-rollback --allow-cwd --read "$HOME/other" "${words[@]}" -- sh -c "echo x >$HOME/other/file"
    [ "$status" -eq 0 ]
}

@test "a rule of a profile is named with file and line" {
    printf '{"meta":{"name":"p"},\n"extends":"default",\n"policy":{"add_deny_access":[\n"~/other"]}}\n' >"$HOME/.config/nono/profiles/p.json"
    run "$NONO" why -p p --path "$HOME/other/file"
    [[ $output == *"  Policy: profile p, $HOME/.config/nono/profiles/p.json:4 /policy/add_deny_access/0"* ]]
    run "$NONO" why -p p --path "$HOME/other/file" --json
    python3 -c 'import json,sys; r=json.load(sys.stdin)["rule"]; assert r["line"]==4 and r["pointer"]=="/policy/add_deny_access/0", r' <<<"$output"
}

@test "nono's own state cannot be opened" {
    run "$NONO" why --path "$HOME/.local/state/nono/sessions"
    [ "${lines[0]}" = DENIED ]
    [[ $output == *"nothing overrides that"* ]]
    [[ $output != *"Suggested fix"* ]]
}

@test "options that run refuses are refused here, with the reason" {
    run "$NONO" run -s --allow-cwd --read "$HOME/.ssh" -- true
    [ "$status" -eq 125 ]
    run "$NONO" why --read "$HOME/.ssh" --path /usr/bin/env
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = DENIED ]
    [[ $output == *policy_refused* ]] && [[ $output == *"nono starts nothing"* ]]
}

@test "a blocked command, one that is not there, one that may start" {
    run "$NONO" why -p developer --command shred --json
    [ "$(field reason)" = command_blocked ]
    suggested
    run "$NONO" run -s -p developer -- shred one
    [ "$status" -eq 125 ]
    run "$NONO" run -s -p developer "${words[@]}" -- shred one
    [ "$status" -eq 0 ]
    run "$NONO" why --command no-such-program
    [[ $output == *"command_not_found"* ]]
    run "$NONO" why --command cat
    [ "${lines[0]}" = ALLOWED ]
}

@test "executing: the interpreter counts, and a missing x bit is not the policy's doing" {
    cp /bin/sh "$HOME/other/interpreter"
    printf '#!%s\necho ran\n' "$HOME/other/interpreter" >tool
    run "$NONO" why -p developer --path tool --op exec --json
    [ "$(field reason)" = not_executable ] && [ "$(field decided_by)" = system ] || [ "$(field part)" = interpreter ]
    chmod +x tool
    run "$NONO" run -s --no-rollback -p developer -- ./tool
    [ "$status" -eq 126 ]
    run "$NONO" why -p developer --path tool --op exec --json
    [ "$(field part)" = interpreter ]
    suggested
    run "$NONO" run -s --no-rollback -p developer "${words[@]}" -- ./tool
    [ "$output" = ran ]
}

@test "the network" {
    run "$NONO" why --host example.org
    [ "${lines[0]}" = ALLOWED ] && [[ $output == *"does not limit the network"* ]]
    run "$NONO" why --host example.org --port 80 --block-net --json
    [ "$(field reason)" = network_blocked ] && [ "$(field suggestion)" = "leave out --block-net" ]
    run "$NONO" why --host 127.0.0.1 --port 80 --block-net --json
    [ "$(field reason)" = network_blocked ] && [ "$(field suggested_flag)" = "--open-port 80" ]
    run "$NONO" why --host 127.0.0.1 --port 80 --block-net --open-port 80
    [ "${lines[0]}" = ALLOWED ] && [[ $output == *"option --open-port 80"* ]]
    for port in 0 65536; do
        run "$NONO" why --host example.org --port $port
        [ "$status" -eq 2 ] && [[ $output == *65535* ]]
    done
}

@test "bad questions and bad policies are one line" {
    run "$NONO" why
    [ "$status" -eq 2 ] && [ "${#lines[@]}" -eq 1 ]
    run "$NONO" why --path one --host example.org
    [ "$status" -eq 2 ] && [ "${#lines[@]}" -eq 1 ]
    run "$NONO" why --path ''
    [ "$status" -eq 2 ] && [ "${#lines[@]}" -eq 1 ]
    run "$NONO" why -p no-such-profile --path one
    [ "$status" -eq 1 ] && [ "${#lines[@]}" -eq 1 ]
}

@test "hostile names are shown safely, and survive JSON" {
    name=$'other/e\x1b[31m\nf'
    echo x >"$HOME/$name"
    run "$NONO" why --path "$HOME/$name"
    [[ $output == *'\x1b[31m\x0af'* ]]
    [[ $output != *$'\x1b'* ]]
    agrees "$HOME/$name"
}

@test "asking changes nothing" {
    before=$(find "$home" | sort | sha256sum)
    "$NONO" why --path one
    "$NONO" why -p developer --command npm
    [ "$(find "$home" | sort | sha256sum)" = "$before" ]
}

# LeakSanitizer does not work in a sandbox.
inside() { # OPTION... -- COMMAND...
    ASAN_OPTIONS=detect_leaks=0 "$NONO" run -s --no-rollback -p developer --read "$(dirname "$(dirname "$NONO")")" "$@"
}

# Denied inside, allowed when granted, possible outside; each time as the command itself finds it.
self_agrees() { # OP COMMAND PATH GRANT...
    local op=$1 command=$2 path=$3
    shift 3
    run sh -c "$command" sh "$path"
    [ "$status" -eq 0 ]
    run inside -- sh -c "$command" sh "$path"
    [ "$status" -ne 0 ]
    run inside -- "$NONO" why --self --path "$path" --op "$op" --json
    [ "$(field status)" = denied ] && [ "$(field reason)" = path_not_granted ]
    run inside "$@" -- sh -c "$command" sh "$path"
    [ "$status" -eq 0 ]
    run inside "$@" -- "$NONO" why --self --path "$path" --op "$op"
    [ "${lines[0]}" = ALLOWED ]
}

@test "--self: the kernel's word is what happens" {
    mkdir "$HOME/other/dir"
    cp /bin/true "$HOME/other/tool"
    # shellcheck disable=SC2016 # expands in the inner shell
    {
        self_agrees read 'cat "$1"' "$HOME/other/file" --read "$HOME/other"
        self_agrees read 'cat "$1"' "$HOME/.ssh/id_ed25519" --read "$HOME/.ssh" --override-deny "$HOME/.ssh"
        self_agrees read 'ls "$1"' "$HOME/other" --read "$HOME/other"
        self_agrees write 'echo x >>"$1"' "$HOME/other/file" --write "$HOME/other"
        self_agrees write 'mktemp -p "$1"' "$HOME/other/dir" --allow "$HOME/other"
        self_agrees write 'echo x >"$1"; s=$?; rm -f "$1"; exit $s' "$HOME/other/new" --allow "$HOME/other"
        self_agrees exec '"$1"' "$HOME/other/tool" --read "$HOME/other"
    }
}

@test "--self: what is denied below a grant, hidden or split off" {
    for path in "$HOME/.ssh/id_ed25519" "$HOME/.ssh" "$HOME/.local/state/nono/sessions"; do
        mkdir -p "$HOME/.local/state/nono/sessions"
        run inside --read "$HOME" -- cat "$path"
        [ "$status" -ne 0 ]
        run inside --read "$HOME" -- "$NONO" why --self --path "$path" --json
        [ "$(field status)" = denied ] && [ "$(field reason)" = path_not_granted ]
    done
    run inside --read "$HOME" -- "$NONO" why --self --path "$HOME/other/file"
    [ "${lines[0]}" = ALLOWED ]
}

@test "--self: the network, a command, what cannot be asked" {
    run inside -- "$NONO" why --self --host example.org
    [ "${lines[0]}" = ALLOWED ]
    run inside --block-net -- "$NONO" why --self --host example.org --json
    [ "$(field status)" = denied ] && [ "$(field reason)" = network_blocked ]
    run inside --open-port 80 -- "$NONO" why --self --host 127.0.0.1 --port 80
    [ "${lines[0]}" = ALLOWED ] && [[ $output == *"of any host"* ]]
    run inside --open-port 80 -- "$NONO" why --self --host 127.0.0.1 --port 81 --json
    [ "$(field status)" = denied ] && [ "$(field reason)" = network_blocked ] && [[ $(field details) == *"some ports"* ]]
    run inside -- "$NONO" why --self --command cat
    [ "${lines[0]}" = ALLOWED ]
    mkfifo fifo
    run inside -- timeout 100 "$NONO" why --self --path fifo
    [ "${lines[0]}" = UNKNOWN ]
    run inside -- "$NONO" why --self --path "$HOME/none"
    [ "${lines[0]}" = UNKNOWN ]
}

@test "--self says the level, and what it does not hold" {
    unshare -rm true 2>/dev/null || skip "namespaces do not work here"
    run inside -- "$NONO" why --self
    [[ ${lines[0]} = SANDBOXED && ${lines[1]} == *"(level full)"* ]]
    run "$NO_NAMESPACES" "$NONO" run -s --no-rollback -p developer --read "$(dirname "$(dirname "$NONO")")" -- "$NONO" why --self
    [[ ${lines[0]} = SANDBOXED && ${lines[1]} == *"level landlock: mode, owner"* ]]
}

@test "--self outside says so, and no file or variable makes it believe otherwise" {
    echo '{"fs":[{"path":"/","access":"readwrite"}]}' >caps.json
    export NONO_CAP_FILE=$PWD/caps.json NONO_ACTIVE=1
    run "$NONO" why --self --path one
    [ "$status" -eq 0 ] && [ "${lines[0]}" = "NOT SANDBOXED" ]
    run "$NONO" why --self --json
    [ "$(field status)" = not_sandboxed ] && [ -n "$(field message)" ]
    run inside -- "$NONO" why --self
    [ "${lines[0]}" = SANDBOXED ]
    run inside -- "$NONO" why --self --path "$HOME/.ssh/id_ed25519"
    [ "${lines[0]}" = DENIED ]
    run "$NONO" why --self --read "$HOME" --path one
    [ "$status" -eq 2 ] && [ "${#lines[@]}" -eq 1 ]
}

@test "--self leaves no trace" {
    before=$(find . -printf '%p %s %T@ %C@\n' | sort)
    inside -- sh -c '"$1" why --self --path one --op write; "$1" why --self --path . --op write; "$1" why --self --path new --op write' sh "$NONO"
    [ "$(find . -printf '%p %s %T@ %C@\n' | sort)" = "$before" ]
}

last() {
    run "$NONO" why --last --json
    [ "$status" -eq 0 ]
}

denied() { # NUMBER NAME: of what --last lists
    python3 -c 'import json,sys; print(json.load(sys.stdin)["denied"][int(sys.argv[1])].get(sys.argv[2]))' "$1" "$2" <<<"$output"
}

@test "--last: nothing recorded is one line" {
    run "$NONO" why --last
    [ "$status" -eq 0 ] && [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"No command was recorded"* ]] && [[ $output == *"nono wrap"* ]] && [[ $output == *"--no-rollback"* ]]
    last
    [ "$(field status)" = no_record ]
}

@test "--last: what the command line names and the policy denies, with a change that works" {
    run "$NONO" run -s -p developer -- cat "$HOME/.ssh/id_ed25519"
    [ "$status" -eq 1 ]
    last
    [ "$(field status)" = failed ] && [ "$(field exit_code)" = 1 ] && [ -n "$(field session_id)" ]
    [ "$(denied 0 real_path)" = "$HOME/.ssh/id_ed25519" ] && [ "$(denied 0 reason)" = sensitive_path ]
    words=()
    eval "words=($(denied 0 suggested_flag))"
    run "$NONO" run -s -p developer "${words[@]}" -- cat "$HOME/.ssh/id_ed25519"
    [ "$output" = secret ]
    last
    [ "$(field status)" = succeeded ]
    python3 -c 'import json,sys; assert json.load(sys.stdin)["denied"] == []' <<<"$output"
}

@test "--last: the options of the run count, and relative words are seen from its directory" {
    run "$NONO" run -s -p developer --read ../other -- sh -c 'exit 3' sh ../other/file "../with space/it's"
    [ "$status" -eq 3 ]
    cd /
    last
    [ "$(field exit_code)" = 3 ]
    [ "$(denied 0 real_path) $(denied 0 op)" = "$HOME/other/file write" ]
    [ "$(denied 1 real_path) $(denied 1 op)" = "$HOME/with space/it's read" ]
}

@test "--last: a blocked command that a script names, and nothing when it names none" {
    local script
    "$NONO" run -v -p developer -- true 2>&1 | grep 'level  full' || skip "namespaces do not work here"
    for script in 'true; shred one' 'true | /usr/bin/shred one' 'if env A=b shred one; then exit 1; fi; exit 1' 'exec nice -n 5 shred one'; do
        run "$NONO" run -s -p developer -- bash -c "$script"
        [[ $output == *"ermission denied"* ]]
        last
        [ "$(denied 0 reason)" = command_blocked ]
        [ "$(denied 0 suggested_flag)" = "--allow-command shred" ]
    done
    run "$NONO" run -s -p developer -- env shred one
    [ "$status" -eq 126 ]
    last
    [ "$(denied 0 suggested_flag)" = "--allow-command shred" ]
    run "$NONO" run -s -p developer -- bash -c 'echo shred one; exit 3'
    [ "$status" -eq 3 ]
    last
    run denied 0 reason
    [ "$status" -ne 0 ]
}

@test "--last: a script on the command line" {
    run "$NONO" run -s -p developer -- sh -c "cat $HOME/other/file; exit 9"
    [ "$status" -eq 9 ]
    last
    [ "$(denied 0 real_path)" = "$HOME/other/file" ]
    [[ $output == *"'nono run --diagnose' only"* ]]
}

@test "--last: no denial in the record is said, and no more" {
    run "$NONO" run -s -p developer -- sh -c 'exit 5'
    run "$NONO" why --last
    [ "${lines[0]}" = FAILED ]
    [[ $output == *"Nothing that the record names is denied."* ]]
    [[ $output == *"status 5 is the command's own"* ]]
    [[ $output == *"'nono run --diagnose' only"* ]]
}

@test "--last: what nono did not start" {
    run "$NONO" run -s -p developer -- shred one
    last
    [ "$(field status)" = not_started ] && [ "$(field exit_code)" = 125 ] && [ "$(field session_id)" = "" ]
    [ "$(denied 0 reason)" = command_blocked ] && [ "$(denied 0 suggested_flag)" = "--allow-command shred" ]
    run "$NONO" run -s -p developer -- no-such-program
    last
    [ "$(field status)" = not_started ] && [ "$(field exit_code)" = 127 ] && [[ $(field details) == *"command not found"* ]]
    echo text >text
    run "$NONO" wrap -s -p developer -- ./text
    last
    [ "$(field exit_code)" = 126 ]
    printf '#!/opt/none\n' >bad
    chmod +x bad
    run "$NONO" run -s -p developer -- ./bad
    [ "$status" -eq 126 ]
    last
    [ "$(field status)" = not_started ] && [ "$(denied 0 reason)" = not_executable ]
    run "$NONO" run -s --allow-cwd --read "$HOME/.ssh" -- true
    last
    [ "$(denied 0 suggested_flag)" = "--override-deny $HOME/.ssh" ]
    run "$NONO" run -s --allow-cwd --read "$HOME/.ssh" --override-deny "$HOME/.ssh" -- true
    [ "$status" -eq 0 ]
}

@test "--last: statuses" {
    run "$NONO" run -s -p developer -- sh -c 'kill -TERM $$'
    last
    [ "$(field status)" = killed ] && [ "$(field signal)" = 15 ]
    for code in 125 126 127 130; do
        run "$NONO" run -s -p developer -- sh -c "exit $code"
        last
        [ "$(field status)" = failed ] && [ "$(field exit_code)" = $code ] && [[ $(field details) != *"did not start"* ]]
    done
}

@test "--last: a failure without a session is kept, until another command of the terminal goes well" {
    run "$NONO" run -s --no-rollback -p developer -- cat "$HOME/other/file"
    [ "$status" -eq 1 ]
    last
    [ "$(field status)" = failed ] && [ "$(field session_id)" = "" ] && [ "$(denied 0 real_path)" = "$HOME/other/file" ]
    run "$NONO" run -s --no-rollback -p developer -- true
    last
    [ "$(field status)" = no_record ]
}

@test "--last: another terminal sees the sessions of its directory only" {
    run "$NONO" run -s -p developer -- sh -c 'exit 6'
    run setsid -w "$NONO" why --last --json
    [ "$(field exit_code)" = 6 ]
    cd "$HOME/other"
    run setsid -w "$NONO" why --last --json
    [ "$(field status)" = no_record ]
    # Kept under the directory that it may write, and looked for where it was started.
    mkdir "$HOME/started"
    cd "$HOME/started"
    run "$NONO" run -s --allow "$HOME/other" --read . -- sh -c 'echo x >../other/written; exit 7'
    run setsid -w "$NONO" why --last --json
    [ "$(field exit_code)" = 7 ]
}

@test "--last: a command that the hook wrapped is judged as one" {
    run "$NONO" run --hook -- /usr/bin/python3 -c "open('$HOME/other/file')"
    [ "$status" -eq 1 ]
    last
    [ "$(denied 0 real_path)" = "$HOME/other/file" ]
    [[ $output == *'"program": "/usr/bin/python3"'* ]]
}

@test "--last: a record of an earlier version, a profile that is gone, inside" {
    run "$NONO" run -s -p developer -- sh -c 'exit 2'
    record=$(ls "$HOME"/.local/state/nono/sessions/*/session.json)
    python3 -c 'import json,sys; p=sys.argv[1]; d=json.load(open(p)); del d["launch"]; json.dump(d,open(p,"w"))' "$record"
    last
    [ "$(field exit_code)" = 2 ] && [[ $output == *"earlier"* || $output == *"did not keep the options"* ]]
    run "$NONO" run -s -p developer -- sh -c 'exit 2'
    rm "$HOME/.config/nono/profiles/developer.json"
    last
    [ "$(field exit_code)" = 2 ]
    run "$NONO" why --last --path one
    [ "$status" -eq 2 ]
    run "$NONO" why --last --read "$HOME"
    [ "$status" -eq 2 ] && [ "${#lines[@]}" -eq 1 ]
    cp "$BATS_TEST_DIRNAME/../demo/developer.json" "$HOME/.config/nono/profiles/developer.json"
    run inside -- "$NONO" why --last
    [ "$status" -eq 1 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == *"ask outside"* ]]
}

@test "other processes: what is closed and what can be read" {
    checked=0
    for name in auxv cwd environ exe fd/0 fdinfo io maps mem ns/pid pagemap root smaps syscall timers task/$$/environ; do
        # shellcheck disable=SC2016 # expands in the inner shell
        try='if [ -d "$1" ]; then ls "$1/" >/dev/null; elif [ -L "$1" ]; then readlink "$1"; else head -c 1 "$1"; fi >/dev/null'
        run sh -c "$try" sh "/proc/$$/$name"
        [ "$status" -eq 0 ] || [ "$name" = mem ] || [ "$name" = pagemap ] || continue
        checked=$((checked + 1))
        run inside -- sh -c "$try" sh "/proc/$$/$name"
        [ "$status" -ne 0 ]
        run "$NONO" why -p developer --path "/proc/$$/$name" --json
        [ "$(field status)" = denied ] && [ "$(field reason)" = process_isolated ]
    done
    [ "$checked" -gt 8 ]
    for name in cmdline comm stat status statm cgroup limits mountinfo oom_score; do
        run "$NO_NAMESPACES" "$NONO" run -s --no-rollback -p developer -- cat "/proc/$$/$name"
        [ "$status" -eq 0 ]
        run "$NO_NAMESPACES" "$NONO" why -p developer --path "/proc/$$/$name"
        [ "${lines[0]}" = ALLOWED ]
        unshare -rmp true 2>/dev/null || continue
        run inside -- cat "/proc/$$/$name"
        [ "$status" -ne 0 ]
        run "$NONO" why -p developer --path "/proc/$$/$name"
        [ "${lines[0]}" = DENIED ]
    done
}
