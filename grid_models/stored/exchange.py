"""Exchange: two folders take each other's place in one step, where the system can do that."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

__all__ = ["exchange"]

# Of Linux: relative to the present folder; exchange both.
_HERE = -100
_EXCHANGE = 2


def exchange(one: Path, other: Path) -> bool:
    """Have two folders of one disk take each other's place, so that neither is ever missing.

    Returns
    -------
    done
        False where the system or the disk cannot do it; then nothing has changed.
    """
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    one_name, other_name = os.fsencode(one), os.fsencode(other)
    code: int = renameat2(
        ctypes.c_int(_HERE), ctypes.c_char_p(one_name),
        ctypes.c_int(_HERE), ctypes.c_char_p(other_name), ctypes.c_uint(_EXCHANGE),
    )  # fmt: skip
    return code == 0
