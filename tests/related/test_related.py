"""Which notes are near each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kbtool.related import Related, Traits, related, traits_of


def near(
    gists: dict[str, str], links: dict[str, list[str]] | None = None, tags: dict[str, list[str]] | None = None
) -> Related:
    return related(traits(gists, links, tags))


def traits(
    gists: dict[str, str], links: dict[str, list[str]] | None = None, tags: dict[str, list[str]] | None = None
) -> Traits:
    return traits_of(
        gists,
        {path: (tags or {}).get(path, []) for path in gists},
        {path: (links or {}).get(path, []) for path in gists},
    )


def test_a_note_is_its_words_its_tags_and_its_links_in_both_directions() -> None:
    found = traits({"a": "token model", "b": ""}, {"a": ["b", "private"]}, {"b": ["Redes/Deep"]})
    assert found == {"a": {"token", "model", ">b"}, "b": {"#redes/deep", "<a"}}


def test_three_rare_words_in_common_make_notes_related() -> None:
    assert near({"a": "rotary angle phase", "b": "phase angle rotary", "c": "cat"}) == {"a": ("b",), "b": ("a",)}


def test_a_rare_word_or_two_are_chance() -> None:
    assert near({"a": "rotary angle", "b": "angle rotary"}) == {}


def test_notes_that_lead_to_the_same_notes_are_related() -> None:
    links = {"a": ["x", "y"], "b": ["x", "y"]}
    assert near(dict.fromkeys("abxy", ""), links) == {"a": ("b",), "b": ("a",), "x": ("y",), "y": ("x",)}


def test_notes_that_link_to_each_other_are_not_told_twice() -> None:
    words = "rotary angle phase cosine"
    assert near({"a": words, "b": words, "c": words}, {"a": ["b"]}) == {"a": ("c",), "b": ("c",), "c": ("a", "b")}


def test_words_that_32_notes_share_tell_nothing() -> None:
    few = {f"n{n:02}": "one two three four five six" for n in range(31)}
    assert len(near(few)["n00"]) == 5
    assert near({**few, "n31": "one two three four five six"}) == {}


def test_who_shares_most_comes_first_and_who_has_much_in_common_with_everybody_comes_later() -> None:
    gists = {
        "a": "rotary angle phase cosine",
        "all": "rotary angle phase cosine u1 u2 v1 v2 w1 w2",
        "b": "rotary angle phase",
        "c": "rotary angle phase cosine",
        "u": "u1 u2",
        "v": "v1 v2",
        "w": "w1 w2",
    }
    assert near(gists)["a"] == ("c", "b", "all")


TRAITS = st.dictionaries(
    st.sampled_from([f"n{n}" for n in range(9)]),
    st.frozensets(st.sampled_from([*"abcdefgh", "#t", "#u", "<n1", ">n2"])),
)


@given(TRAITS, TRAITS, st.booleans())
def test_from_what_is_known_comes_what_comes_from_nothing(before: Traits, change: Traits, whole: bool) -> None:
    now = change if whole else {**before, **change}
    assert related(now, before, related(before)) == related(now)


def test_an_edit_leaves_the_lists_of_notes_alone_that_have_nothing_to_do_with_it() -> None:
    before = {"a": frozenset("xyz"), "b": frozenset("xyz"), "c": frozenset("uvw"), "d": frozenset("uvw")}
    known = {"a": ("kept",), **related(before)}
    after = {**before, "c": frozenset("uv")}
    assert related(after, before, {**known, "a": ("kept",)}) == {"a": ("kept",), "b": ("a",)}
