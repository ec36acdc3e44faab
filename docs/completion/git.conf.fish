# fish completion for git xp, read when a shell starts.
# Made of the commands' own help: python tests/docs/generate.py

function __gitxp_after_git
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l at (contains -i -- xp $words)
    set -l given (string escape -- $words[(math $at + 1)..-1])
    complete -C (string join ' ' -- git-xp $given "$current")
end
complete -c git -n '__fish_seen_subcommand_from xp' -f -a '(__gitxp_after_git)'
