from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.browser_files import add_browser_files
from api.settings import Settings

PAGE = "<!doctype html><title>供电方案</title>"
SCRIPT = "import('./map.js')"


@pytest.fixture
def talk(tmp_path: Path) -> TestClient:
    """Return a client of a build of one page, and one script packed both ways."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE, encoding="utf-8")
    script = tmp_path / "assets" / "app.js"
    script.write_text(SCRIPT, encoding="utf-8")
    script.with_name("app.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    script.with_name("app.js.br").write_bytes(b"as brotli has it")
    app = FastAPI()
    add_browser_files(app, Settings(), tmp_path)
    return TestClient(app)


def ask(talk: TestClient, accepts: str) -> tuple[str | None, bytes]:
    """Return how the script came, and what came."""
    with talk.stream("GET", "/assets/app.js", headers={"Accept-Encoding": accepts}) as answer:
        return answer.headers.get("Content-Encoding"), b"".join(answer.iter_raw())


@pytest.mark.parametrize("accepts", ["gzip, deflate, br, zstd", "br", "br;q=1.0, gzip;q=0.5"])
def test_who_reads_brotli_is_sent_it(talk: TestClient, accepts: str) -> None:
    assert ask(talk, accepts) == ("br", b"as brotli has it")


@pytest.mark.parametrize("accepts", ["gzip, deflate", "gzip, broth"])
def test_who_reads_gzip_alone_is_sent_that(talk: TestClient, accepts: str) -> None:
    way, sent = ask(talk, accepts)
    assert (way, gzip.decompress(sent)) == ("gzip", SCRIPT.encode())


def test_who_reads_neither_is_sent_the_file_as_it_is(talk: TestClient) -> None:
    assert ask(talk, "identity") == (None, SCRIPT.encode())


@pytest.mark.parametrize("accepts", ["br", "gzip", "identity"])
def test_a_script_is_one_however_it_is_packed(talk: TestClient, accepts: str) -> None:
    with talk.stream("GET", "/assets/app.js", headers={"Accept-Encoding": accepts}) as answer:
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_was_not_packed_comes_as_it_is(talk: TestClient) -> None:
    answer = talk.get("/", headers={"Accept-Encoding": "br"})
    assert (answer.headers.get("Content-Encoding"), answer.text) == (None, PAGE)
