if [[ -o interactive ]]; then
typeset -g +x __nono_exe=@EXE@
typeset -g +x __nono_shims=@SHIMS@
typeset -g +x __nono_hint=@RUNTIME@
__nono_hint=${__nono_hint:+$__nono_hint/hint.$$}
typeset -g +x __nono_missing=@MISSING@ __nono_locked=@LOCKED@ __nono_off= __nono_told= __nono_pwd= __nono_project= __nono_seen=

function __nono_path {
  [[ -n $__nono_off || ${path[1]-} == "$__nono_shims" ]] || path=("$__nono_shims" "${(@)path:#$__nono_shims}")
}
function __nono_w {
  if [[ -n $__nono_off ]]; then command -- "$@"
  elif [[ -x $__nono_exe ]]; then "$__nono_exe" run --hook -- "$@"
  elif [[ $__nono_missing == warn ]]; then
    print -ru2 -- "nono: warning: ${(q)__nono_exe} is missing: $1 runs outside the sandbox"
    command -- "$@"
  else
    print -ru2 -- "nono: ${(q)__nono_exe} is missing: $1 was not run (to run it unprotected: nosandbox $1)"
    return 127
  fi
}
function __nono_hints {
  local l h=("${(@f)$(<"$__nono_hint")}")
  : >| "$__nono_hint"
  for l in "${(@)h[1,20]}"; do l=${l[1,500]}; print -ru2 -- "${l//[^[:print:]]/?}"; done
}
function __nono_look {
  __nono_seen=$PATH
  [[ ! -x $__nono_exe ]] || "$__nono_exe" hook rehash --keep >/dev/null 2>&1 || :
}
function __nono_enter {
  local d=$PWD
  __nono_pwd=$PWD
  while [[ -n $d && ! -e $d/.nono/profile.json ]]; do d=${d%/*}; done
  [[ $d != "$__nono_project" ]] || return 0
  __nono_project=$d
  [[ -z $d || ! -x $__nono_exe ]] || "$__nono_exe" project status --hint || :
}
function __nono_precmd {
  __nono_path
  [[ ${PATH-} == "$__nono_seen" ]] || __nono_look
  [[ $PWD == "$__nono_pwd" ]] || __nono_enter
  [[ ! -s $__nono_hint ]] || __nono_hints
  if [[ -x $__nono_exe ]]; then __nono_told=
  elif [[ -z $__nono_told ]]; then
    __nono_told=1
    print -ru2 -- "nono: warning: ${(q)__nono_exe} is missing: programs started by scripts run outside the sandbox"
  fi
}
function __nono_free { [[ -z $__nono_locked ]] || { print -ru2 'nono: wrapping is locked by the administrator of this machine'; return 1 } }
function nono {
  case ${#}:${1-} in
  (1:off) __nono_free || return; __nono_off=1; path=("${(@)path:#$__nono_shims}") ;;
  (1:on) __nono_off=; __nono_path ;;
  (*) "$__nono_exe" "$@" ;;
  esac
}
function nosandbox {
  (( $# )) || { print -ru2 "usage: nosandbox PROGRAM [ARGUMENT]..."; return 2; }
  __nono_free || return
  local -a p=("${(@)path:#$__nono_shims}")
  local -x PATH="${(j.:.)p}"
  command -- "$@"
}
() {
  local p
  for p in @PROGRAMS@; do
    (( ${+functions[$p]} )) || eval "function $p { __nono_w $p \"\$@\"; }"
  done
  typeset -ga precmd_functions
  [[ ${(t)precmd_functions} == *readonly* ]] || (( ${precmd_functions[(Ie)__nono_precmd]} )) || precmd_functions+=(__nono_precmd)
  [[ -z $__nono_hint ]] || (umask 077; : >| "$__nono_hint") 2>/dev/null || :
  __nono_path
  __nono_seen=${PATH-}
}
fi
