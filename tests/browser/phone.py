"""Phone: what a customer manager does with a thumb."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.browser import make_phone
from tests.browser.house import PASSWORD, House

__all__ = ["Phone", "phone_of"]

# No question is waited for longer than so many frames.
_FRAMES = 1_200
# What a browser says of its own accord where a server refuses: the app says it better.
_TOLD_ANYWAY = ("Failed to load resource",)


@dataclass
class HeldBack:
    """A question that waits for its answer."""

    page: Page
    routes: list[Route] = field(default_factory=list)

    def asked(self) -> Route:
        """Return it once it is asked."""
        for _ in range(_FRAMES):
            if self.routes:
                break
            self.page.evaluate("new Promise(requestAnimationFrame)")
        return self.routes[0]


@dataclass
class Phone:
    """A phone with the app open, and everything that went wrong in it."""

    house: House
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    def open(self, path: str = "") -> Phone:
        self.page.goto(f"{self.house.url}/{path}")
        return self

    def log_in(self, name: str = "wang") -> Phone:
        login = self.page.get_by_test_id("login")
        login.get_by_label("用户名").fill(name)
        login.get_by_label("密码").fill(PASSWORD)
        login.get_by_role("button", name="登录", exact=True).tap()
        expect(login).to_be_hidden()
        return self

    def see(self, test_id: str) -> Locator:
        """Return the one thing of that name, once it can be seen."""
        found = self.page.get_by_test_id(test_id)
        expect(found.first).to_be_visible()
        return found

    def tap(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).tap()

    def choose(self, group: str, name: str) -> None:
        self.page.get_by_role("group", name=group).get_by_role("radio", name=name, exact=True).tap()

    def locate(self) -> None:
        self.page.get_by_test_id("locate").tap()
        self.see("accuracy")

    def ask(
        self, *, kw: int | None = None, kva: int | None = None, category: str = "商业",
        special_load: str | None = "无", at: str | None = None,
    ) -> None:  # fmt: skip
        """Ask from where the phone is, or a place that is typed, and go to the answer.

        Parameters
        ----------
        special_load
            None: nothing is said of it.
        """
        if at is None:
            self.locate()
        else:
            place = self.page.get_by_label("坐标（经度, 纬度）")
            place.fill(at)
            place.blur()
        if kva is not None:
            self.choose("申报方式", "变压器 kVA")
        unit, power = ("kVA", kva) if kva is not None else ("kW", kw)
        self.page.get_by_role("textbox", name=f"容量（{unit}）").fill(str(power))
        self.choose("用电类别", category)
        if special_load is not None:
            self.choose("特殊负荷", special_load)
        self.page.get_by_test_id("send").tap()
        self.page.wait_for_url("**/#/case/**")

    def case_id(self) -> str:
        return self.page.url.rpartition("/")[2]

    def hold_back(self, pattern: str, method: str = "GET") -> HeldBack:
        """Leave the first question to an address unanswered until the test answers it."""
        held = HeldBack(page=self.page)

        def answer(route: Route) -> None:
            if held.routes or route.request.method != method:
                route.continue_()
            else:
                held.routes.append(route)

        self.page.route(pattern, answer)
        return held

    def hold(self) -> None:
        """Hold what is chosen."""
        self.page.get_by_test_id("place-hold").tap()
        self.see("held")

    def log_out(self) -> None:
        self.page.goto(f"{self.house.url}/#/me")
        self.page.get_by_test_id("log-out").tap()
        self.be_sure("退出登录")
        self.see("login")

    def be_sure(self, yes: str) -> None:
        """Say yes where the app asks once more."""
        button = self.page.get_by_role("dialog").get_by_role("button", name=yes)
        button.tap()
        expect(button).to_be_hidden()

    def be_offline(self) -> None:
        self.context.set_offline(True)
        self.see("offline")

    def be_online(self) -> None:
        self.context.set_offline(False)

    def wait_until_kept(self) -> None:
        """Wait until the app is on the phone and looks after itself."""
        self.see("map")
        self.page.evaluate(
            """async () => {
                await navigator.serviceWorker.ready
                if (!navigator.serviceWorker.controller)
                    await new Promise(done => navigator.serviceWorker
                        .addEventListener('controllerchange', done, { once: true }))
            }"""
        )

    def fetch_a_pack(self) -> None:
        """Fetch a district pack round where the phone is, and go back to the form."""
        self.locate()
        self.page.goto(f"{self.house.url}/#/me")
        self.page.get_by_test_id("fetch-pack").tap()
        self.see("pack")
        self.page.goto(f"{self.house.url}/#/")

    def take_a_photo(self) -> None:
        """Take a photo: grey, as the camera of a phone in a pocket would."""
        drawn = BytesIO()
        Image.new("RGB", (640, 480), "grey").save(drawn, "JPEG")
        photo = {"name": "site.jpg", "mimeType": "image/jpeg", "buffer": drawn.getvalue()}
        self.page.get_by_test_id("photo-file").set_input_files(photo)  # type: ignore[arg-type]

    def open_map(self) -> None:
        """Open the map of the grid, and wait until the grid is on it."""
        self.page.goto(f"{self.house.url}/#/map")
        # else it may be the map of the screen before that is ready
        expect(self.page.get_by_role("list", name="图例")).to_be_visible()
        expect(self.see("map")).to_have_attribute("data-ready", "true")

    def list_equipment(self, *rows: dict[str, str]) -> None:
        """Fill in the equipment list, each row by the labels of its fields."""
        self.page.get_by_role("radio", name="设备清单").check()
        for number, fields in enumerate(rows):
            self.tap("增加设备")
            row = self.page.get_by_test_id("equipment").locator("li").nth(number)
            for label, typed in fields.items():
                row.get_by_label(label).fill(typed)

    def begin_a_correction(self, note: str) -> None:
        """Tap the map, and say what is wrong there without sending it."""
        self.open_map()
        self.page.get_by_test_id("map").tap(position={"x": 180, "y": 200})
        self.page.get_by_test_id("correct").tap()
        self.page.get_by_label("说明").fill(note)

    def leave_the_customer(self) -> None:
        """Leave what the customer may see by a finger that stays."""
        leave = self.page.get_by_test_id("leave-customer")
        leave.scroll_into_view_if_needed()
        leave.hover()
        self.page.mouse.down()
        self.see("verdict")
        self.page.mouse.up()

    def hold_and_sign(self, customer: str = "西湖茶馆", address: str = "湖桥路 12 号") -> None:
        """Hold what is chosen, then fill in, look at and sign the form."""
        self.hold()
        self.sign(customer, address)

    def sign(self, customer: str, address: str) -> None:
        """Fill in, look at and sign the form of what is held."""
        self.page.get_by_test_id("to-reply").tap()
        self.fill_in_and_look(customer, address)
        self.sign_here()
        self.see("reply-made")

    def fill_in_and_look(self, customer: str, address: str) -> None:
        self.page.get_by_label("客户名称").fill(customer)
        self.page.get_by_label("用电地址").fill(address)
        self.page.get_by_test_id("preview").tap()
        self.see("preview-page")

    def sign_with_a_finger(self) -> None:
        for name in ("sign-customer", "sign-company"):
            self._stroke(self.page.get_by_test_id(name).locator("canvas"))

    def sign_here(self) -> None:
        self.sign_with_a_finger()
        self.page.get_by_test_id("sign").tap()

    def _stroke(self, canvas: Locator) -> None:
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        mouse = self.page.mouse
        mouse.move(box["x"] + 40, box["y"] + 100)
        mouse.down()
        for step in range(1, 8):
            mouse.move(box["x"] + 40 + 30 * step, box["y"] + 100 - 12 * (step % 3))
        mouse.up()


@contextmanager
def phone_of(
    house: House, browser: Browser, *, may_ask: str = "", **other: object
) -> Iterator[Phone]:
    """Hand over a phone; what went wrong unseen in it fails the test in the end.

    Parameters
    ----------
    may_ask
        Address of another than the service that the deployment names; empty: of nobody else is
        anything asked.
    """
    known = {"", urlsplit(house.url).netloc, urlsplit(may_ask).netloc}
    context = make_phone(browser, **other)
    phone = Phone(house=house, context=context, page=context.new_page())
    context.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).netloc in known
            else phone.errors.append(f"asked of somebody else: {request.url}")
        ),
    )
    phone.page.on("pageerror", lambda error: phone.errors.append(str(error)))
    phone.page.on(
        "console",
        lambda said: (
            phone.errors.append(said.text)
            if said.type == "error" and not said.text.startswith(_TOLD_ANYWAY)
            else None
        ),
    )
    yield phone
    context.close()
    assert phone.errors == [], "\n".join(phone.errors)
