from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from api.jobs.work_folder import open_work_folder
from api.settings import Settings
from grid_models.errors import InputError


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_among_temporary_ones_is_this_users_alone(temporary: Path) -> None:
    folder = open_work_folder(Settings())
    assert folder.parent == temporary
    assert folder.stat().st_mode & 0o077 == 0
    assert open_work_folder(Settings()) == folder


@pytest.mark.usefixtures("temporary")
def test_a_folder_others_may_write_is_refused() -> None:
    folder = open_work_folder(Settings())
    folder.chmod(0o777)
    with pytest.raises(InputError, match="SUPPLY_PLAN_JOB_FOLDER"):
        open_work_folder(Settings())


def test_a_link_to_elsewhere_is_refused(temporary: Path) -> None:
    folder = open_work_folder(Settings())
    folder.rmdir()
    (temporary / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(temporary / "elsewhere")
    with pytest.raises(InputError):
        open_work_folder(Settings())
