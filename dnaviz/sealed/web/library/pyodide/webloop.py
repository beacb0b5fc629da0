"""A page has no event loop. A snapshot names JavaScript's objects in the order of their imports."""

from pyodide_js._api import scheduleCallback as scheduleCallback


def _initialize_event_loop() -> None:
    pass
