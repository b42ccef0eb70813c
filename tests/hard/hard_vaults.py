"""Vaults as hard as people's own: every oddity that was seen in one, or that a file system allows, made from a seed.

A family is a function that gives files; `Vault.write` puts a whole vault on the disk and knows what a site of it must
hold and which oddities kbtool must have told.
"""

# Texts of one line each, however long: broken ones would be no easier to read.
# ruff: noqa: E501

from __future__ import annotations

import os
import random
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["FAMILIES", "Vault", "vault"]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001000000ffff03000006000557"
    "bfabd40000000049454e44ae426082"
)
WORDS = [
    "atención",
    "capa",
    "token",
    "peso",
    "norma",
    "gradiente",
    "máscara",
    "vector",
    "matriz",
    "época",
    "pérdida",
    "logit",
]


@dataclass
class Vault:
    """Files by path (text or bytes; paths may be bytes that are no UTF-8), links by path, and what is expected.

    `notes` are the paths, as kbtool spells them, that must have a page; `told` pairs of (path, code) that must be told.
    """

    files: dict[str | bytes, str | bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)
    spelled: dict[bytes, str] = field(default_factory=dict)

    def add(self, files: Mapping[str, str | bytes]) -> None:
        self.files.update(files)

    @property
    def notes(self) -> set[str]:
        paths = {p if isinstance(p, str) else self.spelled[p] for p in self.files}
        return {p for p in paths if p.lower().endswith(".md") and not _dotted(p)} - self.hidden

    def write(self, root: Path) -> None:
        for path, content in self.files.items():
            place = os.path.join(os.fsencode(root), os.fsencode(path))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
        for path, target in self.links.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).symlink_to(target)


def _dotted(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


Family = Callable[[Vault, random.Random], None]


# ---------------------------------------------------------------- names


def names(v: Vault, rng: random.Random) -> None:
    """Names that mean something to a URL, a shell, HTML, or a file system."""
    odd = [
        *("100%.md", "50%25.md", "a#b.md", "q?.md", "a&b.md", "<b>.md", 'comillas "dobles".md', "it's.md", "`tick`.md"),
        *("punto..md", "espacio .md", " delante.md", "-guion.md", "--help.md", "a:b.md", "a|b.md", "a\\b.md", "*.md"),
        *("[corchetes].md", "^id.md", "a^b.md", "(par).md", "{llaves}.md", "$dinero$.md", "tab\there.md", "nl\nx.md"),
        *(
            "..md.md",
            "...x.md",
            "a.b.c.md",
            "x.html.md",
            "x.json.md",
            "😀.md",
            "👩‍👩‍👧‍👦 familia.md",
            "日本語.md",
            "עברית.md",
        ),
        *(
            "¿?.md",
            "¡!.md",
            "…md.md",
            "ﬁn.md",
            "ﬀ／ﬀ.md",
            "①.md",
            "½.md",
            "İstanbul.md",
            "ß.md",
            "ẞ.md",
            "ſ.md",
            "σ.md",
            "ς.md",
        ),
        *(
            "con.md",
            "NUL.md",
            "aux.md",
            "LPT1.md",
            "a\u200bb.md",
            "a\u00a0b.md",
            "\u202egpj.md",
            "a\u0000".strip("\0") + "z.md",
        ),
        *(unicodedata.normalize("NFD", "Ñandú áéí.md"), unicodedata.normalize("NFD", "각.md"), "K.md", "\u212a.md"),
        *("MAYÚSCULAS.MD", "mixto.Md", "\x7f.md", "\u2028.md", "\ufeffbom.md", "e\u0301\u0301\u0301.md", "\u0301.md"),
    ]
    rng.shuffle(odd)
    for name in odd:
        other = rng.choice(odd)
        v.add({f"Nombres/{name}": f"# {rng.choice(WORDS)}\n\n[[{other[:-3]}]] [x](<{other}>) ![[{name[:-3]}]]\n"})


def long_names(v: Vault, rng: random.Random) -> None:
    """The longest names there can be, by bytes, and two that differ only where they are cut."""
    for letter in "aé日😀":
        most = 252 // len(letter.encode())
        v.add({f"largos/{letter * most}.md": f"[[{letter * most}]]", f"largos/{letter * (most - 1)}.md": "corta"})
    folder = "/".join("f" * 200 for _ in range(8))
    v.add({f"{folder}/hondo.md": "en el fondo [[largos]]", "/".join("d" * 60) + "/x.md": "sesenta carpetas"})
    v.add({f"largos/{'p' * 250}.png": PIXEL, "usa.md": f"![[{'p' * 250}.png]] {rng.choice(WORDS)}"})


def one_url(v: Vault, rng: random.Random) -> None:
    """Names that fold to one URL, as files, folders, attachments, and crosswise."""
    twins = ["Ñu", "nu", "NU", "ñu", "Nu!", "n\u0303u", "(nu)", "nu-2", "nu."]
    rng.shuffle(twins)
    for name in twins:
        v.add({f"url/{name}.md": f"soy {name} ![[{name}.png]]", f"url/{name}.png": PIXEL + name.encode()})
        v.add({f"url/{name}/dentro.md": f"dentro de {name}"})
    first = sorted(f"url/{name}.md" for name in twins)[0]
    v.told |= {(f"url/{n}.md", "page-collision") for n in ("Ñu", "nu", "NU", "ñu") if f"url/{n}.md" != first}
    v.told -= {(f"url/{min(twins, key=lambda n: f'url/{n}.md')}.md", "page-collision")}
    v.add(
        {"url/á.png/foto.png": PIXEL, "url/a.png": PIXEL, "url/A.PNG/nota.md": "![[url/a.png]] ![[url/á.png/foto.png]]"}
    )
    v.add({"url/σ.md": "uno", "url/ς.md": "dos", "url/Σ/x.md": "tres", "url/ς/x.md": "cuatro"})


def reserved(v: Vault, rng: random.Random) -> None:
    """Names of pages that the site itself has."""
    own = [
        "index",
        "404",
        "Tags",
        "tags/index",
        "status",
        "estado",
        "search",
        "buscar",
        "graph",
        "grafo",
        "feed",
        "sitemap",
    ]
    for name in (
        *own,
        "assets/style",
        "assets/index",
        "assets",
        "Assets.md/x",
        ".kbtool",
        "tags/todo",
        "Readme",
        "Inicio",
    ):
        v.add({f"{name}.md": f"# {name}\n\n#todo #tags/index [[{rng.choice(own)}]]\n"})
    v.add({"assets/icon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>", "usa icono.md": "![[assets/icon.svg]]"})
    v.add({"perma.md": "---\npermalink: /index.html\n---\n", "perma2.md": "---\npermalink: ../../fuera\n---\n"})
    v.add(
        {
            "perma3.md": "---\npermalink: assets/style.css\n---\n",
            "perma4.md": "---\npermalink: .kbtool-manifest.json\n---\n",
        }
    )
    v.add({"perma5.md": "---\npermalink: " + "x" * 300 + "\n---\n", "perma6.md": "---\npermalink: perma.html/x\n---\n"})
    v.add({"perma7.md": "---\npermalink: A/B\n---\n", "perma8.md": "---\npermalink: a/b\n---\n"})


def namesakes(v: Vault, rng: random.Random) -> None:
    """One name in several folders."""
    for n in range(6):
        v.add({f"casa/{'x' * n}{n}/Nota.md": f"# Nota {n}\n\n[[Nota]] [[Nota.md]] [[casa/Nota]] ![[Nota]]\n"})
    v.add({"desde.md": "[[Nota]] " * rng.randint(1, 3)})


# ---------------------------------------------------------------- files


def links_of_files(v: Vault, rng: random.Random) -> None:
    """Symbolic links in circles, out of the vault, and to nothing."""
    v.add({"real/uno.md": "[[dos]]", "real/dos.md": "[[uno]]", "real/sub/tres.md": rng.choice(WORDS)})
    v.links |= {
        "real/circulo": ".",
        "real/arriba": "..",
        "real/sub/otra": "../../real",
        "yo": "yo",
        "ping": "pong",
        "pong": "ping",
        "nada.md": "no-existe.md",
        "yo.md": "yo.md",
        "copia.md": "real/uno.md",
        "fuera": "../fuera",
        "fuera2": "../fuera/dentro",
        "secreto.md": "../fuera/carta.md",
    }
    v.told |= {("nada.md", "unreadable"), ("yo.md", "unreadable")}


def encodings(v: Vault, rng: random.Random) -> None:
    """Bytes that are not quite text."""
    text = f"# Título\n\nLa atención es {rng.choice(WORDS)}. [[inicio]]\n"
    v.add(
        {
            "cod/bom.md": b"\xef\xbb\xbf---\ntags: [uno]\n---\n" + text.encode(),
            "cod/utf16le.md": b"\xff\xfe" + text.encode("utf-16-le"),
            "cod/utf16be.md": b"\xfe\xff" + text.encode("utf-16-be"),
            "cod/utf16odd.md": b"\xff\xfe" + text.encode("utf-16-le") + b"x",
            "cod/latin.md": text.encode("cp1252"),
            "cod/raw.md": rng.randbytes(4000),
            "cod/nul.md": b"a\0b [[c\0d]] \0\n# \0\n",
            "cod/nuls.md": b"\0" * 5000,
            "cod/crlf.md": text.replace("\n", "\r\n").encode() + b"```python\r\n1\r\n```\r\n",
            "cod/cr.md": text.replace("\n", "\r").encode(),
            "cod/mixto.md": b"a\r\nb\rc\n\r\n\rd\r\r\n- x\r- y\n",
            "cod/surrogate.md": b"\xed\xa0\x80 x \xed\xbf\xbf",
            "cod/mojibake.md": "La tokenizaci\u00c3\u00b3n y la atenci\u00c3\u00b3n".encode(),
            "cod/empty.md": b"",
            "cod/blank.md": b"\n \t\n\r\n",
            "cod/control.md": bytes(range(1, 32)) + b" [[\x07]] \x1b[31mrojo",
            "cod/holes.md": b"\x02W0:x\x03 \x02\x03 \x02E0\x03 [[inicio]] \x02l0\x03\n",
            "cod/private.md": "\ue000\uf8ff\U000fffff \ufffe \uffff\n",
            "cod/roto.png": b"\x89PNG no",
            "cod/usa.md": "![[roto.png]] ![[vacio.pdf]] ![[vacio.mp4|100]] ![[vacio.svg]]",
            "cod/vacio.pdf": b"",
            "cod/vacio.mp4": b"",
            "cod/vacio.svg": b"",
            "cod/x.canvas": b"{no",
            "cod/x.base": b": [",
        }
    )
    told = ("utf16le", "utf16be", "utf16odd", "latin", "raw", "surrogate")
    v.told |= {(f"cod/{name}.md", "encoding") for name in told} | {("cod/mojibake.md", "mojibake")}
    for raw in (b"nombre-\xf1.md", b"\xff\xfe.md", b"carpeta-\xe9/dentro.md"):
        v.files[b"cod/" + raw] = f"nombre raro {rng.choice(WORDS)}"
    v.spelled |= {
        b"cod/nombre-\xf1.md": "cod/nombre-ñ.md",
        b"cod/\xff\xfe.md": "cod/ÿþ.md",
        b"cod/carpeta-\xe9/dentro.md": "cod/carpeta-é/dentro.md",
    }
    v.told |= {("cod/nombre-ñ.md", "encoding"), ("cod/ÿþ.md", "encoding")}
    # A name that is not UTF-8 beside the one that it is read as.
    v.files |= {b"doble/\xf1.md": "no es UTF-8", "doble/ñ.md": "es UTF-8"}
    v.spelled[b"doble/\xf1.md"] = "doble/ñ 2.md"


def properties(v: Vault, rng: random.Random) -> None:
    """Front matter that is broken, hostile, or of the wrong types."""
    bomb = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))])
    broken = {
        "llave": "a: [1, 2",
        "tabs": "a:\n\t- b",
        "dos": "a: b: c",
        "bomba": bomb,
        "hondo": "x: " + "[" * 20_000,
        "comillas": 'a: "sin cerrar',
        "ancla": "a: *nada",
        "propia": "a: &a [*a]",
        "etiqueta": "a: !!python/object/apply:os.system [echo]",
    }
    strange = {
        "tipos": "title: [1, {a: b}]\naliases: {x: y}\ntags: 3\ndate: nunca\ndescription: [a]\nlang: 7\ncssclasses: 1.5",
        "nulos": "title:\naliases:\ntags:\ndate:\ndescription:\nlang:\npermalink:\nrequires:\ntimeout:\ndevice:\ndraft:\n",
        "claves": "1: a\ntrue: b\n? [a, b]\n: c\nnull: d\n2.5: e\n",
        "lista": "- a\n- b",
        "escalar": "solo texto",
        "fechas": "date: 2024-13-45\nupdated: 99999-01-01\ncreated: 2024-02-30T25:61",
        "numeros": "a: .inf\nb: -.nan\nc: 0x_ff\nd: 1e999\ntimeout: .nan\ne: " + "9" * 5000,
        "html": 'title: "<script>alert(1)</script>"\ndescription: "\\" onload=x"\naliases: ["</title>"]\ntags: ["<b>"]',
        "lang": 'lang: "es\\" onclick=x"\ncssclasses: ["a b", "\\"><x"]\nimage: "../../etc/passwd"\ncover: "[[roto.png]]"',
        "grande": "\n".join(f"clave{n}: {'valor ' * 20}" for n in range(3000)),
        "larga": "a: " + "x" * 200_000,
        "json": '{"a": {"b": [1, 2, {"c": null}]}, "aliases": ["j"]}',
        "multi": "a: |\n  ---\n  [[x]]\nb: >\n  dos\n\n  tres",
        "repetida": "a: 1\na: 2\na: 3",
        "emoji": "😀: 😀\n日本: 語",
        "control": 'a: "\\u0000\\u0007\\ud800"',
        "requiere": 'requires: ["[[requiere]]", "[[Nada]]", 3, [[x]]]\nrun: [no]\ntimeout: -5\ndevice: [a]',
        "enlaces": 'ver: "[[inicio|a]]"\nb: ["[[nope]]", "x [[inicio]]"]\nc: {d: "[[inicio#z]]"}',
    }
    for name, text in (broken | strange).items():
        v.add({f"prop/{name}.md": f"---\n{text}\n---\ncuerpo de {name} {rng.choice(WORDS)}\n"})
    v.told |= {(f"prop/{n}.md", "bad-front-matter") for n in ("llave", "dos", "bomba", "hondo", "comillas", "ancla")}
    v.add({"prop/abierta.md": "---\na: 1\n\nsin cerrar", "prop/vacia.md": "---\n---\n", "prop/solo.md": "---"})
    v.add(
        {
            "prop/fin.md": "---\na: 1\n---",
            "prop/crlf.md": b"---\r\ntags: [a]\r\n---\r\nx",
            "prop/cr.md": b"---\ra: 1\r---\rx",
        }
    )


# ---------------------------------------------------------------- contents


def plugins(v: Vault, rng: random.Random) -> None:
    """Notes that live by plugins: four in ten of some vaults."""
    fences = [
        "dataview",
        "dataviewjs",
        "tasks",
        "query",
        "button",
        "chart",
        "tracker",
        "excalidraw",
        "kanban",
        "ad-note",
    ]
    for n in range(40):
        fence = rng.choice(fences)
        text = f"# Nota {n}\n\n```{fence}\nTABLE file.name FROM #{rng.choice(WORDS)}\n```\n\n`= this.file.name` clave:: [[Nota {n}]]\n"
        v.add({f"plugins/Nota {n}.md": text})
    v.add({"plugins/dibujo.excalidraw.md": "---\nexcalidraw-plugin: parsed\n---\n# Text\n%%\n```json\n{}\n```\n%%"})
    v.add(
        {
            "plugins/tablero.md": "---\nkanban-plugin: board\n---\n## Por hacer\n\n- [ ] a\n\n%% kanban:settings\n```\n{}\n```\n%%"
        }
    )
    v.add({"Plantillas/diaria.md": "# <% tp.date.now() %>\n\n{{date}} {{title}} [[<% tp.file.title %>]]\n<%* x\n"})
    v.add({"suelta.md": "<% sin cerrar\n\n<%* tampoco -%> {{date:YYYY}} `$= dv.pages()`\n"})
    v.add({".obsidian/templates.json": '{"folder": "Plantillas"}'})
    v.hidden.add("Plantillas/diaria.md")
    v.told.add(("plugins/tablero.md", "plugin-content"))


def attachments(v: Vault, rng: random.Random) -> None:
    """Six hundred files beside the notes, two hundred of them used."""
    v.add({f"adjuntos/{n % 7}/imagen {n}.png": PIXEL + str(n).encode() for n in range(600)})
    used = rng.sample(range(600), 200)
    v.add({"galería.md": "\n".join(f"![[imagen {n}.png|{rng.choice(['50', '50x20', 'texto', ''])}]]" for n in used)})
    v.add({"faltan.md": "![[no está.png]] ![x](tampoco.jpg) ![[imagen 1.PNG]]"})
    v.told.add(("faltan.md", "missing-attachment"))


def plans(v: Vault, rng: random.Random) -> None:
    """Links that are left open on purpose, and links of every wrong form."""
    v.add({"planes.md": "\n".join(f"- [[{rng.choice(WORDS)} {n % 30}]]" for n in range(200))})
    v.add(
        {
            "rotos.md": "[[]] [[|]] [[#]] [[^]] [[#^]] [[ ]] [[.]] [[..]] [[/]] [[//]] [[../..]] [[a/../b]] [[\\]] [[#|x]] "
            "[[planes#]] [[planes#^]] [[planes#nada]] [[planes#^nada]] ![[planes#nada]] ![[#]] ![[]] ![[|100]] [[rotos#rotos]] "
            "[x]() [x](#) [x](%) [x](%ZZ) [x](%00) [x](%2e%2e%2f) [x](<>) ![x]() ![](.) [x](?) [x](/) [x](a%5Cb) [](rotos.md) "
            "[[https://a.b]] [x](javascript:alert(1)) [x](file:///etc/passwd) [x](//host/x) [x](data:text/html,x) ![x](C:\\x.png) "
            f"[[{'x' * 5000}]] [x]({'y' * 5000}.md) [[a\u202eb]] [[%F1]] [x](%F1.md) [x](%C3%B1.md)\n"
        }
    )
    v.told |= {("planes.md", "broken-link"), ("rotos.md", "broken-heading"), ("rotos.md", "broken-block")}


def big(v: Vault, rng: random.Random) -> None:
    """A megabyte in a line, ten thousand links, headings, list items, tags; a table of a thousand rows."""
    v.add({"grande/linea.md": ("palabra " * 131_072).strip(), "grande/sin espacios.md": "x" * 1_000_000})
    v.add({"grande/enlaces.md": "ver [[linea|la línea]] y [[nada que ver]] " * 5_000})
    v.add({"grande/títulos.md": "\n".join(f"# igual\n\n## {n}" for n in range(2_000))})
    v.add({"grande/lista.md": "\n".join(f"- [ ] tarea {n} #t{n % 50}" for n in range(3_000))})
    v.add({"grande/tabla.md": "| a | b |\n|--|--|\n" + "\n".join(f"| [[linea\\|{n}]] | `{n}` |" for n in range(1_000))})
    v.add({"grande/etiquetas.md": " ".join(f"#e{n}/f{n}" for n in range(40)) + " #" + "a/" * 100 + "z #" + "l" * 1000})
    v.add({"grande/notas.md": "".join(f"x[^{n}]\n\n[^{n}]: y[^{n + 1}]\n\n" for n in range(300))})
    v.add({"grande/código.md": "```python\n" + "x = 1\n" * 20_000 + "```\n" + "```\n" + rng.choice(WORDS)})


def deep(v: Vault, rng: random.Random) -> None:
    """A hundred of everything inside itself."""
    word = rng.choice(WORDS)
    v.add(
        {
            "hondo/citas.md": "> " * 100 + word,
            "hondo/listas.md": "\n".join("  " * n + f"- {word} {n}" for n in range(100)),
            "hondo/cajas.md": "\n".join("> " * (n + 1) + f"[!note]- Caja {n}" for n in range(100)),
            "hondo/mezcla.md": "".join("> - 1. " for _ in range(40)) + word,
            "hondo/enfasis.md": "*" * 500 + word + "*" * 500 + "_a **b " * 200,
            "hondo/corchetes.md": "[" * 2000 + word + "]" * 2000 + "(x)" * 10,
            "hondo/embebe.md": "> " * 30 + "![[embebe]] ![[0]]",
            "hondo/html.md": "<div>" * 500 + word + "</div>" * 200,
            "hondo/detalles.md": "<details><summary>x</summary>\n\n" * 100 + word,
            "hondo/math.md": "$" + "{" * 500 + "x" + "}" * 500 + "$ $$" + r"\frac{1}{" * 100 + "x" + "}" * 100 + "$$",
            "hondo/math2.md": "$" + r"\left(" * 100 + "$ $x$$y$ $" + r"\sqrt{" * 200 + "$",
        }
    )


def embeds(v: Vault, rng: random.Random) -> None:
    """Chains and circles of embeds, and one that doubles at each step."""
    v.add({f"cadena/{n}.md": f"# C{n}\n\ncuerpo {n}\n\n![[cadena/{n + 1}]]\n" for n in range(100)})
    v.add({"cadena/100.md": f"fin {rng.choice(WORDS)} ^fin\n"})
    v.add({f"circulo/c{n}.md": f"![[c{(n + 1) % 5}]] ![[c{n}#h]]\n\n# h\n\n![[#h]] ![[c{n}]]" for n in range(5)})
    v.add({f"doble/d{n}.md": f"![[d{n + 1}]]\n\n![[d{n + 1}]]\n\nx[^1]\n\n[^1]: pie ![[d{n + 1}]]" for n in range(30)})
    v.add(
        {
            "embebidos.md": "![[0#C0]] ![[100#^fin]] ![[100#^no]] ![[0#No]] - ![[galería]]\n> ![[c1]]\n\n|a|\n|-|\n|![[0\\|x]]|\n"
        }
    )
    v.told |= {("circulo/c0.md", "embed-cycle"), ("embebidos.md", "broken-embed")}


def unclosed(v: Vault, rng: random.Random) -> None:
    """Everything that opens and never closes, alone and with everything else after it."""
    openers = {
        "valla": "```python\nprint(1)", "virgulilla": "~~~\nx", "comentario": "%%\nx", "linea": "%% x", "math": "$$\nx", "html": "<div>",
        "htmlcom": "<!-- x", "script": "<script>alert(1)", "style": "<style>*{display:none}", "pre": "<pre>", "cdata": "<![CDATA[ x",
        "pi": "<?php x", "textarea": "<textarea>", "title": "<title>", "iframe": "<iframe src=x", "svg": "<svg onload=x>", "table": "<table><tr><td>",
        "attr": '<a href="', "img": "<img src=x onerror=alert(1)//", "plaintext": "<plaintext>", "template": "<template>", "select": "<select>",
        "corchete": "[[", "embed": "![[", "parent": "[a](", "fuerte": "**a", "marca": "==a", "nota": "x[^1]\n\n[^1]:", "pie": "^[a", "code": "`a",
        "caja": "> [!note]\n> ```\nfuera", "lista": "- ```\n  x\ny", "tabla": "|a|\n|-|\n|[[x|", "div": "</div></main></body></html>", "frame": "<frameset>",
        "form": "<form action='//x'><input name=a>", "meta": "<meta http-equiv=refresh content='0;url=//x'>", "base": "<base href='//x'>", "link": "<link rel=stylesheet href='//x'>",
        "object": "<object data=x>", "math2": "<math><mi>", "mixto": "<b><i></b></i></p></article>", "noscript": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    }  # fmt: skip
    for name, text in openers.items():
        v.add({f"abierto/{name}.md": f"# {name}\n\n{text}\n\nfinal {rng.choice(WORDS)} [[mixto]]\n"})
    pieces = list(openers.values())
    for n in range(8):
        rng.shuffle(pieces)
        v.add({f"abierto/todo{n}.md": rng.choice(["\n", " ", "\n\n> ", "\n- "]).join(pieces)})
    v.told |= {(f"abierto/{name}.md", "unclosed-block") for name in ("valla", "virgulilla", "comentario")}


def settings(v: Vault, rng: random.Random) -> None:
    """A settings file with wrong types, and filters that are no expressions."""
    wishes = ['"Ignorada/"', r'"/(?<x>secreto)/"', '"/(/"', "3", "null"]
    rng.shuffle(wishes)
    v.add({".obsidian/app.json": f'{{"userIgnoreFilters": [{", ".join(wishes)}], "strictLineBreaks": "si"}}'})
    v.add({"Ignorada/a.md": "fuera", "el secreto.md": "fuera", "ignorada/b.md": "fuera también"})
    v.hidden |= {"Ignorada/a.md", "el secreto.md", "ignorada/b.md"}
    v.told.add((".obsidian/app.json", "bad-config"))


def unsupported(v: Vault, rng: random.Random) -> None:
    """All files shown: those without an extension, with odd ones, and with names of pages."""
    names = [
        "LEEME",
        "plan.html",
        "plan.json",
        "x.tar.gz",
        "x." + "e" * 200,
        "x.p?q#r",
        "x.p q",
        "X.PDF",
        "nada.",
        "Makefile",
        "a.js",
    ]
    v.add(
        {f"todo/{name}": f"<script>{name}</script>" for name in names}
        | {"todo/Makefile.d/a.md": "x", "todo/makefile/b.md": "y"}
    )
    links = " ".join(f"![[{name}]] [[{name}|{rng.choice(WORDS)}]] [x](<{name}>)" for name in names)
    v.add({"todo/plan.md": links, "todo/x.tar.gz.md": links, ".obsidian/app.json": '{"showUnsupportedFiles": true}'})


FAMILIES: Mapping[str, Family] = {
    family.__name__: family
    for family in (
        *(names, long_names, one_url, reserved, namesakes, links_of_files, encodings, properties),
        *(plugins, attachments, plans, big, deep, embeds, unclosed, settings, unsupported),
    )
}


def vault(seed: int, families: Iterable[str] = tuple(FAMILIES)) -> Vault:
    """A vault of some families (all, unless said otherwise); the same seed gives the same bytes."""
    made = Vault()
    for name in families:
        FAMILIES[name](made, random.Random(f"{seed} {name}"))
    return made
