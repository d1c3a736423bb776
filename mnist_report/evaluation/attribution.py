"""Inside the network: which pixels speak for which digit, and which images it holds for alike.

Maps (N, 28, 28) are about a *contrast*, the logit of one digit less that of another: what speaks
for 4 rather than 9. Logits differ by the logarithm of the ratio of the two probabilities, in nats.
They are made from a network in evaluation mode, images (N, 28, 28) of bytes, contrasts (N, 2), the
digit spoken for and the one spoken against, and the normalisation the network was trained with.
Everything raises ResultsError where its arguments do not belong together.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from mnist_report.common import ResultsError, one_thread
from mnist_report.common.kept import kept
from mnist_report.datasets.dataset import evenly_spaced
from mnist_report.datasets.preprocessing import Normalisation, to_unit

from .confusable_pairs import Pair, from_clear_to_ambiguous

STEPS = 64  # of integrated gradients
BATCH = 500


class Examples(NamedTuple):
    """Indices (P,) of images, and their contrasts (P, 2): the other digit, and the label."""

    index: np.ndarray
    contrasts: np.ndarray


class Neighbours(NamedTuple):
    """Indices (Q, k) of the nearest images and their distances, the nearest first."""

    index: np.ndarray
    distance: np.ndarray


def examples(logits: ArrayLike, labels: ArrayLike, pairs: Sequence[Pair]) -> Examples:
    """Choose the most misleading of two images or more of each pair, with what contradicts it."""
    chosen = [from_clear_to_ambiguous(logits, labels, pair, 2)[-1] for pair in pairs]
    own = np.asarray(labels)[chosen]
    return Examples(np.array(chosen), np.stack([np.sum(pairs, axis=1) - own, own], axis=1))


def integrated_gradients(
    model: nn.Module,
    images: ArrayLike,
    contrasts: ArrayLike,
    normalisation: Normalisation,
    steps: int = STEPS,
) -> np.ndarray:
    """Compute how much the ink of each pixel adds to the contrast (Sundararajan et al. 2017).

    The gradient is averaged on the way from an empty page to the image, at the middles of `steps`
    equal parts, and multiplied by the ink. All pixels together give the image's contrast less that
    of the empty page, but for the error of the sum, which more steps make smaller.
    """
    x, digits = _checked(model, images, contrasts)
    middles = (torch.arange(steps, device=x.device) + 0.5) / steps
    maps = []
    for ink, pair in zip(to_unit(x), digits, strict=True):
        way = (middles.view(-1, 1, 1, 1) * ink).requires_grad_(True)  # (steps, 1, 28, 28)
        contrast = _contrast(model, way, pair.expand(steps, 2), normalisation).sum()
        (gradient,) = torch.autograd.grad(contrast, way)
        maps.append((gradient.mean(dim=0) * ink)[0])
    return torch.stack(maps).cpu().numpy()


@torch.inference_mode()
def occlusion(
    model: nn.Module,
    images: ArrayLike,
    contrasts: ArrayLike,
    normalisation: Normalisation,
    patch: int = 5,
) -> np.ndarray:
    """Fall of the contrast when a square of `patch` pixels is blank (Zeiler and Fergus 2014)."""
    x, digits = _checked(model, images, contrasts)
    if patch < 1 or patch % 2 == 0:
        raise ResultsError(f"A patch of {patch} pixels has no middle: take an odd number.")
    near = (torch.arange(28)[:, None] - torch.arange(28)).abs() <= patch // 2  # (28, 28)
    around = near[:, None, :, None] & near[None, :, None, :]  # (28, 28, 28, 28)
    hidden = around.reshape(784, 1, 28, 28).to(x.device)  # True where the page is blank
    maps = []
    for ink, pair in zip(to_unit(x), digits, strict=True):
        whole = _contrast(model, ink[None], pair[None], normalisation)
        parts = [
            _contrast(model, ink.masked_fill(part, 0.0), pair.expand(len(part), 2), normalisation)
            for part in hidden.split(BATCH)
        ]
        maps.append((whole - torch.cat(parts)).view(28, 28))
    return torch.stack(maps).cpu().numpy()


@kept
@torch.inference_mode()
def features(model: nn.Module, images: Tensor, normalisation: Normalisation) -> np.ndarray:
    """Return what the last linear layer is given, (N, F), for uint8 images (N, 28, 28)."""
    linear = [layer for layer in model.eval().modules() if isinstance(layer, nn.Linear)]
    if not linear:
        raise ResultsError("This network has no linear layer whose features could be shown.")
    given: list[Tensor] = []
    hook = linear[-1].register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].cpu()))
    for part in images.split(BATCH):
        model(normalisation.apply(part.to(linear[-1].weight.device)))
    hook.remove()
    return torch.cat(given).numpy()


@one_thread
def nearest(known: ArrayLike, queries: ArrayLike, count: int = 5) -> Neighbours:
    """Find the images among `known` (M, F) closest to each of `queries` (Q, F), by features."""
    from sklearn.neighbors import NearestNeighbors

    known, queries = np.asarray(known), np.asarray(queries)
    if known.ndim != 2 or queries.ndim != 2 or known.shape[1] != queries.shape[1]:
        raise ResultsError(f"Features {known.shape} and {queries.shape} do not compare.")
    if not 1 <= count <= len(known):
        raise ResultsError(f"{count} neighbours cannot be found among {len(known)} images.")
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(known)
    return Neighbours(*search.kneighbors(queries)[::-1])


def map_sample(wrong: ArrayLike, count: int = 2000) -> np.ndarray:
    """Indices of all misclassified images and of evenly spaced others, `count` together, sorted."""
    wrong = np.asarray(wrong, dtype=bool)
    errors, others = np.flatnonzero(wrong), np.flatnonzero(~wrong)
    places = evenly_spaced(len(others), max(count - len(errors), 0))
    return np.sort(np.concatenate([errors, others[places]]))


def _contrast(
    model: nn.Module, ink: Tensor, digits: Tensor, normalisation: Normalisation
) -> Tensor:
    """Logit of the first digit less that of the second, (B,), of ink (B, 1, 28, 28) in [0, 1]."""
    first, second = model((ink - normalisation.mean) / normalisation.std).gather(1, digits).T
    return first - second


def _checked(model: nn.Module, images: ArrayLike, contrasts: ArrayLike) -> tuple[Tensor, Tensor]:
    """Return images (N, 28, 28) and contrasts (N, 2) on the network's device."""
    device = next(model.parameters()).device
    x, digits = (torch.as_tensor(np.asarray(each), device=device) for each in (images, contrasts))
    if x.ndim != 3 or digits.shape != (len(x), 2) or len(x) == 0:
        found = f"Images {tuple(x.shape)} and contrasts {tuple(digits.shape)}"
        raise ResultsError(f"{found} are not (N, 28, 28) and (N, 2).")
    return x, digits.long()
