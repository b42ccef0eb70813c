"""Mermaid diagrams: drawn at build time in the page's colours, named, harmless; else their source."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("mmdr")

from kbtool.render.fences import complaint, fence
from kbtool.render.mermaid import draw

CHAIN = "flowchart TD\n  a[texto] -->|ya están todas| b[bytes]\n  b -->|atención y redes| c[vectores]"
KINDS = {
    "flowchart": CHAIN,
    "sequence": "sequenceDiagram\n  participant S as Supervisor\n  S->>+Hijo: bifurca\n  Hijo-->>-S: resultado",
    "class": "classDiagram\n  class Modulo {\n    +forward(x) Tensor\n  }\n  Modulo <|-- Atencion : hereda",
    "state": "stateDiagram-v2\n  [*] --> Leído\n  Leído --> Pensado: con atención\n  Pensado --> [*]",
    "entities": "erDiagram\n  NOTA ||--o{ ENLACE : tiene",
    "gantt": "gantt\n  dateFormat YYYY-MM-DD\n  section Uno\n  Leer :a1, 2024-01-01, 10d\n  Pensar :after a1, 5d",
    "pie": 'pie title Parámetros\n  "Atención" : 30\n  "Red" : 60',
    "mindmap": "mindmap\n  root((LLM))\n    Datos\n    Modelo",
    "timeline": "timeline\n  title Historia\n  2017 : Transformer\n  2018 : GPT : BERT",
    "journey": "journey\n  title Un día\n  section Mañana\n    Leer: 5: Yo",
    "git": "gitGraph\n  commit\n  branch rama\n  commit",
    "quadrant": "quadrantChart\n  title Modelos\n  x-axis Lento --> Rápido\n  y-axis Malo --> Bueno\n  GPT: [0.3, 0.8]",
    "chart": 'xychart-beta\n  title "Pérdida"\n  x-axis [a, b]\n  y-axis "nats" 0 --> 5\n  bar [5, 3]',
    "sankey": "sankey-beta\na,b,10\na,c,5",
    "block": 'block-beta\n  columns 2\n  a["Uno"] b["Dos"]',
    "packet": 'packet-beta\n0-15: "Origen"\n16-31: "Destino"',
    "kanban": "kanban\n  Por hacer\n    leer",
    "architecture": "architecture-beta\n  service db(database)[Base]\n  service s(server)[Servidor]\n  db:L -- R:s",
    "radar": 'radar-beta\n  axis a["A"], b["B"], c["C"]\n  curve x["X"]{1,2,3}',
    "treemap": 'treemap-beta\n"Modelo"\n  "Atención": 30',
}


@pytest.mark.parametrize("source", KINDS.values(), ids=KINDS.keys())
def test_each_kind_is_drawn_in_the_colours_of_the_page(faults_of: Callable[[str], list[str]], source: str) -> None:
    diagram = draw(source)
    assert diagram.fault == ""
    assert "var(--" in diagram.svg or "currentColor" in diagram.svg
    assert not re.search(r"#5b[0-9a-f]{2}a3|rgba?\(91,", diagram.svg), "a sentinel was left"
    assert faults_of(re.sub(r"<style>.*?</style>", "", diagram.svg)) == []


def test_an_edge_label_stands_between_its_nodes_and_is_painted_on_a_plate() -> None:
    drawn = draw(CHAIN).svg
    ends = [float(y) for y in re.findall(r'class="m-node[^>]*translate\([\d.]+,([\d.]+)\)', drawn)]
    labels = [float(y) for y in re.findall(r'class="m-edgeLabel"[^>]*translate\([\d.]+,([\d.]+)\)', drawn)]
    assert ends[0] + 30 < labels[0] < ends[1] - 30 < ends[1] + 30 < labels[1] < ends[2] - 30
    assert "m-edgeLabel rect{background-color:var(--paper);fill:var(--paper)}" in drawn


def test_numbers_in_labels_are_not_rounded_with_the_coordinates() -> None:
    assert "pi = 3.14159265" in draw('flowchart TD\n a["pi = 3.14159265"]').svg


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (f"{CHAIN}\n  accTitle: Del texto al vector\n", "Del texto al vector"),
        ("flowchart TD\n  accTitle: Uno\n  accDescr {\n  va de a\n  a b\n  }\n  a --> b", "Uno. va de a a b"),
        (f"---\ntitle: Un camino\n---\n{CHAIN}", "Un camino"),
        ('pie title Parámetros\n  "a" : 30', "Parámetros"),
        (CHAIN, "texto, bytes, vectores"),
        ("flowchart TD\n  a[un <b>nodo</b> con muchas palabras que llenan varias líneas]", "un nodo con muchas"),
    ],
)
def test_a_diagram_is_named_by_its_title_or_its_first_words(source: str, name: str) -> None:
    assert draw(source).name.startswith(name)


def test_the_page_shows_the_drawing_and_folds_its_source() -> None:
    html = fence(CHAIN + "\n", "mermaid")
    assert re.search(r'<svg [^>]*role="img" aria-label="[^"]*: texto, bytes, vectores"', html)
    assert f"<code>{CHAIN.replace('>', '&gt;')}</code></pre></details>" in html


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("flowchart TD\n a[x --> b", "Unterminated node label"),
        ("hola", "No Mermaid diagram type detected"),
        ("", "No Mermaid diagram type detected"),
        ("graph LR\n" + "-->".join(f"n{k}" for k in range(3000)), "resource limit"),
    ],
    ids=["open", "text", "empty", "huge"],
)
def test_what_cannot_be_drawn_shows_its_source_and_says_why(source: str, fault: str) -> None:
    assert fault in complaint(source, "mermaid")
    assert source[:200].replace(">", "&gt;") in fence(source, "mermaid")
    assert "<svg" not in fence(source, "mermaid")


def test_the_fault_is_told_with_the_line_of_the_fence(shelve: Callable[..., Any]) -> None:
    shelf = shelve({"A.md": "# A\n\n```mermaid\nflowchart TD\n a[x --> b\n```\n"})
    assert shelf.faults() == [("bad-diagram", "A.md", 3)]


@pytest.mark.parametrize(
    "line",
    [
        'click a href "javascript:alert(1)"',
        "style a fill:url(https://evil.example/x)",
        "classDef x fill:url(https://evil.example/x)\n class a x",
        'a["<img src=https://evil.example onerror=alert(1)>"]',
        'a["</style><script>alert(1)</script>"]',
        "class a btn",
        '%%{init: {"themeCSS": "*{background:url(https://evil.example)}"}}%%',
        '%%{init: {"securityLevel": "loose", "flowchart": {"htmlLabels": true}}}%%\n a["<iframe src=//evil.example>"]',
        'a@{ img: "https://evil.example/x.png", label: "x" }',
    ],
)
def test_a_hostile_diagram_reaches_nothing(line: str) -> None:
    drawn = draw(f"flowchart TD\n a --> b\n {line}").svg
    tags = re.findall(r"<[^>]*>", drawn)
    assert not [tag for tag in tags if re.search(r"evil\.example|javascript:|\son\w+=|<(script|iframe|img|a)\b", tag)]
    assert "evil" not in "".join(re.findall(r"<style>.*?</style>", drawn))
    assert 'class="btn' not in drawn


def test_a_colour_that_the_author_chose_gets_letters_that_can_be_read_on_it() -> None:
    drawn = draw("flowchart TD\n a[x] --> b[y]\n style a fill:#ffeeaa\n classDef dark fill:#002\n class b dark").svg
    assert 'style="color:#1a1e26"' in drawn
    assert ".m-dark{color:#fff}" in drawn


def test_the_line_for_today_is_not_drawn() -> None:
    drawn = draw("gantt\n dateFormat YYYY-MM-DD\n section s\n Hoy :2000-01-01, 2100-01-01").svg
    assert "today" not in drawn


def test_two_diagrams_of_a_page_share_no_id_and_no_style() -> None:
    first, second = draw("flowchart TD\n a --> b").svg, draw("flowchart TD\n b --> a").svg
    ids = [set(re.findall(r' id="([^"]*)"', drawn)) for drawn in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    own = re.findall(r'<svg[^>]* class="(m[0-9a-f]+)"', first)[0]
    assert all(rule.startswith(f".{own}") for rule in re.findall(r"[^{}<>]+(?=\{)", first.partition("</style>")[0]))


def test_without_the_renderer_the_source_stands_with_a_note() -> None:
    program = (
        "import sys; sys.modules['mmdr'] = None\n"
        "from kbtool.render.fences import complaint, fence\n"
        "assert complaint('hola', 'mermaid') == ''\n"
        "print(fence('graph TD\\n a --> b', 'mermaid'))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "a --&gt; b" in shown
    assert '<p class="cap">' in shown


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="abAB-=>|[](){}\"'<&;:#%@\\ \n.,~*/_", max_size=60))
def test_any_text_in_a_diagram_makes_whole_html(faults_of: Callable[[str], list[str]], text: str) -> None:
    html = fence(f"flowchart TD\n  a[{text}] --> b\n  {text}", "mermaid")
    assert faults_of(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)) == []
