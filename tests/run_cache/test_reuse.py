"""What is remembered is not run again; what is not, is, and only that."""

from __future__ import annotations

import subprocess
import sys

import pytest
from remembering import python

from kbtool.run.results import Status


def test_nothing_runs_again_when_nothing_has_changed(project):
    project.note("A.md", "print(1)", "x = 2\nx")
    project.note("B.md", "print('b')")
    assert project.run() == {"A.md": ["ran", "ran"], "B.md": ["ran"]}
    first = project.results
    assert project.run() == {"A.md": ["cached", "cached"], "B.md": ["cached"]}
    for path, result in first.items():
        for old, new in zip(result.blocks, project.results[path].blocks, strict=True):
            assert (old.stdout, old.value, old.outputs, old.seconds, old.moment) == (
                new.stdout,
                new.value,
                new.outputs,
                new.seconds,
                new.moment,
            )
    assert project.told == [("A.md", 0), ("A.md", 1), ("B.md", 0)]


def test_the_moment_is_when_it_ran(project):
    project.note("A.md", "1")
    project.run()
    moment = project.results["A.md"].blocks[0].moment
    assert moment.endswith("+00:00")
    project.run()
    assert project.results["A.md"].blocks[0].moment == moment


def test_no_process_is_started_where_all_is_remembered(project):
    project.note("A.md", "print(1)")
    project.run()
    code = f"""
    import subprocess, sys
    from pathlib import Path
    sys.path.insert(0, {str(sys.path[0])!r})
    sys.path.insert(0, {__file__.rpartition("/")[0]!r})
    def refuse(*args, **options): raise AssertionError("a process was started")
    subprocess.Popen.__init__ = refuse
    from remembering import Project
    again = Project(Path({str(project.root)!r}), Path({str(project.store.path)!r}))
    again.note("A.md", "print(1)")
    assert again.run() == {{"A.md": ["cached"]}}, again.run()
    heavy = {{"torch", "numpy", "matplotlib", "kbtool.run.server", "kbtool.run.child", "kbtool.run.session",
             "kbtool.run.supervise", "kbtool.run.conversation", "kbtool.run.fork"}}
    assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()
    """
    lines = [line.removeprefix("    ") for line in code.splitlines()]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True)


def test_an_edited_block_runs_and_those_after_it(project):
    project.note("A.md", "x = 1\nprint('uno')", "x += 1", "print(x)")
    project.note("B.md", "print('b')")
    project.run()
    project.note("A.md", "x = 1\nprint('uno')", "x += 10", "print(x)")
    assert project.run() == {"A.md": ["replayed", "ran", "ran"], "B.md": ["cached"]}
    assert project.printed("A.md") == ["uno\n", "", "11\n"]


def test_an_edit_taken_back_costs_nothing(project):
    project.note("A.md", "x = 1", "print(x)")
    project.run()
    project.note("A.md", "x = 2", "print(x)")
    assert project.rerun() == {"A.md"}
    project.note("A.md", "x = 1", "print(x)")
    assert project.rerun() == set()
    assert project.printed("A.md")[1] == "1\n"


def test_comments_blank_lines_and_prose_do_not_count(project):
    project.note("A.md", "x = 1\nprint(x)")
    project.run()
    text = (
        "# Título\n\nprosa\n\n" + python("# ahora con comentario\n\nx = 1   # aquí\n\n\nprint( x )") + "\nmás prosa\n"
    )
    project.note("A.md", text=text)
    assert project.rerun() == set()
    assert project.results["A.md"].blocks[0].line == 6


def test_a_semicolon_that_hides_the_value_counts(project):
    project.note("A.md", "1 + 1")
    project.run()
    project.note("A.md", "1 + 1;")
    assert project.rerun() == {"A.md"}
    assert project.results["A.md"].blocks[0].value is None


def test_what_only_the_page_or_the_judge_reads_runs_nothing(project):
    block = "```python\n{options}print(0.5)\n```\n```output\n{documented}\n```\n"
    project.note("A.md", text=block.format(options="", documented="0.5"))
    project.run()
    assert project.results["A.md"].blocks[0].status is Status.VERIFIED
    project.note("A.md", text=block.format(options="", documented="0.7"))
    assert project.run() == {"A.md": ["cached"]}
    assert project.results["A.md"].blocks[0].status is Status.MISMATCH
    options = "#| label: uno\n#| rtol: 0.9\n#| fig-cap: nada\n#| echo: false\n#| timeout: 3\n#| output: true\n"
    project.note("A.md", text=block.format(options=options, documented="0.7"))
    assert project.run() == {"A.md": ["cached"]}
    assert project.results["A.md"].blocks[0].status is Status.VERIFIED


def test_whether_an_exception_is_expected_is_judged_anew(project):
    project.note("A.md", "1 / 0")
    project.run()
    assert project.results["A.md"].blocks[0].status is Status.ERROR
    project.note("A.md", "#| error: true\n1 / 0")
    assert project.run() == {"A.md": ["cached"]}
    assert project.results["A.md"].blocks[0].status is Status.RAN


def test_options_that_decide_what_comes_out_count(project):
    for options in ("", "#| warning: false\n", "#| fig-width: 3\n", "#| data: [nada.csv]\n"):
        project.note("A.md", f"{options}import warnings\nwarnings.warn('ojo')")
        assert project.run() == {"A.md": ["ran"]}, options
        assert project.run() == {"A.md": ["cached"]}, options


def test_an_exception_is_remembered_with_its_line_of_today(project):
    project.note("A.md", "def f():\n    return 1 / 0", "print('antes')\nf()")
    project.note("B.md", "import warnings", "\nwarnings.warn('ojo')")
    project.run()
    assert project.codes()[0] == ("block-error", "A.md", 3)
    blocks = python("def f():\n    return 1 / 0", "print('antes')\nf()")
    project.note("A.md", text="prosa\n\n" + blocks.replace("```\n\n```python", "```\n\nmás\n\nprosa\n\n```python"))
    project.note("B.md", text="prosa\n\n" + python("import warnings", "\nwarnings.warn('ojo')"))
    assert project.rerun() == set()
    error = project.results["A.md"].blocks[1].error
    assert (error.line, project.codes()[0]) == (5, ("block-error", "A.md", 5))
    assert 'File "A.md", line 14, in <module>' in error.traceback
    assert 'File "A.md", line 5, in f' in error.traceback
    assert project.results["B.md"].blocks[1].outputs[0].text == "B.md:8: UserWarning: ojo"


def test_lines_put_back_are_those_that_running_gives(project):
    sources = (
        "def f():\n    raise ValueError('x')",
        "import traceback\ntry:\n    f()\nexcept ValueError:\n    print(traceback.format_exc())",
    )
    project.note("A.md", *sources)
    project.run()
    project.note("A.md", text="uno\n\ndos\n\n" + python(*sources))
    assert project.rerun() == set()
    remembered = project.printed("A.md")
    project.store.delete("run.variants", project.store.keys("run.variants"))
    assert project.rerun() == {"A.md"}
    assert project.printed("A.md") == remembered


def test_a_line_of_comment_in_a_block_whose_error_is_remembered_moves_it(project):
    project.note("A.md", "x = 0\n1 / x", "print(1)")
    project.run()
    project.note("A.md", "x = 0\n# nada\n\n1 / x", "print(1)")
    assert project.rerun() == set()
    assert project.codes()[0][2] == 5
    assert 'File "A.md", line 5' in project.results["A.md"].blocks[0].error.traceback


def test_a_comment_on_the_line_of_a_remembered_error_runs_it(project):
    project.note("A.md", "x = 0\n1 / x")
    project.run()
    project.note("A.md", "x = 0\n# nada\n1 / x  # ya")
    assert project.why("A.md") == ["its result names a line whose text changed, or is not stored any more"]
    assert project.rerun() == {"A.md"}
    assert "# ya" in project.results["A.md"].blocks[0].error.traceback
    assert project.codes()[0][2] == 4


def test_blocks_that_look_at_their_text_count_with_every_comment(project):
    sources = ["def f():\n    return 1  # {}", "import inspect\nprint(inspect.getsource(f))"]
    project.note("A.md", sources[0].format("uno"), sources[1])
    project.run()
    project.note("A.md", sources[0].format("dos"), sources[1])
    assert project.rerun() == {"A.md"}
    assert "# dos" in project.printed("A.md")[1]


def test_inline_values_are_remembered(project):
    text = python("x = 20") + "\nson `{python} x + 1` y `{python} x * 2`\n"
    project.note("A.md", text=text)
    project.run()
    assert [value.text for value in project.results["A.md"].inline] == ["21", "40"]
    assert project.run() == {"A.md": ["cached"]}
    assert [value.text for value in project.results["A.md"].inline] == ["21", "40"]
    project.note("A.md", text="prosa\n\n" + text.replace("x * 2", "x * 3"))
    assert project.run() == {"A.md": ["replayed"]}
    assert [(value.text, value.line) for value in project.results["A.md"].inline] == [("21", 7), ("60", 7)]


def test_a_block_taken_out_or_put_between_changes_what_follows(project):
    project.note("A.md", "x = [1]", "x.append(2)", "print(x)")
    project.run()
    project.note("A.md", "x = [1]", "print(x)")
    assert project.run() == {"A.md": ["replayed", "ran"]}
    project.note("A.md", "x = [1]", "#| eval: false\nx.append(2)", "print(x)")
    assert project.run() == {"A.md": ["cached", "skipped", "cached"]}
    assert project.printed("A.md") == ["", "", "[1]\n"]


def test_two_notes_with_equal_blocks_each_have_their_own_result(project):
    source = "import sys\nprint(sys.argv)\n1 / 0"
    project.note("A.md", source)
    project.note("B.md", source)
    assert project.rerun() == {"A.md", "B.md"}
    assert project.rerun() == set()
    assert [project.printed(path) for path in ("A.md", "B.md")] == [["['A.md']\n"], ["['B.md']\n"]]
    assert 'File "B.md"' in project.results["B.md"].blocks[0].error.traceback


def test_a_renamed_note_is_called_by_its_new_name(project):
    source = "import sys\nprint(sys.argv)\n1 / 0"
    project.note("A.md", source)
    project.run()
    project.forget_note("A.md")
    project.note("Z.md", source)
    project.run()
    assert project.printed("Z.md") == ["['Z.md']\n"]
    assert 'File "Z.md"' in project.results["Z.md"].blocks[0].error.traceback


def test_a_block_that_does_not_parse_is_remembered_by_its_text(project):
    project.note("A.md", "x = = 1")
    project.run()
    assert project.rerun() == set()
    project.note("A.md", "x = = 1  # uno")
    assert project.rerun() == {"A.md"}


def test_figures_and_rich_forms_come_back(project):
    project.note("A.md", "class R:\n    def _repr_html_(self): return '<b>ñ</b>'\ndisplay(R())\nR()")
    project.run()
    first = project.results["A.md"].blocks[0].outputs
    project.run()
    again = project.results["A.md"].blocks[0].outputs
    assert [(o.kind, dict(o.data)) for o in first] == [(o.kind, dict(o.data)) for o in again]
    assert again[0].data == {"text/html": "<b>ñ</b>"}


def test_text_that_a_block_prints_is_not_taken_for_a_place_in_the_note(project):
    project.note("A.md", "print('A.md:2 y A.md, line 2')")
    project.run()
    project.note("A.md", text="Un párrafo.\n\nY otro.\n\n" + python("print('A.md:2 y A.md, line 2')"))
    assert project.rerun() == set()
    assert project.printed("A.md") == ["A.md:2 y A.md, line 2\n"]


@pytest.mark.parametrize("source", ["import dis\ndis.dis(f)", "import inspect\nprint(inspect.stack()[0][2])"])
def test_a_block_that_looks_at_lines_runs_again_when_they_move(project, source):
    block = f"def f(): return 1\n{source}"
    project.note("A.md", block)
    project.run()
    project.note("A.md", text="Un párrafo.\n\n" + python(block))
    assert project.rerun() == {"A.md"}
