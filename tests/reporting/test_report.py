"""The report's two notebooks are twins, cite what they list, and type no number of a run."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import study_samples
import yaml

from mnist_report.datasets import dataset
from mnist_report.reporting.values import as_json
from mnist_report.reporting.values import run as run_values
from mnist_report.reporting.values import studies as study_values
from mnist_report.training import networks, recipes
from notebook_report import LENGTHS, options, selection
from notebook_report.languages import LANGUAGES, is_chinese
from notebook_report.values import Values

REPORT = Path(__file__).resolve().parents[2] / "report"
LANGUAGE_LINE = re.compile(r'^LANGUAGE = "(.+)"$', re.M)
REFERENCE = re.compile(r"@((?:fig|tbl|eq|sec|app|lst)-[a-z-]+)")
CITATION = re.compile(r"\[@([a-z]+\d*)\]")
LABEL = re.compile(r"\{#((?:fig|tbl|eq|sec|app|lst)-[a-z-]+)")
EXPRESSION = re.compile(r"\{\{\s*(.+?)\s*\}\}")
CONDITION = re.compile(r"\{%\s*(?:if|elif)\s+(.+?)\s*%\}")
EQUATION = re.compile(r"\$\$.+?\$\$ \{#eq-[a-z]+\}", re.S)
HEADING = re.compile(r"^(#+) ", re.M)
ASKED = re.compile(r"\{% if .[\w-]+. in document.anchors %\}.*?\{% endif %\}", re.S)


# Figures, tables and Chinese characters, at least and at most.
SIZES = {
    ("report", "short"): ((9, 11), (6, 8), (3000, 6000)),
    ("report", "full"): ((20, 36), (10, 22), (7000, 30_000)),
    ("own-data", "short"): ((9, 14), (5, 9), (1000, 4000)),
    ("own-data", "full"): ((9, 14), (5, 9), (1000, 4000)),
}
STEMS = tuple(dict.fromkeys(stem for stem, _ in SIZES))


@pytest.fixture(scope="module", params=STEMS)
def stem(request):
    return request.param


@pytest.fixture(scope="module", params=LENGTHS)
def length(request):
    return request.param


@pytest.fixture(scope="module")
def notebooks(stem):
    return read(stem)


@cache
def read(stem):
    return {
        language: nbformat.read(REPORT / f"{stem}.{language}.ipynb", as_version=4)
        for language in LANGUAGES
    }


@pytest.fixture(scope="module")
def twins(notebooks):
    return list(zip(notebooks["zh-CN"].cells, notebooks["en"].cells, strict=True))


@pytest.fixture(params=list(LANGUAGES))
def language(request):
    return request.param


@pytest.fixture
def cells(notebooks, language):
    return notebooks[language].cells


@cache
def selected(stem, language, length):
    """The notebook as a document of this length has it; nobody changes it."""
    return selection.select(read(stem)[language], length, {})


@pytest.fixture
def shown(stem, language, length):
    return selected(stem, language, length)


def prose(cells):
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def code_and_options(cell):
    written, code = options.split_options(cell.source, cell.id)
    given = written.model_dump(by_alias=True)
    return code, {name: value for name, value in given.items() if "-cap" not in name}


def test_notebooks_say_their_language_and_hold_no_outputs(notebooks):
    for language, notebook in notebooks.items():
        assert notebook.metadata["lang"] == language
        assert notebook.metadata["kernelspec"]["name"] == "python3"
        for cell in notebook.cells:
            if cell.cell_type == "code":
                assert cell.outputs == [] and cell.execution_count is None


def test_twins_have_the_same_cells(twins):
    for chinese, english in twins:
        assert (chinese.id, chinese.cell_type) == (english.id, english.cell_type)
        assert chinese.metadata.get("tags") == english.metadata.get("tags")


def test_twins_run_the_same_code(twins):
    for chinese, english in twins:
        if chinese.cell_type == "code":
            codes, sets = zip(*map(code_and_options, (chinese, english)), strict=True)
            assert len({LANGUAGE_LINE.sub("", code) for code in codes}) == 1, chinese.id
            assert len({tuple(sorted(options)) for options in sets}) == 1, chinese.id


@pytest.mark.parametrize("pattern", [HEADING, LABEL, EXPRESSION, CITATION, REFERENCE, EQUATION])
def test_twins_have_the_same_structure(twins, pattern):
    for chinese, english in twins:
        if chinese.cell_type == "markdown":
            assert pattern.findall(chinese.source) == pattern.findall(english.source), chinese.id


def test_twins_depend_on_the_same_conditions(twins):
    for chinese, english in twins:
        # "epoch" or "epochs" is a question in English alone.
        of_both = [
            [c for c in CONDITION.findall(cell.source) if not c.endswith("== 1")]
            for cell in (chinese, english)
        ]
        assert of_both[0] == of_both[1], chinese.id


def test_every_label_is_unique_and_referred_to(shown, stem, length):
    cells = shown.cells
    text = prose(cells)
    in_code = [options.split_options(c.source, c.id)[0] for c in cells if c.cell_type == "code"]
    labels = LABEL.findall(text) + [o.label for o in in_code if o.label]
    # Alternatives of one equation stand in branches of one condition.
    assert sorted({*labels} - {"eq-update"}) == sorted(x for x in labels if x != "eq-update")
    of_all = {*REFERENCE.findall(re.sub(ASKED, "", text))}
    assert of_all <= {*labels}
    shown = {label for label in labels if label.startswith(("fig-", "tbl-"))}
    assert shown <= {*REFERENCE.findall(text)}
    for kind, (least, most) in zip(("fig-", "tbl-"), SIZES[stem, length], strict=False):
        assert least <= sum(label.startswith(kind) for label in shown) <= most


def test_every_figure_has_a_caption_and_an_alternative_text(cells):
    for cell in cells:
        if cell.cell_type == "code":
            written, code = options.split_options(cell.source, cell.id)
            kind, written = written.label.split("-")[0], written.captions()
            if kind:
                assert written[f"{kind}-cap"]
            if kind == "fig":
                assert written["fig-alt"] and code.endswith("plt.show()")
                assert "language=LANGUAGE" in code


# Figures and tables of what was recorded, for all of it or a part.
RECORDED = re.compile(r"\((study|records\.\w+|result\.baselines), lang|wrong, names, language")


def test_captions_of_recorded_studies_name_date_and_machine(language):
    found = []
    for cell in read("report")[language].cells:
        if cell.cell_type == "code" and RECORDED.search(cell.source):
            (caption,) = [
                text
                for name, text in options.split_options(cell.source, cell.id)[0].captions().items()
                if name.endswith("-cap")
            ]
            assert ".date }}" in caption and ".device_name }}" in caption, cell.id
            found.append(cell.id)
    assert len(found) == 9


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_citations_and_bibliography_agree(language):
    listed = re.findall(r"^@\w+\{([^,]+),", (REPORT / "references.bib").read_text("utf-8"), re.M)
    assert len(listed) == len({*listed})
    texts = [prose(read(stem)[language].cells) for stem in STEMS]
    texts += [one.source[language] for one in dataset.NAMED.values()]
    assert {*CITATION.findall("\n".join(texts))} == {*listed}


# Numbers that are facts of the data set, of a source or of arithmetic, not of a run.
FACTS = {
    *("94.1", "97.6", "99.6", "99", "98", "95", "99.9", "100"),  # arithmetic, conventions, sources
    *("0.1", "0.01", "0.5", "0.05"),  # settings of others, and bounds
    *("12.0", "5.0", "1.1", "0.8", "0.4", "0.23", "0.09"),  # published error rates
}


def test_no_number_of_a_run_is_typed(cells):
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\$\$.*?\$\$", " ", prose(cells), flags=re.S)
    decimals = re.findall(r"(?<![\d.])\d+\.\d+", text)
    shares = re.findall(r"(\d+(?:\.\d+)?)(?:%|\\%| per cent)", text)
    assert {*decimals, *shares} <= FACTS


@pytest.fixture(scope="module", params=list(recipes.RECIPES))
def values(request):
    return sample(request.param)


@cache
def sample(name):
    """Values of the right kinds, with the recipe's own settings and network."""
    recipe = recipes.get(name)
    network = networks.build(recipe.network, recipe.width)
    return {
        **yaml.safe_load(SAMPLE),
        "recipe": recipe.as_dict(),
        "network": as_json(run_values.describe_network(network)),
        "studies": studies_of(3),
    }


def test_prose_reads_well_for_every_recipe(shown, values, language, length):
    text = check_prose(shown, values, language, length)
    assert {*REFERENCE.findall(text)} <= {*selection.anchors(shown)}


@pytest.mark.parametrize("change", [{"current": None}, {"seeds": 1}])
def test_prose_reads_well_for_a_recipe_without_a_study(shown, values, language, length, change):
    check_prose(shown, values | {"study": values["study"] | change}, language, length)


def test_prose_reads_well_for_studies_of_one_seed(shown, values, language, length):
    check_prose(shown, values | {"studies": studies_of(1)}, language, length)


def changed(values, path, value):
    """The values with the one at a path such as "reject.threshold" replaced."""
    first, *rest = path.split(".", 1)
    return values | {first: changed(values[first], rest[0], value) if rest else value}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("pooled", 1),
        ("source", None),
        ("data.imbalance", 1),
        ("test.errors", 0),
        ("network.dropout", True),
        ("calibration.temperature", 1.2),
        ("calibration.ece_calibrated", 0.06),
        ("reject.threshold", None),
        ("reject.interval.high", 0.002),
        ("reject.target", 0.0003),
        ("audit.runs", 1),
        ("reject.familiar", None),
        ("robustness.shift", None),
        ("robustness.original", None),
        ("robustness.original.geometry", 0.99),
        ("robustness.mean", 0.9),
    ],
)
def test_prose_reads_well_whatever_the_run_says(shown, values, language, length, path, value):
    named = path.split(".")[0]  # cells that do not name it read as they do for every recipe
    about = shown.copy()
    about.cells = [c for c in shown.cells if c.cell_type == "code" or named in c.source]
    check_prose(about, changed(values, path, value), language, length)


def markdown(text, name):
    """A cell that nbformat does not hold against its schema."""
    content = {"cell_type": "markdown", "source": text, "metadata": {"cell-name": name}}
    return nbformat.from_dict(content)


def rendered(shown, values, language, length):
    """The Markdown cells that a document has, filled in."""
    filled = Values(selection.about(shown, length) | values, LANGUAGES[language])
    return [
        markdown(filled.render(cell.source, cell.id), cell.id) for cell in selection.prose(shown)
    ]


def check_prose(shown, values, language, length):
    """Hold the text of a document against what reads badly, and return it."""
    cells = rendered(shown, values, language, length)
    for cell in cells:
        assert "{{" not in cell.source and "{%" not in cell.source
        for paragraph in cell.source.split("\n"):
            assert not re.search(r"[。，；：]{2}|[,.;:] ?[,;:.]", paragraph), paragraph
            assert not re.search(r"\S  +\S", re.sub(r"^\s*\|.*", "", paragraph)), paragraph
    return "".join(cell.source for cell in cells)


SHORT, FULL = ("short",), ("full",)


def on_record(v):
    return v.study.current is not None and v.study.seeds > 1


def alike(v):
    return v.data.test_balance.p_value >= 0.05


def held(v):
    return v.guess.correlation >= 0.5 and v.guess.p_value < 0.05


def by_strokes_alone(v):
    ours, other = v.robustness, v.robustness.original
    more = other and ours.geometry > other.geometry and ours.others < other.others
    return bool(v.recipe.augmentation and more)


def overall(v):
    return v.robustness.original is not None and not by_strokes_alone(v)


def seeds_apart(v):
    low, high = vars(v.studies.pairs.close.over_seeds.interval).values()
    return not low <= 0 <= high


# Sentences that depend on the run: in both languages, when they must stand there, in which lengths.
CLAIMS = [
    ("account for", "占全部错误的", lambda v: v.test.errors > 0, LENGTHS),
    ("highest for the digit", "F1值最高的是数字", lambda v: v.test.errors > 0, LENGTHS),
    ("times the errors", "所犯的错误是它的", lambda v: v.test.errors > 0, LENGTHS),
    ("times as many", "即为网络的", lambda v: v.baselines.network.errors > 0, LENGTHS),
    ("beforehand (recorded", "固定（记录于", lambda v: v.baselines.recorded, SHORT),
    ("A likely reason", "一个可能的原因", lambda v: v.baselines.ratio > 1, FULL),
    ("may as well.", "居首的是哪一对并无定论", lambda v: v.pairs[1].rank_interval.low <= 1, FULL),
    ("may lead as well", "居首的也可能是", lambda v: v.pairs[1].rank_interval.low <= 1, SHORT),
    ("seed alone, are pooled", "它们只有种子不同，期望", lambda v: v.pooled > 1, FULL),
    ("errors in a run, on average", "每次运行平均有", lambda v: v.pooled > 1, LENGTHS),
    ("no sign that the test set", "没有迹象表明测试集", alike, SHORT),
    ("There is no reason to think", "没有理由认为二者", alike, FULL),
    ("No difference between the compositions", "没有发现三个集合", alike, FULL),
    ("within this interval", "这一区间之内", lambda v: v.validation.inside_test_interval, FULL),
    ("Other seeds change the result", "换一个种子，结果", on_record, SHORT),
    ("has on record a mean", "在记录中的平均准确率", on_record, FULL),
    (
        *("the seed changes the result no more", "种子的影响不大于"),
        lambda v: on_record(v) and v.study.current.deviation < v.study.current.sampling_deviation,
        FULL,
    ),
    (
        *("part of the errors falls on", "平均使它们相互抵消"),
        lambda v: on_record(v) and v.study.current.average.errors < v.study.current.errors.mean,
        FULL,
    ),
    ("less than 0.1%", "不到0.1%", lambda v: v.hardest.probability < 0.001, FULL),
    ("is one of those", "第一幅便属于最后一种", lambda v: v.hardest.doubtful, FULL),
    ("the hypothesis held", "假设在总体上成立", held, FULL),
    (
        *("hypothesis held in part", "假设部分成立"),
        lambda v: not held(v) and v.guess.p_value < 0.05,
        FULL,
    ),
    ("was under-confident", "网络欠自信", lambda v: v.calibration.temperature < 1, FULL),
    (
        *("takes the calibration error down", "一个数就能减小校准误差"),
        lambda v: v.calibration.ece_calibrated < v.calibration.ece,
        FULL,
    ),
    ("threshold chosen on validation", "按验证集选定的", lambda v: v.reject.threshold, LENGTHS),
    ("That is a confidence of", "这一阈值是置信度", lambda v: v.reject.threshold, FULL),
    (
        *("with the whole interval below", "整个区间都在目标以下"),
        lambda v: v.reject.threshold and v.reject.interval.high <= v.reject.target,
        FULL,
    ),
    (
        *("though the interval reaches beyond", "区间的上限高于目标"),
        lambda v: v.reject.threshold and v.reject.error <= v.reject.target < v.reject.interval.high,
        FULL,
    ),
    (
        *("left to people hold", "包含了全部错误的"),
        lambda v: v.reject.threshold and v.test.errors,
        FULL,
    ),
    ("How familiar the image", "则由softmax之前的最大logit", lambda v: v.reject.familiar, FULL),
    ("There is a hard core", "困难也有一个核心", lambda v: v.audit.runs > 1, FULL),
    ("threshold chosen on clean", "在干净图像上选定的阈值", lambda v: v.robustness.shift, SHORT),
    ("chosen on clean images and", "是在干净图像上选定的", lambda v: v.robustness.shift, FULL),
    (
        *("network of the published program [@zhihong2002]:", "公开程序[@zhihong2002]的网络为"),
        lambda v: v.robustness.original,
        LENGTHS,
    ),
    (
        *("an instructive comparison", "公开程序[@zhihong2002]的网络可作比较"),
        lambda v: v.robustness.original,
        FULL,
    ),
    (
        *("program [@zhihong2002] has", "公开程序[@zhihong2002]的网络为"),
        lambda v: v.robustness.original,
        FULL,
    ),
    ("the less robust one against", "对其余的退化则更不稳健", by_strokes_alone, FULL),
    (
        *("network is the more robust one.", "本文的网络更为稳健。"),
        lambda v: overall(v) and v.robustness.mean > v.robustness.original.mean,
        FULL,
    ),
    (
        "part of the drop is due to",
        "一部分由分辨率所致",
        lambda v: v.second_hand.by_resolution > 0,
        FULL,
    ),
    (
        *("holds for images like MNIST's", "只适用于与MNIST相似的图像"),
        lambda v: v.second_hand.accuracy < v.test.interval.low,
        LENGTHS,
    ),
    ("is higher by", "standard的准确率高", lambda v: v.studies.pairs.ours.difference >= 0, FULL),
    (
        *("holds one seed only and", "记录中只有一个种子"),
        lambda v: v.studies.pairs.ours.over_seeds.interval is None,
        FULL,
    ),
    (
        *("images suffice to find", "幅图像就能在五次检验"),
        lambda v: v.studies.pairs.ours.over_seeds.images_needed,
        FULL,
    ),
    ("such number can be given", "给不出这样的数目", lambda v: not seeds_apart(v), FULL),
    (
        *("no difference can be shown between these", "没有发现这两者的差别"),
        lambda v: v.studies.pairs.close.p_value >= 0.05,
        FULL,
    ),
    ("The error is lowered by", "使错误率下降的有", lambda v: v.studies.ablation.better, FULL),
    ("It is raised by", "使它上升的有", lambda v: v.studies.ablation.worse, FULL),
    ("the following steps no", "没有发现差别的步骤有", lambda v: v.studies.ablation.unclear, FULL),
    ("becomes worse without", "变差的有", lambda v: v.studies.ablation.missed, FULL),
    (
        "it becomes better without",
        "去掉后反而变好的有",
        lambda v: v.studies.ablation.not_missed,
        FULL,
    ),
    ("could be shown for", "没有显出差别的有", lambda v: v.studies.ablation.unclear_parts, FULL),
    (
        *("no single power law fits", "单一的幂律并不适合"),
        lambda v: v.studies.scaling.upper.low > v.studies.scaling.law.high,
        FULL,
    ),
    ("the fall goes on", "错误率仍在下降", lambda v: v.studies.scaling.upper.high < 0, FULL),
    ("error rises again", "错误率又有上升", lambda v: v.studies.scaling.upper.low > 0, FULL),
    ("exactly the same numbers", "完全相同，可见", lambda v: v.studies.faults.dropout.same, FULL),
    (
        *("best epoch on the test set is better", "验证集会选出的一轮平均高"),
        lambda v: v.studies.faults.peeking.mean > 0,
        FULL,
    ),
]
# Conditions of a recipe, of what is in the document, of one and many; of directions, held below.
OTHERS = re.compile(
    r"document|recipe\.|network\.(?!errors)|== 1$|ece_calibrated|standard\.error|ours\.difference"
)
DOWN = re.compile(r"(?:from|由) ?([\d.]+)% ?(?:down to|降至) ?([\d.]+)%")
TOKEN = re.compile(r"\{%\s*(if|elif|else|endif)\s*(.*?)\s*%\}")


def named(value):
    """The values by attributes, as templates have them."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: named(one) for key, one in value.items()})
    return [named(one) for one in value] if isinstance(value, list) else value


@cache
def quite_different_runs():
    """Five runs' values by name: a poor one, a perfect one, `original`, a tie, and one as usual."""
    base = sample("standard")
    usual = base | {"studies": as_json(base["studies"])}
    steps = ["a change"]
    changes = {
        "poor": {
            **{"test.errors": 5000, "test.accuracy": 0.5, "baselines.ratio": 0.06},
            **{"test.interval.low": 0.49, "second_hand.accuracy": 0.52, "guess.correlation": 0.1},
            **{"guess.p_value": 0.3, "calibration.temperature": 1.4, "reject.threshold": None},
            **{"second_hand.by_resolution": -0.01, "second_hand.by_hands": -0.01, "pooled": 1},
            **{"data.test_balance.p_value": 0.001, "validation.inside_test_interval": False},
            **{"study.current": None, "hardest.probability": 0.2, "hardest.doubtful": False},
            **{"calibration.ece_calibrated": 0.06, "reject.familiar": None, "audit.runs": 1},
            **{"robustness.shift": None, "robustness.original": None, "baselines.recorded": None},
        },
        "perfect": {
            **{"test.errors": 0, "test.accuracy": 1.0, "test.interval.low": 0.9996},
            **{
                "test.top_pairs_share": 0.0,
                "baselines.ratio": 300.0,
                "reject.interval.high": 0.002,
            },
            **{"baselines.network.errors": 0, "robustness.others": 0.99, "robustness.mean": 0.99},
            **{"study.current.deviation": 0.001, "study.current.average.errors": 40},
            **{"studies.pairs.ours.difference": -0.01, "studies.pairs.close.p_value": 0.01},
            **{"studies.pairs.close.over_seeds.interval": {"low": 0.001, "high": 0.002}},
            **{"studies.pairs.ours.over_seeds.images_needed": None},
            **{f"studies.ablation.{part}": steps for part in ("better", "worse", "not_missed")},
            **{f"studies.ablation.{part}": [] for part in ("unclear", "missed", "unclear_parts")},
            **{"studies.scaling.upper.low": 0.01, "studies.scaling.upper.high": 0.02},
            **{"studies.faults.dropout.same": False, "studies.faults.peeking.mean": 0},
        },
        "original": {
            **{"guess.correlation": 0.3, "guess.p_value": 0.01, "robustness.mean": 0.9},
            **{"studies.scaling.upper.low": -0.3, "studies.scaling.upper.high": -0.2},
            **{"studies.pairs.ours.over_seeds.interval": None, "studies.ablation.worse": []},
            **{"studies.pairs.ours.over_seeds.images_needed": 700},
            **{f"studies.ablation.{part}": [] for part in ("better", "not_missed")},
            **{
                f"studies.ablation.{part}": steps for part in ("unclear", "missed", "unclear_parts")
            },
        },
        "tied": {
            "pairs": [{**usual["pairs"][0], "name": name} for name in ("4–9", "3–5")],
            **{"reject.error": 0.005, "reject.interval.high": 0.01},
        },
    }
    found = {"usual": usual, **dict.fromkeys(changes, usual)}
    found["original"] = sample("original") | {"studies": usual["studies"]}
    for name, change in changes.items():
        for path, value in change.items():
            found[name] = changed(found[name], path, value)
    apart = {"low": 2, "high": 4}  # the second pair never leads, but where two are tied
    for name in found.keys() - {"tied"}:
        pairs = [found[name]["pairs"][0], {**found[name]["pairs"][1], "rank_interval": apart}]
        found[name] = {**found[name], "pairs": pairs}
    return found


@pytest.mark.parametrize("name", ["usual", "original", "poor", "perfect", "tied"])
def test_sentences_that_depend_on_the_run_are_held_against_it(language, length, name):
    values = quite_different_runs()[name]
    shown = selected("report", language, length)
    text = check_prose(shown, values, language, length)
    for english, chinese, holds, lengths in CLAIMS:
        if length in lengths:
            words = chinese if language == "zh-CN" else english
            assert (words in text) is bool(holds(named(values))), (words, name)
    assert all(float(after) < float(before) for before, after in DOWN.findall(text))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim[0])
def test_each_of_these_sentences_stands_in_one_run_and_not_in_another(claim):
    assert {bool(claim[2](named(values))) for values in quite_different_runs().values()} == {0, 1}


def test_every_sentence_under_a_condition_is_among_them(language):
    """Of alternatives one may be left out: it stands where the others do not."""
    for cell in read("report")[language].cells:
        for alternatives in conditional(cell.source if cell.cell_type == "markdown" else ""):
            loose = [
                text
                for text in alternatives
                if not any(claim[language == "zh-CN"] in text for claim in CLAIMS)
            ]
            assert len(loose) < max(len(alternatives), 2) and loose[1:] == [], (cell.id, loose)


def conditional(source):
    """The alternatives of each condition on values: their texts, one after another."""
    open_ones, found = [], []
    for token in TOKEN.finditer(source):
        kind, condition = token.groups()
        if kind == "if":
            open_ones.append(([], OTHERS.search(condition), token.end()))
            continue
        texts, others, start = open_ones.pop()
        texts.append(source[start : token.start()])
        if kind != "endif":
            open_ones.append((texts, others, token.end()))
        elif not others:
            found.append(texts)
    return found


def test_the_report_on_three_classes_of_ones_own_reads_well(language, length):
    few = sample("standard") | {"classes": ["a", "b", "c"], "leading": ["a–b"], "guess": None}
    for path in ("most", "fewest", "heaviest", "lightest"):
        few = changed(few, f"data.{path}.digit", 2)
    for path in ("best", "worst", "missed", "intruded"):
        few = changed(few, f"test.{path}.digit", 1)
    few = changed(few, "test.largest_cell", {"true": 0, "predicted": 1, "count": 5})
    few = changed(few, "hardest", {**few["hardest"], "label": 0, "prediction": 1})
    shown = selected("own-data", language, length)
    check_prose(shown, few, language, length)


OWN = [  # words, and the values that they need
    (("precision counts as 0", "其精确率按0计"), {"test.intruded.count": 0}),
    (("which 8 images of other", "有8幅其他类别"), {"test.intruded.count": 8}),
    (("took 0.6 seconds", "用时0.6秒"), {"run.training_seconds": 0.6}),
    (("took 100 seconds", "用时100秒"), {"run.training_seconds": 100.4}),
    (("Beside 55,000 images", "55,000幅图像用于训练，另有"), {"given_validation": 5000}),
    (("divided at random", "随机划分"), {"given_validation": 0}),
    (("five most confused", "五对类别"), {"classes": [*"abcdefghij"]}),
]


@pytest.mark.parametrize(("words", "values"), OWN)
def test_sentences_on_data_of_ones_own_are_held_against_them(language, words, values):
    others = {"test.intruded.count": 3, "run.training_seconds": 50, "given_validation": 1}
    others["given_validation"] = 0 if values.get("given_validation") else 7
    for given, stands in ((values, True), (others, False)):
        filled = sample("standard")
        for path, value in given.items():
            filled = changed(filled, path, value)
        shown = selected("own-data", language, "short")
        text = "\n".join(cell.source for cell in rendered(shown, filled, language, "short"))
        assert (words[language == "zh-CN"] in text) is (stands or "classes" in values)


CHAPTERS = {
    "short": ("introduction", "problem", "preprocessing", "model", "conclusion"),
    "full": (
        *("introduction", "problem", "exploration", "preprocessing", "model", "training"),
        *("evaluation", "studies", "reliability", "discussion", "conclusion"),
    ),
}


def test_a_course_report_has_the_chapters_of_the_original(language, length):
    shown = selected("report", language, length)
    found = [
        label.removeprefix("sec-")
        for cell in selection.prose(shown)
        for level, label, _ in selection.sections(cell.source)
        if level == 1 and label.startswith("sec-")
    ]
    assert found == list(CHAPTERS[length])


# What the abstracts promise: in both languages, of which chapter or section, in which lengths.
PROMISES = [
    ("where the data come from", "数据的来源", "source", SHORT),
    ("balance of the classes", "类别是否均衡", "balance", SHORT),
    ("hypothesis on", "提出假设", "guess", SHORT),
    ("published course program", "公开课程程序", "comparison", SHORT),
    ("corrupted images", "退化", "reliability", SHORT),
    ("by checksums", "以校验和", "exploration", FULL),
    ("divides the data", "随后划分数据", "preprocessing", FULL),
    ("rank correlation", "秩相关系数", "guess-test", FULL),
    ("simpler methods", "较简单方法", "baselines", FULL),
    ("A temperature of", "拟合的温度", "calibration", FULL),
    ("rejects", "拒识", "reject", FULL),
    ("corrupted in", "退化", "robustness", FULL),
    ("external test set", "外部测试集", "hands", FULL),
    ("published course program", "公开课程程序", "published", FULL),
    ("conclusions reach", "结论适用的范围", "limits", FULL),
]
FOLLOWING = {"abstract", "abstract-short", "problem-short", "conclusion-short"}  # by themselves


@cache
def filled_once(source, language, length):
    """A cell that does not ask what is in the document: it reads the same in all of them."""
    return Values(sample("fast"), LANGUAGES[language]).render(source, "cell")


def without(names, language, length):
    """The cells of the report without some chapters, and the anchors that are gone with them."""
    shown = selection.select(read("report")[language], length, dict.fromkeys(names, False))
    filled = Values(selection.about(shown, length) | sample("fast"), LANGUAGES[language])
    cells = [
        markdown(
            filled.render(cell.source, cell.id)
            if "document" in cell.source
            else filled_once(cell.source, language, length),
            cell.id,
        )
        for cell in selection.prose(shown)
    ]
    return cells, {*selection.anchors(selected("report", language, length))} - {
        *selection.anchors(shown)
    }


def test_chapters_that_are_left_out_are_not_spoken_of_or_the_sentence_is_named(language, length):
    """Every chapter and section in turn, and two chapters at a time."""
    headings = [
        (level, label.partition("-")[2])
        for cell in selection.prose(selected("report", language, length))
        for level, label, _ in selection.sections(cell.source)
        if label
    ]
    chapters = [name for level, name in headings if level == 1]
    for names in [*([name] for _, name in headings), *pairwise(chapters)]:
        (cells, gone), told = without(names, language, length), []
        selection.check(cells, gone, told.append)
        named_cells = [line.split(":")[0] for line in told]
        assert not {*named_cells} & FOLLOWING, names
        for cell in cells:
            for label in {*REFERENCE.findall(cell.source)} & gone:
                assert any(f"@{label} is not" in line for line in told), (names, label)
        if not gone:
            assert told == []


def test_an_abstract_promises_what_is_in_the_document(language, length):
    for english, chinese, section, lengths in PROMISES:
        if length in lengths:
            words = chinese if language == "zh-CN" else english
            for names, stands in (([], True), ([section], False)):
                cells, _ = without(names, language, length)
                (abstract,) = [c.source for c in cells if "abstract" in c.metadata["cell-name"]]
                assert (words in abstract) is stands, (words, names)


def test_goals_and_conclusion_go_with_their_chapters(language):
    for name, count in ((None, 6), ("reliability", 5), ("exploration", 3)):
        cells, _ = without([name] if name else [], language, "full")
        lists = [
            re.findall(r"^\d\. ", cell.source, re.M)
            for cell in cells
            if cell.metadata["cell-name"] in {"problem", "conclusion"}
        ]
        assert [len(one) for one in lists] == [count, count]


@pytest.mark.parametrize("stem", STEMS)
def test_every_report_says_who_wrote_it(stem, language, length):
    text = prose(selected(stem, language, length).cells)
    program, author = WROTE[language]
    assert text.count(program) == text.count(author) == 1


WROTE = {
    "en": ("report was written by", "answers for what the report says"),
    "zh-CN": ("本文由程序", "文中的论述以及所作的改动由作者负责"),
}
PUBLISHED = re.compile(r"published (?:course )?(?:program|network)|公开(?:课程)?(?:程序|网络)")


def test_the_published_program_is_cited_in_every_paragraph_on_it(language):
    about = [
        paragraph
        for cell in read("report")[language].cells
        if cell.cell_type == "markdown"
        for paragraph in cell.source.split("\n\n")
        if PUBLISHED.search(paragraph) and not paragraph.startswith(("#", ": "))
    ]
    assert len(about) > 10
    assert [one for one in about if "[@zhihong2002]" not in one] == []


def test_chinese_uses_full_width_punctuation(stem, length):
    cells = selected(stem, "zh-CN", length).cells
    text = re.sub(r"\$.*?\$|`.*?`|\{.*?\}", "x", prose(cells), flags=re.S)
    for before, mark in pairwise(text):
        assert not (mark in ",;:?!()" and is_chinese(before)), before + mark
    least, most = SIZES[stem, length][2]
    assert least <= sum(map(is_chinese, text)) <= most


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_report_on_other_data_never_speaks_of_digits(language):
    text = prose(read("own-data")[language].cells)
    assert not re.search(r"(?<![.\w])digit|handwrit|MNIST|数字|手写", EXPRESSION.sub("", text))


@cache
def studies_of(seeds: int) -> dict:
    """What made-up records say, of so many seeds a recipe."""
    run = study_samples.run_of("standard", 0, [7])
    return study_values.of_studies(study_samples.records(seeds), run, study_samples.LABELS)


SAMPLE = """
dataset: Shapes
source: They were drawn.
given_validation: 0
classes: [a, b, c, d, e, f, g, h, i, j]
leading: [a–b]
data:
  train_images: 60000
  test_images: 10000
  most: {digit: 1, count: 6742}
  fewest: {digit: 5, count: 5421}
  imbalance: 1.24
  majority: 0.11
  uniformity: {statistic: 172.9, dof: 9, p_value: 1.0e-32}
  balance: {statistic: 2.9, dof: 18, p_value: 0.99}
  test_balance: {statistic: 2.9, dof: 9, p_value: 0.97}
  mean: 0.13
  deviation: 0.31
  empty: 0.81
  heaviest: {digit: 0, mean: 0.17}
  lightest: {digit: 1, mean: 0.08}
split: {train: 55000, validation: 5000}
half: {mean: -0.74, deviation: 0.62}
run: {training_seconds: 100, epochs: 1}
validation: {accuracy: 0.99, errors: 50, images: 5000, first_accuracy: 0.9, best_epoch: 1,
  inside_test_interval: true}
test:
  images: 10000
  errors: 40
  accuracy: 0.996
  nll: 0.01
  interval: {low: 0.994, high: 0.997}
  macro: {f1: 0.996}
  six_digits: 0.97
  best: {digit: 1, f1: 0.99}
  worst: {digit: 9, f1: 0.98}
  spread: 0.01
  missed: {digit: 9, support: 1009, count: 9}
  intruded: {digit: 4, count: 8}
  cells: 30
  largest_cell: {"true": 4, predicted: 9, count: 5}
  top_pairs_share: 0.5
pooled: 5
pairs:
  - &pair
    {name: 4–9, errors: 9, mass: 7.5, errors_interval: {low: 2, high: 12},
      mass_interval: {low: 3, high: 12}, rank_interval: {low: 1, high: 4}}
  - *pair
guess: {top: [4–9, 3–5], actual: [4–9, 7–9], hits: 1, correlation: 0.8, p_value: 1.0e-10,
  interval: {low: 0.6, high: 0.85}}
hardest: {label: 6, prediction: 4, probability: 0.0001, doubtful: true}
calibration: {temperature: 0.5, ece: 0.05, ece_calibrated: 0.001, brier: 0.01,
  brier_calibrated: 0.006, nll: 0.06, nll_calibrated: 0.01}
reject:
  target: 0.001
  threshold: 0.98
  coverage: 0.98
  left: 0.02
  answered: 9800
  errors: 4
  error: 0.0004
  interval: {low: 0.0001, high: 0.0009}
  familiar: {coverage: 0.97, errors: 3}
  caught: 0.9
  hindsight: 0.99
  post_office: {letters: 100000, digits: 6, by_hand: 12000, astray: 160}
  post_office_without: {astray: 2000}
audit:
  known: {errors: 15, ambiguous: 8}
  found: {errors: 7}
  depth: 20
  recall: 0.33
  as_given: {accuracy: 0.996}
  left_out: {accuracy: 0.997}
  corrected: {accuracy: 0.9965}
  runs: 5
  never: {images: 4, known: 3}
robustness:
  images: 2500
  kinds: 16
  shift:
    error: 0.19
    confident: {coverage: 0.72, error: 0.06}
    familiar: {coverage: 0.49, error: 0.02}
  clean: 0.99
  mean: 0.78
  geometry: 0.94
  others: 0.72
  worst:
    - &kind {name: clouds, mean: 0.45, last: 0.11, favourite: 8, favourite_share: 0.98,
        confidence: 0.85}
    - *kind
    - *kind
  original: {clean: 0.98, mean: 0.85, geometry: 0.6, others: 0.93}
second_hand:
  images: 1797
  accuracy: 0.97
  coarse: 0.98
  by_resolution: 0.015
  by_hands: 0.014
  largest: {"true": 9, predicted: 3, count: 13, support: 180}
baselines:
  recorded: {date: 2026-01-02, device_name: a processor}
  majority: {accuracy: 0.11}
  nearest_mean: {accuracy: 0.82}
  logistic_regression: {accuracy: 0.92}
  nearest_neighbours: {bytes: 173000000}
  best: {name: 3 nearest neighbours, accuracy: 0.97, errors: 300}
  network: {errors: 35, bytes: 313000}
  ratio: 8.6
environment: {device_name: a processor, threads: 1, torch: 2.6.0, seed: 0}
study:
  seeds: 5
  date: 2026-01-02
  device_name: a processor
  torch: 2.6.0
  git_commit: 0123456789ab
  best: {name: standard, mean: 0.997}
  current:
    name: standard
    mean: 0.9962
    deviation: 0.0003
    sampling_deviation: 0.0006
    interval: {low: 0.9958, high: 0.9966}
    errors: {mean: 38.4, min: 35, max: 42}
    average: {errors: 29}
"""
