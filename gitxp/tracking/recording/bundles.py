"""The bundles of a run's submodules: from beside its journal into its record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from gitxp.model.run import LeftOut, Run, Submodule
from gitxp.storage.odb.objects import FileBlob


def bundle_files(
    run: Run, folder: Path, before: Collection[str]
) -> tuple[Run, dict[str, FileBlob]]:
    """Return the bundles of the latest session, and the run without those that are lost.

    Args:
        folder: Of the journal; who deletes it while the run runs deletes its bundles.
        before: Files of the record that the run carries on, which stay as they are.
    """
    wanted = {path for submodule in run.code.submodules for path in submodule.bundles}
    files = {
        path: FileBlob.of(folder / path)
        for path in sorted(wanted.difference(before))
        if (folder / path).exists()
    }
    lost = wanted.difference(before, files)
    return (_without(run, lost) if lost else run), files


def _without(run: Run, lost: Collection[str]) -> Run:
    code = run.code
    told = tuple(
        LeftOut(one.path, "what no remote has was deleted while the run ran")
        for one in code.submodules
        if not set(one.bundles).isdisjoint(lost)
    )
    code = replace(
        code,
        left_out=(*code.left_out, *told),
        submodules=tuple(_kept(submodule, lost) for submodule in code.submodules),
    )
    return run.with_code(code)


def _kept(submodule: Submodule, lost: Collection[str]) -> Submodule:
    bundles = tuple(path for path in submodule.bundles if path not in lost)
    return replace(submodule, bundles=bundles)
