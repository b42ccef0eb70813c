"""What `--write` and `--fix` do to a vault, and all that they leave alone."""

from __future__ import annotations

import pytest

CONFIG = 'vault = "vault"\n[run]\nenabled = true\n'


@pytest.fixture
def project(tmp_path, write):
    def make(notes):
        write(tmp_path, {"kbtool.toml": CONFIG, **{f"vault/{name}": text for name, text in notes.items()}})
        return tmp_path

    return make


NOTE = """\
Antes.\r
\r
```python\r
print("uno")\r
```\r
\r
```python\r
print("dos")\r
```\r
\r
```output\r
tres\r
```\r
\r
```python\r
raise ValueError\r
```\r
Después, sin salto final."""


def test_write_puts_missing_and_wrong_outputs_in_and_keeps_every_other_byte(kbtool, project):
    folder = project({"N.md": NOTE})
    note = folder / "vault" / "N.md"
    note.write_bytes(NOTE.encode())
    ran = kbtool("run-note", "N", "--write", cwd=folder)
    expected = NOTE.replace('("uno")\r\n```\r\n', '("uno")\r\n```\r\n```output\r\nuno\r\n```\r\n').replace(
        "tres", "dos"
    )
    assert note.read_bytes().decode() == expected
    assert {"-tres", "+dos", "+uno"} <= {line.rstrip("\r") for line in ran.said}


def test_writing_again_changes_nothing(kbtool, project):
    folder = project({"N.md": "```python\n1 + 1\n```\n"})
    kbtool("run-note", "N", "--write", cwd=folder)
    written = (folder / "vault" / "N.md").read_bytes()
    again = kbtool("run-note", "N", "--write", cwd=folder)
    assert again.status == 0
    assert "0 notes changed" in again.stderr
    assert (folder / "vault" / "N.md").read_bytes() == written


def test_a_figure_becomes_a_file_where_obsidian_keeps_attachments(kbtool, project):
    code = "#| label: recta\nimport matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"
    folder = project(
        {"N.md": f"```python\n{code}\n```\n", ".obsidian/app.json": '{"attachmentFolderPath": "adjuntos"}'}
    )
    kbtool("run-note", "N", "--write", cwd=folder)
    assert "![[N.recta.1.svg]]" in (folder / "vault" / "N.md").read_text()
    drawing = (folder / "vault" / "adjuntos" / "N.recta.1.svg").read_text()
    assert "<svg" in drawing
    assert "#010101" not in drawing
    assert kbtool("check", "--no-run", cwd=folder).status == 0


def test_write_is_refused_in_continuous_integration(kbtool, project):
    folder = project({"N.md": "```python\n1\n```\n"})
    ran = kbtool("run-note", "N", "--write", cwd=folder, env={"CI": "true"})
    assert ran.status == 2
    assert (folder / "vault" / "N.md").read_text() == "```python\n1\n```\n"


def test_fix_mends_links_that_certainly_mean_a_note(kbtool, project):
    folder = project(
        {
            "Inteligencia artificial.md": "---\naliases: [IA]\n---\n",
            "Tokenizacion.md": "",
            "A.md": "[[IA]], [[Tokenización]], `[[IA]]` y [[Nada que ver]].\n",
        }
    )
    fixed = kbtool("check", "--no-run", "--fix", cwd=folder)
    assert (folder / "vault" / "A.md").read_text() == (
        "[[Inteligencia artificial|IA]], [[Tokenizacion|Tokenización]], `[[IA]]` y [[Nada que ver]].\n"
    )
    assert fixed.status == 1
    assert [line for line in fixed.stdout.splitlines() if "broken-link" in line] == [
        "vault/A.md:1:75: error broken-link: no note is called 'Nada que ver'"
    ]


def test_fix_repairs_garbled_text(kbtool, project):
    folder = project({"A.md": "La atención y la codificación.\n".encode().decode("mac_roman")})
    kbtool("check", "--no-run", "--fix", cwd=folder)
    assert (folder / "vault" / "A.md").read_text("utf-8") == "La atención y la codificación.\n"


def test_fix_leaves_a_sound_vault_alone(kbtool, project):
    folder = project({"A.md": "[[B|√π]] y «comillas».\n", "B.md": "[[A]]\n"})
    before = {path: path.stat().st_mtime_ns for path in (folder / "vault").iterdir()}
    assert kbtool("check", "--no-run", "--fix", cwd=folder).status == 0
    assert {path: path.stat().st_mtime_ns for path in (folder / "vault").iterdir()} == before


def test_writing_an_output_points_at_the_sentence_that_it_left_behind(kbtool, project):
    folder = project({"N.md": "Sale 0,25.\n\n```python\n1 / 8\n```\n```output\n0.25\n```\n"})
    ran = kbtool("run-note", "N", "--write", cwd=folder)
    assert ran.status == 0
    assert "vault/N.md:1: the prose may be stale: 0,25 was in an old output and is in no new one" in ran.said


def test_an_expected_exception_is_written_as_output(kbtool, project):
    folder = project({"N.md": "```python\n#| error: true\nprint('antes')\n[][1]\n```\n"})
    kbtool("run-note", "N", "--write", cwd=folder)
    written = (folder / "vault" / "N.md").read_text()
    assert written.endswith("```\n```output\nantes\nIndexError: list index out of range\n```\n")
    assert "0 notes changed" in kbtool("run-note", "N", "--write", cwd=folder).stderr
