# bash completion for git-xp, gitxp and, through Git's own completion, `git xp`.
# Made of the commands' own help: python tests/docs/generate.py

__git_xp_words() {
    case $1 in
    '') echo '--no-pager --version -h --help' ;;
    run) echo '-e --experiment --name --hypothesis --group --tag --param --metrics --live -q --quiet -h --help' ;;
    recover) echo '--force -n --dry-run --yes -q --quiet --json -h --help' ;;
    init) echo '-q --quiet -h --help' ;;
    list) echo '-e --experiment --where --sort -n --limit -r --remote --baseline -c --column --by --json -h --help' ;;
    show) echo '-e --experiment --where --sort -n --limit --baseline --json -h --help' ;;
    diff) echo '-e --experiment --where --sort -n --limit --stat -h --help' ;;
    compare) echo '-e --experiment --where --sort -n --limit -r --remote --all --baseline --json --html -h --help' ;;
    metrics) echo '-e --experiment --where --sort -n --limit -m --metric --csv --json --chart -h --help' ;;
    plot) echo '-e --experiment --where --sort -n --limit -r --remote -m --metric --scatter --parallel --bars --by --field -x --smooth --best --band --unfinished --goal -o --output -f --force -q --quiet --json -h --help' ;;
    convergence) echo '-e --experiment --where --sort -n --limit -r --remote -m --metric --to --hold --goal --json -h --help' ;;
    groups) echo '-e --experiment --where --sort -n --limit -r --remote -m --metric --by --baseline --interval --confidence --unfinished --json -h --help' ;;
    log) echo '--oneline --graph --where -r --remote -n --limit --baseline --json -h --help' ;;
    'experiment list') echo '-r --remote --json -h --help' ;;
    'experiment describe') echo '-m --message -q --quiet --json -h --help' ;;
    status) echo '--json -h --help' ;;
    tag) echo '-e --experiment --where --sort -n --limit -d --delete -q --quiet --json -h --help' ;;
    note) echo '-e --experiment --where --sort -n --limit -m --message -q --quiet --json -h --help' ;;
    verdict) echo '-e --experiment --where --sort -n --limit -m --message -q --quiet --json -h --help' ;;
    keep) echo '-e --experiment --where --sort -n --limit --off -q --quiet --json -h --help' ;;
    rename) echo '-e --experiment --where --sort -n --limit -q --quiet --json -h --help' ;;
    'baseline set') echo '--where --sort -n --limit -e --experiment -q --quiet --json -h --help' ;;
    'baseline clear') echo '-q --quiet --json -h --help' ;;
    'baseline show') echo '--json -h --help' ;;
    'artifact list') echo '-e --experiment --where --sort -n --limit --json -h --help' ;;
    'artifact get') echo '-e --experiment --where --sort -n --limit -o --output -f --force -q --quiet -h --help' ;;
    gate) echo '-e --experiment --where --sort -n --limit -r --remote --metric --min-gain --against --seeds --alpha --goal --json -h --help' ;;
    remove) echo '-e --experiment --where --sort --limit --purge -n --dry-run --yes -q --quiet --json -h --help' ;;
    undo) echo '--list -n --dry-run -q --quiet --json -h --help' ;;
    push) echo '-e --experiment --where --sort --limit --reroute --replace --allow-secret --live --every --no-verify -n --dry-run -q --quiet --json -h --help' ;;
    fetch) echo '-q --quiet --json -h --help' ;;
    pull) echo '--restored --replace -q --quiet --json -h --help' ;;
    verify) echo '-e --experiment --where --sort -n --limit --deep --json -h --help' ;;
    doctor) echo '--json -h --help' ;;
    export) echo '-e --experiment --where --sort -n --limit -r --remote -o --output --format --points -m --metric -c --column --partition-by -f --force -q --quiet --json -h --help' ;;
    'config list') echo '--json -h --help' ;;
    'config get') echo '--json -h --help' ;;
    demo) echo '-h --help' ;;
    esac
}

# Print the commands of a group; nothing for a command of its own.
__git_xp_group() {
    case $1 in
    experiment) echo 'list describe' ;;
    baseline) echo 'set clear show' ;;
    artifact) echo 'list get' ;;
    config) echo 'list get' ;;
    esac
}

# Print the options of a command to which the next word belongs.
__git_xp_values() {
    case $1 in
    run) echo '-e --experiment --name --hypothesis --group --tag --param --metrics --live' ;;
    list) echo '-e --experiment --where --sort -n --limit -r --remote --baseline -c --column --by' ;;
    show) echo '-e --experiment --where --sort -n --limit --baseline' ;;
    diff) echo '-e --experiment --where --sort -n --limit' ;;
    compare) echo '-e --experiment --where --sort -n --limit -r --remote --baseline' ;;
    metrics) echo '-e --experiment --where --sort -n --limit -m --metric' ;;
    plot) echo '-e --experiment --where --sort -n --limit -r --remote -m --metric --scatter --by --field -x --smooth --band --goal -o --output' ;;
    convergence) echo '-e --experiment --where --sort -n --limit -r --remote -m --metric --to --hold --goal' ;;
    groups) echo '-e --experiment --where --sort -n --limit -r --remote -m --metric --by --baseline --interval --confidence' ;;
    log) echo '--where -r --remote -n --limit --baseline' ;;
    'experiment list') echo '-r --remote' ;;
    'experiment describe') echo '-m --message' ;;
    tag) echo '-e --experiment --where --sort -n --limit' ;;
    note) echo '-e --experiment --where --sort -n --limit -m --message' ;;
    verdict) echo '-e --experiment --where --sort -n --limit -m --message' ;;
    keep) echo '-e --experiment --where --sort -n --limit' ;;
    rename) echo '-e --experiment --where --sort -n --limit' ;;
    'baseline set') echo '--where --sort -n --limit -e --experiment' ;;
    'artifact list') echo '-e --experiment --where --sort -n --limit' ;;
    'artifact get') echo '-e --experiment --where --sort -n --limit -o --output' ;;
    gate) echo '-e --experiment --where --sort -n --limit -r --remote --metric --min-gain --against --seeds --alpha --goal' ;;
    remove) echo '-e --experiment --where --sort --limit' ;;
    push) echo '-e --experiment --where --sort --limit --allow-secret --every' ;;
    verify) echo '-e --experiment --where --sort -n --limit' ;;
    export) echo '-e --experiment --where --sort -n --limit -r --remote -o --output --format -m --metric -c --column --partition-by' ;;
    esac
}

# Print what an argument, by its number, or the value of an option is the name of.
__git_xp_named() {
    case $1 in
    tag:1 | verdict:1 | undo:1 | push:1 | fetch:1 | pull:1 | 'config get':1) ;;
    'run -e' | 'run --experiment' | 'list -e' | 'list --experiment' | 'show -e' | 'show --experiment' | 'diff -e' | 'diff --experiment' | 'compare -e' | 'compare --experiment' | 'metrics -e' | 'metrics --experiment' | 'plot -e' | 'plot --experiment' | 'convergence -e' | 'convergence --experiment' | 'groups -e' | 'groups --experiment' | log:1 | 'experiment describe':1 | 'tag -e' | 'tag --experiment' | 'note -e' | 'note --experiment' | 'verdict -e' | 'verdict --experiment' | 'keep -e' | 'keep --experiment' | 'rename -e' | 'rename --experiment' | 'baseline set -e' | 'baseline set --experiment' | 'baseline clear':1 | 'baseline show':1 | 'artifact list -e' | 'artifact list --experiment' | 'artifact get -e' | 'artifact get --experiment' | 'gate -e' | 'gate --experiment' | 'remove -e' | 'remove --experiment' | 'push -e' | 'push --experiment' | 'verify -e' | 'verify --experiment' | 'export -e' | 'export --experiment') echo experiment ;;
    show:1 | diff:* | compare:* | metrics:* | plot:* | convergence:* | groups:* | tag:* | note:* | verdict:* | keep:* | rename:* | 'baseline set':1 | 'artifact list':1 | 'artifact get':1 | gate:1 | remove:* | push:* | fetch:* | pull:* | verify:* | export:*) echo run ;;
    esac
}

# Offer the names of what $1 says that begin as $2 does; words with odd characters as bash has them.
__git_xp_offer() {
    local typed=${2//\\/} is_quoted= word
    COMPREPLY=()
    [[ -z $1 ]] && return
    [[ $typed == [\'\"]* ]] && is_quoted=1 typed=${typed:1}
    while IFS= read -r word; do
        [[ -z $is_quoted ]] && printf -v word %q "$word"
        COMPREPLY+=("$word")
    done < <($program __complete "$1" "$typed" 2>/dev/null)
}

# Complete the word at $1 of the words that follow, the first of which is the program.
__git_xp_complete() {
    local at=$1 command= number=1 option= word
    shift
    local words=("$@")
    for word in "${words[@]:1:at-1}"; do
        if [[ $word == -- ]]; then
            COMPREPLY=()
            return
        elif [[ -n $option ]]; then
            option=
        elif [[ $word == -* ]]; then
            [[ " $(__git_xp_values "$command") " == *" $word "* ]] && option=$word
        elif [[ -z $command ]]; then
            command=$word
        elif [[ -n $(__git_xp_group "$command") ]]; then
            command="$command $word"
        else
            number=$((number + 1))
        fi
    done
    local current=${words[at]} offered
    if [[ -n $option ]]; then
        __git_xp_offer "$(__git_xp_named "$command $option")" "$current"
        return
    fi
    if [[ $current == -* ]]; then
        offered=$(__git_xp_words "$command")
    elif [[ -z $command ]]; then
        offered='run recover init list show diff compare metrics plot convergence groups log experiment status tag note verdict keep rename baseline artifact gate remove undo push fetch pull verify doctor export config demo'
    else
        offered=$(__git_xp_group "$command")
    fi
    if [[ -n $offered ]]; then
        COMPREPLY=($(compgen -W "$offered" -- "$current"))
    else
        __git_xp_offer "$(__git_xp_named "$command:$number")" "$current"
    fi
}

# What Git's completion calls for `git xp`.
_git_xp() {
    local at=0 program='__git xp'
    while [[ $at -lt $cword && ${words[at]} != xp ]]; do
        at=$((at + 1))
    done
    __git_xp_complete $((cword - at)) "${words[@]:at}"
}

__git_xp_alone() {
    local program=git-xp
    __git_xp_complete "$COMP_CWORD" "${COMP_WORDS[@]}"
}

complete -o bashdefault -o default -F __git_xp_alone git-xp gitxp
