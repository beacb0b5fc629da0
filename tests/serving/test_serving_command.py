"""``dnaviz serve`` as a process: how it starts and how it ends."""

import os
import re
import signal
import socket
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psutil
import pytest
from helpers.served import Served, ask, write_notebook

from dnaviz.cli.serve import _from_elsewhere, command
from dnaviz.errors import InputError
from dnaviz.serving import inputs
from dnaviz.serving.inputs import check_inputs


@pytest.fixture
def boards(tmp_path):
    write_notebook(tmp_path / "board.ipynb", "import time", title="Board")
    return ["--dashboards", str(tmp_path)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_with_all_its_processes_and_files(boards, number):
    with (
        TemporaryDirectory(prefix="dv") as temporary,  # a short path, as those of sockets are
        Served(boards, {"TMPDIR": temporary}) as served,
    ):
        served.get("board")
        family = served.family()
        assert family
        assert served.stop(number) == 0
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive
        assert "Traceback" not in served.log
        assert not list(Path(temporary).iterdir())


def test_it_goes_on_without_its_terminal_where_nohup_started_it(boards):
    with Served(boards, prefix=("nohup",)) as served:
        served.process.send_signal(signal.SIGHUP)
        served.process.send_signal(signal.SIGHUP)
        assert served.get("healthz").status == 200
        assert served.stop() == 0


def test_an_address_for_other_machines_is_told_where_they_may_come(boards):
    with Served([*boards, "--host", "0.0.0.0", "--token", "auto"]) as served:
        elsewhere = served.wait_for_line(r"For other machines it is at (http://\S+)").group(1)
        parts, own = urlsplit(elsewhere), urlsplit(served.announced)
        assert (parts.port, parts.query) == (own.port, own.query)
        assert parts.query.startswith("token=")
        assert parts.hostname != own.hostname
        assert socket.getaddrinfo(parts.hostname, parts.port)
    with Served(boards) as served:
        served.wait_for_line("Ctrl-C stops it")
        assert "other machines" not in served.log


def test_the_address_that_is_told_lets_in_whatever_signs_the_token_has(boards):
    token = "a+b&c%20d#e f/?"
    with Served(boards, {"DNAVIZ_TOKEN": token}) as served:
        assert ask(served.announced).status == 200
        assert served.get("", Authorization=f"Bearer {token}").status == 200
        assert served.get("healthz?deep=1").json["ready"]


def test_who_listens_at_addresses_of_version_6_is_told_none_of_version_4():
    told = urlsplit(_from_elsewhere("http://[::1]:8866/a/?token=x", "::"))
    assert (told.port, told.path, told.query) == (8866, "/a/", "token=x")
    assert not re.fullmatch(r"[\d.]+", told.hostname or "")


def test_kernels_end_when_the_server_is_killed(boards):
    with Served(boards) as served:
        served.get("board")
        family = served.family()
        served.process.kill()
        _, alive = psutil.wait_procs(family, timeout=15)
        assert not alive


def test_a_taken_port_leads_to_the_next_free_one_and_pages_open_there(boards):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with Served([*boards, "--port", str(port)]) as served:
            assert port < int(served.url.split(":")[2].strip("/")) < port + 50
            health = served.get("healthz?deep=1")
            assert health.status == 200
            assert health.json["ready"]
            assert health.json["page_seconds"] > 0
            assert health.json["viewers"] == 0
            assert served.log.count("kernel started") == 1
            assert served.get("healthz?deep=1").json == health.json  # As it was just now.
            assert served.log.count("kernel started") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--dashboards", "/no/such/place"], "no directory /no/such/place"),
        (["--model", "/no/such/place"], "no /no/such/place for --model"),
        (["--atlas", "/no/such/place"], "no /no/such/place for --atlas"),
        (["--atlas", __file__], "test_serving_command.py is no AnnData file"),
        (["--genome", "/no/such/place"], "no /no/such/place for --genome"),
        (["--annotation", __file__], "--annotation needs the --genome"),
        (["--base-url", "/a b/"], "--base-url is a path"),
        # Browsers ask for these by other names.
        (["--base-url", "/a/../b/"], "--base-url is a path"),
        (["--base-url", "/ä/"], "--base-url is a path"),
        (["--token", "tökén"], "The token is of letters without accents"),
        (["--token", "abc "], "no space at its ends"),
        (["--token", "abc\r"], "no space at its ends"),
        (["--host", "203.0.113.7"], "not an address of this machine"),
        (["--port", "70000"], "--port"),
    ],
)
def test_unservable_arguments_print_one_sentence(refused_to_serve, arguments, sentence):
    assert sentence in refused_to_serve(*arguments)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="There are no pipes.")
def test_an_account_without_a_home_is_told_to_set_one(monkeypatch):
    """As one of a container that no list of accounts has."""

    def none():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", none)
    with pytest.raises(InputError, match="set HOME to any folder"):
        command()


def test_what_is_no_file_is_not_waited_for(tmp_path, refused_to_serve):
    """Each page would read it once more; a pipe and a device have no end."""
    pipe, loop, genome = tmp_path / "pipe", tmp_path / "loop", tmp_path / "genome.fa"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    genome.write_text(">chr1\nACGT\n")
    for path in (pipe, Path("/dev/zero"), tmp_path):
        assert "--genome is a file" in refused_to_serve("--genome", str(path))
        said = refused_to_serve("--genome", str(genome), "--annotation", str(path))
        assert "--annotation is a file" in said
    assert "no directory" in refused_to_serve("--dashboards", str(loop))
    assert "no directory" in refused_to_serve("--dashboards", str(pipe))


def test_a_taken_port_ends_a_server_that_takes_no_other(boards, refused_to_serve):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused_to_serve(*boards, "--port", port, "--strict-port")
    assert f"Port {port} is taken" in said


def test_weights_and_genomes_that_no_page_could_use_are_refused_at_the_start(
    boards, tmp_path, refused_to_serve
):
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "genome.fa").write_text("this is no FASTA")
    assert "does not exist" in refused_to_serve(*boards, "--model", str(empty))
    said = refused_to_serve(*boards, "--genome", str(tmp_path / "genome.fa"))
    assert "genome.fa" in said


def test_a_genome_without_what_reads_it_is_refused_at_the_start(tmp_path, monkeypatch):
    genome = tmp_path / "genome.fa"
    genome.write_text(">chr1\nACGT\n")
    monkeypatch.setenv("DNAVIZ_GENOME", str(genome))
    monkeypatch.setitem(sys.modules, "pysam", None)
    with pytest.raises(InputError, match="This needs pysam"):
        inputs._read()


def test_what_is_left_out_of_an_annotation_is_told_at_the_start(tmp_path):
    (tmp_path / "genome.fa").write_text(">chr1\n" + "ACGT" * 500 + "\n")
    (tmp_path / "genes.gff3").write_text(
        "##gff-version 3\n"
        "chr1\tx\tmRNA\t101\t600\t.\t+\t.\tID=T1;Name=GOOD\n"
        "chr1\tx\texon\t101\t200\t.\t+\t.\tParent=T1\n"
        "chr1\tx\texon\t401\t600\t.\t+\t.\tParent=T1\n"
        "chr1\tx\texon\t900\t800\t.\t+\t.\tParent=T2\n"
    )
    notes, hidden = check_inputs(
        {
            "DNAVIZ_GENOME": str(tmp_path / "genome.fa"),
            "DNAVIZ_ANNOTATION": str(tmp_path / "genes.gff3"),
        }
    )
    assert hidden == []
    assert len(notes) == 1
    assert "genes.gff3, line 5" in notes[0]
    assert check_inputs({}) == ([], [])


def test_a_page_that_cannot_be_opened_makes_the_server_unwell(tmp_path):
    write_notebook(tmp_path / "board.ipynb", "1 / 0")
    with Served(["--dashboards", str(tmp_path)]) as served:
        health = served.get("healthz?deep=1")
        assert health.status == 503
        assert not health.json["ready"]
        assert "its notebook fails" in health.json["trouble"]
        served.wait_for_viewers(0)


def test_it_counts_for_prometheus_and_logs_what_happened(boards):
    with Served([*boards, "--max-viewers", "1"]) as served:
        health = served.get("healthz").json
        assert health.items() >= {"ready": True, "viewers": 0, "max_viewers": 1}.items()
        served.get("board?state=ACGTACGT")
        assert served.viewers == 1
        assert served.get("board").status == 503
        answer = served.get("metrics")
        assert answer.headers["Content-Type"].startswith("text/plain")
        numbers = dict(
            line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")
        )
        assert float(numbers["dnaviz_viewers"]) == float(numbers["dnaviz_max_viewers"]) == 1
        assert float(numbers["dnaviz_turned_away_total"]) == 1
        assert float(numbers["dnaviz_kernel_start_seconds_count"]) == 1
        assert "ACGTACGT" not in answer.text + served.log
        assert 'event="kernel started" kernel=' in served.log
        assert 'event="no place"' in served.log
