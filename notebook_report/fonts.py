"""The Chinese fonts that figures and PDF share, found without any set-up."""

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

WHEEL = "pylopdf_fonts_zh_cn"
WHEEL_FILES = {"sans": "NotoSansSC-Regular.otf", "serif": "NotoSerifSC-Regular.otf"}
# File names under which systems and distributions ship Chinese fonts, best first.
SYSTEM_FILES = {
    "sans": "NotoSansSC-Regular.otf/NotoSansCJKsc-Regular.otf/NotoSansCJK-Regular.ttc"
    "/SourceHanSansSC-Regular.otf/PingFang.ttc/Hiragino Sans GB.ttc/STHeiti Light.ttc/msyh.ttc"
    "/simhei.ttf/wqy-zenhei.ttc",
    "serif": "NotoSerifSC-Regular.otf/NotoSerifCJKsc-Regular.otf/NotoSerifCJK-Regular.ttc"
    "/SourceHanSerifSC-Regular.otf/Songti.ttc/simsun.ttc/uming.ttc",
}


class FontError(RuntimeError):
    """No Chinese font on this machine."""


def system_folders() -> list[Path]:
    """Return the folders where Linux, macOS and Windows keep fonts, those that exist."""
    home = Path.home()
    folders = [
        *(home / name for name in (".local/share/fonts", ".fonts", "Library/Fonts")),
        *map(Path, ("/usr/share/fonts", "/usr/local/share/fonts")),
        *map(Path, ("/Library/Fonts", "/System/Library/Fonts")),
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
        Path(os.environ.get("LOCALAPPDATA", home)) / "Microsoft/Windows/Fonts",
    ]
    return [folder for folder in folders if folder.is_dir()]


def wheel_folder() -> Path | None:
    """Return the folder of the font package, None when it is not installed; import nothing."""
    spec = find_spec(WHEEL)
    return Path(spec.origin).parent if spec and spec.origin else None


def in_system(kind: str) -> Path | None:
    files = (path for folder in system_folders() for path in sorted(folder.rglob("*")))
    found = {path.name.casefold(): path for path in files}
    names = SYSTEM_FILES[kind].casefold().split("/")
    return next((found[name] for name in names if name in found), None)


@cache
def font_files() -> dict[str, Path]:
    """Return the files of the Chinese ``sans`` and ``serif`` fonts.

    The font package comes first, so that every machine sets the same page; the system's own fonts
    are the fallback, and one kind stands in for the other where only one is there. Raises
    FontError with one line when there is none at all.
    """
    folder, files = wheel_folder(), {}
    for kind, name in WHEEL_FILES.items():
        path = folder / name if folder else None
        files[kind] = path if path and path.is_file() else in_system(kind)
    anything = files["sans"] or files["serif"]
    if anything is None:
        raise FontError("no Chinese font found: run `pip install pylopdf-fonts-zh-cn`")
    return {kind: path or anything for kind, path in files.items()}
