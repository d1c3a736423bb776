"""The definitions: what each study trains, and that a step differs from the next in one thing."""

import dataclasses
from itertools import pairwise

import pytest

from mnist_report.common import settings
from mnist_report.common.errors import RecipeError, StudyError
from mnist_report.studies import definitions
from mnist_report.training import recipes
from mnist_report.training.recipes import RECIPES


def differing(first, second):
    fields = {field.name for field in dataclasses.fields(first)} - {"name"}
    return {name for name in fields if getattr(first, name) != getattr(second, name)}


def test_the_study_of_recipes_has_all_of_them():
    named = tuple(RECIPES[name] for name in definitions.RECORDED)
    assert definitions.get("recipes").recipes == named


@pytest.mark.parametrize("name", definitions.STUDIES)
def test_names_differ_and_can_be_trained(name):
    study = definitions.get(name)
    assert study.name == name
    assert len({recipe.name for recipe in study.recipes}) == len(study.recipes)
    assert study.seeds >= 3


def test_the_ladder_leads_from_the_published_program_to_standard():
    first, *_, last = definitions.ladder()
    published = dataclasses.replace(
        RECIPES["original"], network="published", epochs=definitions.PASSES
    )
    assert differing(first, published) == set()
    assert differing(last, RECIPES["clean"]) == {"epochs"}


def test_every_step_changes_what_its_name_says():
    steps = definitions.ladder()
    for before, after in pairwise(steps):
        change = definitions.CHANGES[after.name.removeprefix("ladder-")]
        assert differing(before, after) <= set(change)
        assert differing(before, after)
    assert {step.epochs for step in steps} == {definitions.PASSES}


def test_each_part_is_taken_out_of_standard():
    for recipe in definitions.leave_one_out():
        part = recipe.name.removeprefix("without-")
        assert differing(recipe, dataclasses.replace(RECIPES["clean"], epochs=definitions.PASSES))
        assert part in definitions.CHANGES


def test_all_sizes_make_equally_many_steps():
    several = [
        r for r in definitions.data_size() if r.width == definitions.BASE_WIDTH and r.epochs > 1
    ]
    steps = {recipe.images // recipe.batch_size * recipe.epochs for recipe in several}
    assert steps == {definitions.SIZES[-1] // 100}


def test_an_unknown_study_is_refused_with_those_there_are():
    with pytest.raises(StudyError, match=r"no study 'none'; there are recipes, .*search"):
        definitions.get("none")


@pytest.fixture
def candidates(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    folder = tmp_path / "report" / "studies" / "search"
    folder.mkdir(parents=True)
    return folder


def test_the_search_takes_the_recipe_files_and_no_test_set(candidates):
    (candidates / "b.toml").write_text('based_on = "fast"\nepochs = 2\n', encoding="utf-8")
    (candidates / "a.toml").write_text('based_on = "fast"\n', encoding="utf-8")
    study = definitions.get("search")
    assert [(r.name, r.epochs) for r in study.recipes] == [("a", 1), ("b", 2)]
    assert study.selection


def test_a_search_among_nothing_says_where_recipes_belong(candidates):
    with pytest.raises(StudyError, match=r"put recipes .*search"):
        definitions.get("search")


def test_a_file_that_is_no_recipe_is_named(candidates):
    (candidates / "a.toml").write_text("epochs = 0\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"a\.toml"):
        definitions.get("search")


def test_only_faults_peeks():
    peeking = {r.name for study in definitions.STUDIES.values() for r in study.recipes if r.peek}
    assert peeking == {"peeking"}
    assert not any(recipe.peek for recipe in recipes.RECIPES.values())
