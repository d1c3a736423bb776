from IPython.core.interactiveshell import InteractiveShell

from mnist_report.common.errors import MissingRunError


def test_jupyter_shows_one_line_instead_of_a_traceback(capsys):
    shell = InteractiveShell()
    shell.run_cell(
        "from mnist_report.common.errors import MissingRunError\n"
        "raise MissingRunError('Run 03 first.')"
    )
    shown = capsys.readouterr().out.strip()
    assert shown == "MissingRunError: Run 03 first."


def test_message_is_what_was_said():
    assert str(MissingRunError("Run 03 first.")) == "Run 03 first."
