"""Rules about the repository itself that no other tool holds."""

from __future__ import annotations

import ast
import dataclasses
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

import planner.plan
from grid_models.grid import TABLES

ROOT = Path(__file__).parents[1]
PACKAGES = ("api", "planner", "grid_models")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
PYTHON_FILES = [
    *MODULES,
    *(path for folder in ("tests", "examples", "docs") for path in (ROOT / folder).rglob("*.py")),
]
MOST_LINES = 400
LONGER_FILES: frozenset[str] = frozenset()

# In pieces, so that this file does not hold what it looks for.
REGISTRIES = (
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "npm" + "mirror.com",
    "yarn" + "pkg.com",
    "crates" + ".io",
    "proxy.go" + "lang.org",
    "conda" + ".anaconda.org",
    "//mirrors" + ".",
    "index" + "-url",
    "index" + "_url",
    "arti" + "factory",
)
FOLDERS_OF_A_MACHINE = "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers"))
MACHINE_PATHS = re.compile(rf"(?<![\w.~-])/(?:{FOLDERS_OF_A_MACHINE})/")
# The foreign libraries that know networks and solve them, and where each may be imported.
NETWORK_LIBRARIES = ("pandapower", "simbench")
READERS, SOLVERS = "grid_models/readers/", "grid_models/solvers/"
REFEREE = "grid_models/solvers/reference.py"
ENGINES = (*NETWORK_LIBRARIES, "power_grid_model")


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of every file git holds."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git here to say which files are tracked")
    listed = subprocess.run(
        [git, "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_bytes().decode(errors="ignore")


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def importers(
    libraries: Iterable[str], *, besides: tuple[str, ...], at_once: bool = False
) -> list[str]:
    """Return the modules that import any of some libraries; `at_once`: as soon as loaded."""
    return [
        name_of(path)
        for path in MODULES
        if not name_of(path).startswith(besides)
        and imports(parse(path).body if at_once else ast.walk(parse(path))) & set(libraries)
    ]


def imports(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the libraries that some statements import."""
    found = set()
    for node in nodes:
        match node:
            case ast.Import(names=names):
                found |= {alias.name.partition(".")[0] for alias in names}
            case ast.ImportFrom(module=str(module)):
                found.add(module.partition(".")[0])
    return found


def declares_what_is_public(module: ast.Module) -> bool:
    """Tell whether `__all__` names what is there; a docstring alone needs none."""
    defined, listed = set[str](), None
    for node in module.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                defined.add(name)
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                listed = set(ast.literal_eval(value))
            case ast.Assign(targets=targets):
                parts = (part for target in targets for part in ast.walk(target))
                defined |= {part.id for part in parts if isinstance(part, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                defined.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                defined |= {alias.asname or alias.name for alias in names}
    return len(module.body) == 1 if listed is None else listed <= defined


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_tracked_file_names_a_package_registry() -> None:
    found = [(name, word) for name, text in tracked_texts() for word in REGISTRIES if word in text]
    assert found == []


def test_no_tracked_file_names_a_path_of_one_machine() -> None:
    found = [(name, match.group()) for name, text in tracked_texts()
             for match in MACHINE_PATHS.finditer(text)]  # fmt: skip
    assert found == []


def test_no_python_file_is_longer_than_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in PYTHON_FILES}
    too_long = {name: count for name, count in lengths.items() if count > MOST_LINES}
    assert {name: count for name, count in too_long.items() if name not in LONGER_FILES} == {}


def test_every_module_says_what_it_is() -> None:
    silent = [path for path in MODULES if not ast.get_docstring(parse(path))]
    assert silent == []


def test_every_module_says_what_is_public_and_has_it() -> None:
    assert [path for path in MODULES if not declares_what_is_public(parse(path))] == []


def test_only_readers_and_the_referee_know_pandapower_and_simbench() -> None:
    assert importers(NETWORK_LIBRARIES, besides=(READERS, REFEREE)) == []


def test_only_readers_and_solvers_know_an_engine() -> None:
    assert importers(ENGINES, besides=(READERS, SOLVERS)) == []


def test_no_engine_is_imported_before_it_is_needed() -> None:
    assert importers(ENGINES, besides=(), at_once=True) == []


def test_the_gate_runs_the_readmes_own_commands() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace(" -q ", " ")
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        (block,) = re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)
        commands = [part.strip() for line in block.splitlines() for part in line.split("&&")]
        assert commands == ["pip install uv", "uv run supply-plan demo", "uv run pytest"]
        assert [command for command in commands if command not in gate] == []


def test_both_readmes_have_the_same_sections() -> None:
    def levels(readme: str) -> list[str]:
        text = (ROOT / readme).read_text(encoding="utf-8")
        return re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.M)

    assert levels("README.md") == levels("README.zh-CN.md")


def test_every_link_of_a_page_leads_somewhere() -> None:
    links = [
        (path, link)
        for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    ]
    assert links
    assert [(p, k) for p, k in links if "://" not in k and not (p.parent / k).exists()] == []


def test_every_decision_has_its_number_status_date_and_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        assert re.search(r"^Status: \w+\. Date: \d{4}-\d\d-\d\d\.$", text, flags=re.M), page
        parts = re.findall(r"^## (.+)$", text, flags=re.M)
        assert {"Context", "Decision", "Consequences", "Alternatives"} <= set(parts), page


# ---- units and signs ----


def units_page() -> Mapping[str, list[str]]:
    """Return the names in the first column of each table of the page, by section."""
    text = (ROOT / "docs" / "units-and-signs.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", text, flags=re.M)[1:]
    return {
        section.splitlines()[0]: [
            name
            for row in re.findall(r"^\| (`[^|]*?) \|", section, flags=re.M)
            for name in re.findall(r"`([^`]+)`", row)
        ]
        for section in sections
    }


def numbers_of_the_tables() -> set[str]:
    return {
        name
        for columns in TABLES.values()
        for name, column in columns.items()
        if column.kind in ("float", "int")
    }


def numbers_of_a_plan() -> set[str]:
    parts = (getattr(planner.plan, name) for name in planner.plan.__all__)
    return {
        field.name
        for part in parts
        if isinstance(part, type) and dataclasses.is_dataclass(part)
        for field in dataclasses.fields(part)
        if str(field.type) in ("float", "int", "float | None", "tuple[float, ...]")
    }


# Said in the text of the page rather than in a table: places, money, a check's own unit, counts.
IN_WORDS = {
    "lon", "lat", "p15", "p50", "p85", "cost_p50", "value", "limit", "tried", "bound",
    "days", "quantity", "rank", "problem_count", "desk_reason_count",
}  # fmt: skip


def test_the_unit_of_every_number_is_on_the_page() -> None:
    page = units_page()
    known = {*page["Numbers without a unit"], *IN_WORDS}
    names = numbers_of_the_tables() | numbers_of_a_plan()
    endings = tuple(page["Units"])
    assert {name for name in names if name not in known and not name.endswith(endings)} == set()


def test_every_unit_on_the_page_is_in_use() -> None:
    names = numbers_of_the_tables() | numbers_of_a_plan()
    endings = [name for name in units_page()["Units"] if name.startswith("_")]
    assert endings
    assert [end for end in endings if not any(name.endswith(end) for name in names)] == []
