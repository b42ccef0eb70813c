"""A damaged store gives no wrong value, is set aside, and is begun anew with a word about it."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbtool.cache import disk_size, open_store, remove_store

PAGE = 16384
VALUES = {f"key {n}": random.Random(n).randbytes(size) for n, size in enumerate([10, 3000, 9000, 60_000] * 30)}

# A place in a file of whatever length, often in its header.
ANYWHERE = st.integers(0, 200) | st.integers(0, 10**9)


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> bytes:
    """The bytes of a sound store that holds VALUES."""
    path = tmp_path_factory.mktemp("sound") / "store.sqlite"
    with closing(open_store(path)) as store:
        store.put_many("page", VALUES.items())
        store.put_many("note", VALUES.items())
        store.delete("note", list(VALUES)[::3])
    return path.read_bytes()


def _assert_truthful(path: Path) -> None:
    """No wrong value; what is put afterwards is there, at the latest for the next process."""
    with closing(open_store(path)) as store:
        for kind in ("page", "note"):
            assert store.get_many(kind, VALUES).items() <= VALUES.items()
            for key in store.keys(kind):
                assert store.get(kind, key) in (None, VALUES.get(key))
        store.put_many("page", VALUES.items())
        store.clear(["note"])
        assert len(store.diagnostics) <= 1
    with closing(open_store(path)) as store:
        newer = any("newer" in d.message for d in store.diagnostics)
        store.put("page", "last", b"1")
        assert newer or store.get("page", "last") == b"1"
        assert store.get_many("page", VALUES).items() <= VALUES.items()


@settings(max_examples=60, deadline=None)
@given(length=ANYWHERE)
def test_a_store_cut_short_at_any_byte(sound, tmp_path_factory, length):
    path = tmp_path_factory.mktemp("cut") / "store.sqlite"
    path.write_bytes(sound[: length % len(sound)])
    _assert_truthful(path)


@settings(max_examples=120, deadline=None)
@given(start=ANYWHERE, length=st.sampled_from([1, 4, 100, PAGE]), seed=st.integers(0, 10**9))
def test_a_store_with_other_bytes_anywhere(sound, tmp_path_factory, start, length, seed):
    path = tmp_path_factory.mktemp("other") / "store.sqlite"
    start %= len(sound)
    bad = bytearray(sound)
    bad[start : start + length] = random.Random(seed).randbytes(len(bad[start : start + length]))
    path.write_bytes(bad)
    _assert_truthful(path)


@pytest.mark.parametrize("filling", [b"\0" * PAGE, b"\xff" * PAGE])
def test_a_store_with_any_page_overwritten(sound, tmp_path, filling):
    for at in range(0, len(sound), 8 * PAGE):
        path = tmp_path / f"{at}" / "store.sqlite"
        path.parent.mkdir()
        path.write_bytes(sound[:at] + filling + sound[at + PAGE :])
        _assert_truthful(path)


@pytest.mark.parametrize("content", [b"no database at all " * 1000, b"SQLite format 3\0" * 99, os.urandom(100_000)])
def test_a_file_that_is_no_store_is_set_aside(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with closing(open_store(path)) as store:
        (said,) = store.diagnostics
        assert (said.code, said.severity, said.path) == ("store-unusable", "warning", ".")
        assert "damaged" in said.message
        assert f"{path}.damaged" in said.hint
        store.put("page", "a", b"1")
        assert store.get("page", "a") == b"1"
    assert path.with_name("store.sqlite.damaged").read_bytes() == content
    with closing(open_store(path)) as store:
        assert (store.get("page", "a"), store.diagnostics) == (b"1", ())


def test_what_was_set_aside_earlier_is_overwritten(path):
    path.parent.mkdir()
    for content in (b"first " * 999, b"second " * 999):
        path.write_bytes(content)
        open_store(path).close()
    assert path.with_name("store.sqlite.damaged").read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"x"])
def test_a_file_too_short_to_hold_anything_becomes_a_store(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
        assert (store.get("page", "a"), store.diagnostics) == (b"1", ())


def test_a_folder_in_its_place_is_set_aside(path):
    for content in ("first", "second"):
        path.unlink(missing_ok=True)
        path.mkdir(parents=True)
        (path / "file").write_text(content)
        with closing(open_store(path)) as store:
            store.put("page", "a", b"1")
            assert store.get("page", "a") == b"1"
            assert len(store.diagnostics) == 1
    assert (path.with_name("store.sqlite.damaged") / "file").read_text() == "second"


def test_a_pipe_in_its_place_is_set_aside(path):
    path.parent.mkdir()
    os.mkfifo(path)
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
        assert store.get("page", "a") == b"1"


def _spoil(path: Path, value: bytes) -> None:
    """Changes one byte in the middle of a stored value."""
    content = path.read_bytes()
    at = content.index(value[-1000:]) + 500
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])


def test_damage_that_shows_only_on_reading(path):
    values = {name: os.urandom(50_000) for name in "abc"}
    with closing(open_store(path)) as store:
        store.put_many("page", values.items())
    _spoil(path, values["b"])
    with closing(open_store(path)) as store:
        assert store.get("page", "a") == values["a"]
        assert store.diagnostics == ()
        assert store.get("page", "b") is None
        assert [d.code for d in store.diagnostics] == ["store-unusable"]
        assert store.keys("page") == ()
        store.put("page", "d", b"1")
        assert store.get("page", "d") == b"1"
    assert path.with_name("store.sqlite.damaged").exists()


def test_damage_that_shows_inside_a_transaction_voids_it(path):
    value = os.urandom(50_000)
    with closing(open_store(path)) as store:
        store.put("page", "a", value)
    _spoil(path, value)
    with closing(open_store(path)) as store:
        with store.transaction():
            store.put("page", "before", b"1")
            assert store.get("page", "a") is None
            store.put("page", "after", b"1")
        assert store.keys("page") == ()
        with store.transaction():
            store.put("page", "next", b"1")
        assert store.keys("page") == ("next",)


def test_a_damaged_store_that_another_has_open_is_left_to_it(path):
    value = os.urandom(50_000)
    with closing(open_store(path)) as store:
        store.put("page", "a", value)
    _spoil(path, value)
    with closing(open_store(path)) as other, closing(open_store(path)) as store:
        assert store.get("page", "a") is None
        store.put("page", "b", b"1")
        assert store.keys("page") == ()
        assert "when no other process has it open" in store.diagnostics[0].message
        other.put("page", "c", b"1")
        assert other.get("page", "c") == b"1"
    with closing(open_store(path)) as store:
        assert store.get("page", "a") is None
        assert "is begun anew" in store.diagnostics[0].message


# ---------------------------------------------------------------- the log

KILLED = """
store = open_store(path)
for generation in range(40):
    with store.transaction():
        store.put_many("page", ((str(n), b"%d " % generation * 3000) for n in range(10)))
os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def with_log(tmp_path_factory, repository) -> Path:
    """A store whose process was killed, so that what it wrote is in the log still."""
    import subprocess
    import sys

    path = tmp_path_factory.mktemp("log") / "store.sqlite"
    program = f"import os; from pathlib import Path; from kbtool.cache import open_store; path = Path({str(path)!r})"
    subprocess.run([sys.executable, "-c", program + KILLED], cwd=repository, check=False)
    assert path.with_name("store.sqlite-wal").stat().st_size > 1_000_000
    return path


def _assert_one_generation(path: Path) -> int:
    """All values are of one generation; which, or -1 where there is none."""
    with closing(open_store(path)) as store:
        found = store.get_many("page", map(str, range(10)))
        generations = {value.split()[0] for value in found.values()}
        assert len(generations) <= 1
        assert len(found) in (0, 10)
        assert all(value == b"%s " % value.split()[0] * 3000 for value in found.values())
        return int(generations.pop()) if generations else -1


def _copied(with_log: Path, folder: Path) -> Path:
    for file in with_log.parent.iterdir():
        if not file.name.endswith("-shm"):
            shutil.copy(file, folder)
    return folder / with_log.name


def test_a_whole_log_is_read(with_log, tmp_path):
    assert _assert_one_generation(_copied(with_log, tmp_path)) == 39


@settings(max_examples=40, deadline=None)
@given(length=ANYWHERE)
def test_a_log_cut_short_at_any_byte_gives_an_earlier_generation(with_log, tmp_path_factory, length):
    path = _copied(with_log, tmp_path_factory.mktemp("cut"))
    log = path.with_name("store.sqlite-wal")
    os.truncate(log, length % log.stat().st_size)
    _assert_one_generation(path)


@settings(max_examples=40, deadline=None)
@given(at=ANYWHERE, change=st.integers(1, 255))
def test_a_log_with_other_bytes_anywhere_gives_an_earlier_generation(with_log, tmp_path_factory, at, change):
    path = _copied(with_log, tmp_path_factory.mktemp("other"))
    log = path.with_name("store.sqlite-wal")
    content = bytearray(log.read_bytes())
    content[at % len(content)] ^= change
    log.write_bytes(content)
    _assert_one_generation(path)


# ---------------------------------------------------------------- other versions


def _set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as sqlite:
        sqlite.execute(f"PRAGMA user_version = {version}")


def test_a_store_of_a_newer_kbtool_is_left_alone(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
    _set_version(path, 2)
    before = path.read_bytes()
    with closing(open_store(path)) as store:
        store.put("page", "b", b"2")
        store.clear()
        assert store.get("page", "a") is None
        (said,) = store.diagnostics
        assert "newer kbtool" in said.message
        assert "kbtool cache clear" in said.hint
    assert path.read_bytes() == before
    assert remove_store(path) == len(before)


def test_a_store_of_an_older_kbtool_is_begun_anew_without_a_word(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
    _set_version(path, 0)
    with closing(open_store(path)) as store:
        assert store.get("page", "a") is None
        store.put("page", "b", b"2")
        assert (store.get("page", "b"), store.diagnostics) == (b"2", ())
    assert disk_size(path) == path.stat().st_size


def test_a_version_that_cannot_be_is_damage(path):
    open_store(path).close()
    _set_version(path, 123_456_789)
    with closing(open_store(path)) as store:
        store.put("page", "b", b"2")
        assert store.get("page", "b") == b"2"
        assert "damaged" in store.diagnostics[0].message


def test_a_header_that_calls_a_writable_file_read_only_is_damage(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
    content = bytearray(path.read_bytes())
    content[18] = 9  # the version of the format for writing
    path.write_bytes(content)
    with closing(open_store(path)) as store:
        store.put("page", "b", b"2")
        store.put("page", "c", b"3")
        assert store.get("page", "c") == b"3"
        assert "damaged" in store.diagnostics[0].message


def test_a_database_of_something_else_is_set_aside(path):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as sqlite:
        sqlite.execute("CREATE TABLE other (x)")
        sqlite.execute("PRAGMA user_version = 1")
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
        assert store.get("page", "a") == b"1"
        assert len(store.diagnostics) == 1
