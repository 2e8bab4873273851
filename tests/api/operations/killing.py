"""Run commands and kill them at one of their steps; started by `test_kills`.

    echo '[4, ["db", "upgrade", "--database", "sqlite:///a.db"]]' | python killing.py MODULE

Each line is a run: a process of its own, forked from one that has everything imported, that gets
SIGKILL at its n-th step: a statement for a database, its commit, or a change of the file system.
Nothing of the program is patched: SQLAlchemy's events and Python's audit hooks see the steps.
Answers each line with the number of steps it took to its end, or 0 if it was killed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from itertools import count
from typing import Any

import sqlalchemy as sa

_ON_DISK = {
    "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree",
    "shutil.move", "shutil.copyfile",
}  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR


def main() -> None:
    import_module(sys.argv[1])  # once, before anything is forked
    for line in sys.stdin:
        at, arguments = json.loads(line)
        print(_steps_until(at, arguments), flush=True)  # noqa: T201


def _steps_until(at: int, arguments: list[str]) -> int:
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        _run(at, arguments, theirs)
    os.close(theirs)
    with os.fdopen(ours) as told:
        steps = told.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return 0
    assert os.waitstatus_to_exitcode(status) == 0, arguments
    return int(steps)


def _run(at: int, arguments: list[str], told: int) -> None:
    """Run the command in this process, which ends with it or before."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    code = 1
    try:
        from api.cli import app

        steps = _count_steps(at)
        app(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
        os.write(told, str(next(steps)).encode())
    finally:
        os._exit(code)


def _count_steps(at: int) -> count[int]:
    """Have every step from now on counted, and the process killed before one of them."""
    steps = count(1)

    def step() -> None:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_event(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            _, mode, flags = arguments
            is_writing = any(c in "wax+" for c in mode) if mode else flags & _WRITING
            if is_writing:
                step()
        elif event in _ON_DISK:
            step()

    sys.addaudithook(on_event)
    sa.event.listen(sa.engine.Engine, "before_cursor_execute", lambda *_: step())
    sa.event.listen(sa.engine.Engine, "commit", lambda _: step())
    return steps


if __name__ == "__main__":
    main()
