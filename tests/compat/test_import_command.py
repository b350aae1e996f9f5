"""`imagematch import-legacy` where no server is needed; the drivers' tests import from servers."""

import pytest
from click.testing import CliRunner, Result

from imagematch_core.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["import-legacy", *arguments])


@pytest.mark.parametrize("scheme", ["elasticsearch", "mongodb"])
def test_without_the_driver_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setattr("imagematch_core.compat.readers.entry_points", lambda group: ())
    done = run(f"{scheme}://u:hidden@host/images", "--to", "memory://")
    assert done.exit_code == 2
    assert f"pip install imagematch-{'es' if scheme == 'elasticsearch' else scheme}" in done.stderr
    assert "hidden" not in done.output


def test_a_source_that_image_match_never_used_is_wrong_use() -> None:
    done = run("sqlite:///photos.db", "--to", "memory://")
    assert done.exit_code == 2
    assert "its indexes are in elasticsearch or mongodb" in done.stderr


def test_a_source_must_be_a_url_and_a_target_must_be_named() -> None:
    assert "is not a storage URL" in run("images", "--to", "memory://").stderr
    done = run("mongodb://host/images.images")
    assert done.exit_code == 2
    assert "--to" in done.stderr


def test_interrupted_it_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        err = KeyboardInterrupt()
        err.add_note("to go on from here: --after 7")
        raise err

    monkeypatch.setattr("imagematch_core.cli.import_legacy.import_legacy", interrupted)
    done = run("mongodb://host/images.images", "--to", "memory://")
    assert done.exit_code == 130
    assert "interrupted" in done.stderr
    assert "--after 7" in done.stderr
