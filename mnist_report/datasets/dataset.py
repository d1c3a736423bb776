"""A data set in memory: its images, its labels, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mnist_report.datasets.classes import DIGITS, Classes

if TYPE_CHECKING:
    import torch


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
class Mnist:
    """MNIST, or a data set of its form, on the CPU: pixels 0 (paper) to 255 (ink).

    The sizes given are MNIST's own.
    """

    train_images: torch.Tensor  # (60000, 28, 28) uint8
    train_labels: torch.Tensor  # (60000,) int64
    test_images: torch.Tensor  # (10000, 28, 28) uint8
    test_labels: torch.Tensor  # (10000,) int64
    about: About = MNIST
