"""Baselines: each by hand on a data set that is quickly learnt."""

from types import SimpleNamespace

import numpy as np
import pytest
import run_samples
import torch
from torch import nn

from mnist_report.common.errors import ResultsError
from mnist_report.datasets.preprocessing import Normalisation, Split
from mnist_report.evaluation import baselines
from mnist_report.evaluation.statistics import exact_interval
from mnist_report.training import recipes, runs


@pytest.fixture(scope="module")
def data(tiny_data):
    """The learnable stand-in, with the last ten of its test labels wrong."""
    labels = tiny_data.test_labels.clone()
    labels[-10:] = (labels[-10:] + 1) % 10
    return SimpleNamespace(**{**vars(tiny_data), "test_labels": labels})


@pytest.fixture(scope="module")
def split():
    # One image of a 7 more than of the others, so that there is a majority.
    index = torch.arange(480)
    return Split(torch.cat([index[:401], torch.tensor([407])]), index[410:])


@pytest.fixture(scope="module")
def found(data, split):
    return {row.name: row for row in baselines.measure(data, split)}


def test_every_baseline_is_measured_and_all_but_one_learn(found):
    assert list(found) == list(baselines.METHODS)
    for name, row in found.items():
        if name != "majority":
            assert row.errors == 10
            assert row.accuracy == pytest.approx(50 / 60)
            assert row.interval == exact_interval(50, 60)
        assert row.bytes > 100
        assert min(row.training_seconds, row.prediction_seconds) >= 0


def test_the_majority_is_counted_on_the_training_part(found, data, split):
    counts = np.bincount(data.train_labels[split.train])
    hits = int((data.test_labels == counts.argmax()).sum())
    assert found["majority"].errors == 60 - hits
    assert found["majority"].training_images == len(split.train)


def test_the_nearest_mean_by_hand(mnist):
    few = SimpleNamespace(
        train_images=mnist.train_images[:2000],
        train_labels=mnist.train_labels[:2000],
        test_images=mnist.test_images[:500],
        test_labels=mnist.test_labels[:500],
    )
    everything = Split(torch.arange(2000), torch.arange(0))
    (row,) = baselines.measure(few, everything, ["nearest_mean"])
    x, y = few.train_images.double(), few.train_labels
    means = torch.stack([x[y == digit].mean(dim=0) for digit in range(10)]).view(10, -1)
    answers = torch.cdist(few.test_images.double().view(500, -1), means).argmin(dim=1)
    assert row.errors == int((answers != few.test_labels).sum())


def test_a_sample_keeps_the_shares_of_the_digits():
    y = np.repeat([0, 1], [300, 100])
    x = np.arange(400)[:, np.newaxis]
    kept, labels = baselines._sample(x, y, 40)
    assert np.bincount(labels).tolist() == [30, 10]
    assert (y[kept[:, 0]] == labels).all()
    assert baselines._sample(x, y, 400)[0] is x


def test_an_unknown_baseline_is_refused(data, split):
    with pytest.raises(ResultsError, match="'oracle'"):
        baselines.measure(data, split, ["oracle"])


def test_the_network_s_row_is_that_of_its_run(data, tmp_path):
    """A network that always says 3; what it was stored to have said counts, not its answers."""

    class Three(nn.Module):
        def forward(self, x):
            return torch.eye(10)[3].expand(len(x), 10)

    (tmp_path / runs.MODEL).write_bytes(b"x" * 321)
    run = SimpleNamespace(
        model=Three,
        normalisation=Normalisation(0.0, 1.0),
        recipe=recipes.get("fast"),
        folder=tmp_path,
        val_index=np.arange(80),
        test_logits=np.eye(10)[data.test_labels.numpy()],
        summary=run_samples.summary(recipe="mine", training_seconds=12.5),
    )
    row = baselines.network(run, data)
    assert (row.name, row.training_images, row.bytes) == ("mine", 400, 321)
    assert (row.errors, row.accuracy) == (0, 1.0)
    assert row.training_seconds == 12.5
    assert row.prediction_seconds > 0


def test_on_mnist_the_rows_are_those_of_the_record(mnist, tiny_data, found, tmp_path, monkeypatch):
    network = found["majority"].model_copy(update={"name": "mine"})
    monkeypatch.setattr(baselines, "path", lambda: tmp_path / "baselines.json")
    monkeypatch.setattr(baselines, "network", lambda run, data: network)
    monkeypatch.setattr(baselines, "measure", lambda data, **_: [found["nearest_mean"]])
    measured = [found["nearest_mean"], network]
    assert baselines.beside(None, mnist) == measured  # there is no record
    assert not baselines.outdated(measured, mnist)
    record = baselines.record(mnist).model_copy(update={"rows": [found["rbf_svm"]]})
    record.write(baselines.path())
    assert baselines.beside(None, mnist) == [found["rbf_svm"], network]
    assert baselines.outdated(measured, mnist)
    assert not baselines.outdated([found["rbf_svm"], network], mnist)
    assert baselines.beside(None, tiny_data) == measured
    assert not baselines.outdated(measured, tiny_data)
    with pytest.raises(ResultsError, match="about MNIST"):
        baselines.record(tiny_data)
