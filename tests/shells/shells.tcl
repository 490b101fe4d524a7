# A shell on a pseudo terminal, typed into line by line. `line` waits for the prompt that follows; its marker holds a counter and the exit status,
# so nothing is guessed from timing.

set timeout 60
set stty_init "cols 1000 rows 50 noflsh" ;# a key that interrupts throws away what is printed before the other end has read it
log_user 0
match_max -d 1000000


set prompts 0; set status ""; set out ""
set count 0; set failed 0; set homes 0; set scenario ""

# The differences between the shells, all of them.
array set start {
    bash {bash --norc --noprofile -i}
    zsh  {zsh -f -i}
    fish {fish --no-config --interactive}
}
array set prompt {
    bash {t=0; PS1='@@$((t+=1)):$?@@'; PS2=; HISTFILE=}
    zsh  {setopt prompt_subst no_prompt_sp no_prompt_cr; t=0; PS2=; PS1='@@$((t+=1)):$?@@'}
    fish {function t_tick --on-event fish_prompt; set -g t (math 0$t + 1); end; function fish_prompt; echo -n @"@$t:$status@"@; end; function fish_greeting; end}
}
array set load {
    bash {eval "$("$NONO" hook bash)"}
    zsh  {eval "$("$NONO" hook zsh)"}
    fish {$NONO hook fish | source}
}
array set status_of {bash {$?} zsh {$?} fish {$status}}

proc check {what condition} {
    global count failed scenario shell out
    incr count
    if {[uplevel 1 [list expr $condition]]} {
        puts "ok $count - $shell: $scenario: $what"
    } else {
        incr failed
        puts "not ok $count - $shell: $scenario: $what"
        puts "# output was:\n#   [string map {\n "\n#   "} $out]"
    }
}

proc skip {what why} {
    global count scenario shell
    incr count
    puts "ok $count - $shell: $scenario: $what # SKIP $why"
}

# Cursor movements and colours say nothing here; a raw ESC that a test is about is looked for in $raw.
proc plain {text} {
    regsub -all {\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|\x1b[()][A-Z0-9]|\x1b[=>]} $text "" text
    return [string map {"\r" ""} $text]
}

# What came since the last match.
proc unread {} {
    expect {
        -re {^.+$} { return $expect_out(0,string) }
        timeout { return "" }
    }
}

# Waits for the next prompt and takes apart what came before it.
proc await {} {
    global prompts status out raw spawn_id
    set raw ""
    while 1 {
        expect {
            -re {^(.*?)@@([0-9]+):([0-9]+)@@} {
                append raw $expect_out(1,string)
                # A shell may draw the same prompt again.
                if {$expect_out(2,string) > $prompts} {
                    set prompts $expect_out(2,string)
                    set status $expect_out(3,string)
                    set out [plain $raw]
                    return 1
                }
            }
            timeout { set out [plain "$raw[unread]"]; set status timeout; return 0 }
            eof { set out [plain $raw]; set status eof; return 0 }
        }
    }
}

proc line {text} {
    global status out
    if {[catch {send -- "$text\r"}]} {
        set status eof
        set out "the shell is gone"
        return 0
    }
    await
}

# Waits for a text of the running program.
proc until {pattern} {
    global out expect_out
    expect {
        -re $pattern { set out [plain $expect_out(buffer)]; return 1 }
        timeout { set out "no '$pattern'"; return 0 }
        eof { set out "end of file before '$pattern'"; return 0 }
    }
}

proc ran {how} { global out; return [regexp "=$how=" $out] }
proc times {pattern} { global out; return [regexp -all $pattern $out] }

proc write {path text} {
    set f [open $path w]
    puts -nonewline $f $text
    close $f
}

proc script {path text} {
    write $path $text
    file attributes $path -permissions 0755
}

# A home with a sentinel the sandbox does not grant, and a work directory with the programs.
proc make_home {name} {
    global root prog env
    set home [file join $root $name]
    file mkdir $home/.ssh $home/work/bin $home/.config/nono/profiles
    file copy [file join [file dirname [info script]] ../demo/developer.json] $home/.config/nono/profiles
    file attributes $home/.config/nono/profiles/developer.json -permissions 0644
    file attributes $home/.ssh -permissions 0700
    write $home/.ssh/sentinel secret
    foreach p {python python3 node} {
        file copy -force $prog $home/work/bin/$p
        file attributes $home/work/bin/$p -permissions 0755
    }
    set env(HOME) $home
    set env(PATH) $home/work/bin:/usr/bin:/bin
    return $home
}

# `before` is typed before the hook is loaded, `how` loads it; `wrapper` is a program to start the shell with.
proc begin {{before {}} {how {}} {wrapper {}}} {
    global shell start prompt load env home spawn_id prompts
    set prompts 0
    cd $home/work
    spawn -noecho {*}$wrapper {*}$start($shell)
    send -- "$prompt($shell)\r"
    await
    foreach text $before { line $text }
    line [expr {$how eq "" ? $load($shell) : $how}]
}

proc finish {} {
    global spawn_id
    catch {send -- "\003\rexit\r\rexit\r"}
    set timeout 3
    expect { eof {} timeout { catch {exec kill -KILL [exp_pid]} } }
    catch {close}
    catch {wait}
}

# scenario NAME SHELLS BODY: each in a home and a shell of its own.
proc scenario {name shells body} {
    global shell scenario home homes only
    if {$shell ni $shells || ($only ne "" && $only ne $name)} return
    set scenario $name
    set home [make_home [expr {[string match {home *} $name] ? $name : "home[incr homes]"}]]
    uplevel #0 $body
    finish
}
