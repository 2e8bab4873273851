"""Listening: the socket a server is reached by."""

from __future__ import annotations

import socket

from grid_models.errors import InputError, InputProblem

__all__ = ["listen"]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address, and whose answers leave at once.

    Parameters
    ----------
    port
        0: one that is free.

    Raises
    ------
    InputError
        If the address is taken, or is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(
            [
                InputProblem(
                    field="--port",
                    zh=f"无法监听 {host}:{port}（{error}），请用 --port 换一个端口",
                    en=f"cannot listen on {host}:{port} ({error}); choose another with --port",
                )
            ]
        ) from error
    # Connections have it from here: the event loop sets it only where it makes the socket itself.
    # Without it a body waits until the caller has acknowledged its headers, some 40 ms.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
