"""The generated vaults of the benchmarks are what the figures of different days need: always the same."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import pytest

# Test folders are no packages, and the benchmarks are programs of their own.
sys.path.insert(0, str(Path(__file__).parent))

from gen_vault import generate, made_words

FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$\n(.*?)\n\$\$|(?<!\$)\$([^$\n]+)\$(?!\$)", re.DOTALL)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(_files(folder).items()):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:16]


def _texts(folder: Path) -> list[str]:
    return [data.decode() for name, data in _files(folder).items() if name.endswith(".md")]


@pytest.mark.parametrize(
    ("flavor", "digest"),
    [("obsidian", "cba1dfa88cd5139b"), ("plain", "12c7b6fbc7f7bb92")],
)
def test_figures_of_different_years_speak_of_the_same_vault(tmp_path, flavor, digest):
    generate(30, tmp_path, flavor=flavor)
    assert _digest(tmp_path) == digest


@pytest.mark.parametrize("distinct", [False, True])
def test_the_same_arguments_give_the_same_bytes(tmp_path, distinct):
    for name in ("one", "two"):
        generate(20, tmp_path / name, distinct=distinct)
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


def test_another_seed_gives_another_vault(tmp_path):
    for seed in (1, 2):
        generate(5, tmp_path / str(seed), seed=seed)
    assert _digest(tmp_path / "1") != _digest(tmp_path / "2")


def test_distinct_notes_share_no_fence_and_no_formula(tmp_path):
    generate(700, tmp_path, distinct=True)
    text = "\n".join(_texts(tmp_path))
    fences, formulas = FENCE.findall(text), FORMULA.findall(text)
    assert len(set(fences)) == len(fences) == 700
    assert len(set(formulas)) == len(formulas) == 1400


def test_the_fences_of_distinct_notes_are_python(tmp_path):
    generate(40, tmp_path, distinct=True)
    for fence in FENCE.findall("\n".join(_texts(tmp_path))):
        compile(fence, "fence", "exec")


def test_distinct_notes_have_thousands_of_words_and_others_a_hundred(tmp_path):
    counts = {}
    for distinct in (False, True):
        generate(200, tmp_path / str(distinct), distinct=distinct)
        prose = FENCE.sub("", "\n".join(_texts(tmp_path / str(distinct))))
        counts[distinct] = len({word.lower() for word in re.findall(r"[^\W\d_]{2,}", prose)})
    assert counts[False] < 200
    assert counts[True] > 4000


def test_made_words_are_all_different():
    from random import Random

    assert len(set(made_words(3000, Random(5)))) == 3000
