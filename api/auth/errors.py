"""Errors of who may what.

::

    SupplyPlanError
    |-- NotAuthenticatedError      no token, or one that is not good (any more)
    |-- WrongCredentialsError      name or password is wrong; which of them is not said
    |-- TooManyAttemptsError       too many logins of a name failed; wait
    |-- NotAllowedError            known, but not allowed
    |   `-- NoRoleError            the company's sign-in gives no role, or several
    |-- NameTakenError             another one has this name
    |-- UnknownAccountError        no such account, or not the caller's to see
    |-- UnknownKeyError            no such key, or not the caller's to see
    |-- UnknownSessionError        the caller is not here by a login
    |-- RevokedKeyError            a revoked key gets no new secret
    `-- IssuerUnreachableError     the company's sign-in gives no keys to check a token by
"""

from __future__ import annotations

from grid_models.errors import SupplyPlanError
from planner.form import shown

__all__ = [
    "IssuerUnreachableError",
    "NameTakenError",
    "NoRoleError",
    "NotAllowedError",
    "NotAuthenticatedError",
    "RevokedKeyError",
    "TooManyAttemptsError",
    "UnknownAccountError",
    "UnknownKeyError",
    "UnknownSessionError",
    "WrongCredentialsError",
]


class NotAuthenticatedError(SupplyPlanError):
    """No token was given, or one that is not good, or not any more."""

    def __init__(self) -> None:
        super().__init__(
            "send a valid token as `Authorization: Bearer ...`; log in again if it has expired / "
            "请以 Authorization: Bearer 提供有效令牌；令牌过期请重新登录"
        )


class WrongCredentialsError(SupplyPlanError):
    """Name or password is wrong; which of them is not said."""

    def __init__(self) -> None:
        super().__init__("name or password is wrong / 用户名或密码错误")


class TooManyAttemptsError(SupplyPlanError):
    """Too many logins of a name failed.

    Parameters
    ----------
    wait_s
        Seconds until the next may be tried.
    """

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        super().__init__(
            f"too many logins of this name failed; try again in {wait_s} s / "
            f"该用户名登录失败次数过多，请 {wait_s} 秒后再试"
        )


class NotAllowedError(SupplyPlanError):
    """The caller is known and may not do this."""

    def __init__(self, who: str, action: str, district: str | None = None) -> None:
        where_en = f' in district "{shown(district)}"' if district is not None else ""
        where_zh = f"（区域“{shown(district)}”）" if district is not None else ""
        super().__init__(
            f"{shown(who)} may not do {action}{where_en} / {shown(who)} 无权执行 {action}{where_zh}"
        )


class NoRoleError(NotAllowedError):
    """The company's sign-in gives no role or several, or districts that cannot be names."""

    def __init__(self, who: str) -> None:
        SupplyPlanError.__init__(
            self,
            f"the token of {shown(who)} must name exactly one role, and districts by name / "
            f"{shown(who)} 的令牌应恰含一个角色，区域应为名称",
        )


class NameTakenError(SupplyPlanError):
    """Another account or key has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f'the name "{name}" is taken / 名称“{name}”已被使用')


class UnknownAccountError(SupplyPlanError):
    """There is no such account, or it is not the caller's to see."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"no account {shown(account_id)} / 没有账户 {shown(account_id)}")


class UnknownKeyError(SupplyPlanError):
    """There is no such key, or it is not the caller's to see."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"no key {shown(key_id)} / 没有密钥 {shown(key_id)}")


class UnknownSessionError(SupplyPlanError):
    """The caller is here by a key or by the company's sign-in: there is no login to end."""

    def __init__(self) -> None:
        super().__init__(
            "only a login can be ended here; keys are revoked / "
            "此处只能结束登录；密钥请以撤销方式停用"
        )


class RevokedKeyError(SupplyPlanError):
    """A key that was revoked gets no new secret."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"key {key_id} was revoked, make a new one / 密钥 {key_id} 已撤销，请新建密钥"
        )


class IssuerUnreachableError(SupplyPlanError):
    """The company's sign-in gives no keys to check a token by."""

    def __init__(self) -> None:
        super().__init__(
            "the company's sign-in cannot be reached, try again shortly / "
            "无法连接统一身份认证，请稍后再试"
        )
