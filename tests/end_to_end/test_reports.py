"""What programs read has a fixed shape."""

from __future__ import annotations

import json

import pytest
from jsonschema import validate

pytestmark = pytest.mark.xdist_group("reports")

NATURAL = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}
SECONDS = {"type": "number", "minimum": 0}


def _object(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


DIAGNOSTIC = _object(
    code=TEXT,
    severity={"enum": ["error", "warning", "info"]},
    path=TEXT,
    line=NATURAL,
    column=NATURAL,
    message={"type": "string", "minLength": 1},
    hint=TEXT,
)
BLOCK = _object(
    note=TEXT,
    index=NATURAL,
    label=TEXT,
    line={"type": "integer", "minimum": 1},
    status={"enum": ["verified", "ran", "rounding", "mismatch", "error", "timeout", "killed", "skipped"]},
    how={"enum": ["ran", "replayed", "cached"]},
    seconds=SECONDS,
    device=TEXT,
    stdout=TEXT,
    value={"type": ["string", "null"]},
    error={"type": ["object", "null"]},
)
REPORT = _object(
    schema={"const": 1},
    version={"type": "string", "minLength": 1},
    vault=TEXT,
    site=TEXT,
    notes=NATURAL,
    pages=_object(total=NATURAL, rendered=NATURAL, written=NATURAL, removed=NATURAL),
    blocks={"type": "array", "items": BLOCK},
    links=_object(total=NATURAL, broken=NATURAL),
    diagnostics={"type": "array", "items": DIAGNOSTIC},
    seconds={"type": "object", "additionalProperties": SECONDS},
)
CHECK = _object(schema={"const": 1}, diagnostics={"type": "array", "items": DIAGNOSTIC})

NOTES = {
    "kbtool.toml": "[run]\nenabled = true\n",
    "vault/A.md": (
        "[[B]], [[C]]\n\n```python\n#| label: first\nprint(1)\n```\n```output\n1\n```\n\n"
        "```python\n2\n```\n\n```python\n#| eval: false\n3\n```\n\n```python\n1 / 0\n```\n"
    ),
    "vault/B.md": "[[A]]",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory, write):
    return write(tmp_path_factory.mktemp("reports"), NOTES)


@pytest.fixture(scope="module")
def report(kbtool, project):
    kbtool("build", "--report", "report.json", cwd=project)
    return json.loads((project / "report.json").read_text("utf-8"))


def test_the_report_keeps_to_its_schema(report):
    validate(report, REPORT)


def test_the_report_counts_what_is_there(report):
    assert report["notes"] == 2
    assert report["links"] == {"total": 3, "broken": 1}
    assert report["pages"]["total"] >= 3
    assert report["pages"]["written"] >= report["pages"]["total"] - 1


def test_the_report_tells_how_each_block_ended(report):
    blocks = [(b["index"], b["label"], b["status"], b["value"]) for b in report["blocks"]]
    assert blocks == [
        (0, "first", "verified", None),
        (1, "", "ran", "2"),
        (2, "", "skipped", None),
        (3, "", "error", None),
    ]
    assert report["blocks"][0]["line"] == 4
    assert report["blocks"][3]["error"]["type"] == "ZeroDivisionError"


def test_check_as_json_keeps_to_its_schema(kbtool, project):
    ran = kbtool("check", "--no-run", "--format", "json", cwd=project)
    validate(ran.json, CHECK)
    (broken,) = (d for d in ran.json["diagnostics"] if d["code"] == "broken-link")
    assert (broken["path"], broken["line"], broken["column"]) == ("A.md", 1, 8)


def test_check_as_github_annotations_names_files_from_here(kbtool, project):
    ran = kbtool("check", "--no-run", "--format", "github", cwd=project)
    (line,) = (line for line in ran.stdout.splitlines() if "broken-link" in line)
    assert line.startswith("::error file=vault/A.md,line=1,")


def test_check_as_sarif_is_sarif(kbtool, project):
    ran = kbtool("check", "--no-run", "--format", "sarif", cwd=project)
    assert ran.json["version"] == "2.1.0"
    assert "broken-link" in {result["ruleId"] for run in ran.json["runs"] for result in run["results"]}


def test_a_baseline_lets_only_new_faults_count(kbtool, tmp_path, write):
    project = write(tmp_path, {"kbtool.toml": "", "vault/A.md": "[[Old]]\n"})
    assert kbtool("check", "--baseline", "known.json", cwd=project).status == 0
    assert kbtool("check", "--baseline", "known.json", cwd=project).status == 0
    write(project, {"vault/A.md": "A line above.\n\n[[Old]]\n\n[[New]]\n"})
    ran = kbtool("check", "--baseline", "known.json", cwd=project)
    assert ran.status == 1
    assert "New" in ran.stdout
    assert "Old" not in ran.stdout


def test_inspect_prints_json(kbtool, project):
    facts = kbtool("inspect", cwd=project).json
    assert facts["unresolved"] == {"A.md": {"C": 1}}
    assert facts["backlinks"] == {"A.md": ["B.md"], "B.md": ["A.md"]}
