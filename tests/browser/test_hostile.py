"""Content is never code: a vault that tries everything, and a browser that tells what ran.

`hostile/` has one attempt a name.  An attempt that succeeds calls `pwn('name')`, or asks `https://evil.example/name`.
A page is looked at twice: as it is, and with its Content-Security-Policy taken off, for that is a second lock and the
first has to hold by itself.
"""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Route

from kbtool import pages
from kbtool import site as site_module
from kbtool.build import site_of
from kbtool.config import Config, PagesConfig, RunConfig
from kbtool.note import InlineCode
from kbtool.reading import read
from kbtool.render.figure import svg
from kbtool.render.holes import HOLE
from kbtool.render.html import ELEMENTS, RawHtml, attributes_of
from kbtool.render.output import Place, outputs_html
from kbtool.run.results import BlockResult, Comparison, Failure, How, InlineValue, NoteResult, Output, Status
from kbtool.words import words

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
ATTEMPT = re.compile(r"pwn\(\\?['\"]+([\w-]+)\\?['\"]+\)|evil\.example/([\w-]+)")
# Names that not every disk can hold, so they are written here and not kept beside.
ODD_NAMES = (
    "<img src=x onerror=pwn('note-name')>.md",
    "\"><script>pwn('folder-name')<script>/\" onclick=\"pwn('inner-name').md",
    "\" onerror=\"pwn('picture-name').png",
    "<script>pwn('drawing-name')<.svg",
)


def attempts(text: str) -> set[str]:
    return {called or asked for called, asked in ATTEMPT.findall(text)}


# ---------------------------------------------------------------- the site


@pytest.fixture(scope="session")
def hostile_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vault = tmp_path_factory.mktemp("hostile") / "vault"
    shutil.copytree(HERE / "hostile", vault)
    drawing = (vault / "dibujo.svg").read_bytes()
    for name in ODD_NAMES:
        (vault / name).parent.mkdir(exist_ok=True)
        (vault / name).write_bytes(drawing if name.endswith("svg") else b"Lleva a [[Marcado]] y [[Palabras]].\n")
    links = "".join(f"[[{name}]] ![[{name}]]\n" for name in ODD_NAMES)
    (vault / "Nombres.md").write_text(links, "utf-8")
    return vault


@pytest.fixture(scope="session")
def hostile_site(hostile_vault: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vault as a site, with every kind of page; what its blocks gave is written below."""
    out = tmp_path_factory.mktemp("hostile-site") / "site"
    config = Config(
        vault=hostile_vault,
        site=out,
        title="</title><script>pwn('site-title')</script>\" onload=\"pwn('site-title-quote')",
        language="es",
        base_url="https://example.org/",
        run=RunConfig(enabled=True, jobs=1),
        pages=PagesConfig(open_in_obsidian=True, alias_redirects=True),
    )
    reading = read(config)
    site = site_of(reading, {"Bloques.md": _results(site_codes=reading.notes["Bloques.md"].inline_code)})
    files = {url: reading.vault.by_path[path].absolute for path, url in reading.plan.attachments.items()}
    site_module.write([pages.render(page, site) for page in reading.plan.pages], lambda: files, out)
    return out


def _attack(name: str) -> str:
    return f"</samp></pre><script>pwn('{name}')</script><img src=x onerror=pwn('{name}')>"


_SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="pwn('svg-onload')"
 viewBox="0 0 9 9&gt;&lt;img src=x onerror=pwn('svg-viewbox')&gt;"><script>pwn('svg-script')</script>
<title><img src=x onerror=pwn('svg-title')></title><image href="https://evil.example/svg-image"/>
<rect style="fill:\\75rl(https://evil.example/svg-style#a);position:fixed" onclick="pwn('svg-onclick')"/>
<a href="javascript:pwn('svg-a')"><text y="9">x</text></a><foreignObject><img src=x onerror=pwn('svg-foreign')>
</foreignObject></svg>"""
_HTML = """<table onclick=pwn('html-onclick')><tr>
<th title="x></th><img src=x onerror=pwn('html-th')>"></th></tr></table>
<script>pwn('html-script')</script><img src=x onerror=pwn('html-img')><a href="javascript:pwn('html-a')">x</a>
<style>@import "https://evil.example/html-import";</style><img src="https://evil.example/html-src">
<iframe srcdoc="<script>parent.pwn('html-iframe')</script>"></iframe><p style="background:url(https://evil.example/html-style)">"""
_MARKDOWN = """[x](javascript:pwn('markdown-a')) <img src=x onerror=pwn('markdown-img')> ![x](https://evil.example/markdown-src)
$\\text{ onmouseover=pwn('markdown-formula') }$ <https://a.org/%EE%80%80>
[x](http://a.org "\ue0000\ue001&#57344;0&#57345;0:0;") [x](http://a.org "&#573&#57344;44;0&#57345;")"""
_TENSOR = """{"name": "<img src=x onerror=pwn('tensor-name')>", "shape": ["<b onclick=pwn('tensor-shape')>"],
"dtype": "<script>pwn('tensor-dtype')</script>", "device": "\\" onclick=\\"pwn('tensor-device')",
"values": ["<script>pwn('tensor-value')</script>"]}"""

_RICH = {
    "text/html": _HTML,
    "image/svg+xml": _SVG,
    "text/markdown": _MARKDOWN,
    "text/latex": "$\\text{</math><script>pwn('latex')</script>}$",
    "application/vnd.kbtool.tensor+json": _TENSOR,
    "image/png": "\" onerror=\"pwn('png')",
    "image/jpeg": "AA==\"><script>pwn('jpeg')</script>",
    "application/javascript": "pwn('mime-javascript')",
    "text/plain": _attack("plain"),
}


def _results(site_codes: tuple[InlineCode, ...]) -> NoteResult:
    printed = [Output(kind, _attack(kind)) for kind in ("stdout", "stderr", "warning", "value")]
    terminal = "\x1b]8;;javascript:pwn('terminal-link')\x07x\x1b]8;;\x07\x1b[38;2;1;2;3\"onclick=\"pwn('terminal')m<b>"
    coloured = f"\x1b[31m{_attack('coloured')}\x1b[0m"
    rich = [Output("display", _attack(f"text-{i}"), {kind: form}) for i, (kind, form) in enumerate(_RICH.items())]
    bundle = Output("value", "x", {**_RICH, "text/html": f"<b>{_attack('bundle')}</b>"})
    told = f"Traceback (most recent call last):\n  {_attack('traceback')}\n    ~~^~~\nValueError: {_attack('error')}"
    differs = Comparison("mismatch", f"a {_attack('documented')}", f"b {_attack('actual')}")
    rows: tuple[dict[str, object], ...] = (
        {"outputs": (*printed, Output("stdout", terminal + coloured), Output("figure", "x", {"image/svg+xml": _SVG}))},
        {"outputs": (*rich, bundle)},
        {"status": Status.ERROR, "error": Failure("ValueError", _attack("message"), 5, told)},
        {"status": Status.MISMATCH, "comparison": differs, "device": _attack("device")},
    )
    blocks = tuple(_block(i, row) for i, row in enumerate(rows))
    failure = Failure("NameError", "\" onmouseover=\"pwn('inline-error')", 1, "")
    values = (InlineValue("valor", 1, _attack("inline-value")), InlineValue("falla", 1, "", failure))
    return NoteResult("Bloques.md", blocks, values[: len(site_codes)])


def _block(index: int, facts: dict[str, object]) -> BlockResult:
    stated = {"status": Status.RAN, "seconds": 0.1, "device": "cpu", **facts}
    return BlockResult(note="Bloques.md", index=index, label="", line=1, how=How.RAN, **stated)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the watch

# Everything that a reader may do to an element, done to each; what leads on is held, unless it would run something.
_POKE = """() => {
  const dead = /^\\s*(javascript|vbscript|data|blob):/i;
  const leads = a => a.href?.animVal ?? a.href ?? "";
  addEventListener("click", event => {
    const link = event.target.closest?.("a");
    if (event.target.closest?.(".frame") || link && !dead.test(leads(link))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
  const events = ["mouseover", "pointerover", "mousemove", "focus", "focusin", "toggle", "click", "dblclick", "begin"];
  for (const element of document.querySelectorAll("*")) {
    if (element.matches("button:not(.go), .frame *")) continue;
    for (const name of events)
      if (name !== "click") element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
    element.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
  return new Promise(done => setTimeout(done, 60));
}"""


class Watch:
    """A browser that tells all attempts that succeeded on the pages it opens."""

    def __init__(self, context: BrowserContext) -> None:
        self.succeeded: set[str] = set()
        self.refused: list[str] = []
        context.expose_binding("pwn", lambda _source, name="?": self.succeeded.add(str(name)))
        context.route(re.compile(r"^(https?|wss?|ftp):"), self._asked)
        self.page = context.new_page()
        self.page.on("dialog", self._asks)
        self.page.on("console", self._told)

    def _asked(self, route: Route) -> None:
        asked = attempts(route.request.url)
        self.succeeded |= asked or {route.request.url}
        route.abort()

    def look(self, file: Path) -> set[str]:
        """What succeeds on the page, whatever its reader does."""
        self.succeeded.clear()
        address = file.as_uri()
        self.page.goto(address)
        if file.suffix == ".html" and 'http-equiv="refresh"' in file.read_text("utf-8", "replace"):
            self.page.wait_for_url(lambda url: url != address)
        for frame in self.page.frames:
            if frame.url.startswith(("file:", "about:srcdoc")):
                frame.evaluate(_POKE)
        return set(self.succeeded)

    def _asks(self, dialog: Dialog) -> None:
        self.succeeded.add(f"dialog {dialog.message}")
        dialog.dismiss()

    def _told(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.refused.append(message.text)


@pytest.fixture(params=[False, True], ids=["with its policy", "without"])
def watch(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Watch]:
    context = browser.new_context(bypass_csp=request.param)
    yield Watch(context)
    context.close()


@pytest.fixture
def lone_watch(browser: Browser) -> Iterator[Watch]:
    context = browser.new_context()
    yield Watch(context)
    context.close()


# ---------------------------------------------------------------- the tests


def test_nothing_of_a_hostile_vault_runs_on_any_page(watch: Watch, hostile_site: Path) -> None:
    made = [path for path in sorted(hostile_site.rglob("*.html")) if path.name != "pagina.html"]
    found = {path.relative_to(hostile_site).as_posix(): watch.look(path) for path in made}
    assert {url: names for url, names in found.items() if names} == {}
    assert watch.refused == [], "the policy had something to do, or forbids what the site needs"


def test_no_link_to_another_file_than_a_note_opens_a_preview(hostile_site: Path) -> None:
    texts = [path.read_text("utf-8") for path in hostile_site.rglob("*.html") if path.name != "pagina.html"]
    previewed = {name for text in texts for name in re.findall(r'<a class="w" href="([^"#]*)', text)}
    assert {unquote(name).rpartition(".")[2] for name in previewed if name} == {"html"}
    assert [name for name in previewed if name.endswith(("pagina.html", ".canvas.html", ".base.html"))] == []


@pytest.mark.parametrize("name", ["dibujo.svg", "cuaderno.xhtml", "datos.xml", "pagina.html"])
def test_a_file_of_the_vault_runs_nothing_when_it_is_opened(
    lone_watch: Watch, hostile_vault: Path, hostile_site: Path, name: str
) -> None:
    assert lone_watch.look(hostile_site / name) == set()
    assert len(lone_watch.look(hostile_vault / name)) > 1, "the watch would not have seen it"


def test_each_piece_of_markup_succeeds_where_nothing_is_cleaned(lone_watch: Watch, tmp_path: Path) -> None:
    """A watch that sees nothing proves nothing."""
    pieces = (HERE / "hostile/Marcado.md").read_text("utf-8").split("\n\n")
    for index, piece in enumerate(pieces):
        (tmp_path / f"{index}.html").write_text(f"<!doctype html><meta charset=utf-8>{piece}", "utf-8")
    frames = "".join(f'<iframe src="{index}.html"></iframe>' for index in range(len(pieces)))
    (tmp_path / "all.html").write_text(f"<!doctype html>{frames}", "utf-8")
    assert attempts("".join(pieces)) - lone_watch.look(tmp_path / "all.html") == set()


def test_the_words_of_the_vault_are_shown_and_not_lost(hostile_site: Path) -> None:
    """What did not run because it is on no page would prove nothing."""
    shown = set().union(*(attempts(unescape(unescape(p.read_text("utf-8")))) for p in hostile_site.rglob("*.html")))
    words_of_vault = {"title", "description", "property-name", "property-value", "property-link", "property-map"}
    words_of_text = {
        "heading",
        "wikilink",
        "link-text",
        "highlight",
        "callout-title",
        "task",
        "cell",
        "footnote",
        "code",
    }
    words_of_fences = {"output-fence", "indented", "dataview", "query", "templater", "mermaid-broken", "source"}
    words_of_blocks = {"stdout", "stderr", "warning", "value", "traceback", "error", "device", "tensor-name", "fig-cap"}
    words_of_names = {
        "note-name",
        "inner-name",
        "site-title",
        "math-text",
        "hole-heading",
        "inline-value",
        "plain",
        "coloured",
    }
    wanted = words_of_vault | words_of_text | words_of_fences | words_of_blocks | words_of_names
    assert wanted - shown == set()


def test_the_policy_alone_stops_what_the_cleaning_might_miss(lone_watch: Watch, hostile_site: Path) -> None:
    """Nothing is cleaned here, and the page's own script runs: no exception for inline scripts is needed."""
    pieces = (HERE / "hostile/Marcado.md").read_text("utf-8").split("\n\n")
    running = "".join(
        piece for piece in pieces if "pwn(" in piece and not re.match(r"<(!--|\?|iframe|svg><for)", piece)
    )
    page = (hostile_site / "marcado.html").read_text("utf-8")
    laced = hostile_site / "laced.html"
    laced.write_text(page.replace("<h1", f"<div>{''.join(running)}</div><h1", 1), "utf-8")
    try:
        assert {name for name in lone_watch.look(laced) if "/" not in name} == set()
        assert lone_watch.page.locator("#theme").is_visible(), "the site's own script did not run"
        assert len(lone_watch.refused) > 20
    finally:
        laced.unlink()


def test_a_served_page_may_load_what_is_its_own(browser: Browser, hostile_site: Path) -> None:
    """`'self'` means something else for a page from a server than for one opened as a file."""
    answers = partial(_Quiet, directory=str(hostile_site))
    with ThreadingHTTPServer(("127.0.0.1", 0), answers) as server, browser.new_context() as context:
        Thread(target=server.serve_forever, daemon=True).start()
        page, refused = context.new_page(), list[str]()
        page.on("console", lambda told: refused.append(told.text) if told.type == "error" else None)
        page.goto(f"http://127.0.0.1:{server.server_port}/direcciones.html")
        assert page.locator("#theme").is_visible()
        assert page.locator("img[src='foto.png']").first.evaluate("e => e.decode().then(() => e.naturalWidth)") == 1
        assert [text for text in refused if "Content Security Policy" in text] == []
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def test_what_lies_on_other_servers_is_asked_for_on_a_click_and_not_before(
    lone_watch: Watch, hostile_site: Path
) -> None:
    assert lone_watch.look(hostile_site / "marcos.html") == set()
    page = lone_watch.page
    page.goto((hostile_site / "marcos.html").as_uri())
    page.frame_locator("iframe").first.locator("a").click()
    page.locator(".frame > a", has=page.locator("xpath=..//template")).first.click()
    page.wait_for_timeout(100)
    assert lone_watch.succeeded == {"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "mapa"}
    assert lone_watch.refused == []


def test_machines_read_whole_files(hostile_site: Path) -> None:
    for name in ("feed.xml", "sitemap.xml", "datos.xml", "cuaderno.xhtml", "dibujo.svg"):
        ET.parse(hostile_site / name)
    links = [link.get("href") or "" for link in ET.parse(hostile_site / "feed.xml").iter() if link.get("href")]
    assert links
    assert all(link.startswith("https://example.org/") for link in links)


def test_a_redirect_leads_to_its_note_and_nowhere_else(hostile_site: Path) -> None:
    leads = [
        (path, unescape(match[1]))
        for path in hostile_site.rglob("*.html")
        for match in re.finditer(r'http-equiv="refresh" content="([^"]*)"', path.read_text("utf-8"))
    ]
    assert len(leads) == 3  # a permalink and two aliases
    for path, target in leads:
        assert (path.parent / target.removeprefix("0; url=")).resolve() == hostile_site / "palabras.html"


# ---------------------------------------------------------------- soups of tags, as Chromium reads them

_PIECES = [piece for piece in (HERE / "hostile/Marcado.md").read_text("utf-8").split("\n\n") if piece.startswith("<")]
# fmt: off
_TAGS = [
    "a", "b", "p", "div", "svg", "math", "style", "script", "table", "td", "template", "title", "iframe", "img", "g",
    "path", "image", "animate", "foreignObject", "use",
]
_ALIVE = {
    "script", "style", "object", "embed", "base", "link", "meta", "form", "foreignobject", "animate", "set", "frame",
    "applet",
}
# fmt: on
SOUP = st.lists(
    st.sampled_from(_PIECES)
    | st.sampled_from([f"<{tag}>" for tag in _TAGS] + [f"</{tag}>" for tag in _TAGS])
    | st.sampled_from(["<!--", "-->", "--!>", "<![CDATA[", "]]>", '"', "'", "`", ">", "<", "/", "=", "&lt;", "&#2;"])
    | st.sampled_from([" onload=x() ", " href=javascript:x() ", " style='fill:url(//x)' ", "\n\n", "<svg viewBox='0>"])
    | st.text(alphabet="<>\"'=/& x\x00\u00a0\ue000\ue001", max_size=6),
    max_size=8,
).map("".join)

Element = tuple[str, dict[str, str]]
Parse = Callable[[str], list[Element]]
PLACE = Place("n", 1, "p", "", "", words("es"))
_ELEMENTS_OF = """html => {
  const facts = e => Object.fromEntries([...e.attributes].map(a => [a.name.toLowerCase(), a.value]));
  const read = new DOMParser().parseFromString(html, "text/html");
  return [...read.body.querySelectorAll("*")].map(e => [e.localName.toLowerCase(), facts(e)]);
}"""
# What kbtool itself puts in the place of a thing from elsewhere.
_CARDS = {
    "iframe": {"src", "srcdoc", "title", "sandbox", "allowfullscreen", "width", "height"},
    "template": set(),
    "a": {"rel"},
    "img": {"referrerpolicy"},
    "video": {"aria-label", "controls"},
    "audio": {"aria-label", "controls"},
}


@pytest.fixture(scope="module")
def parsed(browser: Browser) -> Iterator[Parse]:
    """The elements of some HTML with their attributes, as a real browser sees them."""
    page = browser.new_page()
    yield lambda html: [(name, facts) for name, facts in page.evaluate(_ELEMENTS_OF, html)]
    page.close()


def _faults(elements: list[Element]) -> list[object]:
    """What could run, or ask another host by itself."""
    found: list[object] = [name for name, _ in elements if name in _ALIVE]
    for name, facts in elements:
        found += [(name, key) for key in facts if key.startswith("on")]
        found += [(name, facts[key]) for key in ("href", "xlink:href", "src") if not _is_quiet(name, key, facts)]
        found += [(name, key) for key in ("style", "fill", "filter", "mask") if "url(//" in facts.get(key, "")]
    return found


def _is_quiet(name: str, key: str, facts: dict[str, str]) -> bool:
    url = re.sub(r"[\x00-\x20]", "", facts.get(key, "")).lower()
    loads = key == "src" and "srcdoc" not in facts and url.startswith(("http", "//"))
    picture = name in ("img", "image") and url.startswith("data:image/")
    return picture or not (loads or url.startswith(("javascript:", "vbscript:", "data:")))


@settings(max_examples=150)
@given(SOUP, SOUP)
def test_no_soup_in_a_note_gives_more_than_what_is_allowed(parsed: Parse, one: str, two: str) -> None:
    raw = RawHtml()
    html = raw.feed(one) + raw.feed(two) + raw.leave()
    elements = parsed(HOLE.sub("", html))
    assert _faults(elements) == []
    for name, facts in elements:
        assert name in ELEMENTS | _CARDS.keys()
        assert facts.keys() <= {key.lower() for key in attributes_of(name)} | _CARDS.get(name, set())


@settings(max_examples=100)
@given(SOUP)
def test_no_soup_that_a_block_gives_is_alive(parsed: Parse, soup: str) -> None:
    for kind in ("text/html", "text/markdown"):
        assert _faults(parsed(outputs_html([Output("display", "x", {kind: soup})], PLACE))) == []


@settings(max_examples=100)
@given(SOUP, st.sampled_from(["", "<svg ", "<svg width=9 height=9 "]))
def test_no_soup_in_a_drawing_is_alive(parsed: Parse, soup: str, head: str) -> None:
    assert _faults(parsed(svg(f"{head or '<svg>'}{soup}</svg>", "x", "p"))) == []
