"""Two builds of one site at once: the second says that it waits, and both end as if one had come after the other."""

from __future__ import annotations

import time

import pytest

SLOW = "```python\nimport time\ntime.sleep(3)\nprint('done')\n```\n"


@pytest.mark.parametrize("option", ["--force", "--swap"])
def test_the_second_build_waits_and_says_so(kbtool, read_site, tmp_path, write, option):
    project = write(tmp_path, {"kbtool.toml": "[run]\nenabled = true\n", "vault/A.md": SLOW, "vault/B.md": "[[A]]\n"})
    first = kbtool.start("build", option, cwd=project)
    while not (project / "site").exists():
        time.sleep(0.02)
    time.sleep(0.3)
    second = kbtool("build", option, cwd=project)
    _, said_first = first.communicate(timeout=60)
    assert (first.returncode, second.status) == (0, 0)
    assert "another build is writing this site" in second.stderr
    assert "another build" not in said_first
    assert {"index.html", "a.html", "b.html"} <= set(read_site(project / "site").pages)


def test_a_build_that_was_killed_holds_nobody_up(kbtool, tmp_path, write):
    project = write(tmp_path, {"kbtool.toml": "[run]\nenabled = true\n", "vault/A.md": SLOW.replace("3", "30")})
    first = kbtool.start("build", cwd=project)
    while not (project / "site").exists():
        time.sleep(0.02)
    first.kill()
    first.communicate(timeout=60)
    second = kbtool("build", "--no-run", cwd=project)
    assert second.status == 0
    assert "another build" not in second.stderr
