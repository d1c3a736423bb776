"""Data sets of one's own: idx files written by hand, and pictures of many kinds."""

import gzip
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from mnist_report.common.errors import DataError
from mnist_report.datasets import image_folders
from mnist_report.training import recipes
from mnist_report.training.train import split_for


def idx(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return b"\0\0\x08" + bytes([array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def write_idx(folder, labels=(1, 2, 3, 1, 2, 3), size=28, packed=False):
    folder.mkdir(exist_ok=True)
    y = np.array(labels)
    x = y[:, None, None] * np.ones((len(y), size, size)) * 10
    for prefix in ("train", "t10k"):
        for name, array in ((f"{prefix}-images-idx3-ubyte", x), (f"{prefix}-labels-idx1-ubyte", y)):
            data = gzip.compress(idx(array)) if packed else idx(array)
            (folder / f"{name}{'.gz' if packed else ''}").write_bytes(data)
    return folder


def draw(file, colour, size=(28, 28), mode="RGB", ground="black"):
    file.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new(mode, size, ground)
    width, height = size
    picture.paste(colour, (width // 4, height // 4, 3 * width // 4, 3 * height // 4))
    picture.save(file)


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_are_read(tmp_path, packed):
    data = image_folders.load(write_idx(tmp_path / "mine", packed=packed))
    assert data.train_images.shape == data.test_images.shape == (6, 28, 28)
    assert data.train_images[:, 5, 5].tolist() == [10, 20, 30, 10, 20, 30]
    # Classes that do not occur, here 0, are none.
    assert data.train_labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert data.about.classes.names() == ("1", "2", "3")
    assert (data.about.name, data.about.title, data.about.classes.digits) == ("mine", "mine", False)


def test_idx_files_may_have_names_and_other_sizes(tmp_path):
    folder = write_idx(tmp_path, size=20)
    (folder / "classes.txt").write_text("none\na\nb\n\nc\n", encoding="utf-8")
    data = image_folders.load(folder)
    assert data.about.classes.names() == ("a", "b", "c")
    assert data.train_images.shape == (6, 28, 28)
    assert data.train_images[1].unique().tolist() == [20]


def test_pictures_become_grey_squares(tmp_path):
    for part in ("train", "test"):
        draw(tmp_path / part / "a" / "1.png", "white", size=(56, 28))
        draw(tmp_path / part / "b" / "2.JPG", (255, 0, 0), size=(100, 100))
        draw(tmp_path / part / "c" / "3.png", "black")
        deep = np.full((28, 28), 40_000, np.uint16)  # 16 bits a pixel
        Image.fromarray(deep).save(tmp_path / part / "c" / "3.png")
        (tmp_path / part / "c" / "notes.txt").write_text("no picture", encoding="utf-8")
    with pytest.warns(UserWarning, match=r"2 of its files are left out: notes\.txt, notes\.txt"):
        data = image_folders.load(tmp_path)
    assert data.train_images.shape == (3, 28, 28)
    assert data.train_labels.tolist() == data.test_labels.tolist() == [0, 1, 2]
    assert torch.equal(data.train_images, data.test_images)
    wide, red, deep = data.train_images
    assert wide[14, 14] == 255 and wide[2, 14] == 0  # its proportions are kept
    assert abs(int(red[14, 14]) - 76) <= 3  # the luma of red, 0.299 · 255
    assert deep[14, 14] == 40_000 >> 8


def test_dark_on_light_is_inverted_and_nothing_is_white_paper(tmp_path):
    for name in "ab":
        draw(tmp_path / "train" / name / "1.png", "black", ground="white")
        draw(tmp_path / "test" / name / "1.png", (0, 0, 0, 255), mode="RGBA", ground=(0, 0, 0, 0))
    data = image_folders.load(tmp_path)
    assert torch.equal(data.train_images, data.test_images)
    assert (data.train_images[0, 14, 14], data.train_images[0, 0, 0]) == (255, 0)


def test_without_a_test_folder_a_stratified_seventh_is_set_aside(tmp_path):
    for name in "abc":
        for number in range(14):
            draw(tmp_path / name / f"{number}.png", (number,) * 3)
    first, second = image_folders.load(tmp_path), image_folders.load(tmp_path)
    assert torch.bincount(first.test_labels).tolist() == [2, 2, 2]
    assert torch.bincount(first.train_labels).tolist() == [12, 12, 12]
    assert torch.equal(first.test_images, second.test_images)


def labels(part):
    return torch.bincount(part).tolist()


@pytest.mark.parametrize("names", [("Train", "VAL", "Test"), ("training", "valid", "testing")])
def test_parts_in_any_case_in_a_wrapper_with_val_for_validation(tmp_path, names):
    for part, count in zip(names, (5, 3, 2), strict=True):
        for name in ("2", "10"):
            for k in range(count):
                draw(tmp_path / "archive" / "data" / part / name / "more" / f"{k}.png", "white")
    draw(tmp_path / "__MACOSX" / "data" / "x.png", "white")
    data = image_folders.load(str(tmp_path / "archive"))
    assert data.about.classes.names() == ("2", "10"), "as people count"
    assert (labels(data.train_labels), labels(data.test_labels)) == ([8, 8], [2, 2])
    assert data.validation == 6
    split = split_for(recipes.get("fast"), 0, data)
    assert (len(split.train), split.validation.tolist()) == (10, [*range(10, 16)])
    assert image_folders.load(tmp_path).about.name == tmp_path.name


def test_what_is_left_out_is_counted_and_named(tmp_path):
    for part in ("train", "test"):
        for name in "ab":
            draw(tmp_path / part / name / "1.png", "white")
    draw(tmp_path / "spare" / "1.png", "white")
    spoil(tmp_path / "train" / "a", "IMG_1.HEIC", b"x")
    spoil(tmp_path / "train" / "a", "Thumbs.db", b"x")
    with pytest.warns(UserWarning, match=r"2 of its files are left out: 1.png, IMG_1.HEIC.*JPEG"):
        image_folders.load(tmp_path)
    (tmp_path / "train" / "b" / "1.png").rename(tmp_path / "train" / "b" / "1.heif")
    with pytest.raises(DataError, match=r"b holds no picture: 1.heif cannot be read.*JPEG"):
        image_folders.load(tmp_path)


def test_test_pictures_without_classes_are_left_out(tmp_path):
    for name in "ab":
        for k in range(7):
            draw(tmp_path / "train" / name / f"{k}.png", "white")
    draw(tmp_path / "test" / "9.png", "white")
    with pytest.warns(UserWarning, match=r"1 of its files is left out: 9.png"):
        data = image_folders.load(tmp_path)
    assert (labels(data.train_labels), labels(data.test_labels)) == ([6, 6], [1, 1])


@pytest.mark.parametrize(("common", "rare"), [(300, 3), (3, 3)])
def test_each_class_trains_validates_and_tests_however_rare(tmp_path, common, rare):
    for name, count in (("a", common), ("b", rare)):
        for k in range(count):
            draw(tmp_path / name / f"{k}.png", "white")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        data = image_folders.load(tmp_path)
    assert labels(data.test_labels)[1] == 1
    assert len(said) == (common > rare)
    assert all(r"few test pictures (b 1, others up to" in str(each.message) for each in said)
    split = split_for(recipes.get("fast"), 0, data)
    for part in (split.train, split.validation):
        assert min(labels(data.train_labels[part])) == 1


def test_too_few_pictures_are_told_in_our_words(tmp_path):
    for name, count in (("a", 5), ("b", 2)):
        for k in range(count):
            draw(tmp_path / name / f"{k}.png", "white")
    with pytest.raises(DataError, match=r"b has 2 pictures.*; a class needs 3"):
        image_folders.load(tmp_path)
    for k in range(30):
        draw(tmp_path / f"c{k}" / "0.png", "white")
    with pytest.raises(DataError, match="There are 32 classes; give 2 to 26"):
        image_folders.load(tmp_path)


def write_csv(file, labels, first="label", pixels=784):
    columns = {first: labels} if labels is not None else {}
    values = np.arange(20)[:, None] * np.ones(pixels, int)
    frame = pd.DataFrame(values, columns=[f"pixel{k}" for k in range(pixels)])
    pd.concat([pd.DataFrame(columns), frame], axis=1).to_csv(file, index=False)


@pytest.mark.parametrize("first", ["label", "5"])
def test_kaggles_tables_are_read(tmp_path, first):
    write_csv(tmp_path / "train.csv", [2, 10] * 10, first)
    write_csv(tmp_path / "test.csv", None)
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n", encoding="utf-8")
    with pytest.warns(
        UserWarning, match=r"2 of.*: sample_submission.csv, test.csv .20 images without labels"
    ):
        data = image_folders.load(tmp_path)
    assert data.about.classes.names() == ("2", "10")
    assert labels(data.test_labels) == [1, 1]
    assert sorted({*data.train_images.unique().tolist(), *data.test_images.unique().tolist()}) == [
        *range(20)
    ]
    write_csv(tmp_path / "test.csv", [10, 2] * 10)
    (tmp_path / "sample_submission.csv").unlink()
    assert labels(image_folders.load(tmp_path).test_labels) == [10, 10]
    write_csv(tmp_path / "test.csv", [10, 2] * 10, pixels=30)
    with pytest.raises(DataError, match="30 columns of pixels are no square"):
        image_folders.load(tmp_path)


@pytest.mark.parametrize("keys", [("x_{}", "y_{}"), ("{}_images", "{}_labels")])
def test_the_archives_of_keras_are_read(tmp_path, keys):
    x = np.zeros((6, 32, 32, 3))
    x[:, 8:24, 8:24] = 1.0
    arrays = {}
    for part in ("train", "val", "test"):
        arrays |= {keys[0].format(part): x, keys[1].format(part): np.arange(6)[:, None] % 3}
    np.savez(tmp_path / "mine.npz", **arrays)
    data = image_folders.load(tmp_path / "mine.npz")
    assert (labels(data.train_labels), labels(data.test_labels)) == ([4, 4, 4], [2, 2, 2])
    assert (data.validation, data.about.name) == (6, "mine.npz")
    assert data.train_images[0, 14, 14] == 255 and data.train_images[0, 0, 0] == 0
    spoil(tmp_path, "mine.npz", b"no archive")
    with pytest.raises(DataError, match=r"mine\.npz: "):
        image_folders.load(tmp_path)


def spoil(folder, name, content):
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path / "none", "There is no data set"),
        (lambda path: path, "neither idx files nor folders"),
        (lambda path: spoil(write_idx(path), "train-labels-idx1-ubyte", b"x"), "no idx file"),
        (lambda path: spoil(write_idx(path), "t10k-labels-idx1-ubyte", idx(np.ones(5))), "6 imag"),
        (lambda path: spoil(write_idx(path), "classes.txt", b"a\nb"), "2 names, but there is a"),
        (lambda path: write_idx(path, labels=(7, 7)), "There is 1 class;"),
    ],
)
def test_what_is_no_data_set_is_told(tmp_path, make, why):
    with pytest.raises(DataError, match=why) as caught:
        image_folders.load(make(tmp_path))
    assert "\n" not in str(caught.value)


def test_missing_and_damaged_files_are_named(tmp_path):
    folder = write_idx(tmp_path / "idx", packed=True)
    spoil(folder, "t10k-images-idx3-ubyte.gz", b"no gzip")
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz is not a gzip file"):
        image_folders.load(folder)
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match="no file t10k-images-idx3-ubyte, nor"):
        image_folders.load(folder)


def test_pictures_that_are_none_and_empty_classes_are_named(tmp_path):
    draw(tmp_path / "a" / "1.png", "white")
    (tmp_path / "b").mkdir()
    with pytest.raises(DataError, match="b holds no picture"):
        image_folders.load(tmp_path)
    (tmp_path / "b" / "2.png").write_bytes(b"not a picture")
    with pytest.raises(DataError, match=r"2\.png cannot be read as a picture"):
        image_folders.load(tmp_path)
