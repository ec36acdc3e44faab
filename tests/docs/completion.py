"""Completion of commands and options for bash, zsh and fish.

The scripts hold every word themselves: to complete one, no Python has to start.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from described import Described, Option, described_commands, general_options, group_names

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

# Complete the word at $1 of the words that follow, the first of which is the program.
__git_xp_complete() {{
    local at=$1 command= place=2
    shift
    local words=("$@")
    while ((place <= at)); do
        local word=${{words[place - 1]}}
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
    local current=${{words[at]}} offered
    offered=$(__git_xp_words "$command")
    if [[ $current != -* ]]; then
        offered=$(__git_xp_group "$command")
        [[ -z $command ]] && offered={commands}
    fi
    COMPREPLY=($(compgen -W "$offered" -- "$current"))
}}

# What Git's completion calls for `git xp`.
_git_xp() {{
    local at=0
    while [[ $at -lt $cword && ${{words[at]}} != xp ]]; do
        at=$((at + 1))
    done
    __git_xp_complete $((cword - at)) "${{words[@]:at}}"
}}

__git_xp_alone() {{
    __git_xp_complete "$COMP_CWORD" "${{COMP_WORDS[@]}}"
}}

complete -o bashdefault -o default -F __git_xp_alone git-xp gitxp
"""

_ZSH: Final = r"""#compdef git-xp gitxp
{made}

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
        made=_MADE, cases="\n".join(cases), groups="\n".join(groups), commands=names
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
            when = _fish_quoted(_fish_seen(command.name))
            lines += [_fish_option(program, when, one) for one in (*command.options, _HELP)]
    return "\n".join(lines) + "\n"


def _inside(group: str) -> list[str]:
    """Return the names of the commands in a group."""
    names = [one.name.split(" ") for one in described_commands()]
    return [words[1] for words in names if words[0] == group and len(words) > 1]


def _spellings(options: Sequence[Option]) -> str:
    return " ".join(name for option in options for name in option.names)


def _zsh_case(command: Described) -> str:
    specs = [*_zsh_options((*command.options, _HELP)), "'*:file:_files'"]
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
        specs = " ".join([*_zsh_options((*one.options, _HELP)), "'*:file:_files'"])
        cases.append(f"            {one.name.split(' ')[1]}) _arguments -S {specs} ;;")
    joined = "\n".join(cases)
    return f"""\
        {group})
            _arguments -C '1:command:({words})' '*:: :->inside'
            [[ $state == inside ]] && case $words[1] in
{joined}
            esac
            ;;"""


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
    return shlex.quote(f"*{name}{sign}[{said}]:{takes}:")


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


def _fish_option(program: str, when: str, option: Option) -> str:
    spelled = " ".join(
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
        for name in sorted(option.names, key=len)
    )
    takes = " -x" if option.takes else ""
    return f"complete -c {program} -n {when} {spelled}{takes} -d {_fish_quoted(option.help)}"


def _fish_quoted(text: str) -> str:
    r"""Return text in single quotes, within which fish knows `\'` and `\\` alone."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
