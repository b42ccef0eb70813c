"""Whatever a note does, its own result says so, other notes are right, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from faults import DIES, ENDLESS, FLOODS, FORKS, KILLS_UPWARDS, LEFT, MEMORY, RAISES
from run_support import descendants, job, python, wait_until

from kbtool.run import diagnostics_of
from kbtool.run.results import Status

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is left is counted through /proc")


@pytest.fixture(params=["fork", "spawn"])
def contained(request, open_one):
    """Runs a note with a good one on either side; afterwards nothing may be left."""
    running = open_one(request.param)

    def run(note):
        good = python("x = 20", "print(x + 1)")
        before, after = job("Antes.md", good), job("Después.md", good)
        results = running(before, note, after)
        for path in ("Antes.md", "Después.md"):
            assert [b.stdout for b in results[path].blocks] == ["", "21\n"], path
        assert wait_until(lambda: running.leftovers() == (set(), [])), running.leftovers()
        return results[note.path]

    return run


def bad(*sources: str, timeout: float = 1.0):
    return job("Mala.md", python("y = 1", *sources, "print('sigue', y)"), timeout=timeout)


@pytest.mark.parametrize("name", RAISES)
def test_an_exception_of_any_kind_is_an_error_and_the_note_goes_on(contained, name):
    source, kind = RAISES[name]
    first, failed, last = contained(bad(source)).blocks
    assert (first.status, failed.status, failed.error.type) == (Status.RAN, Status.ERROR, kind)
    assert last.status is Status.RAN
    assert last.stdout == ("" if name == "streams replaced" else "sigue 1\n")


@pytest.mark.parametrize("name", MEMORY)
def test_too_much_memory_is_told_as_such(contained, name):
    note = bad(MEMORY[name], "del held" if "held" in MEMORY[name] else "1", timeout=15.0)
    result = contained(note)
    assert result.blocks[1].status in (Status.ERROR, Status.KILLED)
    assert result.blocks[1].error.memory
    assert diagnostics_of({note.path: result}, [note])[0].code == "block-memory"


@pytest.mark.parametrize("name", DIES)
def test_a_process_that_dies_is_told_with_how_and_the_rest_is_skipped(contained, name):
    source, how = DIES[name]
    note = bad(f"print('antes', flush=True)\n{source}", timeout=10.0)
    result = contained(note)
    _, dead, last = result.blocks
    assert (dead.status, dead.stdout) == (Status.KILLED, "antes\n")
    assert how in dead.error.message
    assert (last.status, last.skipped_because) == (Status.SKIPPED, "block 2 did not come to its end")
    (told,) = diagnostics_of({note.path: result}, [note])
    assert (told.code, told.line) == ("block-killed", 6)


@pytest.mark.parametrize("name", ENDLESS)
def test_a_block_without_end_is_stopped_at_its_limit(contained, name):
    start = time.monotonic()
    note = bad(f"print('antes', flush=True)\n{ENDLESS[name]}")
    result = contained(note)
    _, stopped, last = result.blocks
    assert (stopped.status, stopped.stdout, last.status) == (Status.TIMEOUT, "antes\n", Status.SKIPPED)
    assert time.monotonic() - start < 12
    (told,) = diagnostics_of({note.path: result}, [note])
    assert (told.code, told.message) == ("block-timeout", "it was stopped after 1 s")


def test_the_limit_is_the_blocks_before_the_notes_and_each_block_has_its_own(fork):
    text = "```python\n#| timeout: 0.5\nimport time; time.sleep(60)\n```\n"
    start = time.monotonic()
    (block,) = fork.blocks(job("A.md", text, timeout=50.0))
    assert (block.status, block.error.message) == (Status.TIMEOUT, "it was stopped after 0.5 s")
    assert time.monotonic() - start < 5
    slow = python(*["import time; time.sleep(0.4)"] * 3)
    assert [b.status for b in fork.blocks(job("B.md", slow, timeout=0.9))] == ["ran"] * 3


@pytest.mark.parametrize("name", LEFT)
def test_what_a_block_leaves_behind_does_not_outlive_the_run(contained, name):
    start = time.monotonic()
    result = contained(bad(LEFT[name], timeout=15.0))
    assert [b.status for b in result.blocks] == ["ran", "ran", "ran"]
    assert time.monotonic() - start < 12


def test_a_copy_that_a_block_makes_of_its_process_does_not_speak_for_it(contained):
    result = contained(
        bad("import os\npid = os.fork()\nprint('padre' if pid else 'copia')\nif pid: os.wait();", timeout=10.0)
    )
    assert [b.status for b in result.blocks] == ["ran", "ran", "ran"]
    assert sorted(result.blocks[1].stdout.split()) == ["copia", "padre"]
    assert result.blocks[2].stdout == "sigue 1\n"


def test_of_a_flood_the_beginning_and_the_end_are_kept(contained):
    flood = "for i in range(200_000): print('línea', i)"
    result = contained(bad(flood, timeout=15.0))
    text = result.blocks[1].stdout
    assert text.startswith("línea 0\nlínea 1\n")
    assert text.endswith("línea 199999\n")
    assert "bytes left out" in text
    assert len(text) < 600_000
    assert result.blocks[2].stdout == "sigue 1\n"


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_without_end_is_stopped_long_before_the_time_is_up(contained, name):
    start = time.monotonic()
    stopped = contained(bad(FLOODS[name], timeout=60.0)).blocks[1]
    assert (stopped.status, stopped.error.type) == (Status.KILLED, "OutputLimit")
    assert time.monotonic() - start < 30


def test_bytes_that_are_no_text_and_lone_surrogates_are_shown_as_escapes(contained):
    result = contained(bad("import os\nos.write(1, b'\\xff ok\\n')", "print('a\\ud800b')", "'\\ud800'"))
    assert [b.stdout for b in result.blocks] == ["", "\\xff ok\n", "a\\ud800b\n", "", "sigue 1\n"]
    result.blocks[3].value.encode()


def test_replaced_functions_of_the_library_do_not_hurt(contained):
    source = """
    import json, os, sys, select, struct, time, signal, socket
    os.write = os.fork = os.read = os._exit = json.dumps = json.loads = None
    os.waitpid = os.getpid = time.perf_counter = struct.pack = None
    42
    """
    result = contained(bad(source))
    assert (result.blocks[1].value, result.blocks[2].stdout) == ("42", "sigue 1\n")


def test_what_c_and_other_programs_print_is_captured_at_its_place(fork):
    source = """
    import os, subprocess
    print("uno")
    display("dos")
    subprocess.run(["echo", "tres"])
    display("cuatro")
    os.write(2, b"cinco\\n");
    """
    (block,) = fork.blocks(job("A.md", python(source)))
    assert [(o.kind, o.text) for o in block.outputs] == [
        ("stdout", "uno\n"),
        ("display", "dos"),
        ("stdout", "tres\n"),
        ("display", "cuatro"),
        ("stderr", "cinco\n"),
    ]


def test_a_descriptor_turned_aside_by_the_note_gets_no_marks(fork):
    source = """
    import os, sys
    sys.stdout.flush()
    kept = os.dup(1)
    file = os.open("aside", os.O_RDWR | os.O_CREAT)
    os.dup2(file, 1)
    print("aside")
    display("x")
    sys.stdout.flush()
    os.dup2(kept, 1)
    print(repr(open("aside").read()))
    """
    (block,) = fork.blocks(job("A.md", python(source)))
    assert block.stdout == "'aside\\n'\n"


class TestRequires:
    def test_what_required_a_dead_note_is_skipped_and_says_why(self, contained):
        assert contained(bad("import os; os._exit(1)")).blocks[1].status is Status.KILLED

    @pytest.mark.parametrize("name", ["fork", "spawn"])
    def test_after_a_death_dependents_are_skipped_and_after_an_exception_they_run(self, open_one, name):
        running = open_one(name)
        dead = job("A.md", python("import os; os._exit(1)"))
        above = job("B.md", python("1"), requires=("A.md",))
        failed = job("C.md", python("x = 1", "1 / 0"))
        on = job("D.md", python("x"), requires=("C.md",))
        results = running(dead, above, failed, on)
        assert results["B.md"].blocks[0].skipped_because == "'A.md', which it requires, did not come to its end"
        assert results["D.md"].blocks[0].value == "1"
        assert wait_until(lambda: running.leftovers() == (set(), []))

    def test_a_state_with_threads_is_not_forked_but_made_again(self, fork):
        first = job(
            "A.md",
            python(
                "import os, threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\n"
                "pid = os.getpid()"
            ),
        )
        second = job("B.md", python("import os\npid == os.getpid()"), requires=("A.md",))
        assert fork.blocks(first, second)[0].value == "True"

    def test_a_daemon_that_holds_our_sockets_open_hides_nothing(self, fork):
        jobs = [job("A.md", python(LEFT["daemon"]))]
        jobs += [job("B.md", python("1"), requires=("A.md",)), job("C.md", python("2"), requires=("B.md",))]
        jobs += [job("D.md", python(KILLS_UPWARDS["its parent"]), requires=("B.md",))]
        start = time.monotonic()
        results = fork(*jobs)
        assert [results[n].blocks[0].status for n in ("A.md", "B.md", "C.md")] == ["ran"] * 3
        assert results["D.md"].blocks[0].status is Status.KILLED
        assert time.monotonic() - start < 15
        assert wait_until(lambda: fork.leftovers() == (set(), [])), fork.leftovers()

    def test_a_sound_state_is_forked_and_each_note_runs_once(self, fork, tmp_path):
        log = tmp_path / "log"
        first = job("A.md", python(f"import os\npid = os.getpid()\nopen({str(log)!r}, 'a').write('x')"))
        others = [job(f"{n}.md", python("import os\nos.getppid() == pid"), requires=("A.md",)) for n in "BCDE"]
        results = fork(first, *others)
        assert [results[f"{n}.md"].blocks[0].value for n in "BCDE"] == ["True"] * 4
        assert log.read_text() == "x"

    def test_a_chain_of_forty_notes_runs(self, fork):
        source = "print(os.getppid() == pids[-1])\npids.append(os.getpid()); len(pids)"
        jobs = [job("N0.md", python("import os\npids = [os.getpid()]"))]
        jobs += [job(f"N{i}.md", python(source), requires=(f"N{i - 1}.md",)) for i in range(1, 40)]
        results = fork(*jobs)
        found = [(results[f"N{i}.md"].blocks[0].stdout, results[f"N{i}.md"].blocks[0].value) for i in range(1, 40)]
        assert found == [("True\n", str(i + 1)) for i in range(1, 40)]
        assert wait_until(lambda: fork.leftovers() == (set(), []))


class TestKilledFromBelow:
    """A note may kill the processes above it: it is found, and nobody else suffers."""

    @pytest.mark.parametrize("name", KILLS_UPWARDS)
    def test_other_notes_are_right_and_the_guilty_one_is_told(self, fork, name):
        notes = [job(f"N{i}.md", python(f"import time; time.sleep(0.1)\n{i}")) for i in range(6)]
        guilty = job("Mala.md", python(KILLS_UPWARDS[name]))
        told = []
        results = fork.executor.run([*notes[:2], guilty, *notes[2:]], told.append)
        assert [results[f"N{i}.md"].blocks[0].value for i in range(6)] == [str(i) for i in range(6)]
        assert results["Mala.md"].blocks[0].status is Status.KILLED
        assert sorted(r.note for r in told) == sorted(results)
        assert wait_until(lambda: fork.leftovers() == (set(), [])), fork.leftovers()

    def test_a_killed_server_is_started_again(self, fork):
        assert fork.blocks(job("A.md", python("1")))[0].value == "1"
        servers = [pid for pid in descendants(fork.root) if _is_server(pid) and not descendants(pid)]
        assert servers
        for server in servers:  # that of other tests too, which is as good a test
            os.kill(server, signal.SIGKILL)
        assert fork.blocks(job("B.md", python("2")))[0].value == "2"
        assert wait_until(lambda: fork.leftovers() == (set(), [])), fork.leftovers()


def _is_server(pid: int) -> bool:
    return b"kbtool.run.server" in Path(f"/proc/{pid}/cmdline").read_bytes()


class TestInline:
    def test_an_expression_without_end_is_stopped_too(self, contained):
        prose = "`{python} x` `{python} __import__('time').sleep(60)` `{python} x`\n\n"
        note = job("Mala.md", prose + python("x = 1"), timeout=1.0)
        result = contained(note)
        assert [b.status for b in result.blocks] == ["ran"]
        assert [(v.text, v.error and v.error.type) for v in result.inline] == [("1", None), ("", "Timeout")]
        (told,) = diagnostics_of({note.path: result}, [note])
        assert (told.code, told.line) == ("block-error", 1)


@pytest.mark.parametrize("name", ["fork", "spawn"])
def test_a_required_note_that_dies_when_it_runs_again_is_blamed(open_one, name, tmp_path):
    running = open_one(name)
    mark = tmp_path / "mark"
    twice = f"import os, pathlib\nm = pathlib.Path({str(mark)!r})\nif m.exists(): os._exit(1)\nm.touch()"
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()"
    first = job("A.md", python(twice, thread))
    second = job("B.md", python("1"), requires=("A.md",))
    results = running(first, second)
    assert [b.status for b in results["A.md"].blocks] == ["ran", "ran"]
    reason = "'A.md', which it requires, did not come to its end when it ran again"
    assert [(b.status, b.skipped_because) for b in results["B.md"].blocks] == [("skipped", reason)]
    assert wait_until(lambda: running.leftovers() == (set(), []))


@pytest.mark.parametrize("name", FORKS)
def test_copies_of_copies_are_all_gone_with_the_note(contained, name):
    _, block, _ = contained(bad(FORKS[name], timeout=3.0)).blocks
    assert block.status == {"and goes on": "ran", "and waits": "timeout", "and dies": "killed"}[name]
