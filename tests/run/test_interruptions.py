"""A command that is broken off, at whatever moment, ends soon, leaves nothing behind and no site or note half made."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from run_support import descendants, job, python, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is left is counted through /proc")

SLOW = "```python\nimport time\nopen('f', 'w').write('x')\ntime.sleep(0.3)\n{n}\n```\n```output\n{n}\n```\n"
NOTES = 130


def note(n: int, edition: str) -> str:
    return f"# Título {n}\n\n[[N{n * 7 % NOTES}]] $x^{n}$ {edition}\n\n" + (SLOW.format(n=n) if n % 15 == 0 else "")


class Project:
    """A vault with a site, built over and over; its commands start in a process group of their own."""

    def __init__(self, root: Path, kbtool) -> None:
        self.root, self._kbtool, self._editions = root, kbtool, 0
        self.temporary = root / "t"
        self.temporary.mkdir()
        (root / "vault").mkdir()
        (root / "kbtool.toml").write_text("[run]\nenabled = true\njobs = 2\n")
        self._env = {"TMPDIR": str(self.temporary), "SOURCE_DATE_EPOCH": "1", "KBTOOL_CACHE": str(root / "cache")}
        start = time.monotonic()
        self.edit()
        assert self.build().status == 0
        self.seconds = time.monotonic() - start
        self.pages = set(self.site())

    def edit(self) -> None:
        self._editions += 1
        for n in range(NOTES):
            (self.root / f"vault/N{n}.md").write_text(note(n, f"edición {self._editions}"))

    def build(self, *arguments):
        return self._kbtool("build", *arguments, cwd=self.root, env=self._env)

    def start(self, *arguments):
        return self._kbtool.start(*arguments, cwd=self.root, env=self._env)

    def site(self, folder: str = "site") -> dict[str, bytes]:
        files = (path for path in (self.root / folder).rglob("*") if path.is_file())
        found = {path.relative_to(self.root / folder).as_posix(): path.read_bytes() for path in files}
        return {name: data for name, data in found.items() if not name.startswith(".kbtool")}

    def left(self) -> list[str]:
        return [path.name for path in self.temporary.iterdir()]


@pytest.fixture(scope="module")
def broken_off(kbtool, tmp_path_factory) -> Project:
    return Project(tmp_path_factory.mktemp("interrupted"), kbtool)


# Python itself ends by the signal where Ctrl-C comes while it starts or imports; shells show both as 130.
INTERRUPTED = {130, -signal.SIGINT}

ENDINGS = {
    "Ctrl-C in a terminal": (signal.SIGINT, os.killpg, INTERRUPTED),
    "SIGINT to the build alone": (signal.SIGINT, os.kill, INTERRUPTED),
    "SIGTERM": (signal.SIGTERM, os.kill, {143, -signal.SIGTERM}),
    "the terminal is closed": (signal.SIGHUP, os.killpg, {129, -signal.SIGHUP}),
    "SIGKILL": (signal.SIGKILL, os.kill, {-signal.SIGKILL}),
}
MOMENTS = (0.02, 0.2, 0.4, 0.6, 0.8)


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDINGS)
def test_a_build_ends_at_once_and_the_next_one_is_whole(broken_off, orphans, name):
    number, send, statuses = ENDINGS[name]
    shift = list(ENDINGS).index(name) / len(ENDINGS) * 0.15
    for moment in MOMENTS[:: 1 if number == signal.SIGINT else 2]:
        broken_off.edit()
        command = broken_off.start("build")
        time.sleep((moment + shift) * broken_off.seconds)
        if command.poll() is None:
            send(command.pid, number)
        told = time.monotonic()
        _, stderr = command.communicate(timeout=30)
        assert time.monotonic() - told < 3
        assert command.returncode in {0, *statuses}, stderr
        assert "Traceback" not in stderr or command.returncode == -signal.SIGINT
        assert wait_until(lambda: orphans() == set() and not broken_off.left()), (orphans(), broken_off.left())
        site = broken_off.site()
        assert set(site) == broken_off.pages
        assert all(data.rstrip().endswith(b"</html>") for page, data in site.items() if page.endswith(".html"))
    assert broken_off.build().status == 0
    assert broken_off.build("-o", "clean", "--force").status == 0
    assert broken_off.site() == broken_off.site("clean")


class TestRunNote:
    @pytest.fixture
    def running(self, kbtool, orphans, tmp_path, write):
        """`run-note` in the middle of an endless block, after one with an output that its note does not have yet."""
        text = python("print('uno')", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass")
        write(tmp_path, {"kbtool.toml": "[run]\nenabled = true\n", "vault/N.md": text, "t/x": ""})
        (tmp_path / "t/x").unlink()

        def start(*options: str):
            command = kbtool.start("run-note", "N", *options, cwd=tmp_path, env={"TMPDIR": str(tmp_path / "t")})
            assert wait_until(lambda: len(descendants(command.pid)) >= 4, 30)
            time.sleep(0.3)
            return command

        yield start
        assert (tmp_path / "vault/N.md").read_text() == text
        assert wait_until(lambda: orphans() == set() and not list((tmp_path / "t").iterdir()))

    @pytest.mark.parametrize(
        ("send", "options"), [(os.kill, ()), (os.killpg, ("--write",)), (os.killpg, ("--format", "json"))]
    )
    def test_ctrl_c_ends_it_within_a_second_and_prints_nothing_half(self, running, send, options):
        command = running(*options)
        send(command.pid, signal.SIGINT)
        told = time.monotonic()
        stdout, stderr = command.communicate(timeout=30)
        assert time.monotonic() - told < 1
        assert (command.returncode, stdout) == (130, "")
        assert stderr.splitlines()[-1] == "kbtool: interrupted; the note is whole."

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
    def test_what_ends_it_otherwise_leaves_nothing_either(self, running, number):
        command = running("--format", "json")
        command.send_signal(number)
        stdout, _ = command.communicate(timeout=30)
        assert (command.returncode, stdout) == (-number, "")

    def test_a_block_that_is_killed_is_told_in_json(self, kbtool, tmp_path, write):
        text = python("print('uno')", "import os; os.abort()", "3")
        write(tmp_path, {"kbtool.toml": "[run]\nenabled = true\n", "vault/N.md": text})
        ran = kbtool("run-note", "N", "--format", "json", cwd=tmp_path)
        assert ran.status == 1
        assert [block["status"] for block in json.loads(ran.stdout)["blocks"]] == ["ran", "killed", "skipped"]


def below(pid: int) -> list[int]:
    """The children of a process."""
    others = descendants(pid)
    return sorted(others - {deeper for other in others for deeper in descendants(other)})


VICTIMS = {"guard": 0, "server": 1, "first process of a chain": 2, "note": 3}


@pytest.mark.parametrize("moment", [0.05, 0.4])
@pytest.mark.parametrize("victim", VICTIMS)
def test_whoever_of_us_is_killed_the_notes_are_right(fork, victim, moment):
    """The process is found by its depth below this one: guard, server, chain, note."""
    notes = [job(f"N{i}.md", python(f"import time; time.sleep(0.3)\n{i}")) for i in range(6)]
    on = [job(f"M{i}.md", python(f"{i} + 1"), requires=(f"N{i}.md",)) for i in range(6)]
    killed: list[int] = []
    thread_is_wanted = [True]

    def find() -> int | None:
        pids = [fork.root]
        for _ in range(VICTIMS[victim] + 1):
            pids = [child for pid in pids for child in below(pid) if "kbtool.run" in _command(child)]
        return pids[0] if pids else None

    def kill() -> None:
        time.sleep(moment)
        while not killed and thread_is_wanted:
            with suppress(OSError):  # it may end by itself while it is being looked for
                found = find()
                if found is not None:
                    os.kill(found, signal.SIGKILL)
                    killed.append(found)

    assert fork.blocks(job("A.md", python("1")))[0].value == "1"
    thread = threading.Thread(target=kill)
    thread.start()
    results = fork(*notes, *on)
    thread_is_wanted.clear()
    thread.join()
    assert killed
    wrong = {path for path, result in results.items() if result.blocks[0].value != str(int(path[1]) + (path[0] == "M"))}
    if victim == "note":  # one cannot tell that from what a note does to itself
        assert len(wrong) <= 2
    else:
        assert wrong == set()
    assert wait_until(lambda: fork.leftovers() == (set(), [])), fork.leftovers()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
