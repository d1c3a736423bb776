"""A data set in memory: its images, its labels, and what it is called."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from pydantic.dataclasses import dataclass as checked_dataclass

from mnist_report.common import DataError, settings
from mnist_report.common import words as catalogue

T = TypeVar("T")
MOST = 26  # more classes do not fit into the figures
LONGEST = 60  # characters of a class's name, for the same reason


@checked_dataclass(frozen=True)
class Classes:
    """Names of the classes 0, 1, … in both languages, by default English; `digits` if they are."""

    english: tuple[str, ...]
    chinese: tuple[str, ...] = ()
    digits: bool = False

    def __post_init__(self) -> None:
        """Raise a DataError for names that cannot be those of classes."""
        if not 2 <= len(self.english) <= MOST:
            found = "is 1 class" if len(self) == 1 else f"are {len(self)} classes"
            raise DataError(f"There {found}; give 2 to {MOST} of them.")
        for name in (*self.english, *self.chinese):
            if len(name) > LONGEST or not name.isprintable():
                raise DataError(
                    f"{name[:LONGEST]!a}: give classes names of at most {LONGEST} characters, "
                    "none of them a control character."
                )
        for names in (self.english, self.names("zh-CN")):
            if len(set(names)) != len(self.english) or not all(names):
                raise DataError(f"{', '.join(names)}: give each class a name of its own.")

    def __len__(self) -> int:
        """Count the classes."""
        return len(self.english)

    def names(self, language: str | None = None) -> tuple[str, ...]:
        """Return one name a class."""
        language = language or settings.language()
        return (self.chinese or self.english) if language == "zh-CN" else self.english

    def pair(self, pair: Sequence[int], language: str | None = None) -> str:
        """Write a pair of classes as figures do: 4–9."""
        return "–".join(self.names(language)[k] for k in pair)


DIGITS = Classes(tuple("0123456789"), digits=True)


class Words(dict[str, str]):
    """Words of figures and tables in one language, by their keys, and in it names of classes."""

    def __init__(self, language: str | None = None, classes: Classes = DIGITS) -> None:
        # They say digit only where classes are digits.
        super().__init__(catalogue.words(language, None if classes.digits else catalogue.CLASSES))
        self.language, self.names = language, classes.names(language)

    def pair(self, pair: Sequence[int]) -> str:
        """Write a pair of classes as figures do: 4–9."""
        return "–".join(self.names[k] for k in pair)


def localised(make: Callable[..., T]) -> Callable[..., T]:
    """Let a function of `Words` take a language and classes in their place, as the last."""
    given = {"language": None, "classes": DIGITS}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    _, *own = inspect.signature(make).parameters.values()
    last = [inspect.Parameter(name, kind, default=value) for name, value in given.items()]
    signature = inspect.Signature([*own, *last])

    @functools.wraps(make)
    def wrapper(*arguments: Any, **options: Any) -> T:
        found = given | signature.bind(*arguments, **options).arguments
        return make(Words(found.pop("language"), found.pop("classes")), **found)

    wrapper.__signature__ = signature
    return wrapper


@checked_dataclass(frozen=True)
class About:
    """Name of a data set in the store, its title, classes, and origin, in each language."""

    name: str
    title: str
    classes: Classes = DIGITS
    source: dict[str, str] = field(default_factory=dict)


@checked_dataclass(frozen=True)
class Named(About):
    """A data set of `settings.DATASETS`."""

    reader: str = ""  # torchvision's class; files are held to its mirrors' MD5 sums
    options: dict[str, str] = field(default_factory=dict)  # of that class
    upright: bool = True  # else rows and columns are exchanged in the files
    packaged: Path | None = None  # where a package of the system puts NAME.gz
    sums: dict[str, str] = field(default_factory=dict)  # MD5 sums of the decoded files


NAMED = {name: Named(name=name, **fields) for name, fields in settings.DATASETS.items()}
MNIST = NAMED[settings.MNIST]


@dataclass(frozen=True)
class Dataset:
    """MNIST, or a data set of its form, on the CPU: pixels 0 (paper) to 255 (ink)."""

    train_images: torch.Tensor  # (N, 28, 28) uint8, of MNIST 60,000
    train_labels: torch.Tensor  # (N,) int64
    test_images: torch.Tensor  # (M, 28, 28) uint8, of MNIST 10,000
    test_labels: torch.Tensor  # (M,) int64
    about: About = MNIST
    validation: int = 0  # so many of the last training images validate; 0: a stratified choice


def evenly_spaced(count: int, sample: int) -> np.ndarray:
    """Return indices (min(count, sample),), evenly spaced over `count`: a sample without chance."""
    return np.unique(np.linspace(0, count - 1, min(count, sample)).round().astype(int))
