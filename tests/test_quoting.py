"""Values and texts from elsewhere as they are shown: bounded in size and cost, on one line."""

from __future__ import annotations

import pytest

from holdem.quoting import MAX_LINE, printable, quoted


def bomb() -> list[object]:
    value: list[object] = ["x"] * 9
    for _ in range(30):  # 9 ** 31 values
        value = [value] * 9
    return value


@pytest.mark.parametrize(
    "value",
    [bomb(), "x" * 10**6, 10**5000, -(10**5000), {"a": bomb()}, {str(n): n for n in range(10**4)}],
    ids=["bomb", "text", "number", "negative", "mapping", "wide"],
)
def test_a_value_is_quoted_at_a_bounded_cost(value: object) -> None:
    assert len(quoted(value)) <= 80
    assert len(quoted(value, 20)) <= 20


def test_what_is_short_is_quoted_as_python_writes_it() -> None:
    for value in ("it's", 5, -1.5, None, True, [1, "a"], {"a": [None]}, (1, 2)):
        assert quoted(value) == repr(value)
    assert quoted("\x1b[31m\n\u202e\udcff") == r"'\x1b[31m\n\u202e\udcff'"


def test_a_text_ends_no_line_and_moves_no_cursor() -> None:
    assert printable("a\nb\r\x1b[31m\x9b\u2028\u202e\udcff") == (
        r"a\nb\r\x1b[31m\x9b\u2028\u202e\udcff"
    )
    assert printable("Straße 50 % ± ♠") == "Straße 50 % ± ♠"
    assert printable(printable("\x1b")) == printable("\x1b")
    assert len(printable("x" * 10**6)) == MAX_LINE + 3
