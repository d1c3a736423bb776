"""The numbers of a text in their places, and where another text has others in the same places.

Layouts differ in line breaks, hyphens, spaces, quotation marks and the places of figures. What all
of them keep is the sequence of letters around a number. So a text becomes its *skeleton*: letters
only, with one mark for each number; and a passage is found again by its skeleton, whatever the
numbers in it have become. (`difflib` aligns whole texts, in one order: a table row that moved, and
a sentence of the student's own, would be held against numbers that they have nothing to do with.)
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import eq

MARK = "#"
TOKEN = re.compile(r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)|[^\W\d_]")
# Numbers that the exporter gives: of figures, sections, equations, and citations.
REFERENCE = re.compile(
    r"(?:Figure|Table|Listing|Section|Equation|Appendix|图|表|代码|附录|第|式)"
    r"\s*\(?(?:\d+(?:\.\d+)?(?:\.\d+)?|[A-Z])\)?(?![\d.%])(?:\s*[章节])?"
    r"|\[\s*[1-9]\d*(?:\s*[-,–，、]\s*\d+)*\s*\]"  # of citations; [0, 1] is an interval
)
SENTENCE = re.compile(r"(?<=[.?!;:])\s+(?=\D)|(?<=[。？！；])")
CONTEXT = 16  # letters on either side by which a number alone is found again
LEAST = 8  # letters without which a passage could be anywhere
QUOTED = 70  # characters on either side of a wrong number that are quoted


class Text:
    """A text without references, its skeleton, and the numbers at the marks, without commas."""

    def __init__(self, text: str) -> None:
        self.plain = REFERENCE.sub(" ", unicodedata.normalize("NFKC", text))
        tokens = list(TOKEN.finditer(self.plain))
        self.skeleton = "".join(MARK if t["number"] else t[0].lower()[0] for t in tokens)
        self.marks = [place for place, token in enumerate(tokens) if token["number"]]
        self.numbers = [tokens[place][0].replace(",", "") for place in self.marks]
        self._spans = [tokens[place].span() for place in self.marks]

    def quote(self, index: int) -> str:
        """Return the index-th number with the words around it."""
        start, end = self._spans[index]
        return " ".join(self.plain[max(0, start - QUOTED) : end + QUOTED].split())

    def is_share(self, index: int) -> bool:
        """Tell percentages, and shares such as 0.9965, from other numbers."""
        end = self._spans[index][1]
        share = re.fullmatch(r"0\.\d{2,}", self.numbers[index])
        return bool(share) or self.plain[end : end + 2].lstrip()[:1] == "%"


@dataclass
class Comparison:
    """Outcome for the expected numbers in a text."""

    found: Text
    agreeing: int = 0  # were found in their places
    wrong: list[str] = field(default_factory=list)  # places at which another number stands
    lost: list[str] = field(default_factory=list)  # sentences whose numbers were not found
    used: set[int] = field(default_factory=set)  # the text's own numbers that were expected

    def meet(self, passage: Text) -> bool:
        """Find a whole passage where most of its numbers agree, and compare them."""
        wanted = passage.numbers
        firsts = self._numbers_at(passage.skeleton, 0) if wanted else []
        if firsts:
            best = max(firsts, key=lambda first: sum(map(eq, self.found.numbers[first:], wanted)))
            for index, number in enumerate(wanted, start=best):
                self.settle(number, index)
        return bool(firsts) or not wanted

    def candidates(self, skeleton: str, mark: int) -> list[int]:
        """Find the unused numbers of the text that have the same letters around them."""
        for before, after in ((CONTEXT, CONTEXT), (2 * CONTEXT, 0), (0, 2 * CONTEXT)):
            start = max(0, mark - before)
            around = skeleton[start : mark + 1 + after]
            if free := self._numbers_at(around, mark - start):
                return free
        return []

    def settle(self, wanted: str, index: int) -> None:
        """Hold the index-th number of the text against the one that must stand there."""
        number = self.found.numbers[index]
        self.used.add(index)
        if number == wanted:
            self.agreeing += 1
        else:
            self.wrong.append(f"{number}, must be {wanted}, in “{self.found.quote(index)}”")

    def _numbers_at(self, part: str, offset: int) -> list[int]:
        """Find the unused numbers an offset after each place where a part of a skeleton stands."""
        if len(part.replace(MARK, "")) < LEAST:
            return []
        places, place = [], -1  # by `find`: an expression for each part takes far longer to compile
        while (place := self.found.skeleton.find(part, place + 1)) >= 0:
            places.append(bisect_left(self.found.marks, place + offset))
        return [number for number in places if number not in self.used]


def compare(expected: Iterable[str], found: Text) -> Comparison:
    """Look for each expected passage in a text, and compare the numbers in it."""
    done, left, others = Comparison(found), [], []
    # Each as a whole, or else sentence by sentence (a table row by row), and what is left in the
    # end number by number with the letters around it.
    for passage in sorted(map(Text, expected), key=lambda p: -len(p.skeleton)):
        if not done.meet(passage):
            parts = map(Text, SENTENCE.split(passage.plain.replace("\n", ". ")))
            left += [part for part in parts if not done.meet(part)]
    # Of single numbers first those that agree, so that no other is held against them.
    for sentence in left:
        for mark, number in zip(sentence.marks, sentence.numbers, strict=True):
            candidates = done.candidates(sentence.skeleton, mark)
            same = [index for index in candidates if found.numbers[index] == number]
            if same:
                done.settle(number, same[0])
            else:
                others.append((sentence, mark, number))
    for sentence, mark, number in others:
        candidates = done.candidates(sentence.skeleton, mark)
        if len(candidates) == 1:
            done.settle(number, candidates[0])
        elif (text := " ".join(sentence.plain.split())) not in done.lost:
            done.lost.append(text)
    return done


def unmatched(found: Text, used: set[int], known: set[str]) -> list[str]:
    """Quote percentages and shares that no expected number met and that are no known values."""
    return [
        f"{number} in “{found.quote(k)}”"
        for k, number in enumerate(found.numbers)
        if k not in used and found.is_share(k) and number not in known
    ]


def roundings(values: object) -> Iterator[str]:
    """Yield every number in plain values as a text may round it, and as per cent."""
    if isinstance(values, Mapping):
        values = list(values.values())
    if isinstance(values, list | tuple):
        for value in values:
            yield from roundings(value)
    elif isinstance(values, int | float):
        yield from (f"{abs(x):.{n}f}" for n in range(6) for x in (values, 100 * values))


def told(passages: Sequence[str], most: int = 3) -> str:
    """Join the first few of some passages to one text."""
    more = f" … and {len(passages) - most} more" if len(passages) > most else ""
    return " | ".join(p if len(p) < 160 else f"{p[:160]}…" for p in passages[:most]) + more
