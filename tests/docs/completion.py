"""Completion of commands and options for bash, zsh and fish.

The scripts hold every word of the commands themselves; names of runs and experiments alone are
asked of `git xp __complete`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final

from described import (
    Argument,
    Described,
    Option,
    described_commands,
    general_options,
    group_names,
)

from gitxp.cli.table import ENTRIES

_HELP: Final = Option(("-h", "--help"), "", "Show the help and exit.")
_MADE: Final = "# Made of the commands' own help: python tests/docs/generate.py"

_BASH: Final = r"""# bash completion for git-xp, gitxp and, through Git's own completion, `git xp`.
{made}

__git_xp_words() {{
    case $1 in
{cases}
    esac
}}

# Print the commands of a group; nothing for a command of its own.
__git_xp_group() {{
    case $1 in
{groups}
    esac
}}

# Print the options of a command to which the next word belongs.
__git_xp_values() {{
    case $1 in
{values}
    esac
}}

# Print what an argument, by its number, or the value of an option is the name of.
__git_xp_named() {{
    case $1 in
{named}
    esac
}}

# Offer the names of what $1 says that begin as $2 does; words with odd characters as bash has them.
__git_xp_offer() {{
    local typed=${{2//\\/}} is_quoted= word
    COMPREPLY=()
    [[ -z $1 ]] && return
    [[ $typed == [\'\"]* ]] && is_quoted=1 typed=${{typed:1}}
    while IFS= read -r word; do
        [[ -z $is_quoted ]] && printf -v word %q "$word"
        COMPREPLY+=("$word")
    done < <($program __complete "$1" "$typed" 2>/dev/null)
}}

# Complete the word at $1 of the words that follow, the first of which is the program.
__git_xp_complete() {{
    local at=$1 command= number=1 option= word
    shift
    local words=("$@")
    for word in "${{words[@]:1:at-1}}"; do
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
    local current=${{words[at]}} offered
    if [[ -n $option ]]; then
        __git_xp_offer "$(__git_xp_named "$command $option")" "$current"
        return
    fi
    if [[ $current == -* ]]; then
        offered=$(__git_xp_words "$command")
    elif [[ -z $command ]]; then
        offered={commands}
    else
        offered=$(__git_xp_group "$command")
    fi
    if [[ -n $offered ]]; then
        COMPREPLY=($(compgen -W "$offered" -- "$current"))
    else
        __git_xp_offer "$(__git_xp_named "$command:$number")" "$current"
    fi
}}

# What Git's completion calls for `git xp`.
_git_xp() {{
    local at=0 program='__git xp'
    while [[ $at -lt $cword && ${{words[at]}} != xp ]]; do
        at=$((at + 1))
    done
    __git_xp_complete $((cword - at)) "${{words[@]:at}}"
}}

__git_xp_alone() {{
    local program=git-xp
    __git_xp_complete "$COMP_CWORD" "${{COMP_WORDS[@]}}"
}}

complete -o bashdefault -o default -F __git_xp_alone git-xp gitxp
"""

_ZSH: Final = r"""#compdef git-xp gitxp
{made}

# Offer the names of what $1 says.
_git_xp_named() {{
    local -a found
    found=(${{(f)"$(git-xp __complete $1 ${{(Q)PREFIX}} 2>/dev/null)"}})
    compadd -a found
}}

_git-xp() {{
    local curcontext=$curcontext state line
    local -a commands
    commands=(
{commands}
    )
    _arguments -C \
{general}        '1: :->command' \
        '*:: :->rest'
    case $state in
    command) _describe -t commands 'git xp command' commands ;;
    rest)
        case $words[1] in
{cases}
        esac
        ;;
    esac
}}

_git-xp "$@"
"""


def bash_completion() -> str:
    """Return the script that bash loads for `git-xp`, and Git's completion for `git xp`."""
    commands = described_commands()
    cases = [f"    '') echo {shlex.quote(_spellings(general_options()))} ;;"]
    cases += [
        f"    {shlex.quote(one.name)}) echo {shlex.quote(_spellings((*one.options, _HELP)))} ;;"
        for one in commands
    ]
    groups = [
        f"    {name}) echo {shlex.quote(' '.join(_inside(name)))} ;;" for name in group_names()
    ]
    names = shlex.quote(" ".join(entry.name for entry in ENTRIES))
    return _BASH.format(
        made=_MADE,
        cases="\n".join(cases),
        groups="\n".join(groups),
        values="\n".join(_bash_values(commands)),
        named="\n".join(_bash_named(commands)),
        commands=names,
    )


def zsh_completion() -> str:
    """Return the function `_git-xp`, which zsh's completion of Git calls, too."""
    listed = [f"        {shlex.quote(f'{one.name}:{one.summary}')}" for one in ENTRIES]
    general = "".join(f"        {spec} \\\n" for spec in _zsh_options(general_options()))
    alone = [one for one in described_commands() if " " not in one.name]
    cases = [*map(_zsh_case, alone), *map(_zsh_group, group_names())]
    return _ZSH.format(
        made=_MADE, commands="\n".join(listed), general=general, cases="\n".join(cases)
    )


def fish_completion() -> str:
    """Return the completions of `git-xp` and `gitxp`."""
    lines = ["# fish completion for git-xp and gitxp.", _MADE, ""]
    for program in ("git-xp", "gitxp"):
        lines.append(f"complete -c {program} -n __fish_use_subcommand -f")
        lines += [_fish_option(program, "__fish_use_subcommand", one) for one in general_options()]
        lines += [
            f"complete -c {program} -n __fish_use_subcommand -a {entry.name} "
            f"-d {_fish_quoted(entry.summary)}"
            for entry in ENTRIES
        ]
        for command in described_commands():
            if " " in command.name:
                lines.append(_fish_inside(program, command))
            lines += _fish_named(program, command)
            when = _fish_quoted(_fish_seen(command.name))
            lines += [_fish_option(program, when, one) for one in (*command.options, _HELP)]
    return "\n".join(lines) + "\n"


_FISH_AFTER_GIT = r"""# fish completion for git xp, read when a shell starts.
{made}

function __gitxp_after_git
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l at (contains -i -- xp $words)
    set -l given (string escape -- $words[(math $at + 1)..-1])
    complete -C (string join ' ' -- git-xp $given "$current")
end
complete -c git -n '__fish_seen_subcommand_from xp' -f -a '(__gitxp_after_git)'
"""


def fish_completion_after_git() -> str:
    """Return what leads from `git xp` to the completions of `git-xp`."""
    return _FISH_AFTER_GIT.format(made=_MADE)


def _inside(group: str) -> list[str]:
    """Return the names of the commands in a group."""
    names = [one.name.split(" ") for one in described_commands()]
    return [words[1] for words in names if words[0] == group and len(words) > 1]


def _bash_values(commands: Sequence[Described]) -> Iterator[str]:
    """Yield the case of each command that has options with a value."""
    for command in commands:
        taking = [one for one in command.options if one.takes]
        if taking:
            yield f"    {shlex.quote(command.name)}) echo {shlex.quote(_spellings(taking))} ;;"


def _bash_named(commands: Sequence[Described]) -> Iterator[str]:
    """Yield the case of each kind of thing that is named; first those of one argument that is not.

    Behind that there may be names: `git xp tag KEY RUN`.
    """
    cases: dict[str, list[str]] = {"": []}
    for command in commands:
        for number, argument in enumerate(command.arguments, start=1):
            place = "*" if argument.repeats else number
            if argument.named or not argument.repeats:
                cases.setdefault(argument.named, []).append(f"{shlex.quote(command.name)}:{place}")
        for option in filter(attrgetter("named"), command.options):
            spelled = [shlex.quote(f"{command.name} {name}") for name in option.names]
            cases.setdefault(option.named, []).extend(spelled)
    for named, patterns in cases.items():
        yield f"    {' | '.join(patterns)}) {f'echo {named} ' if named else ''};;"


def _spellings(options: Sequence[Option]) -> str:
    return " ".join(name for option in options for name in option.names)


def _zsh_case(command: Described) -> str:
    specs = [*_zsh_options((*command.options, _HELP)), *_zsh_arguments(command.arguments)]
    arguments = " \\\n                ".join(specs)
    return f"""\
        {command.name})
            _arguments -S \\
                {arguments}
            ;;"""


def _zsh_group(group: str) -> str:
    inside = [one for one in described_commands() if one.name.startswith(f"{group} ")]
    words = " ".join(_inside(group))
    cases = []
    for one in inside:
        options = _zsh_options((*one.options, _HELP))
        specs = " ".join([*options, *_zsh_arguments(one.arguments)])
        cases.append(f"            {one.name.split(' ')[1]}) _arguments -S {specs} ;;")
    joined = "\n".join(cases)
    return f"""\
        {group})
            _arguments -C '1:command:({words})' '*:: :->inside'
            [[ $state == inside ]] && case $words[1] in
{joined}
            esac
            ;;"""


def _zsh_arguments(arguments: Sequence[Argument]) -> Iterator[str]:
    """Yield each argument as `_arguments` takes it; where no name is expected, files are."""
    for number, one in enumerate(arguments, start=1):
        action = _zsh_action(one.named) if one.named else "_files"
        place = "*" if one.repeats else number
        yield shlex.quote(f"{place}:{one.named or 'file'}:{action}")
    if not any(one.repeats for one in arguments):
        yield "'*:file:_files'"


def _zsh_action(named: str) -> str:
    # The space keeps `_arguments` from adding words of its own.
    return f" _git_xp_named {named}" if named else ""


def _zsh_options(options: Sequence[Option]) -> list[str]:
    return [_zsh_option(option, name) for option in options for name in option.names]


def _zsh_option(option: Option, name: str) -> str:
    """Return one spelling of an option, as `_arguments` takes it."""
    said = option.help.translate(str.maketrans({"[": r"\[", "]": r"\]", ":": r"\:"}))
    if not option.takes:
        return shlex.quote(f"*{name}[{said}]")
    # The value is the next word, or follows `=` or the letter.
    sign = "=" if name.startswith("--") else "+"
    takes = option.takes.replace(":", r"\:")
    return shlex.quote(f"*{name}{sign}[{said}]:{takes}:{_zsh_action(option.named)}")


def _fish_seen(name: str) -> str:
    """Return the condition that a command, or one of a group, has been typed."""
    words = name.split(" ")
    seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in words)
    if len(words) > 1:
        return seen
    # `list` of a group is not `list`.
    return f"{seen}; and not __fish_seen_subcommand_from {' '.join(group_names())}"


def _fish_inside(program: str, command: Described) -> str:
    group, name = command.name.split(" ")
    others = " ".join(_inside(group))
    when = f"__fish_seen_subcommand_from {group}; and not __fish_seen_subcommand_from {others}"
    said = _fish_quoted(command.summary)
    return f"complete -c {program} -f -n {_fish_quoted(when)} -a {name} -d {said}"


def _fish_named(program: str, command: Described) -> Iterator[str]:
    """Yield what is offered for arguments that are names."""
    for number, argument in enumerate(command.arguments):
        if argument.named:
            when = _fish_seen(command.name)
            if number:  # the program and the command are words, too
                when += f"; and test (count (commandline -opc)) -gt {number + 1}"
            files = "" if "PATH" in command.usage else " -f"
            asked = _fish_asked(argument.named)
            yield f"complete -c {program}{files} -n {_fish_quoted(when)} {asked}"


def _fish_asked(named: str) -> str:
    return f"-a '(git-xp __complete {named} (commandline -ct))'"


def _fish_option(program: str, when: str, option: Option) -> str:
    spelled = " ".join(
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
        for name in sorted(option.names, key=len)
    )
    takes = " -x" if option.takes else ""
    if option.named:
        takes += f" {_fish_asked(option.named)}"
    return f"complete -c {program} -n {when} {spelled}{takes} -d {_fish_quoted(option.help)}"


def _fish_quoted(text: str) -> str:
    r"""Return text in single quotes, within which fish knows `\'` and `\\` alone."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
