"""A long history costs what its records changed, and says all that is wrong with any of them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable

import pytest
from by_hand import checked, failures, ref, rewrite

import gitxp
from gitxp.model.event import Event, EventId, Tagging, UnknownStatement
from gitxp.model.run import Run
from gitxp.storage.bounds import LARGEST_EVENTS
from gitxp.storage.codecs.event import encode_event
from gitxp.storage.events.appending import NewEvent
from gitxp.storage.events.saying import change_refs_and_say
from gitxp.storage.layout import event_path
from gitxp.storage.merge import Merged, Tip, merge_records
from gitxp.storage.odb.objects import Entry, GitObject, build_trees
from gitxp.storage.odb.pack import brought_in, write_pack
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.operations import RefChange
from gitxp.storage.reader import RecordReader
from gitxp.storage.record_commit import record_commit
from gitxp.storage.refs import about_ref, run_ref
from gitxp.storage.refstore import change_refs, read_ref
from gitxp.storage.repository import Repository, open_repository


@pytest.fixture
def repository(repo_dir, monkeypatch) -> Repository:
    monkeypatch.chdir(repo_dir)
    return open_repository()


def new_run() -> Run:
    with gitxp.start_run("lr") as run:
        run.log({"loss": 0.5}, step=0)
        for number in range(20):
            run.log_text(f"{number}", f"notes/{number}.txt")
    return gitxp.get_run(run.id)


class Writer:
    """Writes records of one run, each with one event more, into a pack."""

    def __init__(self, repository: Repository, run: Run) -> None:
        self.repository, self.run = repository, run
        self.start = dict(RecordReader(repository).entries(run.tip))
        self.objects: list[GitObject] = []

    def say(self, number: int, before: str, files: dict[str, Entry]) -> str:
        """Add an event to `files`, and return the record that holds them."""
        # In few folders, so that each commit reads little where it reads what changed.
        name = EventId(f"{number % 16:x}0{hashlib.md5(f'{number}'.encode()).hexdigest()[2:]}")
        clock, run = 1_767_323_045_000 + number, self.run
        event = Event(name, clock, run.started, run.author, (Tagging("x", 1),))
        blob = GitObject("blob", encode_event(event))
        files[event_path(event.clock, event.id)] = Entry(blob.oid)
        tree, trees = build_trees(files)
        commit = record_commit(run, tree, before=before, code=run.code.commit, when=run.started)
        self.objects += [blob, *trees, commit]
        return commit.oid

    def finish(self, tip: str) -> None:
        run = self.run
        pack = write_pack(self.repository.private_dir / "made.pack", self.objects)
        change = RefChange(run_ref(run.experiment, run.id), run.tip, tip)
        with brought_in(pack, self.repository.common_dir):
            change_refs(self.repository, [change], command="test")


def grow(repository: Repository, events: int) -> str:
    """Make a run of which so many things were said, one after another, and return its ref."""
    run = new_run()
    writer, tip = Writer(repository, run), run.tip
    files = writer.start
    for number in range(events):
        tip = writer.say(number, tip, files)
    writer.finish(tip)
    return run_ref(run.experiment, run.id)


def grow_by_merges(repository: Repository, merges: int) -> str:
    """Make a run of which two clones said things and took each other's, again and again."""
    run = new_run()
    writer, tip = Writer(repository, run), run.tip
    files, seconds = writer.start, int(run.started.timestamp())
    for number in range(0, 2 * merges, 2):
        base = Tip(tip, seconds, run.code.commit, dict(files))
        sides = []
        for turn in (0, 1):
            inside = dict(files)
            oid = writer.say(number + turn, tip, inside)
            sides.append(Tip(oid, seconds, run.code.commit, inside))
        made = merge_records(sides[0], sides[1], [base])
        assert isinstance(made, Merged)
        writer.objects += made.objects
        tip, files = made.commit.oid, {**sides[0].files, **sides[1].files}
    writer.finish(tip)
    return run_ref(run.experiment, run.id)


def work(action: Callable[[], object]) -> int:
    """Return how many instructions the interpreter carries out."""
    count = 0

    def trace(frame, event, _argument):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def read_what_changed(repository: Repository, name: str) -> None:
    """Read every commit, and below it what no other has: nobody can tell with less."""
    objects, seen = ProvedObjects(repository), set()
    waiting = [read_ref(repository, name)]
    while waiting:
        commit = objects.commit(waiting.pop())
        waiting += [one for one in commit.parents if one not in seen]
        seen.update(commit.parents)
        trees = [commit.tree]
        while trees:
            for entry in objects.tree(trees.pop()).values():
                if entry not in seen:
                    seen.add(entry)
                    trees += [entry.oid] if entry.mode == 0o040000 else []


@pytest.mark.parametrize(("make", "fewer", "more"), [(grow, 80, 320), (grow_by_merges, 30, 90)])
def test_work_grows_with_what_the_records_changed(repository, make, fewer, more):
    """However many events there are, verifying takes as many times the work of the floor."""

    def ratio(count: int) -> float:
        name = make(repository, count)
        done = checked(refs=[name])
        assert done.flaws == ()
        assert done.commits > count
        verifying = work(lambda: checked(refs=[name]))
        return verifying / work(lambda: read_what_changed(repository, name))

    # Were every record looked through from end to end, it would be nearly twice.
    assert ratio(more) < 1.4 * ratio(fewer)


def test_flaw_that_stays_is_told_once(repository, git):
    grow(repository, 5)
    run = gitxp.get_run("@")
    code = run.code.commit
    first = rewrite(git, repository.work_tree, run, {"params.toml": b"= nonsense\n"})
    second = rewrite(git, repository.work_tree, run, {"artifacts/x": b"x"}, parents=[first, code])
    rewrite(git, repository.work_tree, run, {"artifacts/y": b"y"}, parents=[second, code])
    (what,) = failures()
    assert what.startswith("params.toml is not TOML")


def test_event_that_changed_in_the_middle_is_named(repository, git):
    name = grow(repository, 3)
    run = gitxp.get_run("@")
    tips = git("rev-list", "--first-parent", name, cwd=repository.work_tree).split()
    path = git("diff-tree", "-r", "--name-only", tips[1], tips[0], cwd=repository.work_tree).strip()
    content = git("show", f"{tips[0]}:{path}", cwd=repository.work_tree)
    forged = content.replace("Ada", "Eve").encode()
    parents = [tips[0], run.code.commit]
    changed = rewrite(git, repository.work_tree, run, {path: forged}, parents=parents)
    restored = {path: content.encode()}
    rewrite(git, repository.work_tree, run, restored, parents=[changed, run.code.commit])
    assert failures() == [
        f"{path!r} changed after {changed[:12]}, though it is written once",
        f"earlier record {changed[:12]}: {path!r} changed after {tips[0][:12]}, "
        "though it is written once",
    ]


def test_events_that_are_too_large_together_are_named(repository, git):
    with gitxp.start_run("lr") as run:
        pass
    made, padding = gitxp.get_run(run.id), b"#" * (LARGEST_EVENTS // 2)
    files = {}
    for number in range(3):
        said = (Tagging("x", 1),)
        event = Event(EventId(f"{number:032x}"), number, made.started, made.author, said)
        files[event_path(event.clock, event.id)] = encode_event(event) + padding
    rewrite(git, repository.work_tree, run, files)
    (what,) = failures()
    assert what.endswith(f"expected at most {LARGEST_EVENTS}")


def about(repository: Repository, words: list[str]) -> str:
    """Say something of the experiment once for each word, and return the tip of its record."""
    run = new_run()
    for word in words:
        new = NewEvent(run.experiment, (UnknownStatement(word),), "Ada", run.started)
        change_refs_and_say(repository, [], [new], command="test")
    return read_ref(repository, about_ref(run.experiment))


def test_record_of_another_experiment_is_named(repository, git):
    tip = about(repository, ["one", "other"])
    git("update-ref", "refs/experiments/theirs/about", tip, cwd=repository.work_tree)
    assert failures() == ["it is the record of lr: the ref says another experiment"]


def forged(git, top, tip: str, message: str, parent: str, *, address: str = "") -> str:
    tree = git("rev-parse", f"{tip}^{{tree}}", cwd=top).strip()
    who = ("-c", "user.name=Ada", "-c", f"user.email={address}")
    return git(*who, "commit-tree", tree, "-p", parent, "-m", message, cwd=top).strip()


def test_event_that_the_message_does_not_name_is_told(repository, git, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_DATE", "@1767323045 +0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@1767323045 +0000")
    tip, top = about(repository, ["one"]), repository.work_tree
    (name,) = RecordReader(repository).event_names(tip)
    parent = git("rev-parse", f"{tip}^", cwd=top).strip()
    said = f"lr: about (one)\n\nEvent-Id: {'0' * 32}\nExperiment: lr\nFormat: 1"
    commit = forged(git, top, tip, said, parent)
    git("update-ref", about_ref("lr"), commit, cwd=top)
    assert failures() == [f"the message says Event-Id {'0' * 32!r}: expected {str(name.id)!r}"]


def test_event_in_the_name_of_another_is_named(repository, git, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_DATE", "@1767323045 +0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@1767323045 +0000")
    tip, top = about(repository, ["one"]), repository.work_tree
    parent, message = (
        git(*words, cwd=top).strip()
        for words in (("rev-parse", f"{tip}^"), ("log", "-1", "--format=%B", tip))
    )
    commit = forged(git, top, tip, message, parent, address="eve@example.org")
    git("update-ref", about_ref("lr"), commit, cwd=top)
    (found,) = failures()
    assert "is said by 'Ada <>', and added by 'Ada <eve@example.org>'" in found


def test_record_that_adds_nothing_is_named(repository, git, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_DATE", "@1767323045 +0000")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@1767323045 +0000")
    tip, top = about(repository, ["one"]), repository.work_tree
    message = git("log", "-1", "--format=%B", tip, cwd=top).strip()
    git("update-ref", about_ref("lr"), forged(git, top, tip, message, tip), cwd=top)
    assert failures() == ["the record adds 0 events: expected one a commit"]


def test_record_that_says_something_and_changes_something_is_named(repository, git):
    with gitxp.start_run("lr") as run:
        run.log_text("x", "x.txt")
    top, code = repository.work_tree, gitxp.get_run(run.id).code.commit
    ada = "Ada Lovelace <ada@example.org>"
    event = Event(EventId("ab" * 16), 1, gitxp.get_run(run.id).started, ada, (Tagging("x", 1),))
    message = git("log", "-1", "--format=%B", ref(run), cwd=top).rstrip()
    said = message.replace("Status:", f"Event-Id: {event.id}\nStatus:") + "\n"
    parents = [git("rev-parse", ref(run), cwd=top).strip(), code]
    files = {event_path(event.clock, event.id): encode_event(event)}
    rewrite(git, top, run, files, parents=parents, message=said)
    assert failures() == []
    git("update-ref", ref(run), parents[0], cwd=top)
    more = {**files, "artifacts/x.txt": b"y", "artifacts/y.txt": b"y"}
    rewrite(git, top, run, more, parents=parents, message=said)
    assert failures() == [
        f"the record adds an event, and touches {path!r}: expected nothing else"
        for path in ("artifacts/y.txt", "artifacts/x.txt")
    ]


def test_shallow_clone_of_a_long_history_is_verified(repository, git, tmp_path, monkeypatch):
    name = grow(repository, 3)
    tip = about(repository, ["one", "other"])
    clone = tmp_path / "clone"
    url = f"file://{repository.work_tree}"
    git("clone", "--quiet", "--depth=1", url, str(clone), cwd=tmp_path)
    refs = [f"{one}:{one}" for one in (name, about_ref("lr"))]
    git("fetch", "--quiet", "--depth=1", "origin", *refs, cwd=clone)
    assert git("rev-parse", about_ref("lr"), cwd=clone).strip() == tip
    monkeypatch.chdir(clone)
    assert checked().failures == ()


def test_trailer_of_a_status_that_lies_is_named(repository, git):
    with gitxp.start_run("lr") as run:
        pass
    message = git("log", "-1", "--format=%B", ref(run), cwd=repository.work_tree).rstrip()
    lie = message.replace("Status: finished", "Status: failed") + "\n"
    rewrite(git, repository.work_tree, run, {}, message=lie)
    assert failures() == ["the message says Status 'failed': expected 'finished'"]
