# fish completion for @program@: the program answers; nothing that was typed is evaluated.
function __@program@_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l current (string unescape -- $token)
    or set current (string replace -r '^["\']' '' -- $token)
    set -l answer (command @program@ __complete --paths (count $words) -- $words "$current" 2>/dev/null)
    or return
    set -l directive (string split : -- $answer[-1])
    set -l bits $directive[2]
    if test (math "bitand($bits, 32)") -ne 0
        set -l inner (string escape -- $words[(math $directive[3] + 1)..-1])
        complete -C (string join ' ' -- $inner "$token")
        return
    end
    test (count $answer) -gt 1
    and printf '%s\n' $answer[1..-2]
    test (math "bitand($bits, 4)") -ne 0
    and return
    # No path is called as the token is written: fish knows what its variables and patterns stand for.
    set -l before ''
    if test (math "bitand($bits, 64)") -ne 0
        set before (string match -r '^[^=]*=' -- "$current")
        set token (string replace -r '^[^=]*=' '' -- "$token")
    end
    set -l kind '.*'
    test (math "bitand($bits, 16)") -ne 0
    and set kind '.*/$'
    for path in (complete -C "__@program@_is_no_command $token" | string match -r -- $kind)
        printf '%s\n' $before$path
    end
end
complete -c @program@ -f -k -a '(__@program@_complete)'
