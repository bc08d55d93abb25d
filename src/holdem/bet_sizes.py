"""Reads and writes the bet-size language of the configuration files, the command line and the docs.

A size is one token:

======== ====================================================================
``0.5``  raise by half of the pot, as the pot stands after calling
``2.5x`` raise to 2.5 times the bet to match (an open of 2.5 big blinds)
``a``    all-in
======== ====================================================================

Tokens are separated by spaces or commas. The menu of a street is ``FIRST / LATER``: the sizes while
nobody has bet or raised on the street (blinds are not bets), and the sizes once somebody has.
Without ``/`` both are the same. Example: ``2.5x / 3x a``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from holdem.errors import ConfigError
from holdem.quoting import quoted

STREETS = ("preflop", "flop", "turn", "river")
MAX_BET_SIZES = 6  # in one list: with fold and call these are the 8 actions a decision can have
POT_FRACTION_RANGE = (0.01, 100.0)
MULTIPLE_RANGE = (1.01, 1000.0)

BetSizeKind = Literal["pot_fraction", "multiple", "all_in"]
BetSizeText = str | int | float | Sequence[str | int | float]
Note = Callable[[str], object]

_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)")
_KIND_ORDER: dict[BetSizeKind, int] = {"pot_fraction": 0, "multiple": 1, "all_in": 2}
_ALLOWED = "0.5 (half the pot), 2.5x (2.5 times the bet to match), a (all-in)"
_ALLOWED_UNRAISED = "0.5 (half the pot), a (all-in), as there is no bet to multiply"


class BetSize(NamedTuple):
    """One size; ``value`` is the fraction or the multiple, and 0.0 for all-in."""

    kind: BetSizeKind
    value: float


class StreetMenu(NamedTuple):
    """The sizes of one street, each tuple sorted and without duplicates."""

    first: tuple[BetSize, ...]
    later: tuple[BetSize, ...]


def parse_bet_sizes(
    text: BetSizeText,
    *,
    street: str = "preflop",
    field: str = "bet sizes",
    multiples: bool = True,
    note: Note | None = None,
) -> tuple[BetSize, ...]:
    """Parse a list of sizes; unsorted or repeated ones are put in order.

    Args:
        text: the tokens in one string, or a sequence of tokens (YAML turns ``0.5`` into a number).
        street: named in errors and notes.
        field: which list it is, named in errors and notes.
        multiples: whether there is a bet that ``2.5x`` could multiply.
        note: called with one line for each repair, e.g. ``logger.warning`` or ``notes.append``.

    Returns:
        Pot fractions ascending, then multiples ascending, then all-in.

    Raises:
        ConfigError: names street, token and what is allowed.
    """
    where = f"{street} {field}"
    given = [_parse_token(token, where, multiples) for token in _tokens(text, where)]
    if not given:
        raise ConfigError(
            f"{where}: no sizes; allowed: {_allowed(multiples)}; "
            "a raise cap of 0 forbids betting on a street"
        )
    ordered = sorted(given, key=lambda size: (_KIND_ORDER[size.kind], size.value))
    unique = tuple(dict.fromkeys(ordered))
    if len(unique) > MAX_BET_SIZES:
        raise ConfigError(f"{where}: {len(unique)} sizes; allowed: 1 to {MAX_BET_SIZES}")
    if note is not None and list(unique) != given:
        note(f"{where}: '{_joined(given)}' read as '{_joined(unique)}' (sorted, duplicates merged)")
    return unique


def parse_street_menu(
    text: BetSizeText, *, street: str = "preflop", note: Note | None = None
) -> StreetMenu:
    """Parse ``FIRST / LATER``; without a slash, or from a sequence, both are the same sizes.

    After the flop a first bet cannot be a multiple. ``note`` is as in ``parse_bet_sizes``.

    Raises:
        ConfigError: names street, token and what is allowed; also for an unknown street.
    """
    if street not in STREETS:
        raise ConfigError(f"street is {quoted(street)}; allowed: {', '.join(STREETS)}")
    first: BetSizeText = text
    later: BetSizeText = text
    if isinstance(text, str) and "/" in text:
        first, _, later = text.partition("/")
        if "/" in later:
            raise ConfigError(
                f"{street} menu is '{text}'; allowed: FIRST / LATER, with at most one '/'"
            )
    sizes = parse_bet_sizes(
        first, street=street, field="first bet", multiples=street == "preflop", note=note
    )
    if later is text:
        return StreetMenu(sizes, sizes)
    return StreetMenu(sizes, parse_bet_sizes(later, street=street, field="later raises", note=note))


def format_bet_size(size: BetSize) -> str:
    """Return the token that ``parse_bet_sizes`` reads as ``size``."""
    if size.kind == "all_in":
        return "a"
    number = repr(float(size.value)).removesuffix(".0")
    return f"{number}x" if size.kind == "multiple" else number


def format_street_menu(menu: StreetMenu) -> str:
    """Return the text that ``parse_street_menu`` reads as ``menu``, short if both parts agree."""
    if menu.first == menu.later:
        return _joined(menu.first)
    return f"{_joined(menu.first)} / {_joined(menu.later)}"


def _joined(sizes: Iterable[BetSize]) -> str:
    return " ".join(map(format_bet_size, sizes))


def _allowed(multiples: bool) -> str:
    return _ALLOWED if multiples else _ALLOWED_UNRAISED


def _tokens(text: BetSizeText, where: str) -> list[str]:
    if isinstance(text, str):
        return text.replace(",", " ").split()
    items = text if isinstance(text, Sequence) else [text]
    for item in items:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            raise ConfigError(f"{where}: {quoted(item)} is not a bet size; allowed: {_ALLOWED}")
    return [str(item).strip() for item in items]


def _parse_token(token: str, where: str, multiples: bool) -> BetSize:
    if token == "a":
        return BetSize("all_in", 0.0)
    is_multiple = token.endswith("x")
    number = token.removesuffix("x")
    if not _NUMBER.fullmatch(number) or (is_multiple and not multiples):
        raise ConfigError(f"{where}: '{token}' is not a bet size; allowed: {_allowed(multiples)}")
    value = float(number)
    low, high = MULTIPLE_RANGE if is_multiple else POT_FRACTION_RANGE
    if not low <= value <= high:
        noun = "multiples" if is_multiple else "pot fractions"
        raise ConfigError(
            f"{where}: '{token}' is out of range; allowed: {noun} {low:g} to {high:g}"
        )
    return BetSize("multiple" if is_multiple else "pot_fraction", value)
