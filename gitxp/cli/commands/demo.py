"""`git xp demo`: the main job on real data, every command shown before it runs.

It stands for the user who types: so it runs `git`, as nothing else outside of storage does.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, stdev

import click

from gitxp.errors import CaptureFailed, MissingDependency
from gitxp.model.run import Run
from gitxp.query.runs import find_runs
from gitxp.storage.repository import open_repository

_PROJECT = "gitxp.cli.demo_project"
_EDITED_FROM, _EDITED_TO = "HIDDEN = 48", "HIDDEN = 64"
_RESULT = "val/accuracy"
_QUESTION = (
    f'import gitxp; print(gitxp.runs().groupby("params.schedule")["metrics.{_RESULT}"]'
    '.agg(["mean", "std", "count"]).round(4))'
)


@click.command("demo")
def command() -> None:
    """Train a small network on scikit-learn's digits and look at its runs.

    Two learning-rate schedules, three seeds each, in a scratch repository, with an uncommitted
    edit and a new file that Git does not track: exactly what other trackers lose.
    """
    if find_spec("sklearn") is None:
        raise MissingDependency("the demo needs scikit-learn", hint="pip install 'gitxp[demo]'")
    top = Path(tempfile.mkdtemp(prefix="gitxp-demo-"))
    variables = _variables()
    _set_up(top, variables)
    click.secho(f"\nA scratch repository: {top}", bold=True)
    _give(top, variables, "git", "status", "--short")
    click.secho(
        "\nTwo schedules, three seeds each. The script calls gitxp; nothing else is set up."
    )
    for schedule in ("step", "cosine"):
        _give(
            top, variables, "python", "train.py", "--schedule", schedule, "--seeds", "0", "1", "2"
        )
    click.secho("\nWhich runs are there?", bold=True)
    _give(top, variables, "git", "xp", "list")
    click.secho("\nWhich code of the newest run was never committed?", bold=True)
    _give(top, variables, "git", "xp", "diff", "@")
    click.secho("\nHow did the two schedules learn?", bold=True)
    _give(top, variables, "git", "xp", "metrics", "step-0", "cosine-0", "-m", _RESULT, "--chart")
    click.secho("\nWhich schedule won, over the seeds?", bold=True)
    _give(top, variables, "python", "-c", _QUESTION)
    click.secho(f"\n{_verdict(find_runs(open_repository(top)).runs)}", bold=True)
    _say_goodbye(top)


def _variables() -> dict[str, str]:
    """Return an environment in which `python` and `git xp` are the ones that run this."""
    folder = str(Path(sys.executable).parent)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITXP_"))
    }
    return {**kept, "PATH": f"{folder}{os.pathsep}{kept.get('PATH', '')}", "GIT_PAGER": "cat"}


def _set_up(top: Path, variables: Mapping[str, str]) -> None:
    """Commit a project; then edit one file, and leave another untracked."""
    script = (files(_PROJECT) / "train.py").read_text()
    (top / "train.py").write_text(script)
    identity = ("-c", "user.name=Demo", "-c", "user.email=demo@localhost")
    commit = ("commit", "--quiet", "--no-gpg-sign", "--message=A small network on digits")
    for words in (("init", "--quiet"), ("add", "train.py"), (*identity, *commit)):
        subprocess.run(["git", *words], cwd=top, env=variables, check=True)
    (top / "train.py").write_text(script.replace(_EDITED_FROM, _EDITED_TO))
    (top / "schedules.py").write_text((files(_PROJECT) / "schedules.py").read_text())


def _give(top: Path, variables: Mapping[str, str], *words: str) -> None:
    """Show a command, and run it as if it had been typed here."""
    click.secho(f"\n$ {shlex.join(words)}", fg="cyan")
    sys.stdout.flush()
    given = [sys.executable if words[0] == "python" else words[0], *words[1:]]
    done = subprocess.run(given, cwd=top, env=variables, check=False)
    if done.returncode != 0:
        raise CaptureFailed(f"{shlex.join(words)} exited with {done.returncode}")


def _verdict(runs: Sequence[Run]) -> str:
    """Return the sentence that the accuracies of each schedule's seeds amount to."""
    reached: dict[str, list[float]] = {}
    for run in runs:
        reached.setdefault(run.params["schedule"], []).append(run.metrics[_RESULT].last.value)
    by_mean = sorted(reached, key=lambda schedule: fmean(reached[schedule]), reverse=True)
    winner, loser = by_mean
    apart = fmean(reached[winner]) - fmean(reached[loser])
    is_clear = apart > sum(stdev(values) for values in reached.values())
    told = [f"{one} {fmean(reached[one]):.3f} ± {stdev(reached[one]):.3f}" for one in by_mean]
    ending = f"{winner} wins" if is_clear else "the difference is within the noise"
    return f"{' against '.join(told)} over {len(reached[winner])} seeds: {ending}."


def _say_goodbye(top: Path) -> None:
    click.echo(f"\nThe repository stays at {top}. Try there:\n")
    for words, meaning in (
        ("git xp show cosine-0", "everything that is known of one run"),
        ("git xp list --sort=-metrics.val/accuracy", "the best run first"),
        (
            "git xp run -e digits --name fast -- python train.py --lr 0.9 --seeds 0",
            "record any command",
        ),
    ):
        click.echo(f"  {words}\n    {meaning}")
    click.echo(f"\nRemove it with: rm -rf {shlex.quote(str(top))}")
