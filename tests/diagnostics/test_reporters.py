"""Every reporter tells the same faults in its own form."""

import json

import pytest

from kbtool.diagnostics import CODES, REPORTERS, Severity, adjust, did_you_mean, exit_status, fault

BROKEN = fault("broken-link", "Conceptos/Árbol, 50%.md", 12, 5, "no note is called 'X'\n", "did you mean [[Y]]?")
ORPHAN = fault("orphan-note", "B.md", 0, 0, "no other note links to this note")
ENCODING = fault("encoding", "A.md", 1, 1, "the file is not UTF-8")
ROUNDING = fault("output-rounding", "B.md", 3, 1, "documented '0.12', printed '0.13'")


def report(name: str, *diagnostics, prefix: str = "vault/") -> str:
    return REPORTERS[name](diagnostics, prefix)


def test_text_is_one_line_a_fault():
    assert report("text", ORPHAN, ROUNDING).splitlines() == [
        "vault/B.md: info orphan-note: no other note links to this note",
        "vault/B.md:3:1: warning output-rounding: documented '0.12', printed '0.13'",
    ]


def test_json_has_every_field_and_paths_of_the_vault():
    assert json.loads(report("json", ROUNDING)) == {
        "schema": 1,
        "diagnostics": [
            {
                "code": "output-rounding",
                "severity": "warning",
                "path": "B.md",
                "line": 3,
                "column": 1,
                "message": "documented '0.12', printed '0.13'",
                "hint": "",
            }
        ],
    }


def test_github_commands_escape_what_would_end_them():
    assert report("github", BROKEN, ORPHAN).splitlines() == [
        "::error file=vault/Conceptos/Árbol%2C 50%25.md,line=12,col=5,title=broken-link::"
        "no note is called 'X'%0A (did you mean [[Y]]?)",
        "::notice file=vault/B.md,title=orphan-note::no other note links to this note",
    ]


def test_sarif_names_the_rule_the_level_and_the_place():
    log = json.loads(report("sarif", BROKEN, ORPHAN, ROUNDING))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["broken-link", "orphan-note", "output-rounding"]
    assert [r["level"] for r in run["results"]] == ["error", "note", "warning"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"])
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "vault/Conceptos/%C3%81rbol%2C%2050%25.md"
    assert place["region"] == {"startLine": 12, "startColumn": 5}
    assert "region" not in run["results"][1]["locations"][0]["physicalLocation"]


@pytest.mark.parametrize("name", REPORTERS)
def test_a_clean_vault_gives_a_valid_report(name):
    text = report(name)
    assert text == "" or json.loads(text)


@pytest.mark.parametrize(
    ("diagnostics", "strict", "status"),
    [
        ([], False, 0),
        ([ORPHAN, ROUNDING], True, 0),
        ([ENCODING], False, 0),
        ([ENCODING], True, 1),
        ([ENCODING, BROKEN], False, 1),
    ],
)
def test_the_exit_status_counts_errors_and_under_strict_warnings(diagnostics, strict, status):
    assert exit_status(diagnostics, strict=strict) == status


def test_wishes_change_severities_and_drop_what_is_off():
    wishes = {"broken-link": Severity.WARNING, "orphan-note": Severity.OFF}
    assert [(d.code, d.severity) for d in adjust([ORPHAN, BROKEN, BROKEN], wishes)] == [("broken-link", "warning")]


def test_a_near_name_is_offered():
    assert did_you_mean("timout", ["timeout", "device"]) == "timeout"
    assert did_you_mean("zzz", ["timeout"]) == ""


def test_every_code_says_what_it_is():
    assert all(code.summary.endswith(".") and code.name == name for name, code in CODES.items())
