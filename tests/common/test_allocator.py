"""What one step frees is there for the next: the system hands out few pages anew."""

import subprocess
import sys

import pytest
from tiny import TINY

from mnist_report import training
from mnist_report.common import devices

STEPS = """
import resource
import torch
from mnist_report.common import devices

def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def step():
    kept = [torch.zeros(3 * 2**20) for _ in range(4)]  # 12 MiB each, as activations are

devices.retain_freed_memory()
for _ in range(5):  # until the heap is as large as it will be
    step()
before = pages()
for _ in range(40):
    step()
print(pages() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives memory back at once")
def test_steps_ask_for_no_new_pages():
    answer = subprocess.run(
        [sys.executable, "-c", STEPS], capture_output=True, text=True, encoding="utf-8", check=True
    )
    one_step = 4 * 12 * 2**20 // 4096
    assert int(answer.stdout) < 2 * one_step  # of 40


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(devices.ctypes, "CDLL", pytest.fail)
    devices.retain_freed_memory()


def test_training_keeps_its_memory(monkeypatch, tiny_data, results_folder):
    asked = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(devices.ctypes, "CDLL", asked.append)
    training.train(TINY, data=tiny_data)
    assert asked == [None]
