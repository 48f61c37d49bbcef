"""A headless Chromium, driven by its DevTools protocol with nothing but Python's own library."""

import base64
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time


def find_chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return name
    return None


class Socket:
    """As much of RFC 6455 as a page needs."""

    def __init__(self, host, port, path):
        self.stream = socket.create_connection((host, port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall((f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.stream.recv(1)
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raise RuntimeError(f"no websocket: {answer[:200]!r}")

    def read(self, count):
        parts = []
        while count:
            part = self.stream.recv(min(count, 1 << 20))
            if not part:
                raise RuntimeError("chromium closed the connection")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def send(self, text):
        data = text.encode()
        head = bytes([0x81])
        if len(data) < 126:
            head += bytes([0x80 | len(data)])
        elif len(data) < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", len(data))
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", len(data))
        self.stream.sendall(head + bytes(4) + data)  # a mask of zeros

    def receive(self):
        whole = b""
        while True:
            first, second = self.read(2)
            size = second & 127
            if size == 126:
                size = struct.unpack(">H", self.read(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.read(8))[0]
            data = self.read(size)
            if first & 15 in (0, 1, 2):
                whole += data
                if first & 128:
                    return whole.decode()


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="latentdream-page-")
        self.process = subprocess.Popen(
            [find_chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--no-first-run", "--remote-debugging-port=0", f"--user-data-dir={self.folder}", "about:blank"],
            stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, errors="replace")
        self.number = 0
        self.events = []
        address = None
        for line in self.process.stderr:
            found = re.search(r"ws://([^:/]+):(\d+)(/\S+)", line)
            if found:
                address = found
                break
        if not address:
            raise RuntimeError("chromium did not start")
        os.set_blocking(self.process.stderr.fileno(), False)
        self.socket = Socket(address[1], int(address[2]), address[3])
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.receive())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path, width, height=900, dark=False, script=True):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.events.clear()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        limit = time.time() + 120
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            if time.time() > limit:
                raise RuntimeError(f"{path}: did not load in two minutes")
            self.events.append(json.loads(self.socket.receive()))

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def complaints(self):
        """What the console says, and addresses looked up that are not in the file."""
        found = []
        for event in self.events:
            method, detail = event.get("method"), event.get("params", {})
            if method == "Runtime.consoleAPICalled" and detail["type"] in ("error", "warning", "assert"):
                found.append("console: " + json.dumps(detail["args"])[:300])
            if method == "Runtime.exceptionThrown":
                found.append("exception: " + json.dumps(detail)[:300])
            if method == "Log.entryAdded" and detail["entry"]["level"] in ("error", "warning"):
                found.append("log: " + detail["entry"]["text"][:300])
            if method == "Network.requestWillBeSent":
                url = detail["request"]["url"]
                if not url.startswith(("data:", "file:")):
                    found.append("network: " + url[:200])
        return found

    def screenshot(self, path, whole=True):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
