"""Dashboards are visited before kernels are forked; one that fails is left out."""

import os
import subprocess
import sys

from dnaviz.serving import preload

WARM_UP = """
import asyncio, gc, signal, types
import dnaviz.panels
from ipywidgets import Button, Textarea
from dnaviz.serving import logs
from dnaviz.serving.warmup import warm_up

pasted = []

class Fine:
    runner = types.SimpleNamespace(busy=False)
    def __init__(self):
        self.text, self.button = Textarea(), Button(button_style="primary")
        self.button.on_click(lambda _: pasted.append(self.text.value))

def broken():
    raise ValueError("its weights are of another model")

dnaviz.panels.Fine, dnaviz.panels.Broken = Fine, broken
logs.configure()
warm_up({"Broken": lambda panel: [], "Fine": lambda panel: [None]}, "ACGT")
open_loops = [o for o in gc.get_objects() if isinstance(o, asyncio.BaseEventLoop)]
left = sum(not loop.is_closed() for loop in open_loops)
print("pasted", *pasted, "alarm", signal.alarm(0), "open", left)
"""


def test_failing_dashboard_is_logged_and_the_others_warmed_up():
    process = subprocess.run(
        [sys.executable, "-c", WARM_UP],
        env={**os.environ, **preload.environment()},
        capture_output=True,
        text=True,
        timeout=120,
    )
    messages = process.stdout + process.stderr
    assert "Broken could not be warmed up: ValueError: its weights are of another model" in messages
    assert process.stdout.splitlines()[-1] == "pasted ACGT CGT ACGT alarm 0 open 0"
