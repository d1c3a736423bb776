"""What the classes of a data set are called, in figures and tables of either language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_report.common import settings
from mnist_report.common import words as catalogue
from mnist_report.common.errors import DataError
from mnist_report.common.words import classes

MOST = 26  # more classes do not fit into the figures


@dataclass(frozen=True)
class Classes:
    """The names of the classes 0, 1, … of a data set.

    Attributes:
        english: one name a class.
        chinese: the same; the English names if there are no others.
        digits: whether the classes are the digits, so that figures may speak of digits.
    """

    english: tuple[str, ...]
    chinese: tuple[str, ...] = ()
    digits: bool = False

    def __post_init__(self) -> None:
        """Raise a DataError for names that cannot be those of classes."""
        if not 2 <= len(self.english) <= MOST:
            raise DataError(f"There are {len(self.english)} classes; give 2 to {MOST} of them.")
        for names in (self.english, self.names("zh-CN")):
            if len(set(names)) != len(self.english) or not all(names):
                raise DataError(f"{', '.join(names)}: give each class a name of its own.")

    def __len__(self) -> int:
        """How many there are."""
        return len(self.english)

    def names(self, language: str | None = None) -> tuple[str, ...]:
        """One name a class."""
        language = language or settings.language()
        return (self.chinese or self.english) if language == "zh-CN" else self.english

    def words(self, language: str | None = None) -> dict[str, str]:
        """`labels.words`, in which classes are called digits only where they are."""
        found = catalogue.words(language)
        if self.digits:
            return found
        return found | {
            key: of[language or settings.language()] for key, of in classes.WORDS.items()
        }

    def pair(self, pair: Sequence[int], language: str | None = None) -> str:
        """How figures write a pair of classes: 4–9."""
        return "–".join(self.names(language)[k] for k in pair)


DIGITS = Classes(tuple("0123456789"), digits=True)
