"""Plausibility: an answer is only believed where the logits are like those of digits."""

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
        found = np.zeros(len(logits))
        for i, row in enumerate(logits):
            if (k := int(row.argmax())) in self.fitted:
                middle, inverse = self.fitted[k]
                found[i] = (row - middle) @ inverse @ (row - middle)
        return found

    def __call__(self, logits: np.ndarray) -> np.ndarray:
        """Return how unlike digits' each row of logits (N, C) is: (N,), up to 1 plausible."""
        limits = [self.farthest.get(int(k), np.inf) for k in logits.argmax(axis=1)]
        return self.distances(logits) / np.array(limits)
