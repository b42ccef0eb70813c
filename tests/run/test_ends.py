"""However a run ends, by itself, by Ctrl-C or by violence, nothing stays: no process, no file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from run_support import descendants, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is left is counted through /proc")

PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {support!r})
from run_support import job, python
from kbtool.run import Settings, run

daemon = '''
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3600)
    os._exit(0)
os.wait()
'''
jobs = [
    job("Base.md", python("x = 1")),
    job("Daemon.md", python(daemon, "import time; time.sleep(3600)"), requires=("Base.md",)),
    job("Loop.md", python("import signal\\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\\nwhile True: pass")),
]
root = Path({root!r})
settings = Settings(root, root, jobs=3, timeout=600, preload=(), executor={executor!r})
run(jobs, settings, lambda block: print(block.note, block.index, flush=True))
"""


@pytest.fixture(params=["fork", "spawn"])
def building(request, project, tmp_path):
    """A program in the middle of running notes that never end."""
    source = PROGRAM.format(support=str(Path(__file__).parent), root=str(project), executor=request.param)
    repository = Path(__file__).parent.parent.parent
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(source)],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(repository)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            assert process.stdout is not None
            told = {process.stdout.readline().strip(), process.stdout.readline().strip()}
            assert told == {"Base.md 0", "Daemon.md 0"}
            assert wait_until(lambda: len(descendants(process.pid)) >= 5)
            yield process, descendants(process.pid), tmp_path
        finally:
            process.kill()


def _alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and _state(pid) != "Z"}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_nothing_outlives_a_killed_build(building):
    process, pids, folder = building
    process.kill()
    process.wait()
    assert wait_until(lambda: not _alive(pids)), _alive(pids)
    assert wait_until(lambda: not list(folder.iterdir())), list(folder.iterdir())


def test_after_ctrl_c_nothing_is_left_when_the_build_returns(building):
    process, pids, folder = building
    process.send_signal(signal.SIGINT)
    assert process.wait(10) != 0
    assert not _alive(pids)
    assert not list(folder.iterdir())


def test_a_build_that_dies_of_sigterm_leaves_nothing_either(building):
    process, pids, folder = building
    process.terminate()
    process.wait(10)
    assert wait_until(lambda: not _alive(pids)), _alive(pids)
    assert wait_until(lambda: not list(folder.iterdir())), list(folder.iterdir())
