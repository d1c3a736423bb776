"""The studies: which recipes each trains, with the seeds 0, 1, 2, …

To add a study, add a `Definition`; its recipes are derived from known ones, and `run` trains them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Self

from tqdm import tqdm

from mnist_report.common import StudyError, settings
from mnist_report.datasets.dataset import Dataset, evenly_spaced
from mnist_report.evaluation import robustness
from mnist_report.training import Recipe, Run, recipes
from mnist_report.training.recipes import RECIPES
from mnist_report.training.train import split_for

from .ablation import PARTS, STEPS, AblationStudy
from .comparison import RecipeStudy
from .published_program import FaultStudy
from .record import Spread, Study, spread


@dataclass(frozen=True)
class Definition:
    """Definition of a study: what it trains, and what its record holds."""

    name: str
    recipes: tuple[Recipe, ...]  # in the order of tables and figures; their names differ
    seeds: int = 3  # runs of each, unless another number is asked for
    selection: bool = False  # to choose a recipe by: it tells nothing of the test set
    record: type[Study] = Study  # makes what else goes into the record, and reads it


def _of(recipe: Recipe, *fields: str) -> dict[str, object]:
    return {field: getattr(recipe, field) for field in fields}


# Ablation and data size are about clean images, and so about the recipe for these.
CLEAN = RECIPES["clean"]

# `ablation`: from the published program to `clean`, one change at a time. All of its runs get
# so many passes over the data, the published program's network being the slow one.
PASSES = 2

# A learning rate of 0.015 needs batch normalisation, so the first steps with AdamW have less.
PLAIN_RATE = 0.003

CHANGES = {
    "published": {},
    "normalisation": _of(CLEAN, "normalisation"),
    "dropout": {"network": "original"},
    "logits": {"network": "original-logits"},
    "adamw": _of(CLEAN, "optimiser", "schedule", "betas", "weight_decay")
    | {"learning_rate": PLAIN_RATE},
    "batch-norm": {"network": "original-batch-norm"},
    "narrow": _of(CLEAN, "network", "width"),
    "batch": _of(CLEAN, "batch_size", "learning_rate"),
    "augmentation": _of(CLEAN, "augmentation"),
    "smoothing": _of(CLEAN, "label_smoothing"),
    "averaging": _of(CLEAN, "weight_average"),
}

# One thing taken out of `clean`. Without averaging it is the last step but one.
WITHOUT = {
    "normalisation": {"normalisation": "half"},
    "adamw": _of(RECIPES["original"], "optimiser", "schedule", "learning_rate", "weight_decay"),
    "batch-norm": {"network": "convolutional-plain", "learning_rate": PLAIN_RATE},
    "narrow": _of(RECIPES["original"], "width") | {"network": "original-batch-norm"},
    "augmentation": {"augmentation": None},
    "smoothing": {"label_smoothing": 0.0},
}


def ladder() -> tuple[Recipe, ...]:
    """Return the published program, and what each change after the other makes of it."""
    published = replace(RECIPES["original"], network="published", epochs=PASSES)
    steps = accumulate(
        CHANGES.items(),
        lambda before, change: replace(before, name=STEPS + change[0], **change[1]),
        initial=published,
    )
    return tuple(steps)[1:]


def leave_one_out() -> tuple[Recipe, ...]:
    """Return `clean` without one of its parts."""
    whole = replace(CLEAN, epochs=PASSES)
    return tuple(replace(whole, name=PARTS + part, **own) for part, own in WITHOUT.items())


# `data-size`: by equally many steps, so that fewer images are seen the more often: 550 batches of
# 100 are one pass over all 55,000. These sizes divide that evenly.
SIZES = (100, 500, 1_000, 2_500, 5_000, 11_000, 27_500, 55_000)
WIDTHS = (6, 12, 24, 48)
BASE_WIDTH = 12


def data_size() -> tuple[Recipe, ...]:
    """Return numbers of images by equal steps; the same in one pass, for its seconds; widths."""
    cells = [(images, SIZES[-1] // images, BASE_WIDTH) for images in SIZES]
    cells += [(images, 1, BASE_WIDTH) for images in SIZES]
    cells += [(SIZES[-1], 1, width) for width in WIDTHS]
    batches = replace(CLEAN, batch_size=100)
    return tuple(
        replace(batches, name=f"images-{i}-epochs-{e}-width-{w}", images=i, epochs=e, width=w)
        for i, e, w in dict.fromkeys(cells)
    )


# `faults`: the published program looks at the test set after each of its ten epochs.
PEEKING = replace(RECIPES["original"], name="peeking", peek=True)

# `recipes`: those that report and README compare.
RECORDED = ("original", "fast", "standard", "best")

# `search`: candidates, compared on validation images as they are and corrupted.
IMAGES = 1_000  # validation images that are corrupted in each kind and severity


class SearchStudy(Study):
    """The record of a search: recipe → accuracy of its seeds on corrupted validation images."""

    corrupted_images: int
    corrupted: dict[str, Spread]
    mnist_c: dict[str, Spread]

    @classmethod
    def of(cls, base: Study, runs: Sequence[Run], data: Dataset) -> Self:
        """Measure each run on corrupted validation images, evenly spaced and the same for all."""
        held_out = split_for(runs[0].recipe, 0, data).validation
        index = held_out[evenly_spaced(len(held_out), min(IMAGES, len(held_out)))]
        images, labels = data.train_images[index].numpy(), data.train_labels[index].numpy()
        found: dict[str, list[robustness.Robustness]] = {}
        for run in tqdm(runs, desc="corrupted images", unit="run"):
            validation = run.val_logits, data.train_labels.numpy()[run.val_index]
            part = robustness.measure_on(run, images, labels, validation)
            found.setdefault(run.summary.recipe, []).append(part)
        return cls(
            **dict(base),
            corrupted_images=len(index),
            corrupted={k: spread([part.mean for part in v]) for k, v in found.items()},
            mnist_c={k: spread([part.mnist_c_mean for part in v]) for k, v in found.items()},
        )


STUDIES = {
    study.name: study
    for study in (
        Definition("recipes", tuple(map(recipes.get, RECORDED)), seeds=5, record=RecipeStudy),
        Definition("ablation", (*ladder(), *leave_one_out()), record=AblationStudy),
        Definition("data-size", data_size()),
        Definition("faults", (PEEKING,), seeds=5, record=FaultStudy),
    )
}
SEARCH = "search"
APART = ("baselines", "handwriting")  # which train no recipe: `cli.study`


def check(name: str) -> None:
    """Check that there is such a study. StudyError if there is not."""
    known = (*STUDIES, SEARCH, *APART)
    if name not in known:
        raise StudyError(f"There is no study {name!r}; there are {', '.join(known)}.")


def get(name: str) -> Definition:
    """Return the definition of a study; `search` takes the recipes in `report/studies/search/`.

    StudyError if there is no such study, or it has no recipes yet; RecipeError if a file is none.
    """
    check(name)
    if name in STUDIES:
        return STUDIES[name]
    folder = settings.project_root() / "report" / "studies" / SEARCH
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise StudyError(f"There is nothing to choose from: put recipes (….toml) into {folder}.")
    found = tuple(recipes.read(path) for path in files)
    return Definition(name, found, selection=True, record=SearchStudy)
