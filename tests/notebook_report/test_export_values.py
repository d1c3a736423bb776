import pytest

from notebook_report.errors import ExportError
from notebook_report.languages import CHINESE, ENGLISH
from notebook_report.values import Values

VALUES = {
    "a": 0.99621,
    "p": 0.000013,
    "n": 60000,
    "pairs": [[4, 9], "x_y"],
    "cpu": "a_b @ 2*",
    "items": 3,
}


def render(source: str, language=ENGLISH) -> str:
    return Values(VALUES, language).render(source, "cell 3")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ a | percent(2) }}", "99.62%"),
        ("{{ a | percent }}", "99.62%"),
        ("{{ a | number(3) }}", "0.996"),
        ("{{ n | integer }}", "60,000"),
        ("{{ p | scientific(1) }}", "1.3 × 10<sup>−5</sup>"),
        ("{{ ['a', 'b', 'c'] | list }}", "a, b and c"),
        ("{{ ['a'] | list }}", "a"),
        ("{{ [] | list }}", ""),
        ("{{ cpu }}", r"a\_b \@ 2\*"),
        ("`{{ cpu }}`", "`a_b @ 2*`"),
        ("```\n{{ cpu }}\n```", "```\na_b @ 2*\n```"),
        ("{% if a > 0.9 %}good{% else %}bad{% endif %}", "good"),
        ("$$x$$ {#eq-x} {{ n }}", "$$x$$ {#eq-x} 60000"),
        ("{{ items }}", "3"),
        ("no values", "no values"),
    ],
)
def test_render(source, expected):
    assert render(source) == expected


def test_list_in_chinese():
    assert render("{{ ['甲', '乙', '丙'] | list }}", CHINESE) == "甲、乙和丙"


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ a.b.c }}",
        "{{ cpu | percent }}",
        "{{ a | nosuch }}",
        "{{ a",
        "{{ cpu.__class__ }}",
    ],
)
def test_what_cannot_be_filled_in_names_the_cell(source):
    with pytest.raises(ExportError, match=r"^cell 3: .*cannot be filled in") as caught:
        render(source)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "{{ cpus | verbatim }}",
            "{{ cpus | verbatim }} cannot be filled in: no value 'cpus'; did",
        ),
        ("a {{ test.acuracy | percent(1) }}", "no value 'test.acuracy'; did you mean accuracy?"),
        (
            "{{ cpu | procent }}",
            "{{ cpu | procent }} cannot be filled in: no filter 'procent'; did",
        ),
    ],
)
def test_a_wrong_name_is_told_with_its_expression_and_the_nearest(source, told):
    values = Values(VALUES | {"test": {"accuracy": 0.5}}, ENGLISH)
    with pytest.raises(ExportError, match=r"^cell 3: ") as caught:
        values.render(source, "cell 3")
    assert told in str(caught.value)


def test_text_is_not_escaped():
    assert (
        Values(VALUES, ENGLISH).render_text("{{ cpu }} & _x_", "metadata.yml") == "a_b @ 2* & _x_"
    )
