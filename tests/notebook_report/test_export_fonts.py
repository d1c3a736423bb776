import pytest

from notebook_report import fonts


@pytest.fixture(autouse=True)
def fresh():
    fonts.font_files.cache_clear()
    yield
    fonts.font_files.cache_clear()


def test_fonts_are_files_of_both_kinds():
    files = fonts.font_files()
    assert set(files) == {"sans", "serif"}
    assert all(path.is_file() for path in files.values())


def test_system_fonts_stand_in_for_the_wheel(tmp_path, monkeypatch):
    font = tmp_path / "sub" / "SIMSUN.TTC"
    font.parent.mkdir()
    font.write_bytes(b"font")
    monkeypatch.setattr(fonts, "wheel_folder", lambda: None)
    monkeypatch.setattr(fonts, "system_folders", lambda: [tmp_path])
    assert fonts.font_files() == {"sans": font, "serif": font}


def test_no_font_at_all_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "wheel_folder", lambda: None)
    monkeypatch.setattr(fonts, "system_folders", lambda: [tmp_path])
    with pytest.raises(fonts.FontError, match="pip install"):
        fonts.font_files()
