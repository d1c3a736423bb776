"""The tables of READMEs and pages that come from recorded studies, kept in step with them.

They stand between `<!-- study:NAME -->` and `<!-- /study -->`, which Markdown does not show.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pandas as pd

from mnist_report.common.storage import replacing
from mnist_report.reporting import tables
from mnist_report.studies import run as studies
from mnist_report.studies.definitions import SearchStudy
from mnist_report.studies.record import Spread, Study
from tools import ROOT

FILES = {"en": "README.md", "zh-CN": "README.zh-CN.md"}
SEARCH = "docs/recipes.md"

TEXT = {
    "en": (
        "{seeds} runs of each recipe, as `mnist-report study {study}` recorded them on {date} with "
        "{device_name} and PyTorch {torch} (commit `{git_commit}`). Accuracy is on the {images:,} "
        "test images, which play no part in training: mean ± standard deviation over the seeds. "
        "The average is the accuracy of the mean of the runs' probabilities. Times compare only "
        "where the threads are as many."
    ),
    "zh-CN": (
        "下表由`mnist-report study {study}`于{date}记录（{device_name}，PyTorch {torch}，"
        "提交`{git_commit}`），每个配方运行{seeds}次。准确率在{images:,}幅测试图像上计算，"
        "这些图像不参与训练，表中为各种子的均值 ± 标准差。“取平均”是先把各次运行的概率平均"
        "再作预测的准确率。训练用时只有在线程数相同时才能比较。"
    ),
}

SEARCH_TEXT = (
    "{seeds} runs of each recipe, as `mnist-report study {study}` recorded them on {date} with "
    "{device_name} and PyTorch {torch} (commit `{git_commit}`): errors among the {images:,} "
    "validation images, and accuracy on {corrupted:,} of these, corrupted in 80 cells and by "
    "MNIST-C's 15 kinds; mean ± standard deviation over the seeds. Each recipe but `as-it-is` "
    "changes one thing of `standard`."
)


def refresh(name: str, root: Path = ROOT) -> list[Path]:
    """Put the table of a recorded study into the documents that have a place for it.

    Returns:
        The documents that changed.
    """
    study = studies.read(name, root / "report" / "studies" / f"{name}.json")
    files = {"en": SEARCH} if isinstance(study, SearchStudy) else FILES
    changed = []
    for language, file in files.items():
        path = root / file
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = renewed(before, study, language)
        if after != before:
            with replacing(path) as temporary:
                temporary.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def renewed(text: str, study: Study, language: str) -> str:
    """Return a README's text with the study's section, if it has one, made anew."""
    opening, closing = f"<!-- study:{study.study} -->", "<!-- /study -->"
    place = re.compile(f"{re.escape(opening)}\n.*?{re.escape(closing)}", re.S)
    return place.sub(lambda _: f"{opening}\n{section(study, language)}{closing}", text)


def section(study: Study, language: str) -> str:
    """Return a sentence on where the study was made, and its table, in Markdown."""
    search = isinstance(study, SearchStudy)
    table = candidates(study) if search else tables.recipe_study(study, language)
    rows = [
        (table.columns.name, *table.columns),
        ("---", *["---:"] * len(table.columns)),
        *((f"`{name}`", *cells) for name, *cells in table.itertuples()),
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([_sentence(study, language), "", *lines, ""])


def _sentence(study: Study, language: str) -> str:
    facts = {"study": study.study, "seeds": len(study.seeds), **study.made._asdict()}
    first = study.recipes[0]
    if isinstance(study, SearchStudy):
        images, corrupted = first.validation.images, study.corrupted_images
        text = SEARCH_TEXT.format(images=images, corrupted=corrupted, **facts)
    else:
        text = TEXT[language].format(images=first.test.images, **facts)
    # Chinese has no spaces to break a line at.
    return textwrap.fill(text, 100, break_on_hyphens=False) if language == "en" else text


def candidates(study: SearchStudy) -> pd.DataFrame:
    """Return recipe → what it changes, and what its runs reach on validation images."""
    found = {}
    for recipe in study.recipes:
        name, file = recipe.recipe, ROOT / "report" / "studies" / "search" / f"{recipe.recipe}.toml"
        errors = pd.Series([run.validation.errors for run in study.runs_of(name)])
        found[name] = {
            "change": file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# "),
            "errors": f"{errors.mean():.1f} ± {errors.std():.1f}",
            "80 cells (%)": _per_cent(study.corrupted[name]),
            "MNIST-C (%)": _per_cent(study.mnist_c[name]),
        }
    return pd.DataFrame.from_dict(found, "index").rename_axis(columns="recipe")


def _per_cent(accuracy: Spread) -> str:
    spread = "" if accuracy.deviation is None else f" ± {100 * accuracy.deviation:.2f}"
    return f"{100 * accuracy.mean:.2f}{spread}"
