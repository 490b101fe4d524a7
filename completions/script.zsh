#compdef @program@
# zsh completion for @program@: the program answers; nothing that was typed is evaluated.
_@program@() {
    local -a answer values shown
    local line value directive
    local -i bits at width=0 ret=1
    answer=("${(@f)$(command @program@ __complete $((CURRENT - 1)) -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    directive=$answer[-1]
    [[ $directive == :<->(|:<->) ]] || return 1
    bits=${${(s.:.)directive}[1]}
    if ((bits & 32)); then
        at=${${(s.:.)directive}[2]}
        shift $at words
        ((CURRENT -= at))
        _normal
        return
    fi
    for line in "${(@)answer[1,-2]}"; do
        value=${line%%$'\t'*}
        values+=("$value")
        ((${#value} > width)) && width=${#value}
    done
    for line in "${(@)answer[1,-2]}"; do
        value=${line%%$'\t'*}
        [[ $line == *$'\t'* ]] && value="${(r:width:)value}  -- ${line#*$'\t'}"
        shown+=("$value")
    done
    if ((bits & 2)); then
        compadd -V @program@ -l -S '' -d shown -a values && ret=0
    else
        compadd -V @program@ -l -d shown -a values && ret=0
    fi
    if ((bits & 64)); then
        compset -P 1 '*='
    fi
    if ((bits & 16)); then
        _path_files -/ && ret=0
    elif ! ((bits & 4)); then
        _files && ret=0
    fi
    return ret
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _@program@ "$@"
else
    compdef _@program@ @program@
fi
