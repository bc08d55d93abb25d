"""Draws a grid as an image."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from holdem.grid.grid import Grid, Rgb, split_cell
from holdem.grid.starting_hands import starting_hand_name

# Everything is drawn larger and scaled down, which smooths edges and letters. Lengths in pixels of
# the finished image.
_SCALE = 2
_MARGIN = 44
_CELL = 68
_GAP = 4
_RADIUS = 7
_HEAD = 104
_LEGEND = 86
_FULL_SIZE = 13  # title and legend need the width of a full grid
_REMARK = 28

_PAPER: Rgb = (250, 249, 246)
_INK: Rgb = (34, 38, 46)
_SOFT_INK: Rgb = (112, 118, 128)
_WHITE: Rgb = (255, 255, 255)
_BLANK: Rgb = (236, 234, 228)


def write_grid(grid: Grid, path: Path) -> None:
    """Writes a grid as a PNG file.

    Raises:
        OSError: The file system refused.
    """
    grid_image(grid).save(path, format="PNG", optimize=True)


def grid_image(grid: Grid) -> Image.Image:
    """Draws a grid: title, cells, legend, remarks."""
    width = _grid_length(_FULL_SIZE) + 2 * _MARGIN
    below = _LEGEND + len(grid.remarks) * _REMARK
    height = _MARGIN + _HEAD + _grid_length(grid.size) + below + _MARGIN // 2
    image = Image.new("RGB", (width * _SCALE, height * _SCALE), _PAPER)
    pen = _Pen(image)
    pen.text((_MARGIN, _MARGIN), grid.title, 34, _INK)
    pen.text((_MARGIN, _MARGIN + 48), grid.subtitle, 20, _SOFT_INK)
    for row in range(grid.size):
        for column in range(grid.size):
            _draw_cell(pen, grid, row, column)
    _draw_legend(pen, grid)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _grid_length(size: int) -> int:
    return size * _CELL + (size - 1) * _GAP


class _Pen:
    """Draws on the enlarged image in pixels of the finished one."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._draw = ImageDraw.Draw(image)

    def text(
        self, at: tuple[float, float], text: str, size: int, colour: Rgb, anchor: str = "la"
    ) -> None:
        place = (at[0] * _SCALE, at[1] * _SCALE)
        self._draw.text(place, text, colour, _font(size), anchor=anchor)

    def text_width(self, text: str, size: int) -> float:
        return float(self._draw.textlength(text, _font(size))) / _SCALE

    def bars(self, at: tuple[int, int], size: tuple[int, int], bars: list[tuple[int, Rgb]]) -> None:
        """Fills a rounded rectangle with bars side by side, given by width and colour."""
        width, height = size[0] * _SCALE, size[1] * _SCALE
        cell = Image.new("RGB", (width, height), bars[0][1])
        draw = ImageDraw.Draw(cell)
        left = 0
        for bar_width, colour in bars:
            if bar_width > 0:
                draw.rectangle((left, 0, left + bar_width - 1, height), fill=colour)
            left += bar_width
        mask = Image.new("L", (width, height), 0)
        ImageDraw.Draw(mask).rounded_rectangle(
            (0, 0, width - 1, height - 1), _RADIUS * _SCALE, fill=255
        )
        self._image.paste(cell, (at[0] * _SCALE, at[1] * _SCALE), mask)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * _SCALE)


def _draw_cell(pen: _Pen, grid: Grid, row: int, column: int) -> None:
    cell = grid.cells[row][column]
    x = _MARGIN + column * (_CELL + _GAP)
    y = _MARGIN + _HEAD + row * (_CELL + _GAP)
    middle = (x + _CELL / 2, y + _CELL / 2)
    name = starting_hand_name(row, column)
    if not cell.bars:
        pen.bars((x, y), (_CELL, _CELL), [(_CELL * _SCALE, _BLANK)])
        pen.text(middle, name, 22, _SOFT_INK, anchor="mm")
        return
    widths = split_cell([share for share, _ in cell.bars], _CELL * _SCALE)
    colours = [shade.rgb for _, shade in cell.bars]
    pen.bars((x, y), (_CELL, _CELL), list(zip(widths, colours, strict=True)))
    if not cell.note:
        pen.text(middle, name, 22, _WHITE, anchor="mm")
        return
    pen.text((middle[0], middle[1] - 13), name, 17, _WHITE, anchor="mm")
    pen.text((middle[0], middle[1] + 11), cell.note, 23, _WHITE, anchor="mm")


def _draw_legend(pen: _Pen, grid: Grid) -> None:
    x = float(_MARGIN)
    y = _MARGIN + _HEAD + _grid_length(grid.size) + 30
    for label, shade in grid.legend:
        pen.bars((round(x), y), (30, 30), [(30 * _SCALE, shade.rgb)])
        pen.text((x + 42, y + 15), label, 20, _INK, anchor="lm")
        x += 42 + pen.text_width(label, 20) + 34
    for number, remark in enumerate(grid.remarks):
        pen.text((_MARGIN, y + 48 + number * _REMARK), remark, 18, _SOFT_INK)
