"""Every command: where it is written, and the one line that help shows of it.

Help is made of this table alone, so that asking for it loads no command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """A command in a file of its own, `gitxp/cli/commands/<name>.py`, as `command`."""

    name: str
    purpose: str
    summary: str


ENTRIES: Final = (
    Entry("run", "record", "Run a command and record it as a run."),
    Entry("recover", "record", "Record the runs of processes that died."),
    Entry("init", "record", "Write a commented .gitxp.toml for the team's settings."),
    Entry("list", "look", "List runs, the newest first."),
    Entry("show", "look", "Show everything that is recorded of a run."),
    Entry("diff", "look", "Show what code a run changed, or how two runs' code differs."),
    Entry("compare", "look", "Show all that sets runs apart, two of them or twenty."),
    Entry("metrics", "look", "Show a run's points as a table, CSV or chart."),
    Entry("plot", "look", "Draw runs: curves, points, bars; in the terminal or as a file."),
    Entry(
        "convergence", "look", "Show how fast runs learnt: when they reached a value and held it."
    ),
    Entry("groups", "look", "Show how a metric spreads over seeds, and whether a gain is noise."),
    Entry("log", "look", "Tell the story of an experiment, run by run."),
    Entry("experiment", "look", "List experiments, or say what one is about."),
    Entry("status", "look", "Show what is running, not recorded yet, or not pushed."),
    Entry("tag", "say", "Set or take off a tag of runs."),
    Entry("note", "say", "Note something of runs."),
    Entry("verdict", "say", "Judge what runs were to show."),
    Entry("keep", "say", "Keep runs from being removed."),
    Entry("rename", "say", "Call a run something else."),
    Entry("baseline", "say", "Choose the run against which others are measured."),
    Entry("artifact", "files", "List the files of a run, or get them back."),
    Entry("gate", "order", "Ask whether a run is as good as its baseline, for CI."),
    Entry("remove", "order", "Move runs to the trash."),
    Entry("undo", "order", "Take back what a command did."),
    Entry("push", "share", "Send runs to a remote."),
    Entry("fetch", "share", "Bring runs of a remote here, without merging them."),
    Entry("pull", "share", "Bring runs of a remote here, and merge both sides."),
    Entry("verify", "trust", "Check that every record is whole and true."),
    Entry("doctor", "trust", "Name what will not work on this machine and repository."),
    Entry("export", "around", "Write runs and points as CSV, JSON or Parquet."),
    Entry("config", "around", "Show the settings in force, and where each comes from."),
    Entry("demo", "around", "Train a small model in a scratch repository and look at its runs."),
)
