"""`fork_map`: the same results as `map`, in order, from several processes.

Each case runs in a process of its own, because forking is refused where threads live, as they do in a test runner.
"""

import os
import subprocess
import sys
import time

import pytest

from kbtool.parallel import cores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forking is used on Linux only")


def run(code: str) -> str:
    script = "import os\nfrom kbtool.parallel import fork_map\n" + code
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def test_results_come_in_the_order_of_the_items() -> None:
    assert run("print(list(fork_map(lambda n: n * n, range(1000), 2)) == [n * n for n in range(1000)])") == "True\n"


def test_the_work_is_done_in_other_processes_that_see_what_the_caller_had() -> None:
    code = """
held = {"a vault": 41}
found = set(fork_map(lambda n: (os.getpid(), held["a vault"] + n), [1] * 500, 2))
print({seen for _, seen in found}, os.getpid() in {pid for pid, _ in found})
"""
    assert run(code) == "{42} False\n"


def test_few_items_stay_in_this_process() -> None:
    assert run("print(set(fork_map(lambda _: os.getpid(), range(3), 2)) == {os.getpid()})") == "True\n"


def test_an_exception_reaches_the_caller() -> None:
    code = """
def fail(n):
    if n == 400:
        raise ValueError("item 400")
    return n
try:
    list(fork_map(fail, range(500), 2))
except ValueError as error:
    print(error)
"""
    assert run(code) == "item 400\n"


def test_a_process_with_threads_does_not_fork() -> None:
    code = """
import threading
stop = threading.Event()
threading.Thread(target=stop.wait).start()
print(set(fork_map(lambda _: os.getpid(), range(500), 2)) == {os.getpid()})
stop.set()
"""
    assert run(code) == "True\n"


def test_there_is_at_least_one_core() -> None:
    assert cores() >= 1


def test_the_workers_end_when_their_parent_is_killed() -> None:
    code = """
import signal, sys, time
def work(n):
    if n == 0:
        print(os.getpid(), flush=True)
    time.sleep(0.05)
if os.fork() == 0:
    list(fork_map(work, range(1000), 2))
else:
    time.sleep(1)
    children = open(f'/proc/self/task/{os.getpid()}/children').read().split()
    os.kill(int(children[0]), signal.SIGKILL)
"""
    pid = int(run(code).split()[0])
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and os.path.exists(f"/proc/{pid}"):
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{pid}")


def test_a_worker_that_is_ended_from_outside_is_told_as_such() -> None:
    code = """
from kbtool.parallel import WorkerEndedError
try:
    list(fork_map(lambda n: os.kill(os.getpid(), 9) if n == 300 else n, range(1000), 2))
except WorkerEndedError:
    print("told")
"""
    assert run(code) == "told\n"


def test_ctrl_c_twice_ends_it_and_does_not_hang() -> None:
    code = """
import signal, threading, time
def twice():
    for wait in (0.5, 0.01, 0.02):
        time.sleep(wait)
        os.kill(os.getpid(), signal.SIGINT)
held = fork_map(lambda n: time.sleep(0.02) or n, range(1000), 2)
next(held)
threading.Thread(target=twice).start()
try:
    list(held)
except KeyboardInterrupt:
    try:
        time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    print("ended")
"""
    assert run(code).startswith("ended")
