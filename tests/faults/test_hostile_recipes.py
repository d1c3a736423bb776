"""Recipes of any values: made and trained, or refused by the name of a field."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
import tiny
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from tally import budget

from mnist_report import training
from mnist_report.training import recipes

DATA = tiny.mnist()
SCHEMA = TypeAdapter(recipes.Recipe).json_schema()


def within(schema: dict[str, float]) -> st.SearchStrategy[float]:
    """Numbers between bounds; training sets the processor to know no subnormal ones."""
    return st.floats(float(schema["minimum"]), float(schema["maximum"]), allow_subnormal=False)


ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_subnormal=False), st.text(max_size=8), st.just("n" * 300),
    st.lists(st.integers(), max_size=2), st.just({}), st.just("nul"),
    st.builds(lambda: 10**5000),  # longer than Python writes
)  # fmt: skip
LIKELY = {
    **{field: ANY | _ for field, _ in {
        "width": st.integers(1, 6), "epochs": st.integers(1, 2), "batch_size": st.integers(2, 500),
        "images": st.none() | st.integers(10, 60_000),
        "network": st.sampled_from(["original", "one-pass-cropped", "compact", "deep"]),
        "optimiser": st.sampled_from(["sgd", "adam", "adamw"]),
        "schedule": st.sampled_from(["constant", "one-cycle"]),
        "normalisation": st.sampled_from(["measured", "half"]), "peek": st.booleans(),
        "betas": st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=2),
        "name": st.sampled_from(["mine", "我的", "a.b", "con", "x.", "a/b", "-"]),
    }.items()},
    **{field: ANY | within(SCHEMA["properties"][field]) for field in (
        "learning_rate", "weight_decay", "warmup", "label_smoothing", "weight_average", "views")},
    "augmentation": ANY | st.fixed_dictionaries({}, optional={
        **{field: ANY | within(bounds)
           for field, bounds in SCHEMA["$defs"]["Augmentation"]["properties"].items()
           if field != "steps"},
        "steps": ANY | st.lists(st.fixed_dictionaries({
            field: within(bounds) if "minimum" in bounds else st.sampled_from(bounds["enum"])
            for field, bounds in SCHEMA["$defs"]["Step"]["properties"].items()
        }), max_size=3),
    }),
}  # fmt: skip
FIELDS = {field.name for field in dataclasses.fields(recipes.Recipe)}
BASE = tiny.recipe(epochs=1).as_dict()


@hypothesis_settings(max_examples=budget(150, 2_000))
@given(st.fixed_dictionaries({}, optional=LIKELY))
def test_a_recipe_of_any_values_is_refused_by_the_name_of_a_field_or_made(tally, changes):
    with tally.fault("recipe of any values", fuzzed=True) as fault:
        recipe = fault.attempt(lambda: recipes.Recipe(**BASE | changes))
        if recipe is None:
            assert re.split("[.:]", fault.refusal)[0] in FIELDS, fault.refusal
        else:
            assert recipes.Recipe(**json.loads(json.dumps(recipe.as_dict()))) == recipe


WITHIN = st.fixed_dictionaries({}, optional={
    "width": st.integers(1, 5), "batch_size": st.integers(2, 440),
    "network": st.sampled_from(["original", "one-pass-cropped", "compact", "deep"]),
    "optimiser": st.sampled_from(["sgd", "adam", "adamw"]),
    "schedule": st.sampled_from(["constant", "one-cycle"]),
    "normalisation": st.sampled_from(["measured", "half"]),
    "learning_rate": st.sampled_from([1e-9, 0.01, 1.0, 30.0, 100.0]),
    "betas": st.sampled_from([[0.0, 0.0], [0.9, 0.99], [0.99999, 0.99999]]),
    "weight_decay": st.sampled_from([0.0, 10.0]), "warmup": st.sampled_from([0.0, 0.5, 0.99]),
    "label_smoothing": st.sampled_from([0.0, 0.99]), "peek": st.booleans(),
    "weight_average": st.sampled_from([0.0, 0.5, 0.99999]),
    "views": st.sampled_from([0.0, 1.0]), "images": st.sampled_from([None, 50, 440]),
    "augmentation": st.just({"degrees": 180.0, "zoom": 0.9, "shear": 2.0, "shift": 28.0}),
})  # fmt: skip


@hypothesis_settings(max_examples=budget(6, 60))
@given(WITHIN)
def test_a_recipe_at_its_bounds_trains_or_says_which_field_hinders(
    tally, tmp_path_factory, changes
):
    with tally.fault("recipe at its bounds") as fault, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_REPORT_RESULTS", str(tmp_path_factory.mktemp("bounds")))
        run = fault.attempt(lambda: training.train(recipes.Recipe(**BASE | changes), data=DATA))
        if run is None:
            assert "learning_rate" in fault.refusal or any(
                field in fault.refusal for field in changes
            ), fault.refusal
        else:
            assert np.isfinite(run.test_logits).all()


TOML = st.text(alphabet=st.sampled_from("[]=\"'.,_-#\n{}01e aintx\\u"), max_size=60)


@hypothesis_settings(max_examples=budget(100, 600))
@given(TOML)
def test_a_fuzzed_recipe_file_is_refused_with_its_name(tally, tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    path.write_text('based_on = "fast"\n' + text, encoding="utf-8")
    with tally.fault("fuzzed recipe file", fuzzed=True) as fault:
        if fault.attempt(recipes.get, str(path)) is None:
            assert str(path) in fault.refusal
