"""Corrupted images: sixteen kinds of corruption in five severities, on whole batches, seeded.

Modelled on the fifteen kinds of MNIST-C (Mu and Gilmer 2019), some of which go back to ImageNet-C
(Hendrycks and Dietterich 2019), and Gaussian noise. Shot and impulse noise, scale, brightness,
stripe at severity 5 and Canny edges at 5 are as there, rotation nearly; the eight others have other
parameters or another form, and so a name of their own. Accuracies over all of them compare between
our networks only. What compares with figures for the published files is the severity
"published", `mnist_c.KINDS`.
"""

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mnist_report.common.errors import DataError
from mnist_report.datasets.corruptions import kinds, mnist_c

SEVERITIES = (1, 2, 3, 4, 5)
PUBLISHED = "published"  # in place of a severity: MNIST-C's kinds, as it was published

# What leaves 0…1 is clipped.
KINDS: dict[str, Callable[[np.ndarray, int, np.random.Generator], np.ndarray]] = {
    name: getattr(kinds, name)
    for name in (
        *("shot_noise", "impulse_noise", "gaussian_noise", "frosted_glass", "camera_shake"),
        *("slant", "scale", "rotate", "displacement", "brightness", "clouds", "stripe"),
        *("mud", "dashed_line", "sawtooth", "canny_edges"),
    )
}


def corrupt(images: ArrayLike, kind: str, severity: int | str, seed: int = 0) -> np.ndarray:
    """Corrupt images (N, 28, 28), bytes, in one of `KINDS`; the same arguments give the same bytes.

    Severity goes from 1 (slight) to 5 (severe); "published" is for `mnist_c.KINDS`. The seed
    fixes what is random; every kind and severity draws from a generator of its own. DataError for
    another kind, severity or shape.
    """
    x = np.asarray(images)
    known = mnist_c.KINDS if severity == PUBLISHED else KINDS
    if kind not in known or severity not in (*SEVERITIES, PUBLISHED):
        choose = f'choose one of {", ".join(known)}, and 1 to 5 or "{PUBLISHED}".'
        raise DataError(f"No corruption {kind!r} of severity {severity}: {choose}")
    if x.ndim != 3 or x.shape[1:] != (28, 28) or x.dtype != np.uint8:
        raise DataError(f"Images {x.shape} of {x.dtype} are not (N, 28, 28) of uint8.")
    digest = hashlib.sha256(f"{seed}/{kind}/{severity}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    ink, graded = x.astype(np.float32) / 255, () if severity == PUBLISHED else (severity,)
    return np.rint(known[kind](ink, *graded, rng).clip(0, 1) * 255).astype(np.uint8)


def every_way(image: ArrayLike, seed: int = 0) -> dict[str, np.ndarray]:
    """Corrupt one image (28, 28) in every way: kind → (5, 28, 28), in rising severity."""
    one = np.asarray(image)[np.newaxis]
    return {
        kind: np.concatenate([corrupt(one, kind, severity, seed) for severity in SEVERITIES])
        for kind in KINDS
    }
