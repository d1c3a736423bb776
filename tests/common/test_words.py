"""Words: none missing, none unused, with the same gaps, and Chinese in the Chinese catalogue."""

import ast
import re
import string
from importlib import resources

import nbformat
import pytest
from babel.messages.pofile import read_po

from mnist_report.common import settings
from mnist_report.common.errors import ReportError
from mnist_report.common.words import CLASSES, LANGUAGES, words

CONTEXTS = (None, CLASSES)


def gaps(text: str) -> list[str | None]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def catalogue(language):
    file = resources.files("mnist_report.common.words").joinpath(f"{language}.po")
    with file.open("rb") as content:
        return [message for message in read_po(content, abort_invalid=True) if message.id]


def sources():
    """The syntax trees of all code that may ask for a word, those of notebooks' cells included."""
    root = settings.project_root()
    for path in sorted(root.joinpath("mnist_report").rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted([*root.glob("notebooks/*.ipynb"), *root.glob("report/*.ipynb")]):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                yield ast.parse(re.sub(r"(?m)^\s*[%!].*$", "", cell.source))


def pattern(node: ast.AST) -> str | None:
    """The regular expression of the texts that a literal, or an f-string, can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = [pattern(value) or ".+" for value in node.values]
    return "".join(parts) if re.search(r"[a-z]{2}", "".join(parts)) else None


def asked(tree: ast.AST) -> list[str]:
    """What stands in the brackets behind words: `w["digit"]`, `words(language)[f"kind_{kind}"]`."""
    keys = [
        (node.value, node.slice)
        if isinstance(node, ast.Subscript)
        else (node.func.value, node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "w.get")
    ]
    return [
        key
        for holder, node in keys
        if re.fullmatch(r"w|.*\.words|(.*\.)?words\(.*\)", ast.unparse(holder))
        and (key := pattern(node)) is not None
    ]


def test_every_word_is_there_in_every_language_with_the_same_gaps():
    english, *others = ({(m.id, m.context): m for m in catalogue(tag)} for tag in LANGUAGES)
    for other in others:
        assert list(other) == list(english)
        for key, message in english.items():
            assert message.string and other[key].string, key
            assert gaps(message.string) == gaps(other[key].string), key


def test_no_key_comes_twice_and_classes_have_no_keys_of_their_own():
    for language in LANGUAGES:
        text = (
            resources.files("mnist_report.common.words")
            .joinpath(f"{language}.po")
            .read_text(encoding="utf-8")
        )
        assert text.count("\nmsgid ") - 1 == len(catalogue(language))
        general, own = ({m.id for m in catalogue(language) if m.context == c} for c in CONTEXTS)
        assert own < general


def test_the_code_asks_for_no_word_that_is_not_there():
    known = words("en")
    wanted = {key for tree in sources() for key in asked(tree)}
    assert len(wanted) > 100
    assert {key for key in wanted if not any(re.fullmatch(key, k) for k in known)} == set()


def test_every_word_is_asked_for_somewhere():
    found = {p for tree in sources() for node in ast.walk(tree) if (p := pattern(node))}
    families = [p for p in found if ".+" in p]
    fixed = {re.sub(r"\\(.)", r"\1", p) for p in found}
    unused = [k for k in words("en") if not any(re.fullmatch(p, k) for p in families)]
    assert [key for key in unused if key not in fixed] == []


def test_a_missing_and_an_unused_word_would_be_found():
    tree = ast.parse('w["digitt"], w.get(f"kind_{kind}"), tables.words()["no"], rows["no"]')
    assert asked(tree) == ["digitt", "kind_.+", "no"]


def test_english_words_are_ascii_but_for_signs():
    cjk = [key for key, word in words("en").items() if any("\u4e00" <= c <= "\u9fff" for c in word)]
    assert cjk == []


def test_words_come_in_the_language_asked_for():
    assert words()["digit"] == "digit"
    assert words("zh-CN")["digit"] == "数字"
    assert words("zh-CN", CLASSES)["digit"] == "类别"


def test_words_come_in_the_language_of_the_session_when_none_is_named(monkeypatch):
    monkeypatch.setenv("MNIST_REPORT_LANGUAGE", "zh-CN")
    assert words()["digit"] == "数字"
    assert words("en")["digit"] == "digit"


def test_words_cannot_be_changed():
    with pytest.raises(TypeError):
        words("en")["digit"] = "number"


def test_an_unknown_language_is_refused_in_one_line():
    with pytest.raises(ReportError, match=r"'fr'.*en, zh-CN") as caught:
        words("fr")
    assert "\n" not in str(caught.value)
