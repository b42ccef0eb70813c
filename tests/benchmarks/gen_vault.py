"""Makes a vault of any size from a seed: `gen_vault.py N FOLDER [--seed 1] [--flavor obsidian|plain] [--distinct]`.

A note has about 2 KB: properties, four headings, eight links (plain, with a text, to a heading, to a block), a callout,
a table, a Python fence, a formula in the line and one displayed, a list; some embed a section or an image. The text is
Spanish. `plain` says the same in ordinary Markdown links, for tools that know no wikilinks.

In the plain kind notes repeat each other: 64 fences, 576 formulas, a hundred words, which flatters whoever remembers
what it has seen. `--distinct` gives every note a fence and formulas of its own, and words out of thousands.

The same arguments give the same bytes, on every machine.
"""

from __future__ import annotations

import argparse
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

__all__ = ["LARGE", "generate", "made_words"]

_WORDS = """
    token vector matriz atención consulta clave valor capa norma residuo gradiente pérdida softmax máscara posición
    rotatorio embebido vocabulario fusión byte secuencia longitud contexto modelo decodificador codificador
    transformador cabeza proyección entrenamiento inferencia caché memoria muestreo temperatura probabilidad logit
    entropía función señal frecuencia ángulo complejo peso sesgo parámetro optimizador lote época tasa aprendizaje
    número razón según además también así porque cuando donde mientras aunque entonces cada todo entre sobre desde
    hasta para como con sin el la los las un una de en que se es por más menos muy dos tres primera última
"""
_ADJECTIVES = "lineal rotatoria causal densa dispersa relativa absoluta aprendida local global óptima múltiple"
_NOUNS = """
    Atención Proyección Máscara Codificación Tokenización Normalización Caché Función Matriz Pérdida Señal Razón
"""
_SECTIONS = """
    Tokenización Embeddings Posición Atención Transformer Entrenamiento Inferencia Evaluación Historia Práctica
"""
WORDS, ADJECTIVES, NOUNS, SECTIONS = (tuple(words.split()) for words in (_WORDS, _ADJECTIVES, _NOUNS, _SECTIONS))
HEADINGS = ("Idea", "Definición", "Ejemplo", "Código", "Notas", "Intuición")
TAGS = tuple(
    f"{tag}/{part}" if part else tag
    for tag in ("llm", "atención", "matemáticas", "torch", "datos")
    for part in ("", "base", "avanzado", "ejemplo")
)
GREEK = ("alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "sigma", "phi", "psi", "omega")
CALLOUTS = ("note", "tip", "warning", "info")
FIGURES = 10
LARGE = 5000  # notes from which on each section gets a second folder
VOCABULARY = 6000  # words of a distinct vault
_SYLLABLES = tuple(
    a + b for a in ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "tr", "pl", "qu"] for b in "aeiou"
)
_ENDINGS = ("", "", "s", "r", "l", "ción", "dad", "mente", "ía")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the notes must know of each other before any has a text."""

    section: str
    title: str
    headings: Sequence[str]
    has_block: bool


class Flavor(Protocol):
    """How a note says what Obsidian and ordinary Markdown say differently."""

    def link(self, to: Subject, heading: str = "", text: str = "", *, block: bool = False) -> str: ...
    def block_id(self, subject: Subject) -> str: ...
    def callout(self, random: Random, word: Callable[[], str]) -> str: ...
    def section(self, of: Subject) -> str: ...
    def image(self, number: int) -> str: ...


class Obsidian:
    """Wikilinks, callouts, embeds, block ids."""

    def link(self, to: Subject, heading: str = "", text: str = "", *, block: bool = False) -> str:
        place = "#^b1" if block else f"#{heading}" if heading else ""
        return f"[[{to.title}{place}{'|' + text if text else ''}]]"

    def block_id(self, subject: Subject) -> str:
        return " ^b1" if subject.has_block else ""

    def callout(self, random: Random, word: Callable[[], str]) -> str:
        return f"[!{random.choice(CALLOUTS)}]{random.choice(['', '-'])} {word().capitalize()} importante"

    def section(self, of: Subject) -> str:
        return f"![[{of.title}#{of.headings[0]}]]"

    def image(self, number: int) -> str:
        return f"![[figura {number}.png|64]]"


class Plain:
    """The nearest that ordinary Markdown has."""

    def link(self, to: Subject, heading: str = "", text: str = "", *, block: bool = False) -> str:
        del heading, block
        address = f"../{to.section}/{to.title}.md".replace(" ", "%20")
        return f"[{text or to.title}]({address})"

    def block_id(self, subject: Subject) -> str:
        del subject
        return ""

    def callout(self, random: Random, word: Callable[[], str]) -> str:
        del random
        return f"**{word().capitalize()} importante**"

    def section(self, of: Subject) -> str:
        return self.link(of)

    def image(self, number: int) -> str:
        return f"![figura {number}](../adjuntos/figura%20{number}.png)"


FLAVORS: dict[str, type[Obsidian] | type[Plain]] = {"obsidian": Obsidian, "plain": Plain}


class Material(Protocol):
    """Where words, fences and formulas come from; `number` is the note's."""

    def word(self) -> str: ...
    def fence(self, number: int) -> str: ...
    def inline(self, number: int) -> str: ...
    def display(self, number: int) -> str: ...


@dataclass(frozen=True, slots=True)
class Repeating:
    """A hundred words; fences and formulas that come again."""

    random: Random

    def word(self) -> str:
        return self.random.choice(WORDS)

    def fence(self, number: int) -> str:
        d = 8 + number % 64
        return (
            f"import torch\n\ndef paso(q, k, v, d={d}):\n    s = q @ k.transpose(-2, -1) / d ** 0.5\n"
            f"    return torch.softmax(s, -1) @ v\n\nprint(paso(*torch.randn(3, 4, {d})).shape)\n"
        )

    def inline(self, number: int) -> str:
        del number
        return r"s_{ij} = q_i \cdot k_j / \sqrt{d}"

    def display(self, number: int) -> str:
        top, last = 1 + number % 9, number % 64 + 1
        return rf"\mathrm{{softmax}}(z)_i = \frac{{e^{{z_i / {top}}}}}{{\sum_{{j=1}}^{{{last}}} e^{{z_j}}}}"


@dataclass(frozen=True, slots=True)
class Distinct:
    """Words out of thousands, some far more often, as in natural text; no fence and no formula comes twice."""

    random: Random
    words: Sequence[str]

    def word(self) -> str:
        if self.random.random() < 0.4:
            return self.random.choice(WORDS)
        return self.words[int(len(self.words) * self.random.random() ** 2)]

    def fence(self, number: int) -> str:
        a, b, c = self.random.sample(_SYLLABLES, 3)
        shape = self.random.choice(_FENCES)
        return shape.format(f=f"paso_{number}", a=f"{a}_a", b=f"{b}_b", c=f"{c}_c", n=number, word=self.word())

    def inline(self, number: int) -> str:
        a, b = self.random.sample(GREEK, 2)
        return rf"\{a}_{{ij}} = \{b}_i \cdot k_j / \sqrt{{{number}}}"

    def display(self, number: int) -> str:
        a, b, c = self.random.sample(GREEK, 3)
        return self.random.choice(_FORMULAS) % {"a": a, "b": b, "c": c, "n": number}


_FENCES = (
    """\
import torch

def {f}({a}, {b}, escala={n}):
    {c} = {a} @ {b}.transpose(-2, -1) / escala
    return torch.softmax({c}, -1)  # {word}

print({f}(*torch.randn(2, 4, 8)).shape)
""",
    """\
import math

class {f}:
    {a} = {n}

    def __call__(self, {b}: float) -> float:
        return math.exp(-{b} / self.{a})

print(f'{word} {{{f}()(2.5):.3f}}')
""",
    """\
from collections import Counter

{a} = '{word} {n}'.split()
{b} = Counter({a})
for {c}, veces in {b}.most_common({n} % 5 + 1):
    print({c}, veces, sep='|')
{f} = [x ** 2 for x in range(9)]
""",
    """\
import torch

@torch.no_grad()
def {f}({a}: torch.Tensor) -> torch.Tensor:
    {b} = {a}.mean(-1, keepdim=True)
    {c} = {a}.var(-1, keepdim=True, unbiased=False)
    return ({a} - {b}) / torch.sqrt({c} + 1e-{n})
""",
)
_FORMULAS = (
    r"\mathrm{softmax}(\%(a)s)_i = \frac{e^{\%(a)s_i / %(n)d}}{\sum_{j=1}^{\%(b)s} e^{\%(c)s_j}}",
    r"\%(a)s = \frac{1}{%(n)d} \sum_{i=1}^{%(n)d} \left( \%(b)s_i - \bar{\%(c)s} \right)^2",
    r"\frac{\partial \%(a)s}{\partial \%(b)s_{%(n)d}} = \begin{cases} \%(c)s & \%(b)s > 0 \\ 0 & \text{no} \end{cases}",
    r"R_{\%(a)s} = \begin{pmatrix} \cos %(n)d\%(b)s & -\sin \%(b)s \\ \sin \%(c)s & \cos %(n)d\%(c)s \end{pmatrix}",
)


def made_words(count: int, random: Random) -> list[str]:
    """That many different words that Spanish might have had.

    >>> made_words(3, Random(1))
    ['pitra', 'cotinadad', 'cibidad']
    """
    words: dict[str, None] = {}
    while len(words) < count:
        words["".join(random.choices(_SYLLABLES, k=random.randint(2, 4))) + random.choice(_ENDINGS)] = None
    return list(words)


@dataclass(frozen=True, slots=True)
class Author:
    """Writes notes. Every draw of `random` has its place in a sequence: another order gives another vault."""

    random: Random
    subjects: Sequence[Subject]
    flavor: Flavor
    material: Material

    def note(self, number: int) -> str:
        subject, random = self.subjects[number], self.random
        tags = ", ".join(random.sample(TAGS, 3))
        links = self._links()
        parts = [
            _properties(subject.title, number, tags),
            f"# {subject.title}\n",
            self._paragraph(45, links[:3]) + "\n",
            f"## {subject.headings[0]}\n",
            self._paragraph(50, links[3:5]) + self.flavor.block_id(subject) + "\n",
            self._formula_in_line(number),
            f"$$\n{self.material.display(number)}\n$$\n",
            self._callout(links[5:6]),
            f"## {subject.headings[1]}\n",
            self._table(),
            f"```python\n{self.material.fence(number)}```\n",
            f"## {subject.headings[2]}\n",
            self._list(links[6:7]),
            self._paragraph(40, links[7:]) + "\n",
            *self._embeds(),
        ]
        return "\n".join(parts)

    def index(self) -> str:
        hubs = self.random.sample(self.subjects, min(20, len(self.subjects)))
        links = (self.flavor.link(subject).replace("](../", "](") for subject in hubs)
        return "---\ntitle: Inicio\n---\n\n# Inicio\n\n" + "\n".join(f"- {link}" for link in links) + "\n"

    def _links(self) -> list[str]:
        links = [self._link() for _ in range(8)]
        if self.random.random() < 0.10:
            with_block = [subject for subject in self.subjects if subject.has_block] or self.subjects[:1]
            links[7] = self.flavor.link(self.random.choice(with_block), block=True)
        return links

    def _link(self) -> str:
        to, kind = self._destination(), self.random.random()
        if kind < 0.5:
            return self.flavor.link(to)
        heading = self.random.choice(to.headings) if kind >= 0.7 else ""
        text = self.material.word() if kind < 0.7 or kind >= 0.85 else ""
        return self.flavor.link(to, heading, text)

    def _destination(self) -> Subject:
        """Any note, or, three times in ten, rather one of the first: some are hubs."""
        random, count = self.random, len(self.subjects)
        number = random.randrange(count) if random.random() < 0.7 else int(count * random.random() ** 3)
        return self.subjects[number]

    def _paragraph(self, length: int, links: Sequence[str] = ()) -> str:
        words = [self.material.word() for _ in range(length)]
        for link in links:
            words.insert(self.random.randrange(3, len(words)), link)
        words[0] = words[0].capitalize()
        return " ".join(words) + "."

    def _formula_in_line(self, number: int) -> str:
        formula = self.material.inline(number)
        return f"La fórmula ${formula}$ resume la idea; **{self.material.word()}** y *{self.material.word()}*.\n"

    def _callout(self, links: Sequence[str]) -> str:
        title = self.flavor.callout(self.random, self.material.word)
        return f"> {title}\n> {self._paragraph(20, links)}\n> Segunda línea.\n"

    def _table(self) -> str:
        rows = (
            f"| {self.material.word()} | {self.random.randrange(9)}×{self.random.randrange(99)} "
            f"| {self.random.random():.3f} |\n"
            for _ in range(4)
        )
        return "| nombre | forma | valor |\n|---|:---:|---:|\n" + "".join(rows)

    def _list(self, links: Sequence[str]) -> str:
        items = [f"- {self._paragraph(8)}\n" for _ in range(3)]
        return "".join(items) + f"- [{self.random.choice('x ')}] {self._paragraph(6, links)}\n"

    def _embeds(self) -> list[str]:
        embeds = []
        if self.random.random() < 0.30:
            embeds.append(self.flavor.section(self.random.choice(self.subjects)) + "\n")
        if self.random.random() < 0.20:
            embeds.append(self.flavor.image(self.random.randrange(FIGURES)) + "\n")
        return embeds


def _properties(title: str, number: int, tags: str) -> str:
    date = f"2025-{1 + number % 12:02d}-{1 + number % 28:02d}"
    aliases = f"aliases:\n  - {title.split()[0]} {number}\n  - alias {number}"
    return f"---\ntitle: {title}\ntags: [{tags}]\n{aliases}\ndate: {date}\n---\n"


def _subject(random: Random, sections: Sequence[str], number: int) -> Subject:
    title = f"{random.choice(NOUNS)} {random.choice(ADJECTIVES)} {number}"
    return Subject(sections[number % len(sections)], title, random.sample(HEADINGS, 3), random.random() < 0.15)


def _png(color: Sequence[int], side: int = 32) -> bytes:
    """A square of one colour."""
    pixels = zlib.compress(b"".join(b"\0" + bytes(color) * side for _ in range(side)))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def generate(count: int, folder: Path, *, seed: int = 1, flavor: str = "obsidian", distinct: bool = False) -> None:
    """Writes a vault of `count` notes, and an index, into the folder."""
    random = Random(f"{seed}-{count}")
    sections = [name + part for name in SECTIONS for part in ("", " II")] if count >= LARGE else SECTIONS
    subjects = [_subject(random, sections, number) for number in range(count)]
    material: Material = Repeating(random)
    if distinct:
        material = Distinct(random, made_words(VOCABULARY, Random(seed)))
    author = Author(random, subjects, FLAVORS[flavor](), material)
    for name in (*sections, "adjuntos"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(FIGURES):
        image = folder / "adjuntos" / f"figura {number}.png"
        image.write_bytes(_png((25 * number, 120, 250 - 25 * number)))
    for number, subject in enumerate(subjects):
        _write(folder / subject.section / f"{subject.title}.md", author.note(number))
    _write(folder / "index.md", author.index())


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes a vault of any size from a seed.")
    parser.add_argument("count", type=int, metavar="N", help="notes")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--flavor", choices=sorted(FLAVORS), default="obsidian")
    parser.add_argument("--distinct", action="store_true", help="no fence and no formula twice, thousands of words")
    given = parser.parse_args()
    generate(given.count, given.folder, seed=given.seed, flavor=given.flavor, distinct=given.distinct)


if __name__ == "__main__":
    main()
