"""Scenario files: YAML 1.2 with the line of every field, so that a sentence can name it."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from api.files import read_text
from grid_models.errors import InputError, InputProblem
from planner.messages import Message
from planner.scenarios.reading import Path as FieldPath

__all__ = ["ScenarioFile", "read_scenario_file"]

# What is longer was made by a program for something else.
MOST_CHARACTERS = 5_000_000
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
)


class ScenarioFile(NamedTuple):
    """Content of a file, and the line each of its fields stands on, by path."""

    name: str
    document: Any
    lines: dict[FieldPath, int]

    def place(self, path: FieldPath) -> Message:
        """Return where a field stands; one that is missing stands where its parent does."""
        known = next((path[:k] for k in range(len(path), 0, -1) if path[:k] in self.lines), ())
        line = self.lines.get(known, 1)
        return Message(zh=f"文件 {self.name} 第 {line} 行", en=f"file {self.name} line {line}")


def read_scenario_file(path: Path) -> ScenarioFile:
    """Return the content of a scenario file, in UTF-8 (with or without mark) or GBK.

    Raises
    ------
    InputError
        If there is no such file, it is no YAML, or it uses what a scenario has no need of.
    """
    text = read_text(path)
    if len(text) > MOST_CHARACTERS:
        raise _refusal(
            path,
            f"超过 {MOST_CHARACTERS:,} 个字符",
            f"has more than {MOST_CHARACTERS:,} characters",
        )
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = ("", "") if mark is None else (f"第 {mark.line + 1} 行", f"line {mark.line + 1}")
        what = (error.problem or error.context or "").split("\n")[0]
        raise _refusal(
            path, f"{at[0]}不是有效的 YAML（{what}）", f"is no valid YAML, {at[1]}: {what}"
        ) from error
    except (YAMLError, ValueError, RecursionError) as error:
        what = str(error).split("\n")[0]
        raise _refusal(
            path, f"不是可读的 YAML（{what}）", f"cannot be read as YAML: {what}"
        ) from error
    if root is None:
        raise _refusal(path, "是空文件", "is empty")
    reader = _Reader(path)
    document = reader.value(root, ())
    if reader.problems:
        raise InputError(reader.problems)
    return ScenarioFile(path.name, document, reader.lines)


class _Reader:
    """Turns nodes into values, and keeps the line of each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[FieldPath, int] = {}
        self.problems: list[InputProblem] = []
        self._seen: set[int] = set()
        self._construct = YAML(typ="safe", pure=True).constructor.construct_object

    def value(self, node: Node, path: FieldPath) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        if id(node) in self._seen:
            # A few lines of them can stand for more than any memory holds.
            self._refuse(
                line, "别名（*）不可使用，请写全", "aliases (*) are not read; write it out"
            )
            return None
        self._seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            self._refuse(line, f"标签 {node.tag} 不可使用", f"the tag {node.tag} is not read")
            return None
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                return [self.value(one, (*path, k)) for k, one in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node)

    def _mapping(self, node: MappingNode, path: FieldPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._refuse(line, "字段名应为文字", "a field's name has to be a text")
                continue
            key = str(key_node.value)
            if key in found:
                self._refuse(line, f"字段 {key} 重复", f"the field {key} stands there twice")
                continue
            self.lines[*path, key] = line
            found[key] = self.value(value_node, (*path, key))
        return found

    def _scalar(self, node: ScalarNode) -> Hashable:
        if node.tag == _TIMESTAMP:
            return str(node.value)  # days are judged as they were written
        try:
            value: Hashable = self._construct(node)
        except (YAMLError, ValueError, OverflowError):
            return str(node.value)
        return value

    def _refuse(self, line: int, zh: str, en: str) -> None:
        name = self.path.name
        self.problems.append(
            InputProblem(
                field=name,
                zh=f"文件 {name} 第 {line} 行：{zh}",
                en=f"file {name} line {line}: {en}",
            )
        )


def _refusal(path: Path, zh: str, en: str) -> InputError:
    return InputError(
        [InputProblem(field=path.name, zh=f"文件 {path} {zh}", en=f"file {path} {en}")]
    )
