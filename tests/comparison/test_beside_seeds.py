"""Two runs differ in nothing but seeds only where all else is known, and the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from measured_runs import measured, rows

from gitxp.comparison.baseline.beside_seeds import Seeds, beside_seeds
from gitxp.comparison.baseline.gate import GateQuestion, answer_gate
from gitxp.comparison.baseline.seedless_command import seedless_command
from gitxp.model.dataset import Dataset, Strength
from gitxp.model.run import Code, LeftOut

KNOWN = {"packages": {"numpy": "1.0"}, "python": {"version": "3.12"}}
DIGITS = Dataset("digits", "version", Strength.VERSION, version="1")


def pair(**fields):
    """Two runs of another seed each."""
    runs = (measured(value, seeds={"seed": seed}) for seed, value in enumerate((0.1, 0.9)))
    known = {"environment": KNOWN, "datasets": (DIGITS,)}
    return [replace(run, **known | fields) for run in runs]


def passes(worse, better):
    """Whether a loss passes as what seeds do; the two say the same of each other."""
    beside, mirrored = beside_seeds(worse, better), beside_seeds(better, worse)
    assert (set(beside.differing), set(beside.unknown)) == (
        set(mirrored.differing),
        set(mirrored.unknown),
    )
    (one,) = answer_gate(rows(worse, better), 0, 1, GateQuestion(["acc"]), {"acc": "max"}, beside)
    assert one.by_seeds_alone is one.passes is beside.is_nothing
    return one.passes


def told(worse, better):
    assert not passes(worse, better)
    beside = beside_seeds(worse, better)
    assert beside.seeds is Seeds.DIFFERENT
    return list(beside.differing), list(beside.unknown)


def session(run, **fields):
    return replace(run, sessions=(replace(run.sessions[-1], **fields),))


def test_where_all_is_known_and_the_same_a_loss_is_what_seeds_do():
    assert passes(*pair())


@pytest.mark.parametrize(
    "code",
    [Code(), Code("a" * 40, "a" * 40, failure="no room"), Code("a" * 40, "b" * 40)],
    ids=["not captured", "failed", "other before it was resumed"],
)
def test_code_that_was_not_captured_is_not_the_same(code):
    runs = pair()
    resumed = replace(
        runs[0], sessions=(replace(runs[0].sessions[0], code=code), *runs[0].sessions)
    )
    assert told(resumed, runs[1]) == ([], ["code"])
    assert told(*(session(run, code=Code()) for run in runs)) == ([], ["code"])


@pytest.mark.parametrize(
    ("digests", "is_known"),
    [
        (("", ""), False),
        (("sha256:1", ""), False),
        (("sha256:1", None), False),
        (("sha256:1", "sha256:2"), False),
        (("sha256:1", "sha256:1"), True),
    ],
)
def test_what_a_snapshot_lacks_is_the_same_only_by_its_digest(digests, is_known):
    runs = []
    for run, digest in zip(pair(), digests, strict=True):
        lacking = () if digest is None else (LeftOut("src/model.py", "too large", digest=digest),)
        runs.append(session(run, code=replace(run.code, left_out=lacking)))
    assert passes(*runs) is is_known
    assert beside_seeds(*runs).unknown == (() if is_known else ("code.src/model.py",))
    many = session(runs[0], code=replace(runs[0].code, left_out=(LeftOut(".", "9 files"),)))
    assert "code" in told(many, runs[1])[1]


@pytest.mark.parametrize("strength", Strength)
def test_data_sets_are_known_by_content_or_version(strength):
    runs = pair(datasets=(Dataset("digits", "name", strength, source="s3://here"),))
    is_known = strength in (Strength.CONTENT, Strength.VERSION)
    assert passes(*runs) is is_known
    assert beside_seeds(*runs).unknown == (() if is_known else ("data.digits",))


def test_data_is_unknown_where_one_recorded_none():
    worse, better = pair()
    silent = replace(worse, datasets=())
    assert told(silent, replace(better, datasets=())) == ([], ["data"])
    assert beside_seeds(silent, better).unknown == ("data",)


def test_data_sets_of_one_name_are_compared_each():
    train, test = (
        Dataset("digits", "version", Strength.VERSION, role=role, version="1")
        for role in ("train", "test")
    )
    runs = pair(datasets=(train, test))
    assert passes(*runs)
    worse = replace(runs[0], datasets=(replace(train, version="2"), test))
    assert told(worse, runs[1]) == (["data.digits"], [])
    assert told(replace(runs[0], datasets=(replace(train, split="half"), test)), runs[1]) == (
        ["data.digits"],
        [],
    )


@pytest.mark.parametrize(
    ("environment", "differing"),
    [
        ({"variables": {"OMP_NUM_THREADS": "1"}}, "variables.OMP_NUM_THREADS"),
        ({"variables": {"WORLD_SIZE": "8"}}, "variables.WORLD_SIZE"),
        ({"variables": {"LORA_RANK": "64"}}, "variables.LORA_RANK"),
        ({"variables": {"SLURM_NTASKS": "8"}}, "variables.SLURM_NTASKS"),
        ({"variables": {"CUDA_VISIBLE_DEVICES": "0,1"}}, "variables.CUDA_VISIBLE_DEVICES"),
        ({"platform": {"machine": "aarch64"}}, "platform.machine"),
        ({"platform": {"libc": "musl 1.2"}}, "platform.libc"),
        ({"container": {"image": "x:2"}}, "container.image"),
        ({"lock_files": [{"path": "uv.lock", "digest": "sha256:2"}]}, "lock_files.uv.lock"),
        ({"cuda": {"driver": "12.4"}}, "cuda.driver"),
    ],
)
def test_whatever_of_the_environment_may_be_behind_a_loss_is_named(environment, differing):
    worse, better = pair()
    assert told(replace(worse, environment=KNOWN | environment), better) == ([differing], [])


def test_where_a_job_ran_is_not_what_it_ran():
    places = [
        {
            "variables": {
                "SLURM_JOB_ID": one, "SLURMD_NODENAME": one, "LOCAL_RANK": one, "RANK": one,
                "PBS_JOBID": one, "OMPI_COMM_WORLD_RANK": one, "GROUP_RANK": one,
                "OMPI_COMM_WORLD_LOCAL_RANK": one, "PMI_RANK": one, "GITXP_RANK": one,
                "TORCHELASTIC_RUN_ID": one,
                "VIRTUAL_ENV": f"/{one}", "PYTHONHASHSEED": one, "CUDA_VISIBLE_DEVICES": one,
            },
            "container": {"kind": "docker", "id": one},
            "platform": {"system": "Linux", "release": one},
        }
        for one in ("1", "2")
    ]  # fmt: skip
    runs = [replace(run, environment=KNOWN | one) for run, one in zip(pair(), places, strict=True)]
    assert passes(*runs)


@pytest.mark.parametrize(
    ("total", "is_alike"),
    [(25276506112, True), (24 << 30, True), (25_000_000_000, True), (16 << 30, False)],
)
def test_memory_is_what_was_bought_and_not_what_a_kernel_leaves_of_it(total, is_alike):
    totals = (total, 25276510208)
    runs = [
        replace(run, environment=KNOWN | {"memory": {"total": one}})
        for run, one in zip(pair(), totals, strict=True)
    ]
    assert passes(*runs) is is_alike
    assert beside_seeds(*runs).differing == (() if is_alike else ("hardware.memory.total",))


def test_an_environment_that_was_not_recorded_is_unknown():
    worse, better = pair()
    empty = replace(worse, environment={})
    assert told(empty, better) == ([], ["environment"])
    assert told(empty, replace(better, environment={})) == ([], ["environment"])


@pytest.mark.parametrize("section", ["packages", "python"])
def test_what_every_run_has_is_unknown_where_one_has_none_recorded(section):
    worse, better = pair()
    known = {name: one for name, one in KNOWN.items() if name != section}
    silent = replace(worse, environment=known)
    assert told(silent, better) == ([], [section])
    assert told(silent, replace(better, environment=known)) == ([], [section])


def test_an_environment_of_whatever_shape_is_no_reason_to_fail():
    odd = {
        "variables": 1, "container": [], "lock_files": {"path": 1}, "cuda": "12", "python": 3,
        "packages": ["numpy"], "platform": "Linux",
    }  # fmt: skip
    runs = (replace(run, environment=odd) for run in pair())
    assert told(*runs) == ([], ["packages", "python"])


@pytest.mark.parametrize(
    ("ours", "theirs", "is_same"),
    [
        (["python", "train.py", "0"], ["/usr/bin/python3.12", "train.py", "1"], True),
        (["python", "train.py", "--seed", "0"], ["python", "train.py", "--seed=1"], True),
        (["python", "train.py"], ["python", "train.py", "trainer.random-seed=1"], True),
        (["python", "train.py", "0", ".9"], ["python", "train.py", "1", ".1"], False),
        (["python", "train.py", "-n", "0"], ["python", "train.py", "-n", "1"], False),
        (["python", "train.py", "--width=0"], ["python", "train.py", "--width=1"], False),
        (["python", "train.py", "--n-seed", "0"], ["python", "train.py", "--n-seed", "1"], False),
        (["python", "train.py", "--seed", "8"], ["python", "train.py", "--seed", "9"], False),
        (["python", "train.py", "0", "0"], ["python", "train.py", "1", "1"], False),
        (["python", "a/train.py"], ["python", "b/train.py"], False),
    ],
)
def test_a_command_counts_but_for_what_is_certain_to_be_its_seed(ours, theirs, is_same):
    runs = [
        session(one, argv=tuple(argv)) for one, argv in zip(pair(), (ours, theirs), strict=True)
    ]
    assert passes(*runs) is is_same
    assert beside_seeds(*runs).differing == (() if is_same else ("command.arguments",))


def test_a_notebook_is_started_with_another_file_each_time():
    kernels = [
        ["/v/bin/python", "-m", "ipykernel_launcher", "-f", f"/r/kernel-{one}.json"] for one in "ab"
    ]
    assert len({seedless_command(argv, []) for argv in kernels}) == 1


def test_the_working_folder_counts():
    worse, better = pair()
    assert told(session(worse, folder="sub"), session(better, folder=".")) == (
        ["command.folder"],
        [],
    )
