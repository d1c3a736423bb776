"""From a page to digits: exact on a page whose digits are known, in doubt where it should be."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import run_samples
import torch
from handwriting_samples import reader_of
from scipy import ndimage
from torch import nn

from mnist_report import datasets, evaluation
from mnist_report.common.errors import DataError, MissingRunError
from mnist_report.datasets.augmentation import Augmentation, view_maps
from mnist_report.datasets.preprocessing import Normalisation
from mnist_report.evaluation.metrics import probabilities
from mnist_report.handwriting import accuracy, binarisation, synthetic_pages
from mnist_report.handwriting.recognition import Recogniser
from mnist_report.training import inference, recipes, runs


@pytest.fixture(scope="module")
def reader(mnist):
    return reader_of(mnist)


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.train_images[:40].numpy(), mnist.train_labels[:40].numpy()


def grey(page):
    return page.picture.mean(axis=2) / np.float32(255)


def lines_of(page):
    return "\n".join(
        "".join(map(str, page.labels[page.lines == line])) for line in np.unique(page.lines)
    )


@pytest.mark.parametrize(
    ("kind", "strength"),
    [("clean", 0), ("board", 2), ("shadow", 2), ("lines", 3), ("rotation", 2), ("noise", 1)],
)
def test_a_page_is_read_exactly(reader, digits, kind, strength):
    page = synthetic_pages.write(*digits, synthetic_pages.look(kind, strength), 5)
    assert reader.recognise(grey(page)).text == lines_of(page)


def test_every_box_is_around_its_digit(reader, digits):
    page = synthetic_pages.write(*digits, synthetic_pages.look("rotation", 3), 5)
    found = reader.recognise(grey(page)).digits
    assert len(found) == 40
    for digit, centre, size in zip(found, page.centres, page.sizes, strict=True):
        assert np.linalg.norm(digit.centre - centre) < 0.4 * size
        sides = np.linalg.norm(np.diff(digit.corners, axis=0), axis=1)
        assert 0.6 * size < sides.max() < 1.2 * size  # specks of MNIST's are no digits


@pytest.mark.parametrize("dark", [False, True])
def test_mnists_own_image_is_read(reader, mnist, dark):
    for image, label in zip(mnist.train_images[:10], mnist.train_labels[:10], strict=True):
        ink = image.numpy() / 255
        assert reader.recognise(ink if dark else 1 - ink).text == str(label.item())


def test_touching_digits_are_cut_apart(reader, mnist):
    """Of a zero and a one that a stroke connects."""
    zero, one = (mnist.train_images[i].numpy() / 255 for i in (1, 3))
    assert mnist.train_labels[[1, 3]].tolist() == [0, 1]
    line = np.zeros((60, 160))
    for k, image in enumerate((one, zero, one, zero)):
        rows, columns = np.nonzero(image)
        cut = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        large = ndimage.zoom(cut, 2, order=1)
        line[10 : 10 + large.shape[0], 8 + 38 * k : 8 + 38 * k + large.shape[1]] = large
    line[28:31, 86:130] = np.maximum(line[28:31, 86:130], 0.9)
    assert reader.recognise(1 - line).text == "1010"


def test_a_large_photo_is_read_as_a_small_one(reader, digits):
    """Its light and skew are measured on a small copy."""
    page = grey(synthetic_pages.write(digits[0][:12], digits[1][:12]))
    small = ndimage.rotate(page, 4, order=1, mode="nearest").clip(0, 1)
    large = ndimage.zoom(small, 2, order=1)
    assert max(large.shape) > 1.5 * binarisation.COARSE
    one, other = reader.recognise(small), reader.recognise(large)
    assert other.text == one.text
    assert other.binarised.degrees == pytest.approx(one.binarised.degrees, abs=0.3)
    for a, b in zip(one.digits, other.digits, strict=True):
        assert b.centre / 2 == pytest.approx(a.centre, abs=3)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_on_its_side_is_read(mnist, digits, quarters):
    page = synthetic_pages.write(digits[0][:12], digits[1][:12])
    sure_when_upright = reader_of(mnist, 0.9)
    turned = np.rot90(grey(page), quarters)
    found = sure_when_upright.recognise(turned)
    upright = sure_when_upright.recognise(grey(page))
    assert [d.digit for d in found.digits] == [d.digit for d in upright.digits]


def test_what_is_not_plausible_is_in_doubt(mnist, digits):
    page = synthetic_pages.write(digits[0][:5], digits[1][:5])
    reader = reader_of(mnist)
    reader.unlikeness = lambda logits: 1.2 * (np.arange(len(logits)) == 2)
    text = reader.recognise(grey(page)).text
    assert [k for k, answer in enumerate(text) if answer == "?"] == [2]


def test_doubts_of_another_size_than_the_digits_are_marks(mnist, digits):
    page = grey(synthetic_pages.write(digits[0][:6], digits[1][:6]))
    reader = reader_of(mnist)
    reader.unlikeness = lambda logits: 1.2 * (np.arange(len(logits)) == 6)
    dotted = page.copy()
    dotted[55:80, -25:-21] = 0.1  # a stroke that is half as high, behind the digits
    assert reader.recognise(page).text == "".join(map(str, digits[1][:6]))
    assert reader.recognise(dotted).text == reader.recognise(page).text
    reader.unlikeness = lambda logits: (
        1.2 * (np.arange(len(logits)) >= 2)
    )  # too few to tell the size
    assert len(reader.recognise(dotted).text) == 7


@pytest.mark.parametrize(("wide", "ink", "found"), [(1, 0.75, 6), (4, 0.1, 7)])
def test_a_hair_that_is_thinner_and_paler_than_the_pens_strokes_is_no_digit(
    mnist, digits, wide, ink, found
):
    page = grey(synthetic_pages.write(digits[0][:6], digits[1][:6]))
    page[45:85, -25 : -25 + wide] = ink
    assert len(reader_of(mnist).recognise(page).digits) == found


def test_doubts_that_are_unlike_any_digit_are_left_out(mnist, digits):
    page = grey(synthetic_pages.write(digits[0][:6], digits[1][:6]))
    reader = reader_of(mnist)
    for far, length in ((1.2, 6), (2.0, 5)):
        reader.unlikeness = lambda logits, far=far: far * (np.arange(len(logits)) == 2)
        assert len(reader.recognise(page).text) == length


def test_the_threshold_makes_doubt(mnist, digits):
    page = synthetic_pages.write(digits[0][:5], digits[1][:5])
    never, always = reader_of(mnist, None), reader_of(mnist, 0.0)
    assert never.recognise(grey(page)).text == "?????"
    assert "?" not in always.recognise(grey(page)).text
    half = reader_of(mnist, 0.9).recognise(grey(page))
    for digit in half.digits:
        assert digit.sure == (digit.probability >= 0.9)


def test_the_temperature_sharpens(mnist, reader):
    image = mnist.train_images[0].numpy()
    cold = Recogniser(reader.model, reader.normalisation, temperature=0.5)
    first, second = reader.probabilities([image])[0], cold.probabilities([image])[0]
    assert second == pytest.approx(first**2 / (first**2).sum())


def test_digits_are_read_in_the_views_of_the_recipe(mnist, reader):
    views = view_maps(Augmentation(degrees=15, shift=3), 1.0)
    images = mnist.train_images[:3]
    averaged = Recogniser(reader.model, reader.normalisation, views=views)
    logits = inference.model_logits(reader.model, images, reader.normalisation, views)
    found = averaged.probabilities(list(images.numpy()))
    assert found == pytest.approx(logits.softmax(1).numpy(), abs=1e-5)
    assert not np.allclose(found, reader.probabilities(list(images.numpy())), atol=1e-5)


def test_an_empty_page_has_no_digits(reader):
    for page in (np.ones((200, 300)), np.zeros((200, 300)), np.ones((1, 1))):
        reading = reader.recognise(page)
        assert (reading.digits, reading.text) == ([], "")
    with_features = replace(reader, unlikeness=lambda features: features @ np.ones(784))
    assert with_features.recognise(np.ones((200, 300))).digits == []
    assert reader.probabilities([]).shape == (0, 10)


def test_plain_values_are_json(reader, digits):
    reading = reader.recognise(grey(synthetic_pages.write(digits[0][:3], digits[1][:3])))
    ((first, *_),) = json.loads(
        json.dumps([[digit.as_json() for digit in line] for line in reading.lines])
    )
    assert first["digit"] == digits[1][0]
    assert sum(first["probabilities"]) == pytest.approx(1)
    assert np.shape(first["corners"]) == (4, 2)


def no_data():
    raise DataError("There are none.")


def test_a_reader_comes_with_temperature_and_threshold_of_its_run(monkeypatch, tmp_path):
    class Stored:
        summary = run_samples.summary()
        normalisation = Normalisation(0.1, 0.3)
        recipe = recipes.get("best")
        val_logits = 20 * np.eye(10)  # all are sure
        val_index = np.arange(300)

        def model(self):
            return nn.Flatten()

    monkeypatch.setattr(runs, "load", lambda recipe, seed: Stored())
    fitted, chosen = SimpleNamespace(temperature=0.7), SimpleNamespace(threshold=0.9)
    stored = SimpleNamespace(fingerprint="f", calibration=fitted, reject=chosen)
    monkeypatch.setattr(evaluation, "load_evaluation", lambda recipe, seed: stored)
    reader = Recogniser.load("fast", 3)
    assert (reader.temperature, reader.threshold) == (0.7, 0.9)
    assert reader.normalisation == Normalisation(0.1, 0.3)
    assert torch.equal(reader.views, recipes.get("best").view_maps())
    assert reader.unlikeness(np.zeros((2, 784))).shape == (2,)
    Stored.val_logits = np.tile(np.eye(10), (100, 1)) * np.linspace(1, 2, 1000)[:, np.newaxis]
    confidence = probabilities(Stored.val_logits, 0.7).max(axis=1)
    assert 0.005 < np.mean(confidence < Recogniser.load("fast", 3).threshold) <= 0.01
    monkeypatch.setattr(datasets, "load", no_data)
    Stored.summary = run_samples.summary(fingerprint="without data")
    stored.fingerprint = "without data"
    assert Recogniser.load("fast", 3).unlikeness is None
    stored.fingerprint = "other"
    with pytest.raises(MissingRunError, match="train fast --seed 3"):
        Recogniser.load("fast", 3)


def test_the_measure_counts_what_is_right(reader, digits):
    found = accuracy.measure(reader, *digits, kinds={"blur": (1,)})
    assert found.digits == 40
    assert found.clean.right == 40
    assert found.clean.accuracy == 1
    (row,) = found.kinds["blur"]
    assert row.strength == 1
    assert row.right + row.wrong + row.missed == 40


def test_comparing_matches_by_position(reader, digits):
    page = synthetic_pages.write(digits[0][:6], digits[1][:6])
    reading = reader.recognise(grey(page))
    whole = accuracy.compare(page, reading)
    assert whole.as_json() == dict.fromkeys(accuracy.Counts.model_fields, 0) | {"right": 6}
    line = reading.lines[0]
    line[0], line[1] = line[1], line[0]
    assert accuracy.compare(page, reading).out_of_order == 1
    lost = line.pop()
    assert accuracy.compare(page, reading).missed == 1
    lost.corners[:] += 500
    line.append(lost)
    counts = accuracy.compare(page, reading)
    assert (counts.right, counts.missed, counts.false) == (5, 1, 1)
    wrong = synthetic_pages.Page(page.picture, (page.labels + 1) % 10, *[
        getattr(page, name) for name in ("centres", "sizes", "lines")
    ])  # fmt: skip
    assert accuracy.compare(wrong, reading).wrong == 5


def test_comparing_with_nothing_found(digits):
    page = synthetic_pages.write(digits[0][:6], digits[1][:6])

    class Nothing:
        digits = ()

    counts = accuracy.compare(page, Nothing()).as_json()
    assert counts == dict.fromkeys(accuracy.Counts.model_fields, 0) | {"missed": 6}
