"""Answer browsers until a new site has its tables: `starting_page.py SOCKET`, a listening socket's number.

Runs alone, as a file: a process that has loaded next to nothing answers at once.
"""

import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

SECONDS = "2"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>evalsite is starting</title></head>
<body><h1>evalsite is starting</h1>
<p>It creates its database. This page reloads by itself and takes you there in a few seconds.</p>
<p lang="zh-Hans">evalsite 正在启动，正在创建数据库。本页会自动刷新，几秒后即可进入。</p>
</body></html>
""".encode()


class StartingPage(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Retry-After", SECONDS)
        self.send_header("Refresh", SECONDS)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: Any) -> None:
        """Keep the log for faults."""


if __name__ == "__main__":
    server = HTTPServer(("", 0), StartingPage, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=int(sys.argv[1]))
    server.serve_forever()
