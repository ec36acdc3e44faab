# bash completion for git-xp, gitxp and, through Git's own completion, `git xp`.
# Made of the commands' own help: python tests/docs/generate.py

__git_xp_words() {
    case $1 in
    '') echo '--no-pager --version -h --help' ;;
    run) echo '-e --experiment --name --hypothesis --group --tag --param --metrics -q --quiet -h --help' ;;
    recover) echo '--force -n --dry-run --yes -q --quiet --json -h --help' ;;
    init) echo '-q --quiet -h --help' ;;
    list) echo '-e --experiment --where --sort -n --limit --remote --json -h --help' ;;
    show) echo '-e --experiment --where --sort -n --limit --json -h --help' ;;
    diff) echo '--stat -h --help' ;;
    metrics) echo '-e --experiment --where --sort -n --limit -m --metric --csv --json --chart -h --help' ;;
    log) echo '--oneline --graph --where -n --limit --json -h --help' ;;
    'experiment list') echo '--json -h --help' ;;
    'experiment describe') echo '-m --message -q --quiet --json -h --help' ;;
    status) echo '--json -h --help' ;;
    tag) echo '-e --experiment --where --sort -n --limit -d --delete -q --quiet --json -h --help' ;;
    note) echo '-e --experiment --where --sort -n --limit -m --message -q --quiet --json -h --help' ;;
    verdict) echo '-e --experiment --where --sort -n --limit -m --message -q --quiet --json -h --help' ;;
    keep) echo '-e --experiment --where --sort -n --limit --off -q --quiet --json -h --help' ;;
    rename) echo '-q --quiet --json -h --help' ;;
    'artifact list') echo '-e --experiment --where --sort -n --limit --json -h --help' ;;
    'artifact get') echo '-o --output -f --force -q --quiet -h --help' ;;
    remove) echo '-e --experiment --where --sort --limit --purge -n --dry-run --yes -q --quiet --json -h --help' ;;
    undo) echo '--list -n --dry-run -q --quiet --json -h --help' ;;
    verify) echo '-e --experiment --where --sort -n --limit --deep --json -h --help' ;;
    doctor) echo '--json -h --help' ;;
    export) echo '-e --experiment --where --sort -n --limit -o --output --format --points -m --metric -c --column --partition-by -f --force -q --quiet --json -h --help' ;;
    'config list') echo '--json -h --help' ;;
    'config get') echo '--json -h --help' ;;
    demo) echo '-h --help' ;;
    esac
}

# Print the commands of a group; nothing for a command of its own.
__git_xp_group() {
    case $1 in
    experiment) echo 'list describe' ;;
    artifact) echo 'list get' ;;
    config) echo 'list get' ;;
    esac
}

# Complete the word at $1 of the words that follow, the first of which is the program.
__git_xp_complete() {
    local at=$1 command= place=2
    shift
    local words=("$@")
    while ((place <= at)); do
        local word=${words[place - 1]}
        if [[ $word == -- ]]; then
            COMPREPLY=()
            return
        fi
        if [[ $word != -* ]]; then
            if [[ -z $command ]]; then
                command=$word
            elif [[ -n $(__git_xp_group "$command") ]]; then
                command="$command $word"
            fi
        fi
        place=$((place + 1))
    done
    local current=${words[at]} offered
    offered=$(__git_xp_words "$command")
    if [[ $current != -* ]]; then
        offered=$(__git_xp_group "$command")
        [[ -z $command ]] && offered='run recover init list show diff metrics log experiment status tag note verdict keep rename artifact remove undo verify doctor export config demo'
    fi
    COMPREPLY=($(compgen -W "$offered" -- "$current"))
}

# What Git's completion calls for `git xp`.
_git_xp() {
    local at=0
    while [[ $at -lt $cword && ${words[at]} != xp ]]; do
        at=$((at + 1))
    done
    __git_xp_complete $((cword - at)) "${words[@]:at}"
}

__git_xp_alone() {
    __git_xp_complete "$COMP_CWORD" "${COMP_WORDS[@]}"
}

complete -o bashdefault -o default -F __git_xp_alone git-xp gitxp
