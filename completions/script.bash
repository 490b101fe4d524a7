# bash completion for @program@: the program answers; nothing that was typed is evaluated.
_@program@_delegate() {
    local -i at=$1
    local line spec word=${COMP_WORDS[COMP_CWORD]}
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$at"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$at"
    elif ((COMP_CWORD == at)); then
        if [[ $word == */* ]]; then
            compopt -o default
            return
        fi
        while IFS= read -r line; do
            [[ -z $line ]] || COMPREPLY+=("$line")
        done <<<"$(compgen -c -- "$word")"
    elif spec=$(complete -p -- "${COMP_WORDS[at]##*/}") && [[ $spec == *' -F '* ]]; then
        spec=${spec#* -F }
        COMP_WORDS=("${COMP_WORDS[@]:at}")
        COMP_CWORD=$((COMP_CWORD - at))
        line="${COMP_WORDS[*]:0:COMP_CWORD+1}"
        COMP_LINE=$line COMP_POINT=${#line}
        "${spec%% *}" "${COMP_WORDS[0]##*/}" "$word" "${COMP_WORDS[COMP_CWORD - 1]}"
    else
        compopt -o default
    fi
}

_@program@() {
    local line last='' bits at
    COMPREPLY=()
    while IFS= read -r line; do
        [[ -z $last ]] || COMPREPLY+=("$last")
        last=$line
    done <<<"$(command @program@ __complete --type="${COMP_TYPE:-9}" --columns="${COLUMNS:-80}" \
        --breaks="$COMP_WORDBREAKS" --line="${COMP_LINE:0:COMP_POINT}")"
    [[ $last =~ ^:([0-9]+)(:([0-9]+))?$ ]] || return 0
    bits=${BASH_REMATCH[1]} at=${BASH_REMATCH[3]}
    if ((bits & 32)); then
        _@program@_delegate "$at"
        return 0
    fi
    if ((bits & 2)); then
        compopt -o nospace
    fi
    if ((bits & 16)); then
        compopt -o dirnames -o filenames
    elif ! ((bits & 4)); then
        compopt -o default
    fi
    return 0
} 2>/dev/null

complete -F _@program@ @program@
