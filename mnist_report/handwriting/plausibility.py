"""Plausibility: an answer is only believed where the logits are like those of digits."""

from __future__ import annotations

import numpy as np

KEPT = 0.995  # of each class of validation images are plausible
FEWEST = 50  # images of a class that tell how its logits are spread


class Plausibility:
    """Each class's logits on validation images as a normal distribution (Lee et al. 2018).

    A letter may well have one logit far above the others, but seldom all ten as a digit has them.

    Args:
        logits: (N, C) of the validation images, in the classes that they predict.
    """

    def __init__(self, logits: np.ndarray) -> None:
        self.fitted: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.farthest: dict[int, float] = {}
        answers, classes = logits.argmax(axis=1), logits.shape[1]
        for k in range(classes):
            own = logits[answers == k].astype(np.float64)
            if len(own) >= FEWEST:
                spread = np.cov(own.T) + 1e-3 * np.eye(classes)
                self.fitted[k] = own.mean(axis=0), np.linalg.inv(spread)
                self.farthest[k] = float(np.quantile(self.distances(own), KEPT))

    def distances(self, logits: np.ndarray) -> np.ndarray:
        """Return the squared Mahalanobis distances (N,) of logits (N, C) from their class."""
        return np.array([self._distance(row, int(row.argmax())) for row in logits])

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """Tell of each row of logits (N, C) whether it is plausible: (N,) bool."""
        limits = [self.farthest.get(int(k), 0.0) for k in logits.argmax(axis=1)]
        return self.distances(logits) <= np.array(limits)

    def _distance(self, row: np.ndarray, k: int) -> float:
        if k not in self.fitted:
            return 0.0
        middle, inverse = self.fitted[k]
        return float((row - middle) @ inverse @ (row - middle))
