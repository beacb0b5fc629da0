import pytest

from dnaviz.serving import capacity


@pytest.mark.parametrize(
    ("memory", "viewers"), [(None, 10), (0, 2), (8 * 2**30, 8), (64 * 2**30, 70)]
)
def test_viewers_are_let_in_as_memory_allows(monkeypatch, memory, viewers):
    monkeypatch.setattr(capacity, "available_memory", lambda: memory)
    assert capacity.default_max_viewers() == viewers


def test_the_memory_that_is_free_is_known_here():
    memory = capacity.available_memory()
    assert memory is None or 2**20 < memory < 2**50
