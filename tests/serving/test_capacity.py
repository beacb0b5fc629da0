import pytest

from dnaviz.serving import capacity


@pytest.mark.parametrize(
    ("kernels", "memory", "viewers"),
    [
        ("ordinary", None, 10),
        ("ordinary", 0, 2),
        ("ordinary", 8 * 2**30, 12),
        ("ordinary", 64 * 2**30, 98),
        ("forked", 0, 2),
        ("forked", 2 * 2**30, 7),
        ("forked", 24 * 2**30, 288),
    ],
)
def test_viewers_are_let_in_as_memory_allows(monkeypatch, kernels, memory, viewers):
    monkeypatch.setattr(capacity, "available_memory", lambda: memory)
    monkeypatch.setattr(capacity.os, "cpu_count", lambda: 2)
    assert capacity.default_max_viewers(kernels) == viewers


def test_the_memory_that_is_free_is_known_here():
    memory = capacity.available_memory()
    assert memory is None or 2**20 < memory < 2**50
