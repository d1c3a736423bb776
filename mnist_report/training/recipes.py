"""Recipes: everything that decides how a network is trained, in one readable place."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Strict, model_validator
from torch import Tensor, nn

from mnist_report.common import RecipeError, ResultsError, raised_as, settings, storage
from mnist_report.common.storage import Number, checked_settings
from mnist_report.datasets.augmentation import Augmentation, view_maps
from mnist_report.training import networks, own_network

NAME = re.compile(r"\w(?:[\w.-]{0,78}[\w-])?")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # by Windows
ADDED_LATER = {"views": 0.0, "images": None, "peek": False, "source": None}  # so they are unused


def _names_a_folder(name: str) -> str:
    if not NAME.fullmatch(name) or RESERVED.fullmatch(name):
        allowed = "letters, digits, dots, hyphens, underscores, at most 80 of them"
        raise ValueError(f"cannot name a folder: use {allowed}")
    return name


Count = Annotated[int, Strict()]
Decay = Annotated[Number, Field(ge=0, le=0.99999)]


@checked_settings
class Recipe:
    """A network, its data settings and its optimisation."""

    name: Annotated[str, AfterValidator(_names_a_folder)]  # of its runs
    network: str  # in `networks.NETWORKS`, or a class of one's own that `source` defines
    width: Count = Field(ge=1, le=4096)  # channels of the first convolution
    epochs: Count = Field(ge=1, le=10_000)  # passes over the training set
    batch_size: Count = Field(ge=2, le=50_000)  # images a step
    learning_rate: Number = Field(ge=1e-9, le=100)  # constant, or the peak of the schedule
    optimiser: Literal["sgd", "adam", "adamw"] = "adamw"  # SGD without momentum
    betas: tuple[Decay, Decay] = (0.9, 0.99)  # decay of Adam's two running means
    weight_decay: Number = Field(0.0, ge=0, le=10)  # of AdamW (Loshchilov and Hutter 2019)
    # one-cycle: Smith and Topin 2018, cosine up and down
    schedule: Literal["constant", "one-cycle"] = "one-cycle"
    warmup: Number = Field(0.15, ge=0, le=0.99)  # of the steps, in which the one-cycle rate rises
    label_smoothing: Number = Field(0.0, ge=0, le=0.99)  # over all classes (Szegedy et al. 2016)
    # of the EMA of the weights that is evaluated; 0 for none
    weight_average: Number = Field(0.0, ge=0, le=0.99999)
    # measured on the training set, or 0.5 and 0.5 as in the published program
    normalisation: Literal["measured", "half"] = "measured"
    augmentation: Augmentation | None = None  # bounds of the random affine maps
    # Above 0, an image's logits are the mean over 13 forms of it: as it is, and with each quantity
    # of the augmentation at ± this share of its bound.
    views: Number = Field(0.0, ge=0, le=1)
    # How many training images are used, drawn by the seed with every digit's share; all if None.
    images: Annotated[Count, Field(ge=10, le=60_000)] | None = None
    # Look at the test set after every epoch, as the published program does: for showing what that
    # flatters, never for choosing.
    peek: Annotated[bool, Strict()] = False
    source: str | None = None  # the code of a network of one's own (`own`)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Recipe:
        if self.source is None and self.network not in networks.NETWORKS:
            known = ", ".join(networks.NETWORKS)
            raise ValueError(f"network: {self.network[:100]!r} is not one of {known}")
        if self.images is not None and self.batch_size > self.images:
            raise ValueError(f"batch_size: it is larger than images, {self.images}")
        if self.views and self.augmentation is None:
            raise ValueError("views: they need an augmentation, of whose bounds they are a share")
        return self

    def view_maps(self) -> Tensor | None:
        """Return the maps (13, 2, 3) of test-time augmentation, or none."""
        return view_maps(self.augmentation, self.views) if self.views else None

    def build(self, classes: int = 10) -> nn.Module:
        """Return its network, freshly initialised; RecipeError if it is one's own and unfit."""
        return networks.build(self.network, self.width, classes, self.source)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, for JSON."""
        settings = {**asdict(self), "betas": list(self.betas)}
        # What came later is left out where it is not used: runs from before keep their fingerprint.
        if augmentation := settings["augmentation"]:
            augmentation["steps"] = list(augmentation["steps"])
            if not augmentation["steps"]:
                del augmentation["steps"], augmentation["calm"]
        unused = [key for key, value in ADDED_LATER.items() if settings[key] == value]
        return {key: value for key, value in settings.items() if key not in unused}


RECIPES: dict[str, Recipe] = {}  # those of recipes.toml


def get(name: str) -> Recipe:
    """Return the recipe of that name, TOML file or finished run (`own`); RecipeError without."""
    if name.endswith(".toml"):
        return read(Path(name))
    if name in RECIPES:
        return RECIPES[name]
    files = settings.results_dir().glob(f"{name}-s*/run.json") if NAME.fullmatch(name) else ()
    # That with the lowest seed.
    for file in sorted(files, key=lambda path: (len(path.parent.name), path.parent.name)):
        with suppress(ResultsError, LookupError, TypeError):
            return Recipe(**storage.read_json(file)["settings"])
    known = ", ".join(RECIPES)
    raise RecipeError(f"There is no recipe {name!r}; there are {known}, and files (….toml).")


def current() -> Recipe:
    """Return the recipe that notebooks and report work on (`MNIST_REPORT_RECIPE`)."""
    return get(settings.recipe_name())


def read(path: Path) -> Recipe:
    """Read a recipe of one's own: a TOML file with the fields of `Recipe`.

    `network = "my_net.py:MyNet"` is a network of one's own, of that class in that file beside it.
    `based_on = "standard"` takes all fields that the file does not give from that recipe; in the
    table `[augmentation]`, too. The name is that of the file, unless it gives one. A relative path
    starts at the working directory, else at the project. RecipeError names the wrong field.
    """
    found = path if path.exists() else settings.project_root() / path
    with (
        raised_as(lambda _: RecipeError(f"There is no recipe file {path}."), OSError),
        raised_as(
            lambda error: RecipeError(f"{path} is not TOML in UTF-8: {error}."),
            *(ValueError, RecursionError),
        ),
    ):
        given = tomllib.loads(storage.read_bytes(found, own_network.LONGEST).decode())
    if ":" in str(given.get("network")):
        given["network"], given["source"] = own_network.read(given["network"], found.parent)
    with raised_as(lambda error: RecipeError(f"{path}: {error}"), RecipeError):
        return _made({"name": path.stem} | given)


def own(name: str, network: type[nn.Module], based_on: str = "standard", **changes: Any) -> Recipe:
    """Return a recipe with a network of one's own, a class written in a notebook cell or in a file.

    The class is an `nn.Module`, (N, 1, 28, 28) → (N, classes), whose `__init__` may take `width`
    and `classes`. The other fields are those of the recipe `based_on`, but for `changes`.
    RecipeError if a field is wrong, or the code cannot be found.
    """
    code = {"source": own_network.source_of(network), "network": network.__name__}
    return _made({"name": name, "based_on": based_on} | code | changes)


def _made(given: dict[str, Any]) -> Recipe:
    """Return the recipe with these fields, and the others from the recipe `based_on`."""
    if given["name"] in list(RECIPES):
        raise RecipeError(f"name: {given['name']!r} is a recipe already; choose another.")
    if (base := given.pop("based_on", None)) is None:
        return Recipe(**given)
    if base not in list(RECIPES):
        raise RecipeError(f"based_on: {base!r} is not one of {', '.join(RECIPES)}.")
    below = RECIPES[base].as_dict()
    if isinstance(given.get("augmentation"), dict):
        given["augmentation"] = (below["augmentation"] or {}) | given["augmentation"]
    return Recipe(**below | given)


def reference(recipe_name: str) -> str:
    """Return the recipe to compare another with: `original`, or `standard` for that one itself."""
    return "standard" if recipe_name == "original" else "original"


_toml = Path(__file__).with_name("recipes.toml").read_text(encoding="utf-8")
for _name, _given in tomllib.loads(_toml).items():
    RECIPES[_name] = _made({"name": _name} | _given)
