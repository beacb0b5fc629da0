import pytest

from dnaviz.serving import sizing


@pytest.mark.parametrize(
    ("kernels", "memory", "viewers"),
    [
        ("ordinary", 0, 2),
        ("ordinary", 8 * 2**30, 12),
        ("ordinary", 64 * 2**30, 98),
        ("forked", 0, 2),
        ("forked", 2 * 2**30, 4),
        ("forked", 24 * 2**30, 173),
    ],
)
def test_max_viewers_follows_memory(monkeypatch, kernels, memory, viewers):
    monkeypatch.setattr(sizing, "available_memory", lambda: memory)
    monkeypatch.setattr(sizing.os, "cpu_count", lambda: 2)
    assert sizing.default_max_viewers(kernels) == viewers


def test_the_memory_that_is_free_is_known_here():
    memory = sizing.available_memory()
    assert 2**20 < memory < 2**50


def test_what_a_group_leaves_counts_where_it_is_less(monkeypatch):
    monkeypatch.setattr(sizing, "group_memory", lambda: 5)
    assert sizing.available_memory() == 5
    monkeypatch.setattr(sizing, "group_memory", lambda: 2**60)
    assert sizing.available_memory() < 2**60


GB = 2**30


def write(root, **files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(text))


@pytest.mark.parametrize(
    ("lines", "files", "left"),
    [
        ("0::/system.slice/dnaviz.service\n", {"system.slice/dnaviz.service/memory.max": 4 * GB,
         "system.slice/dnaviz.service/memory.current": GB}, 3 * GB),
        ("0::/system.slice/dnaviz.service\n", {"system.slice/dnaviz.service/memory.max": "max",
         "system.slice/dnaviz.service/memory.current": GB,
         "system.slice/memory.max": 3 * GB, "system.slice/memory.current": GB}, 2 * GB),
        ("0::/a\n", {"a/memory.max": "max", "a/memory.high": 2 * GB, "a/memory.current": GB}, GB),
        ("0::/a\n", {"a/memory.max": 2 * GB, "a/memory.current": 2 * GB,
         "a/memory.stat": f"anon 5\ninactive_file {GB}\n"}, GB),
        ("0::/host/path\n", {"memory.max": 2 * GB, "memory.current": GB}, GB),
        ("5:cpu:/x\n4:memory:/docker/x\n", {"memory/docker/x/memory.limit_in_bytes": 3 * GB,
         "memory/docker/x/memory.usage_in_bytes": GB}, 2 * GB),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": 2**63 - 4096,
         "memory/memory.usage_in_bytes": GB}, None),
        ("0::/\n", {}, None),
    ],
)  # fmt: skip
def test_a_service_and_a_container_count_what_their_group_leaves(tmp_path, lines, files, left):
    write(tmp_path, **{"proc/self/cgroup": lines})
    write(tmp_path, **{f"sys/fs/cgroup/{name}": text for name, text in files.items()})
    assert sizing.group_memory(tmp_path) == left


def test_without_groups_there_is_no_such_limit(tmp_path):
    assert sizing.group_memory(tmp_path) is None
