import threading
import time
from contextlib import nullcontext

import pytest

from mnist_report.common import storage
from mnist_report.common.errors import WriteError
from mnist_report.common.storage import file_lock, remove_leftovers, replacing


def test_a_file_takes_its_place_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "文件.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole", encoding="utf-8")
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "whole"
    assert list(path.parent.iterdir()) == [path]
    (tmp_path / "plain").touch()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_writer_left_is_swept_away_and_nothing_else(tmp_path):
    path = tmp_path / "run.json"
    others = [path, tmp_path / ".run.json.backup", tmp_path / ".else.json.0123abcd"]
    for file in (*others, tmp_path / ".run.json.0123abcd"):
        file.touch()
    remove_leftovers(path)
    assert sorted(tmp_path.iterdir()) == sorted(others)
    remove_leftovers(tmp_path / "no folder" / "file")


def test_a_folder_that_cannot_be_made_is_told_in_a_line(tmp_path):
    (tmp_path / "file").touch()
    for place in (replacing, lambda path: file_lock(path, "another test")):
        expected = pytest.raises(WriteError, match=r"Cannot write to .*file: ")
        with expected, place(tmp_path / "file" / "below"):
            raise AssertionError


def test_one_thread_at_a_time_and_the_others_say_that_they_wait(tmp_path, monkeypatch):
    order, said, first_is_in = [], [], threading.Event()
    monkeypatch.setattr(storage, "bar", lambda desc, **_: said.append(desc) or nullcontext())

    def first():
        with file_lock(tmp_path / "lock", "the second"):
            first_is_in.set()
            time.sleep(0.2)
            order.append(1)

    thread = threading.Thread(target=first)
    thread.start()
    first_is_in.wait()
    with file_lock(tmp_path / "lock", "the first"):
        order.append(2)
    thread.join()
    assert order == [1, 2]
    assert said == ["waiting for the first"]
