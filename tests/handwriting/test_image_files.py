"""Picture files: every usual kind comes out upright and grey, and the rest is refused in a line."""

import io

import numpy as np
import pytest
from PIL import Image

from mnist_report.handwriting import image_files
from mnist_report.handwriting.image_files import ImageError


@pytest.fixture
def picture():
    """A dark bar on the left of light paper, (30, 40)."""
    grey = np.full((30, 40), 230, np.uint8)
    grey[:, :8] = 20
    return Image.fromarray(grey)


def bar_is_left(grey, tolerance=0.05):
    assert grey.dtype == np.float32
    assert grey[:, :6].mean() == pytest.approx(20 / 255, abs=tolerance)
    assert grey[:, 12:].mean() == pytest.approx(230 / 255, abs=tolerance)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "gif", "tiff", "bmp"])
def test_kinds_of_file(picture, tmp_path, kind):
    picture.save(tmp_path / f"字 {kind}.{kind}")
    grey = image_files.read(tmp_path / f"字 {kind}.{kind}")
    assert grey.shape == (30, 40)
    bar_is_left(grey)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "F"])
def test_modes_of_colour(picture, mode):
    source = picture.convert("RGB").convert(mode) if mode in ("HSV", "YCbCr") else picture
    tolerance = 0.13 if mode == "1" else 0.05  # black and white dots only
    bar_is_left(image_files.grey(source.convert(mode)), tolerance)


def test_cmyk_file(picture, tmp_path):
    picture.convert("CMYK").save(tmp_path / "print.jpg")
    bar_is_left(image_files.read(tmp_path / "print.jpg"))


def test_sixteen_bits(picture, tmp_path):
    deep = np.asarray(picture).astype(np.uint16) * 257
    for name in ("deep.png", "deep.tiff"):
        Image.fromarray(deep).save(tmp_path / name)
        bar_is_left(image_files.read(tmp_path / name))


def test_sixteen_bits_are_made_smaller_too(tmp_path):
    Image.fromarray(np.full((20, 4_000), 40_000, np.uint16)).save(tmp_path / "deep.png")
    grey = image_files.read(tmp_path / "deep.png")
    assert grey.shape == (8, 1_600)
    assert grey.mean() == pytest.approx(40_000 / 65_535, abs=1e-3)


def test_palette_with_a_transparent_colour(tmp_path):
    colours = Image.new("P", (20, 20), 0)
    colours.putpalette([0, 0, 0, 10, 10, 10] + [0] * 762)
    colours.paste(1, (0, 0, 5, 20))
    colours.save(tmp_path / "p.png", transparency=0)
    grey = image_files.read(tmp_path / "p.png")
    assert grey[:, :5].max() < 0.1
    assert grey[:, 5:].min() == 1


@pytest.mark.parametrize(("ink", "paper"), [(0, 1.0), (255, 0.0)])
def test_what_is_transparent_is_paper_under_the_ink(ink, paper):
    """A drawing pad may give dark strokes or light ones on nothing."""
    rgba = np.zeros((20, 20, 4), np.uint8)
    rgba[5:9, 5:9] = (ink, ink, ink, 255)
    grey = image_files.grey(Image.fromarray(rgba))
    assert grey[0, 0] == paper
    assert grey[6, 6] == pytest.approx(ink / 255)


def test_nothing_drawn_is_white():
    assert (image_files.grey(Image.new("RGBA", (9, 9))) == 1).all()


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
@pytest.mark.parametrize("times", [1, 60])
def test_it_is_turned_as_the_camera_says(picture, tmp_path, kind, times):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright
    turned = picture.resize((40 * times, 30 * times)).rotate(90, expand=True)
    turned.save(tmp_path / f"turned.{kind}", exif=exif)
    grey = image_files.read(tmp_path / f"turned.{kind}")
    assert grey.shape == ((30, 40) if times == 1 else (1_200, 1_600))
    bar_is_left(grey[:: grey.shape[0] // 30, :: grey.shape[1] // 40])


@pytest.mark.parametrize("name", ["large.jpg", "large.png", "large.gif"])
def test_large_pictures_are_made_smaller(picture, tmp_path, name):
    picture.resize((4_000, 3_000)).save(tmp_path / name)
    grey = image_files.read(tmp_path / name)
    assert grey.shape == (1_200, 1_600)
    assert grey[:, :300].mean() < 0.1
    assert grey[:, 400:].mean() > 0.85


def test_one_pixel(tmp_path):
    Image.new("L", (1, 1), 128).save(tmp_path / "one.png")
    assert image_files.read(tmp_path / "one.png").shape == (1, 1)


def test_an_upload_is_read_as_a_file_is(picture):
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    bar_is_left(image_files.read(io.BytesIO(stream.getvalue())))


def refused(source, why):
    with pytest.raises(ImageError, match=why) as caught:
        image_files.read(source)
    assert "\n" not in str(caught.value)


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "text.png").write_text("7", encoding="utf-8")
    (tmp_path / "empty.png").touch()
    refused(tmp_path / "text.png", r"text\.png is no picture; give")
    refused(tmp_path / "empty.png", "is no picture")
    refused(tmp_path / "none.png", r"There is no file .*none\.png")
    refused(tmp_path, "cannot be read")
    refused(io.BytesIO(b"7"), "The upload is no picture")


def test_half_a_file_is_refused(picture, tmp_path):
    for name in ("half.png", "half.jpg", "half.gif"):
        picture.resize((400, 300)).save(tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        refused(tmp_path / name, "cannot be read: it is damaged")


def test_a_bomb_is_refused(picture, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    picture.save(tmp_path / "bomb.png")
    refused(tmp_path / "bomb.png", "too many pixels")
