from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from api import capacity_files
from api.capacity_files import write_capacity


@pytest.mark.parametrize("rows", [0, 1, 7])
def test_a_map_written_a_few_rows_at_a_time_is_read_as_it_was(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity_files, "_PARQUET_ROWS", 3)
    kva = [1.5 * k for k in range(rows)]
    table = pd.DataFrame({"node_id": [f"站{k}" for k in range(rows)], "kva": kva})
    table = table.astype({"node_id": object, "kva": float})
    write_capacity(table, tmp_path / "map.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "map.parquet"), table)
