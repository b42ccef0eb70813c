"""Judges what a program reads of bases and canvases by the facts that a case states; see README.md.

`facts` yields one sentence for each fact that does not hold.
"""

# As judge.py: meant to be read beside its README, check by check, one line each.
# ruff: noqa
# fmt: off
import json


def note(path):                          # expected keys that are about how to compare, not facts
    return path in ("view", "ordered", "groups_as_set", "default", "bad")


def one(want, got, where):
    if want.get("bad"):
        if not (got is None or isinstance(got, dict) and got.get("bad")): yield f"{where}: not reported as bad"
        return
    if got is None: yield f"{where}: missing"; return
    if isinstance(got, list): got = {"rows": got}
    for k, w in want.items():
        if note(k): continue
        h = json.loads(json.dumps(got.get(k)))
        if k == "rows":
            if h is None or (h if want.get("ordered") else sorted(h)) != (w if want.get("ordered") else sorted(w)): yield f"{where} rows: {h} want {w}"
        elif k == "cells":
            for row, cols in w.items():
                for c, text in cols.items():
                    x = ((h or {}).get(row) or {}).get(c)
                    if (x or "") != text: yield f"{where} {row} {c}: {x!r} want {text!r}"
        elif k == "errors":
            if sorted(h or []) != sorted(w): yield f"{where} errors: {h} want {w}"
        elif k == "groups":
            h = [[a, sorted(b) if want.get("groups_as_set") else b] for a, b in h or []]
            w = [[a, sorted(b) if want.get("groups_as_set") else b] for a, b in w]
            if (sorted(h, key=str) != sorted(w, key=str)) if want.get("groups_as_set") else h != w: yield f"{where} groups: {h} want {w}"
        elif k in ("summaries", "images"):
            for x, v in w.items():
                if (h or {}).get(x) != v: yield f"{where} {k} {x}: {(h or {}).get(x)!r} want {v!r}"
        elif h != w: yield f"{where} {k}: {h!r} want {w!r}"


def facts(exp, got):
    for p, w in exp.get("base", {}).items():
        b = (got.get("base") or {}).get(p)
        if w.get("bad"): yield from one(w, b, p); continue
        if w.get("default") and b and next(iter(b)) != w["view"]: yield f"{p}: the first view is {next(iter(b))}"
        yield from one(w, (b or {}).get(w["view"]), f"{p}#{w['view']}")
    for p, ws in exp.get("base_embeds", {}).items():
        hs = (got.get("base_embeds") or {}).get(p) or []
        if [x.get("view") for x in hs] != [w["view"] for w in ws]: yield f"{p} embeds {[x.get('view') for x in hs]} want {[w['view'] for w in ws]}"; continue
        for w, h in zip(ws, hs): yield from one(w, h, f"{p} {w['view']}")
    for p, w in exp.get("canvas", {}).items():
        h = json.loads(json.dumps((got.get("canvas") or {}).get(p)))
        if h is None: yield f"canvas {p} missing"; continue
        h = {k: h.get(k) for k in w}
        if h != w: yield f"canvas {p}: {h} want {w}"
    for p, w in exp.get("drawing", {}).items():
        h = json.loads(json.dumps((got.get("drawing") or {}).get(p)))
        if w.get("bad"):
            if h is not None and not h.get("bad"): yield f"canvas {p}: not reported as bad"
            continue
        if h is None: yield f"drawing {p} missing"; continue
        if "order" in w and [x["id"] for x in h.get("nodes", [])] != w["order"]: yield f"canvas {p} order: {[x['id'] for x in h.get('nodes', [])]}"
        for kind in ("nodes", "edges"):
            have = {x["id"]: x for x in h.get(kind, [])}
            if kind == "edges" and kind in w and set(have) != {x["id"] for x in w[kind]}: yield f"canvas {p} edges: {sorted(have)}"
            for x in w.get(kind, []):
                if x["id"] not in have: yield f"canvas {p}: no {kind} {x['id']}"; continue
                for k, v in x.items():
                    if have[x["id"]].get(k) != v: yield f"canvas {p} {x['id']} {k}: {have[x['id']].get(k)!r} want {v!r}"
    for p, w in exp.get("backlinks", {}).items():
        if sorted((got.get("backlinks") or {}).get(p, [])) != sorted(w): yield f"backlinks {p}: {(got.get('backlinks') or {}).get(p)} want {w}"
