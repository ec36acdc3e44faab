"""Completion of commands and options for bash, zsh and fish.

The scripts hold every word themselves: to complete one, no Python has to start.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from described import Described, Option, described_commands, general_options

_HELP: Final = Option(("-h", "--help"), "", "Show the help and exit.")
_MADE: Final = "# Made of the commands' own help: python tests/docs/generate.py"

_BASH: Final = r"""# bash completion for git-xp, gitxp and, through Git's own completion, `git xp`.
{made}

__git_xp_words() {{
    case $1 in
{cases}
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
        [[ -z $command && $word != -* ]] && command=$word
        place=$((place + 1))
    done
    local current=${{words[at]}} offered
    if [[ -n $command && $current != -* ]]; then
        COMPREPLY=()
        return
    fi
    offered=$(__git_xp_words "$command")
    if [[ -z $command && $current != -* ]]; then
        offered={commands}
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
        f"    {one.name}) echo {shlex.quote(_spellings((*one.options, _HELP)))} ;;"
        for one in commands
    ]
    names = shlex.quote(" ".join(one.name for one in commands))
    return _BASH.format(made=_MADE, cases="\n".join(cases), commands=names)


def zsh_completion() -> str:
    """Return the function `_git-xp`, which zsh's completion of Git calls, too."""
    commands = described_commands()
    listed = [f"        {shlex.quote(f'{one.name}:{one.summary}')}" for one in commands]
    general = "".join(f"        {spec} \\\n" for spec in _zsh_options(general_options()))
    cases = [_zsh_case(one) for one in commands]
    return _ZSH.format(
        made=_MADE, commands="\n".join(listed), general=general, cases="\n".join(cases)
    )


def fish_completion() -> str:
    """Return the completions of `git-xp` and `gitxp`."""
    lines = ["# fish completion for git-xp and gitxp.", _MADE, ""]
    for program in ("git-xp", "gitxp"):
        lines.append(f"complete -c {program} -n __fish_use_subcommand -f")
        lines += [_fish_option(program, "__fish_use_subcommand", one) for one in general_options()]
        for command in described_commands():
            said = _fish_quoted(command.summary)
            lines.append(
                f"complete -c {program} -n __fish_use_subcommand -a {command.name} -d {said}"
            )
            when = _fish_quoted(f"__fish_seen_subcommand_from {command.name}")
            lines += [_fish_option(program, when, one) for one in (*command.options, _HELP)]
    return "\n".join(lines) + "\n"


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
