"""The processes of PyTorch: ranks of `torchrun`, spawned ranks, workers of a data loader."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import gitxp
from gitxp.model.run import Status

pytest.importorskip("torch", reason="pip install -e '.[frameworks]'")
pytestmark = pytest.mark.slow

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--no-python"]


@pytest.fixture
def script(repo_dir, monkeypatch):
    """Run Python code as a script, started by what is given before it."""
    monkeypatch.chdir(repo_dir)
    # However slow the machine is, only what the script logs is there.
    monkeypatch.setenv("GITXP_SYSTEM_INTERVAL", "0")

    def run(code: str, *before: str) -> None:
        path = repo_dir.parent / "script.py"
        path.write_text(code)
        done = subprocess.run(
            [*before, sys.executable, "-W", "error", str(path)],
            env={**os.environ, "OMP_NUM_THREADS": "1", "MEETING": str(repo_dir.parent / "meeting")},
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr

    return run


def only_run() -> gitxp.Run:
    (run,) = gitxp.runs().index
    found = gitxp.get_run(run)
    assert found.tip is not None
    return found


def points(run: gitxp.Run) -> list[tuple[str, int, float]]:
    frame = gitxp.history(run.id)
    return sorted(zip(frame["metric"], frame["step"], frame["value"], strict=True))


def ranks(session) -> list[int | None]:
    return sorted(writer.rank for writer in session.writers if writer.rank is not None)


def test_ranks_of_torchrun_train_into_one_run(script):
    script(
        "import gitxp, torch, torch.distributed as dist\n"
        "dist.init_process_group('gloo')\n"
        "with gitxp.start_run('ddp', params={'lr': 0.1}) as run:\n"
        "    assert run.rank == dist.get_rank()\n"
        "    for step in range(3):\n"
        "        total = torch.tensor([10.0 ** run.rank])\n"
        "        dist.all_reduce(total)\n"
        "        run.log({'total': total, f'own/{run.rank}': run.rank}, step=step)\n"
        "    dist.barrier()\n"
        "dist.destroy_process_group()\n",
        *TORCHRUN,
    )
    run = only_run()
    (session,) = run.sessions
    assert (ranks(session), run.status) == ([0, 1], Status.FINISHED)
    expected = [("total", step, 11) for step in range(3)] * 2
    expected += [(f"own/{rank}", step, rank) for rank in range(2) for step in range(3)]
    assert points(run) == sorted(expected)
    assert (run.metrics["total"].count, run.group) == (3, None)


ELASTIC = """
import os, pathlib, time
import gitxp

attempt = os.environ["TORCHELASTIC_RESTART_COUNT"]

def meet(name):
    folder = pathlib.Path(os.environ["MEETING"], attempt, name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / os.environ["RANK"]).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.01)

with gitxp.start_run("ddp", "elastic", RESUME) as run:
    meet("start")
    for _ in range(3):
        run.log({"loss": run.rank})
    meet("end")
    if attempt == "0":
        if run.rank == 1: os.kill(os.getpid(), 9)
        time.sleep(60)
"""


def test_ranks_that_torchrun_starts_again_go_on_where_that_is_asked_for(script):
    script(ELASTIC.replace("RESUME", "resume='auto'"), *TORCHRUN, "--max-restarts=1")
    run = only_run()
    first, second = run.sessions
    ends = {writer.rank: str(writer.status) for writer in first.writers}
    assert (first.status, ends) == (Status.CRASHED, {0: "killed", 1: "crashed"})
    assert (second.status, ranks(second)) == (Status.FINISHED, [0, 1])
    assert points(run) == [("loss", step, rank) for step in range(6) for rank in range(2)]


def test_ranks_that_torchrun_starts_again_are_another_run(script):
    script(ELASTIC.replace(", RESUME", ""), *TORCHRUN, "--max-restarts=1")
    frame = gitxp.runs()
    assert frame["status"].tolist() == ["finished", "crashed"]
    assert frame["points"].tolist() == [6, 6]


def test_processes_that_torch_spawns_are_known_by_their_ranks(script):
    port = "s = socket.socket(); s.bind(('127.0.0.1', 0)); port = s.getsockname()[1]; s.close()"
    script(
        "import socket, gitxp, torch, torch.distributed as dist\n"
        "def work(rank, port):\n"
        "    address = f'tcp://127.0.0.1:{port}'\n"
        "    dist.init_process_group('gloo', init_method=address, rank=rank, world_size=2)\n"
        "    gitxp.log({'loss': 10 * rank + 1}, step=0)\n"
        "    dist.barrier()\n"
        "    dist.destroy_process_group()\n"
        "if __name__ == '__main__':\n"
        f"    {port}\n"
        "    with gitxp.start_run('spawn') as run:\n"
        "        torch.multiprocessing.spawn(work, args=(port,), nprocs=2)\n"
    )
    run = only_run()
    assert points(run) == [("loss", 0, 1), ("loss", 0, 11)]
    assert ranks(run.sessions[-1]) == [0, 1]
    assert (run.metrics["loss"].last.value, run.metrics["loss"].count) == (1, 1)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_of_a_data_loader_log_to_the_run(script, method):
    script(
        "import gitxp, torch\n"
        "class Squares(torch.utils.data.Dataset):\n"
        "    def __len__(self): return 8\n"
        "    def __getitem__(self, place):\n"
        "        gitxp.log({'loaded': place * place}, step=place)\n"
        "        return place\n"
        "if __name__ == '__main__':\n"
        "    with gitxp.start_run('loader') as run:\n"
        "        loader = torch.utils.data.DataLoader(\n"
        f"            Squares(), num_workers=2, multiprocessing_context={method!r})\n"
        "        for step, place in enumerate(loader): run.log({'used': int(place)}, step=step)\n"
    )
    run = only_run()
    expected = [("loaded", place, place**2) for place in range(8)]
    expected += [("used", step, step) for step in range(8)]
    assert points(run) == sorted(expected)
    assert run.status is Status.FINISHED
