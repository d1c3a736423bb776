"""Robustness of a network whose answers are known: one that reads the total ink."""

from collections import Counter
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest
import run_samples
import torch
from torch import nn

from mnist_report import training
from mnist_report.common.errors import ResultsError
from mnist_report.datasets import corruptions
from mnist_report.datasets.dataset import Dataset
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.evaluation import robustness
from mnist_report.evaluation.statistics import exact_interval
from mnist_report.training import recipes

evaluate = import_module("mnist_report.evaluation.evaluate")  # its face hides it


class InkReader(nn.Module):
    """A page of which d tenths are ink is a d."""

    def forward(self, x):
        digit = (10 * x.mean(dim=(1, 2, 3), keepdim=True)[:, :, 0, 0]).round()
        return -((digit - torch.arange(10)) ** 2)


@pytest.fixture(scope="module")
def data():
    labels = torch.arange(40) % 10
    flat = (torch.arange(784) < 78.4 * labels[:, None]).view(40, 28, 28)
    images = (255 * flat).to(torch.uint8)
    return Dataset(images, labels, images, labels)


@pytest.fixture
def run(tmp_path):
    levels = torch.arange(40)[:, None] % 10
    return SimpleNamespace(
        model=InkReader,
        val_index=np.arange(40),
        val_logits=-((levels - torch.arange(10)) ** 2).double().numpy(),
        recipe=recipes.get("fast"),
        normalisation=Normalisation(0.0, 1.0),
        folder=tmp_path,
        summary=run_samples.summary(),
    )


def test_accuracies_are_those_of_the_damaged_images(run, data):
    found = robustness.measure(run, data, 40, ("brightness", "stripe"))
    assert found.clean.accuracy == 1
    assert list(found.kinds) == ["brightness", "stripe"]
    images, labels = data.test_images.numpy(), data.test_labels.numpy()
    for kind, rows in found.kinds.items():
        assert [row.severity for row in rows] == [1, 2, 3, 4, 5]
        for row in rows:
            damaged = corruptions.corrupt(images, kind, row.severity, found.seed)
            answers = np.rint(damaged.mean(axis=(1, 2)) / 25.5).clip(0, 9)
            hits = int((answers == labels).sum())
            assert (row.errors, row.accuracy) == (40 - hits, hits / 40)
            assert row.interval == exact_interval(hits, 40)
            (_, count), *_ = Counter(answers.tolist()).most_common()
            assert row.favourite_share == count / 40
            assert (answers == row.favourite).sum() == count
            assert 0.3 < row.confidence <= 1
    assert found.kinds["brightness"][4].accuracy < 0.5
    every = [row.accuracy for rows in found.kinds.values() for row in rows]
    assert found.mean == pytest.approx(sum(every) / 10)
    assert list(found.mnist_c) == list(corruptions.mnist_c.KINDS)
    assert found.mnist_c["stripe"] == found.kinds["stripe"][4].model_copy(update={"severity": 0})
    shares = [row.accuracy for row in found.mnist_c.values()]
    assert found.mnist_c_mean == pytest.approx(sum(shares) / 15)


def test_the_reject_option_under_corruption_by_counting(run, data):
    found = robustness.measure(run, data, 40, ("brightness", "stripe")).shift
    assert [row.severity for row in found] == [1, 2, 3, 4, 5]
    images, labels = data.test_images.numpy(), data.test_labels.numpy()
    damaged = [corruptions.corrupt(images, kind, 3, 0) for kind in ("brightness", "stripe")]
    ink = np.concatenate(damaged).mean(axis=(1, 2)) / 25.5
    wrong = np.rint(ink).clip(0, 9) != np.tile(labels, 2)
    assert found[2].error == pytest.approx(wrong.mean())
    # Clean images are predicted by logits of 0 at best, so only as good ones are familiar.
    assert found[2].familiar.answered <= found[2].confident.answered == 80
    assert found[2].confident.errors == wrong.sum()
    doubt = np.abs(ink.round() - ink.round().clip(0, 9))  # how far the best logit lies below 0
    pairs = [(b > g) + (b == g) / 2 for b in doubt[wrong] for g in doubt[~wrong]]
    assert found[2].auroc_logit == pytest.approx(np.mean(pairs))


def test_an_evaluation_from_before_has_the_kinds_by_their_new_names(run, data):
    stored = robustness.measure(run, data, 10, ("clouds", "scale")).as_json()
    del stored["mnist_c"], stored["shift"]
    stored["kinds"] = {"fog": stored["kinds"]["clouds"], "scale": stored["kinds"]["scale"]}
    found = robustness.Robustness.model_validate(stored)
    assert list(found.kinds) == ["clouds", "scale"]
    assert found.mnist_c_mean is None
    assert found.shift == []


def test_fewer_images_are_spread_over_the_test_set(run, data):
    assert robustness.measure(run, data, 10, ("scale",)).images == 10


def test_its_row_of_clean_images_has_no_severity_in_a_file(run, data):
    found = robustness.measure(run, data, 10, ("scale",))
    assert "severity" not in found.as_json()["clean"]
    assert robustness.Robustness.model_validate(found.as_json()) == found
    assert found.means == {"scale": pytest.approx(found.mean)}


def of_recipe(name, seed=0):
    return SimpleNamespace(
        recipe=SimpleNamespace(name=name), summary=run_samples.summary(seed=seed)
    )


@pytest.mark.parametrize(
    ("name", "trained", "expected"),
    [
        ("fast", True, ["original", "fast"]),
        ("fast", False, ["fast"]),
        ("original", True, ["original"]),
    ],
)
def test_the_original_stands_beside_a_run_if_it_has_been_trained(
    monkeypatch, data, name, trained, expected
):
    asked = []

    def finished_run(recipe, seed, fingerprint):
        asked.append((recipe.name, seed))
        return of_recipe("original", seed) if trained else None

    monkeypatch.setattr(training, "finished_run", finished_run)
    monkeypatch.setattr(
        evaluate, "evaluate", lambda run, *_: SimpleNamespace(robustness={"of": run.recipe.name})
    )
    found = evaluate.robustness_with_original(of_recipe(name, 3), data)
    assert asked == [("original", 3)]
    assert found == {one: {"of": one} for one in expected}
    assert list(found) == expected


@pytest.mark.parametrize("arguments", [{"images": 0}, {"kinds": ()}])
def test_nothing_to_measure_is_refused(run, data, arguments):
    with pytest.raises(ResultsError, match="at least one"):
        robustness.measure(run, data, **arguments)
