"""Warm up the fork server: open each dashboard once before kernels are forked.

A kernel starts, shows a dashboard, is used by messages as a page sends them, and ends. Whatever
that imports, makes or rewrites in place (Python does so to code it has run a few times and to
classes it has looked into) is then shared by all viewers, and need not be done again.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import signal
import tempfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from unittest.mock import patch

import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from zmq.utils.garbage import gc as zmq_garbage

from dnaviz.serving.kernel import application

log = logging.getLogger("dnaviz.serving")

PATIENCE = 600
"""Seconds after which the process ends: a server that cannot fork starts ordinary kernels."""

SERVED = {"SERVER_SOFTWARE": "voila/rehearsal"}
"""By this a dashboard knows that its page is served."""

CONTROL = "jupyter.widget.control"

PROTOCOL = {"version": "1.0.0"}
"""Of the messages by which a page asks for its widgets."""

Use = Callable[[Any], Iterable[None]]
"""Does with a panel what viewers do, and yields where it works on."""


def warm_up(panels: Mapping[str, Use], sequence: str) -> None:
    """Visit dashboards; of the kernel that showed them nothing is left.

    One that cannot be shown is left out, and the log says why: its viewers will be told.

    Parameters
    ----------
    panels : mapping
        The names of their panels, and how each is used in Python.
    sequence : str
        What is pasted into each.
    """
    signal.alarm(PATIENCE)
    loop = asyncio.SelectorEventLoop()
    asyncio.set_event_loop(loop)
    try:
        with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, SERVED):
            app: Any = application()
            app.connection_file = f"{folder}/kernel.json"
            app.transport, app.ip = "ipc", f"{folder}/kernel"
            try:
                app.initialize([])
                app.kernel.start()
                loop.run_until_complete(_visit_all(app, panels, sequence))
            finally:
                _end(app)
    finally:
        loop.close()
        asyncio.set_event_loop(None)
        signal.alarm(0)


async def _visit_all(app: Any, panels: Mapping[str, Use], sequence: str) -> None:
    from ipywidgets import Widget

    context = zmq.asyncio.Context()
    client = AsyncKernelClient(context=context)
    client.load_connection_file(app.abs_connection_file)
    client.start_channels(hb=False, stdin=False, control=False)
    try:
        for name, use in panels.items():
            try:
                await _visit(app, client, name, use, sequence)
            except Exception as error:
                log.warning("%s could not be warmed up: %s", name, error, exc_info=True)
            finally:
                app.shell.reset(new_session=False)
                Widget.close_all()
    finally:
        client.stop_channels()
        context.destroy(linger=0)


async def _visit(app: Any, client: AsyncKernelClient, name: str, use: Use, sequence: str) -> None:
    from ipywidgets import Textarea
    from ipywidgets.widgets.widget import _instances

    def send(kind: str, comm: str, **content: Any) -> None:
        message = client.session.msg(kind, {"comm_id": comm, **content}, metadata=PROTOCOL)
        client.shell_channel.send(message)

    async def settle() -> None:
        await client.kernel_info(reply=True)  # The kernel answers in turn, after what was sent.
        while panel.runner.busy:
            await asyncio.sleep(0.01)

    for cell in (f"from dnaviz.panels import {name}", f"panel = {name}()\npanel"):
        reply = await client.execute_interactive(
            cell, allow_stdin=False, output_hook=lambda message: None
        )
        if reply["content"]["status"] == "error":
            raise RuntimeError("{ename}: {evalue}".format_map(reply["content"]))
    panel = app.shell.user_ns.pop("panel")
    send("comm_open", "page", target_name=CONTROL, data={})
    send("comm_msg", "page", data={"method": "request_states"})
    for _ in use(panel):
        await settle()
    box = next(w for w in _instances.values() if isinstance(w, Textarea))
    button = next(w for w in _instances.values() if getattr(w, "button_style", "") == "primary")
    for paste in (sequence, sequence[1:], sequence):
        update = {"method": "update", "state": {"value": paste}, "buffer_paths": []}
        click = {"method": "custom", "content": {"event": "click"}}
        send("comm_msg", box.comm.comm_id, data=update)
        send("comm_msg", button.comm.comm_id, data=click)
        await settle()


def _end(app: Any) -> None:
    """Stop every thread, close every file, and forget that there was a kernel."""
    kernel, shell = app.kernel, app.shell
    shell.restore_sys_module_state()
    app.close()
    app.heartbeat.join()
    zmq_garbage.stop()
    atexit.unregister(app.close)
    for single in (shell, kernel, app):
        single.clear_instance()
    logging.getLogger("tornado").handlers.clear()
