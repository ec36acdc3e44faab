"""`git xp run` keeps out of its command's way, whatever that prints and whoever ends it."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

GIT_XP = str(Path(sys.executable).with_name("git-xp"))


def row(xp):
    (found,) = json.loads(xp("list", "--json").stdout)
    return found


def failures(xp):
    return json.loads(xp("show", "--json").stdout)["failures"]


def kept_output(xp, repo_dir):
    found = row(xp)
    ref = f"refs/experiments/{found['experiment']}/{found['run']}"
    done = subprocess.run(
        ["git", "show", f"{ref}:output.log"], cwd=repo_dir, capture_output=True, check=True
    )
    return done.stdout


def in_shell(line, repo_dir):
    """Type a line into bash, with `xp` for `git xp` and `python` for this one."""
    functions = f'xp() {{ "{GIT_XP}" "$@"; }}; python() {{ "{sys.executable}" "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", functions + line], cwd=repo_dir, capture_output=True, text=True, check=False
    )


HOSTILE_LINES = {
    "number beyond float64": ("json", "print('{\"loss\": 1' + '0' * 400 + '}')"),
    "number of too many digits": ("json", "print('{\"loss\": ' + '1' * 5000 + '}')"),
    "endless nesting": ("json", "print('{\"a\": ' + '[' * 60000)"),
    "step of too many digits": (
        r"loss=step (?P<step>\d+) loss ([0-9.]+)",
        "print('step', '1' * 5000, 'loss 0.5')",
    ),
    "name with a control": ("json", r"print('{\"a\\u001bb\": 1}')"),
    "line without end": ("json", "print('{\"x\": 1, ' + ' ' * 200000 + '}')"),
    "text that is no json": ("json", "print('{\\'x\\': 1}')"),
}


@pytest.mark.parametrize(("wanted", "hostile"), HOSTILE_LINES.values(), ids=HOSTILE_LINES)
def test_no_line_of_output_ends_the_command(xp, wanted, hostile):
    script = f"{hostile}\n{hostile}\nprint('step 3 loss 0.25')\nprint('{{\"ok\": 2}}')"
    done = xp("run", "--metrics", wanted, "--metrics", "json", "--", sys.executable, "-c", script)
    assert done.returncode == 0
    assert done.stdout.endswith('step 3 loss 0.25\n{"ok": 2}\n')
    assert done.stderr.count("warning: ") <= 1
    assert "Traceback" not in done.stderr
    assert bool(failures(xp)) == ("warning: " in done.stderr)
    found = row(xp)
    assert (found["status"], found["metrics.ok"]) == ("finished", 2)


def test_bytes_that_are_no_text_pass_as_they_are(xp, repo_dir):
    script = "printf '{\\377 loss 1\\n' >&2; printf '\\200'"
    line = (
        f'xp run -q --metrics json --metrics "x=loss (.)" -- sh -c {shlex.quote(script)} 2>../err'
    )
    assert in_shell(f"{line} >../out", repo_dir).returncode == 0
    assert (repo_dir.parent / "err").read_bytes() == b"{\xff loss 1\n"
    assert (repo_dir.parent / "out").read_bytes() == b"\x80"
    assert row(xp)["metrics.x"] == 1


def test_argument_of_many_digits_is_recorded_as_text(xp):
    assert xp("run", "--", "echo", "--x", "1" * 5000).returncode == 0
    assert row(xp)["params.x"] == "1" * 5000


def test_output_that_finds_no_room_is_shown_and_warned_of_once(xp, repo_dir):
    script = "for number in range(60000): print('line', number)"
    done = in_shell(f'ulimit -f 200; xp run -- python -c "{script}" | cat', repo_dir)
    assert done.stdout.splitlines()[-1] == "line 59999"
    assert len(done.stdout.splitlines()) == 60000
    assert done.stderr.count("warning: ") == 1
    assert "File too large" in done.stderr
    found = row(xp)
    assert (found["status"], found["exit_code"]) == ("finished", 0)
    assert failures(xp) == 1
    assert kept_output(xp, repo_dir).startswith(b"line 0\nline 1\n")


def test_closed_pipe_ends_neither_the_command_nor_the_keeping(xp, repo_dir):
    script = "for number in range(200000): print('line', number)"
    done = in_shell(f'xp run -- python -c "{script}" | head -2; echo ${{PIPESTATUS[0]}}', repo_dir)
    assert done.stdout == "line 0\nline 1\n0\n"
    assert "warning" not in done.stderr
    assert row(xp)["status"] == "finished"
    assert kept_output(xp, repo_dir).endswith(b"line 199999\n")


def test_command_runs_though_nobody_hears_what_is_said_of_it(xp, repo_dir):
    done = in_shell("xp run -- sh -c 'echo done > it; exit 3' 2>&1 | true; echo ${PIPESTATUS[0]}",
                    repo_dir)  # fmt: skip
    assert done.stdout == "3\n"
    assert (repo_dir / "it").read_text() == "done\n"
    assert row(xp)["exit_code"] == 3


def test_kept_error_does_not_stand_amid_a_line_of_output(xp, repo_dir):
    body = """
import sys, time
for stream, text in ((1, "token"), (2, "error\\n"), (1, "more\\n"), (2, "50%\\r"), (1, "end\\n")):
    print(text, end="", file=(None, sys.stdout, sys.stderr)[stream], flush=True)
    time.sleep(0.1)
"""
    done = xp("run", "--", sys.executable, "-c", body)
    assert (done.stdout, done.stderr[:10]) == ("tokenmore\nend\n", "error\n50%\n")
    kept = kept_output(xp, repo_dir).split(b"\n")
    assert {b"error", b"end"} < {*kept}
    assert sorted(b"".join(kept)) == sorted(b"tokenmoreenderror50%\r")


def test_closed_standard_output_is_no_file_of_ours(xp, repo_dir):
    assert in_shell("xp run -- echo hello >&-", repo_dir).returncode == 0
    assert kept_output(xp, repo_dir) == b"hello\n"


def test_progress_bar_is_read_as_it_comes(xp):
    script = "for step in range(3): print(f'loss {step}.5', end='\\r')"
    xp("run", "--metrics", r"loss=loss ([0-9.]+)", "--", sys.executable, "-c", script)
    points = json.loads(xp("metrics", "--json").stdout)
    assert [point["value"] for point in points] == [0.5, 1.5, 2.5]


def started(repo_dir, script, *, shell=""):
    """Start a script of Python under `git xp run`, and wait until it says that it runs."""
    words = [GIT_XP, "run", "--", sys.executable, "-c", script]
    if shell:
        words = ["sh", "-c", f'{shell} exec "$@"', "sh", *words]
    process = subprocess.Popen(
        words, cwd=repo_dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout.readline() == b"runs\n"
    return process


SLEEPS = "import time; print('runs'); time.sleep(600)"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signal_ends_the_command_and_the_run_is_killed(xp, repo_dir, number):
    process = started(repo_dir, f"import os; print(os.getpid(), file=open('pid', 'w'));{SLEEPS}")
    process.send_signal(number)
    process.communicate()
    found = row(xp)
    assert process.returncode == 128 + number
    assert (found["status"], found["exit_code"]) == ("killed", 128 + number)
    with pytest.raises(ProcessLookupError):
        os.kill(int((repo_dir / "pid").read_text()), 0)


def test_command_that_saves_its_work_on_sigterm_is_waited_for(xp, repo_dir):
    script = (
        "import signal, sys, time\n"
        "def save(*_):\n"
        "    time.sleep(0.5); print('saved'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save)\n"
        f"{SLEEPS}"
    )
    process = started(repo_dir, script)
    process.terminate()
    output, _ = process.communicate()
    assert (process.returncode, output) == (0, b"saved\n")
    assert row(xp)["status"] == "killed"
    assert kept_output(xp, repo_dir) == b"runs\nsaved\n"


def test_signal_that_was_ignored_stays_ignored(xp, repo_dir):
    script = "import sys, time; print('runs'); time.sleep(1); print('goes on')"
    process = started(repo_dir, script, shell="trap '' HUP;")
    process.send_signal(signal.SIGHUP)
    output, _ = process.communicate()
    assert (process.returncode, output) == (0, b"goes on\n")
    assert row(xp)["status"] == "finished"


def test_other_signals_of_a_scheduler_reach_the_command(xp, repo_dir):
    script = (
        "import signal, time\n"
        "heard = []\n"
        "signal.signal(signal.SIGUSR1, lambda *_: heard.append(print('heard')))\n"
        "print('runs')\n"
        "while not heard: time.sleep(0.01)"  # a pause would miss one that has come already
    )
    process = started(repo_dir, script)
    process.send_signal(signal.SIGUSR1)
    output, _ = process.communicate()
    assert output == b"heard\n"
    assert row(xp)["status"] == "finished"


def test_interrupt_of_the_keyboard_comes_once(terminal, xp):
    script = (
        "import signal, time\n"
        "heard = []\n"
        "signal.signal(signal.SIGINT, lambda *_: heard.append(1))\n"
        "print('runs', flush=True)\n"
        "time.sleep(1.5)\n"
        "print('interrupts:', len(heard))"
    )
    shown = terminal("run", "-q", "--", sys.executable, "-c", script, typed="\x03")
    assert "interrupts: 1" in shown.text
    assert row(xp)["status"] == "finished"


def test_process_that_is_left_behind_holds_nothing_up(xp, repo_dir):
    done = xp("run", "--", "sh", "-c", "sleep 300 & echo $! > pid; echo hi; exit 3")
    os.kill(int((repo_dir / "pid").read_text()), signal.SIGKILL)  # it runs still
    assert (done.returncode, done.stdout) == (3, "hi\n")
    assert "note: a process that was left behind" in done.stderr
    assert row(xp)["exit_code"] == 3


def test_process_that_is_left_behind_and_prints_holds_nothing_up(xp, repo_dir):
    script = "(while sleep 0.01; do echo more; done) & echo $! > pid; echo hi"
    done = xp("run", "--", "sh", "-c", script)
    os.kill(int((repo_dir / "pid").read_text()), signal.SIGKILL)
    assert done.returncode == 0
    assert "hi\n" in done.stdout


def test_all_that_was_printed_before_the_end_is_read(xp, repo_dir):
    script = "sleep 300 & echo $! > pid; head -c 900000 /dev/zero | tr '\\0' x"
    read = in_shell(f"xp run -- sh -c '{script}' | (sleep 1; wc -c)", repo_dir)
    os.kill(int((repo_dir / "pid").read_text()), signal.SIGKILL)
    assert read.stdout.strip() == "900000"
    assert len(kept_output(xp, repo_dir)) == 900_000


def test_command_that_closes_its_output_is_waited_for(xp):
    assert xp("run", "--", "sh", "-c", "exec >&- 2>&-; sleep 0.5; exit 4").returncode == 4
    assert row(xp)["exit_code"] == 4


def test_command_that_cannot_be_started_ends_as_in_a_shell(xp, repo_dir):
    (repo_dir / "not-executable").write_text("#!/bin/sh\n")
    (repo_dir / "no-interpreter").write_text("#!/no/such/interpreter\n")
    (repo_dir / "no-interpreter").chmod(0o755)
    for word, status in (
        ("no-such-command", 127),
        ("./no-such-file", 127),
        ("./not-executable", 126),
        ("./no-interpreter", 126),
        (".", 126),
    ):
        done = xp("run", "--", word)
        assert done.returncode == status, word
        assert f"error: cannot start '{word}': " in done.stderr
        newest = json.loads(xp("list", "--json", "--limit", "1").stdout)[0]
        assert (newest["status"], newest["exit_code"]) == ("failed", status)


@pytest.mark.parametrize("is_packed", [False, True])
def test_run_that_cannot_be_recorded_is_not_said_to_be(xp, repo_dir, git, is_packed):
    git("update-ref", "refs/experiments/default", "HEAD", cwd=repo_dir)  # where a folder must be
    if is_packed:
        git("pack-refs", "--all", cwd=repo_dir)
    done = xp("run", "--", "sh", "-c", "echo hi; exit 3")
    assert (done.returncode, done.stdout) == (3, "hi\n")
    assert "warning: a ref stands where" in done.stderr
    assert "recorded" not in done.stderr
    git("update-ref", "-d", "refs/experiments/default", cwd=repo_dir)
    assert xp("recover").stdout.startswith("recorded ")
    assert (row(xp)["exit_code"], kept_output(xp, repo_dir)) == (3, b"hi\n")


def test_run_inside_a_run_is_its_child(xp):
    assert (
        xp("run", "-e", "outer", "--", GIT_XP, "run", "-e", "inner", "--", "true").returncode == 0
    )
    rows = {one["experiment"]: one for one in json.loads(xp("list", "--json").stdout)}
    assert rows["inner"]["parent"] == rows["outer"]["run"]
    assert rows["outer"]["parent"] is None


def test_script_inside_a_run_inside_a_run_joins_the_inner_one(xp):
    script = "import gitxp\nwith gitxp.start_run() as run: run.log({'x': 1})"
    words = (GIT_XP, "run", "-e", "inner", "--", sys.executable, "-c", script)
    assert xp("run", "-e", "outer", "--", *words).returncode == 0
    rows = {one["experiment"]: one for one in json.loads(xp("list", "--json").stdout)}
    assert (len(rows), rows["inner"]["points"], rows["outer"]["points"]) == (2, 1, 0)


def test_script_that_names_an_experiment_is_told_where_its_run_is(xp):
    script = "import gitxp\nwith gitxp.start_run('Lr Schedules') as run: run.log({'x': 1})"
    done = xp("run", "--", sys.executable, "-c", script)
    assert row(xp)["experiment"] == "default"
    assert "the run is in experiment default, not in lr-schedules" in done.stderr
    assert done.stderr.count("git xp run -e lr-schedules -- COMMAND") == 1


@pytest.mark.parametrize("chosen", ["lr-schedules", "another"])
def test_experiment_that_was_named_outside_counts_without_a_word(xp, chosen):
    script = "import gitxp\nwith gitxp.start_run('lr-schedules') as run: run.log({'x': 1})"
    done = xp("run", "-e", chosen, "--", sys.executable, "-c", script)
    assert (row(xp)["experiment"], row(xp)["points"]) == (chosen, 1)
    assert "experiment" not in done.stderr


def test_journal_stays_small_while_much_is_printed(xp, repo_dir, git):
    git("config", "xp.output.limit", "1 MiB", cwd=repo_dir)
    script = (
        "import os, sys\n"
        "for _ in range(200): os.write(1, b'x' * 99_999 + b'\\n')\n"
        "folder = next(os.scandir('.git/gitxp/live')).path\n"
        "size = sum(one.stat().st_size for one in os.scandir(folder) if 'output' in one.name)\n"
        "print('on the disk:', size)"
    )
    done = xp("run", "--", sys.executable, "-c", script)
    size = int(done.stdout.rpartition("on the disk: ")[2])
    assert 0 < size <= 2 << 20
    kept = kept_output(xp, repo_dir)
    assert len(kept) < (1 << 20) + 100
    assert b"bytes cut here]" in kept
    assert kept.endswith(done.stdout.encode()[-100:])


def test_killed_recording_keeps_head_and_tail(xp, repo_dir, git):
    git("config", "xp.output.limit", "200 KiB", cwd=repo_dir)
    script = (
        "import os, signal, time\n"
        "os.write(1, b'runs\\n' + b'x' * 2_000_000 + b'the end')\n"
        "time.sleep(1)\n"
        "os.kill(os.getppid(), signal.SIGKILL)"
    )
    process = started(repo_dir, script)
    process.communicate()
    kept = kept_output(xp, repo_dir)
    assert row(xp)["status"] == "crashed"
    assert kept.startswith(b"runs\nxxx")
    assert kept.endswith(b"xxxthe end")
    assert b" of 2000012 bytes cut here]" in kept


PRINTS = "import os\nfor _ in range({count}): os.write(1, b'{line}' * 10)"


@pytest.mark.slow
def spent_by_children():
    """Return the processors' seconds, which a busy machine does not make longer."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    ("options", "end", "factor"),
    [
        ("", "\n", 6),
        ("--metrics 'loss=loss: ([0-9.]+)' --metrics json", "\n", 20),
        ("--metrics 'loss=loss: ([0-9.]+)' --metrics json", "\r", 20),
        ("--metrics 'loss=loss: ([0-9.]+)' --metrics json", " ", 8),
    ],
    ids=["kept", "lines", "returns", "one line"],
)
def test_much_output_passes_about_as_fast_as_through_cat(repo_dir, options, end, factor):
    """100 MB; what it takes to start and to record is no part of the rate."""
    line = ("x" * 999 + end).encode("unicode_escape").decode()

    def seconds(count, through):
        (repo_dir.parent / "print.py").write_text(PRINTS.format(count=count, line=line))
        began = spent_by_children()
        done = in_shell(f"set -o pipefail; {through} > ../out", repo_dir)
        assert done.returncode == 0, done.stderr
        assert (repo_dir.parent / "out").stat().st_size == count * 10_000
        return spent_by_children() - began

    def rate(through):
        # As much as a record holds already: so all that differs is read, shown and dropped.
        short = min(seconds(2_000, through) for _ in range(3))
        return min(seconds(12_000, through) for _ in range(3)) - short

    cat = rate("python ../print.py | cat")
    assert rate(f"xp run -q {options} -- '{sys.executable}' ../print.py") < factor * cat


def test_command_is_sampled_with_all_that_it_starts(xp, repo_dir, monkeypatch):
    monkeypatch.setenv("GITXP_SYSTEM_INTERVAL", "0.1")
    script = (
        "import gitxp, os, time\n"
        "data = bytearray(os.urandom(1)) * (200 << 20)\n"
        "with gitxp.start_run() as run: run.log({'loss': 0.5}, step=0); time.sleep(2)\n"
    )
    xp("run", "--", sys.executable, "-c", script)
    points = json.loads(xp("metrics", "--json").stdout)
    samples = [point for point in points if point["metric"] == "system/process/memory"]
    assert max(point["value"] for point in samples) > 200 << 20
    assert [point["step"] for point in samples] == list(range(len(samples)))
    # The command joined the run as a writer: one process samples.
    (loss,) = [point for point in points if point["metric"] == "loss"]
    assert {point["writer"] for point in samples}.isdisjoint({loss["writer"]})
    assert len({point["writer"] for point in samples}) == 1


NOISY = """
for step in range(3):
    print(f"[2026-11-26 18:00:0{step}] {step}/3 val_loss={step}.5 loss={1 / (step + 1):.3f}, ok")
"""


@pytest.mark.parametrize("option", ["loss=([0-9.e+-]+)", "loss"])
def test_curve_of_a_noisy_line_is_of_the_metric_alone(xp, option):
    xp("run", "--metrics", option, "--", sys.executable, "-c", NOISY)
    found = json.loads(xp("metrics", "--json").stdout)
    assert [point["value"] for point in found] == [1, 0.5, 0.333]


def test_metric_of_which_no_line_tells_is_told_of(xp):
    done = xp("run", "--metrics", "acc", "--metrics", "json", "--", "echo", "loss: 1")
    assert done.returncode == 0
    assert "note: --metrics acc: no line of output told of it" in done.stderr
    assert "note: --metrics json: no line of output was a JSON object with numbers" in done.stderr
    told = xp("run", "--metrics", "loss", "--", "echo", "loss: 1")
    assert "note:" not in told.stderr


def test_value_that_is_no_number_is_warned_of_once(xp):
    done = xp("run", "--metrics", r"loss=(\S+)", "--", "printf", "loss=1\\nloss=high\\nloss=low\\n")
    assert done.stderr.count("warning:") == 1
    assert "'high'" in done.stderr
    assert failures(xp) == 2


def test_what_is_told_of_a_run_is_in_its_record(xp):
    words = ("--hypothesis", "wider is better", "--group", "sweep", "--name", "first")
    given = ("--param", "width=64", "--param", "id=007", "--tag", "sha=4e12345", "--tag", "v=1.10")
    done = xp("run", "-e", "lr", *words, *given, "--", "sleep", "0.3")
    assert done.returncode == 0
    found = json.loads(xp("show", "first", "--json").stdout)
    assert (found["hypothesis"], found["group"], found["experiment"]) == (
        "wider is better",
        "sweep",
        "lr",
    )
    assert found["params"] == {"width": 64, "id": "007"}
    assert found["tags"] == {"sha": "4e12345", "v": "1.10"}
    assert row(xp)["duration"] >= 0.3


@pytest.mark.parametrize(
    "words",
    [
        ("--metrics", "loss=("),
        ("--metrics", "loss=loss"),
        ("--param", "=3"),
        ("--param", "lr"),
        ("--tag", "a"),
    ],
)
def test_wrong_option_is_a_usage_error_before_anything_runs(xp, repo_dir, words):
    done = xp("run", *words, "--", "touch", "started")
    assert done.returncode == 2
    assert "usage: git xp run" in done.stderr
    assert "hint: " in done.stderr
    assert not (repo_dir / "started").exists()


def test_files_left_out_are_told_of_once_and_move_no_terminal(xp, repo_dir):
    name = "weights\x1b[31mred\nbin"
    with (repo_dir / name).open("wb") as file:
        file.truncate(30 << 20)
    done = xp("run", "--", "true")
    assert "left out of the snapshot: weightsred bin (" in done.stderr
    script = (
        "import gitxp\n"
        "for number in range(3):\n"
        "    with gitxp.start_run('lr', snapshot='each'): pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repo_dir, capture_output=True, text=True, check=True
    )
    assert done.stderr.count("left out of the snapshot:") == 1
    assert done.stderr.count("\n  weightsred bin (") == 1
    assert "\x1b" not in done.stderr
    assert "left out of the snapshot" not in xp("run", "-q", "--", "true").stderr
