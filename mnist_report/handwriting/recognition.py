"""Recognition: from a photo to digits, each with a calibrated probability, or a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
from mnist_report.handwriting import strokes
from mnist_report.handwriting.binarisation import Binarised, binarise
from mnist_report.handwriting.segmentation import Component, Line, segment
from mnist_report.handwriting.touching_digits import WIDE, WIDEST, splits
from mnist_report.training import inference, recipes, runs

MOST_SPLITS = 8  # rounds of splitting in two
FEW = 3  # digits on a line tell how high they are
JUDGED_LATER = 0.9  # taken for the confidence of what has to be split again


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

    def as_json(self) -> dict[str, object]:
        """Return plain values; `corners` are [row, column] in pixels of the photo."""
        return {
            "digit": self.digit,
            "probability": self.probability,
            "sure": self.sure,
            "probabilities": self.probabilities.tolist(),
            "corners": self.corners.round(1).tolist(),
        }


@dataclass(frozen=True)
class Recognition:
    """The lines on a photo from top to bottom, digits from left to right; the binarised photo."""

    lines: list[list[Digit]]
    binarised: Binarised

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
    """A trained network that recognises the digits on photos.

    Args:
        model: takes (N, 1, 28, 28), gives logits (N, 10).
        normalisation: of its input.
        temperature: fitted on the validation images.
        threshold: the least probability to be sure at; None: never sure.
        views: maps (V, 2, 3) of test-time augmentation, or none.
    """

    def __init__(
        self,
        model: nn.Module,
        normalisation: Normalisation,
        temperature: float = 1.0,
        threshold: float | None = 0.0,
        views: Tensor | None = None,
    ) -> None:
        self.model = model.to(settings.device())
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
        if stored.fingerprint != run.summary.fingerprint:
            raise MissingRunError(
                f"Recipe {recipe!r} with seed {seed} has no calibrated probabilities yet: run "
                f"`mnist-report train {recipe} --seed {seed}`, which evaluates it."
            )
        fitted, threshold = stored.calibration.temperature, stored.reject.threshold
        return cls(run.model(), run.normalisation, fitted, threshold, run.recipe.view_maps())

    def probabilities(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Predict calibrated probabilities (N, 10) for images (28, 28) of bytes."""
        if not len(images):
            return np.zeros((0, 10))
        x = torch.from_numpy(np.stack(images)).to(settings.device())
        logits = inference.model_logits(self.model, x, self.normalisation, self.views)
        return probabilities(logits.cpu(), self.temperature)

    def recognise(self, grey: np.ndarray) -> Recognition:
        """Recognise the digits on a photo (H, W) of grey from 0 (black) to 1 (white)."""
        page = binarise(grey)
        lines = [self._split_touching(line, page) for line in segment(page.mask)]
        images = [crop(component, page) for line in lines for component in line]
        rows = iter(zip(images, self.probabilities(images), strict=True))
        return Recognition(
            [[self._digit(c, page, *next(rows)) for c in line] for line in lines], page
        )

    def _digit(self, c: Component, page: Binarised, image: np.ndarray, row: np.ndarray) -> Digit:
        top, left, bottom, right = c.top, c.left, c.bottom - 1, c.right - 1
        corners = np.array([(top, left), (top, right), (bottom, right), (bottom, left)])
        sure = self.threshold is not None and row.max() >= self.threshold
        return Digit(page.on_photo(corners), image, row, bool(sure))

    def _split_touching(self, line: Line, page: Binarised) -> Line:
        """Split what is too wide for one digit, again and again."""
        height = float(np.median([component.height for component in line]))
        widest = WIDEST * height if len(line) >= FEW else np.inf
        for _ in range(MOST_SPLITS):
            before = len(line)
            line = [
                part
                for c in line
                for part in (
                    [c] if c.width <= WIDE * height else self._parts(c, page, height, widest)
                )
            ]
            if len(line) == before:
                break
        return line

    def _parts(self, whole: Component, page: Binarised, height: float, widest: float) -> Line:
        """Return the surest halves, unless the whole is surer and may be one digit."""
        choices = splits(whole, page.contrast, height)
        flat = [whole, *(half for halves in choices for half in halves)]
        confidence = self.probabilities([crop(part, page) for part in flat]).max(axis=1)
        # What has to be split again is not judged by what it looks like.
        confidence[[part.width > widest for part in flat]] = JUDGED_LATER
        least = confidence[1:].reshape(-1, 2).min(axis=1)  # (choices,)
        one = whole.width <= widest and confidence[0] >= least.max(initial=0)
        return [whole] if one or not choices else list(choices[least.argmax()])


def crop(component: Component, page: Binarised) -> np.ndarray:
    """Bring a digit's ink into MNIST's form, (28, 28) bytes: its strokes with their soft edges."""
    top, left = max(0, component.top - 1), max(0, component.left - 1)
    window = np.s_[top : component.bottom + 1, left : component.right + 1]
    own = np.zeros(page.mask[window].shape, dtype=bool)
    inner = own[component.top - top :, component.left - left :]
    inner[: component.height, : component.width] = component.mask
    around = ndimage.binary_dilation(own, np.ones((3, 3)))
    others = page.mask[window] & ~own
    ink = np.where(around & ~others, page.contrast[window], 0)
    return like_mnist(strokes.thickened(ink, own))
