#!/usr/bin/env bats
# Profiles made to hurt: each is one clear error, in bounded memory. What takes too long fails by the time limit of the test.

load clean

setup() {
    make_home
    profiles=$HOME/.config/nono/profiles
    mkdir -p "$profiles"
    limit=300000 # kilobytes of address space
    # A sanitizer needs terabytes of it.
    (ulimit -v "$limit" && "$NONO" --version) >/dev/null 2>&1 || limit=unlimited
}

# Writes FILE: what the Python EXPRESSION says, as bytes.
make() { # FILE EXPRESSION
    python3 -c 'import json,sys; x=eval(sys.argv[2]); open(sys.argv[1],"wb").write(x if isinstance(x,bytes) else x.encode())' "$1" "$2"
}

bounded() {
    (ulimit -v "$limit" && exec timeout 100 "$@")
}

# What would move a cursor or change a colour.
controls() { # FILE
    tr -d '\n' <"$1" | LC_ALL=C grep -q '[[:cntrl:]]'
}

# FILE is refused by a run, by show, by diff and by validate, in few lines, one of which holds TEXT, and nothing that a terminal would obey.
refused() { # FILE TEXT
    local command
    for command in "run -s --allow-cwd -p FILE -- true" "policy show FILE" "policy diff default FILE"; do
        read -ra words <<<"$command"
        if bounded "$NONO" "${words[@]/#FILE/$1}" >out 2>err; then echo "$command: not refused" && return 1; fi
        echo "$command: $(head -c 600 err)"
        [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && [ "$(wc -c <err)" -lt 700 ] && grep -qF "$2" err || return 1
        if controls err; then return 1; fi
    done
    if bounded "$NONO" policy validate "$1" >out 2>err; then echo "validate: not refused" && return 1; fi
    cat out err >all
    echo "validate: $(head -c 1000 all)"
    grep -qF "$2" all && [ "$(wc -l <all)" -lt 110 ] || return 1
    if controls all; then return 1; fi
}

@test "too long" {
    make x.json '"{\"filesystem\":{\"read\":[" + ",".join("\"/p%07d\"" % i for i in range(900000)) + "]}}"'
    refused ./x.json "is longer than 1048576 bytes"
    make x.json '"{\"security\":{\"groups\":[" + ",".join("\"g%d\"" % i for i in range(1000000)) + "]}}"'
    refused ./x.json "is longer than 1048576 bytes"
    make x.json '"/*" + "x" * 10000000 + "*/{}"'
    refused ./x.json "is longer than 1048576 bytes"
}

@test "too deep" {
    make x.json '"[" * 10000 + "]" * 10000'
    refused ./x.json "nested deeper than 64"
    make x.json '"{\"a\":" * 10000 + "1" + "}" * 10000'
    refused ./x.json "nested deeper than 64"
    make x.json '"[" * 500000'
    refused ./x.json "nested deeper than 64"
}

@test "too many" {
    make x.json '"{\"security\":{\"groups\":[" + ",".join("\"g%d\"" % i for i in range(100000)) + "]}}"'
    refused ./x.json "more than 1024 items"
    make x.json '"{\"security\":{\"groups\":[" + ",".join(["\"a\""] * 250000) + "]}}"'
    refused ./x.json "/security/groups"
    make x.json '"{\"env_credentials\":{" + ",".join("\"k%d\":\"A\"" % i for i in range(60000)) + "}}"'
    refused ./x.json "more than 1024 members"
    make x.json '"{" + ",".join("\"k%d\":1" % i for i in range(80000)) + "}"'
    refused ./x.json "unknown key"
    make x.json '"{" + ",".join(["\"k\":1"] * 150000) + "}"'
    refused ./x.json "the key stands twice"
    make x.json 'json.dumps({"filesystem": {k: ["/%s%d/a/b" % (k, i) for i in range(1024)] for k in ("allow", "read", "write")}})'
    refused ./x.json "more than 2048 paths"
}

@test "bytes that are not text" {
    make x.json 'b"{\"filesystem\":{\"read\":[\"/a\0b\"]}}"'
    refused ./x.json "control character"
    make x.json 'b"{\"filesystem\":{\"read\":[\"/a\\u0000b\"]}}"'
    refused ./x.json "NUL character"
    make x.json 'b"{\"filesystem\":{\"read\":[\"/\xff\xfe\"]}}"'
    refused ./x.json "is not UTF-8"
    make x.json 'b"\0" * 100000'
    refused ./x.json "expected a value"
    make x.json 'b"\xef\xbb\xbf{}"'
    refused ./x.json "expected a value"
    : >x.json
    refused ./x.json "the text ends"
}

@test "names that would drive a terminal" {
    make x.json 'json.dumps({"security": {"groups": ["\x1b[31mred\x1b]0;title\x07\u202e"]}})'
    refused ./x.json 'there is no group '"'"'\x1b[31mred'
    make x.json 'json.dumps({"\x1b[31m": 1})'
    refused ./x.json '/\x1b[31m: unknown key'
    make x.json 'json.dumps({"extends": "\x1b[31m"})'
    refused ./x.json 'Invalid profile name '"'"'\x1b[31m'
    make x.json 'json.dumps({"filesystem": {"read": ["\x1b[31m\n"]}})'
    refused ./x.json '\x1b[31m\x0a'
    printf '{"a": 1}' >$'\e[31m.json'
    refused $'./\e[31m.json' '\x1b[31m.json'
    refused $'./\e[32m.json' '\x1b[32m.json'
}

@test "names of any length" {
    make x.json 'json.dumps({"security": {"groups": ["g" * 900000]}})'
    refused ./x.json "there is no group"
    make x.json 'json.dumps({"g" * 900000: 1})'
    refused ./x.json "unknown key"
    make x.json 'json.dumps({"filesystem": {"read": ["/" + "g/" * 400000]}})'
    refused ./x.json "is longer than 4095 bytes"
    make x.json 'json.dumps({"extends": "g" * 900000})'
    refused ./x.json "Invalid profile name"
}

@test "bases that lead nowhere or everywhere" {
    local i s
    for i in 0 1 2 3 4 5 6 7; do
        for s in a b; do
            echo "{\"extends\": [\"d$((i + 1))a\", \"d$((i + 1))b\"]}" >"$profiles/d$i$s.json"
        done
    done
    echo '{}' | tee "$profiles/d8a.json" >"$profiles/d8b.json"
    echo '{"extends": "d0a"}' >x.json
    refused ./x.json "more than 64 profiles are extended"
    for i in $(seq 0 12); do echo "{\"extends\": \"c$((i + 1))\"}" >"$profiles/c$i.json"; done
    echo '{"extends": "c0"}' >x.json
    refused ./x.json "more than 10 deep"
    echo '{"extends": "loop"}' | tee "$profiles/loop.json" >x.json
    refused ./x.json "circular dependency detected: loop -> loop"
    make x.json 'json.dumps({"extends": ["c12"] + ["none%d" % i for i in range(1000)]})'
    refused ./x.json "Profile not found"
    make x.json '"{\"extends\":[" + ",".join("\"b%d\"" % i for i in range(100000)) + "]}"'
    refused ./x.json "more than 1024 items"
    for i in $(seq 0 30); do make "$profiles/w$i.json" '"{\"skipdirs\": [\"" + "x" * 1000000 + "\"]}"'; done
    make x.json 'json.dumps({"extends": ["w%d" % i for i in range(30)]})'
    refused ./x.json "longer than 1048576 bytes together"
}

@test "files that are none" {
    mkdir dir.json
    refused ./dir.json "dir.json"
    mkfifo fifo.json
    refused ./fifo.json "fifo.json"
    ln -s loop.json loop.json
    refused ./loop.json "loop.json"
    refused /dev/zero "/dev/zero"
}

@test "a directory full of them is listed, one line each" {
    make "$profiles/big.json" '"{\"x\":\"" + "y" * 10000000 + "\"}"'
    make "$profiles/deep.json" '"[" * 10000'
    make "$profiles/bytes.json" 'b"\xff\0"'
    printf '{}' >"$profiles/"$'\e[31m.json'
    printf '{}' >"$profiles/"$'a\nb.json'
    mkfifo "$profiles/fifo.json"
    ln -s /dev/zero "$profiles/zero.json"
    bounded "$NONO" policy profiles >out
    [ "$(grep -c 'error: ' out)" -eq 7 ]
    [ "$(wc -l <out)" -eq 24 ]
    if controls out; then return 1; fi
    bounded "$NONO" policy profiles --json >out
    [ "$(python3 -c 'import json,sys; print(sum("error" in p for p in json.load(sys.stdin)))' <out)" -eq 7 ]
    if controls out; then return 1; fi
}
