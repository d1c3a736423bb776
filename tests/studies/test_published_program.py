"""The published program's loader, and that its cost is measured as wall time."""

import time

import pytest
import torch

from mnist_report.common import settings
from mnist_report.common.errors import DataError
from mnist_report.datasets.preprocessing import HALF
from mnist_report.studies import published_program


class SlowBatches:
    """`count` batches that take `seconds` each."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count, self.seconds = count, seconds

    def __len__(self) -> int:
        return self.count

    def __iter__(self):
        for _ in range(self.count):
            time.sleep(self.seconds)
            yield torch.zeros(1), torch.zeros(1)


def test_the_loader_gives_the_same_pixels_as_half_normalisation(mnist):
    loader = published_program.loader(settings.data_dir(), shuffle=False)
    x, y = next(iter(loader))
    assert len(loader) == 938
    assert loader.num_workers == 0
    torch.testing.assert_close(x, HALF.apply(mnist.train_images[:64]).contiguous())
    assert y.tolist() == mnist.train_labels[:64].tolist()


def test_the_test_set_is_read_in_order(mnist):
    _, y = next(iter(published_program.loader(train=False)))
    assert y.tolist() == mnist.test_labels[:64].tolist()


def test_missing_files_are_named_in_one_line(tmp_path):
    with pytest.raises(DataError, match="mnist-report data"):
        published_program.loader(tmp_path)


def test_a_short_epoch_is_read_to_its_end():
    cost = published_program.epoch_cost(SlowBatches(4, 0.01), budget=60)
    assert cost.share == 1
    assert cost.seconds == cost.measured >= 0.04


def test_a_long_epoch_is_extrapolated_from_its_beginning():
    cost = published_program.epoch_cost(SlowBatches(1000, 0.01), budget=0.1)
    assert 0.1 <= cost.measured < 5
    assert cost.share <= 0.01
    assert cost.seconds == pytest.approx(cost.measured / cost.share)


def test_the_number_of_threads_is_given_back():
    before = torch.get_num_threads()
    published_program.epoch_cost(SlowBatches(1, 0))
    assert torch.get_num_threads() == before


def test_nothing_to_read_is_refused():
    with pytest.raises(DataError, match="no batch to read"):
        published_program.epoch_cost(SlowBatches(0, 0))
