"""Recipes: everything that decides how a network is trained, in one readable place."""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from mnist_report.common import settings
from mnist_report.common.errors import RecipeError
from mnist_report.datasets.preprocessing import Augmentation, view_maps
from mnist_report.training import networks, own_network, recipe_files, recipe_validation

ADDED_LATER = {
    "views": 0.0,
    "images": None,
    "peek": False,
    "source": None,
}  # with what leaves them unused


@dataclass(frozen=True)
class Recipe:
    """A network, its data settings and its optimisation.

    Attributes:
        name: what the run is filed under: letters, digits, dots, hyphens and underscores.
        network: a name in `models.NETWORKS`, or of a class of one's own that `source` defines.
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
        views: where above 0, an image's logits are the mean over 13 views of it: as it is, and
            with each quantity of the augmentation at ± this share of its bound.
        images: how many training images are used, drawn by the run's seed with every digit's
            share; all if None.
        peek: look at the test set after every epoch, as the published program does: for showing
            what that flatters, never for choosing.
        source: the code of a network of one's own (`own`).
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
    views: float = 0.0
    images: int | None = None
    peek: bool = False
    source: str | None = None

    def __post_init__(self) -> None:
        recipe_validation.check(vars(self))

    def view_maps(self) -> Tensor | None:
        """The maps (13, 2, 3) under which an image is read, or none; see `fitting.read`."""
        return view_maps(self.augmentation, self.views) if self.views else None

    def build(self, classes: int = 10) -> nn.Module:
        """Its network, freshly initialised, for so many classes.

        Raises RecipeError if it is one's own and cannot be trained.
        """
        return networks.build(self.network, self.width, classes, self.source)

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain values, for JSON.

        What was added later is left out where it is not used, so that runs made before there were
        such settings keep their fingerprint.
        """
        settings = {**asdict(self), "betas": list(self.betas)}
        unused = [key for key, value in ADDED_LATER.items() if settings[key] == value]
        return {key: value for key, value in settings.items() if key not in unused}

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> Recipe:
        """The recipe with these settings, as `as_dict` gives them.

        Raises:
            RecipeError: a field is unknown, missing, or has a wrong value; the message names it.
        """
        recipe_validation.check_fields(settings, *_fields(cls))
        settings = dict(settings)
        if settings.get("augmentation") is not None:
            recipe_validation.check_fields(
                settings["augmentation"], *_fields(Augmentation), table="augmentation"
            )
            settings["augmentation"] = Augmentation(**settings["augmentation"])
        if isinstance(settings.get("betas"), list):
            settings["betas"] = tuple(settings["betas"])
        return cls(**settings)


def _fields(kind: type) -> tuple[list[str], list[str]]:
    """The names of a dataclass's fields: all, and those without a default."""
    known = fields(kind)
    return [field.name for field in known], [f.name for f in known if f.default is MISSING]


# The default: a few minutes on a laptop's CPU.
STANDARD = Recipe(
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
)

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
            label_smoothing=0.05,
        ),
        STANDARD,
        # For patience, or a GPU. How it was found is in docs/recipes.md.
        replace(STANDARD, name="best", network="deep", epochs=16, weight_average=0.998, views=0.75),
    )
}


def get(name: str) -> Recipe:
    """The recipe of that name, in the TOML file of that name, or of a finished run (`own`).

    Raises:
        RecipeError: there is none, or the file cannot be read as one.
    """
    if name.endswith(".toml"):
        return read(Path(name))
    if name in RECIPES:
        return RECIPES[name]
    trained = recipe_files.of_run(name)
    if trained is None:
        raise RecipeError(
            f"There is no recipe {name!r}; there are {', '.join(RECIPES)}, and files (….toml)."
        )
    return Recipe.from_dict(trained)


def current() -> Recipe:
    """The recipe that notebooks and report work on (`MNIST_REPORT_RECIPE`)."""
    return get(settings.recipe_name())


def read(path: Path) -> Recipe:
    """A recipe of one's own: a TOML file with the fields of `Recipe`.

    `network = "my_net.py:MyNet"` is a network of one's own, of that class in that file beside it.
    `based_on = "standard"` takes all fields that the file does not give from that recipe; in the
    table `[augmentation]`, too. The name is that of the file, unless it gives one.

    Args:
        path: the file; a relative path starts at the working directory, else at the project.

    Raises:
        RecipeError: the file is missing, is not TOML, or a field is wrong; it is named.
    """
    own = recipe_files.of_file(path)
    name = own.setdefault("name", path.stem)
    if name in RECIPES:
        raise RecipeError(f"{path}: name: {name!r} is a recipe already; choose another.")
    try:
        return Recipe.from_dict(_on_top_of(own.pop("based_on", None), own))
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from error


def own(name: str, network: type[nn.Module], based_on: str = "standard", **changes: Any) -> Recipe:
    """A recipe with a network of one's own, a class written in a notebook cell or in a file.

    Args:
        name: what its runs are filed under.
        network: the class, derived from `nn.Module`: (N, 1, 28, 28) → (N, classes). Its `__init__`
            is given `width` and `classes` if it has such parameters.
        based_on: the recipe whose other fields it takes.
        changes: fields of `Recipe` that are to be others.

    Raises:
        RecipeError: a field is wrong, or the code of the class cannot be found.
    """
    if name in RECIPES:
        raise RecipeError(f"name: {name!r} is a recipe already; choose another.")
    its = {"name": name, "source": own_network.source_of(network), "network": network.__name__}
    return Recipe.from_dict(_on_top_of(based_on, its | changes))


def _on_top_of(base: str | None, own: dict[str, Any]) -> dict[str, Any]:
    if base is None:
        return own
    if base not in RECIPES:
        raise RecipeError(f"based_on: {base!r} is not one of {', '.join(RECIPES)}.")
    below = RECIPES[base].as_dict()
    if isinstance(own.get("augmentation"), dict):
        own = own | {"augmentation": (below["augmentation"] or {}) | own["augmentation"]}
    return below | own


def reference(recipe_name: str) -> str:
    """Return the recipe to compare another with: `original`, or `standard` for that one itself."""
    return "standard" if recipe_name == "original" else "original"
