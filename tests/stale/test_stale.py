"""Which numbers of the prose are worth reading again when an output has changed."""

import pytest

from kbtool.stale import stale_numbers

NOTE = """\
La pérdida baja de 2,30 a 0.1234 en 200 pasos.

```python
print(0.1234)
```

```output
0.2
```

Con 12.5 no pasa nada; x0.1234y no es un número.
"""


def test_a_number_that_only_the_old_output_held_is_told_with_its_line() -> None:
    assert stale_numbers(NOTE, [("0.1234", "0.2")]) == ((1, "0.1234"),)


def test_a_decimal_comma_is_a_point() -> None:
    assert stale_numbers(NOTE, [("2.30", "2.31")]) == ((1, "2,30"),)


def test_a_number_that_any_new_output_holds_is_not_missed() -> None:
    assert stale_numbers(NOTE, [("200 12.5", "12.5"), ("1", "200")]) == ()


@pytest.mark.parametrize("replaced", [[], [("0.9", "0.8")], [("0.1234", "0.1234")], [("5", "6")]])
def test_nothing_is_told_where_nothing_of_the_prose_is_gone(replaced: list[tuple[str, str]]) -> None:
    assert stale_numbers(NOTE, replaced) == ()
