"""A disk without room: the block, the build or the command says so, and what stood there stands."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from run_support import python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs tmpfs")

CONFIG = "[run]\nenabled = true\njobs = 2\n"


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, of two megabytes; given another size it is made larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk, and not everywhere")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Uses up every byte."""
    with (disk / "relleno").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    assert os.statvfs(disk).f_bfree == 0


def test_a_block_that_fills_the_disk_fails_at_its_line_and_nobody_else(kbtool, small_disk, tmp_path, write):
    full = python("file = open('f', 'wb')\nfile.write(b'x' * (4 << 20))", "6 * 7")
    good = "```python\nopen('g', 'w').write('x' * 1000)\n```\n```output\n1000\n```\n"
    notes = {f"vault/Buena {n}.md": good for n in range(4)}
    project = write(tmp_path / "p", {"kbtool.toml": CONFIG, "vault/Llena.md": full, **notes})
    ran = kbtool("check", cwd=project, env={"TMPDIR": str(small_disk)})
    assert ran.status == 1
    assert "Llena.md:3:1: error block-error: OSError: [Errno 28] No space left on device" in ran.stdout
    assert "6 blocks: 4 verified, 1 ran, 1 error" in ran.stderr
    assert list(small_disk.iterdir()) == []


def site_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if ".kbtool" not in str(path)}


@pytest.mark.parametrize("option", ["--no-run", "--swap"])
def test_a_site_without_room_stays_as_it_was_and_the_next_build_finishes_it(
    kbtool, small_disk, tmp_path, write, option
):
    write(tmp_path / "p", {"kbtool.toml": f'site = "{small_disk}/site"\n', "vault/A.md": "[[B]]", "vault/B.md": "uno"})
    vault = tmp_path / "p/vault"
    assert kbtool("build", option, cwd=tmp_path / "p").status == 0
    before = site_of(small_disk / "site")
    for n in range(40):
        (vault / f"N{n}.md").write_text(f"[[A]]\n\n```\n{n}{'x' * 100_000}\n```\n")
    failed = kbtool("build", option, cwd=tmp_path / "p")
    assert failed.status == 2
    (said,) = failed.stderr.splitlines()
    assert said.startswith("kbtool: the site cannot be written: ")
    assert said.endswith("No space left on device")
    after = site_of(small_disk / "site")
    assert {name for name in before if not after.get(name)} == set(), "a page is gone or empty"
    assert all(data.rstrip().endswith(b"</html>") for name, data in after.items() if name.endswith(".html"))

    enlarge(small_disk)
    assert kbtool("build", option, cwd=tmp_path / "p").status == 0
    assert kbtool("build", option, "-o", tmp_path / "clean", cwd=tmp_path / "p").status == 0
    assert site_of(small_disk / "site") == site_of(tmp_path / "clean")
    assert os.listdir(small_disk) == ["site"]


FIGURE = "from matplotlib import pyplot\npyplot.plot(range(9));"


@pytest.mark.parametrize("source", ["print('x' * 9000)", FIGURE], ids=["text", "figure"])
def test_writing_an_output_without_room_leaves_the_note_as_it_was(kbtool, small_disk, tmp_path, write, source):
    note = f"# Ñ\r\n\n```python\n{source}\n```\nfin"
    (tmp_path / "kbtool.toml").write_text('vault = "disk"\n[run]\nenabled = true\n')
    write(small_disk, {"N.md": note})
    fill(small_disk)
    ran = kbtool("run-note", "N", "--write", cwd=tmp_path)
    assert ran.status == 2
    assert ran.stderr.splitlines()[-1].endswith("cannot be written: No space left on device")
    assert (small_disk / "N.md").read_bytes() == note.encode()
    assert set(os.listdir(small_disk)) == {"N.md", "relleno"}
    (small_disk / "relleno").unlink()
    assert kbtool("run-note", "N", "--write", cwd=tmp_path).status == 0
    assert (small_disk / "N.md").read_bytes() != note.encode()
