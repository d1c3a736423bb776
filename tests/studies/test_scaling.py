"""The laws that are read off a record are those that were put into it."""

import numpy as np
import pandas as pd
import pytest
import study_samples

from mnist_report.reporting.values import as_json
from mnist_report.reporting.values import studies as study_values
from mnist_report.studies import definitions, scaling


@pytest.fixture(scope="module")
def study():
    return study_samples.data_size()


def test_the_series_have_their_runs(study):
    steps, once, wide = (f(study) for f in (scaling.equal_steps, scaling.one_pass, scaling.widths))
    assert sorted({*steps.x}) == sorted({*once.x}) == list(definitions.SIZES)
    assert sorted({*wide.x}) == list(definitions.WIDTHS)
    assert len(steps.x) == 3 * len(definitions.SIZES)
    errors = {run.test.errors for run in study.runs if "images-100-epochs-550" in run.recipe}
    assert set(steps.error[steps.x == 100].round(6)) == {count / 1000 for count in errors}


def test_errors_fall_with_the_root_and_seconds_rise_in_proportion(study):
    found = as_json(study_values.of_scaling(study))
    assert found["law"]["exponent"] == pytest.approx(-0.5, abs=0.01)
    assert found["law"]["low"] < found["law"]["exponent"] < found["law"]["high"]
    assert found["upper"]["images"] == 5_000  # the upper four of eight sizes
    assert found["upper"]["exponent"] == pytest.approx(-0.5, abs=0.02)
    assert found["microseconds_an_image"] == pytest.approx(1e6 * 10 / 55_000)
    assert found["fixed_seconds"] == pytest.approx(2)  # one, and one more for the mean seed
    assert (found["fewest"]["images"], found["most"]["images"]) == (100, 55_000)
    assert (found["narrowest"]["width"], found["widest"]["width"]) == (6, 48)


def test_a_run_without_an_error_has_a_logarithm():
    series = pd.DataFrame({"x": [1, 2, 4], "error": [0.2, 0.1, 0.0]})
    assert np.isfinite(scaling.error_law(series).exponent)
