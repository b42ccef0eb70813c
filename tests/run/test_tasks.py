"""Which state a note starts from."""

from __future__ import annotations

from kbtool.run.job import NoteJob
from kbtool.run.tasks import tasks_of


def planned(**requires: str) -> dict[str, tuple[str, str]]:
    tasks = tasks_of([NoteJob(path, (), requires=tuple(names)) for path, names in requires.items()])
    return {path: (task.base, "".join(job.path for job in task.rest)) for path, task in tasks.items()}


def test_a_note_starts_from_the_state_of_what_it_requires():
    assert planned(a="", b="a", c="b") == {"a": ("", ""), "b": ("a", ""), "c": ("b", "")}


def test_what_is_required_by_two_ways_runs_once():
    assert planned(a="", b="a", c="ab") == {"a": ("", ""), "b": ("a", ""), "c": ("b", "")}


def test_two_states_cannot_be_merged_so_the_second_runs_again():
    assert planned(a="", b="", c="ab") == {"a": ("", ""), "b": ("", ""), "c": ("a", "b")}
    assert planned(a="", b="a", c="a", d="bc") == {"a": ("", ""), "b": ("a", ""), "c": ("a", ""), "d": ("b", "c")}


def test_a_required_note_that_is_not_among_the_jobs_is_left_out():
    assert planned(b="x") == {"b": ("", "")}


def test_a_long_chain_is_planned_without_recursion():
    names = [chr(0x4E00 + i) for i in range(1500)]
    tasks = planned(**{name: names[i - 1] if i else "" for i, name in enumerate(names)})
    assert tasks[names[-1]] == (names[-2], "")
