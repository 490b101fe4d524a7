#!/usr/bin/env bash
# usage: script.sh NONO
# What can be said about the scripts without running them: the shells parse them, shellcheck is content, and they are small.
set -euo pipefail
nono=$1
max=6144 # bytes: a shell reads it at every start

HOME=$(mktemp -d /var/tmp/nono-script.XXXXXX)
export HOME
trap 'rm -rf "$HOME"' EXIT
unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR

count=0
failed=0
check() {
    local what=$1
    shift
    count=$((count + 1))
    if ! command -v "$1" >/dev/null; then
        echo "ok $count - $what # SKIP $1 is not installed"
    elif "$@" >"$HOME/said" 2>&1; then
        echo "ok $count - $what"
    else
        failed=1
        echo "not ok $count - $what"
        sed 's/^/# /' "$HOME/said"
    fi
}

for shell in bash zsh fish; do
    "$nono" hook "$shell" >"$HOME/hook.$shell"
    check "$shell: at most $max bytes ($(wc -c <"$HOME/hook.$shell"))" test "$(wc -c <"$HOME/hook.$shell")" -le $max
done
check "bash: parses" bash -n "$HOME/hook.bash"
check "zsh: parses" zsh -n "$HOME/hook.zsh"
# The outer text is one quoted word: what is in it must parse too.
# shellcheck disable=SC2016 # expanded by zsh
inner='emulate() { shift 4; print -r -- "$1" >$HOME/inner; }; . $HOME/hook.zsh; [[ -s $HOME/inner ]] && zsh -n $HOME/inner'
check "zsh: parses inside" zsh -fc "$inner"
check "fish: parses" fish --no-execute "$HOME/hook.fish"
# 2128, 2178: PROMPT_COMMAND is an array or a scalar. 2188: a redirection alone forks nothing and is no special builtin.
check "bash: shellcheck" shellcheck -s bash -e SC2128,SC2178,SC2188 "$HOME/hook.bash"
echo "1..$count"
exit $failed
