"""A study on a Dask cluster, of which a worker, or the scheduler, is killed in the middle."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from threading import Thread

import pytest
import torch
from dask import config
from distributed import LocalCluster
from safetensors.torch import load_file
from tiny import TINY

from mnist_report import training
from mnist_report.common import settings
from mnist_report.common.errors import StudyError
from mnist_report.studies import cluster as clusters
from mnist_report.studies import definitions
from mnist_report.studies import run as studies
from mnist_report.training import runs

RECIPE = dataclasses.replace(TINY, name="clustered", epochs=8)
KEPT = "Finished runs are kept; the same command goes on."
# The command with one study, of runs that last.
PROGRAM = """
from dataclasses import replace
from mnist_report import cli
from mnist_report.studies import definitions
from mnist_report.training import recipes

recipe = replace(recipes.get("fast"), name="clustered", images=500, batch_size=50, epochs=9999)
definitions.STUDIES["small"] = definitions.Definition("small", (recipe,))
cli.main()
"""


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
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        words = (cluster, tmp_path / "results", killed)
        killer = Thread(target=kill_a_busy_worker, args=words, daemon=True)
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


@pytest.fixture
def scheduler(tmp_path, monkeypatch):
    """A scheduler, its address, and one worker of it: processes of their own."""
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "results"))
    file = tmp_path / "scheduler.json"
    where = ["--scheduler-file", str(file), "--no-dashboard"]
    kinds = (["scheduler", "--host", "127.0.0.1", "--port", "0"], ["worker", "--no-nanny"])
    with ExitStack() as stack:
        started = []
        for kind, *words in kinds:
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *words, *where]
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=tmp_path)
            started.append(stack.enter_context(process))
            stack.callback(process.kill)
            while not file.exists() or not file.stat().st_size:
                assert process.poll() is None
                time.sleep(0.05)
        yield started[0], json.loads(file.read_text(encoding="utf-8"))["address"]


def test_a_scheduler_that_dies_ends_the_study_in_one_line(scheduler, tmp_path):
    process, address = scheduler
    command = [sys.executable, "-c", PROGRAM, "study", "small", "--scheduler", address]
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as study:
        while not list(tmp_path.glob("results/*/checkpoint.safetensors")):
            assert study.poll() is None
            time.sleep(0.05)
        process.kill()
        try:
            said = study.communicate(timeout=60)[1]
        finally:
            study.kill()
    gone = f"The Dask scheduler {address} {clusters.GONE}. {KEPT}"
    assert (study.returncode, said) == (1, f"mnist-report: {gone}\n")


def of_no_use(*task):
    raise KeyError("words of a library")


@pytest.mark.parametrize(("workers", "what"), [(0, clusters.EMPTY), (1, clusters.FAILED)])
def test_what_a_cluster_lacks_is_said(tmp_path, monkeypatch, tiny_data, workers, what):
    monkeypatch.setenv("MNIST_REPORT_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(clusters, "PATIENCE", 0.3)
    monkeypatch.setattr(clusters, "train_one", of_no_use)
    study = definitions.Definition("small", (RECIPE,))
    with LocalCluster(1, processes=False, dashboard_address=":0") as cluster:
        address = cluster.scheduler_address
        cluster.scale(workers)
        while len(cluster.scheduler.workers) > workers:
            time.sleep(0.05)
        with pytest.raises(StudyError) as caught:
            studies.train(study, scheduler=address, data=tiny_data)
    assert str(caught.value) == f"The Dask scheduler {address} {what}. {KEPT}"


@pytest.mark.parametrize("address", ["", "tcp://127.0.0.1:99999999", "nowhere://", "127.0.0.1:1"])
def test_no_scheduler_at_an_address_is_said(tiny_data, address):
    study = definitions.Definition("small", (RECIPE,))
    none = pytest.raises(StudyError, match=f"No Dask scheduler answers at {address}: is it")
    with config.set({"distributed.comm.timeouts.connect": "1s"}), none:
        studies.train(study, scheduler=address, data=tiny_data)
