"""Damaged pictures, odd formulas and lost glyphs, which Typst refuses: words stand for them."""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .document import Attempt
from .typesetter import Fonts, Typesetter

PICTURES = {".png", ".jpg", ".gif", ".svg", ".webp"}
STANDARDS = ("a-2a",)  # which forbids boxes in place of characters, so that Typst tells
ALIKE = {"✅": "✔", "☑": "✔", "❌": "✘", "⭐": "★", "\ufe0f": ""}  # U+FE0F asks for colour


def without_refused(typesetter: Typesetter, attempt: Attempt, folder: Path) -> Attempt | None:
    """The next attempt, if any: without damaged pictures, then with ``probes.json``, then so."""
    media = folder / "media"
    pictures = {p.name: f"#image({json.dumps(p.name)})" for p in sorted(media.iterdir())
                if p.suffix in PICTURES}  # fmt: skip
    bad = refused(typesetter, pictures, media)
    if bad != attempt.bad_images:
        return replace(attempt, bad_images=bad)
    if attempt.refused is None:
        return replace(attempt, refused={})
    probes = json.loads((folder / "probes.json").read_text(encoding="utf-8"))
    formulas = {probe["source"]: probe["code"] for probe in probes}
    every = attempt.refused | refused(typesetter, formulas, folder)
    return replace(attempt, refused=every) if every != attempt.refused else None


def refused(typesetter: Typesetter, codes: dict[str, str], folder: Path) -> dict[str, bool]:
    """The names of the codes that Typst does not take, each with True."""

    def works(some: list[str]) -> bool:
        source = folder / "probe.typ"
        source.write_text("\n\n".join(map(codes.get, some)), encoding="utf-8")
        return typesetter.takes(source)

    return dict.fromkeys(failing(list(codes), works), True)


def failing(items: list[str], works: Callable[[list[str]], bool]) -> list[str]:
    """The items that do not work, by trying halves until the rest is known to be well."""
    if not items or works(items):
        return []
    if len(items) == 1:
        return items
    half = len(items) // 2
    return [*failing(items[:half], works), *failing(items[half:], works)]


def missing(typesetter: Typesetter, text: str, fonts: Fonts, folder: Path) -> dict[str, str]:
    """The characters of ``text`` that would be boxes, with what to write instead."""
    candidates = sorted({character for character in text if ord(character) > 0x7F})
    alike = [character for character in "".join(ALIKE.values()) if character not in candidates]
    boxes = set(failing([*candidates, *alike], lambda some: shows(typesetter, some, fonts, folder)))
    return {character: instead(character, boxes) for character in boxes if character in candidates}


def shows(typesetter: Typesetter, characters: list[str], fonts: Fonts, folder: Path) -> bool:
    """Try whether each of the characters has a glyph."""
    source = folder / "glyphs.typ"
    words = json.dumps(" ".join(characters), ensure_ascii=False)
    source.write_text(f'#set document(title: "x")\n#{words}', encoding="utf-8")
    return typesetter.takes(source, fonts, STANDARDS)


def instead(character: str, boxes: set[str]) -> str:
    """A character that looks like it, else its name or sound: 😀 → [grinning face], 한 → han."""
    if character in ALIKE and ALIKE[character] not in boxes:
        return ALIKE[character]
    name = unicodedata.name(character, f"U+{ord(character):04X}")
    if name.startswith("HANGUL SYLLABLE "):
        return name.rpartition(" ")[2].lower()
    return f"[{name.lower() if not name.startswith('U+') else name}]"
