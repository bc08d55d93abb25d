"""What came from a file or a command line, as it may be shown: bounded, on one line."""

from __future__ import annotations

import re
import reprlib

MAX_TEXT = 80
MAX_LINE = 4000

# What moves the cursor, ends a line, changes the direction of text or has no encoding.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_MAX_DIGITS_BITS = 256


def quoted(value: object, limit: int = MAX_TEXT) -> str:
    """Returns a value as Python would write it, shortened to ``limit`` characters.

    What it costs is bounded, too, whatever the value contains how often.
    """
    text = printable(_SHORT.repr(value))
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def printable(text: str) -> str:
    """Returns a text on one line, with an escape for each character that a terminal acts on.

    What is longer than any line that a person reads is cut.
    """
    if len(text) > MAX_LINE:
        text = f"{text[:MAX_LINE]}..."
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


class _Short(reprlib.Repr):
    """A ``repr`` whose cost does not grow with the value."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxother, self.maxlong = 4, MAX_TEXT, MAX_TEXT, 40

    def repr_int(self, x: int, level: int) -> str:
        if x.bit_length() > _MAX_DIGITS_BITS:  # Python itself refuses to write some of them
            return f"a whole number of {x.bit_length():,} bits"
        return super().repr_int(x, level)


_SHORT = _Short()
