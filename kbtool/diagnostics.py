"""What kbtool has to say about a vault: one frozen value per fault, one table of codes, several reporters.

A diagnostic answers three questions: where (path, line, column), what (code, message) and what to do
next (hint).  Stages collect diagnostics and return them; nobody prints but the command line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = [
    "CODES",
    "REPORTERS",
    "Code",
    "Diagnostic",
    "Severity",
    "adjust",
    "count",
    "did_you_mean",
    "exit_status",
    "fault",
    "text_line",
    "visible",
]


class Severity(StrEnum):
    """How much a diagnostic weighs; `off` is only ever a wish in the config."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of fault: its name, its weight where nobody says otherwise, and one sentence on it."""

    name: str
    severity: Severity
    summary: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault.

    `path` is relative to the vault (`.` = all of it); `line` and `column` count from 1, 0 = the whole file.
    """

    code: str
    severity: Severity
    path: str
    line: int
    column: int
    message: str
    hint: str = ""


_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

CODES: Mapping[str, Code] = {
    code.name: code
    for code in (
        Code("broken-link", _ERROR, "A link names a note or file that does not exist."),
        Code("broken-heading", _ERROR, "A link names a heading that its note does not have."),
        Code("broken-block", _ERROR, "A link names a block id that its note does not have."),
        Code("broken-embed", _ERROR, "An embed names a note, heading or block that does not exist."),
        Code("embed-cycle", _ERROR, "Notes embed each other in a circle; the circle is cut."),
        Code("ambiguous-link", _WARNING, "A link fits several files equally well."),
        Code("alias-link", _ERROR, "A link uses an alias as if it were a file name; Obsidian does not resolve it."),
        Code("accent-link", _ERROR, "A link differs from a file name only by accents; Obsidian does not resolve it."),
        Code("missing-attachment", _ERROR, "A link or embed names an image or other attachment that does not exist."),
        Code("foreign-shortcode", _WARNING, "The note holds template code of another site generator."),
        Code("foreign-residue", _WARNING, "The note holds what was left over when it was copied from another program."),
        Code("unclosed-block", _WARNING, "A code block or comment is never closed and swallows the rest of its note."),
        Code("bad-front-matter", _ERROR, "The properties at the top of the note are not valid YAML."),
        Code("bad-config", _ERROR, "kbtool.toml holds an unknown key or a value of the wrong kind."),
        Code("bad-option", _ERROR, "A code block has an unknown option or a value of the wrong kind."),
        Code("encoding", _WARNING, "The file is not UTF-8."),
        Code("unreadable", _WARNING, "A file or folder of the vault cannot be read; it was left out."),
        Code("mojibake", _WARNING, "The text was decoded with the wrong encoding before it was saved."),
        Code("page-collision", _WARNING, "Two notes would get the same URL."),
        Code("bad-math", _WARNING, "A formula cannot be typeset; its source is shown."),
        Code("bad-diagram", _WARNING, "A Mermaid diagram cannot be drawn; its source is shown."),
        Code("bad-canvas", _ERROR, "A canvas file is not valid JSON Canvas."),
        Code("bad-base", _ERROR, "A base cannot be read or uses something unknown."),
        Code("requires-cycle", _ERROR, "Notes require each other in a circle; none of them is run."),
        Code("block-error", _ERROR, "A block raised an exception."),
        Code("block-timeout", _ERROR, "A block did not end within its time limit and was stopped."),
        Code("block-killed", _ERROR, "The process of a block ended before the block did."),
        Code("block-memory", _ERROR, "A block wanted more memory than its limit."),
        Code("output-mismatch", _ERROR, "What a block prints is not what the note says it prints."),
        Code("output-rounding", _WARNING, "A number differs from the documented one in its last digit."),
        Code("nondeterministic", _ERROR, "The same block gave two different outputs."),
        Code("figure-alt", _INFO, "A block draws a figure and does not say in words what it shows."),
        Code("device-missing", _WARNING, "A note asks for a device that this machine does not have; it was skipped."),
        Code("sandbox-off", _WARNING, "Notes ran without confinement."),
        Code("store-unusable", _WARNING, "The stored results could not be used or kept; everything was made anew."),
        Code("orphan-note", _INFO, "No other note links to this note."),
        Code("duplicate-id", _WARNING, "Two blocks or headings of one note share an id."),
        Code("draft-embedded", _WARNING, "A published note embeds one that is not published; nothing of it is shown."),
        Code("unsafe-html", _INFO, "Raw HTML, or a part of a file, was left out because it could run code."),
        Code("plugin-content", _INFO, "The note holds content of an Obsidian plugin, which is shown as source."),
        Code("run-disabled", _INFO, "The vault has Python blocks, and running them is not enabled."),
    )
}


def fault(code: str, path: str, line: int, column: int, message: str, hint: str = "") -> Diagnostic:
    """A diagnostic with the severity that the table gives its code."""
    return Diagnostic(code, CODES[code].severity, path, line, column, message, hint)


def adjust(diagnostics: Iterable[Diagnostic], wishes: Mapping[str, Severity]) -> list[Diagnostic]:
    """The diagnostics, sorted by place, with the severities that the config wishes; `off` drops them."""
    changed = (replace(d, severity=wishes.get(d.code, d.severity)) for d in diagnostics)
    kept = {d for d in changed if d.severity is not Severity.OFF}
    return sorted(kept, key=lambda d: (d.path, d.line, d.column, d.code, d.message))


def exit_status(diagnostics: Iterable[Diagnostic], *, strict: bool = False) -> int:
    """0 when nothing is an error, else 1; `strict` counts warnings too, rounding excepted."""
    for d in diagnostics:
        if d.severity is Severity.ERROR:
            return 1
        if strict and d.severity is Severity.WARNING and d.code != "output-rounding":
            return 1
    return 0


def count(n: int, noun: str, nouns: str = "") -> str:
    """A number of things in words.

    >>> count(1, "note"), count(3, "note"), count(2, "note or file", "notes or files")
    ('1 note', '3 notes', '2 notes or files')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {nouns or noun + 's'}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The known name nearest in spelling, or the empty string.

    >>> did_you_mean("timout", ["timeout", "device"])
    'timeout'
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def text_line(d: Diagnostic, prefix: str = "") -> str:
    """`vault/X.md:12:5: error broken-link: message (hint)`; `prefix` is the vault's folder as typed."""
    place = _place(d, prefix)
    if d.line:
        place += f":{d.line}:{d.column or 1}"
    return visible(f"{place}: {d.severity} {d.code}: {_sentence(d)}")


# Names of files and notes may hold anything: line ends, what steers a terminal, what turns the direction of writing.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """The text on one line, what cannot be seen written as an escape.

    >>> visible("a\\nb")
    'a\\\\nb'
    """
    return _UNSEEN.sub(lambda match: match[0].encode("unicode_escape", "surrogatepass").decode(), text)


def _encodable(text: str) -> str:
    """The text with half characters as escapes, which are what JSON writes for them too."""
    return text.encode("utf-8", "backslashreplace").decode()


def _text(diagnostics: Sequence[Diagnostic], prefix: str) -> str:
    return "".join(text_line(d, prefix) + "\n" for d in diagnostics)


def _json(diagnostics: Sequence[Diagnostic], _prefix: str) -> str:
    # Programs get paths relative to the vault, whatever the vault's folder was called on the command line.
    import json
    from dataclasses import asdict

    report = {"schema": 1, "diagnostics": [asdict(d) for d in diagnostics]}
    return _encodable(json.dumps(report, ensure_ascii=False, indent=1)) + "\n"


_GITHUB = {_ERROR: "error", _WARNING: "warning", _INFO: "notice", Severity.OFF: "debug"}


def _github(diagnostics: Sequence[Diagnostic], prefix: str) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request."""
    return _encodable("".join(_command(d, prefix) + "\n" for d in diagnostics))


def _command(d: Diagnostic, prefix: str) -> str:
    place = {"file": _place(d, prefix), "line": d.line, "col": d.column, "title": d.code}
    facts = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in place.items() if value)
    return f"::{_GITHUB[d.severity]} {facts}::{_escaped(_sentence(d))}"


def _escaped(text: str, more: str = "") -> str:
    # Percent first: it is what the others are escaped with.
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _sentence(d: Diagnostic) -> str:
    return d.message + (f" ({d.hint})" if d.hint else "")


def _place(d: Diagnostic, prefix: str) -> str:
    if d.path == ".":  # the whole vault
        return prefix or d.path
    return f"{prefix.rstrip('/')}/{d.path}" if prefix else d.path


_SARIF = {_ERROR: "error", _WARNING: "warning", _INFO: "note", Severity.OFF: "none"}


def _sarif(diagnostics: Sequence[Diagnostic], prefix: str) -> str:
    """SARIF 2.1.0, which code scanners and editors read."""
    import json

    used = sorted({d.code for d in diagnostics})
    rules = [_rule(CODES[code]) for code in used]
    driver = {"name": "kbtool", "rules": rules}
    results = [_result(d, used.index(d.code), prefix) for d in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return _encodable(json.dumps(log, ensure_ascii=False, indent=1)) + "\n"


def _rule(code: Code) -> dict[str, object]:
    level = _SARIF[code.severity]
    return {"id": code.name, "shortDescription": {"text": code.summary}, "defaultConfiguration": {"level": level}}


def _result(d: Diagnostic, rule: int, prefix: str) -> dict[str, object]:
    from urllib.parse import quote

    location: dict[str, object] = {"artifactLocation": {"uri": quote(_place(d, prefix), errors="surrogateescape")}}
    if d.line:
        location["region"] = {"startLine": d.line, "startColumn": d.column or 1}
    return {
        "ruleId": d.code,
        "ruleIndex": rule,
        "level": _SARIF[d.severity],
        "message": {"text": _sentence(d)},
        "locations": [{"physicalLocation": location}],
    }


REPORTERS: Mapping[str, Callable[[Sequence[Diagnostic], str], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
"""Format name -> function of the diagnostics and the vault's folder as typed (used where paths are shown to people)."""
