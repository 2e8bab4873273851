from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode
from pydantic import ValidationError

from api.auth.errors import IssuerUnreachableError, NoRoleError, NotAuthenticatedError
from api.auth.oidc import Issuer
from api.settings import Settings
from tests.api.auth.issuer import (
    AUDIENCE,
    ISSUER,
    SignIn,
    claims,
    ec_key,
    rsa_key,
    running_sign_in,
    token,
)


@pytest.fixture
def sign_in() -> Iterator[SignIn]:
    with running_sign_in() as running:
        yield running


@pytest.fixture
def issuer(sign_in: SignIn) -> Issuer:
    return Issuer(sign_in.settings())


def refused(issuer: Issuer, sent: str) -> bool:
    with pytest.raises(NotAuthenticatedError):
        issuer.identify(sent)
    return True


def test_a_good_token_names_its_caller(issuer: Issuer) -> None:
    caller = issuer.identify(token())

    assert (caller.name, caller.role, caller.districts) == ("oidc:u-17", "planner", ("西湖",))
    assert caller.scopes is None


def test_elliptic_curves_are_taken_too(sign_in: SignIn) -> None:
    sign_in.keys = {"e1": ec_key()}
    sent = token(ec_key(), kid="e1", algorithm="ES256")
    assert Issuer(sign_in.settings()).identify(sent).role == "planner"


# Forged, late, or for somebody else -----------------------------------------------------------


def test_a_token_of_another_key_is_refused(issuer: Issuer) -> None:
    assert refused(issuer, token(rsa_key(1)))


def test_a_token_whose_claims_were_altered_is_refused(issuer: Issuer) -> None:
    head, _, signature = token().split(".")
    other = base64url_encode(json.dumps(claims(role="administrator")).encode()).decode()
    assert refused(issuer, f"{head}.{other}.{signature}")


def test_a_token_without_signature_is_refused(issuer: Issuer) -> None:
    sent = jwt.encode(claims(), None, algorithm="none", headers={"kid": "k1"})
    assert refused(issuer, sent)


def test_a_token_that_drops_its_signature_is_refused(issuer: Issuer) -> None:
    assert refused(issuer, token().rpartition(".")[0] + ".")


def test_a_secret_made_of_the_public_key_is_refused(issuer: Issuer) -> None:
    public = rsa_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert refused(issuer, token(base64.b64encode(public), algorithm="HS256"))


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_no_other_algorithm_is_taken(issuer: Issuer, algorithm: str) -> None:
    assert refused(issuer, token(algorithm=algorithm))


def test_an_algorithm_that_is_not_taken_asks_for_no_keys(issuer: Issuer, sign_in: SignIn) -> None:
    refused(issuer, token(b"x" * 64, algorithm="HS512"))
    assert sign_in.asked == 0


@pytest.mark.filterwarnings("ignore:The RSA key is")
def test_a_key_that_is_too_short_is_refused(sign_in: SignIn) -> None:
    short = rsa_key(0, 1024)
    sign_in.keys = {"k1": short}
    assert refused(Issuer(sign_in.settings()), token(short))


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another-service"},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "soon"},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 71},
        {"sub": "a\nb"},
    ],
)
def test_claims_that_are_not_in_order_are_refused(issuer: Issuer, wrong: dict[str, Any]) -> None:
    assert refused(issuer, token(**wrong))


@pytest.mark.parametrize("moment", ["exp", "nbf", "iat"])
def test_a_token_out_of_its_time_is_refused(issuer: Issuer, moment: str) -> None:
    ahead = -120 if moment == "exp" else 120
    assert refused(issuer, token(**{moment: int(time.time()) + ahead}))


@pytest.mark.parametrize("moment", ["exp", "nbf", "iat"])
def test_clocks_may_differ_by_half_a_minute(issuer: Issuer, moment: str) -> None:
    ahead = -30 if moment == "exp" else 30
    assert issuer.identify(token(**{moment: int(time.time()) + ahead}))


@pytest.mark.parametrize("sent", ["", "a.b.c", "..", "\ud800.\x00.x", "e30.e30.e30", "x" * 9_000])
def test_what_is_no_token_is_refused(issuer: Issuer, sent: str) -> None:
    assert refused(issuer, sent)


def test_brackets_without_end_are_refused(issuer: Issuer) -> None:
    head = base64url_encode(b"[" * 100_000).decode()
    assert refused(issuer, f"{head}.e30.e30")


def test_a_moment_without_end_is_refused(issuer: Issuer) -> None:
    assert refused(issuer, token(exp=float("inf")))


# Keys of the sign-in --------------------------------------------------------------------------


def test_keys_are_asked_for_once(issuer: Issuer, sign_in: SignIn) -> None:
    for _ in range(3):
        issuer.identify(token())
    assert sign_in.asked == 1


def test_keys_nobody_knows_are_not_asked_for_again_within_a_minute(
    issuer: Issuer, sign_in: SignIn
) -> None:
    issuer.identify(token())
    for number in range(3):
        refused(issuer, token(kid=f"unknown-{number}"))
    assert sign_in.asked == 1


def test_a_new_key_is_taken_after_that(sign_in: SignIn) -> None:
    issuer = Issuer(sign_in.settings(), refetch_s=0)
    issuer.identify(token())
    sign_in.keys = {"k2": rsa_key(1)}
    assert issuer.identify(token(rsa_key(1), kid="k2"))


def test_a_token_without_the_name_of_its_key_is_refused(issuer: Issuer) -> None:
    assert refused(issuer, token(kid=None))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"keys": []}', b"\xff"])
def test_an_answer_without_keys_is_the_sign_ins_fault(sign_in: SignIn, body: bytes) -> None:
    sign_in.body = body
    with pytest.raises(IssuerUnreachableError):
        Issuer(sign_in.settings()).identify(token())


def test_nobody_waits_again_for_a_sign_in_that_failed(sign_in: SignIn) -> None:
    sign_in.body = b"<html>"
    issuer = Issuer(sign_in.settings())
    for _ in range(3):
        with pytest.raises(IssuerUnreachableError):
            issuer.identify(token())
    assert sign_in.asked == 1


def test_known_keys_stay_good_while_the_sign_in_fails(sign_in: SignIn) -> None:
    issuer = Issuer(sign_in.settings(), refetch_s=0)
    issuer.identify(token())
    sign_in.body = b"<html>"
    with pytest.raises(IssuerUnreachableError):
        issuer.identify(token(kid="unknown"))
    assert issuer.identify(token())


def test_a_sign_in_that_is_not_there_is_named_as_such() -> None:
    with running_sign_in() as stopped:
        settings = stopped.settings()
    with pytest.raises(IssuerUnreachableError):
        Issuer(settings).identify(token())


# Role, districts, scopes ----------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, "guest", "", ["planner", "auditor"], 7, {"a": 1}])
def test_a_token_names_exactly_one_role(issuer: Issuer, role: object) -> None:
    with pytest.raises(NoRoleError):
        issuer.identify(token(role=role))


def test_roles_of_other_services_do_not_matter(issuer: Issuer) -> None:
    assert issuer.identify(token(role=["mail-user", "auditor"])).role == "auditor"


@pytest.mark.parametrize(
    ("claim", "districts"),
    [(None, ()), ([], ()), ("*", None), (["*"], None), ("西湖 上城", ("西湖", "上城"))],
)
def test_districts_are_a_list_or_words(
    issuer: Issuer, claim: object, districts: tuple[str, ...] | None
) -> None:
    assert issuer.identify(token(districts=claim)).districts == districts


def test_districts_that_are_no_names_are_refused(issuer: Issuer) -> None:
    with pytest.raises(NoRoleError):
        issuer.identify(token(districts=["*", "西湖"]))


def test_an_integrator_has_the_scopes_of_the_token(issuer: Issuer) -> None:
    caller = issuer.identify(token(role="integrator", scope="openid plan.make"))
    assert caller.scopes == {"openid", "plan.make"}


def test_claims_may_have_other_names(sign_in: SignIn) -> None:
    settings = sign_in.settings(
        oidc_name_claim="preferred_username", oidc_role_claim="groups",
        oidc_districts_claim="areas",
    )  # fmt: skip
    caller = Issuer(settings).identify(
        token(preferred_username="王工", groups=["manager"], areas=["上城"])
    )
    assert (caller.name, caller.role, caller.districts) == ("oidc:王工", "manager", ("上城",))


# Settings -------------------------------------------------------------------------------------


def test_without_an_issuer_there_is_none() -> None:
    assert Issuer.of(Settings()) is None


def test_issuer_audience_and_keys_belong_together() -> None:
    with pytest.raises(ValidationError, match="belong together"):
        Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE)


@pytest.mark.parametrize("url", ["http://sign-in.example/keys", "file:///etc/passwd", "keys"])
def test_keys_come_over_https(url: str) -> None:
    with pytest.raises(ValidationError, match="https"):
        Settings(oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_jwks_url=url)
