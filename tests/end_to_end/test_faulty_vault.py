"""A vault in which everything goes wrong at once: each fault is told with its place, and the site is whole."""

from __future__ import annotations

import json
import re

import pytest

# One build serves every test of this file: keep them in one worker.
pytestmark = pytest.mark.xdist_group("faulty-vault")

NOTES = {
    "kbtool.toml": "[run]\nenabled = true\ntimeout = 2\n",
    "vault/Correct.md": "# Correct\n\n```python\nprint(2 + 2)\n```\n```output\n4\n```\n",
    "vault/Wrong.md": "# Wrong\n\n```python\nprint(2 + 2)\n```\n```output\n5\n```\n",
    "vault/Broken.md": "# Broken\n\nFirst line.\nSee [[Corect]] for more.\n",
    "vault/Raises.md": "# Raises\n\n```python\nx = 1\nx / 0\n```\n\n```python\nprint(x + 1)\n```\n",
    "vault/Leaves.md": "# Leaves\n\n```python\nimport os\nos._exit(3)\n```\n\n```python\nprint(1)\n```\n",
    "vault/Endless.md": "# Endless\n\n```python\nwhile True:\n    pass\n```\n",
    "vault/Deaf.md": """\
# Deaf

```python
import signal, threading, time
for s in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
    signal.signal(s, signal.SIG_IGN)
threading.Thread(target=time.sleep, args=(3600,)).start()
time.sleep(3600)
```
""",
}

DAEMON = """\
```python
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3600)
    os._exit(0)
```
"""


@pytest.fixture(scope="module")
def built(kbtool, read_site, tmp_path_factory, write):
    project = write(tmp_path_factory.mktemp("faulty"), NOTES)
    ran = kbtool("build", "--report", "report.json", cwd=project)
    return ran, read_site(project / "site"), json.loads((project / "report.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("note", "line", "code"),
    [
        ("Wrong.md", 6, "output-mismatch"),
        ("Broken.md", 4, "broken-link"),
        ("Raises.md", 5, "block-error"),
        ("Leaves.md", 3, "block-killed"),
        ("Endless.md", 3, "block-timeout"),
        ("Deaf.md", 3, "block-timeout"),
    ],
)
def test_each_fault_has_its_own_diagnostic_at_its_place(built, note, line, code):
    ran, _, report = built
    errors = [(d["path"], d["code"]) for d in report["diagnostics"] if d["severity"] == "error"]
    assert errors.count((note, code)) == 1
    assert [c for path, c in errors if path == note] == [code]
    (told,) = (d for d in report["diagnostics"] if (d["path"], d["code"]) == (note, code))
    # A fault of a whole block may be told at its fence or at its first line.
    assert told["line"] in (line, line + 1)
    assert re.search(rf"^vault/{note}:{told['line']}:\d+: error {code}: ", ran.stderr, re.MULTILINE)


def test_the_link_that_was_meant_is_proposed(built):
    ran, _, _ = built
    (line,) = (line for line in ran.said if "broken-link" in line)
    assert "Correct" in line


def test_the_build_ends_with_status_1(built):
    assert built[0].status == 1


def test_nothing_crashed(built):
    assert "Traceback (most recent call last)" not in built[0].stderr


def test_every_note_has_its_page_all_the_same(built):
    _, site, _ = built
    pages = {
        "correct.html",
        "wrong.html",
        "broken.html",
        "raises.html",
        "leaves.html",
        "endless.html",
        "deaf.html",
        "index.html",
    }
    assert pages <= set(site.pages)


def test_a_page_shows_what_went_wrong_on_it(built):
    _, site, _ = built
    assert "ZeroDivisionError" in site.pages["raises.html"].text
    assert "ZeroDivisionError" not in site.pages["correct.html"].text


def test_blocks_after_an_exception_run_and_after_a_dead_process_do_not(built):
    _, _, report = built
    ended = {note: [b["status"] for b in report["blocks"] if b["note"] == note] for note in ("Raises.md", "Leaves.md")}
    assert ended == {"Raises.md": ["error", "ran"], "Leaves.md": ["killed", "skipped"]}


def test_one_bad_note_does_not_touch_the_others(built):
    _, _, report = built
    assert [(b["status"], b["stdout"]) for b in report["blocks"] if b["note"] == "Correct.md"] == [("verified", "4\n")]


def test_no_process_is_left(kbtool, orphans, tmp_path, write):
    kept = ("kbtool.toml", "vault/Deaf.md", "vault/Endless.md", "vault/Leaves.md")
    project = write(tmp_path, {**{name: NOTES[name] for name in kept}, "vault/Daemon.md": DAEMON})
    assert kbtool("build", cwd=project).status == 1
    assert orphans() == set()
