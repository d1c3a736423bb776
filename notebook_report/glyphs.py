"""Characters that no font of the PDF has, such as emoji, and what stands in for them."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import typst

from .refusals import failing

STANDARD = ["a-2a"]  # which forbids boxes in place of characters, so that Typst tells
ALIKE = {"✅": "✔", "☑": "✔", "❌": "✘", "⭐": "★", "️": ""}  # U+FE0F asks for colour


def missing(text: str, fonts: typst.Fonts, folder: Path, timestamp: int) -> dict[str, str]:
    """The characters of ``text`` that would be boxes, with what to write instead.

    Typst tells one character at a time: halves are tried until the rest is known to be well.
    """
    candidates = sorted({character for character in text if ord(character) > 0x7F})
    alike = [character for character in "".join(ALIKE.values()) if character not in candidates]
    boxes = set(failing([*candidates, *alike], lambda some: shows(some, fonts, folder, timestamp)))
    return {character: instead(character, boxes) for character in boxes if character in candidates}


def shows(characters: list[str], fonts: typst.Fonts, folder: Path, timestamp: int) -> bool:
    """Whether each of the characters has a glyph."""
    source = folder / "glyphs.typ"
    words = json.dumps(" ".join(characters), ensure_ascii=False)
    source.write_text(f'#set document(title: "x")\n#{words}', encoding="utf-8")
    try:
        probe = typst.Compiler(input=str(source), root=str(folder), font_paths=fonts)
        probe.compile(format="pdf", timestamp=timestamp, pdf_standards=STANDARD)
    except (RuntimeError, typst.TypstError):
        return False
    return True


def instead(character: str, boxes: set[str]) -> str:
    """A character that looks like it, else its name: 😀 → [grinning face]."""
    if character in ALIKE and ALIKE[character] not in boxes:
        return ALIKE[character]
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    return f"[{name.lower() if not name.startswith('U+') else name}]"


def replaced(text: str, names: dict[str, str]) -> str:
    return text.translate(str.maketrans(names))
