"""Recipes: everything that decides how a network is trained, in one readable place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from mnist_report.errors import RecipeError
from mnist_report.preprocessing import Augmentation

OPTIMISERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "one-cycle")
NORMALISATIONS = ("measured", "half")


@dataclass(frozen=True)
class Recipe:
    """A network, its data settings and its optimisation.

    Attributes:
        name: what the run is filed under.
        network: a name in `models.NETWORKS`.
        width: channels of the first convolution; the others follow from it.
        epochs: passes over the training set.
        batch_size: images a step.
        learning_rate: constant, or the peak of the one-cycle schedule.
        optimiser: "sgd" (plain), "adam" or "adamw".
        betas: decay of Adam's two running means.
        weight_decay: of AdamW (Loshchilov and Hutter 2019).
        schedule: "constant" or "one-cycle" (Smith and Topin 2018), cosine up and down.
        warmup: share of the steps in which the one-cycle rate rises.
        label_smoothing: probability spread over all classes (Szegedy et al. 2016).
        weight_average: decay of the running mean of the weights that is evaluated; 0 for none.
        normalisation: "measured" on the training set, or "half" as in the published program.
        augmentation: bounds of the random affine maps, or none.
    """

    name: str
    network: str
    width: int
    epochs: int
    batch_size: int
    learning_rate: float
    optimiser: str = "adamw"
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.0
    schedule: str = "one-cycle"
    warmup: float = 0.15
    label_smoothing: float = 0.0
    weight_average: float = 0.0
    normalisation: str = "measured"
    augmentation: Augmentation | None = None

    def __post_init__(self) -> None:
        _check_choices(self)
        _check_bounds(self)

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain values, for JSON."""
        return {**asdict(self), "betas": list(self.betas)}

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> Recipe:
        """The recipe with these settings, as `as_dict` gives them.

        Raises:
            RecipeError: a field is unknown, missing, or has a wrong value.
        """
        unknown = settings.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise RecipeError(f"{', '.join(sorted(unknown))}: no such field in a recipe.")
        settings = dict(settings)
        try:
            if settings.get("augmentation") is not None:
                settings["augmentation"] = Augmentation(**settings["augmentation"])
            if "betas" in settings:
                settings["betas"] = tuple(settings["betas"])
            return cls(**settings)
        except TypeError as error:
            raise RecipeError(f"A recipe's settings are incomplete or wrong: {error}") from error


def _check_choices(recipe: Recipe) -> None:
    for field, choices in (
        ("optimiser", OPTIMISERS),
        ("schedule", SCHEDULES),
        ("normalisation", NORMALISATIONS),
    ):
        if getattr(recipe, field) not in choices:
            raise RecipeError(
                f"{field}: {getattr(recipe, field)!r} is not one of {', '.join(choices)}."
            )


def _check_bounds(recipe: Recipe) -> None:
    for field, low, high in (
        ("width", 1, 4096),
        ("epochs", 1, 10_000),
        ("batch_size", 2, 50_000),
        ("learning_rate", 1e-9, 100),
        ("weight_decay", 0, 10),
        ("warmup", 0, 0.99),
        ("label_smoothing", 0, 0.99),
        ("weight_average", 0, 0.99999),
    ):
        value = getattr(recipe, field)
        if not low <= value <= high:
            raise RecipeError(f"{field}: {value} is not between {low} and {high}.")


RECIPES = {
    recipe.name: recipe
    for recipe in (
        # The published program's network and settings: SGD without momentum, 0.5/0.5.
        Recipe(
            name="original",
            network="original",
            width=32,
            epochs=10,
            batch_size=64,
            learning_rate=0.01,
            optimiser="sgd",
            schedule="constant",
            normalisation="half",
        ),
        # One pass over the data, for a first look, for tests and for studies.
        Recipe(
            name="fast",
            network="one-pass",
            width=24,
            epochs=1,
            batch_size=128,
            learning_rate=0.01,
            optimiser="adam",
            betas=(0.7, 0.9),
            warmup=0.3,
        ),
        # The default: a few minutes on a laptop's CPU.
        Recipe(
            name="standard",
            network="convolutional",
            width=24,
            epochs=8,
            batch_size=128,
            learning_rate=0.015,
            betas=(0.9, 0.98),
            weight_decay=0.02,
            label_smoothing=0.05,
            weight_average=0.995,
            augmentation=Augmentation(degrees=15, zoom=0.12, shear=0.2, shift=2.5),
        ),
    )
}


def get(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        RecipeError: there is none.
    """
    if name not in RECIPES:
        raise RecipeError(f"There is no recipe {name!r}; there are {', '.join(RECIPES)}.")
    return RECIPES[name]
