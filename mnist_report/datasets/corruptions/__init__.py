"""Corrupted images: sixteen kinds of corruption in five severities, on whole batches, seeded.

The kinds are the fifteen of MNIST-C (Mu and Gilmer 2019), which in part go back to ImageNet-C
(Hendrycks and Dietterich 2019), and Gaussian noise. The code is our own and works on batches, and
so are some of the severities: MNIST-C was published with one for each kind. Accuracies therefore
compare between our networks, and only roughly with figures for the published files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mnist_report.common.errors import DataError
from mnist_report.datasets.corruptions import geometry, optics, scribbles

SEVERITIES = (1, 2, 3, 4, 5)

# Each takes ink (N, 28, 28) from 0 to 1, a severity and a generator; what leaves 0…1 is clipped.
KINDS: dict[str, Callable[[np.ndarray, int, np.random.Generator], np.ndarray]] = {
    "shot_noise": optics.shot_noise,
    "impulse_noise": optics.impulse_noise,
    "gaussian_noise": optics.gaussian_noise,
    "glass_blur": optics.glass_blur,
    "motion_blur": optics.motion_blur,
    "shear": geometry.shear,
    "scale": geometry.scale,
    "rotate": geometry.rotate,
    "translate": geometry.translate,
    "brightness": optics.brightness,
    "fog": optics.fog,
    "stripe": scribbles.stripe,
    "spatter": scribbles.spatter,
    "dotted_line": scribbles.dotted_line,
    "zigzag": scribbles.zigzag,
    "canny_edges": scribbles.canny_edges,
}


def corrupt(images: ArrayLike, kind: str, severity: int, seed: int = 0) -> np.ndarray:
    """Corrupt images (N, 28, 28), bytes, in one of `KINDS`; the same arguments give the same bytes.

    Severity goes from 1 (slight) to 5 (severe). The seed fixes what is random; every kind and
    severity draws from a generator of its own. DataError for another kind, severity or shape.
    """
    x = np.asarray(images)
    if kind not in KINDS or severity not in SEVERITIES:
        known = f"choose one of {', '.join(KINDS)}, and 1 to 5."
        raise DataError(f"No corruption {kind!r} of severity {severity}: {known}")
    if x.ndim != 3 or x.shape[1:] != (28, 28) or x.dtype != np.uint8:
        raise DataError(f"Images {x.shape} of {x.dtype} are not (N, 28, 28) of uint8.")
    digest = hashlib.sha256(f"{seed}/{kind}/{severity}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    corrupted = KINDS[kind](x.astype(np.float32) / 255, severity, rng)
    return np.rint(corrupted.clip(0, 1) * 255).astype(np.uint8)


def every_way(image: ArrayLike, seed: int = 0) -> dict[str, np.ndarray]:
    """Corrupt one image (28, 28) in every way: kind → (5, 28, 28), in rising severity."""
    one = np.asarray(image)[np.newaxis]
    return {
        kind: np.concatenate([corrupt(one, kind, severity, seed) for severity in SEVERITIES])
        for kind in KINDS
    }
