from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

from planner.messages import message_templates

ClientOf = Callable[..., TestClient]


def test_a_code_has_its_word_in_both_languages(client_of: ClientOf) -> None:
    words = client_of("wang", "西湖").get("/v1/words").json()
    assert words["kind_mv_public_tee"] == {"zh": "架空线路 T 接", "en": "pole tee"}


def test_words_are_those_of_the_planner_without_the_sentences(client_of: ClientOf) -> None:
    words = client_of("wang", "西湖").get("/v1/words").json()
    templates = message_templates()
    assert set(words) < set(templates)
    assert set(words) == {code for code, text in templates.items() if "{" not in text.zh}


def test_no_word_waits_for_a_figure(client_of: ClientOf) -> None:
    words = client_of("wang", "西湖").get("/v1/words").json()
    assert [code for code, word in words.items() if "{" in word["zh"] + word["en"]] == []


def test_words_are_for_who_is_known(client_of: ClientOf) -> None:
    answer = client_of("wang", "西湖").get("/v1/words", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
