"""What several test modules share."""

import pytest

from mnist_report import dataset


@pytest.fixture(scope="session")
def mnist() -> dataset.Mnist:
    """The real data set, fetched when it is missing."""
    return dataset.load()
