"""Digits that were found on a photo: where, what they are, and whether that is sure."""

from dataclasses import dataclass

import numpy as np

from mnist_report.handwriting.binarisation import Binarised


@dataclass(frozen=True)
class Digit:
    """A digit that was found."""

    # (4, 2) row and column of its box on the photo: upper left, upper right, lower right, lower
    # left, as the writing goes
    corners: np.ndarray
    image: np.ndarray  # (28, 28) bytes, as the network got it
    probabilities: np.ndarray  # (10,), calibrated
    sure: bool  # probable enough, and plausible
    unlike: float = 0.0  # how far its logits are from digits'; up to 1 it is plausible

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

    @property
    def size(self) -> float:
        """Of the longer side of its box, in pixels of the photo."""
        return float(np.linalg.norm(np.diff(self.corners[:3], axis=0), axis=1).max())

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
    """The digits on a photo."""

    lines: list[list[Digit]]  # from top to bottom, digits from left to right
    binarised: Binarised
    left_out: int = 0  # pieces of ink that were not looked at, because there are too many

    @property
    def digits(self) -> list[Digit]:
        """All of them in reading order."""
        return [digit for line in self.lines for digit in line]

    @property
    def share_sure(self) -> float:
        """The share of the digits that are sure; 0 without any."""
        return float(np.mean([digit.sure for digit in self.digits])) if self.digits else 0.0

    @property
    def text(self) -> str:
        """The digits line by line, "?" for those that are not sure."""
        return "\n".join(
            "".join(str(digit.digit) if digit.sure else "?" for digit in line)
            for line in self.lines
        )
