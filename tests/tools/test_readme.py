"""The tables of READMEs and pages are those of the recorded studies."""

from dataclasses import replace

import pytest
from study_samples import TWO_RECIPES, compared, made, run_of, study_of

from mnist_report.common import storage
from mnist_report.studies import run as studies
from mnist_report.studies.definitions import Definition, SearchStudy
from mnist_report.studies.record import Spread
from mnist_report.training import recipes
from tools import ROOT, readme

TEXT = "before\n\n<!-- study:recipes -->\nold\n<!-- /study -->\n\nafter\n"
LANGUAGES = list(readme.FILES)


@pytest.fixture
def study():
    return study_of(TWO_RECIPES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_section_is_renewed_and_nothing_else(study, language):
    text = readme.renewed(TEXT, study, language)
    assert text.startswith("before\n\n<!-- study:recipes -->\n")
    assert text.endswith("|\n<!-- /study -->\n\nafter\n")
    assert "old" not in text
    assert readme.renewed(text, study, language) == text
    other = study.model_copy(update={"study": "another"})
    assert readme.renewed(TEXT, other, language) == TEXT


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_section_tells_machine_versions_and_every_recipe(study, language):
    section = readme.section(study, language)
    for fact in ("Some CPU", "PyTorch 2.6.0", "0123456789ab", "2026-01-03", "1,000"):
        assert fact in " ".join(section.split())
    table = [line for line in section.splitlines() if line.startswith("|")]
    assert len(table) == 2 + len(TWO_RECIPES)
    assert len({line.count("|") for line in table}) == 1
    assert table[2].startswith("| `fast` | 1,234 | 1 | 99.70 ± 0.10 | 3.0 |")


def test_refresh_writes_only_what_changes(study, tmp_path):
    (tmp_path / "report" / "studies").mkdir(parents=True)
    storage.write_json(
        tmp_path / "report" / "studies" / "recipes.json", compared(TWO_RECIPES).as_json()
    )
    assert readme.refresh("recipes", tmp_path) == []  # no README is made
    (tmp_path / "README.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "README.zh-CN.md").write_text("无表格\n", encoding="utf-8")
    assert readme.refresh("recipes", tmp_path) == [tmp_path / "README.md"]
    assert readme.refresh("recipes", tmp_path) == []
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text == readme.renewed(TEXT, study, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_projects_readmes_are_in_step_with_the_record(language):
    """After a change here, or a new study: `mnist-report study recipes`."""
    path = ROOT / readme.FILES[language]
    text = path.read_text(encoding="utf-8")
    assert text.count("<!-- study:recipes -->") == text.count("<!-- /study -->") == 1
    assert readme.renewed(text, studies.load("recipes"), language) == text


@pytest.fixture
def search():
    names = ("as-it-is", "wider")
    candidates = tuple(replace(recipes.get("standard"), name=name) for name in names)
    runs = [run_of(recipe, seed, []) for recipe in candidates for seed in (0, 1)]
    base = made(Definition("search", candidates, selection=True), runs)
    spread = dict.fromkeys(names, Spread(mean=0.93125, deviation=0.001))
    return SearchStudy(**dict(base), corrupted_images=200, corrupted=spread, mnist_c=spread)


def test_a_searchs_table_says_what_each_recipe_changes_and_reaches(search):
    section = readme.section(search, "en")
    assert "500 validation images" in " ".join(section.split())
    assert "200 of these" in " ".join(section.split())
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [
        "| `as-it-is` | nothing: what the others are compared with "
        "| 5.5 ± 0.7 | 93.12 ± 0.10 | 93.12 ± 0.10 |",
        "| `wider` | more capacity | 5.5 ± 0.7 | 93.12 ± 0.10 | 93.12 ± 0.10 |",
    ]


def test_the_page_on_recipes_is_in_step_with_the_search():
    text = (ROOT / readme.SEARCH).read_text(encoding="utf-8")
    assert text.count("<!-- study:search -->") == text.count("<!-- /study -->") == 1
    assert readme.renewed(text, studies.load("search"), "en") == text
