"""What Voila and Jupyter do anew for each page, or wait for, and need not; and for ever."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from queue import Empty
from types import CodeType
from typing import Any

import jinja2
import voila.handler
import voila.notebook_renderer
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_core.utils import ensure_async
from voila.exporter import VoilaExporter
from voila.notebook_renderer import NotebookRenderer

log = logging.getLogger("dnaviz.serving")


class Compiled(jinja2.BytecodeCache):
    """Compiled templates, kept in memory as long as their sources do not change."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Any) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Any) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


class Exporter(VoilaExporter):
    """Voila's, of which there is one for each page, with templates compiled once for all."""

    compiled = Compiled()

    def _create_environment(self) -> jinja2.Environment:
        environment: jinja2.Environment = super()._create_environment()
        environment.bytecode_cache = self.compiled
        return environment


class Renderer(NotebookRenderer):
    """Voila's, whose page ends where it fails.

    Voila makes a page in a task of its own and waits for its last piece, which would never come.
    """

    async def generate_content_generator(
        self, kernel_id: str | None = None, kernel_future: Any = None
    ) -> AsyncIterator[Any]:
        """Yield the page's pieces; where one cannot be made, note that and yield no more."""
        try:
            async for piece in super().generate_content_generator(kernel_id, kernel_future):
                yield piece
        except Exception:
            log.exception("A page could not be made.")
            self.request_handler.failed = kernel_id


class Client(AsyncKernelClient):
    """The server's own line to a kernel, by which a page's cells are run."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and what it prints arrives.

        Jupyter's own waits as long again until nothing more arrives. Whoever runs a cell knows
        its messages from others, so there is no need.
        """
        end = time.monotonic() + (timeout or float("inf"))
        while True:
            self.kernel_info()
            try:
                reply = await ensure_async(self.shell_channel.get_msg(timeout=1))
                await ensure_async(self.iopub_channel.get_msg(timeout=0.2))
            except Empty:
                pass
            else:
                if reply["msg_type"] == "kernel_info_reply":
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self.is_alive():
                raise RuntimeError("The kernel died before it answered.")
            if time.monotonic() > end:
                raise RuntimeError(f"The kernel did not answer in {timeout:g} seconds.")


def module_chunks(folders: Iterable[str]) -> list[str]:
    """Return the files that Voila's application loads as soon as it starts.

    It names them by their numbers, and beside them some that are no files of its own. A page that
    knows them loads them while its kernel starts.

    Parameters
    ----------
    folders
        Where the application may lie; the first in which it does counts.
    """
    for folder in map(Path, folders):
        try:
            numbers = re.findall(r"\.e\((\d+)\)", (folder / "voila.js").read_text("utf-8"))
        except OSError:
            continue
        names = dict.fromkeys(f"{number}.voila.js" for number in numbers)
        return [name for name in names if (folder / name).is_file()]
    return []


def install() -> None:
    """Have Voila make its pages with `Renderer` and `Exporter`."""
    voila.handler.NotebookRenderer = Renderer
    voila.notebook_renderer.VoilaExporter = Exporter
