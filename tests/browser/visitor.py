"""A person at a browser, and where they come from: with a mouse, or by keyboard alone (PAGE-3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize

from tests.web.house import PASSWORD, House

PATIENCE_MS = 20_000
TABS_MAX = 150
TRIES_MAX = 5
FOCUSED = """e => e === document.activeElement && (s => s.outlineStyle === "solid" && parseFloat(s.outlineWidth) >= 2)(
    getComputedStyle(e)) ? "seen" : e === document.activeElement ? "unseen" : "" """
TOWARD = """target => {
    const [from, to] = [document.activeElement.getBoundingClientRect(), target.getBoundingClientRect()];
    if (document.activeElement === target) return "";
    if (document.activeElement.closest("[data-day]") !== target.closest("[data-day]")) return "ArrowRight";
    if (Math.abs(to.top - from.top) > 2) return to.top > from.top ? "ArrowDown" : "ArrowUp";
    return to.left > from.left ? "ArrowRight" : "ArrowLeft";
}"""


@dataclass
class Visitor:
    """`complaints` collects what the browser said against our pages (script errors, blocked loads). `by_keyboard`: all
    is done with keys alone, and fails where the focus cannot be seen."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str]
    by_keyboard: bool = False

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def words(self) -> str:
        """What the page says, beside its frame."""
        return " ".join(self.page.locator("main").inner_text().split())

    def press(self, name: str) -> None:
        """Press, and wait until the page that answers is read whole."""
        self._act(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        self._act(self.page.get_by_role("link", name=name))

    def take(self, time: str, day: str = "") -> None:
        """One of the free times: the first of that name, on that day."""
        where = self.page.locator("section", has=self.page.get_by_role("heading", name=day)) if day else self.page
        self._act(where.get_by_role("button", name=time))

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            control = self.page.locator(f"#{name}")
            if self.by_keyboard:
                self.reach(control)
                self.page.keyboard.press("Control+A")
                self.page.keyboard.type(value)
            else:
                control.fill(value)

    def choose(self, name: str, value: str) -> None:
        """An option of a list."""
        control = self.page.locator(f"#{name}")
        if not self.by_keyboard:
            control.select_option(value)
            return
        self.reach(control)
        label = control.locator(f"option[value='{value}']").inner_text()
        for _ in range(TRIES_MAX):  # letters that come too slowly begin a new word
            if control.input_value() == value:
                return
            self.page.keyboard.type(label)
        assert control.input_value() == value

    def tick(self, name: str) -> None:
        """One of a group of radio buttons."""
        wanted = self.page.get_by_role("radio", name=name)
        if not self.by_keyboard:
            wanted.check()
            return
        self.reach(self.page.locator("input[type=radio]:checked"))
        for _ in range(TRIES_MAX):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        assert wanted.is_checked()

    def reach(self, control: Locator) -> None:
        """Tab to it, whatever lies between; of the free times Tab reaches one, and the arrows the others."""
        keys, target = self.page.keyboard, control.first
        target.wait_for()
        is_slot = target.get_attribute("data-slot") is not None
        stop = self.page.locator("[data-slot][tabindex='0']") if is_slot else target
        for _ in range(TABS_MAX):
            found = stop.evaluate(FOCUSED)
            assert found != "unseen", "the focus is not seen"
            if found:
                break
            keys.press("Tab")
        else:
            raise AssertionError(f"Tab never reaches {control}")
        while is_slot and (key := str(target.evaluate(TOWARD))):
            keys.press(key)

    def sign_in(self, name: str) -> None:
        self.open("/desk/sign-in")
        self.fill(name=name, password=PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#board")

    def _act(self, control: Locator) -> None:
        if self.by_keyboard:
            self.reach(control)
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            if self.by_keyboard:
                self.page.keyboard.press("Enter")
            else:
                control.first.click()


@dataclass
class Street:
    """Where visitors come from."""

    house: House
    base: str
    chromium: Browser
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(
        self,
        zone: str = "America/New_York",
        *,
        scripts: bool = True,
        wide: bool = True,
        by_keyboard: bool = False,
        **more: object,
    ) -> Visitor:
        size = ViewportSize(width=1280, height=900) if wide else ViewportSize(width=375, height=812)
        context = self.chromium.new_context(
            timezone_id=zone,
            locale="en-GB",
            java_script_enabled=scripts,
            viewport=size,
            **more,  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        visitor = Visitor(context, page, self.base, [], by_keyboard)
        self.visitors.append(visitor)
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("console", lambda said: visitor.complaints.append(said.text) if said.type == "error" else None)
        return visitor
