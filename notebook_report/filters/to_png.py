"""Make a picture fit for paper: ``to_png.py FILE PNG``, a program that images.lua calls."""

import sys
from pathlib import Path

PPI = 200
# Kinds that hold nothing but pixels; EPS, for one, is a program that Pillow would run.
KINDS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "JPEG2000", "AVIF", "ICO")
LARGEST = 80_000_000  # pixels


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

    if not source.is_file():
        raise OSError("it is no regular file")
    Image.init()
    with Image.open(source, formats=[kind for kind in KINDS if kind in Image.OPEN]) as image:
        if image.width * image.height > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} pixels")
        image.convert("RGBA").save(out, format="PNG", dpi=dpi or image.info.get("dpi", (96, 96)))


if __name__ == "__main__":
    try:
        to_png(Path(sys.argv[1]), Path(sys.argv[2]))
    except Exception as error:  # the caller shows one line, whatever went wrong
        sys.exit(f"{type(error).__name__}: {error}")
