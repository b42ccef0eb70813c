"""Several processes on one store: killed at any moment, forked, at once."""

from __future__ import annotations

import os
import random
import time
from contextlib import closing

import pytest

from kbtool.cache import open_store
from kbtool.parallel import fork_map

GENERATIONS = """
store = open_store(path)
marks = [key for key in store.keys("page") if key.startswith("mark")]
generation = int(marks[0].split()[1]) if marks else 0
print("started", flush=True)
while True:
    generation += 1
    with store.transaction():
        store.put_many("page", ((str(n), b"%d " % generation * 2000) for n in range(20)))
        store.delete("page", [f"mark {generation - 1}"])
        store.put("page", f"mark {generation}", b"")
"""


def _generation(store) -> int:
    """The generation that all the values are of; 0 where there is none yet."""
    with store.transaction():
        found = store.get_many("page", map(str, range(20)))
        marks = [key for key in store.keys("page") if key.startswith("mark")]
    assert store.diagnostics == ()
    if not found and not marks:
        return 0
    (mark,) = marks
    generation = int(mark.split()[1])
    assert found == {str(n): b"%d " % generation * 2000 for n in range(20)}
    return generation


def test_a_writer_killed_at_any_moment_leaves_a_whole_generation(path, start):
    seed = random.Random(7)
    seen = []
    for _ in range(12):
        with start(GENERATIONS, path) as writer:
            writer.stdout.readline()
            time.sleep(seed.uniform(0, 0.15))
            writer.kill()
        with closing(open_store(path)) as store:
            seen.append(_generation(store))
    assert seen == sorted(seen)
    assert seen[-1] > 12


def test_a_reader_sees_whole_generations_while_they_are_written(path, start):
    with start(GENERATIONS, path) as writer:
        writer.stdout.readline()
        with closing(open_store(path)) as store:
            seen = [_generation(store)]
            while seen[-1] < seen[0] + 10:
                seen.append(_generation(store))
        writer.kill()
    assert seen == sorted(seen)


def test_a_process_killed_while_it_makes_the_store_is_no_harm(path, start):
    for wait in (0.0, 0.001, 0.002, 0.005, 0.01):
        with start("print(flush=True); open_store(path).put('page', 'a', b'1'); input()", path) as process:
            process.stdout.readline()
            time.sleep(wait)
            process.kill()
        with closing(open_store(path)) as store:
            assert store.get("page", "a") in (None, b"1")
            assert store.diagnostics == ()
        for file in path.parent.iterdir():
            file.unlink()


MANY = """
name = sys.argv[2]
store = open_store(path)
for n in range(50):
    with store.transaction():
        store.put("page", f"{name} {n}", name.encode() * 20_000)
        store.put("page", "shared", name.encode() * 20_000)
    assert store.get("page", f"{name} {n}") == name.encode() * 20_000
print(len(store.keys("page")), store.diagnostics)
store.close()
"""


def test_processes_that_begin_and_write_a_store_at_once(path, start):
    processes = [start(MANY, path, name) for name in "abcd"]
    for process in processes:
        stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == 0, stderr
        assert stdout.endswith(" ()\n")
    with closing(open_store(path)) as store:
        found = store.get_many("page", store.keys("page"))
        assert len(found) == 201
        assert all(value == value[:1] * 20_000 for value in found.values())
        assert store.diagnostics == ()


# ---------------------------------------------------------------- forks


def _in_a_fork(work) -> str:
    """What `work` says in a forked process."""
    receiver, sender = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(sender, str(work()).encode())
        finally:
            os._exit(0)
    os.close(sender)
    with open(receiver, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said


def test_a_forked_process_reads(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
        assert _in_a_fork(lambda: (store.get("page", "a"), store.keys("page"))) == "(b'1', ('a',))"
        store.put("page", "a", b"2")
        assert _in_a_fork(lambda: _in_a_fork(lambda: store.get("page", "a"))) == "b'2'"


def test_forked_processes_read_while_the_first_one_writes(path):
    with closing(open_store(path)) as store:
        store.put_many("page", ((str(n), b"%d" % n * 5000) for n in range(500)))
        done = 0
        for n, value in enumerate(fork_map(lambda n: store.get("page", str(n)), range(500), jobs=2)):
            assert value == b"%d" % n * 5000
            store.put("other", str(n), value)
            done += 1
        assert done == len(store.keys("other")) == 500
        assert store.diagnostics == ()


def test_a_forked_process_does_not_see_an_open_transaction(path):
    with closing(open_store(path)) as store, store.transaction():
        store.put("page", "a", b"1")
        assert _in_a_fork(lambda: store.get("page", "a")) == "None"
        assert store.get("page", "a") == b"1"


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.put("page", "a", b"2"),
        lambda store: store.put_many("page", [("a", b"2")]),
        lambda store: store.delete("page", ["a"]),
        lambda store: store.clear(),
        lambda store: store.transaction().__enter__(),
    ],
)
def test_a_forked_process_may_not_write(path, write):
    def attempt():
        try:
            write(store)
        except RuntimeError as error:
            return error
        return "nothing was said"

    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
        assert "may read" in _in_a_fork(attempt)
        assert store.get("page", "a") == b"1"


def test_a_forked_process_may_close_the_store_and_end_as_it_likes(path, run):
    program = """
store = open_store(path)
store.put("page", "a", b"1")
for closes in (True, False):
    pid = os.fork()
    if not pid:
        assert store.get("page", "a") == b"1"
        if closes:
            store.close()
            assert store.get("page", "a") is None
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    store.put("page", "b", b"2")
assert os.path.exists(f"{path}-wal")
other = open_store(path)
assert other.get_many("page", "ab") == {"a": b"1", "b": b"2"}
print(store.diagnostics, other.diagnostics)
"""
    assert run(program, path) == "() ()"


def test_a_forked_process_outlives_the_first_one(path, run):
    program = """
store = open_store(path)
store.put("page", "a", b"1")
if os.fork():
    store.close()
    os._exit(0)
import time
time.sleep(0.3)
print(store.get("page", "a"), store.diagnostics)
"""
    assert run(program, path) == "b'1' ()"


def test_a_forked_process_that_finds_damage_leaves_the_store_alone(path):
    value = os.urandom(50_000)
    with closing(open_store(path)) as store:
        store.put("page", "a", value)
    content = path.read_bytes()
    path.write_bytes(content.replace(value[-100:], bytes(100)))
    with closing(open_store(path)) as store:
        assert _in_a_fork(lambda: store.get("page", "a")) == "None"
        assert path.exists()
        assert store.diagnostics == ()
        assert store.get("page", "a") is None
        assert "is begun anew" in store.diagnostics[0].message
