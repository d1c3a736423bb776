"""The Chinese fonts that figures and PDF share, found without any set-up."""

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

WHEEL = "pylopdf_fonts_zh_cn"
WHEEL_FILES = {"sans": "NotoSansSC-Regular.otf", "serif": "NotoSerifSC-Regular.otf"}

# File names under which systems and distributions ship Chinese fonts, best first.
SYSTEM_FILES = {
    "sans": (
        "NotoSansSC-Regular.otf",
        "NotoSansCJKsc-Regular.otf",
        "NotoSansCJK-Regular.ttc",
        "SourceHanSansSC-Regular.otf",
        "PingFang.ttc",
        "Hiragino Sans GB.ttc",
        "STHeiti Light.ttc",
        "msyh.ttc",
        "simhei.ttf",
        "wqy-zenhei.ttc",
    ),
    "serif": (
        "NotoSerifSC-Regular.otf",
        "NotoSerifCJKsc-Regular.otf",
        "NotoSerifCJK-Regular.ttc",
        "SourceHanSerifSC-Regular.otf",
        "Songti.ttc",
        "simsun.ttc",
        "uming.ttc",
    ),
}


class FontError(RuntimeError):
    """No Chinese font on this machine."""


def system_folders() -> list[Path]:
    """Folders where Linux, macOS and Windows keep fonts, those that exist."""
    home = Path.home()
    folders = [
        home / ".local/share/fonts",
        home / ".fonts",
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / "Library/Fonts",
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
        Path(os.environ.get("LOCALAPPDATA", home)) / "Microsoft/Windows/Fonts",
    ]
    return [folder for folder in folders if folder.is_dir()]


def wheel_folder() -> Path | None:
    """The folder of the font package, or None when it is not installed (nothing is imported)."""
    spec = find_spec(WHEEL)
    return Path(spec.origin).parent if spec and spec.origin else None


def in_wheel(kind: str) -> Path | None:
    folder = wheel_folder()
    path = folder / WHEEL_FILES[kind] if folder else None
    return path if path and path.is_file() else None


def in_system(kind: str) -> Path | None:
    found = {
        path.name.casefold(): path
        for folder in system_folders()
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in {".otf", ".ttf", ".ttc"}
    }
    names = (name.casefold() for name in SYSTEM_FILES[kind])
    return next((found[name] for name in names if name in found), None)


@cache
def font_files() -> dict[str, Path]:
    """The files of the Chinese ``sans`` and ``serif`` fonts.

    The font package comes first, so that every machine sets the same page; the system's own fonts
    are the fallback, and one kind stands in for the other where only one is there. Raises
    FontError with one line when there is none at all.
    """
    files = {kind: in_wheel(kind) or in_system(kind) for kind in WHEEL_FILES}
    anything = files["sans"] or files["serif"]
    if anything is None:
        raise FontError("no Chinese font found: run `pip install pylopdf-fonts-zh-cn`")
    return {kind: path or anything for kind, path in files.items()}


def font_folders() -> list[Path]:
    """The folders to hand to a typesetter, without repeats."""
    return sorted({path.parent for path in font_files().values()})
