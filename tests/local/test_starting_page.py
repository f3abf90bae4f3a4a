"""Local stack: what a browser gets while a new site creates its database."""

import http.client
import socket
import subprocess
import sys

from evalsite.local import services, starting_page


def test_browsers_are_told_that_it_starts_and_health_checks_that_it_does_not_serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        command = [sys.executable, "-I", "-S", starting_page.__file__, str(door.fileno())]
        page = subprocess.Popen(command, pass_fds=[door.fileno()])
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/staff/login/")
            answer = connection.getresponse()
            assert answer.status == 503
            assert answer.headers["Refresh"] == "2"
            assert "evalsite is starting" in answer.read().decode()
            assert not services.answers(port)
        finally:
            page.terminate()
            page.wait(60)
