"""Notes as notebooks: text that everybody reads, code that runs from top to bottom, outputs as they were."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Export = Callable[..., Any]
PIXEL = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
CODE = "```python\n1 + 1\n```\n"


def body(text: str) -> str:
    """A note with a line of code, so that its text ends in a cell."""
    return f"---\ntags: [x]\n---\n# Name\n\n{text}\n\n{CODE}"


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("See [[B]] and [[B#Part|there]].", "See B and there."),
        ("See [the note](B.md).", "See the note."),
        ("A [site](https://example.org) stays.", "A [site](https://example.org) stays."),
        ("Up to [[#Part x]].", "Up to Part x."),
        ("Some ==marked== text, `a == b` and $x==y==z$.", "Some **marked** text, `a == b` and $x==y==z$."),
        ("One %%hidden [[B]]%% word.", "One  word."),
        ("%%\nall\n\nof it\n%%\n\nText.", "Text."),
        ("One <!-- hidden --> word.", "One  word."),
        ("<!-- all\nof it -->\n\nText.", "Text."),
        ("`<!-- shown -->`", "`<!-- shown -->`"),
        ("A foot[^1].\n\n[^2]: Unused %%hidden%%.\n\n[^1]: Foot.", "A foot[^1].\n\n[^2]: Unused .\n\n[^1]: Foot."),
        ("A block. ^name", "A block."),
        ("Not ^raised here", "Not ^raised here"),
        ("> [!warning]- Take care\n> Text.", "> **Take care**\\\n> Text."),
        ("> [!tip]\n> Text.", "> **Tip**\\\n> Text."),
        ("$$\na^2 \\text{[[B]]}\n$$", "$$\na^2 \\text{[[B]]}\n$$"),
        ("| a | b |\n|---|---|\n| [[B\\|c]] | d |", "| a | b |\n|---|---|\n| c | d |"),
        ("- [ ] task\n- [x] done", "- [ ] task\n- [x] done"),
        ("Never `{python} 1 + 1` ran.", "Never `1 + 1` ran."),
        ("```js\n[[B]] %%x%%\n```", "```js\n[[B]] %%x%%\n```"),
        ("![[Missing.png]]", "*“Missing.png” cannot be found*"),
    ],
)
def test_what_only_obsidian_understands_becomes_what_everybody_does(export: Export, written: str, read: str) -> None:
    found = export({"A.md": body(written), "B.md": "# B\n\n## Part\n"})
    assert found.sources("markdown") == ["# Name", read]


def test_links_lead_to_the_site_where_its_address_is_known(export: Export) -> None:
    text = "[[B#Part|there]], [[#Own part]], [[Draft]].\n\n## Own part"
    files = {"A.md": body(text), "B.md": "# B\n\n## Part\n", "Draft.md": "---\ndraft: true\n---\n"}
    found = export(files, base_url="https://example.org/kb")
    opening, rest = found.sources("markdown")
    assert opening == "# Name\n\n<https://example.org/kb/a.html>"
    assert rest.startswith("[there](https://example.org/kb/b.html#part), [Own part](#Own-part), Draft.")


def test_a_picture_travels_with_the_notebook(export: Export) -> None:
    found = export({"A.md": body("![[p.gif|A dot]]"), "p.gif": PIXEL})
    assert found.sources("markdown")[1] == "![A dot](attachment:p.gif)"
    assert found.cells[1]["attachments"] == {"p.gif": {"image/gif": base64.b64encode(PIXEL).decode()}}
    assert "attachments" not in found.cells[0]


def test_an_embedded_part_is_quoted(export: Export) -> None:
    other = "# B\n\nNot this.\n\n## Part\n\nThis ==one==. %%hidden%%\n\n## Next\n\nNor this.\n"
    found = export({"A.md": body("![[B#Part]]\n\nInline ![[B]] stays."), "B.md": other})
    quoted = "> **B > Part**\n>\n> ## Part\n>\n> This **one**.\n>"
    assert found.sources("markdown")[1] == f"{quoted}\n\nInline B stays."


def test_notes_that_embed_each_other_end(export: Export) -> None:
    found = export({"A.md": body("![[B]]"), "B.md": "![[A]]\n"})
    assert found.sources("markdown")[1] == "> **B**\n>\n> A\n>"


# ---------------------------------------------------------------- code


def test_code_that_does_not_run_is_no_cell(export: Export) -> None:
    quiet = "```python\n#| eval: false\nboom()\n```\n"
    found = export({"A.md": f"{quiet}\n{CODE}"})
    assert found.sources("code") == ["1 + 1"]
    assert "boom()" in found.sources("markdown")[1]
    assert export({"N.md": f"---\nrun: false\n---\n{CODE}"}).sources("code") == []


def test_a_block_in_a_callout_loses_its_marks(export: Export) -> None:
    found = export({"A.md": "> [!example]\n> ```python\n> if 1:\n>     x = 2\n> ```\n> After.\n"})
    assert found.sources("code") == ["if 1:\n    x = 2"]
    assert found.sources("markdown")[1:] == ["> **Example**\\", "> After."]


def test_what_the_note_requires_comes_first_each_after_what_it_requires_itself(export: Export) -> None:
    files = {
        "A.md": '---\nrequires: ["[[B]]", "[[C]]"]\n---\nLast.\n\n```python\nprint(c)\n```\n',
        "B.md": '---\nrequires: "[[C]]"\n---\nText of B.\n\n```python\nb = c + 1\n```\n',
        "C.md": "```python\nc = 1\n```\n",
    }
    found = export(files)
    assert found.sources() == [
        "# A",
        "First, the code of C, on which this note builds:",
        "c = 1",
        "First, the code of B, on which this note builds:",
        "b = c + 1",
        "Last.",
        "print(c)",
    ]


def test_the_same_note_gives_the_same_bytes_and_every_cell_an_id_of_its_own(export: Export) -> None:
    text = CODE * 3
    first, second = export({"A.md": text}), export({"A.md": text})
    assert first.data == second.data
    assert len({cell["id"] for cell in first.cells}) == len(first.cells) == 4


def test_what_blocks_gave_are_outputs(export: Export) -> None:
    text = """
```python
import sys
print("one")
print("two")
print("noise", file=sys.stderr)
6 * 7
```
```output
one
```

Six is `{python} 2 * 3`.

```python
#| error: true
#| label: fails
1 / 0
```
"""
    found = export({"A.md": text}, run=True)
    first, second = found.outputs()
    assert [(o["output_type"], o.get("name")) for o in first] == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("execute_result", None),
    ]
    assert first[0]["text"] == ["one\n", "two\n"]
    assert first[2]["data"] == {"text/plain": ["42"]}
    assert (second[0]["ename"], second[0]["evalue"]) == ("ZeroDivisionError", "division by zero")
    cell = found.cells[-1]
    assert cell["metadata"] == {"kbtool": {"status": "ran"}, "name": "fails", "tags": ["raises-exception"]}
    assert found.sources("markdown")[1:] == ["Six is 6."]


def test_a_documented_output_stays_where_nothing_ran(export: Export) -> None:
    found = export({"A.md": f"{CODE}```output\n2\n```\n"})
    assert found.sources("markdown")[1] == "```output\n2\n```"
    assert found.cells[1]["execution_count"] is None


def test_the_code_runs_in_any_python(export: Export) -> None:
    text = """---
requires: "[[B]]"
---
```python
import kbtool
where = kbtool.device()
```

```python
print(where, base + 1)
```
"""
    found = export({"A.md": text, "B.md": "```python\nbase = 1\n```\n"})
    program = "\n".join(found.sources("code"))
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "cpu 2\n"
