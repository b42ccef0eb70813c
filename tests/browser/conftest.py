"""One site, built once for all tests of this folder, and a real browser to look at it.

The vault is `vault/`; what its blocks "gave" is written below, one of each kind, so that no test depends on torch.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kbtool import pages
from kbtool import site as site_module
from kbtool.build import site_of
from kbtool.config import Config, PagesConfig, RunConfig
from kbtool.note import Note
from kbtool.reading import read
from kbtool.run.results import BlockResult, Comparison, Failure, How, NoteResult, Output, Status

sync_api = pytest.importorskip("playwright.sync_api")

HERE = Path(__file__).parent
_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

_ROWS = [[1.0, 0.0, 0.0], [0.4036, 0.5964, 0.0], [0.6414, 0.2445, 0.1141]]
_FLOATS = {"dtype": "torch.float32", "device": "cpu"}
_A = json.dumps({"name": "A", "shape": [3, 3], "values": _ROWS, **_FLOATS})
_SIGNED = json.dumps({"name": "", "shape": [3], "values": [0.6062, -0.0302, 0.3677], **_FLOATS})
_TABLE = """<table border=1 class=dataframe><thead><tr><th></th><th>token</th><th>veces</th></tr></thead>
<tbody><tr><th>0</th><td>ñ</td><td>2</td></tr></tbody></table>"""
_TRACEBACK = """Traceback (most recent call last):
  Vectores Query, Key y Value.md, line 118, block 5
    V @ A        # ¿y si se multiplica al revés?
    ~~^~~
RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x6 and 4x4)"""
_WALK = "".join(f"token {i} ve {j}   q·k = {i - j:+.3f}   A = {1 / (i + 1):.3f}\n" for i in range(6) for j in range(6))

_COLOURS = "\x1b[31mrojo\x1b[0m, \x1b[38;5;46mverde\x1b[0m, \x1b[38;5;18mazul\x1b[0m, \x1b[30;41mfondo\x1b[0m y 100 %\n"

Facts = Mapping[str, object]


def _ok(*outputs: Output, **facts: object) -> Facts:
    return {"status": Status.VERIFIED, "outputs": outputs, **facts}


def _facts() -> Mapping[str, tuple[Facts, ...]]:
    """Note name -> what its blocks gave."""
    documented = "filas: [1.0, 1.0, 1.0, 1.0]\nnorma: tensor([1.5288, 1.2846, 1.2193, 1.0792])"
    actual = documented.replace("1.2846", "1.2486")
    figure = Output("figure", "<Figure size 600x290>", {"image/svg+xml": (HERE / "entropia.svg").read_text("utf-8")})
    tensor = Output("value", "tensor(...)", {"application/vnd.kbtool.tensor+json": _A})
    signed = Output("value", "tensor([ 0.6062, -0.0302,  0.3677])", {"application/vnd.kbtool.tensor+json": _SIGNED})
    table = Output("display", "   token  veces", {"text/html": _TABLE})
    noise = (Output("warning", "UserWarning: poco preciso\n"), Output("stderr", _COLOURS))
    differs = {"status": Status.MISMATCH, "comparison": Comparison("mismatch", documented, actual)}
    return {
        "Vectores Query, Key y Value": (
            _ok(Output("stdout", "torch.Size([4, 6]) torch.Size([4, 6]) torch.Size([4, 6])\n")),
            _ok(tensor),
            {"status": Status.RAN, "outputs": (figure,), "seconds": 0.14},
            {**differs, "outputs": (Output("stdout", actual),)},
            {"status": Status.ERROR, "error": Failure("RuntimeError", "mat1 and mat2", 118, _TRACEBACK)},
            {"status": Status.RAN, "outputs": (Output("stdout", _WALK),), "seconds": 0.02},
        ),
        "Softmax": (_ok(signed, *noise),),
        "Máscara causal": ({"status": Status.ROUNDING, "outputs": (Output("value", "tensor([[1., 0., 0.]])"),)},),
        "Flash Attention": ({"status": Status.SKIPPED, "skipped_because": "", "device": "cuda", "seconds": 0.0},),
        "RoPE": (_ok(Output("value", "2")),),
        "Tokenización BPE": (_ok(table),),
    }


def results(notes: Mapping[str, Note]) -> dict[str, NoteResult]:
    facts = _facts()
    return {
        path: NoteResult(path, tuple(_block(note, i, row) for i, row in enumerate(facts[note.name])))
        for path, note in notes.items()
        if note.name in facts
    }


def _block(note: Note, index: int, facts: Facts) -> BlockResult:
    block = note.code[index]
    stated: dict[str, object] = {"seconds": 0.012, "device": "cpu", **facts}
    return BlockResult(note=note.path, index=index, label=block.label, line=block.line, how=How.RAN, **stated)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    out = tmp_path_factory.mktemp("browser") / "site"
    make_site(out)
    return out


def make_site(out: Path) -> None:
    """Builds the site of `vault/` with what its blocks are said to have given."""
    config = Config(
        vault=HERE / "vault",
        site=out,
        title="Cuaderno LLM",
        language="es",
        run=RunConfig(enabled=True, jobs=1),
        pages=PagesConfig(open_in_obsidian=True),
    )
    reading = read(config)
    site = site_of(reading, results(reading.notes))
    site_module.write([pages.render(page, site) for page in reading.plan.pages], dict, out)


@pytest.fixture(scope="session")
def browser() -> Iterator[sync_api.Browser]:
    """Chromium.  Where there is none the tests are skipped; with CI=true that is a failure."""
    if _chromium() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium was found; name one in KBTOOL_CHROMIUM")
        pytest.skip("no Chromium was found")
    with sync_api.sync_playwright() as playwright:
        running = launched(playwright)
        yield running
        running.close()


def launched(playwright: sync_api.Playwright) -> sync_api.Browser:
    """Chromium, started."""
    return playwright.chromium.launch(executable_path=_chromium(), args=_FLAGS, chromium_sandbox=False)


def _chromium() -> str | None:
    """The program: the one that the environment names, else the first that is installed."""
    return os.environ.get("KBTOOL_CHROMIUM") or next(filter(None, map(shutil.which, _CANDIDATES)), None)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def served(site_folder: Path) -> Iterator[str]:
    """The address of the site on a web server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site_folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(browser: sync_api.Browser, site_folder: Path, served: str) -> Iterator[Callable[..., sync_api.Page]]:
    """Opens a page of the site, from its file or a server; `page.faults` tells what a console or another host would."""
    contexts = []
    own = ("file:", "data:", served)

    def opened(
        url: str | Path, *, width: int = 1280, dark: bool = False, script: bool = True, by_file: bool = True
    ) -> sync_api.Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda told: faults.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(own) else faults.append(asked.url))
        page.on("requestfailed", lambda request: faults.append(f"failed: {request.url}"))
        page.faults = faults  # type: ignore[attr-defined]
        page.goto((site_folder / url).as_uri() if by_file else f"{served}{url}")
        return page

    yield opened
    for context in contexts:
        context.close()
