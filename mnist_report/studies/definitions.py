"""What each study trains: recipes, each with the seeds 0, 1, 2, …

A grid is a few recipes derived from known ones; `studies` trains them. To add a study, add a grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from mnist_report.common import settings
from mnist_report.common.errors import StudyError
from mnist_report.datasets.dataset import Dataset
from mnist_report.studies import comparison, published_program
from mnist_report.training import recipes
from mnist_report.training.recipes import RECIPES, STANDARD, Recipe
from mnist_report.training.runs import Run


@dataclass(frozen=True)
class Grid:
    """The recipes of a study.

    Attributes:
        name: the study's.
        recipes: in the order of tables and figures; their names differ.
        seeds: how many runs of each, unless another number is asked for.
        selection: whether a recipe is to be chosen by it: such a study tells nothing of the test
            set, by which nothing may be chosen.
        measure: makes what else goes into the record from the finished runs and the data.
    """

    name: str
    recipes: tuple[Recipe, ...]
    seeds: int = 3
    selection: bool = False
    measure: Callable[[Sequence[Run], Dataset], dict[str, Any]] = lambda runs, data: {}


# `ablation`: from the published program to `standard`, one change at a time. All of its runs get
# so many passes over the data, the published program's network being the slow one.
PASSES = 2

# A learning rate of 0.015 needs batch normalisation, so the first rungs with AdamW have less.
PLAIN_RATE = 0.003

CHANGES = {
    "published": {},
    "normalisation": {"normalisation": STANDARD.normalisation},
    "dropout": {"network": "original"},
    "logits": {"network": "original-logits"},
    "adamw": {
        **{key: getattr(STANDARD, key) for key in ("optimiser", "schedule", "betas")},
        "weight_decay": STANDARD.weight_decay,
        "learning_rate": PLAIN_RATE,
    },
    "batch-norm": {"network": "original-batch-norm"},
    "narrow": {"network": STANDARD.network, "width": STANDARD.width},
    "batch": {key: getattr(STANDARD, key) for key in ("batch_size", "learning_rate")},
    "augmentation": {"augmentation": STANDARD.augmentation},
    "smoothing": {"label_smoothing": STANDARD.label_smoothing},
    "averaging": {"weight_average": STANDARD.weight_average},
}

# One thing taken out of `standard`. Without averaging it is the last rung but one.
WITHOUT = {
    "normalisation": {"normalisation": "half"},
    "adamw": {
        key: getattr(RECIPES["original"], key)
        for key in ("optimiser", "schedule", "learning_rate", "weight_decay")
    },
    "batch-norm": {"network": "convolutional-plain", "learning_rate": PLAIN_RATE},
    "narrow": {"network": "original-batch-norm", "width": RECIPES["original"].width},
    "augmentation": {"augmentation": None},
    "smoothing": {"label_smoothing": 0.0},
}


def ladder() -> tuple[Recipe, ...]:
    """The published program, and what each change after the other makes of it."""
    published = replace(RECIPES["original"], network="published", epochs=PASSES)
    rungs = accumulate(
        CHANGES.items(),
        lambda below, change: replace(below, name=f"ladder-{change[0]}", **change[1]),
        initial=published,
    )
    return tuple(rungs)[1:]


def leave_one_out() -> tuple[Recipe, ...]:
    """`standard` without one of its parts."""
    whole = replace(STANDARD, epochs=PASSES)
    return tuple(replace(whole, name=f"without-{part}", **own) for part, own in WITHOUT.items())


# `data-size`: by equally many steps, so that fewer images are seen the more often: 550 batches of
# 100 are one pass over all 55,000. These sizes divide that evenly.
SIZES = (100, 500, 1_000, 2_500, 5_000, 11_000, 27_500, 55_000)
WIDTHS = (6, 12, 24, 48)
BASE_WIDTH = 12


def data_size() -> tuple[Recipe, ...]:
    """Numbers of images by equal steps; the same in one pass, for its seconds; and widths."""
    cells = [(images, SIZES[-1] // images, BASE_WIDTH) for images in SIZES]
    cells += [(images, 1, BASE_WIDTH) for images in SIZES]
    cells += [(SIZES[-1], 1, width) for width in WIDTHS]
    return tuple(
        replace(
            STANDARD,
            name=f"images-{images}-epochs-{epochs}-width-{width}",
            batch_size=100,
            **{"images": images, "epochs": epochs, "width": width},
        )
        for images, epochs, width in dict.fromkeys(cells)
    )


def _reading(runs: Sequence[Run], data: Dataset) -> dict[str, Any]:
    """The ladder's lowest rung: what reading image by image would add to the seconds of any run."""
    return published_program.reading_costs(data)


# `faults`: the published program looks at the test set after each of its ten epochs.
PEEKING = replace(RECIPES["original"], name="peeking", peek=True)

GRIDS = {
    grid.name: grid
    for grid in (
        Grid("recipes", tuple(RECIPES.values()), seeds=5, measure=comparison.measure),
        Grid("ablation", (*ladder(), *leave_one_out()), measure=_reading),
        Grid("data-size", data_size()),
        Grid("faults", (PEEKING,), seeds=5, measure=published_program.examine),
    )
}
SEARCH = "search"


def check(name: str) -> None:
    """Is there such a study?

    Raises:
        StudyError: there is not.
    """
    known = (*GRIDS, SEARCH)
    if name not in known:
        raise StudyError(f"There is no study {name!r}; there are {', '.join(known)}.")


def get(name: str) -> Grid:
    """The grid of a study.

    Raises:
        StudyError: there is no such study, or it has no recipes yet.
        RecipeError: a file of the study `search` is no recipe.
    """
    check(name)
    return GRIDS.get(name) or Grid(name, _candidates(), selection=True)


def _candidates() -> tuple[Recipe, ...]:
    """The recipes in `report/studies/search/`, among which one is to be chosen."""
    folder = settings.project_root() / "report" / "studies" / SEARCH
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise StudyError(f"There is nothing to choose from: put recipes (….toml) into {folder}.")
    return tuple(recipes.read(path) for path in files)
