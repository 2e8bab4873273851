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
    renameat2.argtypes = [ctypes.c_int, ctypes.c_char_p] * 2 + [ctypes.c_uint]
    return bool(
        renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0
    )  # fmt: skip
