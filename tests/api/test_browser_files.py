"""What a browser is given as the page, and what it is told to allow it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.browser_files import add_browser_files, content_policy
from api.database import Database
from api.main import create_app
from api.serving import ServedGrids
from api.settings import Settings

PAGE, SCRIPT, PICTURE = b"<!doctype html><title>x</title>", b"let a = 1\n" * 500, b"\x89PNG..."
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FILES = {
    "/": "text/html; charset=utf-8",
    "/index.html": "text/html; charset=utf-8",
    "/assets/index-a1.js": "text/javascript; charset=utf-8",
    "/assets/index-a1.css": "text/css; charset=utf-8",
    "/sw.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml",
    "/icon-192.png": "image/png",
    "/manifest.webmanifest": "application/manifest+json",
}


def build_in(place: Path) -> Path:
    """Return a folder as a build leaves it, beside a secret that is none of it."""
    folder = place / "static"
    (folder / "assets").mkdir(parents=True)
    for name, content in {
        "index.html": PAGE, "assets/index-a1.js": SCRIPT, "assets/index-a1.css": b"a{}",
        "sw.js": b"self", "icon.svg": b"<svg/>", "manifest.webmanifest": b"{}",
    }.items():  # fmt: skip
        (folder / name).write_bytes(content)
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    (folder / "icon-192.png").write_bytes(PICTURE)
    (folder / ".built-from").write_text("0" * 64)
    (place / "secret.txt").write_text("secret")
    return folder


def client_of(folder: Path) -> TestClient:
    """Return a client of a service that serves what was built to a folder."""
    app = create_app(Settings(), ServedGrids([]), Database.open("sqlite://"))
    add_browser_files(app, Settings(), folder)
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_in(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def client(built: Path) -> TestClient:
    return client_of(built)


@pytest.fixture(scope="module")
def unbuilt(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    return client_of(tmp_path_factory.mktemp("empty"))


# What a browser is told ----------------------------------------------------------------------


def test_nothing_from_elsewhere_is_allowed() -> None:
    assert content_policy(Settings()) == POLICY


def test_the_base_map_of_the_deployment_may_send_pictures() -> None:
    settings = Settings(base_map_url="https://tiles.example:8443/wmts/{z}/{y}/{x}?tk=0")
    allowed = POLICY.replace("blob:;", "blob: https://tiles.example:8443;")
    assert content_policy(settings) == allowed


def test_the_sign_in_may_be_asked_by_a_deployment_whose_browsers_use_it() -> None:
    sign_in = {
        "oidc_issuer": "https://sign-in.example/realms/grid",
        "oidc_jwks_url": "https://sign-in.example/keys",
        "oidc_audience": "supply-plan",
    }
    assert content_policy(Settings(**sign_in)) == POLICY
    with_browsers = Settings(**sign_in, oidc_client_id="phone")
    allowed = POLICY.replace("connect-src 'self';", "connect-src 'self' https://sign-in.example;")
    assert content_policy(with_browsers) == allowed


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("accepts", ["gzip, br", "identity"])
def test_every_file_is_sent_with_what_a_browser_is_to_allow_it(
    client: TestClient, path: str, accepts: str
) -> None:
    answer = client.get(path, headers={"Accept-Encoding": accepts})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == FILES[path]
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    expected = "geolocation=(self), camera=(self), microphone=()"
    assert answer.headers["permissions-policy"] == expected


@pytest.mark.parametrize("path", [path for path in FILES if "assets" not in path])
def test_what_keeps_its_name_is_asked_for_again(client: TestClient, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", [path for path in FILES if "assets" in path])
def test_what_is_named_by_its_content_is_kept_for_ever(client: TestClient, path: str) -> None:
    kept = client.get(path).headers["cache-control"]
    assert kept == "public, max-age=31536000, immutable"


def test_what_a_browser_still_has_is_not_sent_again(client: TestClient) -> None:
    etag = client.get("/").headers["etag"]
    again = client.get("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == POLICY


# Packed and plain ----------------------------------------------------------------------------


def raw(client: TestClient, path: str, accepts: str) -> tuple[str | None, bytes]:
    """Return content encoding and bytes as they are sent."""
    with client.stream("GET", path, headers={"Accept-Encoding": accepts}) as answer:
        assert "Accept-Encoding" in answer.headers["vary"]
        return answer.headers.get("content-encoding"), b"".join(answer.iter_raw())


def test_who_takes_gzip_is_sent_the_file_as_the_build_packed_it(
    client: TestClient, built: Path
) -> None:
    packed = (built / "assets" / "index-a1.js.gz").read_bytes()
    assert raw(client, "/assets/index-a1.js", "br, gzip") == ("gzip", packed)


def test_who_does_not_is_sent_it_plain(client: TestClient) -> None:
    assert raw(client, "/assets/index-a1.js", "identity") == (None, SCRIPT)


def test_a_picture_is_sent_as_it_is(client: TestClient) -> None:
    assert raw(client, "/icon-192.png", "gzip") == (None, PICTURE)


@pytest.mark.parametrize("accepts", ["gzip", "identity"])
def test_asking_by_head_is_told_the_same_without_the_file(client: TestClient, accepts: str) -> None:
    headers = {"Accept-Encoding": accepts}
    head, get = client.head("/", headers=headers), client.get("/", headers=headers)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": ""} == {**get.headers, "x-request-id": ""}


# What is no file of the build ----------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere", "/nowhere.html", "/assets", "/assets/", "/index.html.gz", "/.built-from",
        "/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/a%00b",
        "/" + "a" * 300, "/%ff", "//etc/passwd", "/assets%5c..%5c..%5csecret.txt",
        "/v1/unknown", "/v1", "/v1/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_what_is_nowhere_is_a_problem_document(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert method == "HEAD" or answer.json()["code"] == "not_found"


def test_a_link_that_leads_out_of_the_build_is_not_followed(tmp_path: Path) -> None:
    built = build_in(tmp_path)
    (built / "out.txt").symlink_to(built.parent / "secret.txt")
    assert client_of(built).get("/out.txt").status_code == 404


def test_the_page_is_only_read(client: TestClient) -> None:
    answer = client.post("/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/v1/sessions/browser", "POST"), ("DELETE", "/v1/grid", "GET")],
)
def test_a_route_asked_by_another_method_still_says_which_is_its_own(
    client: TestClient, method: str, path: str, allow: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    assert answer.json()["code"] == "method_not_allowed"


def test_every_route_comes_before_the_files(tmp_path: Path) -> None:
    built = build_in(tmp_path)
    (built / "healthz").write_text("a file")
    assert client_of(built).get("/healthz").json() == {"status": "ok"}


# Without a build -----------------------------------------------------------------------------


def test_a_page_that_was_not_built_says_how_it_is(unbuilt: TestClient) -> None:
    answer = unbuilt.get("/")
    assert answer.status_code == 503
    assert "页面未构建" in answer.text
    assert "the web client is not built; run uv sync" in answer.text


def test_the_service_answers_without_the_page(unbuilt: TestClient) -> None:
    assert unbuilt.get("/healthz").status_code == 200
    assert unbuilt.get("/v1/grid").json()["code"] == "not_authenticated"
    assert unbuilt.get("/sw.js").json()["code"] == "not_found"


def test_a_page_that_was_not_built_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client_of(tmp_path)
    assert "the web client is not built" in caplog.text
