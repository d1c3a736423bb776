"""The A4 page: its margins, and what is left of it for text."""

from __future__ import annotations

from .metadata import Metadata

PAGE_WIDTH, PAGE_HEIGHT = 21.0, 29.7  # cm
MARGINS = {"top": 2.54, "bottom": 2.54, "left": 2.5, "right": 2.5}
CAPTION = 4.6  # cm that the tallest figure leaves for its caption and a line or two
ROUNDING = 0.05  # cm that tables keep off the margin


def margins(data: Metadata) -> dict[str, float]:
    """All four margins in centimetres."""
    return MARGINS | data.margins


def text_width(data: Metadata) -> float:
    """Centimetres between the margins."""
    sides = margins(data)
    return PAGE_WIDTH - sides["left"] - sides["right"]


def measures(data: Metadata) -> dict[str, object]:
    """What filters and templates need to know of the page."""
    sides = margins(data)
    return {
        "margins": sides,
        "sizes": data.sizes,
        "line_spacing": data.line_spacing,
        "text_width": text_width(data) - ROUNDING,
        "text_height": PAGE_HEIGHT - sides["top"] - sides["bottom"] - CAPTION,
    }


def twips(centimetres: float) -> int:
    """Word's unit, a twentieth of a point."""
    return round(centimetres / 2.54 * 1440)
