"""What all runs of a process in one repository share: settings, author, environment, code."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gitxp.errors import InvalidSettings
from gitxp.model.rank import Rank
from gitxp.model.run import Code, LeftOut
from gitxp.policy.resolve import load_settings
from gitxp.policy.settings import Settings
from gitxp.storage.clone import clone_id
from gitxp.storage.configuration import parse_configuration
from gitxp.storage.git import finish_git
from gitxp.storage.large_layout import kept_objects_dir
from gitxp.storage.repository import Repository, open_repository
from gitxp.storage.sharing import heed_sharing
from gitxp.tracking.environment import Environment
from gitxp.tracking.recording.limits import RecordLimits
from gitxp.tracking.recording.redact import Redactor

if TYPE_CHECKING:
    from gitxp.capture.code.bundles import BundleSource
    from gitxp.storage.odb.pack import Pack
    from gitxp.tracking.searched_code import SearchedCode


# Why there is no code where nobody wanted it; a script need not be warned of that.
NOT_WANTED: Final = "the settings say not to capture the code"


class Workspace:
    """A repository as one process sees it; what is costly is asked once.

    Attributes:
        configuration: Git's settings.
        searches: What was found in code, and its `code.diff`.
        environment: What its runs find around them.
        variables: The process's, as they were at first.
    """

    def __init__(
        self,
        repository: Repository,
        variables: Mapping[str, str],
        *,
        pass_over: Callable[[InvalidSettings], None] | None = None,
    ) -> None:
        """Read the settings.

        Args:
            variables: The process's environment.
            pass_over: Told of each setting that is unknown or wrong and counts as not set.

        Raises:
            InvalidSettings: If there is such a setting, and nobody to pass over it.
        """
        self.repository = repository
        self.searches: dict[Code, SearchedCode] = {}
        self.variables = variables
        answer = finish_git(repository.start_git("config", "--list", "-z"))
        self.configuration = parse_configuration(answer)
        common_dir = repository.common_dir
        storage = self.configuration.get("lfs.storage", "lfs")
        heed_sharing(self.configuration, common_dir, common_dir / storage)
        self.settings: Settings = load_settings(
            repository, variables, self.configuration, pass_over=pass_over
        )
        self.environment = Environment(repository, variables, self.settings.environment_variables)
        self._code: Code | None = None
        self._bundles: BundleSource

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] | None,
        variables: Mapping[str, str],
        *,
        pass_over: Callable[[InvalidSettings], None] | None = None,
    ) -> Workspace:
        """Open the repository at or above `path`; where None, around the working folder."""
        return cls(open_repository(path), variables, pass_over=pass_over)

    @cached_property
    def home(self) -> str:
        """The id of this clone."""
        return clone_id(self.repository)

    @cached_property
    def rank(self) -> Rank | None:
        """Which rank of a distributed job this process is; None where it is of none."""
        from gitxp.capture.machine.launcher import find_rank

        return find_rank(self.variables, job=self.settings.job, number=self.settings.rank)

    @property
    def author(self) -> str:
        """Name and address as Git would put them, or something that serves where it has none."""
        name = self.variables.get("GIT_AUTHOR_NAME") or self._configured("name") or _login()
        address = self.variables.get("GIT_AUTHOR_EMAIL") or self._configured("email")
        return _as_utf8(f"{name} <{address or f'{_login()}@{socket.gethostname()}'}>")

    @property
    def limits(self) -> RecordLimits:
        """What a record may hold."""
        settings = self.settings
        return RecordLimits(
            artifact=settings.artifacts_limit,
            diff=settings.diff_limit,
            output=settings.output_limit,
            is_durable=settings.durability_power,
            redactor=Redactor(settings.secrets_allowed),
        )

    def code(self, mode: str, pack_path: Path) -> Code:
        """Return the code of a run that starts now, and keep it from `git gc`.

        Args:
            mode: `auto` captures once, `each` anew, `off` not at all.
            pack_path: Where the pack of new objects is made, and bundles beside it.
        """
        # Loaded here: commands that only read capture nothing.
        from gitxp.capture.code.bundles import BundleSource
        from gitxp.capture.code.snapshot import capture_code, keep_on
        from gitxp.capture.code.untracked import SnapshotLimits

        if mode == "off":
            return Code(failure=NOT_WANTED)
        is_away = self.repository.is_away(pack_path)
        if self._code is None or mode == "each" or is_away:
            settings = self.settings
            limits = SnapshotLimits(
                file_bytes=settings.snapshot_file_bytes,
                total_bytes=settings.snapshot_total_bytes,
                files=settings.snapshot_files,
                objection=Redactor(settings.secrets_allowed).objection,
            )
            kept = kept_objects_dir(pack_path.parent)
            code = capture_code(
                self.repository,
                limits=limits,
                pack_path=pack_path,
                is_durable=settings.durability_power,
                enters_store=not is_away,
                keep=partial(self._keep_large_submodule, kept),
                meanwhile=self.environment.look,
            )
            code = self._with_large_files_kept(code, kept)
            # A pack that lies away holds the code of its own run only.
            self._code = None if is_away else code
            self._bundles = BundleSource.of(code, pack_path.parent)
            return code
        code = keep_on(self.repository, self._code)
        return self._bundles.bring(self.repository, code, pack_path.parent)

    def _with_large_files_kept(self, code: Code, kept: Path) -> Code:
        from gitxp.artifacts.large_code import keep_large_code
        from gitxp.artifacts.lfs import cleans_files

        if code.commit is None or not code.dirty:
            return code
        if not cleans_files(self.repository.common_dir, self.configuration):
            return code
        storage = self.configuration.get("lfs.storage", "")
        return keep_large_code(self.repository, code, kept, configured=storage)

    def _keep_large_submodule(
        self,
        kept: Path,
        submodule: Repository,
        code: Code,
        pack: Pack | None,
        history: Sequence[str],
    ) -> Sequence[LeftOut]:
        from gitxp.artifacts.large_submodules import SubmoduleKeeper

        keeper = SubmoduleKeeper(self.repository, self.configuration, kept)
        return keeper.keep(submodule, code, pack, history)

    def _configured(self, key: str) -> str:
        return self.configuration.get(f"author.{key}") or self.configuration.get(f"user.{key}", "")


def _as_utf8(text: str) -> str:
    """Return text that was read in the locale's encoding as the UTF-8 that Git takes it for."""
    try:
        return os.fsencode(text).decode()
    except UnicodeError:
        return text


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in many containers
        return "unknown"
