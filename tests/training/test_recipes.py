import dataclasses
import hashlib
import json

import pytest

from mnist_report.common import settings
from mnist_report.common.errors import RecipeError
from mnist_report.datasets.preprocessing import Augmentation
from mnist_report.training import networks, recipes
from mnist_report.training.recipes import Recipe


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_recipe_survives_json(name):
    recipe = recipes.get(name)
    assert recipe.name == name
    assert recipe.network in networks.NETWORKS
    assert Recipe(**json.loads(json.dumps(recipe.as_dict()))) == recipe


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("original", "63c76f8e7cfc6ef98d0e7ecb794e22dfc1d1d7a259278a6ad46e5a5273fabcc7"),
        ("fast", "a193f53a7601d4dbc2d5b9cc4c335304ea7b8f5397060216328d88f0e8ddb57a"),
        ("clean", "d4f7cb0470af5e63c920042a2f7092bc3016be2f2f494cfc90e296b908562162"),
        ("standard", "8a77b25f9a735b5fc49692ed583710541257b702f6fa85e31b9bfd6d2a345bc9"),
        ("best", "0d233d7a7baccdbc4b60f5bc87bf7ee17af63ab89a595cfeec60e7d136efdba9"),
    ],
)
def test_the_settings_keep_their_bytes_and_runs_their_fingerprints(name, digest):
    text = json.dumps(recipes.get(name).as_dict(), sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest() == digest


def test_a_run_made_before_there_were_views_keeps_its_fingerprint():
    assert "views" not in recipes.get("standard").as_dict()
    assert recipes.get("best").as_dict()["views"] > 0


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
    with pytest.raises(RecipeError, match=r"'slow'; there are original, fast, clean, standard"):
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
        ("views", 1.1),
        ("views", 0.5),  # without an augmentation
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(field, value):
    with pytest.raises(RecipeError, match=f"^{field}: "):
        dataclasses.replace(recipes.get("fast"), **{field: value})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"momentum": 0.9}, "momentum: no such field; there are name, network, width"),
        ({"augmentation": {"flip": True}}, "augmentation.flip: no such field"),
        ({"augmentation": True}, "augmentation: True should be a dictionary"),
        (
            {"augmentation": {"shift": -1}},
            "augmentation.shift: -1 should be greater than or equal",
        ),
        ({"epochs": "two"}, "epochs: 'two' should be a valid integer"),
        ({"epochs": 2.5}, "epochs: 2.5 should be a valid integer"),
        ({"epochs": 10**5000}, "epochs: a huge number should be less than or equal to 10000"),
        ({"optimiser": "n" * 300}, "optimiser: 'n{99}… should be 'sgd'"),
        ({"epochs": True}, "epochs: True should be a valid integer"),
        ({"warmup": "0.1"}, "warmup: '0.1' should be a valid number"),
        ({"betas": [0.9]}, "betas.1: missing"),
        ({"betas": [0.9, 1.5]}, "betas.1: 1.5 should be less than or equal to 0.99999"),
        ({"betas": None}, "betas: None should be a valid tuple"),
        ({"images": 9}, "images: 9 should be greater than or equal to 10"),
        ({"images": 100.5}, "images: 100.5 should be a valid integer"),
        ({"peek": 1}, "peek: 1 should be a valid boolean"),
        ({"network": "transformer"}, "network: 'transformer' is not one of"),
        ({"name": "../elsewhere"}, "name: .* cannot name a folder"),
        ({"name": 3}, "name: 3 should be a valid string"),
    ],
)
def test_wrong_settings_are_refused_by_the_name_of_their_field(change, message):
    with pytest.raises(RecipeError, match=f"^{message}"):
        Recipe(**recipes.get("fast").as_dict() | change)


def test_what_only_studies_change_is_kept_where_it_is_changed():
    fast = recipes.get("fast")
    assert not {"images", "peek"} & fast.as_dict().keys()
    changed = dataclasses.replace(fast, images=500, peek=True)
    assert (changed.as_dict()["images"], changed.as_dict()["peek"]) == (500, True)
    assert Recipe(**changed.as_dict()) == changed


def test_an_integer_in_a_field_of_floats_stays_one():
    recipe = dataclasses.replace(recipes.get("standard"), weight_decay=1, betas=(0, 0.9))
    written = json.dumps(recipe.as_dict())
    assert '"weight_decay": 1,' in written
    assert '"betas": [0, 0.9]' in written
    assert '"degrees": 15,' in written


def test_a_missing_field_is_named():
    with pytest.raises(RecipeError, match=r"^network: missing"):
        Recipe(name="x")


def written(folder, text, name="mine.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_changes_what_it_gives_of_another_recipe(tmp_path):
    path = written(tmp_path, 'based_on = "standard"\nepochs = 2\n[augmentation]\nshift = 3\n')
    base = recipes.get("standard")
    assert recipes.get(str(path)) == dataclasses.replace(
        base,
        name="mine",
        epochs=2,
        augmentation=dataclasses.replace(base.augmentation, shift=3),
    )


def test_a_file_may_add_augmentation_to_a_recipe_without(tmp_path):
    path = written(tmp_path, 'based_on = "fast"\n[augmentation]\ndegrees = 10\n')
    assert recipes.read(path).augmentation == Augmentation(degrees=10)


def test_a_file_may_give_all_fields_and_a_name(tmp_path):
    path = written(
        tmp_path,
        'name = "小网络"\nnetwork = "one-pass"\nwidth = 8\nepochs = 1\nbatch_size = 100\n'
        "learning_rate = 0.01\nbetas = [0.8, 0.9]\n",
    )
    assert recipes.read(path) == Recipe("小网络", "one-pass", 8, 1, 100, 0.01, betas=(0.8, 0.9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('based_on = "standard"\nepoch = 2', "epoch: no such field"),
        ('based_on = "standard"\nepochs = 0', "epochs: 0 should be greater than or equal to 1"),
        ('based_on = "standard"\n[augmentation]\nblur = 1', "augmentation.blur: no such field"),
        ('based_on = "none"', "based_on: 'none' is not one of original"),
        ("epochs = 2", "network: missing"),
        ("epochs: 2", "is not TOML"),
        ('name = "fast"\nbased_on = "fast"', "name: 'fast' is a recipe already"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_field(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(RecipeError, match=message) as error:
        recipes.read(path)
    assert "mine.toml" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_or_undecodable_file_is_refused(tmp_path):
    with pytest.raises(RecipeError, match="There is no recipe file"):
        recipes.get(str(tmp_path / "none.toml"))
    (tmp_path / "gbk.toml").write_bytes('name = "手写"'.encode("gbk"))
    with pytest.raises(RecipeError, match="not TOML in UTF-8"):
        recipes.read(tmp_path / "gbk.toml")


def test_a_relative_file_is_found_from_the_projects_root(tmp_path, monkeypatch):
    """nbval and Jupyter run a notebook in its own folder."""
    (tmp_path / "notebooks").mkdir()
    written(tmp_path, 'based_on = "fast"')
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "mine.toml")
    assert recipes.current().name == "mine"


def test_a_file_may_give_the_steps_of_augmentation(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'based_on = "standard"\n[augmentation]\ncalm = 0.5\n'
        '[[augmentation.steps]]\nkind = "blur"\nshare = 0.25\n',
        encoding="utf-8",
    )
    found = recipes.read(path).augmentation
    assert (found.degrees, found.calm) == (15, 0.5)
    assert [(step.kind, step.share, step.bound) for step in found.steps] == [("blur", 0.25, 1.0)]


def test_a_recipe_without_steps_keeps_the_bytes_it_had_before_there_were_any():
    settings = recipes.get("clean").as_dict()
    assert set(settings["augmentation"]) == {"degrees", "zoom", "shear", "shift"}
    assert recipes.get("standard").as_dict()["augmentation"]["steps"][0]["kind"] == "thickness"
