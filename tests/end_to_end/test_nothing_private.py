"""What is not published is visible nowhere: not one byte of the site holds a word that only stands there."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("nothing-private")

# Made-up words, one a hiding place, spelled so that no folding or stemming changes them.
HIDDEN = {
    "zqdrafttext": "the text of a draft",
    "zqdrafttitle": "the file name of a draft",
    "zqdraftheading": "a heading of a draft",
    "zqdraftproperty": "a property of a draft",
    "zqdraftalias": "an alias of a draft",
    "zqdrafttag": "a tag that only a draft has",
    "zqdraftcode": "code of a draft",
    "zqdraftoutput": "an output of a draft",
    "zqdraftsentence": "the sentence in which a draft links to a published note",
    "zqdraftfile": "an attachment that only a draft uses",
    "zqsourceonly": "an attachment that nothing uses",
    "zqunpublished": "a note that says publish: false",
    "zqexcluded": "a folder that the config excludes",
    "zqignored": "a folder that Obsidian's settings exclude",
    "zqtemplate": "a template",
    "zqdotfolder": "a folder whose name begins with a dot",
}
PUBLIC = "zqpublicword"
IMAGE = b'<svg xmlns="http://www.w3.org/2000/svg"><title>%s</title></svg>'

NOTES = {
    "kbtool.toml": 'base_url = "https://example.org"\n[publish]\nexclude = ["Excluido"]\n[run]\nenabled = true\n',
    "vault/.obsidian/app.json": '{"userIgnoreFilters": ["Ignorada/"]}',
    "vault/.obsidian/templates.json": '{"folder": "Plantillas"}',
    "vault/Public.md": f"""\
---
date: 2025-01-02
tags: [open]
aliases: [Abierta]
ver: "[[zqdrafttitle|a]]"
---
# Public

{PUBLIC}. Text [[zqdrafttitle|words]] and ![[zqdrafttitle]].

![[zqdrafttitle#zqdraftheading|shown]]

[[Unpublished|other]] [[Excluido/Inside|third]] [[Ignorada/Inside2|fourth]]

![[Excluido/Inside]]

![[All.base]]
""",
    "vault/zqdrafttitle.md": """\
---
draft: true
date: 2025-03-04
summary: zqdraftproperty
aliases: [zqdraftalias]
tags: [zqdrafttag]
---
# Draft

zqdrafttext

## zqdraftheading

zqdraftsentence [[Public]].

![[zqdraftfile.svg]]

```python
zqdraftcode = 'zqdraft' + 'output'
print(zqdraftcode)
```
""",
    "vault/Unpublished.md": "---\npublish: false\n---\nzqunpublished [[Public]]\n",
    "vault/Excluido/Inside.md": "# zqexcluded\n\n[[Public]]\n",
    "vault/Ignorada/Inside2.md": "# zqignored\n\n[[Public]]\n",
    "vault/Plantillas/Template.md": "# zqtemplate\n\n[[Public]] #zqtemplate\n",
    "vault/.hidden/Note.md": "zqdotfolder [[Public]]\n",
    "vault/zqdraftfile.svg": IMAGE % b"zqdraftfile",
    "vault/zqsourceonly.svg": IMAGE % b"zqsourceonly",
    "vault/Map.canvas": (
        '{"nodes": [{"id": "1", "type": "file", "file": "zqdrafttitle.md", "x": 0, "y": 0, "width": 9, "height": 9},'
        '{"id": "2", "type": "file", "file": "Public.md", "x": 50, "y": 0, "width": 9, "height": 9}], "edges": []}'
    ),
    "vault/All.base": """\
views:
  - type: table
    name: All
    order: [file.name, summary, file.tags, file.backlinks, file.links]
""",
}


@pytest.fixture(scope="module")
def site(kbtool, read_site, tmp_path_factory, write):
    project = write(tmp_path_factory.mktemp("private"), NOTES)
    ran = kbtool("build", cwd=project)
    assert ran.status in (0, 1), ran.stderr
    return read_site(project / "site")


def _holding(site, word):
    bare = word.encode()
    return sorted(name for name, data in site.files.items() if bare in data.lower() or word in name.lower())


def test_the_search_for_words_can_find_one(site):
    assert "public.html" in _holding(site, PUBLIC)
    assert len(_holding(site, PUBLIC)) > 1  # the page and at least the search index


@pytest.mark.parametrize("word", HIDDEN, ids=HIDDEN.values())
def test_no_byte_of_the_site_holds_it(site, word):
    assert _holding(site, word) == []


def test_no_page_exists_for_what_is_not_published(site):
    made = {"unpublished.html", "excluido/inside.html", "ignorada/inside2.html", "plantillas/template.html"}
    assert not made & set(site.pages)


def test_a_link_to_it_is_plain_text(site):
    page = site.pages["public.html"]
    assert all(word in page.text for word in ("words", "other", "third", "fourth"))
    assert not any("unpublished" in reference or "inside" in reference for reference in page.references)


def test_only_publishes_what_says_so(kbtool, read_site, tmp_path, write):
    notes = {"vault/Yes.md": "---\npublish: true\n---\n[[No]]", "vault/No.md": "zqother [[Yes]]"}
    project = write(tmp_path, {"kbtool.toml": "[publish]\nonly = true\n", **notes})
    kbtool("build", cwd=project)
    site = read_site(tmp_path / "site")
    assert "yes.html" in site.pages
    assert _holding(site, "zqother") == []
    assert "no.html" not in site.pages


def test_a_note_that_becomes_a_draft_leaves_the_site(kbtool, read_site, tmp_path, write):
    project = write(
        tmp_path,
        {
            "kbtool.toml": "",
            "vault/A.md": "[[B|b]] ![[B]]",
            "vault/B.md": "zqlater [[A]] ![[p.svg]]",
            "vault/p.svg": IMAGE % b"p",
        },
    )
    assert kbtool("build", cwd=project).status == 0
    assert {"a.html", "b.html"} <= set(_holding(read_site(project / "site"), "zqlater"))
    write(project, {"vault/B.md": "---\ndraft: true\n---\nzqlater [[A]] ![[p.svg]]"})
    kbtool("build", cwd=project)
    assert _holding(read_site(project / "site"), "zqlater") == []
    assert not any(name.endswith("p.svg") for name in read_site(project / "site").files)
