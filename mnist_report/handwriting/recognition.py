"""From a photo to digits, each with a calibrated probability, or a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn

from mnist_report import evaluation
from mnist_report.common import settings
from mnist_report.common.errors import MissingRunError
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.datasets.size_normalisation import like_mnist
from mnist_report.evaluation.logits import probabilities
from mnist_report.handwriting import binarisation as inks
from mnist_report.handwriting.binarisation import Ink
from mnist_report.handwriting.segmentation import Piece, segment
from mnist_report.handwriting.touching_digits import WIDE, WIDEST, cuts
from mnist_report.training import inference, recipes, runs

MOST_CUTS = 8  # rounds of cutting in two
FEW = 3  # pieces on a line tell how high its digits are
JUDGED_LATER = 0.9  # taken for the confidence of what has to be cut again


@dataclass(frozen=True)
class Digit:
    """A digit that was found.

    Attributes:
        corners: (4, 2) row and column of its box on the photo: upper left, upper right, lower
            right, lower left, as the writing goes.
        image: (28, 28) bytes, as the network got it.
        probabilities: (10,), calibrated.
        sure: whether the highest of them reaches the threshold of the reject option.
    """

    corners: np.ndarray
    image: np.ndarray
    probabilities: np.ndarray
    sure: bool

    @property
    def digit(self) -> int:
        """The most probable one."""
        return int(self.probabilities.argmax())

    @property
    def probability(self) -> float:
        """Of that digit."""
        return float(self.probabilities.max())

    @property
    def centre(self) -> np.ndarray:
        """(2,) row and column on the photo."""
        return self.corners.mean(axis=0)


@dataclass(frozen=True)
class Recognition:
    """What a photo says: lines from top to bottom, digits from left to right, and its ink."""

    lines: list[list[Digit]]
    ink: Ink

    @property
    def digits(self) -> list[Digit]:
        """All of them in reading order."""
        return [digit for line in self.lines for digit in line]

    @property
    def text(self) -> str:
        """The digits line by line, "?" for those that are not sure."""
        return "\n".join(
            "".join(str(digit.digit) if digit.sure else "?" for digit in line)
            for line in self.lines
        )


class Recogniser:
    """A trained network that reads photos.

    Args:
        model: takes (N, 1, 28, 28), gives logits (N, 10).
        normalisation: of its input.
        temperature: fitted on the validation images.
        threshold: the least probability to be sure at; None: never sure.
        views: maps (V, 2, 3) under which each digit is read, or none; see `fitting.read`.
    """

    def __init__(
        self,
        model: nn.Module,
        normalisation: Normalisation,
        temperature: float = 1.0,
        threshold: float | None = 0.0,
        views: Tensor | None = None,
    ) -> None:
        self.device = settings.device()
        self.model = model.to(self.device)
        self.normalisation = normalisation
        self.temperature = temperature
        self.threshold = threshold
        self.views = views

    @classmethod
    def load(cls, recipe: str | None = None, seed: int = 0) -> Recogniser:
        """Load the network of a finished run, with its temperature and threshold.

        The recipe is by default the one that is worked on, `recipes.current()`.

        Raises:
            MissingRunError: it has not been made, or not been evaluated.
            ResultsError: a file is damaged.
        """
        recipe = recipe or recipes.current().name
        run, stored = runs.load(recipe, seed), evaluation.load_evaluation(recipe, seed)
        if stored.fingerprint != run.summary["fingerprint"]:
            raise MissingRunError(
                f"Recipe {recipe!r} with seed {seed} has no calibrated probabilities yet: run "
                f"`mnist-report train {recipe} --seed {seed}`, which evaluates it."
            )
        fitted, threshold = stored.calibration.temperature, stored.reject.threshold
        views = run.recipe.view_maps()
        return cls(run.model(), run.normalisation, fitted, threshold, views)

    def probabilities(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Calibrated probabilities (N, 10) of images (28, 28) of bytes."""
        if not len(images):
            return np.zeros((0, 10))
        x = torch.from_numpy(np.stack(images)).to(self.device)
        logits = inference.model_logits(self.model, x, self.normalisation, self.views)
        return probabilities(logits.cpu(), self.temperature)

    def read(self, grey: np.ndarray) -> Recognition:
        """What stands on a photo (H, W) of grey from 0 (black) to 1 (white)."""
        ink = inks.find(grey)
        lines = [self._uncoupled(line, ink) for line in segment(ink.mask)]
        images = [crop(piece, ink) for line in lines for piece in line]
        rows = iter(zip(images, self.probabilities(images), strict=True))
        return Recognition(
            [[self._digit(p, ink, *next(rows)) for p in line] for line in lines], ink
        )

    def _digit(self, piece: Piece, ink: Ink, image: np.ndarray, row: np.ndarray) -> Digit:
        sure = self.threshold is not None and row.max() >= self.threshold
        return Digit(_corners(piece, ink), image, row, bool(sure))

    def _uncoupled(self, line: list[Piece], ink: Ink) -> list[Piece]:
        """What is too wide for one digit cut apart."""
        height = float(np.median([piece.height for piece in line]))
        widest = WIDEST * height if len(line) >= FEW else np.inf
        for _ in range(MOST_CUTS):
            parts = [
                self._parts(piece, height, widest, ink) if piece.width > WIDE * height else (piece,)
                for piece in line
            ]
            if len(parts) == sum(map(len, parts)):
                break
            line = [part for two in parts for part in two]
        return line

    def _parts(
        self, piece: Piece, height: float, widest: float, ink: Ink
    ) -> tuple[Piece] | tuple[Piece, Piece]:
        """The cut whose parts read best, unless the whole reads better and may be one digit."""
        choices = cuts(piece, ink.contrast, height)
        flat = [piece, *(half for halves in choices for half in halves)]
        confidence = self.probabilities([crop(part, ink) for part in flat]).max(axis=1)
        # What has to be cut again is not judged by how it reads.
        confidence[[part.width > widest for part in flat]] = JUDGED_LATER
        parts = confidence[1:].reshape(-1, 2).min(axis=1)
        one = piece.width <= widest and confidence[0] >= parts.max(initial=0)
        return (piece,) if one or not choices else choices[parts.argmax()]


def crop(piece: Piece, ink: Ink) -> np.ndarray:
    """A digit's ink in MNIST's form, (28, 28) bytes: its strokes with their soft edges."""
    top, left = max(0, piece.top - 1), max(0, piece.left - 1)
    window = np.s_[top : piece.bottom + 1, left : piece.right + 1]
    own = np.zeros(ink.mask[window].shape, dtype=bool)
    own[piece.top - top :, piece.left - left :][: piece.height, : piece.width] = piece.mask
    around = ndimage.binary_dilation(own, np.ones((3, 3)))
    others = ink.mask[window] & ~own
    return like_mnist(np.where(around & ~others, ink.contrast[window], 0))


def _corners(piece: Piece, ink: Ink) -> np.ndarray:
    top, left, bottom, right = piece.top, piece.left, piece.bottom - 1, piece.right - 1
    return ink.on_photo(np.array([(top, left), (top, right), (bottom, right), (bottom, left)]))


def as_plain(reading: Recognition) -> list[list[dict[str, Any]]]:
    """The lines as plain values for JSON: `digit`, `probability`, `sure`, `probabilities`, and
    `corners` as [row, column] in pixels of the photo."""
    return [
        [
            {
                "digit": digit.digit,
                "probability": digit.probability,
                "sure": digit.sure,
                "probabilities": digit.probabilities.tolist(),
                "corners": digit.corners.round(1).tolist(),
            }
            for digit in line
        ]
        for line in reading.lines
    ]
