"""A store gives back what was put into it, also after it was closed and opened again."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kbtool.cache import Store, disk_size, open_store, remove_store, store_path


def test_what_was_put_comes_back(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"1")
        assert store.get("page", "a") == b"1"
        assert store.get("page", "b") is None
        assert store.get("note", "a") is None
        assert store.diagnostics == ()


def test_it_comes_back_in_another_process(path, run):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"of the first")
    assert run("print(open_store(path).get('page', 'a').decode())", path) == "of the first"


@pytest.mark.parametrize("size", [0, 1, 16_000, 16_384, 100_000, 20_000_000])
def test_a_value_may_have_any_size(path, size):
    value = os.urandom(size)
    with closing(open_store(path)) as store:
        store.put("page", "a", value)
    with closing(open_store(path)) as store:
        assert store.get("page", "a") == value


@pytest.mark.parametrize("key", ["", "ñ", "a\0b", "\udcff not UTF-8.md", "\ud83d half", "x" * 5000, "%", "'; --"])
def test_a_key_may_be_any_text(path, key):
    with closing(open_store(path)) as store:
        store.put("page", key, b"1")
        assert store.get("page", key) == b"1"
        assert store.keys("page") == (key,)


def test_more_keys_than_fit_into_one_query(path):
    items = {str(n): str(n).encode() for n in range(3000)}
    with closing(open_store(path)) as store:
        store.put_many("page", items.items())
        assert store.get_many("page", [*items, "missing"]) == items
        store.delete("page", list(items)[1:])
        assert store.keys("page") == ("0",)


def test_the_size_is_told_by_kind(path):
    with closing(open_store(path)) as store:
        store.put_many("page", [("a", b"123"), ("b", b"4")])
        store.put("note", "a", b"")
        assert store.size() == {"page": (2, 4), "note": (1, 0)}
        assert store.kinds() == ("note", "page")


def test_clear_forgets_the_kinds_it_is_given(path):
    with closing(open_store(path)) as store:
        for kind in ("a", "b", "c"):
            store.put(kind, "k", b"1")
        store.clear(["a", "c", "none"])
        assert store.kinds() == ("b",)
        store.clear()
        assert store.kinds() == ()


def test_a_store_shrinks_after_much_was_forgotten(path):
    with closing(open_store(path)) as store:
        store.put_many("page", ((str(n), os.urandom(50_000)) for n in range(1000)))
        store.put("note", "last", b"x" * 1_000_000)
    assert disk_size(path) > 50_000_000
    with closing(open_store(path)) as store:
        store.delete("page", store.keys("page"))
    assert disk_size(path) < 20_000_000
    with closing(open_store(path)) as store:
        store.clear(["page"])
        assert disk_size(path) < 3_000_000
        assert store.get("note", "last") == b"x" * 1_000_000


class _AbandonedError(Exception):
    """Raised inside a transaction."""


def _write_and_abandon(store: Store) -> None:
    with store.transaction():
        store.put("page", "a", b"new")
        store.delete("page", ["a"])
        store.put("page", "b", b"new")
        assert store.get("page", "b") == b"new"
        raise _AbandonedError


def test_an_abandoned_transaction_leaves_nothing(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", b"old")
        with pytest.raises(_AbandonedError):
            _write_and_abandon(store)
        assert store.get_many("page", "ab") == {"a": b"old"}


def test_others_see_a_transaction_when_it_is_done(path):
    with closing(open_store(path)) as store, closing(open_store(path)) as other:
        with store.transaction():
            store.put("page", "a", b"1")
            assert other.get("page", "a") is None
        assert other.get("page", "a") == b"1"


def test_transactions_do_not_nest(path):
    with closing(open_store(path)) as store:
        with pytest.raises(RuntimeError), store.transaction(), store.transaction():
            pass
        store.put("page", "a", b"1")
        assert store.get("page", "a") == b"1"


def test_many_at_once_are_stored_all_or_none(path):
    def items():
        yield "a", b"1"
        raise _AbandonedError

    with closing(open_store(path)) as store:
        with pytest.raises(_AbandonedError):
            store.put_many("page", items())
        assert store.keys("page") == ()


def test_a_closed_store_is_empty_and_keeps_nothing(path):
    store = open_store(path)
    store.put("page", "a", b"1")
    store.close()
    store.put("page", "b", b"2")
    with store.transaction():
        store.delete("page", ["a"])
    store.close()
    assert (store.get("page", "a"), store.keys("page"), store.diagnostics) == (None, (), ())
    with closing(open_store(path)) as again:
        assert again.keys("page") == ("a",)


def test_removing_a_store_leaves_nothing_of_it(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", os.urandom(100_000))
    size = disk_size(path)
    assert remove_store(path) == size > 100_000
    assert not path.parent.exists()
    assert remove_store(path) == 0


def test_removing_a_store_that_is_in_use_empties_it(path):
    with closing(open_store(path)) as store:
        store.put("page", "a", os.urandom(5_000_000))
        assert remove_store(path) > 4_000_000
        assert store.keys("page") == ()
        store.put("page", "b", b"2")
        assert store.get("page", "b") == b"2"
        assert store.diagnostics == ()


# ---------------------------------------------------------------- where it is


def test_each_vault_has_a_store_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("KBTOOL_CACHE", str(tmp_path / "cache"))
    one, other = tmp_path / "a/My vault", tmp_path / "b/My vault"
    assert store_path(one) != store_path(other)
    assert store_path(one).parent.name.startswith("My vault-")
    assert store_path(one).parent.parent == tmp_path / "cache"
    assert store_path(one).name == "store.sqlite"


def test_a_vault_has_one_store_however_it_is_reached(tmp_path):
    (tmp_path / "vault/sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to("vault")
    ways = ("vault", "link", "vault/sub/..", "./vault")
    assert len({store_path(tmp_path / way) for way in ways}) == 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"KBTOOL_CACHE": "/k", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/k"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/kbtool"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/kbtool"),
        ({"KBTOOL_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/kbtool"),
        ({"KBTOOL_CACHE": "~/own", "HOME": "/h"}, "/h/own"),
    ],
)
def test_the_cache_folder_is_the_users(monkeypatch, environment, expected):
    for name in ("KBTOOL_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert store_path(Path("/v")).parent.parent == Path(expected)


def test_a_long_name_of_a_vault_is_cut(tmp_path, monkeypatch):
    monkeypatch.setenv("KBTOOL_CACHE", str(tmp_path))
    with closing(open_store(store_path(tmp_path / ("ñ" * 120)))) as store:
        assert store.diagnostics == ()


def test_the_root_of_the_disk_may_be_a_vault(tmp_path, monkeypatch):
    monkeypatch.setenv("KBTOOL_CACHE", str(tmp_path))
    assert store_path(Path("/")).is_relative_to(tmp_path)


def test_only_the_user_may_look_into_the_folders_that_it_makes(tmp_path):
    path = tmp_path / "one/two/store.sqlite"
    open_store(path).close()
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


# ---------------------------------------------------------------- any sequence of operations

KINDS = st.sampled_from(["note", "page"])
KEYS = st.sampled_from(["", "a", "b", "ñ.md", "\udcff", "c/d"])
VALUES = st.binary(max_size=20) | st.integers(0, 60_000).map(lambda n: b"v" * n)


class AsADict(RuleBasedStateMachine):
    """Whatever is done to a store, it holds what a dict would hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "store.sqlite"
        self.expected: dict[tuple[str, str], bytes] = {}
        self.before: dict[tuple[str, str], bytes] | None = None

    @initialize()
    def open(self):
        self.store = open_store(self.path)

    @rule(kind=KINDS, key=KEYS, value=VALUES)
    def put(self, kind, key, value):
        self.store.put(kind, key, value)
        self.expected[kind, key] = value

    @rule(kind=KINDS, items=st.lists(st.tuples(KEYS, VALUES), max_size=4))
    def put_many(self, kind, items):
        self.store.put_many(kind, iter(items))
        self.expected.update({(kind, key): value for key, value in items})

    @rule(kind=KINDS, keys=st.sets(KEYS))
    def delete(self, kind, keys):
        self.store.delete(kind, keys)
        self.expected = {k: v for k, v in self.expected.items() if not (k[0] == kind and k[1] in keys)}

    @rule(kinds=st.none() | st.sets(KINDS))
    def clear(self, kinds):
        self.store.clear(kinds)
        self.expected = {k: v for k, v in self.expected.items() if kinds is not None and k[0] not in kinds}

    @precondition(lambda self: self.before is None)
    @rule()
    def begin(self):
        self.transaction = self.store.transaction()
        self.transaction.__enter__()
        self.before = dict(self.expected)

    @precondition(lambda self: self.before is not None)
    @rule()
    def commit(self):
        self.transaction.__exit__(None, None, None)
        self.before = None

    @precondition(lambda self: self.before is not None)
    @rule()
    def abandon(self):
        assert not self.transaction.__exit__(_AbandonedError, _AbandonedError(), None)
        self.expected, self.before = self.before, None

    @precondition(lambda self: self.before is None)
    @rule()
    def reopen(self):
        self.store.close()
        self.store = open_store(self.path)

    @invariant()
    def it_holds_what_a_dict_would_hold(self):
        if not hasattr(self, "store"):
            return
        for kind in ("note", "page"):
            mine = {key: value for (of, key), value in self.expected.items() if of == kind}
            assert self.store.get_many(kind, ["", "a", "b", "ñ.md", "\udcff", "c/d", "other"]) == mine
            assert set(self.store.keys(kind)) == set(mine)
            assert self.store.size().get(kind, (0, 0)) == (len(mine), sum(map(len, mine.values())))
        assert self.store.diagnostics == ()

    def teardown(self):
        if self.before is not None:
            self.commit()
        self.store.close()
        self.folder.cleanup()


TestAsADict = AsADict.TestCase
TestAsADict.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
