"""Damaged pictures, odd formulas and lost glyphs, which Typst refuses, found one by one.

Pictures and formulas give way to their words before the document is set, characters that no font
has, such as emoji, after it was found to show boxes.
"""

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
    """The next attempt at the document in ``folder``, None if there is nothing left to try.

    Damaged pictures go first. Then the formulas are asked for one by one, as ``probes.json``, and
    then those that are refused go.
    """
    pictures = sorted((folder / "media").iterdir())
    bad = {path.name: True for path in pictures if damaged(typesetter, path)}
    if bad != attempt.bad_images:
        return replace(attempt, bad_images=bad)
    if attempt.refused is None:
        return replace(attempt, refused={})
    refused = attempt.refused | dict.fromkeys(refused_formulas(typesetter, folder), True)
    return replace(attempt, refused=refused) if refused != attempt.refused else None


def damaged(typesetter: Typesetter, path: Path) -> bool:
    """Try whether Typst refuses a picture by itself."""
    if path.suffix not in PICTURES:
        return False
    return not compiles(typesetter, f"#image({json.dumps(path.name)})", path.parent)


def refused_formulas(typesetter: Typesetter, folder: Path) -> list[str]:
    """The sources of the formulas that Typst does not take."""
    probes = json.loads((folder / "probes.json").read_text(encoding="utf-8"))
    codes = {probe["source"]: probe["code"] for probe in probes}
    return failing(
        list(codes),
        lambda some: compiles(typesetter, "\n\n".join(map(codes.get, some)), folder),
    )


def compiles(typesetter: Typesetter, code: str, folder: Path) -> bool:
    """Try whether Typst takes ``code`` as a document."""
    source = folder / "probe.typ"
    source.write_text(code, encoding="utf-8")
    return typesetter.takes(source)


def failing(items: list[str], works: Callable[[list[str]], bool]) -> list[str]:
    """The items that do not work, by trying halves until the rest is known to be well."""
    if not items or works(items):
        return []
    if len(items) == 1:
        return items
    half = len(items) // 2
    return [*failing(items[:half], works), *failing(items[half:], works)]


def missing(typesetter: Typesetter, text: str, fonts: Fonts, folder: Path) -> dict[str, str]:
    """The characters of ``text`` that would be boxes, with what to write instead.

    Typst tells one character at a time: halves are tried until the rest is known to be well.
    """
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


def replaced(text: str, names: dict[str, str]) -> str:
    return text.translate(str.maketrans(names))
