"""Photos of the site: kept without what a phone writes into them, each once."""

from __future__ import annotations

import hashlib
from io import BytesIO
from struct import pack
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image, ImageChops, ImageOps

from api.auth.identity import Identity
from api.settings import Settings
from tests.api.auth.house import House
from tests.api.service.talk import ClientOf, accepted, confirm, held, reply
from tests.api.test_pictures import with_scans

ORIENTATION, MAKE, GPS, WIDTH = 0x0112, 0x010F, 0x8825, 0x0100
SHORT, TEXT = 3, 2  # types of notes
NOISE = 64  # of writing a JPEG twice; black and white are 255 apart
WHEN = {"taken_at": "2026-06-01T09:00:00+08:00"}
SPOT = {"lon": 120.1633, "lat": 30.2802, "accuracy_m": 8.0}


@pytest.fixture
def house(house: House) -> House:
    """A service that keeps three photos of an application, of at most 300,000 pixels each."""
    settings = Settings(
        photos_per_application=3, photo_side_px=256, photo_max_pixels=300_000,
        photo_max_bytes=200_000, photo_max_progressive_pixels=150_000, photos_at_once=1,
        photos_waiting=0,
    )  # fmt: skip
    identity = house.identity
    return House(
        identity=Identity(
            database=identity.database, settings=settings, passwords=identity.passwords,
            issuer=None,
        )
    )  # fmt: skip


@pytest.fixture
def zhao(client_of: ClientOf) -> TestClient:
    return client_of("zhao", "西湖", role="administrator")


def jpeg(size: tuple[int, int] = (64, 32), colour: str = "red", **more: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG", **more)
    return file.getvalue()


def path(name: str, photo: int | None = None) -> str:
    return f"/v1/applications/{name}/photos" + ("" if photo is None else f"/{photo}")


def send(client: TestClient, name: str, content: bytes | None = None, **query: Any) -> Response:
    headers = {"Content-Type": "image/jpeg"} | query.pop("headers", {})
    body = jpeg() if content is None else content
    return client.post(path(name), content=body, params=query, headers=headers)


def picture(client: TestClient, name: str, photo: int = 1) -> Image.Image:
    return Image.open(BytesIO(client.get(path(name, photo)).content))


# Kept -----------------------------------------------------------------------------------------


def test_a_photo_is_kept_with_who_sent_it_and_where_it_was_taken(wang: TestClient) -> None:
    answer = send(wang, accepted(wang), **SPOT, **WHEN)

    assert answer.status_code == 201
    one = answer.json()
    assert one | SPOT | {"photo": 1, "sent_by": "wang", "width_px": 64, "height_px": 32} == one
    assert one["taken_at"] == "2026-06-01T01:00:00Z"


def test_it_is_given_back_as_a_picture_and_nothing_else(wang: TestClient) -> None:
    name = accepted(wang)
    sent = send(wang, name).json()
    answer = wang.get(path(name, 1))

    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert hashlib.sha256(answer.content).hexdigest() == sent["content_hash"]
    assert len(answer.content) == sent["size_bytes"]


def test_what_a_phone_writes_into_it_is_not_kept(wang: TestClient) -> None:
    exif = Image.Exif()
    exif[MAKE] = "a phone"
    exif.get_ifd(GPS)[2] = (30.0, 16.0, 48.7)
    name = accepted(wang)
    send(wang, name, jpeg(exif=exif, comment=b"Mr Li at the door"))
    content = wang.get(path(name, 1)).content

    assert b"a phone" not in content
    assert b"Li" not in content
    assert dict(Image.open(BytesIO(content)).getexif()) == {}


def test_a_photo_taken_with_the_phone_on_its_side_stands_upright(wang: TestClient) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turned by a quarter
    name = accepted(wang)
    send(wang, name, jpeg((64, 32), exif=exif))

    assert picture(wang, name).size == (32, 64)


def test_a_photo_with_an_odd_note_is_kept_upright_all_the_same(wang: TestClient) -> None:
    # a width that is written as text: Pillow reads it and cannot write it again
    notes = pack(">HHIHxx", ORIENTATION, SHORT, 1, 6) + pack(">HHI4s", WIDTH, TEXT, 4, b"64?\0")
    exif = b"Exif\0\0MM\0*" + pack(">IH", 8, 2) + notes + pack(">I", 0)
    name = accepted(wang)
    send(wang, name, jpeg((64, 32), exif=exif))

    assert picture(wang, name).size == (32, 64)


@pytest.mark.parametrize("turned", range(1, 9))
def test_every_way_to_hold_a_phone_stands_upright(wang: TestClient, turned: int) -> None:
    """Pillow's own turning is the judge, where it takes the note."""
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    sent = BytesIO()
    drawn = Image.new("L", (64, 32), "white")
    drawn.paste("black", (0, 0, 32, 16))
    drawn.save(sent, "JPEG", exif=exif)
    name = accepted(wang)
    send(wang, name, sent.getvalue())
    judged = ImageOps.exif_transpose(Image.open(sent))
    kept = picture(wang, name).convert("L")

    assert kept.size == judged.size
    assert ImageChops.difference(kept, judged).getextrema()[1] < NOISE


def test_a_large_photo_is_made_smaller(wang: TestClient) -> None:
    name = accepted(wang)
    send(wang, name, jpeg((512, 128)))

    assert picture(wang, name).size == (256, 64)


def test_the_same_picture_twice_is_one_photo(wang: TestClient) -> None:
    name = accepted(wang)
    first, again = (send(wang, name).json() for _ in range(2))

    assert first == again
    assert len(wang.get(path(name)).json()["items"]) == 1


def test_the_same_key_with_another_picture_is_refused(wang: TestClient) -> None:
    name, key = accepted(wang), {"Idempotency-Key": "k"}
    send(wang, name, headers=key)

    assert send(wang, name, headers=key).status_code == 201
    assert send(wang, name, jpeg(colour="blue"), headers=key).json()["code"] == "key_reused"


def test_photos_are_listed_in_the_order_they_were_sent(wang: TestClient) -> None:
    name = accepted(wang)
    for colour in ("red", "blue"):
        send(wang, name, jpeg(colour=colour))
    first = wang.get(path(name), params={"limit": 1}).json()
    second = wang.get(path(name), params={"limit": 1, "after": first["next_cursor"]}).json()

    assert [page["items"][0]["photo"] for page in (first, second)] == [1, 2]
    assert second["next_cursor"] is None


# Refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"no picture", jpeg()[:200], b"\xff\xd8\xff" + bytes(99)])
def test_what_is_no_jpeg_in_order_is_refused(wang: TestClient, body: bytes) -> None:
    answer = send(wang, accepted(wang), body)

    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "body")


def test_another_kind_of_picture_under_its_name_is_refused(wang: TestClient) -> None:
    file = BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")

    assert send(wang, accepted(wang), file.getvalue()).status_code == 422


def test_what_says_it_is_no_photo_is_refused(wang: TestClient) -> None:
    answer = send(wang, accepted(wang), headers={"Content-Type": "application/json"})

    assert answer.json()["problems"][0]["field"] == "Content-Type"


def test_a_small_file_of_many_pixels_is_not_unpacked(wang: TestClient) -> None:
    body = jpeg((3_000, 1_000))
    answer = send(wang, accepted(wang), body)

    assert len(body) < 200_000
    assert "3,000 by 1,000 pixels; send at most 300,000" in answer.json()["detail"]


def test_more_pixels_than_the_library_unpacks_are_refused_as_well(wang: TestClient) -> None:
    # a head that says 65,500 by 65,500, and no picture
    body = bytearray(jpeg())
    at = body.index(b"\xff\xc0") + 5
    body[at : at + 4] = (65_500).to_bytes(2, "big") * 2
    answer = send(wang, accepted(wang), bytes(body))

    assert answer.status_code == 422
    assert "pixels" in answer.json()["detail"]


def test_a_small_file_of_many_scans_is_not_unpacked(wang: TestClient) -> None:
    body = with_scans(4_000)
    answer = send(wang, accepted(wang), body)

    assert len(body) < 200_000
    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "body")
    assert "4,000 scans; send at most 32" in answer.json()["detail"]


def test_a_progressive_photo_of_many_pixels_is_not_unpacked(wang: TestClient) -> None:
    size = (500, 400)
    name = accepted(wang)

    assert send(wang, name, jpeg(size)).status_code == 201
    assert "send at most 150,000" in send(wang, name, jpeg(size, progressive=True)).text


def test_while_many_are_unpacked_others_are_told_to_come_again(wang: TestClient) -> None:
    name = accepted(wang)
    with wang.app.state.darkroom.turn():  # type: ignore[attr-defined]
        answer = send(wang, name)

    assert (answer.status_code, answer.json()["code"]) == (503, "photos_busy")
    assert answer.headers["retry-after"] == "5"
    assert send(wang, name).status_code == 201


def test_a_body_above_the_limit_is_not_read(wang: TestClient) -> None:
    answer = send(wang, accepted(wang), bytes(200_001))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_only_photos_may_be_so_large(client_of: ClientOf, house: House) -> None:
    small = Settings(max_body_bytes=1_000, photo_max_bytes=200_000)
    identity = Identity(
        database=house.identity.database, settings=small, passwords=house.identity.passwords,
        issuer=None,
    )  # fmt: skip
    object.__setattr__(house, "identity", identity)
    li = client_of("li", "西湖")
    name = accepted(li)

    assert send(li, name, jpeg((128, 128), quality=100, comment=b"x" * 2_000)).status_code == 201
    assert li.post(f"/v1/applications/{name}/plans", content=bytes(2_000)).status_code == 413


def test_more_photos_than_are_kept_are_refused(wang: TestClient) -> None:
    name = accepted(wang)
    answers = [send(wang, name, jpeg(colour=c)) for c in ("red", "green", "blue", "white")]

    assert [a.status_code for a in answers] == [201, 201, 201, 409]
    assert answers[-1].json()["code"] == "too_many_photos"
    assert "has 3 photos" in answers[-1].json()["detail"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"lon": 120.0}, "lat"), ({"accuracy_m": 3}, "accuracy_m"), ({"lat": 91, "lon": 0}, "lat"),
        ({"taken_at": "2026-06-01T09:00:00"}, "taken_at"),
        ({"taken_at": "2026-06-02T09:00:00+00:00"}, "taken_at"),
        ({"taken_at": "0001-01-01T00:00:00+14:00"}, "taken_at"),
    ],
)  # fmt: skip
def test_a_place_or_moment_that_cannot_be_is_refused(
    wang: TestClient, query: dict[str, Any], field: str
) -> None:
    answer = send(wang, accepted(wang), **query)

    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, field)


# Erased ---------------------------------------------------------------------------------------


def test_an_erased_photo_is_gone_and_its_hash_stays(wang: TestClient, zhao: TestClient) -> None:
    name = accepted(wang)
    sent = send(wang, name).json()
    assert zhao.delete(path(name, 1)).status_code == 204
    (left,) = wang.get(path(name)).json()["items"]

    assert wang.get(path(name, 1)).status_code == 410
    assert left["content_hash"] == sent["content_hash"]
    assert left["erased_at"] is not None


def test_an_erased_photo_sent_again_is_another_one(wang: TestClient, zhao: TestClient) -> None:
    name = accepted(wang)
    send(wang, name)
    zhao.delete(path(name, 1))

    assert send(wang, name).json()["photo"] == 2


def test_with_the_reply_form_the_photos_are_erased(
    wang: TestClient, zhao: TestClient, client_of: ClientOf
) -> None:
    name = held(wang)
    send(wang, name)
    confirm(client_of("chen", "西湖", role="planner"), name)
    assert reply(wang, name).status_code == 201
    zhao.delete(f"/v1/applications/{name}/reply/form")

    assert wang.get(path(name, 1)).status_code == 410


def test_who_sent_saw_and_erased_a_photo_is_written_down(
    wang: TestClient, zhao: TestClient, house: House
) -> None:
    name = accepted(wang)
    send(wang, name)
    wang.get(path(name, 1))
    zhao.delete(path(name, 1))

    deeds = [deed for deed in house.deeds() if deed[1].startswith("photo.")]
    assert deeds == [("wang", "photo.add"), ("wang", "photo.read"), ("zhao", "photo.erase")]


def test_a_photo_that_is_not_there_is_not_found(wang: TestClient) -> None:
    assert wang.get(path(accepted(wang), 1)).json()["code"] == "unknown_photo"
