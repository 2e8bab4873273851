"""SafeJson: the text of a pandapower file, looked through before pandapower sees it.

pandapower makes Python objects of what a file names: it imports any module a file asks for, and
where the text of a table is a path it reads that file. A grid comes from strangers, so nothing gets
through but what pandapower's own writer makes of a net; strings that hold JSON are looked into too,
because pandapower reads them as it reads the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from grid_models.readers.refusals import not_a_net, refusal

__all__ = ["read_net_text"]

_ENCODINGS = ("utf-8-sig", "gb18030")
_OPENINGS = ("{", "[")
_TABLES = ("DataFrame", "Series")
# What `pandapower.to_json` writes. numpy.void and its like are left out: they
# take as many bytes of memory as the file says.
_CLASSES: dict[str, frozenset[str]] = {
    "pandapower.auxiliary": frozenset({"pandapowerNet"}),
    "pandas.core.frame": frozenset({"DataFrame"}),
    "pandas.core.series": frozenset({"Series"}),
    "pandas": frozenset({*_TABLES, "Index", "RangeIndex", "MultiIndex", "DatetimeIndex"}),
    "builtins": frozenset({"complex", "tuple", "set", "frozenset"}),
    "networkx": frozenset({"MultiGraph"}),
    "shapely": frozenset({"Point", "LineString", "Polygon"}),
    "geopandas.geodataframe": frozenset({"GeoDataFrame"}),
}
_NUMPY = re.compile(r"array|bool_?|u?int(8|16|32|64)|float(16|32|64)")
# Controllers, relays and data sources, which `find_omissions` lists; functions are no classes.
_PANDAPOWER_MODULE = re.compile(r"pandapower\.(control|protection|timeseries)(\.[A-Za-z]\w*)+")
_PANDAPOWER_CLASS = re.compile(r"[A-Z]\w*")
# JSON in a string in a string and so on: pandapower's own files go two deep.
_DEEPEST = 8
_SHOWN_LENGTH = 60


def read_net_text(path: Path) -> str:
    """Return the text of a file that is JSON, looks like a net and asks for nothing else.

    Parameters
    ----------
    path
        UTF-8, with or without mark, or GB18030.

    Raises
    ------
    InputError
        If there is no such file, it is no JSON or no net, or it names Python objects that are no
        part of a net, or other files.
    """
    name = path.name or str(path)
    text = _decoded(_content(path, name), name)
    try:
        document = _Inspection(name).document(text)
    except json.JSONDecodeError as error:
        if text.lstrip().startswith("{") and not text.rstrip().endswith("}"):
            raise not_a_net(name, "文件不完整，结尾缺失", "the file is cut short") from error
        zh, en = f"第 {error.lineno} 行不是 JSON", f"it is no JSON at line {error.lineno}"
        raise not_a_net(name, zh, en) from error
    except RecursionError as error:
        raise not_a_net(name, "嵌套过深", "it is nested too deeply") from error
    except ValueError as error:  # such as a whole number of thousands of digits
        raise not_a_net(name, "其中有无法读取的数", "it holds a number nobody can read") from error
    is_net = isinstance(document, dict) and (
        document.get("_class") == "pandapowerNet" or "bus" in document
    )
    if not is_net:
        raise not_a_net(name, "JSON 中没有 pandapower 网络", "its JSON is something else")
    return text


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise refusal(name, f"找不到文件 {name}", f"there is no file {name}") from None
    except OSError as error:
        reason = error.strerror or str(error)
        zh, en = f"文件 {name} 无法读取：{reason}", f"cannot read {name}: {reason}"
        raise refusal(name, zh, en) from error


def _decoded(content: bytes, name: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise not_a_net(name, "不是 UTF-8 或 GBK 编码的文本", "it is text in neither UTF-8 nor GBK")


class _Inspection:
    """One look through a file; every object and every string in it passes by."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._depth = 0

    def document(self, text: str) -> Any:
        """Return what a text holds, every part of it admitted."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RecursionError
        found = json.loads(text, object_pairs_hook=self._object)
        self._look_into([found])
        self._depth -= 1
        return found

    def _object(self, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        """Admit an object; of names given twice every one counts, for readers differ in theirs."""
        named = {name: [v for key, v in pairs if key == name] for name in ("_module", "_class")}
        is_table = False
        for module, kind in product(named["_module"], named["_class"]):
            if not _is_admitted(module, kind):
                what = f"{module}.{kind}"[:_SHOWN_LENGTH]
                raise not_a_net(
                    self._source,
                    f"其中要求装入 {what!r}，网络数据不应包含它，文件可能是恶意的",
                    f"it asks to load {what!r}, which is no part of a net and may be hostile",
                )
            is_table |= kind in _TABLES
        for name, value in pairs:
            if is_table and name == "_object":
                self._admit_table(value)
            else:
                self._look_into([value])
        return dict(pairs)

    def _admit_table(self, text: Any) -> None:
        """Admit the text of a table: pandapower takes what is no JSON for the path of a file."""
        try:
            if isinstance(text, str) and text.lstrip().startswith(_OPENINGS):
                self.document(text)
                return
        except json.JSONDecodeError:
            pass
        what = str(text)[:_SHOWN_LENGTH]
        raise not_a_net(
            self._source,
            f"其中一张表的内容是 {what!r}，不是内嵌的 JSON 文本；不读取其他文件",
            f"the content of a table is {what!r} and no JSON text; no other file is read",
        )

    def _look_into(self, values: Iterable[Any]) -> None:
        for value in values:
            if isinstance(value, list):
                self._look_into(value)
            elif isinstance(value, str) and value.lstrip().startswith(_OPENINGS):
                self._try_document(value)

    def _try_document(self, text: str) -> None:
        depth = self._depth
        try:
            self.document(text)
        except json.JSONDecodeError:
            self._depth = depth  # a name such as "[old] feeder": pandapower cannot read it either


def _is_admitted(module: Any, kind: Any) -> bool:
    if not (isinstance(module, str) and isinstance(kind, str)):
        return False
    if module == "numpy":
        return _NUMPY.fullmatch(kind) is not None
    if _PANDAPOWER_MODULE.fullmatch(module):
        return _PANDAPOWER_CLASS.fullmatch(kind) is not None
    return kind in _CLASSES.get(module, ())
