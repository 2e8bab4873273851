"""Passwords: what is good enough, hashed with Argon2id and compared with what was typed."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash

from api.auth.names import same_name
from grid_models.errors import InputProblem

__all__ = ["Passwords", "find_password_problems"]

LEAST_CHARACTERS = 12
MOST_BYTES = 1_000
# Each hash takes 64 MiB while it is made: many logins at once queue instead of filling the memory.
AT_ONCE = 4


def find_password_problems(password: str, name: str) -> list[InputProblem]:
    """Return what is wrong with a new password; the password itself is in no sentence."""
    problems = []
    if len(_normal(password)) < LEAST_CHARACTERS:
        problems.append(_problem(
            f"密码至少 {LEAST_CHARACTERS} 个字符",
            f"the password must have at least {LEAST_CHARACTERS} characters",
        ))  # fmt: skip
    if len(_bytes(password)) > MOST_BYTES:
        problems.append(_problem(
            f"密码至多 {MOST_BYTES:,} 字节", f"the password must have at most {MOST_BYTES:,} bytes"
        ))  # fmt: skip
    if same_name(password) == same_name(name):
        problems.append(_problem(
            "密码不能与用户名相同", "the password must not be the name"
        ))  # fmt: skip
    if any(unicodedata.category(c) == "Cs" for c in password):
        problems.append(_problem(
            "密码含有不完整的字符", "the password holds half a character"
        ))  # fmt: skip
    return problems


class Passwords:
    """Makes and compares hashes; a name nobody has costs as much as one somebody has.

    Parameters
    ----------
    hasher
        How hashes are made.
    """

    def __init__(self, hasher: PasswordHash) -> None:
        self._hasher = hasher
        self._turns = BoundedSemaphore(AT_ONCE)
        self._nobodys = self.hash(secrets.token_urlsafe())

    @classmethod
    @cache
    def recommended(cls) -> Passwords:
        """Return the one of this process, so that its turns bound the memory of the process."""
        return cls(PasswordHash.recommended())

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        with self._turns:
            return self._hasher.hash(_bytes(password))

    def check(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """Compare a password with what is kept; None takes as long and is never right.

        Returns
        -------
        is_right
            Whether it is the password.
        newer
            What to keep from now on, where hashes are made differently today; else None.
        """
        with self._turns:
            is_right, newer = self._hasher.verify_and_update(
                _bytes(password), self._nobodys if kept is None else kept
            )
        return is_right and kept is not None, newer


def _normal(password: str) -> str:
    """Return a password the same from every keyboard."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    # half a character is no password anyone has, and no reason to fail
    return _normal(password).encode(errors="surrogatepass")


def _problem(zh: str, en: str) -> InputProblem:
    return InputProblem(field="password", zh=zh, en=en)
