#!/usr/bin/env bash
# demo.sh [--offline] NONO: sets up a throw-away HOME and project, then lets demo.exp and learn.exp type into an interactive
# bash there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
offline=0
if [ "$1" = --offline ]; then
    offline=1
    shift
fi
nono=$(readlink -f "$1")

# Not below /tmp: commands may write there by policy, and what they may write they may read.
scratch=$(mktemp -d /var/tmp/nono-demo.XXXXXX)
# shellcheck source=tests/cli/clean.bash
source "$here/../cli/clean.bash"
trap 'remove_tree "$scratch"' EXIT
npm_config_registry=$(npm config get registry 2>/dev/null)
export npm_config_registry HOME=$scratch/home GIT_PAGER=cat
export PATH="${nono%/*}:$here:/usr/local/bin:/usr/bin:/bin"
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR PROMPT_COMMAND
project=$HOME/project

make_home() {
    mkdir -p "$HOME/.ssh" "$HOME/.config/nono/profiles" "$project"
    chmod 700 "$HOME/.ssh"
    echo "a dummy key, made for this demo: $(head -c 24 /dev/urandom | base64)" >"$HOME/.ssh/id_ed25519"
    chmod 600 "$HOME/.ssh/id_ed25519"
    cp "$here/developer.json" "$HOME/.config/nono/profiles/"
    cat >"$HOME/.bashrc" <<'RC'
bind 'set enable-bracketed-paste off'
PS1='~/project$ '
eval "$(nono hook bash)"
RC
}

# Prints "NAME SPEC" of the package that the project depends on: from the registry when it answers, else packed here.
choose_package() {
    if [ "$offline" = 0 ] && timeout 20 npm view ms@2.1.3 version --fetch-retries=0 >/dev/null 2>&1; then
        echo "ms 2.1.3"
        return
    fi
    mkdir -p "$scratch/package" "$project/vendor"
    echo '{"name": "durations", "version": "1.0.0", "main": "index.js"}' >"$scratch/package/package.json"
    echo 'module.exports = text => parseInt(text) * 24 * 3600 * 1000;' >"$scratch/package/index.js"
    (cd "$scratch/package" && npm pack --silent --pack-destination "$project/vendor" >/dev/null)
    echo "durations file:vendor/durations-1.0.0.tgz"
}

make_project() {
    local name spec
    "$here/../bench/make_tree.py" "$project/src" 300
    cp "$here/cleanup.py" "$here/count.py" "$project/"
    read -r name spec < <(choose_package)
    printf '{"name": "project", "version": "1.0.0", "private": true, "dependencies": {"%s": "%s"}}\n' "$name" "$spec" >"$project/package.json"
    echo "console.log('two days are', require('$name')('2 days'), 'ms');" >"$project/app.js"
    mkdir -p "$project/docs/drafts"
    ln -s ../src/part0 "$project/docs/first-part"
    echo "read only" >"$project/docs/licence with spaces.txt"
    chmod 444 "$project/docs/licence with spaces.txt"
    touch -d '2001-02-03 04:05:06.789' "$project/src/part0/module0/file0.txt"
    git -C "$project" -c init.defaultBranch=main init -q --template=
    printf 'node_modules/\n' >"$project/.gitignore"
    git -C "$project" add -A
    git -C "$project" -c user.name=demo -c user.email=demo@localhost commit -qm "Everything"
    git -C "$project" gc -q
}

make_home
make_project
cd "$project"
expect -f "$here/demo.exp"
mkdir -p "$HOME/.config/my-agent" "$HOME/.local/share/my-agent"
echo '{"name": "my-agent"}' >"$HOME/.config/my-agent/settings.json"
cp "$here/my_agent.py" .
expect -f "$here/learn.exp"
