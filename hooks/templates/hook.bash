# Printed by 'nono hook bash'. Aliases are off while this is read: one named 'local' or 'case' would change what it means.
__nono_opts=; \shopt -q expand_aliases && __nono_opts=s
\shopt -u expand_aliases
if [[ $- != *i* ]]; then :
elif [[ $- == *r* ]] || ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
echo 'nono: nothing is wrapped in this shell: bash is restricted, or older than 4.4' >&2
else
[[ $- != *a* ]] || { __nono_opts+=a; set +a; }
__nono_exe=@EXE@
__nono_shims=@SHIMS@
__nono_hint=@RUNTIME@
__nono_hint=${__nono_hint:+$__nono_hint/hint.$$}
__nono_missing=@MISSING@ __nono_locked=@LOCKED@
__nono_off='' __nono_told='' __nono_rest='' __nono_pwd='' __nono_project='' __nono_seen=''
export -n __nono_locked __nono_exe __nono_shims __nono_hint __nono_missing __nono_off __nono_told __nono_rest __nono_pwd __nono_project __nono_seen

# __nono_rest: PATH without the shims.
function __nono_strip {
  local p=:${PATH-}:
  while [[ $p == *":$__nono_shims:"* ]]; do p=${p/":$__nono_shims:"/:}; done
  p=${p#:}; __nono_rest=${p%:}
}
function __nono_path {
  [[ -z $__nono_off ]] || return 0
  case ${PATH-} in
  "$__nono_shims" | "$__nono_shims":*) ;;
  *) __nono_strip; PATH=$__nono_shims${__nono_rest:+:$__nono_rest} ;;
  esac
}
# '|| return': a Ctrl-C breaks the caller's loop only when what it ended stood in a list.
function __nono_w {
  if [[ -n $__nono_off ]]; then command -- "$@" || return
  elif [[ -x $__nono_exe ]]; then "$__nono_exe" run --hook -- "$@" || return
  elif [[ $__nono_missing == warn ]]; then
    printf 'nono: warning: %q is missing: %s runs outside the sandbox\n' "$__nono_exe" "$1" >&2
    command -- "$@" || return
  else
    printf 'nono: %q is missing: %s was not run (to run it unprotected: nosandbox %s)\n' "$__nono_exe" "$1" "$1" >&2
    return 127
  fi
}
function __nono_hints {
  local l h=()
  mapfile -t -n 20 h <"$__nono_hint"
  >|"$__nono_hint"
  for l in "${h[@]}"; do l=${l:0:500}; printf '%s\n' "${l//[^[:print:]]/?}"; done >&2
}
# One process where PATH has changed, for the versions on it.
function __nono_look {
  __nono_seen=$PATH
  [[ ! -x $__nono_exe ]] || "$__nono_exe" hook rehash --keep >/dev/null 2>&1 || :
}
# One process where a project begins that has a profile, none elsewhere.
function __nono_enter {
  local d=$PWD
  __nono_pwd=$PWD
  while [[ -n $d && ! -e $d/.nono/profile.json ]]; do d=${d%/*}; done
  [[ $d != "$__nono_project" ]] || return 0
  __nono_project=$d
  [[ -z $d || ! -x $__nono_exe ]] || "$__nono_exe" project status --hint || :
}
function __nono_precmd {
  local r=$?
  __nono_path
  [[ ${PATH-} == "$__nono_seen" ]] || __nono_look
  [[ $PWD == "$__nono_pwd" ]] || __nono_enter
  [[ ! -s $__nono_hint ]] || __nono_hints
  if [[ -x $__nono_exe ]]; then __nono_told=
  elif [[ -z $__nono_told ]]; then
    __nono_told=1
    printf 'nono: warning: %q is missing: programs started by scripts run outside the sandbox\n' "$__nono_exe" >&2
  fi
  return "$r"
}
function __nono_free { [[ -z $__nono_locked ]] || { printf 'nono: wrapping is locked by the administrator of this machine\n' >&2; return 1; }; }
function nono {
  case $#:${1-} in
  1:off) __nono_free || return; __nono_off=1; __nono_strip; PATH=$__nono_rest ;;
  1:on) __nono_off=; __nono_path ;;
  *) "$__nono_exe" "$@" ;;
  esac
}
function nosandbox {
  [[ $# -gt 0 ]] || { printf 'usage: nosandbox PROGRAM [ARGUMENT]...\n' >&2; return 2; }
  __nono_free || return
  __nono_strip
  PATH=$__nono_rest command -- "$@" || return
}
# '&&:' keeps $? for what follows, and set -e and an ERR trap out of it. An exported PROMPT_COMMAND reaches shells without the functions.
function __nono_load {
  local p d c='__nono_precmd&&:'
  for p in @PROGRAMS@; do
    if declare -F -- "$p" >/dev/null || [[ -o posix && ( $p == [0-9]* || $p == *[.+-]* ) ]]; then continue; fi
    eval "function $p { __nono_w $p \"\$@\"; }"
  done
  d=; [[ ! -v PROMPT_COMMAND ]] || d=${PROMPT_COMMAND@a}
  if [[ $d == *r* || ${PROMPT_COMMAND[*]-} == *__nono_precmd* ]]; then :
  elif [[ $d == *a* ]] && ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then PROMPT_COMMAND+=("$c")
  else
    [[ $d != *x* ]] || c="case \${__nono_exe+x} in x) $c;;esac"
    PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}$c
  fi
  [[ -z $__nono_hint ]] || (umask 077; >|"$__nono_hint") 2>/dev/null || :
  __nono_path
  __nono_seen=${PATH-}
}
__nono_load
unset -f __nono_load
[[ $__nono_opts != *a* ]] || set -a
fi
[[ $__nono_opts != *s* ]] || \shopt -s expand_aliases
\unset -v __nono_opts
