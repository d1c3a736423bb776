"""Names of classes: digits by themselves, other classes in both languages."""

import pytest

from mnist_report.common import words
from mnist_report.common.errors import DataError
from mnist_report.datasets.dataset import DIGITS, LONGEST, MOST, Classes, Words

ANIMALS = Classes(("cat", "dog"), ("猫", "狗"))


def test_names_and_pairs_by_language():
    assert ANIMALS.names("en") == ("cat", "dog")
    assert ANIMALS.names("zh-CN") == ("猫", "狗")
    assert (ANIMALS.pair((0, 1)), ANIMALS.pair((0, 1), "zh-CN")) == ("cat–dog", "猫–狗")
    assert Classes(("cat", "dog")).names("zh-CN") == ("cat", "dog")
    assert DIGITS.pair((4, 9), "zh-CN") == "4–9"
    assert (len(ANIMALS), len(DIGITS)) == (2, 10)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_digits_are_named_only_where_there_are_any(language):
    assert Words(language, DIGITS) == words.words(language)
    found = Words(language, ANIMALS)
    assert found.keys() == words.words(language).keys()
    own = [word for key, word in found.items() if word != words.words(language)[key]]
    assert len(own) == 9
    assert not any("digit" in word or "数字" in word or "ink" in word for word in own)


@pytest.mark.parametrize("names", [(), ("one",), tuple(map(str, range(MOST + 1)))])
def test_too_few_or_too_many_are_refused(names):
    with pytest.raises(DataError, match=f"give 2 to {MOST}"):
        Classes(names)


@pytest.mark.parametrize("names", [("a", "a"), ("a", "")])
def test_names_have_to_differ(names):
    with pytest.raises(DataError, match="a name of its own"):
        Classes(names)
    with pytest.raises(DataError, match="a name of its own"):
        Classes(("x", "y"), names)


@pytest.mark.parametrize(
    "name", ["x" * 10_000, "a\nb", "\x1b]0;a\x07", "\u202eabc", "\ud800", "a\0"]
)
def test_names_that_no_figure_can_show_are_refused_in_one_line(name):
    with pytest.raises(DataError, match=f"names of at most {LONGEST} characters") as caught:
        Classes(("cat", name))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500
