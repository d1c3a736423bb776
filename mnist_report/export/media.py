"""Pictures made fit for paper. Runs as a program of its own, called by the pandoc filters.

``media.py fetch URL FILE`` downloads; ``media.py png FILE PNG`` turns SVG, WebP, … into PNG.
"""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

TIMEOUT = 5  # seconds; an export must not hang on a dead server
LIMIT = 30_000_000  # bytes
PPI = 200


def fetch(url: str, out: Path) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"not a web address: {url}")
    request = urllib.request.Request(url, headers={"User-Agent": "mnist-report"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        out.write_bytes(answer.read(LIMIT))


def to_png(source: Path, out: Path) -> None:
    """SVG through the typesetter, which the PDF needs anyway; the rest through Pillow."""
    dpi = None
    if source.suffix.lower() == ".svg":
        import typst

        text = f'#set page(width: auto, height: auto, margin: 0pt)\n#image("{source.name}")'
        page = source.with_suffix(".typ")
        page.write_text(text, encoding="utf-8")
        out.write_bytes(typst.compile(str(page), format="png", ppi=PPI))
        source, dpi = out, (PPI, PPI)
    from PIL import Image

    with Image.open(source) as image:
        image.convert("RGBA").save(out, format="PNG", dpi=dpi or image.info.get("dpi", (96, 96)))


if __name__ == "__main__":
    action, first, second = sys.argv[1:4]
    try:
        if action == "fetch":
            fetch(first, Path(second))
        else:
            to_png(Path(first), Path(second))
    except Exception as error:  # the caller shows one line, whatever went wrong
        sys.exit(f"{type(error).__name__}: {error}")
