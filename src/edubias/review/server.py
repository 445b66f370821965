"""A server for one editor on one machine: it shows the review page and writes decisions down.

It listens on the loopback interface only. A request must name this server as its host, so that no
foreign name can be pointed at it, and decisions must carry a secret that only the page knows, so
that no other site can send them.
"""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from edubias.errors import DataError, EdubiasError
from edubias.lang import tr
from edubias.review.page import page_of_review
from edubias.review.store import DecisionFile
from edubias.scan.record import Scan

HOST = "127.0.0.1"
LARGEST = 64 << 10
"""Most bytes that a decision may have."""

TOKEN_HEADER = "X-Edubias-Token"


class ReviewServer(ThreadingHTTPServer):
    """Serves one scan.

    Args:
        scan: The scan.
        decisions: Where decisions are written.
        reviewer: Who reviews.
        port: Port to listen on; 0 for a free one.

    Raises:
        EdubiasError: The port is taken.
    """

    daemon_threads = True

    def __init__(self, scan: Scan, decisions: DecisionFile, reviewer: str, port: int = 0) -> None:
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise EdubiasError(
                tr(f"port {port} can't be used: {error}", f"端口 {port} 无法使用：{error}"),
                tr("Give another --port.", "请用 --port 指定其他端口。"),
            ) from error
        self.scan = scan
        self.decisions = decisions
        self.reviewer = reviewer
        self.token = secrets.token_urlsafe(24)

    @property
    def address(self) -> str:
        """Where the page is, secret included."""
        return f"http://{HOST}:{self.server_port}/?token={self.token}"

    @property
    def hosts(self) -> tuple[str, str]:
        """Names by which requests may call this server."""
        return f"{HOST}:{self.server_port}", f"localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer

    def do_GET(self) -> None:
        """The page."""
        url = urlsplit(self.path)
        given = parse_qs(url.query).get("token", [""])[0]
        if url.path != "/":
            self._say(HTTPStatus.NOT_FOUND, {"error": "not found"})
        elif self._known(given):
            nonce = secrets.token_urlsafe(16)
            page = page_of_review(
                self.server.scan,
                self.server.decisions.latest(),
                self.server.token,
                nonce,
                self.server.reviewer,
            )
            self._send(HTTPStatus.OK, page.encode(), "text/html; charset=utf-8", nonce)

    def do_POST(self) -> None:
        """A decision."""
        # The body is read even where it is refused: an answer before that breaks the connection.
        body = self._body()
        if not self._known(self.headers.get(TOKEN_HEADER, "")):
            return
        try:
            if body is None or urlsplit(self.path).path != "/decisions":
                raise DataError("not a decision")
            given = json.loads(body)
            if not isinstance(given, dict):
                raise DataError("not a decision")
            made = self.server.decisions.decide(
                str(given.get("finding")), given, self.server.reviewer
            )
        except (EdubiasError, ValueError, RecursionError) as error:
            self._say(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except OSError as error:
            self._say(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                {"error": tr(f"not saved: {error}", f"未能保存：{error}")},
            )
        else:
            decided = len(self.server.decisions.latest())
            self._say(HTTPStatus.OK, {"judgement": made.judgement, "decided": decided})

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _known(self, token: str) -> bool:
        """Whether the request comes from the page, or from who has its address; else refuses it."""
        if self.headers.get("Host") in self.server.hosts and secrets.compare_digest(
            token.encode(), self.server.token.encode()
        ):
            return True
        self._say(
            HTTPStatus.FORBIDDEN,
            {"error": tr("open the address that was printed", "请打开终端中显示的网址")},
        )
        return False

    def _say(self, status: HTTPStatus, message: dict[str, Any]) -> None:
        self._send(status, json.dumps(message, ensure_ascii=False).encode(), "application/json")

    def _send(self, status: HTTPStatus, content: bytes, kind: str, nonce: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: the page's address holds the secret."""
