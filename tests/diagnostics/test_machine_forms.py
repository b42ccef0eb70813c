"""The forms that other programs read hold to those programs' rules, whatever stands in a vault."""

from __future__ import annotations

import json
import re
import unicodedata
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kbtool.diagnostics import CODES, REPORTERS, Diagnostic, Severity

# Bytes of names that are no UTF-8 are half characters to Python.
LETTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\udc80\udcff")
NASTY = st.text(st.sampled_from("%:,\r\n;=\t\0\x1b[]()#?&\\/'\"<>| añ日😀\u2028\ufeff") | LETTERS)
DIAGNOSTICS = st.builds(
    Diagnostic,
    code=st.sampled_from(sorted(CODES)),
    severity=st.sampled_from([s for s in Severity if s is not Severity.OFF]),
    path=NASTY.filter(lambda path: path not in ("", ".", "..")),
    line=st.integers(0, 10**6),
    column=st.integers(0, 10**6),
    message=NASTY,
    hint=NASTY,
)
LISTS = st.lists(DIAGNOSTICS, max_size=6)
PREFIXES = st.sampled_from(["", "vault", "Mi bóveda 50%", "/srv/notas: a"])

calm = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@calm
@given(LISTS, PREFIXES)
def test_sarif_is_what_its_schema_says(sarif_faults, diagnostics, prefix):
    log = json.loads(REPORTERS["sarif"](diagnostics, prefix))
    assert sarif_faults(log) == []
    assert len(log["runs"][0]["results"]) == len(diagnostics)


@calm
@given(LISTS, PREFIXES)
def test_sarif_addresses_are_uris_that_name_the_file(diagnostics, prefix):
    log = json.loads(REPORTERS["sarif"](diagnostics, prefix))
    for diagnostic, result in zip(diagnostics, log["runs"][0]["results"], strict=True):
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/!$&'()*+,;=@:-]|%[0-9A-F]{2})+", uri)
        parts = urlsplit(uri)
        assert parts.scheme in ("", "file")
        assert parts.netloc == ""
        assert unquote(parts.path, errors="surrogateescape").endswith(diagnostic.path)


def test_the_schema_refuses_what_is_no_log(sarif_faults):
    log = json.loads(REPORTERS["sarif"]([], ""))
    assert sarif_faults({**log, "version": "3"}) != []
    assert sarif_faults({**log, "runs": [{}]}) != []


def escaped(text: str) -> str:
    """With the half characters spelled out, which no stream can print."""
    return text.encode("utf-8", "backslashreplace").decode()


def unescaped(text: str, *, properties: bool) -> str:
    """As the runner of GitHub's workflows reads it."""
    for code, character in (("%0D", "\r"), ("%0A", "\n"), *((("%3A", ":"), ("%2C", ",")) if properties else ())):
        text = text.replace(code, character)
    return text.replace("%25", "%")


@calm
@given(LISTS, PREFIXES)
def test_github_reads_back_what_was_said(diagnostics, prefix):
    text = REPORTERS["github"](diagnostics, prefix)
    assert "\r" not in text
    lines = text.split("\n")[:-1]
    assert len(lines) == len(diagnostics)
    for diagnostic, line in zip(diagnostics, lines, strict=True):
        command, _, rest = line.removeprefix("::").partition(" ")
        properties, _, message = rest.partition("::")
        assert command == {"error": "error", "warning": "warning", "info": "notice"}[diagnostic.severity]
        facts = dict(fact.split("=", 1) for fact in properties.split(","))
        assert unescaped(facts["file"], properties=True).endswith(escaped(diagnostic.path))
        assert facts.get("line", "0") == str(diagnostic.line)
        assert unescaped(message, properties=False).startswith(escaped(diagnostic.message))


@calm
@given(LISTS, PREFIXES)
def test_text_is_one_line_a_diagnostic(diagnostics, prefix):
    lines = REPORTERS["text"](diagnostics, prefix).split("\n")
    assert len(lines) == len(diagnostics) + 1
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for line in lines for c in line)


@calm
@given(LISTS)
def test_json_gives_every_value_back(diagnostics):
    told = json.loads(REPORTERS["json"](diagnostics, ""))["diagnostics"]
    assert [(d["path"], d["message"]) for d in told] == [(d.path, d.message) for d in diagnostics]


@pytest.mark.parametrize("form", REPORTERS)
def test_every_form_can_be_printed_where_a_name_is_no_text(form):
    odd = Diagnostic("encoding", Severity.WARNING, "a\udcff.md", 1, 1, "x \udcff")
    REPORTERS[form]([odd], "").encode()
