if [[ -n ${NONO_ZDOTDIR-} ]]; then ZDOTDIR=$NONO_ZDOTDIR; else unset ZDOTDIR; fi
unset NONO_ZDOTDIR
if { : <"${ZDOTDIR-$HOME}/.zshrc" } 2>/dev/null; then . "${ZDOTDIR-$HOME}/.zshrc"; fi
# A theme may build the prompt anew each time.
function __nono_mark { [[ $PROMPT == '(nono) '* ]] || PROMPT="(nono) $PROMPT"; }
typeset -ga precmd_functions
precmd_functions+=(__nono_mark)
