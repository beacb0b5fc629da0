"""Scanning on a Dask cluster: the same sites and files, also where a worker dies."""

import os
import signal

import numpy as np
import pytest

from dnaviz.cli import main
from dnaviz.errors import InputError
from dnaviz.io import workers
from dnaviz.splicing.genome_scan import read_chunks, scan_chunks


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "in.fa"
    bases = "".join(np.random.default_rng(4).choice(list("ACGT"), 12_000))
    path.write_text(f">a\n{bases[:7_000]}\n>b\n{bases[7_000:]}\n")
    return path


@pytest.mark.slow
def test_a_cluster_gives_what_one_process_gives_though_a_worker_is_killed(cluster, genome):
    def scanned(**how):
        return scan_chunks(read_chunks(genome, 200, size=500), threshold=0.001, **how)

    found = []
    for number, result in enumerate(scanned(scheduler=cluster.scheduler_address)):
        found.append(result)
        if number == 2:
            os.kill(next(iter(cluster.workers.values())).process.pid, signal.SIGKILL)
    expected = list(scanned())
    assert sum(len(sites) for _, sites in expected) > 20
    assert found == expected


@pytest.mark.slow
def test_the_command_writes_the_same_file_on_a_cluster(cluster, genome, tmp_path):
    alone, together = tmp_path / "alone.tsv", tmp_path / "together.tsv"
    words = ["scan", str(genome), "--threshold", "0.01", "-o"]
    assert main([*words, str(alone), "--workers", "2"]) == 0
    assert main([*words, str(together), "--scheduler", cluster.scheduler_address]) == 0
    assert together.read_bytes() == alone.read_bytes()
    assert alone.read_text().count("\n") > 3


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_told_in_a_sentence(genome, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(workers, "PATIENCE", 1)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        chunks = scan_chunks(read_chunks(genome, 200), scheduler=address)
        with pytest.raises(InputError, match="No Dask scheduler answers at"):
            list(chunks)
