"""A data set in memory: its images, its labels, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mnist_report.common import settings
from mnist_report.common import words as catalogue
from mnist_report.common.errors import DataError

if TYPE_CHECKING:
    import torch


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

    def words(self, language: str | None = None) -> Mapping[str, str]:
        """Return the words of a language, in which classes are called digits only if they are."""
        return catalogue.words(language, None if self.digits else catalogue.CLASSES)

    def pair(self, pair: Sequence[int], language: str | None = None) -> str:
        """How figures write a pair of classes: 4–9."""
        return "–".join(self.names(language)[k] for k in pair)


DIGITS = Classes(tuple("0123456789"), digits=True)


@dataclass(frozen=True)
class About:
    """What a data set is.

    Attributes:
        name: what its runs are filed under (`settings.results_dir`).
        title: how texts call it.
        classes: the names of its classes.
        source: a sentence on where it comes from, by language, for the report; Markdown.
    """

    name: str
    title: str
    classes: Classes
    source: Mapping[str, str] = field(default_factory=dict)


MNIST = About(
    "mnist",
    "MNIST",
    DIGITS,
    {
        "en": "MNIST was compiled by LeCun, Cortes and Burges [@lecun2010] from digits that "
        "hundreds of people had written on forms; each was brought to 20×20 pixels and centred.",
        "zh-CN": "MNIST由LeCun、Cortes与Burges[@lecun2010]整理而成，数字由数百人写在表格上，"
        "每个数字缩放至20×20像素并居中。",
    },
)


@dataclass(frozen=True)
class Dataset:
    """MNIST, or a data set of its form, on the CPU: pixels 0 (paper) to 255 (ink).

    The sizes given are MNIST's own.
    """

    train_images: torch.Tensor  # (60000, 28, 28) uint8
    train_labels: torch.Tensor  # (60000,) int64
    test_images: torch.Tensor  # (10000, 28, 28) uint8
    test_labels: torch.Tensor  # (10000,) int64
    about: About = MNIST


def evenly_spaced(count: int, sample: int) -> np.ndarray:
    """Indices (min(count, sample),) evenly spaced over `count` images: a sample without chance."""
    return np.unique(np.linspace(0, count - 1, min(count, sample)).round().astype(int))
