# usage: expect scenarios.tcl SHELL NONO MODULE PROG ROOT [SCENARIO]
# What every shell must do with the hook loaded. TAP on stdout; ROOT is an empty directory for the homes.

lassign $argv shell nono parts prog root only
source [file join [file dirname [info script]] shells.tcl]
set env(NONO) $nono
set env(TERM) dumb
set env(LC_ALL) C.UTF-8
foreach v {NO_COLOR ENV BASH_ENV PROMPT_COMMAND ZDOTDIR XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME} { unset -nocomplain env($v) }
set all {bash zsh fish}
set posix {bash zsh}

# -- what is wrapped ---------------------------------------------------------------------------------------------------------------------

scenario {plain} $all {
    begin
    check "loads in silence" {![regexp -nocase {nono:|error|warning} $out] && $status == 0}
    line [string map [list NEWLINE [expr {$shell eq "fish" ? {e\nf} : {$'e\nf'}}]] {python one 'two words' "c'd" NEWLINE '$HOME' '*' '' -- --x}]
    check "sandboxed" [ran SBX]
    check "arguments intact" {[string first {args=(one)(two words)(c'd)(e<newline>f)($HOME)(*)()(--)(--x)} $out] >= 0}
    line {/usr/bin/env true; $HOME/work/bin/python}
    check "an absolute path is not wrapped" [ran RAW]
}

scenario {each program} $all {
    begin
    foreach p {python3 node npm pip3} {
        file copy -force $prog $home/work/bin/$p
        line "$p one"
        check "$p" {[ran SBX] && [string first "path=$home/work/bin/$p " $out] >= 0}
    }
}

scenario {status} $all {
    write $home/.config/nono/hook.json {{"programs": ["python", "absent"]}}
    begin
    line {python exit 7}
    check "exit status" {$status == 7}
    line {python term}
    check "signal" {$status == 143}
    line {absent t}
    check "not found" {$status == 127 && [times {absent.*not found}] >= 1}
    line {false}
    line {python getenv X}
    check "success again" {$status == 0}
}

scenario {pipeline} $all {
    begin
    line {echo a line | python cat | tr a-z A-Z}
    check "both ends" {[ran SBX] && [string first {GOT:A LINE} $out] >= 0}
    if {$shell eq "bash"} { line {python quiet 4 | false | true; echo "st:${PIPESTATUS[*]}"} }
    if {$shell eq "zsh"} { line {python quiet 4 | false | true; echo "st:${pipestatus[*]}"} }
    if {$shell eq "fish"} { line {python quiet 4 | false | true; echo "st:$pipestatus"} }
    check "status of each part" {[string first "st:4 1 0" $out] >= 0}
    write $home/work/in "from a file\n"
    line {python cat < in}
    check "redirected input" {[ran SBX] && [string first {got:from a file} $out] >= 0}
}

scenario {heredoc} $posix {
    begin
    send "python cat <<X\rinner line\rX\r"
    await
    check "here document" {[ran SBX] && [string first {got:inner line} $out] >= 0}
}

scenario {children} $all {
    script $home/work/s.py "#!/usr/bin/env python3\n"
    script $home/work/abs.py "#!$home/work/bin/python3\n"
    write $home/work/Makefile "all:\n\t@python from make\n"
    begin
    foreach {what text} {
        "env shebang" {./s.py}
        "env" {env python t}
        "command" {command python t}
        "xargs" {echo a | xargs python}
        "find" {find . -name in -o -name Makefile -exec python {} ';'}
        "nice" {nice python t}
        "timeout" {timeout 5 python t}
        "make" {make -s}
        "sh -c" {sh -c 'python t'}
        "bash -c" {bash -c 'python t'}
        "a child of an unwrapped program" {$HOME/work/bin/node spawn python}
    } {
        line $text
        check $what [ran SBX]
    }
    line {./abs.py}
    check "an absolute shebang is not wrapped" [ran RAW]
}

scenario {depth} $all {
    begin
    line {python nest 20}
    check "one layer, however deep" {$status == 0 && [times {=SBX=}] == 21}
}

scenario {words} $all {
    begin
    foreach {what text} {
        "quoted" {'python' t}
        "and" {true && python t}
        "variable before it" {A=seen python getenv A}
        "background" {python t & wait}
    } {
        line $text
        check $what [ran SBX]
    }
    line {A=seen python getenv A}
    check "the variable arrives" {[string first "env:seen" $out] >= 0}
    if {$shell eq "fish"} {
        set more {"substitution" {echo (python t)} "loop" {for i in 1 2; python $i; end} "if" {if python t; echo yes; end} "negation" {not python t}
            "time" {time python t} "subshell" {begin; python t; end} "exec" {fish -c 'exec python t'} "eval" {eval 'python t'} "variable" {set p python; $p t}}
    } else {
        set more {"backslash" {\python t} "substitution" {echo "$(python t)"} "loop" {for i in 1 2; do python $i; done} "if" {if python t; then echo yes; fi}
            "negation" {! python t} "time" {time python t} "subshell" {(python t)} "exec" {(exec python t)} "eval" {eval 'python t'} "variable" {p=python; $p t}}
    }
    foreach {what text} $more {
        line $text
        check $what {[ran SBX] && ![ran RAW]}
    }
    line [expr {$shell eq "fish" ? {set said (python 2>&1); echo "[$said]"} : {said=$(python 2>&1); echo "[$said]"}}]
    check "nothing of nono's in what is captured" [regexp {\[=SBX= [^\n]*args=\]} $out]
}

scenario {history} $all {
    begin
    if {$shell eq "bash"} { line {set -o history} }
    line {python first}
    if {$shell eq "fish"} { send "\x10"; line { second} } else { line {!py second} }
    check "run again, sandboxed" {[ran SBX] && [string first {args=(first)(second)} $out] >= 0}
    line [dict get {bash {history 3} zsh {fc -l -3} fish {history search --max 3 | cat}} $shell]
    check "the text is as typed" {[regexp {python first} $out] && ![regexp {nono run} $out]}
}

scenario {what a name is} $all {
    begin
    line [dict get {bash {type -t python} zsh {whence -w python} fish {type -t python}} $shell]
    check "the shell says" [regexp [expr {$shell eq "fish" ? {file} : {function}}] $out]
    line {nono which python}
    check "nono which says the program" [regexp -line "^$home/work/bin/python\$" $out]
}

# With the programs there really are. The sentinel tells, as in prog.c.
proc probe {python} { return "try:\n open('$::home/.ssh/sentinel'); v = 'RAW'\nexcept OSError: v = 'SBX'\nimport sys\nprint('=' + v + '= prefix=' + sys.prefix)\n" }

scenario {real python} $all {
    if {![file executable /usr/bin/python3]} {
        skip "venv and prompt" "there is no /usr/bin/python3"
        begin
    } else {
        set env(PATH) /usr/bin:/bin
        write $home/work/t.py [probe python]
        exec /usr/bin/python3 -m venv --without-pip $home/work/venv
        set activate [expr {$shell eq "fish" ? "venv/bin/activate.fish" : "venv/bin/activate"}]
        begin
        line {python3 t.py}
        check "plain" {[ran SBX] && [regexp {prefix=/usr\M} $out]}
        line ". $activate && python t.py"
        check "venv on the same line" {[ran SBX] && [string first "prefix=$home/work/venv" $out] >= 0}
        line {echo t.py | xargs python}
        check "venv from a child" {[ran SBX] && [string first "prefix=$home/work/venv" $out] >= 0}
        line {deactivate; python3 t.py}
        check "after deactivate" {[ran SBX] && [regexp {prefix=/usr\M} $out]}
        send "python3 -q\r"
        until {>>> }
        send "exec(open('t.py').read())\r"
        check "its own prompt" {[until {=SBX=.*>>> }]}
        send "\004"
        await
        check "ends" {$status == 0}
    }
}

scenario {npm run} $all {
    if {![file executable /usr/bin/npm] || ![file executable /usr/bin/node]} {
        skip "a script" "npm and node are not in /usr/bin"
        begin
    } else {
        set env(PATH) /usr/bin:/bin
        write $home/work/package.json {{"name": "x", "version": "1.0.0", "scripts": {"probe": "node probe.js"}}}
        write $home/work/probe.js "try { require('fs').readFileSync('$home/.ssh/sentinel'); console.log('=RAW=') } catch (e) { console.log('=SBX=') }"
        begin
        line {npm run probe}
        check "a script" {$status == 0 && [ran SBX]}
    }
}

# -- what a user may do next -----------------------------------------------------------------------------------------------------------------

scenario {venv} $all {
    file mkdir $home/work/venv/bin
    foreach p {python} { file copy $prog $home/work/venv/bin/$p }
    write $home/work/activate {_OLD=$PATH; PATH=$HOME/work/venv/bin:$PATH; export PATH; hash -r 2>/dev/null; deactivate() { PATH=$_OLD; export PATH; }}
    write $home/work/activate.fish {set -gx _OLD $PATH; set -gx PATH $HOME/work/venv/bin $PATH; function deactivate; set -gx PATH $_OLD; end}
    set script [expr {$shell eq "fish" ? "activate.fish" : "./activate"}]
    begin
    line ". $script && python same line"
    check "same line, by the path found" {[ran SBX] && [string first "path=$home/work/venv/bin/python " $out] >= 0}
    line {echo x | xargs python}
    check "next prompt, from a child" {[ran SBX] && [string first "path=$home/work/venv/bin/python " $out] >= 0}
    line {deactivate}
    line {env python}
    check "after deactivate" {[ran SBX] && [string first "path=$home/work/bin/python " $out] >= 0}
}

# As a version manager does it: scripts first on PATH that look for the version and become it.
scenario {pyenv} $all {
    set versions $home/.pyenv/versions
    file mkdir $home/.pyenv/shims $versions/3.7.1/bin
    file copy $prog $versions/3.7.1/bin/python
    script $home/.pyenv/shims/python "#!/usr/bin/env bash\nexec $versions/\$(cat $home/work/.python-version)/bin/\${0##*/} \"\$@\"\n"
    write $home/work/.python-version "3.7.1\n"
    set env(PATH) $home/.pyenv/shims:$home/work/bin:/usr/bin:/bin
    begin
    line {python t}
    check "typed" {[ran SBX] && [string first "path=$versions/3.7.1/bin/python " $out] >= 0}
    line {echo x | xargs python}
    check "by a child" {[ran SBX] && [string first "path=$versions/3.7.1/bin/python " $out] >= 0}
}

scenario {path keeper} $all {
    begin
    if {$shell eq "fish"} { line {set -gx PATH $HOME/work/bin /opt/none $PATH} } else { line {PATH=$HOME/work/bin:/opt/none:$PATH} }
    line {echo x | xargs python}
    check "first again at the next prompt" [ran SBX]
    if {$shell eq "fish"} { line {string join : -- $PATH} } else { line {echo "$PATH"} }
    check "nothing else moved" {[string first "$home/.local/share/nono/shims:$home/work/bin:/opt/none:$home/work/bin:/usr/bin:/bin\n" $out] >= 0}
}

scenario {new versions} $all {
    file mkdir $home/work/other
    foreach p {python3.7 pip3.7 python3.8} { file copy $prog $home/work/other/$p }
    begin
    if {$shell eq "fish"} { line {set -gx PATH $PATH $HOME/work/other} } else { line {PATH=$PATH:$HOME/work/other} }
    line {python3.7 t}
    check "wrapped once PATH holds them" [ran SBX]
    file delete $home/work/other/python3.8
    line {true}
    file mkdir $home/work/new
    if {$shell eq "fish"} { line {set -gx PATH $HOME/work/new $PATH} } else { line {PATH=$HOME/work/new:$PATH} }
    line {python copy $HOME/work/bin/python $HOME/work/new/python3.9}
    line {python3.9 t}
    check "wrapped once a wrapped program has put them there" {[ran SBX] && [string first "path=$home/work/new/python3.9 " $out] >= 0}
    check "and no link has gone" [file exists $home/.local/share/nono/shims/python3.8]
}

scenario {local path} {fish} {
    begin
    line {function f; set -lx PATH /opt/mine $PATH; env python t; end; f}
    check "wrapped in the function" [ran SBX]
    line {string join : -- $PATH}
    check "not leaked" {[string first "/opt/mine" $out] < 0 && [string first "shims:$home/work/bin:/usr/bin:/bin\n" $out] >= 0}
}

scenario {off and on} $all {
    begin
    line {nono off}
    line {python t}
    check "off" [ran RAW]
    line {echo x | xargs python}
    check "off for children" [ran RAW]
    line {nono on}
    line {python t}
    check "on" [ran SBX]
    line {command python t}
    check "on for children" [ran SBX]
    if {$shell eq "fish"} { line {string join : -- $PATH} } else { line {echo "$PATH"} }
    check "PATH as before" {[string first "$home/.local/share/nono/shims:$home/work/bin:/usr/bin:/bin\n" $out] >= 0}
}

scenario {nosandbox} $all {
    begin
    line {nosandbox python 'a b' -x}
    check "once" {[ran RAW] && [string first {args=(a b)(-x)} $out] >= 0}
    line {nosandbox env python t}
    check "with its children" [ran RAW]
    line {nosandbox python exit 9}
    check "status" {$status == 9}
    line {python t}
    check "then wrapped again" [ran SBX]
    line {command python t}
    check "no path remembered" [ran SBX]
    if {$shell eq "bash"} {
        line {set -o posix; nosandbox python t}
        check "in posix mode" [ran RAW]
        line {set +o posix; command python t}
        check "and only there" [ran SBX]
    }
    line {nosandbox}
    check "usage" {$status == 2 && [regexp {usage: nosandbox} $out]}
}

scenario {other commands} $all {
    begin
    line {nono no-such-command; nono --version}
    check "pass through" {$status == 0 && [regexp {no-such-command} $out]}
}

scenario {spoofed} $all {
    begin {}
    if {$shell eq "fish"} {
        line {set -gx NONO_ACTIVE 1; set -gx NONO_SANDBOX 1; set -gx __nono_guard 1; python t}
    } else {
        line {export NONO_ACTIVE=1 NONO_SANDBOX=1 __nono_guard=1; python t}
    }
    check "no variable turns it off" [ran SBX]
    line {env | grep -c __nono_ ; true}
    check "only the one just set is exported" [regexp -line {^1$} $out]
}

scenario {variables from outside} $all {
    set env(__nono_off) 1
    begin
    unset env(__nono_off)
    line {python t}
    check "not off" [ran SBX]
    line {env | grep -c __nono_ ; true}
    check "not handed on" [regexp -line {^0$} $out]
}

scenario {another home} $all {
    file mkdir $home/other
    begin
    foreach {what text} {
        "HOME" {env HOME=$HOME/other python spawn env python}
        "XDG_DATA_HOME" {env XDG_DATA_HOME=$HOME/other python t}
        "every directory" {env XDG_DATA_HOME=$HOME/other XDG_CONFIG_HOME=$HOME/other XDG_STATE_HOME=$HOME/other/s python t}
    } {
        line $text
        check "$what: wrapped" {$status == 0 && [regexp {path=\S+/work/bin/python } $out] && ![regexp {nono:} $out]}
    }
    line {env XDG_DATA_HOME=$HOME/other python t}
    check "and nothing more can be read" [ran SBX]
}

# -- job control ----------------------------------------------------------------------------------------------------------------------------

scenario {interrupt} $all {
    begin
    send "python rest\r"
    until READY
    send "\003"
    await
    check "prompt is back" {$status == 130}
    line {python t}
    check "sandboxed after it" [ran SBX]
    if {$shell eq "fish"} { send "for i in 1 2 3; python rest; end\r" } else { send "for i in 1 2 3; do python rest; done\r" }
    until READY
    send "\003"
    await
    check "ends a loop" {$status == 130 && [times READY] == 0}
    line {env | grep -ci nono_ ; true}
    check "leaves nothing behind" [regexp -line {^0$} $out]
}

scenario {stop} $all {
    begin
    foreach {what text} {"alone" {python rest go} "in a pipeline" {python rest go | cat}} {
        file delete $home/work/go
        send "$text\r"
        until READY
        send "\032"
        await
        line {jobs}
        check "$what: stopped" {[regexp -nocase {stopped|suspended} $out]}
        write $home/work/go ""
        line {fg}
        check "$what: continued" {$status == 0}
        line {jobs; python t}
        check "$what: no job left" {[ran SBX] && ![regexp -nocase {stopped|suspended} $out]}
    }
}

scenario {terminal} $all {
    begin
    line {python tty}
    check "terminal in the foreground" {[string first {tty:11 foreground:1} $out] >= 0}
    send "python cat\r"
    until {=SBX=}
    send "typed\r"
    until {got:typed}
    send "\004"
    await
    check "reads the terminal" {$status == 0}
}

# -- the prompt -------------------------------------------------------------------------------------------------------------------------------

scenario {status at the prompt} $all {
    begin
    line {false}
    check "false" {$status == 1}
    line "echo st:$status_of($shell)"
    check "kept" {[string first st:1 $out] >= 0}
    if {$shell ne "fish"} {
        line {false | true | false}
        line [expr {$shell eq "bash" ? {echo "st:${PIPESTATUS[*]}"} : {echo "st:$pipestatus"}}]
        check "of a pipeline" {[string first {st:1 0 1} $out] >= 0}
        line {echo first second}
        line {echo "last:$_"}
        check "last argument" {[string first last:second $out] >= 0}
    }
}

scenario {hint} $all {
    begin
    set pid [expr {$shell eq "fish" ? {$fish_pid} : {$$}}]
    line "ls -l \$HOME/.local/state/nono/run"
    check "the file is ours alone" [regexp -line {^-rw-------.* hint\.[0-9]+$} $out]
    line "printf 'nono: blocked \\033\[31m\\001x\\nsecond\\n' >> \$HOME/.local/state/nono/run/hint.$pid"
    check "shown" {[string first "nono: blocked ?\[31m?x\nsecond" $out] >= 0}
    check "no escape reaches the terminal" {[string first "\x1b\[31m" $raw] < 0}
    line {true}
    check "once" {[string first blocked $out] < 0}
}

scenario {hint of a run} $all {
    begin
    line {sh -c 'python create made'}
    check "says how to take it back" {$status == 0 && [times {nono: .*rollback}] == 1}
    line {true}
    check "once" {[string first rollback $out] < 0}
    line {nono off; python create too; nono on}
    check "not for what ran outside" {[string first rollback $out] < 0}
}

scenario {hint of a denial} $all {
    begin
    line [expr {$shell eq "fish" ? {sh -c "python create '$HOME/x"\e"[31m'"} : {sh -c "python create '$HOME/x"$'\e'"[31m'"}}]
    check "says what, and how to learn more" {$status != 0 && [times {nono: denied: write .*nono why --last}] == 1}
    check "no escape reaches the terminal" {[string first {x\x1b[31m (python)} $raw] >= 0}
    line {true}
    check "once" {[string first denied $out] < 0}
}

scenario {hint of a second failure} $all {
    begin
    line {python exit 3}
    check "says that the next one is watched" {$status == 3 && [times {nono: python ran sandboxed and failed}] == 1}
    line {python exit 3}
    check "says what was denied" {$status == 3 && [times {nono: denied: read .*sentinel}] == 1}
    line {python exit 3}
    check "once" {$status == 3 && [string first nono: $out] < 0}
}

scenario {what the hook relies on} $all {
    begin
    foreach place {.local/share/nono/shims .config/nono .local/state/nono/run .local/state/nono .local/share/nono} {
        line "python create \$HOME/$place/planted"
        check "$place: out of reach" {[ran SBX] && $status != 0 && ![file exists $home/$place/planted]}
        line "cd \$HOME/$place; python create planted; cd \$HOME/work"
        check "$place: from inside it too" {![file exists $home/$place/planted]}
        line "nosandbox python create \$HOME/$place/planted"
        check "$place: not for the outside" {$status == 0 && [file exists $home/$place/planted]}
    }
}

scenario {project} $all {
    set env(MY_TOKEN) 12345
    begin
    unset env(MY_TOKEN)
    file mkdir $home/work/.nono
    write $home/work/.nono/profile.json {{"extends": "developer", "environment": {"allow": ["MY_TOKEN"]}}}
    file attributes $home/work/.nono -permissions 0700
    file attributes $home/work/.nono/profile.json -permissions 0600
    line {cd ..}
    line {cd work}
    check "one line on the way in" {[times {not in force}] == 1 && [times {nono:}] == 1}
    line {python getenv MY_TOKEN}
    check "takes no part" {[ran SBX] && [string first 12345 $out] < 0 && [times {nono:}] == 0}
    line {nono run -s --allow-cwd -- sh -c 'mkdir -p ~/.local/state/nono/projects/x'}
    check "what is allowed is out of reach" {![file exists $home/.local/state/nono/projects/x]}
    line {nono -s project status}
    check "and it stays so" {[string first "in force for" $out] < 0 && $status == 1}
    line {python spawn $NONO -s project allow --yes; nono -s project status}
    check "nobody allows himself" {[ran SBX] && [regexp {inside a nono sandbox} $out] && [string first "in force for" $out] < 0 && $status == 1}
    line {nono -s project allow --yes}
    check "allowed, and what it asks for is shown" {$status == 0 && [string first MY_TOKEN $out] >= 0}
    line {cd bin; python getenv MY_TOKEN}
    check "in force below it" {[ran SBX] && [string first 12345 $out] >= 0}
    line {cd ..}
    write $home/work/.nono/profile.json {{"extends": "developer", "environment": {"allow": ["MY_TOKEN", "X"]}}}
    line {python getenv MY_TOKEN}
    check "not once it has changed" {[ran SBX] && [string first 12345 $out] < 0}
    line {cd ..}
    line {cd work}
    check "which is told on the way in" {[times {has changed}] == 1}
    line {nono -s project deny; cd ..}
    line {cd work}
    check "denied in silence" {[times {nono:}] == 0}
}

scenario {no hints} $all {
    write $home/.config/nono/hook.json {{"hints": false}}
    begin
    line {ls $HOME/.local/state/nono/run | grep -c '^hint'; true}
    check "no file" [regexp -line {^0$} $out]
    line {python t}
    check "sandboxed" [ran SBX]
}

scenario {no forks} $all {
    if {[catch {exec strace -f -o /dev/null true} why]} {
        skip "per prompt" "strace cannot trace here"
    } else {
        set forks {}
        foreach prompts_more {2 22} {
            begin {} {} "strace -f -qq -e trace=clone,clone3,fork,vfork,execve -o $home/trace.$prompts_more"
            for {set i 0} {$i < $prompts_more} {incr i} { line { } }
            finish
            set f [open $home/trace.$prompts_more]
            set n 0
            foreach call [split [read $f] "\n"] { if {[regexp {(clone3?|v?fork|execve)\(} $call] && ![regexp CLONE_THREAD $call]} { incr n } }
            lappend forks $n
            close $f
        }
        set out $forks
        check "per prompt" {[lindex $forks 0] == [lindex $forks 1]}
        begin
    }
}

# -- settings a user may have ---------------------------------------------------------------------------------------------------------------

scenario {sourced again} $all {
    begin
    line $load($shell)
    line $load($shell)
    if {$shell eq "fish"} { line {string join : -- $PATH} } else { line {echo "$PATH"} }
    check "one entry on PATH" {[times {nono/shims}] == 1}
    if {$shell eq "bash"} { line {declare -p PROMPT_COMMAND} }
    if {$shell eq "zsh"} { line {print -l -- $precmd_functions} }
    if {$shell eq "fish"} { line {functions --handlers-type generic | grep __nono} }
    check "one hook" {[times {__nono_p}] == 1}
    line {python t}
    check "sandboxed" [ran SBX]
}

# A setting made before the hook is loaded; wrapped, quiet, PATH whole.
proc hostile {name shells before} {
    global settings
    scenario "with $name" $shells [subst -nocommands {
        begin {$before}
        set loaded \$out
        line {python t}
        check "wrapped" {[ran SBX]}
        check "nothing is said" {![regexp -nocase {nono:|error|unbound|not found|no such|invalid|readonly|bad |alias} \$loaded\$out]}
        line {command python t}
        check "wrapped for children" {[ran SBX]}
    }]
}

hostile {set -u} $posix {{set -u}}
hostile {set -e and pipefail} $posix {{set -e; set -o pipefail}}
hostile {noglob and noclobber} $posix {{set -f; set -C}}
hostile {allexport} $posix {{set -a}}
hostile {IFS=/} $posix {{IFS=/}}
hostile {empty IFS} $posix {{IFS=}}
hostile {aliases} $posix {{alias python=python3 local=echo case=echo emulate=echo shopt=echo typeset=echo function=echo printf=echo print=echo}}
hostile {global aliases} {zsh} {{alias -g path=X; alias -g '[['=echo; alias -g if=echo}}
hostile {extglob and friends} {bash} {{shopt -s extglob failglob nullglob nocasematch dotglob}}
hostile {failglob alone} {bash} {{shopt -s failglob}}
hostile {compat42} {bash} {{shopt -s compat42}}
hostile {posix mode} {bash} {{set -o posix}}
hostile {functrace} {bash} {{set -T; trap 'printf "traced\n" >/dev/null' DEBUG}}
hostile {an ERR trap} {bash} {{set -E; trap 'echo ERRTRAP error' ERR}}
hostile {emulate sh} {zsh} {{emulate sh; setopt prompt_subst}}
hostile {emulate ksh} {zsh} {{emulate ksh; setopt prompt_subst}}
hostile {KSH_ARRAYS} {zsh} {{setopt ksh_arrays}}
hostile {odd options} {zsh} {{setopt sh_word_split glob_subst no_unset warn_create_global no_match null_glob csh_null_glob rc_expand_param}}
hostile {no_clobber and all_export} {zsh} {{setopt no_clobber all_export err_return}}
hostile {TRAPZERR} {zsh} {{TRAPZERR() { echo ZERRTRAP error; }}}
hostile {a function add-zsh-hook} {zsh} {{add-zsh-hook() { echo error; }; fpath=()}}
hostile {readonly PROMPT_COMMAND} {bash} {{readonly PROMPT_COMMAND=true}}
hostile {functions as aliases} {fish} {{function ls; command ls $argv; end; alias python=python3}}

scenario {trap kept} $all {
    if {$shell eq "fish"} {
        begin {{function mine --on-signal USR1; end}}
        line {functions --handlers}
        check "of a signal" {[regexp {mine} $out]}
    } else {
        begin {{trap ': debug' DEBUG} {trap ': int' INT}}
        line [expr {$shell eq "bash" ? {trap -p DEBUG; trap -p INT} : {trap}}]
        check "DEBUG and INT" {[regexp {': debug'} $out] && [regexp {': int'} $out]}
    }
}

scenario {hooks of others} {zsh fish} {
    foreach {what before} [dict get {
        zsh {"a function" {precmd() { echo "mine:$?"; }} "a list" {mine() { echo "mine:$?"; }; precmd_functions=(mine)}
            "a fixed list" {mine() { echo "mine:$?"; }; typeset -gr precmd_functions=(mine)}}
        fish {"an event" {function mine --on-event fish_prompt; echo mine:$status; end}}
    } $shell] {
        begin [list $before]
        line {false}
        check "$what: kept, with the status" {[string first mine:1 $out] >= 0 && $status == 1 && ![regexp -nocase {nono:|error} $out]}
        line {command python t}
        check "$what: wrapped" [ran SBX]
        finish
    }
    begin
}

scenario {negation under set -e} {bash} {
    begin {{set -e}}
    line {! true}
    check "the shell lives" {$status == 1}
    line {python t}
    check "sandboxed" [ran SBX]
}

scenario {PROMPT_COMMAND} {bash} {
    foreach {what before} {
        "scalar" {PROMPT_COMMAND='echo "mine:$?"'}
        "with a comment" {PROMPT_COMMAND='echo "mine:$?" # say'}
        "array" {PROMPT_COMMAND=('echo "mine:$?"')}
        "exported" {export PROMPT_COMMAND='echo "mine:$?"'}
    } {
        begin [list $before]
        line {false}
        check "$what: kept, with the status" {[string first mine:1 $out] >= 0 && $status == 1}
        line {PATH=$HOME/work/bin:$PATH}
        line {command python t}
        check "$what: ours runs" [ran SBX]
        if {$what eq "exported"} {
            line {bash --norc -i <<< 'echo inner'}
            check "$what: harmless in a child" {![regexp {not found|syntax} $out]}
        }
        line {PROMPT_COMMAND+=('echo "after:$?"'); (exit 5)}
        check "$what: the status goes on" {$what eq "exported" || [string first after:5 $out] >= 0}
        finish
    }
    begin
}

scenario {loaded in a function} $all {
    if {$shell eq "fish"} {
        begin [list "function load; $load(fish); end"] load
        line {set -gx PATH $HOME/work/bin $PATH}
    } else {
        begin [list "load() { $load($shell); }"] load
        line {python t}
        check "wrapped" [ran SBX]
        line {PATH=$HOME/work/bin:$PATH}
    }
    line {command python t}
    check "and kept so" [ran SBX]
}

scenario {from a descriptor} $posix {
    begin {} "source <(\"\$NONO\" hook $shell)"
    line {python t}
    check "wrapped" [ran SBX]
}

scenario {restricted} {bash} {
    file link -symbolic $home/work/bin/nono $nono
    begin {{set -r}} {eval "$(nono hook bash)"}
    check "says that nothing is wrapped" {[times {nono: nothing is wrapped}] == 1}
    line {python t}
    check "and is true to it" [ran RAW]
}

scenario {user function} $all {
    if {$shell eq "fish"} {
        begin {{function python; echo mine; command python $argv; end}}
    } else {
        begin {{python() { echo mine; command python "$@"; }}}
    }
    line {python t}
    check "not overwritten, wrapped by the shim" {[ran SBX] && [regexp -line {^mine$} $out]}
}

scenario {odd names} $all {
    write $home/.config/nono/hook.json {{"programs": ["python", "g++", "pip3.11", "7z", "a_b", "x-y"]}}
    foreach p {g++ pip3.11 7z a_b x-y} { file copy $prog $home/work/bin/$p }
    begin
    foreach p {g++ pip3.11 7z a_b x-y python} {
        line "$p t"
        check $p [ran SBX]
    }
    if {$shell eq "bash"} {
        finish
        begin {{set -o posix}}
        foreach p {g++ pip3.11 7z a_b x-y python} {
            line "$p t"
            check "$p in posix mode" [ran SBX]
        }
    }
}

scenario {home with 'quotes" and $signs} $all {
    begin
    line {python t}
    check "wrapped" [ran SBX]
    line {command python t}
    check "shim" [ran SBX]
    line {nosandbox python t}
    check "nosandbox" [ran RAW]
}

scenario {not interactive} $all {
    begin
    line {true}
    set text $load($shell)
    set code [catch {exec -ignorestderr {*}[dict get {bash {bash --norc -c} zsh {zsh -f -c} fish {fish --no-config -c}} $shell] "$text; and_then 2>/dev/null; type python" 2>@1} out]
    set code [catch {exec {*}[dict get {bash {bash --norc -c} zsh {zsh -f -c} fish {fish --no-config -c}} $shell] $text 2>@1} out]
    check "no output, status 0" {$code == 0 && $out eq ""}
    set out [exec {*}[dict get {bash {bash --norc -c} zsh {zsh -f -c} fish {fish --no-config -c}} $shell] "$text; type python" 2>@1]
    check "no functions" {![regexp {function} $out] && [regexp {work/bin/python} $out]}
}

scenario {bad settings} $all {
    write $home/.config/nono/hook.json {{"program": ["python"]}}
    begin
    check "one line that names the key" {[regexp {hook\.json} $out] && [regexp {programs} $out] && [times {nono:}] == 1}
    line {echo usable}
    check "the shell is usable" {$status == 0 && [regexp -line {^usable$} $out]}
    line {python t}
    check "and not wrapped" [ran RAW]
}

# What the README tells people to write, as it stands there.
proc snippet {mark} {
    set f [open [file join [file dirname [info script]] ../../README.md]]
    set text [read $f]
    close $f
    regexp -- "\n    # ${mark}\[^\n]*\n    (\[^\n]*)\n" $text - found
    return $found
}

scenario {prompt snippets} $all {
    begin
    line [snippet $shell]
    check "nothing to say" {![regexp {\[work\]|unwrapped\] *$} $out] && $status == 0}
    set show [expr {$shell eq "fish" ? {; fish_right_prompt} : {}}]
    line "nono off$show"
    check "off" {[string first {[unwrapped] } $out] >= 0}
    line "nono on$show"
    check "on" {[string first {[unwrapped]} $out] < 0}
    file mkdir $home/work/.nono
    write $home/work/.nono/profile.json {{}}
    line {cd .; cd bin}
    line "true$show"
    check "a project" {[string first {[work]} $out] >= 0}
    regexp {when = '([^']*)'} [snippet {starship[^']*\n    \[custom}] - when
    line "sh -c '$when' && echo sho''wn"
    check "starship: on" {[times {shown}] == 0}
    line "nono off; sh -c '$when' && echo sho''wn"
    check "starship: off" {[times {shown}] == 1}
}

# -- nono is gone ----------------------------------------------------------------------------------------------------------------------------

# In a prefix of its own, so that it can be removed.
proc gone {mode} {
    global home shell env nono parts out status
    write $home/.config/nono/hook.json "{\"on_missing\": \"$mode\"}"
    file mkdir $home/prefix/bin $home/prefix/lib
    file copy $nono $home/prefix/bin/nono
    file copy $parts $home/prefix/lib
    set env(NONO) $home/prefix/bin/nono
    begin
    set env(NONO) $nono
    line {python t}
    check "before" [ran SBX]
    line {rm $HOME/prefix/bin/nono}
    check "a warning" {[times {nono: warning: .* is missing}] == 1}
    line {true}
    check "once" {[times {is missing}] == 0}
    line {python exit 3}
}

scenario {missing, refuse} $all {
    gone refuse
    check "refused in one line" {$status == 127 && ![ran RAW] && [times {is missing: python was not run}] == 1}
    line {nosandbox python exit 3}
    check "nosandbox runs it" {[ran RAW] && $status == 3}
    line "cp $nono \$HOME/prefix/bin/nono"
    line {python t}
    check "back again" [ran SBX]
}

scenario {missing, warn} $all {
    gone warn
    check "runs the real one" {$status == 3 && [ran RAW]}
    if {$shell ne "fish"} { check "with a warning" {[times {is missing: python runs outside}] == 1} }
}

puts "1..$count"
exit [expr {$failed > 0}]
