"""Recognition: from a photo to digits, each with a calibrated probability, or a doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from mnist_report import evaluation
from mnist_report.common import settings
from mnist_report.common.errors import DataError, MissingRunError, ResultsError
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.datasets.shapes import like_mnist
from mnist_report.evaluation.metrics import probabilities
from mnist_report.handwriting import strokes
from mnist_report.handwriting.binarisation import Binarised, binarise
from mnist_report.handwriting.digits import Digit, Recognition
from mnist_report.handwriting.plausibility import (
    FEW,
    of_the_pen,
    parted,
    slashes,
    unlike,
    unlikeness,
    without_marks,
)
from mnist_report.handwriting.segmentation import (
    TALL,
    Component,
    Line,
    components,
    joined,
    segment,
    typical_height,
)
from mnist_report.handwriting.touching_digits import WIDE, WIDEST, splits
from mnist_report.training import inference, recipes, runs

MOST_SPLITS = 8  # times that ink is split in two, one after another
LARGEST = 6  # heights: what is longer is no row of touching digits
BROKEN = 0.08  # of the line's height that the parts of a broken stroke may be away
MOSTLY = 0.8  # of the digits on a page that stands upright are sure
DOUBTED = 0.01  # of the validation images at most: on a photo, plausibility is asked for as well
JUDGED_LATER = 0.9  # taken for the confidence of what has to be split again


@dataclass
class Recogniser:
    """A trained network that recognises the digits on photos."""

    model: nn.Module  # images (N, 1, 28, 28) → logits (N, 10)
    normalisation: Normalisation  # of its input
    temperature: float = 1.0  # fitted on the validation images
    threshold: float | None = 0.0  # the least probability to be sure at; None: never sure
    views: Tensor | None = None  # maps (V, 2, 3) of test-time augmentation
    # Features (N, D) → how unlike digits' they are (N,); up to 1 they are plausible.
    unlikeness: Callable[[np.ndarray], np.ndarray] | None = None

    @classmethod
    def load(cls, recipe: str | None = None, seed: int | None = None) -> Recogniser:
        """Load the network of a finished run, with its temperature and threshold.

        The recipe is by default the one that is worked on, `recipes.current()`.

        Raises:
            MissingRunError: it has not been made, or not been evaluated.
            ResultsError: a file is damaged.
        """
        recipe, seed = recipe or recipes.current().name, settings.seed(seed)
        run, stored = runs.load(recipe, seed), evaluation.load_evaluation(recipe, seed)
        if stored.fingerprint != run.summary.fingerprint:
            raise MissingRunError(
                f"Recipe {recipe!r} with seed {seed} has no calibrated probabilities yet: run "
                f"`mnist-report train {recipe} --seed {seed}`, which evaluates it."
            )
        fitted, threshold = stored.calibration.temperature, stored.reject.threshold
        if threshold is not None:
            confidence = probabilities(run.val_logits, fitted).max(axis=1)
            threshold = min(threshold, float(np.quantile(confidence, DOUBTED)))
        made = cls(run.model(), run.normalisation, fitted, threshold, run.recipe.view_maps())
        with suppress(DataError):  # the data were removed after the training
            body, index = parted(made.model)[0], run.val_index
            weights = unlikeness(body, run.normalisation, index, run.summary.fingerprint)
            made.unlikeness = partial(unlike, weights)
        return made

    def logits(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Compute logits (N, 10) for images (28, 28) of bytes."""
        return self._logits(images)[1]

    def _logits(self, images: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Compute the input (N, D) of the last layer, and the logits."""
        if not len(images):
            return np.zeros((0, 1)), np.zeros((0, 10))
        x = torch.from_numpy(np.stack(images)).to(settings.device())
        body, last = parted(self.model.to(settings.device()))
        features = inference.model_logits(body, x, self.normalisation, self.views)
        with torch.inference_mode():
            found = last(features)
        if not found.isfinite().all():  # weights may make such of photos alone
            raise ResultsError("The network's logits are no numbers: train it again with --fresh.")
        return features.cpu().numpy(), found.cpu().numpy()

    def probabilities(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """Predict calibrated probabilities (N, 10) for images (28, 28) of bytes."""
        return probabilities(self.logits(images), self.temperature)

    def recognise(self, grey: np.ndarray) -> Recognition:
        """Recognise the digits on a photo (H, W) of grey from 0 (black) to 1 (white).

        A page whose digits are in doubt is also looked at turned to the side that suits them best.
        """
        found = self._recognise(grey, 0)
        if found.share_sure < MOSTLY and len(found.digits) >= FEW:
            turned = self._recognise(grey, self._quarters(found.binarised))
            found = max(found, turned, key=lambda one: one.share_sure)
        return replace(found, lines=without_marks(found.lines))

    def _quarters(self, page: Binarised) -> int:
        """Return after how many quarter turns the digits of a page are surest."""
        found = components(page.mask)
        tall = TALL * typical_height(found)
        images = [crop(c, page) for c in found if max(c.mask.shape) >= tall]
        fit = [
            self.probabilities([np.rot90(x, k).copy() for x in images]).max(axis=1).mean()
            for k in range(4)
        ]
        return int(np.argmax(fit))

    def _recognise(self, grey: np.ndarray, quarters: int) -> Recognition:
        page = binarise(grey, quarters)
        lines, left_out = segment(page.mask)
        lines = [self._joined(self._split(line, page), page) for line in of_the_pen(lines, page)]
        answers = iter(self._judged([c for line in lines for c in line], page))
        digits = [
            [_digit(c, page, next(answers), slash)
             for c, slash in zip(line, slashes(line), strict=True)]
            for line in lines
        ]  # fmt: skip
        return Recognition(digits, page, left_out)

    def _judged(self, parts: Sequence[Component], page: Binarised) -> list[_Answer]:
        """Classify what may be digits."""
        images = [crop(part, page) for part in parts]
        features, logits = self._logits(images)
        answers = probabilities(logits, self.temperature)  # (N, 10)
        strange = self.unlikeness(features) if self.unlikeness and parts else np.zeros(len(parts))
        least = np.inf if self.threshold is None else self.threshold
        sure = (answers.max(axis=1, initial=0) >= least) & (strange <= 1)
        return [_Answer(*row) for row in zip(images, answers, sure.tolist(), strange, strict=True)]

    def _split(self, line: Line, page: Binarised) -> Line:
        """Split what is too wide for one digit, again and again."""
        height = float(np.median([component.height for component in line]))
        widest = WIDEST * height if len(line) >= FEW else np.inf
        return [part for c in line for part in self._parts(c, page, height, widest, MOST_SPLITS)]

    def _parts(
        self, whole: Component, page: Binarised, height: float, widest: float, most: int
    ) -> Line:
        """Return the surest halves, unless the whole is sure, or surer, and may be one digit."""
        largest = max(whole.mask.shape)
        if not most or whole.width <= WIDE * height or largest >= LARGEST * height:
            return [whole]
        answer, narrow = self._judged([whole], page)[0], whole.width <= widest
        choices = [] if answer.sure and narrow else splits(whole, page.contrast, height)
        if not choices:
            return [whole]
        flat = [half for halves in choices for half in halves]
        judged = self._judged(flat, page)
        # What has to be split again is not judged by what it looks like.
        confidence = np.array([half.confidence for half in judged])
        confidence[[half.width > widest for half in flat]] = JUDGED_LATER
        least = confidence.reshape(-1, 2).min(axis=1)  # (choices,)
        both = any(a.sure and b.sure for a, b in zip(judged[::2], judged[1::2], strict=True))
        one = answer.confidence >= least.max() if narrow else answer.sure and not both
        if one:
            return [whole]
        halves = choices[least.argmax()]
        return [part for c in halves for part in self._parts(c, page, height, widest, most - 1)]

    def _joined(self, line: Line, page: Binarised) -> Line:
        """Join neighbours that all but touch and are surer as one digit: a stroke was broken."""
        height = max(component.height for component in line)
        for k in reversed(range(len(line) - 1)):
            a, b = line[k : k + 2]
            if b.left - a.right < BROKEN * height and b.right - a.left < WIDE * height:
                whole = joined(a, b)
                one, *parts = self._judged([whole, a, b], page)
                if one.sure and one.confidence > min(part.confidence for part in parts):
                    line[k : k + 2] = [whole]
        return line


class _Answer(NamedTuple):
    """The network's answer for one image."""

    image: np.ndarray  # (28, 28) bytes
    probabilities: np.ndarray  # (10,)
    sure: bool
    unlike: float  # digits; up to 1 it is plausible

    @property
    def confidence(self) -> float:
        return float(self.probabilities.max())


def _digit(c: Component, page: Binarised, answer: _Answer, slash: bool) -> Digit:
    top, left, bottom, right = c.top, c.left, c.bottom - 1, c.right - 1
    corners = np.array([(top, left), (top, right), (bottom, right), (bottom, left)])
    sure = answer.sure and not slash
    return Digit(page.on_photo(corners), answer.image, answer.probabilities, sure, answer.unlike)


def crop(component: Component, page: Binarised) -> np.ndarray:
    """Bring a digit's ink into MNIST's form, (28, 28) bytes: its strokes with their soft edges."""
    top, left = max(0, component.top - 1), max(0, component.left - 1)
    window = np.s_[top : component.bottom + 1, left : component.right + 1]
    own = np.zeros(page.mask[window].shape, dtype=bool)
    inner = own[component.top - top :, component.left - left :]
    inner[: component.height, : component.width] = component.mask
    around = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    others = page.mask[window] & ~own
    ink = np.where(around & ~others, page.contrast[window], 0)
    return like_mnist(strokes.thickened(ink, own))
