import errno
import shutil

import pytest

from dnaviz.errors import InputError
from dnaviz.io.atomic import atomic_write, check_room, describe_failure


def test_a_file_for_which_there_is_no_room_is_refused(tmp_path):
    free = shutil.disk_usage(tmp_path).free
    check_room(tmp_path / "out", 1_000)
    with pytest.raises(InputError, match=r'out" cannot be written: it takes up to .* MB are free'):
        check_room(tmp_path / "out", 2 * free)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "Can't write data\n (file write failed: time = Sat\n"), "No space"),
        (OSError("Unable to\nclose."), "Unable to close"),
    ],
)
def test_a_failure_is_told_on_one_line(tmp_path, error, words):
    assert "\n" not in describe_failure(error)
    path = tmp_path / "out"
    with pytest.raises(InputError, match=f"cannot be written: {words}"), atomic_write(path):
        raise error
    assert list(tmp_path.iterdir()) == []
