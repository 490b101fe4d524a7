# Printed by 'nono hook fish'. Shims only: a fish function around a program breaks Ctrl-C in loops and Ctrl-Z in pipelines.
if status is-interactive
    set -gu __nono_exe @EXE@
    set -gu __nono_shims @SHIMS@
    set -gu __nono_hint @RUNTIME@
    test -z "$__nono_hint"; or set __nono_hint $__nono_hint/hint.$fish_pid
    set -gu __nono_missing @MISSING@
    set -gu __nono_locked @LOCKED@
    set -gu __nono_programs @PROGRAMS@
    set -gu __nono_refusing
    set -gu __nono_off
    set -gu __nono_told
    set -gu __nono_pwd
    set -gu __nono_project
    set -gu __nono_seen
    set -gu __nono_others '^(?!'(string escape --style=regex -- $__nono_shims)'$)'

    # Sees and sets the PATH of whoever changed it: a function's own must not become everybody's.
    function __nono_path --no-scope-shadowing --on-variable PATH
        if set -q PATH[1]; and test -z "$__nono_off" -a "$PATH[1]" != "$__nono_shims"
            set PATH $__nono_shims (string match -r -- $__nono_others'.*' $PATH)
        end
    end
    function __nono_hints
        set -l n 0
        while test $n -lt 20; and read -l l
            set n (math $n + 1)
            string sub -l 500 -- $l | string replace -ra '\p{C}' '?' >&2
        end <$__nono_hint
        true >$__nono_hint
    end
    # Nothing but functions can refuse once the shims point nowhere.
    function __nono_refuse
        for p in $__nono_programs
            functions -q $p; and continue
            set -a __nono_refusing $p
            function $p --inherit-variable p
                echo "nono: "(string escape -- $__nono_exe)" is missing: $p was not run (to run it unprotected: nosandbox $p)" >&2
                return 127
            end
        end
    end
    # One process where PATH has changed, for the versions on it.
    function __nono_look
        set __nono_seen "$PATH"
        test ! -x "$__nono_exe"; or $__nono_exe hook rehash --keep >/dev/null 2>&1
    end
    # One process where a project begins that has a profile, none elsewhere.
    function __nono_enter
        set -l d $PWD
        set __nono_pwd $PWD
        while test -n "$d" -a ! -e "$d/.nono/profile.json"
            set d (string replace -r '/[^/]*$' '' -- $d)
        end
        test "$d" = "$__nono_project"; and return
        set __nono_project $d
        test -z "$d" -o ! -x "$__nono_exe"; or $__nono_exe project status --hint
    end
    function __nono_prompt --on-event fish_prompt
        __nono_path
        test "$PATH" = "$__nono_seen"; or __nono_look
        test "$PWD" = "$__nono_pwd"; or __nono_enter
        test -s "$__nono_hint"; and __nono_hints
        if test -x "$__nono_exe"
            test -z "$__nono_told"; or functions -e $__nono_refusing
            set __nono_told
            set __nono_refusing
        else if test -z "$__nono_told"
            set __nono_told 1
            echo "nono: warning: "(string escape -- $__nono_exe)" is missing: programs run outside the sandbox" >&2
            test "$__nono_missing" = warn; or __nono_refuse
        end
    end
    function __nono_free
        test -z "$__nono_locked"; and return
        echo 'nono: wrapping is locked by the administrator of this machine' >&2
        return 1
    end
    function nono
        if test "$argv" = off
            __nono_free; or return
            set __nono_off 1
            set PATH (string match -r -- $__nono_others'.*' $PATH)
        else if test "$argv" = on
            set __nono_off
            __nono_path
        else
            $__nono_exe $argv
        end
    end
    function nosandbox
        if not set -q argv[1]
            echo 'usage: nosandbox PROGRAM [ARGUMENT]...' >&2
            return 2
        end
        __nono_free; or return
        set -l __nono_off 1
        set -lx PATH (string match -r -- $__nono_others'.*' $PATH)
        command $argv
    end
    if test -n "$__nono_hint"
        set -l mask (umask)
        umask 077
        true >$__nono_hint 2>/dev/null
        umask $mask
    end
    __nono_path
    set __nono_seen "$PATH"
end
