#!/usr/bin/env bash
# prompt.sh none|nono|direnv COUNT [NONO]: an interactive bash that loads a hook and does COUNT times what it does before a prompt.
set -eu
case $1 in
none) text=: each=: ;;
nono) text='eval "$("$NONO" hook bash)"' each=__nono_precmd ;;
direnv) text='eval "$(direnv hook bash)"' each=_direnv_hook ;;
esac
# shellcheck disable=SC2016 # for the inner shell
NONO=${3-} exec bash --norc --noprofile -i +m -c "$text"'; for ((i = 0; i < '"$2"'; i++)); do '"$each"'; done' </dev/null >/dev/null 2>&1
