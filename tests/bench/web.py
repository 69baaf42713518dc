"""How long the page takes: the first page of a server, the first patient, and a toggle.

    python -m tests.bench.web

Prints milliseconds on the server, without a network.
"""

from __future__ import annotations

import statistics
import time

from tests.web.page import Browser


def toggles(browser: Browser, count: int) -> list[float]:
    """The processor's milliseconds for each of ``count`` toggles of the refusal of the seed case."""
    path = browser.open()
    taken = []
    for index in range(count):
        wish = {"f.declined.complete": "yes"} if index % 2 else {"f.declined.yes": "cytotoxic_chemotherapy"}
        start = time.process_time()
        answer = browser.post(f"{path}/change", {"facts": "declined", **wish}, script=True)
        taken.append((time.process_time() - start) * 1000)
        assert answer.status_code == 200
    return taken


def main() -> None:
    start = time.perf_counter()
    browser = Browser()
    print(f"rules read and first page       {(time.perf_counter() - start) * 1000:8.1f} ms")
    start = time.perf_counter()
    browser.client.get("/")
    print(f"page of the cases               {(time.perf_counter() - start) * 1000:8.1f} ms")
    start = time.perf_counter()
    browser.open()
    print(f"first patient                   {(time.perf_counter() - start) * 1000:8.1f} ms")
    start = time.perf_counter()
    browser.client.get("/new")
    print(f"empty form                      {(time.perf_counter() - start) * 1000:8.1f} ms")
    taken = toggles(browser, 50)
    print(f"toggle, median of {len(taken)}            {statistics.median(taken):8.1f} ms, slowest {max(taken):.1f} ms")


if __name__ == "__main__":
    main()
