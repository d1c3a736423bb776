"""The page about `evaluation.json` and a real one agree, key by key."""

import re

import numpy as np
import pandas as pd
import pytest
import run_samples

from mnist_report import evaluation
from mnist_report.common import settings
from mnist_report.datasets.corruptions import KINDS, mnist_c
from mnist_report.evaluation import baselines, optdigits, robustness
from mnist_report.training import networks, recipes, runs

PAGE = (settings.project_root() / "docs" / "results.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`.+?) \|", re.M)
PARTS = ("test", "calibration", "reject", "label_audit", *evaluation.KEYS.values())


@pytest.fixture(scope="module")
def stored(mnist, tmp_path_factory):
    """The evaluation of a run of an untrained network, with every part, as it lies on the disk."""
    recipe, rng = recipes.get("fast"), np.random.default_rng(0)
    index = np.arange(0, 60_000, 12)
    arrays = {"val_index": index}
    for name, labels in (("val", mnist.train_labels[index]), ("test", mnist.test_labels)):
        logits = rng.normal(size=(len(labels), 10)) + 6 * np.eye(10)[labels]
        arrays[f"{name}_logits"] = logits.astype(np.float32)
    summary = run_samples.summary(settings=recipe.as_dict())
    weights = networks.build(recipe.network, recipe.width).state_dict()
    weights = {name: tensor.contiguous() for name, tensor in weights.items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNIST_REPORT_RESULTS", str(tmp_path_factory.mktemp("results")))
        folder = runs.run_folder("fast", 0)
        run = runs.save(folder, summary, pd.DataFrame([{"epoch": 1}]), weights, arrays)
        rows = [*baselines.measure(mnist, names=["majority"]), baselines.network(run, mnist)]
        robust = robustness.measure(run, mnist, images=20)
        external = optdigits.measure(run, mnist)
        evaluation.add(
            run,
            evaluation.measure(run, mnist),
            baselines=rows,
            robustness=robust,
            external=external,
        )
        return evaluation.load_evaluation("fast", 0).as_json()


def keys(content):
    """All keys at any depth, but for the kinds of corruption, which are names."""
    if isinstance(content, list):
        return {key for entry in content for key in keys(entry)}
    if not isinstance(content, dict):
        return set()
    own = {*content} - {*KINDS} - {*mnist_c.KINDS}
    return own.union(*(keys(value) for value in content.values()))


def documented(section):
    """The keys that the tables of a section name, in their first columns and in their lists."""
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|$", section, re.M)
    return {key for row in rows for cell in row for key in re.findall(r"`([a-z][a-z0-9_]*)`", cell)}


def test_the_top_of_the_file_is_documented(stored):
    top = PAGE.split("## `evaluation.json`")[1].split("### ")[0]
    names = {key for row in ROW.findall(top) for key in re.findall(r"`(\w+)`", row)}
    assert names == {*stored}
    assert set(PARTS) <= {*stored}
    assert keys(stored["validation"]) <= documented(top)


@pytest.mark.parametrize("part", PARTS)
def test_every_key_of_a_part_is_documented_and_no_other(stored, part):
    section = PAGE.split(f"### `{part}`")[1].split("\n### ")[0]
    assert documented(section) == keys(stored[part])
