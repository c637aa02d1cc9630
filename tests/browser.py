"""A page in headless Chromium, driven by the DevTools protocol."""

import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import websocket_connect

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--remote-debugging-port=0",
)  # fmt: skip
#: What a page is waited for [s].
PATIENCE = 30.0
#: True when every plot was drawn.
DRAWN = (
    "document.readyState === 'complete' && (typeof Bokeh === 'undefined' "
    "|| (Bokeh.documents.length > 0 && Bokeh.documents.every((one) => one.is_idle)))"
)


def chromium() -> str | None:
    """Return the browser's path, None where there is none."""
    return shutil.which("chromium")


class Page:
    """A page that is open, and what happened in it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Any) -> None:
        self._loop, self._socket, self._number = loop, socket, 0
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, **settings: Any) -> dict[str, Any]:
        """Send a command, and return its answer; events on the way are kept."""
        return self._loop.run_until_complete(self._answer(method, settings))

    async def _answer(self, method: str, settings: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        told = {"id": self._number, "method": method, "params": settings}
        await self._socket.write_message(json.dumps(told))
        while True:
            message = await self._socket.read_message()
            assert message is not None, "the browser has gone"
            answer = json.loads(message)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def evaluate(self, script: str) -> Any:
        """Return the value of a script."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, path: Path) -> None:
        """Open a file, and wait until every plot of it is drawn."""
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        self.ask("Page.navigate", url=path.as_uri())
        self.wait_for(DRAWN)

    def wait_for(self, script: str) -> None:
        """Wait until a script is true."""
        until = time.monotonic() + PATIENCE
        while not self.evaluate(script):
            assert time.monotonic() < until, f"never true: {script}"
            time.sleep(0.05)

    def resize(self, width: int, height: int) -> None:
        """Make the window another size."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height,
            deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        self.wait_for(f"window.innerWidth === {width} && {DRAWN}")

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Move, press, release or turn the wheel at a place of the window."""
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def told(self, method: str) -> list[dict[str, Any]]:
        """Return what was told by events of a kind so far."""
        self.evaluate("1")
        return [event["params"] for event in self.events if event["method"] == method]


@contextmanager
def opened(path: Path, profile: Path, width: int = 1400, height: int = 900) -> Iterator[Page]:
    """Open a file in a browser of its own that ends with the block."""
    process = subprocess.Popen(
        [str(chromium()), *FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}",
         "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    loop = asyncio.new_event_loop()
    try:
        socket = loop.run_until_complete(_connected(profile))
        page = Page(loop, socket)
        page.open(path)
        yield page
        loop.run_until_complete(_left(socket))
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
        loop.close()


async def _connected(profile: Path) -> Any:
    port_file = profile / "DevToolsActivePort"
    until = time.monotonic() + PATIENCE
    while not (port_file.exists() and "\n" in port_file.read_text()):
        assert time.monotonic() < until, "the browser does not start"
        await asyncio.sleep(0.05)
    port = int(port_file.read_text().splitlines()[0])
    client = AsyncHTTPClient(force_instance=True)
    answer = await client.fetch(f"http://127.0.0.1:{port}/json/list")
    client.close()
    (target,) = [one for one in json.loads(answer.body) if one["type"] == "page"]
    return await websocket_connect(target["webSocketDebuggerUrl"], max_message_size=64 << 20)


async def _left(socket: Any) -> None:
    socket.close()
    while await socket.read_message() is not None:  # until the browser has closed it too
        pass
