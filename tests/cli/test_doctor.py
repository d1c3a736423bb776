"""Each check of the doctor: in order, and with its problem."""

import sys
from importlib import metadata

import pytest

from mnist_report.cli import doctor
from mnist_report.cli.doctor import look
from mnist_report.common import settings
from mnist_report.datasets import mnist as mnist_files


def test_all_is_well_here(mnist, monkeypatch):
    monkeypatch.delenv("MNIST_REPORT_RECIPE", raising=False)
    checks = dict(doctor.examine())
    assert list(checks) == list(doctor.CHECKS)
    assert {name: check for name, check in checks.items() if not check.well} == {}
    assert all(check.found and "\n" not in check.found for check in checks.values())


def test_an_old_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    check = look("Python")
    assert not check.well
    assert "3.11" in check.advice


def test_missing_and_old_packages(monkeypatch):
    real = metadata.version

    def version(name: str) -> str:
        if name == "nbconvert":
            raise metadata.PackageNotFoundError(name)
        return "1.0" if name == "torch" else real(name)

    monkeypatch.setattr(metadata, "version", version)
    check = look("Packages")
    assert not check.well
    assert "nbconvert is missing" in check.found
    assert "torch 1.0 is not >=2.6" in check.found
    assert "make setup" in check.advice


def test_an_unknown_device(monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_DEVICE", "nonsense")
    check = look("Device")
    assert not check.well
    assert "MNIST_REPORT_DEVICE" in check.advice


def test_an_unknown_recipe(monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "nonsense")
    check = look("Recipe")
    assert not check.well
    assert "nonsense" in check.found


def test_the_recipe_is_trained_or_not(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "fast")
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path))
    assert look("Recipe").found == "fast, not trained yet"
    (tmp_path / "fast-s0").mkdir()
    (tmp_path / "fast-s0" / "run.json").touch()
    assert look("Recipe").found == "fast, trained"


def test_data_absent_and_wrong(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_REPORT_DATA", str(tmp_path))
    absent = look("Data")
    assert absent.well, "the first build fetches it: no problem"
    assert "mnist-report data" in absent.advice
    mnist_files.raw_folder().mkdir(parents=True)
    (mnist_files.raw_folder() / "t10k-labels-idx1-ubyte").write_bytes(b"wrong")
    wrong = look("Data")
    assert not wrong.well
    assert "move t10k-labels-idx1-ubyte away" in wrong.advice


def test_other_data_are_there_or_not(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_REPORT_DATA", str(tmp_path))
    monkeypatch.setenv("MNIST_REPORT_DATASET", "kmnist")
    absent = look("Data")
    assert absent.found == f"kmnist, in {tmp_path / 'KMNIST' / 'raw'}"
    assert "mnist-report data" in absent.advice
    (tmp_path / "letters").mkdir()
    monkeypatch.setenv("MNIST_REPORT_DATASET", str(tmp_path / "letters"))
    assert look("Data").advice == ""


def test_no_chinese_font(monkeypatch):
    from notebook_report import fonts

    def none():
        raise fonts.FontError("no Chinese font found")

    monkeypatch.setattr(fonts, "font_files", none)
    check = look("Fonts")
    assert not check.well
    assert "pip install" in check.advice


def test_a_foreign_kernel(monkeypatch):
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

    foreign = KernelSpec(argv=["/other/python", "-m", "ipykernel_launcher"])
    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", lambda self, name: foreign)
    check = look("Kernel")
    assert not check.well
    assert "/other/python" in check.found
    assert "ipykernel install" in check.advice


def test_a_full_disk(monkeypatch):
    monkeypatch.setattr(doctor, "SPACE", 1e9)
    assert not look("Disk").well


def test_a_folder_that_cannot_be_written_to(monkeypatch):
    def refuse(**named):
        raise PermissionError

    monkeypatch.setattr(doctor.tempfile, "TemporaryDirectory", refuse)
    check = look("Disk")
    assert not check.well
    assert str(settings.project_root()) in check.found


@pytest.mark.parametrize("error", [ImportError("no module"), OSError("two\nlines")])
def test_whatever_is_broken_the_doctor_goes_on(monkeypatch, error):
    def fail():
        raise error

    checks = {"pandoc": (fail, ""), "Typst": (lambda: doctor.Check(True, "there"), "")}
    monkeypatch.setattr(doctor, "CHECKS", checks)
    (_, first), (_, second) = doctor.examine()
    assert not first.well
    assert first.found == f"{type(error).__name__}: {' '.join(str(error).split())}"
    assert second.well


@pytest.mark.parametrize(
    ("check", "variable", "value", "told"),
    [
        ("Language", "MNIST_REPORT_LANGUAGE", "de", "en or zh-CN"),
        ("Data", "MNIST_REPORT_DATASET", "nope", "MNIST_REPORT_DATASET"),
        ("Disk", "MNIST_REPORT_RESULTS", "/proc/x", "MNIST_REPORT_RESULTS"),
        ("Disk", "MNIST_REPORT_DATA", "/proc/x", "MNIST_REPORT_DATA"),
    ],
)
def test_every_wrong_setting_is_found(monkeypatch, check, variable, value, told):
    if value == "/proc/x" and not sys.platform.startswith("linux"):
        pytest.skip("a folder that nobody can write to")
    monkeypatch.setenv(variable, value)
    found = look(check)
    assert not found.well
    assert value in found.found
    assert told in found.advice


def test_a_mistake_in_the_metadata_and_an_open_cover(monkeypatch, tmp_path):
    monkeypatch.delenv("MNIST_REPORT_DATASET", raising=False)
    (tmp_path / "report").mkdir()
    path = tmp_path / settings.MARK
    path.write_text("title: A\ncover: [{label: Name, value: (fill in)}]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert look("Cover").well
    assert "Name" in look("Cover").advice
    path.write_text("titel: A\n", encoding="utf-8")
    assert not look("Cover").well
    assert "did you mean 'title'" in look("Cover").found
    monkeypatch.setenv("MNIST_REPORT_RECIPE", "fastt")
    assert not look("Recipe").well
    assert "fastt" not in look("Cover").found, "told once"


def test_a_driver_that_pytorch_cannot_use(monkeypatch):
    monkeypatch.delenv("MNIST_REPORT_DEVICE", raising=False)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/usr/bin/{name}")
    if look("Device").found.startswith("cpu"):
        assert "PyTorch sees no GPU" in look("Device").advice
