"""Words: every one in every language, with the same gaps, and Chinese in the Chinese column."""

import string

import pytest

from mnist_report.common.errors import ReportError
from mnist_report.common.words import LANGUAGES, WORDS, evaluation, studies, words


def gaps(text: str) -> list[str | None]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def test_every_word_is_there_in_every_language_with_the_same_gaps():
    for key, translations in WORDS.items():
        assert tuple(translations) == LANGUAGES, key
        assert all(translations.values()), key
        assert gaps(translations["en"]) == gaps(translations["zh-CN"]), key


def test_english_words_are_ascii_but_for_signs():
    cjk = [key for key, word in words("en").items() if any("\u4e00" <= c <= "\u9fff" for c in word)]
    assert cjk == []


def test_words_come_in_the_language_asked_for():
    assert words()["digit"] == "digit"
    assert words("zh-CN")["digit"] == "数字"


def test_words_come_in_the_language_of_the_session_when_none_is_named(monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_LANGUAGE", "zh-CN")
    assert words()["digit"] == "数字"
    assert words("en")["digit"] == "digit"


def test_an_unknown_language_is_refused_in_one_line():
    with pytest.raises(ReportError, match=r"'fr'.*en, zh-CN") as caught:
        words("fr")
    assert "\n" not in str(caught.value)


def test_no_two_modules_give_a_key_different_words():
    for part in (evaluation, studies):
        assert {key: WORDS[key] for key in part.WORDS} == part.WORDS
