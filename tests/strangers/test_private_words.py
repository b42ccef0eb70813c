"""Publishing private text is the worst fault: a word in every private place, and every byte of the site searched.

What a published note itself says of a private one (`[[Draft#heading]]`) is public; what the private one says is not.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("private-words")

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"><title>%s</title></svg>'

# Made-up words that only stand in one private place each, spelled so that no folding or stemming changes them.
PRIVATE = {
    "zqtext": "the text of a draft that a published note embeds, links and requires",
    "zqhead": "a heading of that draft, linked by its anchor only",
    "zqsection": "the section of a draft that is embedded by its heading",
    "zqblock": "a block of a draft that is embedded by its id",
    "zqalias": "an alias of a draft",
    "zqtitle": "the title property of a draft",
    "zqproperty": "a property of a draft",
    "zqdescription": "the description of a draft",
    "zqpermalink": "the permalink of a draft",
    "zqtag": "a tag that only a draft has",
    "zqtask": "a task of a draft",
    "zqfootnote": "a footnote of a draft",
    "zqremark": "a comment in a published note",
    "zqcommentlink": "the sentence of a link in a comment of a published note",
    "zqhtmlcomment": "an HTML comment in a published note",
    "zqsentence": "the sentence in which a draft links to a published note",
    "zqsource": "code of a draft that is required",
    "zqoutput": "the output of a draft that is required",
    "zqdocumented": "the documented output of a draft",
    "zqvalue": "inline code of a draft that is required",
    "zqtraceback": "code of a draft that a traceback runs through",
    "zqwarning": "code of a draft that a warning points to",
    "zqraises": "what a required draft raises",
    "zqraisingcode": "the code of a required draft that raises",
    "zqdeep": "the name of a draft that a required draft requires, which fails",
    "zqfar": "the name of a draft whose function warns and raises in a published note",
    "zqfigure": "an attachment used only by a draft",
    "zqcommented": "an attachment used only in a comment",
    "zqnobody": "an attachment that nothing uses",
    "zqwithheld": "a note of a folder that the config excludes",
    "zqfolder": "the name of a folder with nothing but private notes",
    "zqheldpicture": "an attachment of an excluded folder, embedded by a published note",
    "zqunpublished": "a note that says publish: false",
    "zqfilename": "the file name of a note that nothing links to",
    "zqmould": "a template of the core plugin",
    "zqtemplater": "a template of Templater",
    "zqdotfile": "a note whose name begins with a dot",
    "zqdotpicture": "a picture in a folder whose name begins with a dot",
    "zqtrash": "a note in the trash",
    "zqoutside": "a file beside the vault",
    "zqsettings": "the vault's settings",
    "zqquoted": "a draft that says so in words",
    "zqbroken": "a draft whose other properties are strange",
}
# The same for words that are public, to see that the search would find one.
PUBLIC = ("zqpublic", "zqsaid", "zqpicture")

PROJECT = {
    "fuera.svg": PICTURE % b"zqoutside",
    "kbtool.toml": """\
base_url = "https://example.org"
[run]
enabled = true
sandbox = "off"
[publish]
exclude = ["Reservado"]
[pages]
alias_redirects = true
""",
    "vault/.obsidian/app.json": '{"zqsettings": 1}',
    "vault/.obsidian/templates.json": '{"folder": "Moldes"}',
    "vault/.obsidian/plugins/templater-obsidian/data.json": '{"templates_folder": "Otros/Moldes"}',
    "vault/Moldes/m.md": "zqmould [[Public]] #zqmould",
    "vault/Otros/Moldes/t.md": "zqtemplater [[Public]]",
    "vault/.zqdotfile.md": "zqdotfile [[Public]]",
    "vault/.oculta/zqdotpicture.svg": PICTURE % b"zqdotpicture",
    "vault/.trash/x.md": "zqtrash [[Public]]",
    "vault/Public.md": """\
---
date: 2025-01-02
requires: "[[Draft]]"
ver: "[[Draft|d]]"
image: "[[zqnobody.svg]]"
---
# Public

zqpublic [[Draft#zqsaid]] [[Draft]] [texto](Draft.md) [[Draft#^b]] ![[Draft]]

![[Draft#Sección]]

![[Draft#^b]]

> [!note] [[Draft]] y ![[Draft]]
> - ![[Draft]]

|a|
|-|
|[[Draft\\|x]] ![[Draft]]|

%% zqremark ![[zqcommented.svg]] %%

%%
zqcommentlink [[Otra]] en un comentario.
%%

<!-- zqhtmlcomment --> texto <!-- zqhtmlcomment -->

![[Reservado/zqpic.svg]] ![[zqpicture.svg]] <img src="../fuera.svg"> ![](../fuera.svg) ![[../fuera.svg]]
<img src="Reservado/zqpic.svg"> <img src=".oculta/zqdotpicture.svg"> [x](.obsidian/app.json) <a href="Draft.md">raw</a>

[[Reservado/nota]] [[Callada]] ![[Callada]]

```python
f()
```

```python
#| error: true
g()
```

```python
#| error: true
print("salida")
```
""",
    "vault/Fails.md": '---\nrequires: "[[Raises]]"\n---\n```python\nprint(1)\n```\n',
    "vault/Raises.md": "---\ndraft: true\n---\n```python\nraise ValueError('zqra' + 'ises')  # zqraisingcode\n```\n",
    "vault/Far.md": """\
---
requires: "[[Near]]"
---
```python
warns()
```

```python
raises()
```

`{python} raises()`
""",
    "vault/Near.md": '---\ndraft: true\nrequires: "[[zqfar]]"\n---\n```python\n1\n```\n',
    "vault/zqfar.md": """\
---
draft: true
---
```python
import warnings
def warns():
    warnings.warn("aviso")
def raises():
    try:
        {}["clave"]
    except KeyError as error:
        raise ExceptionGroup("grupo", [error, ValueError("zq" + "x")]) from error
```
""",
    "vault/Later.md": '---\nrequires: "[[Middle]]"\n---\n```python\nprint(1)\n```\n',
    "vault/Middle.md": '---\ndraft: true\nrequires: "[[zqdeep]]"\n---\n```python\nprint(2)\n```\n',
    "vault/zqdeep.md": "---\ndraft: true\n---\n```python\n1 / 0\n```\n",
    "vault/Otra.md": "# Otra\n\n[[Public]]\n",
    "vault/Draft.md": """\
---
draft: true
title: zqtitle
aliases: [zqalias]
tags: [zqtag]
requerido: zqproperty
description: zqdescription
permalink: zqpermalink
date: 2025-03-04
---
# zqhead

zqtext zqsentence [[Public]] [[Otra]]. ![[zqfigure.svg]][^1] ![[Public]]

## Sección

zqsection

zqblock ^b

- [ ] zqtask

[^1]: zqfootnote

```python
zqsource = 'zqout' + 'put'
print(zqsource)
def f():
    import warnings
    warnings.warn("aviso")  # zqwarning
def g():
    raise KeyError("clave")  # zqtraceback
```

```output
zqdocumented
```

`{python} 'zqva' + 'lue'`
""",
    "vault/zqfigure.svg": PICTURE % b"zqfigure",
    "vault/zqcommented.svg": PICTURE % b"zqcommented",
    "vault/zqnobody.svg": PICTURE % b"zqnobody",
    "vault/zqpicture.svg": PICTURE % b"zqpicture",
    "vault/Reservado/nota.md": "zqwithheld [[Public]]",
    "vault/Reservado/zqpic.svg": PICTURE % b"zqheldpicture",
    "vault/Reservado/zqfolder/x.md": "zqwithheld",
    "vault/Callada.md": "---\npublish: false\n---\nzqunpublished [[Public]]",
    "vault/zqfilename.md": "---\ndraft: true\n---\n[[Public]] [[Otra]]",
    "vault/Palabras.md": '---\ndraft: "yes"\n---\nzqquoted [[Public]]',
    "vault/Rara.md": "---\nDRAFT: True\na: &x [1]\nb: *x\n---\nzqbroken [[Public]]",
}


@pytest.fixture(scope="module")
def site(kbtool, read_site, tmp_path_factory, write):
    project = write(tmp_path_factory.mktemp("private-words"), PROJECT)
    ran = kbtool("build", cwd=project)
    assert ran.status in (0, 1), ran.stderr
    assert "Traceback" not in ran.stderr
    return read_site(project / "site")


def holding(site, word):
    return sorted(name for name, data in site.files.items() if word.encode() in data.lower() or word in name.lower())


@pytest.mark.parametrize("word", PUBLIC)
def test_the_search_finds_what_is_public(site, word):
    assert holding(site, word)


@pytest.mark.parametrize("word", PRIVATE, ids=PRIVATE.values())
def test_no_byte_of_the_site_holds_it(site, word):
    assert holding(site, word) == []


def test_what_a_published_note_says_of_a_draft_stays(site):
    text = site.pages["public.html"].text
    assert "Draft > zqsaid" in text
    assert "texto" in text


def test_no_address_leads_to_what_is_private(site):
    names = ("draft", "reservado", "callada", "moldes", "fuera", "app.json", "raises")
    references = [r.lower() for page in site.pages.values() for r in page.references]
    assert [r for r in references if any(name in r for name in names)] == []


def test_only_the_pictures_that_are_shown_are_copied(site):
    assert [name for name in site.files if name.endswith(".svg") and not name.startswith("assets/")] == [
        "zqpicture.svg"
    ]
