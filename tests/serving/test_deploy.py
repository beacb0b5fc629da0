"""The examples in deploy/: that each is understood, and that its command is one."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
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
    used -= {"--now", "--system", "--no-create-home"}  # of systemctl and useradd
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
    source = "".join(path.read_text() for path in Path(metrics.__file__).parent.glob("*.py"))
    for name, label, value in re.findall(r"(dnaviz_\w+)\{(\w+)!?=\"([^\"]+)\"\}", text):
        metric = metrics.registry._names_to_collectors[name]
        assert label in metric._labelnames
        assert f'"{value}"' in source
    # What has never happened is counted as 0: else its first times are no increase.
    for sample in re.findall(r"increase\((dnaviz_\w+(?:\{[^}]*\})?)\[", text):
        assert re.search(rf"^{re.escape(sample)} \d", messages, re.M), sample


@pytest.mark.skipif(shutil.which("promtool") is None, reason="There is no Prometheus.")
def test_prometheus_takes_the_rules():
    command = ["promtool", "check", "rules", DEPLOY / "alerts.yml"]
    process = subprocess.run(command, capture_output=True, text=True)
    assert process.returncode == 0, process.stdout + process.stderr


def test_the_container_is_well_while_its_server_is_ready(tmp_path):
    write_notebook(tmp_path / "board.ipynb", "1")
    text = (DEPLOY / "Dockerfile").read_text()
    words = json.loads(
        re.search(r"HEALTHCHECK .* CMD (\[.*?\])\n", text, re.S)[1].replace("\\\n", "")
    )
    proxy = {**os.environ, "http_proxy": "http://127.0.0.1:9"}

    def check(url):
        program = words[2].replace("http://127.0.0.1:8866/", url)
        assert program != words[2]
        return subprocess.run([sys.executable, "-c", program], env=proxy, capture_output=True)

    with Served(["--dashboards", str(tmp_path)]) as served:
        assert served.get("healthz?deep=1").json["ready"]
        assert check(served.url).returncode == 0
    assert check(served.url).returncode == 1
    (tmp_path / "board.ipynb").unlink()
    write_notebook(tmp_path / "board.ipynb", "1 / 0")
    with Served(["--dashboards", str(tmp_path)]) as served:
        assert not served.get("healthz?deep=1").json["ready"]
        assert check(served.url).returncode == 1


@pytest.mark.parametrize(
    ("given", "token"),
    [({}, "auto"), ({"DNAVIZ_TOKEN": ""}, "auto"), ({"DNAVIZ_TOKEN": "t k"}, "t k")],
)
def test_the_container_has_a_token_whatever_is_given(given, token):
    text = (DEPLOY / "Dockerfile").read_text()
    words = json.loads(re.search(r"ENTRYPOINT (\[.*\])", text, re.S)[1].replace("\\\n", ""))
    at = words.index("/opt/dnaviz/bin/dnaviz")
    show = "import os, sys; print(os.environ['DNAVIZ_TOKEN'], *sys.argv[1:], sep='|')"
    command = [*words[:at], sys.executable, "-c", show, *words[at + 1 :], "--base-url", "/a b/"]
    environment = {n: v for n, v in os.environ.items() if n != "DNAVIZ_TOKEN"} | given
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout.strip().split("|") == [token, *words[at + 1 :], "--base-url", "/a b/"]
    assert "DNAVIZ_TOKEN=" not in text.partition("FROM")[2].partition("ENTRYPOINT")[0]


def test_the_image_is_built_from_what_the_package_is_made_of():
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", "LICENSE", project["project"]["readme"]}
    needed |= {*wheel["packages"], *wheel["force-include"]}
    assert {line[1:] for line in lines if line.startswith("!")} == needed
    assert all((DEPLOY.parent / name).exists() for name in needed)


@pytest.mark.parametrize(
    "setting",
    [
        "OOMPolicy=continue",  # Else one page's process that runs out of memory ends all.
        "MemorySwapMax=0",
        "LimitCORE=0",
        "RestartPreventExitStatus=2",
        "IPAddressDeny=any",
    ],
)
def test_the_service_keeps_running_and_its_memory_to_itself(setting):
    assert setting in (DEPLOY / "dnaviz.service").read_text().splitlines()


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
