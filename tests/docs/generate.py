"""Write the pages and scripts that are made from the code: `python tests/docs/generate.py`.

To add a page, write a function that returns its text and name it in `PAGES`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from api_reference import api_page
from completion import (
    bash_completion,
    fish_completion,
    fish_completion_after_git,
    zsh_completion,
)
from described import Described, Option, described_commands, general_options
from manual import manual_page

from gitxp import errors
from gitxp.policy.settings import FILE, KNOWN, OF_METRIC, ROUTE, Known
from gitxp.policy.sources import Source
from gitxp.upkeep.doctor.finding import KINDS, Severity

FOLDER: Final = Path(__file__).parents[2] / "docs"

_SETTINGS_INTRO: Final = f"""\
# Settings

gitxp works without any. Whoever wants another behaviour says so in one of three places; the later
of them wins:

1. `{FILE}` at the top of the working tree: the team's, committed with the code.
   `git xp init` writes one with every default in it.
2. `git config xp.<key>`: one person's, for one repository or, with `--global`, for all.
3. `GITXP_<KEY>`: one process's, the key in capitals with `_` for each dot and dash. An empty
   variable counts as not set.

A key has one spelling: tables joined by dots, words by dashes. An unknown key or a wrong value is
an error ([invalid-settings](errors.md#invalid-settings)) that says where it stands, and is raised
before a run starts. Commands that start none warn of it, and go on as if it were not set.

- A **size** is a number of bytes, or a text with a unit: `"512k"`, `"10 MiB"` (units of 1024) or
  `"1 GB"` (units of 1000).
- **Seconds** are a number, with a fraction if you like: 0, or 0.1 and more.
- **True or false** is also `yes`, `on`, `1`, `no`, `off` or `0` in Git's configuration and in
  variables.
- An **array** is a text with commas in Git's configuration and in variables: `A,B`.
"""
_SETTINGS_EXAMPLE: Final = f"""
The same setting in the three places:

```toml title="{FILE}"
[snapshot]
mode = "each"
```

```console
$ git config xp.snapshot.mode each
$ GITXP_SNAPSHOT_MODE=each git xp list --json
[]
```

## Routes

The table `[routes]` says to which remotes the runs of an experiment may be pushed:

```toml title="{FILE}"
[routes]
"*" = ["origin"]
"secret/*" = ["private", "lab"]
scratch = []
```

- `*`, `?` and `[…]` stand for any characters, `/` among them. A pattern also covers what lies below
  what it matches: `scratch` is for `scratch/lr` too.
- Of several patterns the one with the most characters that are no wildcards counts, in whatever
  order they stand; of several with as many, what all of them allow. `[]` is no remote at all.
- A pattern with capitals or blanks is an error: no experiment's name has any, so it would keep
  nothing private.
- The route is decided when the run starts and stored in its record (`route`). Later settings do
  not change it: neither an older `{FILE}` that is checked out, nor a missing one, lets a run go
  further. A process reads its settings once.
- A run that [carries on](record-format.md) one of another clone may go where both may go.
- Remotes are meant by their names, as `git remote` lists them in the clone that pushes; an
  address is no name. A remote that was renamed, or that this clone does not have, gets nothing of
  the runs routed to its name: they stay here. Whatever address a clone gives a name is trusted.

How it is used, and what else a push looks at:
[keep experiments private](../howto/private-experiments.md).
"""
_ERRORS_INTRO: Final = """\
# Errors

What gitxp reports on purpose is one tree under `gitxp.GitxpError`. An error has a `slug`, which is
its heading here, and a `hint`, which says what to do about it, best as a command to type. A
traceback shows it below the message, as a note; on the command line the message follows `error:`
and the hint `hint:`, and the exit status is 128.

What goes wrong while a run is open raises nothing, so that training goes on: it is a
`gitxp.GitxpWarning`, once for each kind, and the record counts how often. With `strict=True` the
same trouble raises the error. [One table](trouble.md) has every situation.
"""
_BAR: Final = r"\|"  # as it must be spelled inside a table
_COMMANDS_INTRO: Final = """\
# Commands

`git xp <command>`, which is the program `git-xp`. Exit status: 0 yes, 1 the answer is no, 2 wrong
usage, 128 gitxp failed ([errors](errors.md)), 130 interrupted; `git xp run` ends as its command
does.

Long output on a terminal goes through a pager, chosen as Git's is: `GIT_PAGER`, `core.pager`,
`PAGER`, else less. `git xp --help` shows all of this as a page of the manual.

**Which runs** a command is about is said alike everywhere. RUN is an id, a part of one, a name, `@`
for the newest run of this clone, or `@~2` for the third newest. `--experiment`, `--where`
([filters](filter.md)), `--sort` and `--limit` choose by what runs are, among those that are named
if there are any. What reads one run (`show`, `diff`, `gate`, `artifact list` and `artifact get`)
takes the first that fits, and says so where there are more; what changes one (`rename` and
`baseline set`) then refuses. Where none fits nothing is done, and the exit status is 1 (of `gate`,
whose 1 is an answer, 128); an empty list, story or export is an answer.

Records that cannot be read are named where one of them may be meant, and the exit status is 128,
also of what changes runs: what it did with the others stays done. Of `push`, with which they do not
go, it is 1. Of an experiment it may be those in it and below; runs that are named are known. To an
answer of `gate` every run of the two experiments matters, and none of those below. `@` and `@~2`
may be any run of this clone that cannot be read: what changes runs refuses them then.
"""
_DOCTOR_INTRO: Final = """\
# What the doctor finds

`git xp doctor` looks at the machine and the repository and prints a line a finding, with what to do
about it. It changes nothing. Errors and warnings make it exit with 1, notes do not. With `--json` a
finding has `slug`, `severity`, `message` and `hint`. Where Git or libgit2 cannot open the
repository, it says why, and looks at the rest.

<!-- not run: what it finds is up to the machine -->
```console
$ git xp doctor
nothing is wrong
```"""


def settings_page() -> str:
    """Return the page of every setting."""
    rows = [
        "| key | takes | default | what it does |",
        "|---|---|---|---|",
        *map(_setting_row, (*KNOWN, *OF_METRIC, ROUTE)),
    ]
    return "\n".join([_SETTINGS_INTRO, *rows, _SETTINGS_EXAMPLE]).rstrip() + "\n"


def _setting_row(known: Known) -> str:
    default = f"`{known.default}`" if known.default else "none"
    only = "" if known.sources == tuple(Source) else f" Only in {' and '.join(known.sources)}."
    return f"| `{known.key}` | {known.kind.name} | {default} | {known.description}{only} |"


def errors_page() -> str:
    """Return the page of every error, by slug."""
    return "\n".join([_ERRORS_INTRO, *map(_error_section, _errors())]).rstrip() + "\n"


def _errors() -> list[type[errors.GitxpError]]:
    found = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    own = [kind for kind in found if issubclass(kind, errors.GitxpError)]
    return sorted(set(own) - {errors.GitxpError}, key=lambda kind: kind.slug)


def _error_section(kind: type[errors.GitxpError]) -> str:
    bases = [f"`{base.__name__}`" for base in kind.__bases__ if base is not errors.GitxpError]
    also = f", also a {' and a '.join(bases)}" if bases else ""
    return f"## {kind.slug}\n\n`{kind.__name__}`{also}. {inspect.getdoc(kind)}\n"


def commands_page() -> str:
    """Return the page of every command, as `git xp --help` groups them."""
    parts = [_COMMANDS_INTRO, "| option | |", "|---|---|", *map(_option_row, general_options()), ""]
    for purpose, commands in groupby(described_commands(), key=lambda one: one.purpose):
        parts += [f"## {purpose.capitalize()}\n", *map(_command_section, commands)]
    return "\n".join(parts).rstrip() + "\n"


def _command_section(command: Described) -> str:
    rows = [_option_row(one) for one in command.options]
    table = ["", "| option | |", "|---|---|", *rows] if rows else []
    return "\n".join([f"### {command.name}\n", f"`{command.usage}`\n", command.said, *table, ""])


def _option_row(option: Option) -> str:
    spelled = ", ".join(f"`{name}`" for name in option.names)
    cells = [f"{spelled} {option.takes}".rstrip(), option.help]
    return f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |"


def doctor_page() -> str:
    """Return the page of everything that the doctor can find."""
    parts = [_DOCTOR_INTRO]
    for severity in Severity:
        found = [kind for kind in KINDS if kind.severity is severity]
        rows = [f"| `{kind.slug}` | {kind.meaning} |" for kind in found]
        parts.append(
            "\n".join([f"## {severity.capitalize()}s\n", "| slug | |", "|---|---|", *rows])
        )
    return "\n\n".join(parts).rstrip() + "\n"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "reference/api.md": api_page,
    "reference/commands.md": commands_page,
    "reference/doctor.md": doctor_page,
    "reference/errors.md": errors_page,
    "reference/settings.md": settings_page,
    "man/git-xp.1": manual_page,
    "completion/git-xp.bash": bash_completion,
    "completion/_git-xp": zsh_completion,
    "completion/git-xp.fish": fish_completion,
    "completion/git.conf.fish": fish_completion_after_git,
}


def write_pages() -> Iterator[str]:
    """Write every page that is stale, and yield which."""
    for name, page in PAGES.items():
        path = FOLDER / name
        if not path.exists() or path.read_text() != page():
            path.parent.mkdir(exist_ok=True)
            path.write_text(page())
            yield name


if __name__ == "__main__":
    for stale in write_pages():
        print(f"wrote {FOLDER / stale}")
