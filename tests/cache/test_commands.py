"""`kbtool cache info` and `kbtool cache clear`: what a person sees."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from kbtool.cache import open_store, store_path


@pytest.fixture
def vault(tmp_path, write) -> Path:
    return write(tmp_path / "My vault", {"A.md": "# A\n", ".obsidian/app.json": "{}"})


@pytest.fixture
def cache(tmp_path) -> dict[str, str]:
    """The environment with a cache folder of its own."""
    return {"KBTOOL_CACHE": str(tmp_path / "cache")}


@pytest.fixture
def filled(vault, cache, monkeypatch) -> Path:
    """A store of the vault with something in it."""
    monkeypatch.setenv("KBTOOL_CACHE", cache["KBTOOL_CACHE"])
    path = store_path(vault)
    with closing(open_store(path)) as store:
        store.put_many("run.result", [("a", b"x" * 2_000_000), ("b", b"x" * 500_000)])
        store.put("run.chains", "A.md", b"x" * 100)
        store.put_many("note 1a2b", [("a", b"12345")])
        store.put_many("note 3c4d", [("a", b"12345")])
        store.put("something", "a", b"x" * 12_000)
    return path


def test_info_says_that_there_is_no_store_and_makes_none(kbtool, vault, cache):
    ran = kbtool("cache", "info", cwd=vault, env=cache)
    assert ran.status == 0
    assert "nothing is stored yet" in ran.stdout
    assert not Path(cache["KBTOOL_CACHE"]).exists()


def test_info_shows_where_the_store_is_and_what_is_in_it(kbtool, vault, cache, filled):
    ran = kbtool("cache", "info", "-q", cwd=vault, env=cache)
    assert (ran.status, ran.stderr) == (0, "")
    where, size, *contents = ran.stdout.splitlines()
    assert where == f"store: {filled}"
    assert size == f"size:  {filled.stat().st_size / 1e6:.1f} MB on the disk"
    assert [" ".join(line.split()) for line in contents] == [
        "1 note with stored results 100 bytes",
        "2 results of blocks 2.5 MB",
        "2 notes as parsed 10 bytes",
        "1 other record 12 kB",
    ]


def test_info_says_what_is_wrong_with_the_store(kbtool, vault, cache, filled):
    filled.write_bytes(b"no store " * 999)
    ran = kbtool("cache", "info", cwd=vault, env=cache)
    assert ran.status == 0
    assert "warning store-unusable: the store was damaged" in ran.stderr
    assert filled.with_name("store.sqlite.damaged").exists()


def test_clear_removes_the_store_and_says_how_much_that_frees(kbtool, vault, cache, filled, tmp_path):
    size = filled.stat().st_size
    ran = kbtool("cache", "clear", vault, cwd=tmp_path, env=cache)
    assert ran.status == 0
    assert ran.stderr == f"{size / 1e6:.1f} MB freed: {filled}\n"
    assert not filled.parent.exists()
    again = kbtool("cache", "clear", cwd=vault, env=cache)
    assert (again.status, again.stderr) == (0, "nothing was stored\n")


def test_clear_leaves_other_vaults_alone(kbtool, cache, filled, tmp_path, write):
    other = write(tmp_path / "Other", {"B.md": ""})
    kbtool("cache", "clear", other, cwd=tmp_path, env=cache)
    assert filled.exists()


def test_clear_quietly(kbtool, vault, cache, filled):
    ran = kbtool("cache", "clear", "-q", cwd=vault, env=cache)
    assert (ran.status, ran.said) == (0, [])
    assert not filled.exists()


def test_a_misspelt_command_gets_the_one_that_was_meant(kbtool, vault, cache):
    ran = kbtool("cache", "claer", cwd=vault, env=cache)
    assert ran.status == 2
    assert "did you mean 'clear'" in ran.stderr
