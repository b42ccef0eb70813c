"""Judges what a program read in a vault, and the pages it made of it, by the facts that a case states; see README.md.

`facts` and `assertion` yield one sentence for each fact that does not hold.
"""

# A judge is meant to be read beside its README, check by check: one line each, however long.
# ruff: noqa
# fmt: off
import json, re, urllib.parse

from bs4 import BeautifulSoup, Comment

sp = lambda s: re.sub(r"\s+", " ", s or "").strip()
plain = lambda s: sp(re.sub(r"\[\[(?:[^\]|]*\|)?([^\]]*)\]\]", r"\1", re.sub(r"[*`]", "", s)))


# ---------------------------------------------------------------- facts of read()
def facts(exp, got, vault):
    for p, want in exp.get("notes", {}).items():
        n = got.get("notes", {}).get(p)
        if n is None:
            yield f"note {p} missing"; continue
        for key in ("links", "embeds"):
            if key not in want: continue
            have = n.get(key, [])
            if [x["raw"] for x in have] != [x["raw"] for x in want[key]]:
                yield f"{p} {key}: {[x['raw'] for x in have]} want {[x['raw'] for x in want[key]]}"; continue
            for h, w in zip(have, want[key]):
                for f in ("target", "display", "fragment", "lands"):
                    if f in w and h.get(f) != w[f]: yield f"{p} {w['raw']} {f}: {h.get(f)!r} want {w[f]!r}"
        if "frontmatter_links" in want:
            h = [{k: x.get(k) for k in ("key", "target", "display")} for x in n.get("frontmatter_links", [])]
            if h != want["frontmatter_links"]: yield f"{p} frontmatter_links: {h} want {want['frontmatter_links']}"
        for key in ("tags", "blocks"):
            if key in want and {t.lower() for t in n.get(key, [])} != {t.lower() for t in want[key]}:
                yield f"{p} {key}: {sorted(n.get(key, []))} want {want[key]}"
        for key in ("aliases", "headings"):
            if key in want and [list(x) if isinstance(x, (list, tuple)) else x for x in n.get(key, [])] != want[key]:
                yield f"{p} {key}: {n.get(key)} want {want[key]}"
        if "tasks" in want and [[a, plain(b)] for a, b in n.get("tasks", [])] != [[a, plain(b)] for a, b in want["tasks"]]:
            yield f"{p} tasks: {n.get('tasks')} want {want['tasks']}"
        if "properties" in want:
            have = n.get("properties") or {}
            if not want["properties"] and have: yield f"{p} properties: {have} want none"
            for k, v in want["properties"].items():
                if k not in have or have[k] != v or type(have[k]) is not type(v) and not isinstance(v, float):
                    yield f"{p} property {k}: {have.get(k)!r} want {v!r}"
    un = got.get("unresolved", {})
    if "unresolved" in exp:
        h = {k.strip() for d in un.values() for k in d}
        if h != set(exp["unresolved"]): yield f"unresolved: {sorted(h)} want {exp['unresolved']}"
    for p, w in exp.get("unresolved_counts", {}).items():
        if un.get(p) != w: yield f"unresolved of {p}: {un.get(p)} want {w}"
    edges = {(a, b): k for a, b, k in got.get("edges", [])}
    for a, b, k in exp.get("graph", {}).get("edges", []):
        if edges.get((a, b)) != k: yield f"edge {a} -> {b}: {edges.get((a, b))} want {k}"
    for p, w in exp.get("backlinks", {}).items():
        if sorted(got.get("backlinks", {}).get(p, [])) != sorted(w): yield f"backlinks {p}: {got.get('backlinks', {}).get(p)} want {w}"
    if "tag_index" in exp:
        for t, w in exp["tag_index"].items():
            if sorted(got.get("tag_index", {}).get(t, [])) != sorted(w): yield f"tag_index {t}: {got.get('tag_index', {}).get(t)} want {w}"
    v = exp.get("vault", {})
    if "notes" in v and sorted(got.get("notes", {})) != sorted(v["notes"]): yield f"notes: {sorted(got.get('notes', {}))} want {v['notes']}"
    for p in v.get("excluded", []):
        if p not in got.get("excluded", []): yield f"not excluded: {p}"
    for p in v.get("not_excluded", []):
        if p in got.get("excluded", []): yield f"wrongly excluded: {p}"
    for src, ls in exp.get("resolves", {}).items():
        n = got.get("notes", {}).get(src, {})
        for raw, t in ls:
            if t not in [x["target"] for x in n.get("links", [])]: yield f"{src} {raw!a} does not reach {t!a}"
    for p, w in exp.get("canvas", {}).items():
        h = json.loads(json.dumps(got.get("canvas", {}).get(p)))
        if h != w: yield f"canvas {p}: {h} want {w}"
    for p, w in exp.get("base", {}).items():
        h = (got.get("base", {}).get(p) or {}).get(w["view"])
        if h is None or sorted(h) != sorted(w["rows"]): yield f"base {p}: {h} want {w['rows']}"


# ---------------------------------------------------------------- HTML
class Page:
    def __init__(self, path):
        self.path = path
        self.soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        r = self.soup
        self.root = r.select_one("[data-note-path]") or r.find("article") or r.find("main") or r.body or r
        for e in self.root.select("[data-chrome]"): e.decompose()
        self.html = str(self.root)
        self.math = []
        for e in self.root.select("[data-tex], annotation[encoding='application/x-tex'], .math, .arithmatex"):
            if e.decomposed or e.find_parent(attrs={"data-tex": True}) or e.find_parent(class_=["math", "arithmatex"]): continue
            if e.has_attr("data-tex"): tex, d = e["data-tex"], e.get("data-display") == "true"
            elif e.name == "annotation": tex, d = e.get_text(), bool(e.find_parent("math", display="block") or e.find_parent(class_="katex-display"))
            else:
                inner = e.select_one("[data-tex], annotation")
                if inner is not None: continue
                tex = e.get_text(); d = tex.strip().startswith(("\\[", "$$")) or "math-block" in e.get("class", []) or "block" in e.get("class", []) or e.name in ("div", "section", "eqn")
                tex = re.sub(r"^(\\\[|\\\(|\$\$?)|(\\\]|\\\)|\$\$?)$", "", tex.strip())
            self.math.append([sp(tex), d])
        clone = BeautifulSoup(self.html, "html.parser")
        for e in clone.select("script, style, template, [hidden], [data-tex], annotation, .math, .arithmatex, .mermaid, code.language-mermaid"):
            if not e.decomposed: e.decompose()
        for c in clone.find_all(string=lambda s: isinstance(s, Comment)): c.extract()
        self.view = clone
        self.text = sp(clone.get_text(" "))
        self.tight = sp(clone.get_text(""))

    def has(self, s): return sp(s) in self.text or sp(s) in self.tight


def txt(e):
    e = BeautifulSoup(str(e), "html.parser")
    for x in e.select("script, style, [hidden], [data-tex], annotation, .math"): x.decompose()
    return sp(e.get_text(""))


def fold_of(e):
    if e.get("data-callout-fold") in ("-", "+"): return e["data-callout-fold"]
    d = e if e.name == "details" else next((x for x in e.find_all("details") if x.find_parent(attrs={"data-callout": True}) is e), None)
    return None if d is None else ("+" if d.has_attr("open") else "-")


def dest(page, href, out):
    u = urllib.parse.urlsplit(href)
    if u.scheme or u.netloc: return None, None
    p = urllib.parse.unquote(u.path)
    f = page.path if not p else (out / p.lstrip("/") if p.startswith("/") else (page.path.parent / p)).resolve()
    if f.is_dir(): f = f / "index.html"
    if not f.exists() and f.with_name(f.name + ".html").exists(): f = f.with_name(f.name + ".html")
    return f, urllib.parse.unquote(u.fragment)


def assertion(a, pg, pages, out, vault):
    R = pg.root
    if "sel" in a:
        m = R.select(a["sel"])
        if "count" in a and len(m) != a["count"]: yield f"{a['sel']}: {len(m)} matches, want {a['count']}"
        if "min" in a and len(m) < a["min"]: yield f"{a['sel']}: {len(m)} matches"
        if "text" in a and not any(txt(e) == sp(a["text"]) for e in m): yield f"{a['sel']} text {[txt(e) for e in m][:4]} want {a['text']!r}"
        if "has" in a and not any(sp(a["has"]) in sp(e.get_text("")) for e in m): yield f"{a['sel']} has {[sp(e.get_text(''))[:60] for e in m][:4]} want {a['has']!r}"
    if "no" in a and R.select(a["no"]): yield f"unwanted {a['no']}"
    if "text_has" in a and not pg.has(a["text_has"]): yield f"text lacks {a['text_has']!r}: {pg.text[:160]!r}"
    if "text_lacks" in a and pg.has(a["text_lacks"]): yield f"text shows {a['text_lacks']!r}"
    if "text_order" in a:
        i = 0
        for s in a["text_order"]:
            j = pg.text.find(sp(s), i)
            if j < 0: yield f"{s!r} not after the former: {pg.text[:160]!r}"; break
            i = j + len(sp(s))
    if "count_text" in a and pg.text.count(a["count_text"]) != a["n"]: yield f"{a['count_text']!r} {pg.text.count(a['count_text'])} times, want {a['n']}"
    if "text_or_alt_has" in a and not (pg.has(a["text_or_alt_has"]) or any(a["text_or_alt_has"] in (e.get("alt") or "") for e in R.select("[alt]"))): yield f"nothing shows {a['text_or_alt_has']!r}"
    links = [(txt(e), e) for e in R.select("a[href]")]
    if "link" in a:
        es = [e for t, e in links if t == sp(a["link"])]
        want = pages.get(a["page"]) if "page" in a else None
        ok = False
        for e in es:
            f, frag = dest(pg, e["href"], out)
            if f is None: continue
            if "file" in a: ok |= f.exists() and f.read_bytes() == (vault / a["file"]).read_bytes(); continue
            if want is None or f.resolve() != want.resolve(): continue
            if "heading_text" in a:
                t = Page(f).soup.find(id=frag) if frag else None
                h = t if t is not None and re.fullmatch("h[1-6]", t.name) else (t.find_parent(re.compile("^h[1-6]$")) or t.find(re.compile("^h[1-6]$")) if t is not None else None)
                if h is None or sp(a["heading_text"]) not in sp(h.get_text("")): continue
            ok = True
        if not ok: yield f"link {a['link']!r} does not lead to {a.get('page') or a.get('file')}{' # ' + a['heading_text'] if 'heading_text' in a else ''} ({[e['href'] for e in es]})"
    for key in ("dead_link", "no_link"):
        if key in a:
            for t, e in links:
                f, _ = dest(pg, e["href"], out)
                if t == sp(a[key]) and f is not None and f.exists() and not (f == pg.path and not urllib.parse.urlsplit(e["href"]).fragment): yield f"{a[key]!r} is a live link"
    if "callouts" in a:
        have = R.select("[data-callout]")
        if len(have) != len(a["callouts"]): yield f"{len(have)} callouts, want {len(a['callouts'])}"
        else:
            for e, w in zip(have, a["callouts"]):
                if e["data-callout"] != w["type"]: yield f"callout type {e['data-callout']} want {w['type']}"
                t = e.select_one("[data-callout-title], summary, .callout-title")
                if w["title"] is not None and (t is None or txt(t) != w["title"]): yield f"callout title {t and txt(t)!r} want {w['title']!r}"
                if fold_of(e) != w.get("fold"): yield f"callout fold {fold_of(e)} want {w.get('fold')}"
                d = len(e.find_parents(attrs={"data-callout": True}))
                if d != w.get("depth", 0): yield f"callout depth {d} want {w.get('depth', 0)}"
                if "has" in w and sp(w["has"]) not in sp(e.get_text(" ")): yield f"callout lacks {w['has']!r}"
                if "lacks" in w and w["lacks"] in e.get_text(" "): yield f"callout shows {w['lacks']!r}"
    if "math" in a and pg.math != [[sp(t), d] for t, d in a["math"]]: yield f"math {pg.math} want {a['math']}"
    mer = [e for e in R.select("pre.mermaid, .mermaid, code.language-mermaid, svg[aria-roledescription]") if not e.find_parent(class_="mermaid")]
    if "mermaid" in a and len(mer) != a["mermaid"]: yield f"{len(mer)} diagrams, want {a['mermaid']}"
    if "mermaid_has" in a and not any(a["mermaid_has"] in (e.get("data-mermaid") or e.get_text("")) for e in mer): yield "diagram source damaged"
    if "footnotes" in a:
        li = R.select(".footnotes li, [data-footnotes] li, section[role=doc-endnotes] li")
        h = [sp(re.sub(r"[↩↑⤴︎]\S*|\[\d+\]", "", txt_sp(e))) for e in li]
        if h != a["footnotes"]: yield f"footnotes {h} want {a['footnotes']}"
    if "checkboxes" in a:
        h = [e.has_attr("checked") for e in R.select("input[type=checkbox]")]
        if h != a["checkboxes"]: yield f"checkboxes {h} want {a['checkboxes']}"
    if "table" in a:
        t = R.find("table")
        h = [[txt(c) for c in r.find_all(["th", "td"])] for r in t.find_all("tr")] if t else None
        if h != a["table"]: yield f"table {h} want {a['table']}"
    if "aligned" in a:
        al = [(re.search(r"text-align:\s*(\w+)", e.get("style", "")) or re.search(r"(.*)", e.get("align", "") or "")).group(1) for e in R.select("th")]
        if al != a["aligned"]: yield f"alignment {al} want {a['aligned']}"
    if "media" in a: yield from media(a, pg, out, vault)
    if "lacks_code" in a and a["lacks_code"] in pg.html: yield f"{a['lacks_code']!r} survives in the HTML"
    if "lacks_script" in a:
        for e in R.find_all(True):
            if e.name == "script" and a["lacks_script"] in e.get_text() or any(k.startswith("on") and a["lacks_script"] in str(v) or str(v).lower().startswith(("javascript:", "data:text/html")) for k, v in e.attrs.items()):
                yield f"live script in <{e.name}>"
    if "any_attr_has" in a and not any(a["any_attr_has"] in str(v) for e in R.find_all(True) for v in e.attrs.values()): yield f"no attribute holds {a['any_attr_has']}"


def txt_sp(e):
    e = BeautifulSoup(str(e), "html.parser")
    for x in e.select(".footnote-backref, [data-footnote-backref], a[href^='#fnref'], .math, [data-tex]"): x.decompose()
    return e.get_text(" ")


def media(a, pg, out, vault):
    names = {"img": ["img"], "audio": ["audio"], "video": ["video"], "pdf": ["iframe", "embed", "object", "a"], "frame": ["iframe", "embed", "object"]}[a["media"]]
    why = f"no {a['media']}"
    for e in pg.root.find_all(names):
        srcs = [x for x in (e.get("src"), e.get("data"), e.get("href"), *(s.get("src") for s in e.find_all("source"))) if x]
        for s in srcs:
            if "src" in a and s != a["src"]: why = f"src {s}"; continue
            if "src_has" in a and a["src_has"] not in s: why = f"src {s}"; continue
            if "src_file" in a:
                f, _ = dest(pg, s, out)
                if f is None or not f.exists() or f.read_bytes() != (vault / a["src_file"]).read_bytes(): why = f"{s} is not {a['src_file']}"; continue
            bad = [f"{k}={e.get(k)!r}" for k in ("width", "height", "alt") if k in a and (e.get(k) or None) != a[k]]
            if bad: why = " ".join(bad); continue
            return
    yield f"media {a}: {why}"
