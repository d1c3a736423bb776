"""The words in figures and tables, per language.

Keys are short English names; `words(language)["digit"]` is the word to draw. Text with a gap is
filled with `str.format`. Every word is there in every language (tested).
"""

from __future__ import annotations

from mnist_report.errors import ReportError

LANGUAGES = ("en", "zh-CN")

_COMMON = {
    "digit": {"en": "digit", "zh-CN": "数字"},
    "digit_n": {"en": "digit {}", "zh-CN": "数字 {}"},
    "images": {"en": "images", "zh-CN": "图像数"},
    "number_of_images": {"en": "number of images", "zh-CN": "图像数量(张)"},
    "share_of_images": {"en": "share of images (%)", "zh-CN": "图像占比(%)"},
    "training": {"en": "training", "zh-CN": "训练集"},
    "validation": {"en": "validation", "zh-CN": "验证集"},
    "test": {"en": "test", "zh-CN": "测试集"},
    "total": {"en": "total", "zh-CN": "合计"},
    "mean": {"en": "mean", "zh-CN": "均值"},
    "deviation": {"en": "standard deviation", "zh-CN": "标准差"},
    "seconds": {"en": "seconds", "zh-CN": "秒"},
    "time_s": {"en": "time (s)", "zh-CN": "时间(秒)"},
}

_EXPLORATION: dict[str, dict[str, str]] = {}

_EVALUATION: dict[str, dict[str, str]] = {}

WORDS = _COMMON | _EXPLORATION | _EVALUATION


def words(language: str = "en") -> dict[str, str]:
    """All words in one language.

    Raises:
        ReportError: the language is not one of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ReportError(f"No words in {language!r}; choose one of {', '.join(LANGUAGES)}.")
    return {key: translations[language] for key, translations in WORDS.items()}
