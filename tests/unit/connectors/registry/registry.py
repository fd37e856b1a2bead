"""A schema registry that answers GET /subjects, well or badly. Prints its port.

registry.py [--tls CERTIFICATE KEY] [--client-authority FILE] [--login USER PASSWORD]
            [--answer KIND] [--log FILE]

KIND: subjects, html, huge, headers, redirect (same host), away (another host),
loop, status-NNN, silent, close. The log gets a line for each request: path and Authorization.
"""

import argparse
import base64
import http.server
import random
import ssl
import sys
import time


def handler(options):
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def send(self, status, body=b"[]", headers=()):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def is_known(self):
            if options.login is None:
                return True
            wanted = "Basic " + base64.b64encode(":".join(options.login).encode()).decode()
            return self.headers.get("Authorization") == wanted

        def do_GET(self):
            if options.log:
                with open(options.log, "a", encoding="utf-8") as log:
                    log.write(f"{self.path} {self.headers.get('Authorization')}\n")
            if not self.is_known():
                self.send(401, b"{}", [("WWW-Authenticate", 'Basic realm="r"')])
                return
            self.answer()

        def answer(self):
            kind = options.answer
            if kind == "subjects" or self.path == "/moved":
                self.send(200, b' [ "a-value", "b\\u0041" ]\n')
            elif kind == "html":
                self.send(200, b"<html></html>")
            elif kind == "huge":
                self.send(200, b"[" + b'"aaaaaaaa",' * 200000 + b'"a"]')
            elif kind == "headers":
                self.send(200, b"[]", [("X-Filler", "a" * 8000)] * 20)
            elif kind == "redirect":
                self.send(302, b"", [("Location", "/moved")])
            elif kind == "away":
                self.send(302, b"", [("Location", "http://elsewhere.internal/subjects")])
            elif kind == "loop":
                self.send(302, b"", [("Location", "/subjects")])
            elif kind == "silent":
                time.sleep(60)
            elif kind == "close":
                self.close_connection = True
            else:
                self.send(int(kind.removeprefix("status-")), b"{}")

    return Handler


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    context = None

    def finish_request(self, request, client_address):
        try:
            if self.context:
                request = self.context.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
            if self.context:
                request.unwrap()
        except OSError:
            pass


def listen(options):
    while True:
        try:
            return Server(("127.0.0.1", random.randrange(20000, 32000)), handler(options))
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--client-authority")
    parser.add_argument("--login", nargs=2)
    parser.add_argument("--answer", default="subjects")
    parser.add_argument("--log")
    options = parser.parse_args()
    server = listen(options)
    if options.tls:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(*options.tls)
        if options.client_authority:
            server.context.verify_mode = ssl.CERT_REQUIRED
            server.context.load_verify_locations(options.client_authority)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
