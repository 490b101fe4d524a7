# Read by the zsh of 'nono shell', which finds its start-up files here, and goes on to the user's.
if [[ -n ${NONO_ZDOTDIR-} ]]; then ZDOTDIR=$NONO_ZDOTDIR; else unset ZDOTDIR; fi
if { : <"${ZDOTDIR-$HOME}/.zshenv" } 2>/dev/null; then . "${ZDOTDIR-$HOME}/.zshenv"; fi
[[ -n ${ZDOTDIR-} ]] && NONO_ZDOTDIR=$ZDOTDIR
ZDOTDIR=${${(%):-%x}:h}
