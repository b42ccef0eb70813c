"""What comes out of a block, as a reader is to see it: real blocks, really run."""

from __future__ import annotations

from run_support import job, python

from kbtool.run import diagnostics_of
from kbtool.run.rich import TENSOR


def test_a_bundle_may_insist_on_being_asked_for_forms(any_executor):
    source = """
    class Cosa:
        def _repr_mimebundle_(self, include, exclude): return {"text/html": "<i>"}, {"meta": 1}
    Cosa()
    """
    (block,) = any_executor.blocks(job("A.md", python(source)))
    assert block.outputs[0].data == {"text/html": "<i>"}


def test_a_bundle_of_nothing_but_text_is_shown_instead_of_the_repr(fork):
    source = """
    class Cosa:
        def __repr__(self): return "repr"
        def _repr_mimebundle_(self, **_): return {"text/plain": "llano"}
    Cosa()
    """
    (block,) = fork.blocks(job("A.md", python(source)))
    assert (block.value, block.outputs[0].data) == ("repr", {"text/plain": "llano"})


def test_a_traceback_of_mutual_recursion_is_its_beginning_and_its_end(any_executor):
    source = "def ping(n): return pong(n + 1)\ndef pong(n): return ping(n + 1)\nping(0)"
    (block,) = any_executor.blocks(job("A.md", python(source)))
    lines = block.error.traceback.split("\n")
    assert block.error.type == "RecursionError"
    assert 'File "A.md", line 4, in <module>' in lines[1]
    assert sum("frames left out" in line for line in lines) == 1
    assert len(lines) < 40


def test_the_message_of_a_syntax_error_does_not_repeat_its_place(any_executor):
    (block,) = any_executor.blocks(job("A.md", python("x = 1\nif x\n    pass")))
    assert (block.error.type, block.error.message, block.error.line) == ("SyntaxError", "expected ':'", 3)


class TestWhatAFigureShowsInWords:
    PICTURE = "class P:\n    def _repr_svg_(self): return '<svg/>'\ndisplay(P())"

    def found(self, running, options="", source=PICTURE):
        note = job("A.md", f"```python\n{options}{source}\n```\n")
        results = running(note)
        return [(d.code, d.severity, d.path, d.line) for d in diagnostics_of(results, [note])]

    def test_is_asked_for_where_nobody_says_it(self, fork):
        assert self.found(fork) == [("figure-alt", "info", "A.md", 2)]

    def test_is_said_by_a_description_or_a_caption(self, fork):
        assert self.found(fork, "#| fig-alt: Un punto\n") == []
        assert self.found(fork, "#| fig-cap: Un punto\n") == []

    def test_is_not_asked_of_a_block_that_shows_nothing(self, fork):
        assert self.found(fork, "#| output: false\n") == []
        assert self.found(fork, source="print(1)") == []


def test_a_quantized_tensor_has_a_shape_and_a_parameter_says_that_it_learns(torch_fork):
    import json

    source = """
    import torch, warnings
    warnings.simplefilter("ignore")
    display(torch.quantize_per_tensor(torch.ones(3), 0.1, 10, torch.qint8), torch.nn.Parameter(torch.ones(2)))
    """
    (block,) = torch_fork.blocks(job("A.md", python(source)))
    quantized, parameter = (json.loads(output.data[TENSOR]) for output in block.outputs)
    assert (quantized["shape"], "values" in quantized) == ([3], False)
    assert (parameter["requires_grad"], parameter["values"]) == (True, [1.0, 1.0])
