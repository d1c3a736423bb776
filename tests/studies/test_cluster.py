"""A study on a Dask cluster of two workers, one of which is killed in the middle of a run."""

import dataclasses
import os
import signal
import time
from threading import Thread

import torch
from distributed import LocalCluster
from safetensors.torch import load_file
from tiny import TINY

from mnist_report import training
from mnist_report.common import settings
from mnist_report.studies import definitions
from mnist_report.studies import run as studies
from mnist_report.training import runs

RECIPE = dataclasses.replace(TINY, name="clustered", epochs=8)


def kill_a_busy_worker(cluster, folder, killed):
    """End one worker by force as soon as a run is under way."""
    while not list(folder.glob("*/checkpoint.safetensors")):
        time.sleep(0.02)
    busy = [worker for worker in cluster.scheduler.workers.values() if worker.processing]
    nanny = next(n for n in cluster.workers.values() if n.worker_address == busy[0].address)
    killed.append(nanny.pid)
    os.kill(nanny.pid, signal.SIGKILL)


def test_a_killed_worker_loses_nothing(tmp_path, monkeypatch, tiny_data):
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    monkeypatch.setitem(definitions.STUDIES, "small", definitions.Definition("small", (RECIPE,)))
    killed = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        words = (cluster, tmp_path / "results", killed)
        killer = Thread(target=kill_a_busy_worker, args=words)
        killer.start()
        address = cluster.scheduler_address
        record = studies.run("small", scheduler=address, data=tiny_data)
        killer.join()
        survivors = [nanny.pid for nanny in cluster.workers.values()]
    assert killed
    assert killed[0] not in survivors
    assert [row.seed for row in record.runs] == [0, 1, 2]
    made = [load_file(runs.load("clustered", seed).folder / runs.MODEL) for seed in range(3)]
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "here"))
    for seed, weights in enumerate(made):
        undisturbed = load_file(training.train(RECIPE, seed, data=tiny_data).folder / runs.MODEL)
        assert all(torch.equal(undisturbed[name], weights[name]) for name in undisturbed)
