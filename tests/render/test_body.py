"""Bodies of notes: Markdown in, HTML out."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kbtool import note
from kbtool.render import draft

Shelve = Callable[..., Any]


def body(shelve: Shelve, text: str, **others: str) -> str:
    html: str = shelve({"A.md": text, **{f"{name}.md": content for name, content in others.items()}}).html()
    return html.strip()


def test_a_paragraph_keeps_its_line_breaks_unless_the_vault_says_otherwise(shelve: Shelve) -> None:
    assert body(shelve, "uno\ndos") == "<p>uno<br>\ndos</p>"
    strict = shelve({"A.md": "uno\ndos", ".obsidian/app.json": '{"strictLineBreaks": true}'})
    assert strict.html().strip() == "<p>uno\ndos</p>"


def test_what_looks_like_html_in_text_and_code_is_text(shelve: Shelve) -> None:
    assert body(shelve, "1 < 2 & `<b>`") == "<p>1 &lt; 2 &amp; <code>&lt;b&gt;</code></p>"


def test_a_heading_carries_its_anchor_and_a_link_to_itself(shelve: Shelve) -> None:
    assert body(shelve, "## ¿Qué es *BPE*?") == (
        '<h2 id="que-es-bpe"><a class="anc" href="#que-es-bpe" aria-label="Link to this section"></a>'
        "¿Qué es <em>BPE</em>?</h2>"
    )


def test_a_heading_in_a_quote_is_no_place_to_link_to(shelve: Shelve) -> None:
    assert "<h2>x</h2>" in body(shelve, "> ## x")


def test_links_lead_to_pages_as_seen_from_this_page(shelve: Shelve) -> None:
    shelf = shelve({"a/A.md": "[[B#Dos|x]] [y](../b/B.md) [[#Uno]]\n\n# Uno", "b/B.md": "# Dos"})
    assert shelf.html("a/A.md").startswith(
        '<p><a class="w" href="../b/b.html#dos">x</a> <a class="w" href="../b/b.html">y</a> '
        '<a class="w" href="#uno">Uno</a></p>'
    )


def test_a_link_to_nothing_keeps_its_words_and_says_why(shelve: Shelve) -> None:
    assert body(shelve, "[[Nada|algo]]") == ('<p><span class="new" title="There is no note “Nada” yet">algo</span></p>')


def test_a_link_to_an_unpublished_note_is_plain_text(shelve: Shelve) -> None:
    html = body(shelve, "[[B|uno]] [dos](B.md)", B="---\ndraft: true\n---\nsecreto")
    assert html == "<p>uno dos</p>"


def test_a_link_to_an_attachment_takes_it_along(shelve: Shelve) -> None:
    files = {"A.md": "[[datos.pdf]] ![[foto.png]]", "datos.pdf": "1", "foto.png": b"x", "otra.png": b"y"}
    found = shelve(files).body()
    assert '<a href="datos.pdf">datos.pdf</a>' in found.html
    assert found.attachments == {"datos.pdf", "foto.png"}


@pytest.mark.parametrize("url", ["https://example.org/x#y", "mailto:a@example.org", "obsidian://open?vault=V"])
def test_external_links_are_marked(shelve: Shelve, url: str) -> None:
    assert body(shelve, f"[a]({url})") == f'<p><a class="ext" href="{url}">a</a></p>'


def test_a_link_that_would_run_code_leads_nowhere(shelve: Shelve) -> None:
    assert "href" not in body(shelve, "<a href='javascript:x()'>a</a>")
    assert 'href="javascript' not in body(shelve, "[a](javascript:x)")


def test_tags_lead_to_their_pages(shelve: Shelve) -> None:
    html = body(shelve, "ver #llm/base aquí")
    assert html == '<p>ver <a class="tag" href="tags/llm/base.html">#llm/base</a> aquí</p>'


def test_marks_comments_and_breaks(shelve: Shelve) -> None:
    assert body(shelve, "==uno== ~~dos~~ %%tres%% **cuatro**") == (
        "<p><mark>uno</mark> <s>dos</s>  <strong>cuatro</strong></p>"
    )


def test_tasks_are_boxes_that_say_their_state(shelve: Shelve) -> None:
    html = body(shelve, "- [ ] uno\n- [x] dos\n- tres")
    assert html == (
        '<ul class="tasks">\n'
        '<li class="task" data-task=" "><input type="checkbox" disabled aria-label="open"><div>uno</div></li>\n'
        '<li class="task on" data-task="x"><input type="checkbox" disabled checked aria-label="done">'
        "<div>dos</div></li>\n"
        "<li>tres</li>\n</ul>"
    )


def test_an_ordered_list_keeps_its_first_number(shelve: Shelve) -> None:
    assert body(shelve, "3. uno") == '<ol start="3">\n<li>uno</li>\n</ol>'


def test_a_table_scrolls_and_is_aligned(shelve: Shelve) -> None:
    html = body(shelve, "| a | b |\n|---|--:|\n| 1 | 2 |")
    assert html.startswith('<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>')
    assert '<th scope="col">a</th><th scope="col" style="text-align:right">b</th>' in html
    assert html.endswith("</tbody></table></div>")


def test_a_callout_has_a_voice_and_a_spoken_type(shelve: Shelve) -> None:
    html = body(shelve, "> [!attention|ancho] Cuidado con **esto**\n> cuerpo")
    assert html.startswith(
        '<aside class="co warn" data-callout="attention" data-callout-metadata="ancho" '
        'role="note" aria-label="Warning">'
    )
    assert "<span>Cuidado con <strong>esto</strong></span></p>\n<p>cuerpo</p>" in html


@pytest.mark.parametrize(("sign", "state"), [("-", ""), ("+", " open")])
def test_a_folding_callout_is_a_details(shelve: Shelve, sign: str, state: str) -> None:
    html = body(shelve, f"> [!tip]{sign} T\n> x")
    assert html.startswith(f'<details class="co" data-callout="tip" data-callout-fold="{sign}"{state}>')
    assert "<summary data-callout-title>" in html
    assert html.endswith("</details>")


def test_formulas_are_typeset_and_display_ones_scroll(shelve: Shelve) -> None:
    found = shelve({"A.md": "en línea $x$ y $$y$$\n\n$$\nz\n$$"}).body()
    assert found.uses_math
    assert '<math data-tex="x" data-display="false">' in found.html
    assert '<span class="eq" tabindex="0" role="group" aria-label="Formula"><math data-tex="y"' in found.html
    assert '<div class="eq" tabindex="0" role="group" aria-label="Formula"><math data-tex="z"' in found.html


def test_a_bad_formula_is_shown_as_source_and_told_with_its_line(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "---\ntags: x\n---\n\nuno\n\n$$\na +\n\\nonsense\n$$\n\ny $\\otro$"})
    assert shelf.faults() == [("bad-math", "A.md", 9), ("bad-math", "A.md", 12)]
    assert '<code class="tex" data-tex="\\otro"' in shelf.html()


def test_a_command_defined_in_one_formula_serves_the_next(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "$$\\newcommand{\\v}[1]{\\mathbf{#1}}$$\n\ny $\\v{x}$"})
    assert shelf.faults() == []
    assert "<mi>𝐱</mi>" in shelf.html()
    assert 'class="eq"' not in shelf.html()


def test_equations_are_numbered_and_referred_to(shelve: Shelve) -> None:
    html = body(shelve, "por $\\eqref{dos}$\n\n$$a\\label{uno}$$\n\n$$b\\label{dos}$$")
    assert '<a href="#eq-dos">(2)</a>' in html
    assert 'id="eq-dos"' in html
    assert html.count('class="eq num"') == 2


def test_code_is_highlighted_and_named(shelve: Shelve) -> None:
    html = body(shelve, "```bash\nls -l # todo\n```")
    assert html.startswith(
        '<pre class="plain" tabindex="0" role="group" aria-label="Code: bash"><code class="language-bash">'
    )
    assert "\x02" not in html


def test_a_diagram_keeps_its_source(shelve: Shelve) -> None:
    html = body(shelve, "```mermaid\ngraph TD\n  A --> B\n```")
    assert ' class="mermaid' in html
    assert "A --&gt; B" in html


@pytest.mark.parametrize("plugin", ["dataview", "tasks", "dataviewjs"])
def test_content_of_plugins_is_folded_away_and_never_run(shelve: Shelve, plugin: str) -> None:
    html = body(shelve, f"```{plugin}\nTABLE <b>x</b>\n```")
    assert html.startswith('<details class="plugin"><summary>')
    assert "TABLE &lt;b&gt;x&lt;/b&gt;" in html


def test_html_around_markdown_stays_around_it(shelve: Shelve, faults_of: Callable[[str], list[str]]) -> None:
    html = body(shelve, "<details><summary>ver</summary>\n\n**dentro**\n\n</details>\n\nfuera")
    assert "".join(html.split()) == (
        "<details><summary>ver</summary><p><strong>dentro</strong></p></details><p>fuera</p>"
    )
    assert faults_of(html) == []


def test_html_left_open_ends_with_its_container(shelve: Shelve, faults_of: Callable[[str], list[str]]) -> None:
    html = body(shelve, "- uno\n\n  <div>\n\n  dos\n- tres <b>cuatro\n\n<div>\n\ncinco")
    assert faults_of(html) == []
    assert html.endswith("</div>")


def test_an_inline_script_takes_its_content_with_it(shelve: Shelve) -> None:
    shelf = shelve({"A.md": "uno <script>alert(1) [[B]]</script> dos"})
    assert shelf.html().strip() == "<p>uno  dos</p>"
    assert shelf.faults() == [("unsafe-html", "A.md", 1)]


def test_pictures_in_html_are_files_of_the_vault(shelve: Shelve) -> None:
    text = '<img src="m/i.png" width="40"> <a href="B.md">b</a> <a href="C.md">c</a>'
    found = shelve({"A.md": text, "m/i.png": b"x", "B.md": ""}).body()
    assert '<img width="40" src="m/i.png">' in found.html
    assert '<a href="b.html">b</a> <a>c</a>' in found.html
    assert found.attachments == {"m/i.png"}


def test_pictures_have_the_size_and_the_words_they_are_given(shelve: Shelve) -> None:
    html = shelve({"A.md": "![[foto uno.png|una curva]] ![[foto uno.png|100x50]]", "foto uno.png": b"x"}).html()
    assert '<img src="foto-uno.png" alt="una curva" loading="lazy">' in html
    assert '<img src="foto-uno.png" alt="foto uno" width="100" height="50" loading="lazy">' in html


def test_sounds_films_and_documents(shelve: Shelve) -> None:
    files = {"s.mp3": "", "v.mp4": "", "d.pdf": ""}
    html = shelve({"A.md": "![[s.mp3]]\n![[v.mp4]]\n![[d.pdf#page=3&height=400]]", **files}).html()
    assert '<audio controls preload="metadata" src="s.mp3" aria-label="s.mp3"></audio>' in html
    assert '<video controls preload="metadata" src="v.mp4" aria-label="v.mp4"></video>' in html
    assert '<iframe src="d.pdf#page=3" title="d.pdf" height="400" loading="lazy"></iframe>' in html


@pytest.mark.parametrize(
    ("url", "player"),
    [
        ("https://www.youtube.com/watch?v=abcDEF12345", "https://www.youtube-nocookie.com/embed/abcDEF12345"),
        ("https://youtu.be/abcDEF12345?t=3", "https://www.youtube-nocookie.com/embed/abcDEF12345"),
        ("https://vimeo.com/12345", "https://player.vimeo.com/video/12345?dnt=1"),
    ],
)
def test_a_film_of_the_web_waits_for_its_reader(shelve: Shelve, url: str, player: str) -> None:
    html = body(shelve, f"![]({url})")
    assert f'<iframe src="{player}" srcdoc="' in html
    assert f'<a class="ext" href="{url}">' in html


def test_a_picture_of_the_web_waits_for_its_reader(shelve: Shelve) -> None:
    html = body(shelve, "![mapa|250](https://example.org/a.png)")
    shown, _, waiting = html.partition("<template>")
    assert "<img" not in shown
    assert '<img src="https://example.org/a.png" width="250" alt="mapa"' in waiting


def test_a_badge_in_a_link_is_its_words(shelve: Shelve, faults_of: Callable[[str], list[str]]) -> None:
    html = body(shelve, "[![estado](https://ci.example.org/x.svg)](https://example.org)")
    assert faults_of(html) == []
    assert "estado" in html
    assert "<img" not in html


def test_a_note_cannot_make_holes(shelve: Shelve) -> None:
    html = body(shelve, "\x02W0:x\x03 `\x02Tx\x03` <b title='&#2;P0&#3;'>y</b> [[\x02B|\x03C]]\n\n> [!\x02x\x03] t")
    assert "W0:x" in html
    assert "P0" in html


def test_a_draft_survives_a_change_of_process() -> None:
    document, _ = note.parse("A.md", "# H ^x\n\n$x$[^1]\n\n[^1]: nota")
    made = draft(document, strict_line_breaks=False)
    assert pickle.loads(pickle.dumps(made)) == made


PIECES = st.lists(
    st.sampled_from(
        [
            "# H\n",
            "## [[B]] $x$\n",
            "texto *a\n",
            "b* **c\n",
            "![[A]] y ![[B#H]]\n",
            "x ![[B]]\n",
            "- uno\n",
            "  - [ ] dos ^id\n",
            "> cita\n",
            "> [!note]- t\n",
            ">> [!x] ![[B]]\n",
            "| a | b |\n|--|--|\n| [[B\\|c]] | $y$ |\n",
            "```python\nx\n```\n",
            "```output\n1\n```\n",
            "$$\nx\n$$\n",
            "[^1] ^[en línea]\n",
            "[^1]: nota ![[B]]\n",
            "<details>\n",
            "<summary>s</summary>\n",
            "</details>\n",
            "<b>x <script>\n",
            "</script></b>\n",
            "<!-- x\n",
            "%% y\n",
            "![x](https://e.org/a.png)\n",
            "[![[B]]](B.md)\n",
            "^id\n",
            "\n",
            "\n",
            "    código\n",
            "---\n",
        ]
    ),
    max_size=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(PIECES, PIECES)
def test_any_note_in_any_note_makes_a_whole_page(
    shelve: Shelve, faults_of: Callable[[str], list[str]], one: list[str], two: list[str]
) -> None:
    files = {"A.md": "".join(one), "B.md": "".join(two), "C.md": "![[A#H]]\n\n![[A#^id]]\n\n![[B#H]]\n\n![[B#^id]]"}
    shelf = shelve(files)
    for path in files:
        html = shelf.html(path)
        assert [fault for fault in faults_of(html) if not fault.endswith("inside <p>")] == []
        assert "\x02" not in html
