"""In IPython a cell that is run again ends the run that it began before."""

from __future__ import annotations

import json
import subprocess
import sys

SESSION = '''
import json
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
cell = """
import gitxp
run = gitxp.start_run('cells')
run.log({'x': 1.0})
ids.append(run.id)
"""
shell.run_cell("ids = []")
shell.run_cell(cell)
shell.run_cell(cell)
shell.run_cell("raise KeyboardInterrupt")
shell.run_cell("open_after_interrupt = not run.is_finished")
shell.run_cell("gitxp.log({'x': 2.0})")
first, second = shell.user_ns["ids"]
print(json.dumps([first, second, shell.user_ns["open_after_interrupt"]]))
'''


def test_cell_run_again_finishes_the_first_run_and_an_interrupt_leaves_the_second_open(
    repo_dir, monkeypatch
):
    import gitxp

    done = subprocess.run(
        [sys.executable, "-c", SESSION], cwd=repo_dir, capture_output=True, text=True, check=True
    )
    first, second, is_open_after_interrupt = json.loads(done.stdout.strip().splitlines()[-1])
    assert is_open_after_interrupt
    monkeypatch.chdir(repo_dir)
    assert gitxp.get_run(first).status == "finished"
    assert gitxp.get_run(first).points == 1
    assert gitxp.get_run(second).status == "finished"
    assert gitxp.get_run(second).points == 2
