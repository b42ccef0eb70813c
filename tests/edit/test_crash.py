"""Whenever a process that changes a note dies, the note is the old one or the new one, and Obsidian shows nothing else.

`edit.apply` is killed before each single call that it makes into the system, and at moments that nobody chose.
"""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from kbtool.edit import apply, place
from kbtool.vault import digest_bytes

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are copied to be killed")

REPOSITORY = Path(__file__).parent.parent.parent
PATHS = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)}
OLD, NEW = "antes ñ\r\n".encode() * 5000, "después\n".encode() * 9000

# Forks for each call into the system, ends the copy right before that call, and tells how it ended.
SYSTEMATIC = """
import os, sys
from pathlib import Path
from kbtool.edit import apply, place
from kbtool.vault import digest_bytes

what, path, old, new = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]).read_bytes(), Path(sys.argv[4]).read_bytes()

def dying_at(number):
    left = number
    def watch(frame, event, call):
        nonlocal left
        left -= event == "c_call" and call.__name__ != "fspath" and (
            call.__module__ == "posix" or "_io" in (call.__module__, type(call.__self__).__module__)
        )
        if left < 0:
            os._exit(9)
    sys.setprofile(watch)
    apply(path, new, digest_bytes(old)) if what == "apply" else place(path, new)
    sys.setprofile(None)
    os._exit(0)

number = 0
while True:
    pid = os.fork()
    if pid == 0:
        dying_at(number)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(status, flush=True)
    sys.stdin.readline()
    if status == 0:
        break
    number += 1
"""


def visible(folder: Path) -> set[str]:
    """What Obsidian shows: all but what begins with a dot."""
    return {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}


MEMORY = Path("/dev/shm")


@pytest.fixture
def files():
    """Old and new bytes, and a folder with a link to a note in another folder; in memory, so that `fsync` is quick."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as name:
        folder = Path(name)
        (folder / "old").write_bytes(OLD)
        (folder / "new").write_bytes(NEW)
        (folder / "vault").mkdir()
        (folder / "real").mkdir()
        (folder / "real/N.md").write_bytes(OLD)
        (folder / "real/N.md").chmod(0o640)
        (folder / "vault/N.md").symlink_to("../real/N.md")
        yield folder


def killed_at_each_call(what: str, files: Path):
    """Yields after each death, once more after the one that lived."""
    arguments = [what, files / "vault/N.md", files / "old", files / "new"]
    driver = subprocess.Popen(
        [sys.executable, "-c", SYSTEMATIC, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert driver.stdin is not None
    assert driver.stdout is not None
    with driver:
        for line in driver.stdout:
            yield int(line) == 0
            driver.stdin.write("\n")
            driver.stdin.flush()


@pytest.mark.parametrize("what", ["apply", "place"])
def test_killed_before_any_call_it_leaves_the_old_note_or_the_new_one(files, what):
    note, real = files / "vault/N.md", files / "real/N.md"
    seen: list[bytes] = []
    for lived in killed_at_each_call(what, files):
        seen.append(real.read_bytes())
        assert seen[-1] in (OLD, NEW)
        assert seen[-1] == NEW or not lived
        assert note.is_symlink()
        if what == "apply":
            assert real.stat().st_mode & 0o777 == 0o640
        assert (visible(files / "real"), visible(files / "vault")) == ({"N.md"}, {"N.md"})
        real.write_bytes(OLD)
        for draft in (files / "real").glob(".*"):
            draft.unlink()
    assert seen.count(OLD) > 10
    assert seen.count(NEW) > 1, "nothing was killed after the exchange"


def test_what_a_killed_process_left_goes_with_the_next_change(files):
    left = files / "real/.kbtool-0123.tmp"
    left.write_bytes(b"x")
    apply(files / "real/N.md", NEW, digest_bytes(OLD))
    assert left.exists(), "somebody may still be writing it"
    os.utime(left, (time.time() - 3600,) * 2)
    apply(files / "real/N.md", OLD, digest_bytes(NEW))
    assert os.listdir(files / "real") == ["N.md"]


ENDLESS = """
import sys
from pathlib import Path
from kbtool.edit import apply
from kbtool.vault import digest_bytes
path, one, other = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes(), Path(sys.argv[3]).read_bytes()
print(flush=True)
while True:
    apply(path, other, digest_bytes(one))
    one, other = other, one
"""


def test_killed_at_any_moment_it_leaves_one_of_the_two(files):
    note = files / "vault/N.md"
    for _ in range(12):
        note.write_bytes(OLD)
        arguments = map(str, (note, files / "old", files / "new"))
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, *arguments],
            stdout=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"\n"
            time.sleep(random.uniform(0, 0.05))
            process.kill()
        assert note.read_bytes() in (OLD, NEW)
        assert note.is_symlink()
        assert visible(files / "real") == {"N.md"}


def test_a_file_that_is_placed_has_the_rights_of_any_new_file(tmp_path):
    (tmp_path / "usual").write_bytes(b"")
    place(tmp_path / "img/a.svg", b"<svg/>")
    assert (tmp_path / "img/a.svg").stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert os.listdir(tmp_path / "img") == ["a.svg"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_where_nothing_can_be_written_the_note_stays(files):
    """A limit on the size of files stands for a disk without room: the write itself fails, half done."""
    source = (
        "import resource, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n" + ENDLESS
    )
    done = subprocess.run(
        [sys.executable, "-c", source, *map(str, (files / "vault/N.md", files / "old", files / "new"))],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )
    assert f"[Errno {errno.EFBIG}]" in done.stderr
    assert (files / "real/N.md").read_bytes() == OLD
    assert os.listdir(files / "real") == ["N.md"]
