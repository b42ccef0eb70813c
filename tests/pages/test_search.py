"""What search tells, and what it must not."""

from __future__ import annotations

from typing import Any

HIDDEN = {
    "Borrador.md": "---\ndraft: true\n---\n# Ornitorrinco\n\nequidna",
    "Privada.md": "---\npublish: false\naliases: [Ornitorrinco]\n---\nequidna",
    "Fuera/Nota.md": "# Ornitorrinco\n\nequidna",
}


def test_nothing_of_what_is_not_published_can_be_found(make: Any) -> None:
    shown = {"A.md": "# Abeja\n\nVer ![[Borrador]] y ![[Privada]].", "B.md": "Sola."}
    made = make({**shown, **HIDDEN, ".obsidian/app.json": '{"userIgnoreFilters": ["Fuera/"]}'})
    told = {url: page.data.decode() for url, page in made.files.items() if url.startswith("search")}
    assert "abej" in told["search/terms-0.js"]
    for text in told.values():
        assert not any(word in text.casefold() for word in ("ornitorrinco", "equidna", "privada", "fuera"))


def test_a_vault_without_notes_has_no_search(make: Any) -> None:
    made = make({"foto.txt": "x"})
    assert [url for url in made.files if url.startswith("search")] == []
    assert made["404.html"].find(id="seek") is None


def test_texts_cannot_end_their_script(make: Any) -> None:
    made = make({"A.md": "`</script><b>` y \u2028 fin"})
    assert made.raw("search/texts-0.js").startswith('kbtoolTexts(0,[["a.html","A","","",')
