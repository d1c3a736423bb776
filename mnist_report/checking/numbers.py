"""The numbers of a text in their places, and where another text has others in the same places.

Layouts differ in line breaks, hyphens, spaces, quotation marks and the places of figures. What all
of them keep is the sequence of letters around a number. So a text becomes its *skeleton*: letters
only, with one mark for each number; and a passage is found again by its skeleton, whatever the
numbers in it have become.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

MARK = "#"
TOKEN = re.compile(r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)|[^\W\d_]")
# Numbers that the exporter gives: of figures, sections, equations, and citations.
REFERENCE = re.compile(
    r"(?:Figure|Table|Listing|Section|Equation|Appendix|图|表|代码|附录|第|式)"
    r"\s*\(?(?:\d+(?:\.\d+)?(?:\.\d+)?|[A-Z])\)?(?![\d.%])(?:\s*[章节])?"
    r"|\[\s*\d+(?:\s*[-,–，、]\s*\d+)*\s*\]"
)
SENTENCE = re.compile(r"(?<=[.?!;:])\s+(?=\D)|(?<=[。？！；])")
CONTEXT = 16  # letters on either side by which a number alone is found again
LEAST = 8  # letters without which a passage could be anywhere
QUOTED = 70  # characters on either side of a wrong number that are quoted


@dataclass
class Text:
    """A text with its skeleton, and the numbers at the marks.

    Attributes:
        plain: the text itself, references taken out.
        skeleton: its letters, and `MARK` for each number.
        marks: places of the marks in the skeleton.
        spans: places of the numbers in `plain`.
    """

    plain: str
    skeleton: str = ""
    marks: list[int] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plain = REFERENCE.sub(" ", unicodedata.normalize("NFKC", self.plain))
        letters: list[str] = []
        for token in TOKEN.finditer(self.plain):
            if token["number"]:
                self.marks.append(len(letters))
                self.spans.append(token.span())
                letters.append(MARK)
            else:
                letters.append(token[0].lower()[0])
        self.skeleton = "".join(letters)

    def number(self, index: int) -> str:
        """The index-th number as it is written, without its thousands' commas."""
        start, end = self.spans[index]
        return self.plain[start:end].replace(",", "")

    def quote(self, index: int) -> str:
        """The index-th number with the words around it."""
        start, end = self.spans[index]
        passage = self.plain[max(0, start - QUOTED) : end + QUOTED]
        return " ".join(passage.split())

    def percentage(self, index: int) -> bool:
        """Whether a percent sign follows, or the number is a share such as 0.9965."""
        start, end = self.spans[index]
        share = re.fullmatch(r"0\.\d{2,}", self.plain[start:end])
        return bool(share) or self.plain[end : end + 2].lstrip()[:1] == "%"


@dataclass
class Comparison:
    """What became of the expected numbers in a text.

    Attributes:
        agreeing: how many were found in their places.
        wrong: the places at which another number stands.
        lost: sentences with numbers that were not found: rewritten, or left out.
        used: which of the text's own numbers were met by an expected one.
    """

    agreeing: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)


def compare(expected: Iterable[str], found: Text) -> Comparison:
    """Look for each expected passage in a text, and compare the numbers in it.

    A passage is looked for as a whole, or else sentence by sentence (a table row by row), or else
    number by number with the letters around it.
    """
    done = Comparison()
    passages = [Text(passage) for passage in expected]
    for passage in sorted(passages, key=lambda p: -len(p.skeleton)):
        if passage.marks and not _met(passage, found, done):
            for part in SENTENCE.split(passage.plain.replace("\n", ". ")):
                sentence = Text(part)
                if sentence.marks and not _met(sentence, found, done):
                    _number_by_number(sentence, found, done)
    return done


def strangers(found: Text, used: set[int], known: set[str]) -> list[str]:
    """Percentages and shares that no expected number met and that are no known values."""
    return [
        f"{found.number(k)} in “{found.quote(k)}”"
        for k in range(len(found.marks))
        if k not in used and found.percentage(k) and found.number(k) not in known
    ]


def roundings(values: object) -> Iterator[str]:
    """Every number in a structure of plain values as a text may round it, and as per cent."""
    if isinstance(values, dict):
        values = list(values.values())
    if isinstance(values, list | tuple):
        for value in values:
            yield from roundings(value)
    elif isinstance(values, int | float):
        for places in range(6):
            yield f"{abs(values):.{places}f}"
            yield f"{abs(100 * values):.{places}f}"


def _met(passage: Text, found: Text, done: Comparison) -> bool:
    """Whether the passage is there; its numbers are then compared."""
    if len(passage.skeleton.replace(MARK, "")) < LEAST:
        return False
    count = len(passage.marks)
    wanted = [passage.number(k) for k in range(count)]
    best: tuple[int, int] | None = None
    for place in _places(passage.skeleton, found.skeleton):
        first = bisect_left(found.marks, place)
        if first in done.used:
            continue
        equal = sum(found.number(first + k) == wanted[k] for k in range(count))
        if best is None or equal > best[0]:
            best = equal, first
        if equal == count:
            break
    if best is None:
        return False
    for k in range(count):
        _settle(wanted[k], found, best[1] + k, done)
    return True


def _number_by_number(sentence: Text, found: Text, done: Comparison) -> None:
    lost = False
    for k, mark in enumerate(sentence.marks):
        candidates = _candidates(sentence.skeleton, mark, found, done.used)
        same = [c for c in candidates if found.number(c) == sentence.number(k)]
        if same or len(candidates) == 1:
            _settle(sentence.number(k), found, (same or candidates)[0], done)
        else:
            lost = True
    if lost:
        done.lost.append(" ".join(sentence.plain.split()))


def _candidates(skeleton: str, mark: int, found: Text, used: set[int]) -> list[int]:
    """Unused numbers of the text that have the same letters around them."""
    sides = ((CONTEXT, CONTEXT), (2 * CONTEXT, 0), (0, 2 * CONTEXT))
    for before, after in sides:
        start = max(0, mark - before)
        around = skeleton[start : mark + 1 + after]
        if len(around.replace(MARK, "")) < LEAST:
            continue
        places = _places(around, found.skeleton)
        numbers = [bisect_left(found.marks, place + mark - start) for place in places]
        if free := [number for number in numbers if number not in used]:
            return free
    return []


def _settle(wanted: str, found: Text, index: int, done: Comparison) -> None:
    done.used.add(index)
    if found.number(index) == wanted:
        done.agreeing += 1
    else:
        done.wrong.append(f"{found.number(index)}, must be {wanted}, in “{found.quote(index)}”")


def _places(part: str, whole: str) -> Iterator[int]:
    place = whole.find(part)
    while place >= 0:
        yield place
        place = whole.find(part, place + 1)


def told(passages: Sequence[str], most: int = 3) -> str:
    """The first few of some passages, as one text."""
    more = f" … and {len(passages) - most} more" if len(passages) > most else ""
    return " | ".join(p if len(p) < 160 else f"{p[:160]}…" for p in passages[:most]) + more
