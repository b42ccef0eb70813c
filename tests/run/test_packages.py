"""Notes with numpy, torch and matplotlib, as a build runs them: imported once, forked for each note."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pytest
from run_support import job, python

from kbtool.run import diagnostics_of, run
from kbtool.run.figures import FIRST, INK
from kbtool.run.rich import TENSOR

pytest.importorskip("torch")
pytest.importorskip("matplotlib")

IMPORTS = "import torch, numpy as np\nimport matplotlib.pyplot as plt\n"


def blocks(running, *sources: str):
    return running.blocks(job("A.md", python(IMPORTS, *sources)))[1:]


def facts(block) -> dict:
    return json.loads(block.outputs[-1].data[TENSOR])


class TestTensors:
    def test_a_small_tensor_comes_with_its_name_and_values(self, torch_fork):
        (block,) = blocks(torch_fork, "W = torch.tensor([[0.5, float('inf')], [float('nan'), -1]])\nW")
        assert block.value == repr_of(block)
        assert facts(block) == {
            "name": "W",
            "shape": [2, 2],
            "dtype": "torch.float32",
            "device": "cpu",
            "values": [[0.5, "inf"], ["nan", -1.0]],
        }

    def test_what_is_no_plain_name_has_none(self, torch_fork):
        assert facts(blocks(torch_fork, "torch.ones(2, requires_grad=True) * 2")[0])["name"] == ""

    @pytest.mark.parametrize(
        "source",
        [
            "torch.zeros(17, 2)",
            "torch.zeros(2, 2, 2)",
            "torch.tensor(1.5)",
            "torch.zeros(0)",
            "torch.zeros(2, dtype=torch.cfloat)",
        ],
    )
    def test_what_is_no_small_table_of_numbers_has_no_values(self, torch_fork, source):
        assert "values" not in facts(blocks(torch_fork, source)[0])

    def test_an_array_of_numpy_is_shown_likewise(self, torch_fork):
        block = blocks(torch_fork, "a = np.arange(4, dtype='int16')\na")[0]
        told = {"name": "a", "kind": "array", "shape": [4], "dtype": "int16", "device": "cpu", "values": [0, 1, 2, 3]}
        assert facts(block) == told

    def test_sparse_and_meta_tensors_do_not_hurt(self, torch_fork):
        sparse, meta = blocks(torch_fork, "torch.eye(2).to_sparse()", "torch.empty(2, device='meta')")
        assert facts(sparse)["shape"] == [2, 2]
        assert facts(meta)["device"] == "meta"


def repr_of(block) -> str:
    return block.outputs[-1].text


TEXT = re.compile(r'<text style="([^"]*)"[^>]*>([^<]*)</text>')


def pictures(block) -> list[tuple[tuple[int, int], str]]:
    """Size and mode of each picture inside the first drawing."""
    import io

    from PIL import Image

    packed = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", figures(block)[0]["image/svg+xml"])
    opened = [Image.open(io.BytesIO(base64.b64decode(one))) for one in packed]
    return [(image.size, image.mode) for image in opened]


def figures(block) -> list[dict]:
    return [output.data for output in block.outputs if output.kind == "figure"]


class TestFigures:
    def test_open_figures_are_shown_after_their_block_once(self, torch_fork):
        first, second = blocks(torch_fork, "plt.plot([1, 2]);\nplt.figure(); plt.plot([3]);", "plt.get_fignums()")
        assert len(figures(first)) == 2
        assert (second.value, figures(second)) == ("[]", [])

    def test_show_and_display_put_a_figure_at_its_place(self, torch_fork):
        source = """
        print("uno")
        plt.plot([1]); plt.show()
        print("dos")
        figura, _ = plt.subplots()
        display(figura)
        print("tres")
        """
        (block,) = blocks(torch_fork, source)
        assert [o.kind for o in block.outputs] == ["stdout", "figure", "stdout", "figure", "stdout"]

    def test_a_figure_as_last_value_is_drawn_and_not_printed(self, torch_fork):
        (block,) = blocks(torch_fork, "f, ax = plt.subplots()\nf")
        assert (block.value, len(figures(block)), block.outputs[0].text[:7]) == (None, 1, "<Figure")

    def test_it_is_svg_with_text_as_text_and_colours_as_roles(self, torch_fork):
        (block,) = blocks(torch_fork, "plt.plot([1, 2], label='pérdida'); plt.title('Atención'); plt.legend();")
        svg = figures(block)[0]["image/svg+xml"]
        assert "Atención</text>" in svg
        assert "pérdida</text>" in svg
        assert FIRST in svg
        assert INK in svg
        assert "<dc:date>" not in svg

    def test_the_same_figure_is_the_same_text(self, torch_fork):
        source = "plt.scatter([1, 2], [3, 4]); plt.imshow(np.eye(2), alpha=.5); plt.colorbar();"
        one, two = blocks(torch_fork, source), blocks(torch_fork, source)
        assert figures(one[0]) == figures(two[0]) != []

    def test_its_size_is_the_blocks(self, torch_fork):
        text = (
            python(IMPORTS)
            + "\n```python\n#| fig-width: 3\n#| fig-height: 2\nplt.plot([1]);\n```\n"
            + python("plt.plot([1]);")
        )
        _, small, standard = torch_fork.blocks(job("A.md", text))
        sizes = [
            re.search(
                r'width="([\d.]+)pt" height="([\d.]+)pt"|height="([\d.]+)pt".*? width="([\d.]+)pt"',
                figures(b)[0]["image/svg+xml"],
            )
            for b in (small, standard)
        ]
        assert [sorted(float(x) for x in match.groups() if x) for match in sizes] == [[144, 216], [345.6, 460.8]]

    def test_what_makes_a_drawing_large_becomes_a_picture_in_it(self, torch_fork):
        (block,) = blocks(torch_fork, "plt.scatter(*np.random.rand(2, 20000)); plt.title('nube');")
        svg = figures(block)[0]["image/svg+xml"]
        assert "nube</text>" in svg
        assert "data:image/png;base64," in svg
        assert len(svg) < 120_000
        assert INK in svg

    def test_a_drawing_that_is_large_all_the_same_is_a_png_in_plain_colours(self, torch_fork):
        (block,) = blocks(torch_fork, "plt.bar(range(4000), [1] * 4000, width=1);")
        png = base64.b64decode(figures(block)[0]["image/png"])
        assert png.startswith(b"\x89PNG")
        import io

        import matplotlib.image

        pixels = matplotlib.image.imread(io.BytesIO(png))[..., :3]
        blue = (abs(pixels - [0x1F / 255, 0x42 / 255, 0x9C / 255]).sum(axis=-1) < 0.05).mean()
        assert blue > 0.2

    def test_a_heat_map_holds_its_values_a_pixel_each(self, torch_fork):
        (block,) = blocks(torch_fork, "plt.imshow(np.arange(600).reshape(20, 30), cmap='RdBu');")
        assert [size for size, _ in pictures(block)] == [(30, 20)]

    def test_numbers_on_a_heat_map_have_the_ink_that_their_cells_ask_for(self, torch_fork):
        source = """
        plt.imshow([[0, 1]], cmap='Blues')
        plt.text(0, 0, 'claro', ha='center'); plt.text(1, 0, 'oscuro', ha='center'); plt.text(5, 0, 'fuera');
        """
        (block,) = blocks(torch_fork, source)
        inks = {text: style for style, text in TEXT.findall(figures(block)[0]["image/svg+xml"])}
        assert "fill" not in inks["claro"]  # black is what SVG paints where nothing is said
        assert "#ffffff" in inks["oscuro"]
        assert INK in inks["fuera"]

    @pytest.mark.parametrize(
        ("start", "ink"), [("plt.figure(facecolor='black')", "#e5e7eb"), ("plt.axes(facecolor='#eee')", "#1a1e26")]
    )
    def test_on_a_ground_of_its_own_a_figure_keeps_the_inks_that_suit_it(self, torch_fork, start, ink):
        (block,) = blocks(torch_fork, f"{start}; plt.plot([1, 2]);")
        svg = figures(block)[0]["image/svg+xml"]
        assert ink in svg
        assert INK not in svg
        assert FIRST not in svg

    def test_a_black_line_is_ink_and_a_black_line_on_a_picture_is_black(self, torch_fork):
        plain, on_map = blocks(
            torch_fork,
            "plt.plot([1, 2], 'k--', lw=7);",
            "plt.imshow([[0, 1]]); plt.plot([0, 1], [0, 0], 'k--', lw=7);",
        )
        line = re.compile(r'style="([^"]*stroke-width: 7[^"]*)"')
        assert INK in line.search(figures(plain)[0]["image/svg+xml"])[1]
        assert "#000000" in line.search(figures(on_map)[0]["image/svg+xml"])[1]

    def test_what_is_written_beyond_the_edge_is_seen(self, torch_fork):
        text = python(IMPORTS) + "\n```python\n#| fig-width: 3\nplt.plot([0, 0]); plt.ylabel('largo');\n```\n"
        svg = figures(torch_fork.blocks(job("A.md", text))[1])[0]["image/svg+xml"]
        left, _, wide, _ = (float(n) for n in re.search(r'viewBox="([^"]*)"', svg)[1].split())
        assert left < 0
        assert wide == 216 - left

    def test_a_figure_that_cannot_be_drawn_is_the_blocks_fault_and_is_gone(self, torch_fork):
        wrong, after = blocks(torch_fork, r"plt.title('$\\nonsense{$');", "plt.plot([1]);")
        assert wrong.error.type == "ValueError"
        assert len(figures(after)) == 1

    def test_what_was_drawn_before_an_exception_is_shown(self, torch_fork):
        (block,) = blocks(torch_fork, "plt.plot([1])\n1 / 0")
        assert (block.error.type, len(figures(block))) == ("ZeroDivisionError", 1)


class TestRandomNumbers:
    SOURCE = "import random\n(random.random(), float(np.random.rand()), torch.rand(1).item())"

    def test_every_note_begins_with_the_same_seed(self, torch_fork):
        one, two = (blocks(torch_fork, self.SOURCE)[0].value for _ in range(2))
        assert one == two

    def test_another_seed_gives_other_numbers(self, torch_fork, settings):
        note = job("A.md", python(IMPORTS, self.SOURCE))
        other = run([note], replace(settings, seed=7, executor="fork", preload=("numpy", "torch")))
        assert other["A.md"].blocks[1].value != blocks(torch_fork, self.SOURCE)[0].value


def test_a_forked_state_keeps_its_tensors_and_gradients(torch_fork):
    first = job("A.md", python("import torch\nx = torch.ones(300, 300, requires_grad=True)\ny = (x @ x).sum()"))
    second = job("B.md", python("y.backward()\nx.grad.sum().item()"), requires=("A.md",))
    third = job("C.md", python("(x.grad is None, (x @ x).sum().item())"), requires=("A.md",))
    results = torch_fork(first, second, third)
    assert results["B.md"].blocks[0].value == "54000000.0"
    assert results["C.md"].blocks[0].value == "(True, 27000000.0)"


def test_a_state_that_used_several_threads_does_not_hang_those_that_start_from_it(torch_fork):
    use = "z = torch.randn(900, 900); float((z @ z).sum()) < 1e9, torch.linalg.svd(z[:200, :200])[1].shape"
    first = job("A.md", python(f"import torch\ntorch.set_num_threads(2)\n{use}"))
    others = [job(f"{n}.md", python(use), requires=("A.md",)) for n in "BC"]
    results = torch_fork(first, *others)
    assert {b.status for n in "ABC" for b in results[f"{n}.md"].blocks} == {"ran"}


def test_memory_that_torch_cannot_get_is_told_as_such(torch_fork):
    note = job("A.md", python("import torch\ntorch.ones(4 << 30).sum()", "print('sigue')"))
    results = torch_fork(note)
    failed, after = results["A.md"].blocks
    assert (failed.error.type, failed.error.memory, after.stdout) == ("RuntimeError", True, "sigue\n")
    assert [d.code for d in diagnostics_of(results, [note])] == ["block-memory"]


def test_an_error_inside_torch_is_told_at_the_notes_line_without_torchs_frames(torch_fork):
    (block,) = blocks(torch_fork, "m = torch.nn.Linear(2, 3)\n\nm(torch.ones(5))")
    assert block.error.line == 9
    assert "site-packages" not in block.error.traceback
    assert block.error.traceback.count("File ") == 1


def test_a_data_loader_with_workers_runs(torch_fork):
    source = """
    from torch.utils.data import DataLoader
    sum(float(b.sum()) for b in DataLoader(torch.ones(64, 4), num_workers=2, batch_size=8))
    """
    assert blocks(torch_fork, source)[0].value == "256.0"


def test_the_concepts_can_be_imported(torch_fork):
    assert torch_fork.blocks(job("A.md", python("import kbtool.concepts\nkbtool.concepts.__name__")))[0].value


def test_a_package_that_is_missing_is_named(settings):
    note = job("A.md", python("import paquete_que_no_existe.sub", "print(1)"))
    results = run([note], replace(settings, preload=("paquete_que_no_existe",), executor="fork"))
    failed, after = results["A.md"].blocks
    assert after.stdout == "1\n"
    (told,) = diagnostics_of(results, [note])
    assert told.code == "block-error"
    assert "'paquete_que_no_existe' is not installed" in told.hint
    assert failed.error.line == 2


@pytest.mark.gpu
def test_a_note_on_the_gpu_runs_there(settings):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    note = job(
        "A.md", python("import kbtool, torch\nx = torch.ones(2, device=kbtool.device())\nstr(x.device)"), device="cuda"
    )
    after = job("B.md", python("(x + 1).sum().item()"), requires=("A.md",), device="cuda")
    results = run([note, after], replace(settings, preload=("numpy", "torch"), executor="fork", memory=0))
    assert results["A.md"].blocks[0].value == "'cuda:0'"
    assert results["B.md"].blocks[0].value == "4.0"
