import dataclasses
import json

import pytest

from mnist_report import models, recipes
from mnist_report.errors import RecipeError
from mnist_report.recipes import Recipe


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_recipe_survives_json(name):
    recipe = recipes.get(name)
    assert recipe.name == name
    assert recipe.network in models.NETWORKS
    assert Recipe.from_dict(json.loads(json.dumps(recipe.as_dict()))) == recipe


def test_recipes_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipes.get("fast").epochs = 2


def test_original_is_as_published():
    recipe = recipes.get("original")
    published = ("sgd", 0.01, 64, 10, "half", "constant", None, 0, 0)
    assert published == (
        recipe.optimiser,
        recipe.learning_rate,
        recipe.batch_size,
        recipe.epochs,
        recipe.normalisation,
        recipe.schedule,
        recipe.augmentation,
        recipe.label_smoothing,
        recipe.weight_average,
    )


def test_an_unknown_recipe_is_refused_with_those_there_are():
    with pytest.raises(RecipeError, match=r"'slow'; there are original, fast, standard"):
        recipes.get("slow")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("optimiser", "lion"),
        ("schedule", "cosine"),
        ("normalisation", "none"),
        ("width", 0),
        ("epochs", 0),
        ("batch_size", 1),
        ("learning_rate", -0.1),
        ("learning_rate", float("nan")),
        ("warmup", 1.0),
        ("label_smoothing", 1.0),
        ("weight_average", 1.0),
        ("weight_decay", -1),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field, value):
    with pytest.raises(RecipeError, match=f"^{field}: "):
        dataclasses.replace(recipes.get("fast"), **{field: value})


def test_settings_of_other_shape_are_refused():
    settings = recipes.get("fast").as_dict()
    with pytest.raises(RecipeError, match="momentum: no such field"):
        Recipe.from_dict(settings | {"momentum": 0.9})
    with pytest.raises(RecipeError, match="incomplete or wrong"):
        Recipe.from_dict({"name": "x"})
    with pytest.raises(RecipeError, match="incomplete or wrong"):
        Recipe.from_dict(settings | {"augmentation": {"flip": True}})
    with pytest.raises(RecipeError, match="incomplete or wrong"):
        Recipe.from_dict(settings | {"epochs": "two"})
