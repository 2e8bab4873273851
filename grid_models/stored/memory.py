"""Memory: what was needed to decode a file goes back to the system once it is decoded.

Arrow's own allocators keep what they have had once, a heap a thread. In a process that reads some
twenty columns and then serves for months that would be most of the memory it does not share.
"""

from __future__ import annotations

import pyarrow as arrow

__all__ = ["give_back", "use_system_memory"]


def use_system_memory() -> None:
    """Let Arrow take its memory from the system's allocator, which can give it back."""
    arrow.set_memory_pool(arrow.system_memory_pool())


def give_back() -> None:
    """Return memory that is free to the system; takes milliseconds."""
    arrow.default_memory_pool().release_unused()
