"""A store that cannot be used works as an empty one that keeps nothing, and says so once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from kbtool.cache import open_store

# What a build does with a store, and what it hears from it.
USE = """
def use(store):
    store.put("page", "big", b"x" * 3_000_000)
    for n in range(20):
        store.put("page", str(n), b"%d" % n * 1000)
    with store.transaction():
        store.put_many("note", [("a", b"1"), ("b", b"y" * 3_000_000)])
        store.put("note", "c", b"1")
    found = store.get_many("page", map(str, range(20)))
    assert all(value == b"%d" % int(key) * 1000 for key, value in found.items())
    assert len(store.get_many("note", "abc")) in (0, 3)
    store.delete("page", ["3"])
    store.clear(["note"])
    store.size()
    store.close()
    print([d.code for d in store.diagnostics])
    print(*(f"{d.message} ({d.hint})" for d in store.diagnostics), sep="\\n")
"""


def _has_root() -> bool:
    return os.geteuid() == 0


def _as_nobody(program: str) -> str:
    """Root may write everywhere: the program gives that up first."""
    return f"os.setgroups([]); os.setgid(65534); os.setuid(65534)\n{program}" if _has_root() else program


@pytest.fixture
def nobodys(tmp_path) -> Path:
    """A folder that everyone can reach, and whoever is not root can write to."""
    for folder in (tmp_path, *tmp_path.parents):
        with suppress(PermissionError):
            folder.chmod(folder.stat().st_mode | 0o111)
    folder = tmp_path / "folder"
    folder.mkdir()
    if _has_root():
        os.chown(folder, 65534, 65534)
    return folder


def test_a_folder_that_cannot_be_made(nobodys, run):
    nobodys.chmod(0o500)
    said = run(_as_nobody(USE + "use(open_store(path))"), nobodys / "sub/store.sqlite")
    assert said.splitlines()[0] == "['store-unusable']"
    assert "Permission denied" in said
    assert f"(make {nobodys} writable, or name another place by KBTOOL_CACHE)" in said
    assert list(nobodys.iterdir()) == []


def test_a_folder_that_cannot_be_written(nobodys, run):
    path = nobodys / "store.sqlite"
    run(_as_nobody("open_store(path).put('page', '0', b'0' * 1000)"), path)
    nobodys.chmod(0o500)
    said = run(_as_nobody(USE + "use(open_store(path))"), path)
    assert said.splitlines()[0] == "['store-unusable']"
    assert "writable, or name another place" in said


def test_a_file_that_cannot_be_written_can_still_be_read(nobodys, run):
    path = nobodys / "store.sqlite"
    run(_as_nobody("store = open_store(path); store.put('page', 'a', b'1'); store.close()"), path)
    path.chmod(0o400)
    read = "store = open_store(path); store.put('page', 'b', b'2'); print(store.keys('page'), len(store.diagnostics))"
    assert run(_as_nobody(read), path) == "('a',) 1"


def test_a_place_where_there_can_be_no_folder(tmp_path, run):
    (tmp_path / "file").touch()
    said = run(USE + "use(open_store(path))", tmp_path / "file/store.sqlite")
    assert said.splitlines()[0] == "['store-unusable']"


def test_a_user_without_a_home_folder(tmp_path, run):
    program = """
import pwd
for name in ("HOME", "XDG_CACHE_HOME", "KBTOOL_CACHE"):
    os.environ.pop(name, None)
os.setuid(54321)
from kbtool.cache import store_path
assert store_path(path).is_absolute()
use(open_store(store_path(path)))
"""
    if not _has_root():
        pytest.skip("only root can become a user who has no home folder")
    said = run(USE + program, tmp_path)
    assert said.splitlines()[0] == "['store-unusable']"


@pytest.mark.parametrize("limit", [100, 20_000, 40_000, 100_000, 1_000_000, 4_000_000])
def test_files_that_may_not_grow(path, run, limit):
    said = run(f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
               + USE + "use(open_store(path))", path)  # fmt: skip
    assert said.splitlines()[0] == "['store-unusable']"
    with closing(open_store(path)) as store:
        store.put("page", "later", b"1")
        assert (store.get("page", "later"), store.diagnostics) == (b"1", ())


@pytest.mark.parametrize("size", ["16k", "64k", "128k", "400k", "4m", "8m"])
def test_a_full_disk(tmp_path, size):
    mount = f"mount -t tmpfs -o size={size} tmpfs {tmp_path}"
    confined = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.run([*confined, mount], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    program = "import sys; from pathlib import Path; from kbtool.cache import open_store; path = Path(sys.argv[1])"
    command = f'{mount} && exec "$@"'
    arguments = ["sh", sys.executable, "-c", program + USE + "use(open_store(path))", str(tmp_path / "a/store.sqlite")]
    done = subprocess.run([*confined, command, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "['store-unusable']"
    assert "(make room on the disk of " in done.stdout


def test_a_folder_that_vanishes(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
        shutil.rmtree(path.parent)
        for name in "bc":
            store.put("page", name, b"2")
        with store.transaction():
            store.put("page", "d", b"2")
        assert store.get("page", "a") in (None, b"1")
        assert store.get("page", "b") is None
        (said,) = store.diagnostics
        assert said.code == "store-unusable"
    assert not path.parent.exists()


def test_a_folder_that_vanished_and_was_made_anew_is_left_alone(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"old")
        shutil.rmtree(path.parent)
        with closing(open_store(path)) as other:
            other.put("page", "a", b"new")
            store.put("page", "a", b"late")
            assert other.get("page", "a") == b"new"
    with closing(open_store(path)) as other:
        assert (other.get("page", "a"), other.diagnostics) == (b"new", ())


LOCKED = """
import time
store = open_store(path)
with store.transaction():
    store.put("page", "a", b"theirs")
    print("locked", flush=True)
    sys.stdin.readline()
print("done", flush=True)
"""


def test_who_finds_the_store_locked_waits_a_while_and_goes_on(path, start):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"ours")
    other = start(LOCKED, path)
    assert other.stdout.readline() == "locked\n"
    with closing(open_store(path, patience=2)) as store:
        began = time.monotonic()
        store.put("page", "b", b"1")
        waited = time.monotonic() - began
        for _ in range(5):
            with store.transaction():
                store.put("page", "c", b"1")
        assert waited > 1.9
        assert time.monotonic() - began < waited + 4, "it waits once only"
        assert store.get_many("page", "abc") == {"a": b"ours"}
        (said,) = store.diagnostics
        assert "locked for 2 s" in said.message
        assert other.communicate("go\n", timeout=60) == ("done\n", "")
        store.put("page", "d", b"1")
        assert store.get_many("page", "abcd") == {"a": b"theirs", "d": b"1"}


def test_who_finds_the_store_locked_for_a_moment_waits(path, start):
    open_store(path).close()
    other = start(LOCKED.replace("sys.stdin.readline()", "time.sleep(0.5)"), path)
    assert other.stdout.readline() == "locked\n"
    with closing(open_store(path)) as store:
        store.put("page", "b", b"ours")
        assert store.get_many("page", "ab") == {"a": b"theirs", "b": b"ours"}
        assert store.diagnostics == ()
    other.communicate(timeout=60)
