import pytest

from dnaviz.serving import capacity


@pytest.mark.parametrize(
    ("kernels", "memory", "viewers"),
    [
        ("ordinary", None, 10),
        ("ordinary", 0, 2),
        ("ordinary", 8 * 2**30, 8),
        ("ordinary", 64 * 2**30, 70),
        ("forked", 0, 2),
        ("forked", 2 * 2**30, 5),
        ("forked", 24 * 2**30, 118),
    ],
)
def test_viewers_are_let_in_as_memory_allows(monkeypatch, kernels, memory, viewers):
    monkeypatch.setattr(capacity, "available_memory", lambda: memory)
    assert capacity.default_max_viewers(kernels) == viewers


def test_the_memory_that_is_free_is_known_here():
    memory = capacity.available_memory()
    assert memory is None or 2**20 < memory < 2**50
