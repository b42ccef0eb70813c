"""What every executor keeps: the same notes give the same results wherever they run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from run_support import job, python

from kbtool.run import EXECUTORS, ExecutorUnavailableError, diagnostics_of, open_executor, printed, run
from kbtool.run.results import Output, Status


def kinds(block) -> list[tuple[str, str]]:
    return [(output.kind, output.text) for output in block.outputs]


def test_blocks_share_one_namespace_in_order(any_executor):
    blocks = any_executor.blocks(job("A.md", python("x = 1", "x += 1\nprint(x)", "x")))
    assert [(b.status, b.stdout, b.value) for b in blocks] == [
        (Status.RAN, "", None),
        (Status.RAN, "2\n", None),
        (Status.RAN, "", "2"),
    ]


def test_notes_do_not_see_each_other(any_executor):
    results = any_executor(job("A.md", python("secreto = 1")), job("B.md", python("secreto")))
    assert results["B.md"].blocks[0].error.type == "NameError"


def test_a_note_starts_from_the_finished_state_of_what_it_requires(any_executor):
    first = job("A.md", python("import random\nstate = [1]\nclass Casa: pass\nc = Casa()"))
    second = job("B.md", python("state.append(2)", "print(state, type(c) is Casa)"), requires=("A.md",))
    third = job("C.md", python("state.append(3); state"), requires=("B.md",))
    beside = job("D.md", python("state"), requires=("A.md",))
    merged = job("E.md", python("state"), requires=("B.md", "D.md"))
    results = any_executor(first, second, third, beside, merged)
    assert results["B.md"].blocks[1].stdout == "[1, 2] True\n"
    assert [results[n].blocks[-1].value for n in ("C.md", "D.md", "E.md")] == ["[1, 2, 3]", "[1]", "[1, 2]"]


def test_the_warnings_shown_are_those_of_any_program(any_executor):
    source = """
    import warnings
    for kind in (ResourceWarning, ImportWarning, PendingDeprecationWarning, DeprecationWarning, UserWarning):
        warnings.warn("aviso", kind)
    exec(compile("import warnings; warnings.warn('lejos', DeprecationWarning)", "lib.py", "exec"), {"__name__": "lib"})
    """
    (block,) = any_executor.blocks(job("A.md", python(source)))
    assert [text.split()[1] for kind, text in kinds(block) if kind == "warning"] == [
        "DeprecationWarning:",
        "UserWarning:",
    ]


def test_outputs_come_in_the_order_in_which_they_were_produced(any_executor):
    source = """
    import sys, warnings
    print("uno")
    print("dos", file=sys.stderr)
    print("tres")
    warnings.warn("cuatro")
    print("cinco", end="")
    display("seis")
    print("siete")
    8
    """
    (block,) = any_executor.blocks(job("Orden.md", python(source)))
    assert kinds(block) == [
        ("stdout", "uno\n"),
        ("stderr", "dos\n"),
        ("stdout", "tres\n"),
        ("warning", "Orden.md:6: UserWarning: cuatro"),
        ("stdout", "cinco"),
        ("display", "seis"),
        ("stdout", "siete\n"),
        ("value", "8"),
    ]
    assert block.stdout == "uno\ntres\ncincosiete\n"


def test_what_one_block_prints_is_not_the_next_blocks(any_executor):
    sources = [f"for i in range(200): print({n}, i)" for n in range(4)]
    blocks = any_executor.blocks(job("A.md", python(*sources)))
    assert [b.stdout for b in blocks] == ["".join(f"{n} {i}\n" for i in range(200)) for n in range(4)]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 1", "2"),
        ("1 + 1;", None),
        ("1 + 1 ; # nada", None),
        ("'a;'", "'a;'"),
        ("1 + 1  # a;", "2"),
        ("None", None),
        ("x = 3", None),
        ("x = 3; x", "3"),
        ("ñ = 'ü'; ñ", "'ü'"),
        ("(1,\n 2)", "(1, 2)"),
        ("if True:\n    5", None),
        ("# nada", None),
    ],
)
def test_the_value_of_the_last_expression_is_shown(open_one, source, value):
    assert open_one("inline").blocks(job("A.md", python(source)))[0].value == value


def test_documented_output_is_compared(any_executor):
    text = """
    ```python
    print(2 + 2)
    ```
    ```output
    4
    ```

    ```python
    print("a", end="")
    0.06741740
    ```
    ```output
    a
    0.0674
    ```

    ```python
    0.06741740
    ```
    ```output
    0.0675
    ```

    ```python
    5
    ```
    ```output
    6
    ```
    """
    note = job("A.md", text)
    results = any_executor(note)
    assert [b.status for b in results["A.md"].blocks] == ["verified", "verified", "rounding", "mismatch"]
    assert [printed(b) for b in results["A.md"].blocks] == ["4\n", "a\n0.0674174", "0.0674174", "5"]
    told = [(d.code, d.line, d.message) for d in diagnostics_of(results, [note])]
    assert told == [
        ("output-rounding", 20, "documented '0.0675', printed '0.0674174'"),
        ("output-mismatch", 27, "documented '6', printed '5'"),
    ]


def test_an_exception_is_told_at_its_line_and_the_next_blocks_run(any_executor):
    note = job("Conceptos/Atención.md", "# T\n\n" + python("def f(x):\n    return 1 / x\n\nf(0)", "print('sigo')"))
    results = any_executor(note)
    failed, after = results[note.path].blocks
    assert (failed.status, failed.error.type, failed.error.line) == (Status.ERROR, "ZeroDivisionError", 5)
    # Newer versions of Python put carets under more lines.
    assert [line for line in failed.error.traceback.split("\n") if line.strip(" ~^")] == [
        "Traceback (most recent call last):",
        '  File "Conceptos/Atención.md", line 7, in <module>',
        "    f(0)",
        '  File "Conceptos/Atención.md", line 5, in f',
        "    return 1 / x",
        "ZeroDivisionError: division by zero",
    ]
    assert "           ~~^~~" in failed.error.traceback
    assert after.stdout == "sigo\n"


def test_a_syntax_error_is_told_at_its_line(any_executor):
    (block,) = any_executor.blocks(job("A.md", python("x = 1\nif x\n    pass")))
    assert (block.error.type, block.error.line) == ("SyntaxError", 3)
    assert 'File "A.md", line 3' in block.error.traceback
    assert "Traceback" not in block.error.traceback


def test_an_expected_exception_is_part_of_the_output(any_executor):
    text = """
    ```python
    #| error: true
    print("antes")
    int("a")
    ```
    ```output
    antes
    ValueError: invalid literal for int() with base 10: 'a'
    ```

    ```python
    #| error: true
    int("b")
    ```
    ```output
    Traceback (most recent call last):
      ...
    ValueError: invalid literal for int() with base 10: 'b'
    ```

    ```python
    #| error: true
    int("1")
    ```
    """
    note = job("A.md", text)
    results = any_executor(note)
    right, traced, wrong = results["A.md"].blocks
    assert (right.status, right.error.type, traced.status) == (Status.VERIFIED, "ValueError", Status.VERIFIED)
    assert (wrong.status, wrong.error.type) == (Status.ERROR, "NoException")
    (told,) = diagnostics_of(results, [note])
    assert (told.code, told.line) == ("block-error", 22)


def test_inline_expressions_are_evaluated_after_the_blocks(any_executor):
    text = "Son `{python} f'{x:.2f}'` y `{python} nada`.\n\n" + python("x = 1 / 3")
    result = any_executor(job("A.md", text))["A.md"]
    assert [(v.text, v.error and v.error.type) for v in result.inline] == [("0.33", None), ("", "NameError")]


def test_blocks_that_are_not_to_run_are_skipped_with_the_reason(any_executor):
    left = job("A.md", "```python\n#| eval: false\n1 / 0\n```\n\n" + python("1"))
    out = job("B.md", python("1"), skip="the note says `run: false`")
    after = job("C.md", python("1"), requires=("B.md",))
    results = any_executor(left, out, after)
    assert [b.status for b in results["A.md"].blocks] == ["skipped", "ran"]
    assert results["A.md"].blocks[0].skipped_because == "the block says `eval: false`"
    assert results["B.md"].blocks[0].skipped_because == "the note says `run: false`"
    assert "'B.md'" in results["C.md"].blocks[0].skipped_because
    assert diagnostics_of(results, [left, out, after]) == ()


def test_a_device_that_is_missing_is_told_and_nothing_runs_elsewhere(any_executor):
    whole = job("A.md", python("1", "2"), device="cuda:77")
    part = job("B.md", "```python\n#| device: cuda:77\n1\n```\n\n" + python("import kbtool\nkbtool.device()"))
    results = any_executor(whole, part)
    assert [b.status for b in results["A.md"].blocks] == ["skipped", "skipped"]
    assert [(b.status, b.value) for b in results["B.md"].blocks] == [("skipped", None), ("ran", "'cpu'")]
    told = [(d.code, d.path, d.message) for d in diagnostics_of(results, [whole, part])]
    assert told == [("device-missing", p, "this machine has no device 'cuda:77'") for p in ("A.md", "B.md")]


def test_the_projects_own_modules_can_be_imported(any_executor):
    text = python("from lecciones import doble, falla\ndoble(21)", "falla()")
    value, failed = any_executor.blocks(job("A.md", text))
    assert value.value == "42"
    assert failed.error.line == 7
    assert 'File "lecciones.py", line 5, in falla' in failed.error.traceback


def test_random_numbers_start_anew_in_each_note(any_executor):
    source = "import random\nrandom.random()"
    results = any_executor(
        job("A.md", python(source, source)),
        job("B.md", python(source)),
        job("C.md", python(source), requires=("A.md",)),
    )
    first, second = (b.value for b in results["A.md"].blocks)
    assert first != second
    assert results["B.md"].blocks[0].value == results["C.md"].blocks[0].value == first


def test_results_are_told_as_they_come_each_once_and_in_order(any_executor):
    told = []
    jobs = [job("A.md", python("1", "2", "3")), job("B.md", python("4"), requires=("A.md",)), job("C.md", "nada")]
    results = any_executor.executor.run(jobs, told.append)
    assert list(results) == ["A.md", "B.md", "C.md"]
    assert [b.value for b in told if b.note == "A.md"] == ["1", "2", "3"]
    assert [b.value for b in told] == ["1", "2", "3", "4"]


def test_a_warning_is_hidden_where_the_block_says_so(any_executor):
    text = "```python\n#| warning: false\nimport warnings\nwarnings.warn('x')\n```\n"
    assert any_executor.blocks(job("A.md", text))[0].outputs == ()


def test_a_future_import_holds_for_the_next_blocks(any_executor):
    sources = ("from __future__ import annotations", "def f(x: NoEsta): pass\nf.__annotations__")
    assert any_executor.blocks(job("A.md", python(*sources)))[1].value == "{'x': 'NoEsta'}"


def test_source_can_be_inspected(any_executor):
    sources = ("x = 1\n\ndef f():\n    return 7", "import inspect\nprint(inspect.getsource(f))")
    assert any_executor.blocks(job("A.md", python(*sources)))[1].stdout == "def f():\n    return 7\n\n"


class TestRichForms:
    def test_a_value_is_shown_in_the_forms_that_it_offers(self, any_executor):
        source = """
        class Cosa:
            def __repr__(self): return "Cosa()"
            def _repr_html_(self): return "<b>cosa</b>"
            def _repr_png_(self): return b"\\x89PNG"
            def _repr_markdown_(self): raise RuntimeError
        Cosa()
        """
        (block,) = any_executor.blocks(job("A.md", python(source)))
        assert block.value == "Cosa()"
        assert block.outputs == (Output("value", "Cosa()", {"text/html": "<b>cosa</b>", "image/png": "iVBORw=="}),)

    def test_a_bundle_comes_first_and_display_takes_several(self, any_executor):
        source = """
        class Cosa:
            def _repr_mimebundle_(self, include=None, exclude=None):
                return {"text/plain": "x", "text/html": "<i>", "application/json": {"a": 1}}
            def _repr_html_(self): return "<b>"
        display(Cosa(), "texto")
        """
        (block,) = any_executor.blocks(job("A.md", python(source)))
        first, second = block.outputs
        assert first.data == {"text/html": "<i>", "application/json": '{"a": 1}'}
        assert (second.kind, second.text, second.data) == ("display", "texto", {})

    def test_a_repr_that_raises_is_the_blocks_fault(self, any_executor):
        source = "class Mala:\n    def __repr__(self): raise KeyError('no')\nMala()"
        (block,) = any_executor.blocks(job("A.md", python(source)))
        assert (block.error.type, block.error.line) == ("KeyError", 3)


def test_every_name_of_an_executor_is_known_and_dask_says_that_it_is_not_there_yet(settings):
    assert set(EXECUTORS) == {"fork", "spawn", "inline", "dask"}
    with pytest.raises(ExecutorUnavailableError, match="dask"):
        run([job("A.md", python("1"))], replace(settings, executor="dask"))
    with pytest.raises(ExecutorUnavailableError, match="there is no executor 'forc'"):
        open_executor(replace(settings, executor="forc"))


def test_where_the_sandbox_is_required_nothing_runs_while_there_is_none(settings):
    results = run([job("A.md", python("1"))], replace(settings, sandbox="require"))
    assert [b.status for b in results["A.md"].blocks] == ["skipped"]
    assert "sandbox" in results["A.md"].blocks[0].skipped_because


def test_the_device_of_the_command_line_counts_most(settings):
    note = job("A.md", python("import kbtool; print(kbtool.device())"), device="cuda:77")
    forced = replace(settings, device="cpu", device_forced=True, executor="inline")
    assert run([note], forced)["A.md"].blocks[0].stdout == "cpu\n"
