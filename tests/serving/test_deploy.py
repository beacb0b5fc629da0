"""The examples in deploy/: that each is understood, and that its command is one."""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.served import Served, write_notebook
from typer.testing import CliRunner

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="There is no systemd.")
def test_systemd_takes_the_service(tmp_path):
    unit = tmp_path / "dnaviz.service"
    # Its program has to be there to be taken.
    text = (DEPLOY / "dnaviz.service").read_text()
    unit.write_text(text.replace("/opt/dnaviz/bin/dnaviz", sys.executable))
    process = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (0, "")


def system_calls(name):
    """The calls of one of systemd's groups, or the one of that name."""
    if not name.startswith("@"):
        return {name}
    command = ["systemd-analyze", "syscall-filter", name]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[
        1:
    ]
    names = [line.strip() for line in lines if line.strip() and "#" not in line]
    return set().union(*map(system_calls, names))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="There is no systemd.")
def test_the_service_may_do_what_its_processes_need():
    """libzmq sets its threads' scheduling, and a kernel its limits: they end where they may not."""
    allowed = set()
    for line in re.findall(
        r"^SystemCallFilter=(.*)", (DEPLOY / "dnaviz.service").read_text(), re.M
    ):
        calls = set().union(*map(system_calls, line.removeprefix("~").split()))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    assert allowed >= {
        "sched_setscheduler",
        "prlimit64",
        "setrlimit",
        "setpriority",
        "fork",
        "setsid",
    }
    assert not allowed & {"ptrace", "mount", "reboot", "bpf", "init_module", "sched_setattr"}


def test_systemd_hears_that_the_server_answers_and_is_there(tmp_path):
    write_notebook(tmp_path / "board.ipynb", "1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        address = Path("/tmp") / f"dn{tmp_path.stat().st_ino}"
        heard.bind(str(address))
        heard.settimeout(60)
        try:
            with Served(["--dashboards", str(tmp_path)], {"NOTIFY_SOCKET": str(address)}):
                words = [heard.recv(100) for _ in range(3)]
        finally:
            address.unlink()
    assert words.count(b"READY=1") == 1
    assert b"WATCHDOG=1" in words


@pytest.mark.parametrize(
    "name", ["dnaviz.service", "jupyterhub_config.py", "README.md", "nginx.conf", "Dockerfile"]
)
def test_options_in_the_examples_exist(name):
    from dnaviz.cli import app

    known = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).output
    text = (DEPLOY / name).read_text()
    if name == "Dockerfile":
        text = text.partition("ENTRYPOINT")[2]
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    used -= {"--now"}  # of systemctl
    assert used
    assert {option for option in used if option not in known} == set()


def test_metrics_in_the_rules_for_alerts_exist():
    from dnaviz.serving import metrics

    messages = metrics.text().decode()
    text = (DEPLOY / "alerts.yml").read_text()
    rules = pytest.importorskip("yaml").safe_load(text)["groups"][0]["rules"]
    assert all({"alert", "expr", "annotations"} <= set(rule) for rule in rules)
    names = set(re.findall(r"(?:dnaviz|process)_\w+", text))
    for name in names:
        assert re.search(rf"^# TYPE {name} ", messages, re.M), name


def test_the_proxy_bounds_what_one_address_takes():
    """Heads and bodies that do not come, connections, logins; and it has enough of its own."""
    text = (DEPLOY / "nginx.conf").read_text()
    for setting in (
        "worker_connections", "client_header_timeout", "client_body_timeout", "send_timeout",
        "limit_conn visitors", "limit_req zone=logins", "client_max_body_size",
        "large_client_header_buffers", "proxy_connect_timeout", "proxy_read_timeout",
    ):  # fmt: skip
        assert re.search(rf"^\s*{setting}\b.*;", text, re.M), setting
    assert int(re.search(r"worker_connections (\d+)", text).group(1)) >= 4096


def test_the_monitor_is_not_for_everybody_and_errors_quote_no_address():
    text = (DEPLOY / "nginx.conf").read_text()
    assert re.search(r"location = /dnaviz/metrics \{\s*return 404;", text)
    assert "error_log /dev/stderr crit;" in text
    assert "$request_uri" not in text
    assert "$request " not in text
