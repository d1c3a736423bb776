"""Networks as a student would write them, in a file of their own."""

import torch
from torch import nn

HIDDEN = 12
noise = torch.zeros(1)  # not a constant that can be kept, and not needed


class Small(nn.Module):
    """Uses a constant and a helper of its file, a function, and one layer twice."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.first = nn.Linear(784, HIDDEN)
        self.again = nn.Linear(HIDDEN, HIDDEN)
        self.last = nn.Linear(HIDDEN, classes)

    def forward(self, x):
        x = nn.functional.relu(self.first(flat(x)))
        return self.last(self.again(self.again(x)))


def flat(x):
    return x.flatten(1)


class Exploding(nn.Module):
    """Well at first; after a step its scores are no numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(784, 10)

    def forward(self, x):
        scores = self.last(x.flatten(1))
        return scores / 0 if self.training else scores
