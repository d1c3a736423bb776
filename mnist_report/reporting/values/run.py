"""Values for the report's prose, handed over as the output of one cell: those of a run.

The exporter puts them in place of `{{ test.accuracy | percent(2) }}`, so that no number in the text
is ever typed. Shares are from 0 to 1.
"""

import inspect
from collections.abc import Mapping, Sequence
from operator import attrgetter
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import display
from pydantic import BaseModel
from torch import nn

from mnist_report.datasets.dataset import About, Classes, Dataset
from mnist_report.datasets.preprocessing import HALF, Normalisation, Split, pixel_statistics
from mnist_report.evaluation import Evaluation, confusable_pairs, metrics, statistics
from mnist_report.evaluation.confusable_pairs import RankedPair, Resampled
from mnist_report.evaluation.label_errors import DOUBTFUL_LABELS
from mnist_report.evaluation.metrics import Scores, probabilities
from mnist_report.training import Recipe, Run, networks
from mnist_report.training import layers as network_layers

TOP = 5  # pairs named in the text


class Values(SimpleNamespace):
    """Values by the names that prose has for them: those of all parts, and more."""

    def __init__(self, *parts: object, **more: object) -> None:
        super().__init__(**{k: v for part in (*parts, more) for k, v in _named(part).items()})


def only(part: object, *names: str) -> Values:
    """Return the values of a result that have these names."""
    return Values({name: getattr(part, name) for name in names})


def as_json(values: Any) -> Any:
    """Turn named results into what JSON holds; lists of a model, its tables, are left out."""
    if (named := _named(values)) is not None:
        return {key: as_json(value) for key, value in named.items()}
    if isinstance(values, list | tuple):
        return [as_json(value) for value in values]
    return values.item() if isinstance(values, np.generic) else values


def hand_over(*parts: object, **more: object) -> None:
    """Show values, all together, as the cell's JSON output, where the exporter finds them."""
    display({"application/json": as_json(Values(*parts, **more))}, raw=True)


def _named(values: Any) -> Mapping[str, object] | None:
    if isinstance(values, BaseModel):
        return {key: value for key, value in values if not isinstance(value, list)}
    if hasattr(values, "_asdict"):  # an interval, a test
        return values._asdict()
    values = vars(values) if isinstance(values, SimpleNamespace) else values
    return values if isinstance(values, Mapping) else None


def of_run(
    run: Run,
    evaluation: Evaluation,
    data: Dataset,
    split: Split,
    hypothesis: pd.DataFrame | None,
    found: Resampled,
) -> Values:
    """Gather all values of a run and its evaluation that the prose of the report may name.

    It was trained on the `split` of `data`. The hypothesis, if there is one, was made from the
    pixels (`exploration.confusability_hypothesis`); the confused pairs are `pooled_pairs`.
    """
    measured = pixel_statistics(data.train_images[split.train])
    half, ranking = measured.under(HALF), confusable_pairs.ranking(found)
    classes = data.about.classes
    return Values(
        data=_data(data, split, measured),
        split=Values(train=len(split.train), validation=len(split.validation)),
        half=Values(mean=half.mean, deviation=half.std),
        recipe=run.recipe.as_dict(),
        network=describe_network(run.model()),
        run=only(run.summary, "seed", "epochs", "training_seconds"),
        validation=_validation(run, evaluation.test.interval),
        test=_test(evaluation.test),
        pooled=found.runs,
        pairs=[_pair(row, classes) for row in ranking[:TOP]],
        guess=None if hypothesis is None else _hypothesis(hypothesis, found, ranking, classes),
        hardest=_hardest(run.test_logits, data.test_labels.numpy()),
        environment=run.summary.provenance,
    )


def names(about: About, language: str = "en") -> Values:
    """Return what prose calls a data set and its classes: `classes[data.most.digit]` is a name."""
    return Values(
        dataset=about.title,
        source=about.source.get(language),
        digits=about.classes.digits,
        classes=about.classes.names(language),
    )


def network_source(recipe: Recipe) -> str:
    """Return the Python code of the recipe's network, with the functions that it uses."""
    if recipe.source is not None:
        return recipe.source
    return "\n\n".join(map(inspect.getsource, _with_used(networks.NETWORKS[recipe.network])))


def _with_used(part: FunctionType | type) -> list[FunctionType | type]:
    """A function, and the functions and classes of its module that it uses, directly or not."""
    used = part.__code__.co_names if isinstance(part, FunctionType) else ()
    helpers = [vars(inspect.getmodule(part)).get(name) for name in used]
    ours = [h for h in helpers if getattr(h, "__module__", None) == part.__module__]
    return list(dict.fromkeys([part, *(one for each in ours for one in _with_used(each))]))


def _data(data: Dataset, split: Split, measured: Normalisation) -> Values:
    images, labels = data.train_images.numpy(), data.train_labels.numpy()
    classes = len(data.about.classes)
    sets = labels, labels[split.validation], data.test_labels.numpy()
    counts, held_out, test = (np.bincount(part, minlength=classes) for part in sets)
    ink = np.array([images[labels == k].mean() for k in range(classes)]) / 255
    return Values(
        train_images=len(images),
        test_images=len(data.test_images),
        most=Values(digit=counts.argmax(), count=counts.max()),
        fewest=Values(digit=counts.argmin(), count=counts.min()),
        imbalance=counts.max() / counts.min(),
        majority=counts.max() / counts.sum(),
        uniformity=statistics.uniformity_test(counts),
        balance=statistics.homogeneity_test([counts - held_out, held_out, test]),
        test_balance=statistics.homogeneity_test([counts, test]),
        mean=measured.mean,
        deviation=measured.std,
        empty=(images == 0).mean(),
        heaviest=Values(digit=ink.argmax(), mean=ink.max()),
        lightest=Values(digit=ink.argmin(), mean=ink.min()),
    )


def describe_network(model: nn.Module) -> Values:
    """Size and kinds of layers of a network, for the prose that depends on them."""
    layers = network_layers.summarise(model)
    kinds = [layer.kind for layer in layers]
    total = network_layers.count_parameters(model)
    largest = max(layers, key=lambda layer: layer.parameters)
    return Values(
        parameters=total,
        multiply_adds=sum(layer.multiply_adds for layer in layers),
        convolutions=kinds.count("Conv2d"),
        linear=kinds.count("Linear"),
        batch_norm="BatchNorm2d" in kinds,
        dropout=any(kind.startswith("Dropout") for kind in kinds),
        log_softmax="LogSoftmax" in kinds,
        largest=Values(kind=largest.kind, share=largest.parameters / total),
    )


def _validation(run: Run, test: statistics.Interval) -> Values:
    accuracy, reached = run.history["validation_accuracy"], run.summary.validation
    return Values(
        reached.as_json(),
        first_accuracy=accuracy.iloc[0],
        best_epoch=run.history["epoch"].iloc[accuracy.argmax()],
        inside_test_interval=test.low <= reached.accuracy <= test.high,
    )


def _test(test: Scores) -> Values:
    classes, wrong = test.per_class, test.confusions
    best, worst = (pick(classes, key=lambda c: c.f1) for pick in (max, min))
    missed, intruded = (min(classes, key=attrgetter(rate)) for rate in ("recall", "precision"))
    errors_by_pair = np.sort(np.triu(wrong + wrong.T), axis=None)
    return Values(
        test,
        six_digits=test.accuracy**6,
        best=best,
        worst=worst,
        spread=best.f1 - worst.f1,
        missed=Values(missed, count=wrong[missed.digit].sum()),
        intruded=Values(intruded, count=wrong[:, intruded.digit].sum()),
        cells=(wrong > 0).sum(),
        largest_cell=largest_cell(test),
        top_pairs_share=errors_by_pair[-TOP:].sum() / max(test.errors, 1),
    )


def largest_cell(scores: Scores) -> Values:
    """Return the true and the predicted class that are confused most often, and how often."""
    wrong = scores.confusions
    true, predicted = np.unravel_index(wrong.argmax(), wrong.shape)
    return Values(true=true, predicted=predicted, count=wrong.max())


def _pair(row: RankedPair, classes: Classes) -> Values:
    named = {key.replace("expected", "mass"): value for key, value in row._asdict().items()}
    return Values(named, name=classes.pair(row.pair))


def _hypothesis(
    hypothesis: pd.DataFrame, found: Resampled, ranking: Sequence[RankedPair], classes: Classes
) -> Values:
    """Compare the ranking of the pairs that was expected with that by expected confusions."""
    pairs = [tuple(pair) for pair in hypothesis["pair"]]
    top, actual = pairs[:TOP], [row.pair for row in ranking[:TOP]]
    agreed = confusable_pairs.agreement(found, dict(zip(pairs, hypothesis["score"], strict=True)))
    return Values(
        only(agreed, "interval", "p_value"),
        correlation=agreed.rho,
        top=[classes.pair(pair) for pair in top],
        actual=[classes.pair(pair) for pair in actual],
        hits=len({*top} & {*actual}),
    )


def _hardest(logits: np.ndarray, labels: np.ndarray) -> Values:
    index = int(metrics.hardest(logits, labels, 1)[0])
    row = probabilities(logits[index : index + 1])[0]
    return Values(
        index=index,
        label=labels[index],
        prediction=row.argmax(),
        probability=row[labels[index]],
        doubtful=index in DOUBTFUL_LABELS,
    )
