"""What every command has in common beside its options."""

from __future__ import annotations

import sys
from typing import Any

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from holdem.cli.errors import DEBUG_FLAG, note_debug_flag, one_line_errors
from holdem.quoting import printable

_ABOUT_DEBUG = f"{DEBUG_FLAG} shows where an error comes from, beside the line that it is."


def make_app(**settings: Any) -> typer.Typer:
    """Returns a command line without commands yet; see ``Command``."""
    return typer.Typer(
        add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **settings
    )


def say(text: str = "") -> None:
    """Prints a line of the answer."""
    typer.echo(printable(text))


def shown(text: object) -> str:
    """Returns a name, or what else comes from outside, as markup that shows it on one line."""
    return escape(printable(str(text)))


class _OneLineErrors:
    """Ends with one line where an error comes through, however the command is called."""

    name: Any

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings | {"epilog": _ABOUT_DEBUG})

    def main(self, args: Any = None, prog_name: str | None = None, **settings: Any) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        note_debug_flag(words)
        return super().main(words, prog_name or self.name, **settings)  # type: ignore[misc]

    def invoke(self, ctx: Any) -> Any:
        with one_line_errors(ctx.command_path):
            return super().invoke(ctx)  # type: ignore[misc]


class Command(_OneLineErrors, TyperCommand):  # type: ignore[misc]
    """For ``app.command(cls=...)``."""


class Group(_OneLineErrors, TyperGroup):  # type: ignore[misc]
    """For ``make_app(cls=...)``: a command of several, each with a name of its own."""
