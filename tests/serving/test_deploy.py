"""The other examples in deploy/: that systemd takes the service, and that its command is one."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="There is no systemd.")
def test_systemd_takes_the_service(tmp_path):
    unit = tmp_path / "dnaviz.service"
    # Its program has to be there to be taken.
    text = (DEPLOY / "dnaviz.service").read_text()
    unit.write_text(text.replace("/opt/dnaviz/bin/dnaviz", sys.executable))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["dnaviz.service", "jupyterhub_config.py", "README.md"])
def test_options_in_the_examples_exist(name):
    from dnaviz.cli import app

    known = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).output
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", (DEPLOY / name).read_text()))
    used -= {"--now"}  # of systemctl
    assert used
    assert {option for option in used if option not in known} == set()
