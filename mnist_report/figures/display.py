"""What a notebook shows of a figure: drawn once, and for a document both as SVG and as PNG."""

import json
import struct
import zlib
from base64 import b64encode

import typst
from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure

PPI = 200  # of a document's pictures, on paper


def pictures(figure: Figure, document: bool, **_: object) -> dict[str, str] | None:
    """Draw a figure once: for a screen as PNG; for a `document` as SVG, with a PNG of it for Word.

    None for an empty figure.
    """
    kind = "svg" if document else "png"
    # Tight boxes would give every figure a width of its own.
    drawn = print_figure(figure, kind, bbox_inches=None, base64=True, metadata={"Date": None})
    if not (document and drawn):
        return drawn and {"image/png": drawn}
    return {"image/svg+xml": drawn, "image/png": b64encode(rasterised(drawn)).decode()}


def rasterised(svg: str) -> bytes:
    """Return a PNG of an SVG, by the typesetter in a fraction of the time that matplotlib takes."""
    picture = json.dumps(svg, ensure_ascii=False)
    page = f"#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes({picture}))"
    fontless = "<text" not in svg  # as in our style: all letters are outlines
    png = typst.compile(page.encode(), format="png", ppi=PPI, ignore_system_fonts=fontless)
    # The resolution, in dots a metre, goes behind the signature and the header.
    density = struct.pack(">4sIIB", b"pHYs", *[round(PPI / 0.0254)] * 2, 1)
    return png[:33] + struct.pack(">I13sI", 9, density, zlib.crc32(density)) + png[33:]
