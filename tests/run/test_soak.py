"""One build of a vault in which every tenth note misbehaves, each in another way: the other nine never notice."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import pytest
from faults import DIES, ENDLESS, FLOODS, FORKS, KILLS_UPWARDS, LEFT, MEMORY, RAISES
from run_support import python

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="what is left is counted through /proc"),
]

CONFIG = '[run]\nenabled = true\nmemory = "400MB"\ntimeout = 30\njobs = 2\n'

GOOD = """
```python
x = {n}
print(x * x)
```
```output
{square}
```
"""

BUILDS_ON = """\
---
requires: "[[N{before}]]"
---
```python
print(x + {n})
```
```output
{sum}
```
"""


def faults() -> Iterator[tuple[str, set[str]]]:
    """The block of each bad note, and how it may end."""
    yield from ((source, {"error"}) for name, (source, _) in RAISES.items() if name != "missing package")
    yield from ((source, {"error", "killed"}) for source in MEMORY.values())
    yield from ((source, {"killed"}) for source, _ in DIES.values())
    yield from ((f"#| timeout: 1\n{source}", {"timeout"}) for source in ENDLESS.values())
    yield from ((source, {"killed"}) for source in (*FLOODS.values(), *KILLS_UPWARDS.values()))
    yield from ((f"{source}\n'fin'", {"ran"}) for source in LEFT.values())
    ends = {"and goes on": {"ran"}, "and waits": {"timeout"}, "and dies": {"killed"}}
    yield from ((f"#| timeout: 2\n{source}", ends[name]) for name, source in FORKS.items())


BAD = list(faults())
NOTES = 10 * len(BAD)


def note(n: int) -> str:
    if n % 10 == 5:
        return python("y = 1", BAD[n // 10][0], "print(y)")
    if n % 10 in (7, 8):
        return BUILDS_ON.format(n=n, before=n - n % 10 + 6, sum=n + n - n % 10 + 6)
    return GOOD.format(n=n, square=n * n)


@pytest.fixture
def scratch_of_build(tmp_path):
    folder = tmp_path / "t"
    folder.mkdir()
    return folder


def test_a_build_full_of_misbehaving_notes(kbtool, orphans, tmp_path, scratch_of_build, read_site, write):
    project = write(tmp_path / "p", {"kbtool.toml": CONFIG, **{f"vault/N{n}.md": note(n) for n in range(NOTES)}})
    start = time.monotonic()
    ran = kbtool("build", "--report", "report.json", cwd=project, env={"TMPDIR": str(scratch_of_build)})
    assert time.monotonic() - start < 120
    assert ran.status == 1
    assert orphans() == set()
    assert list(scratch_of_build.iterdir()) == []

    report = json.loads((project / "report.json").read_text("utf-8"))
    ends: dict[str, list[str]] = {}
    for block in report["blocks"]:
        ends.setdefault(block["note"], []).append(block["status"])
    assert set(ends) == {f"N{n}.md" for n in range(NOTES)}
    good = [n for n in range(NOTES) if n % 10 != 5]
    assert {n: ends[f"N{n}.md"] for n in good} == {n: ["verified"] for n in good}
    bad = {f"N{10 * i + 5}.md": (allowed, source) for i, (source, allowed) in enumerate(BAD)}
    for path, (allowed, source) in bad.items():
        first, second, last = ends[path]
        assert (first, second in allowed, source) == ("ran", True, source), second
        assert (last == "skipped") == (second in ("killed", "timeout")), source
    told = {found["path"] for found in report["diagnostics"] if found["severity"] == "error"}
    assert told == {path for path, (allowed, _) in bad.items() if allowed != {"ran"}}
    assert {f"n{n}.html" for n in range(NOTES)} <= set(read_site(project / "site").files)
