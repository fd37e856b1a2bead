"""A Kafka broker of a few requests: versions, metadata, login by SASL PLAIN. Prints its port.

broker.py [--tls CERTIFICATE KEY] [--client-authority FILE] [--login USER PASSWORD]
          [--member ID=HOST:PORT]... [--garbage]
"""

import argparse
import random
import socket
import ssl
import struct
import sys
import threading

VERSIONS, METADATA, HANDSHAKE, AUTHENTICATE = 18, 3, 17, 36
SUPPORTED = {0: (0, 3), 1: (0, 4), METADATA: (0, 2), HANDSHAKE: (0, 1), AUTHENTICATE: (0, 0), VERSIONS: (0, 3)}
UNSUPPORTED_VERSION, UNSUPPORTED_MECHANISM, ILLEGAL_STATE, LOGIN_FAILED = 35, 33, 34, 58


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def versions(version):
    if version > 2:
        return struct.pack(">hi", UNSUPPORTED_VERSION, 1) + struct.pack(">hhh", VERSIONS, 0, 2)
    rows = b"".join(struct.pack(">hhh", key, low, high) for key, (low, high) in SUPPORTED.items())
    body = struct.pack(">hi", 0, len(SUPPORTED)) + rows
    return body + (struct.pack(">i", 0) if version > 0 else b"")


def metadata(version, members):
    body = struct.pack(">i", len(members))
    for number, host, port in members:
        body += struct.pack(">i", number) + text(host) + struct.pack(">i", port)
        if version > 0:
            body += struct.pack(">h", -1)
    if version > 1:
        body += text("cluster-of-test")
    return body + (struct.pack(">i", members[0][0]) if version > 0 else b"") + struct.pack(">i", 0)


class Connection:
    def __init__(self, stream, options):
        self.stream, self.options = stream, options
        self.is_known = options.login is None

    def take(self, count):
        data = b""
        while len(data) < count:
            part = self.stream.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def handshake(self, body):
        if self.options.login is None:
            return struct.pack(">hi", ILLEGAL_STATE, 0)
        (length,) = struct.unpack(">h", body[:2])
        is_plain = body[2 : 2 + length] == b"PLAIN"
        return struct.pack(">hi", 0 if is_plain else UNSUPPORTED_MECHANISM, 1) + text("PLAIN")

    def authenticate(self, body):
        (length,) = struct.unpack(">i", body[:4])
        _, user, password = body[4 : 4 + length].split(b"\0")
        self.is_known = [user.decode(), password.decode()] == self.options.login
        if self.is_known:
            return struct.pack(">hhi", 0, -1, 0)
        return struct.pack(">h", LOGIN_FAILED) + text("Authentication failed: Invalid username or password") + struct.pack(">i", 0)

    def answer(self, key, version, body):
        if key == VERSIONS:
            return versions(version)
        if key == HANDSHAKE:
            return self.handshake(body)
        if key == AUTHENTICATE:
            return self.authenticate(body)
        if key == METADATA and self.is_known:
            return metadata(version, self.options.members)
        raise EOFError

    def serve(self):
        while True:
            (size,) = struct.unpack(">i", self.take(4))
            if size > 1 << 20 or size < 10:
                raise EOFError
            request = self.take(size)
            key, version, correlation, length = struct.unpack(">hhih", request[:10])
            answer = self.answer(key, version, request[10 + max(length, 0) :])
            self.stream.sendall(struct.pack(">ii", len(answer) + 4, correlation) + answer)


def serve(raw, options, context):
    try:
        with context.wrap_socket(raw, server_side=True) if context else raw as stream:
            if options.garbage:
                stream.recv(4096)
                stream.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                return
            Connection(stream, options).serve()
    except (EOFError, OSError, struct.error):
        pass
    finally:
        raw.close()


def listen():
    while True:
        listener = socket.socket()
        try:
            listener.bind(("127.0.0.1", random.randrange(20000, 32000)))
            listener.listen(16)
            return listener
        except OSError:
            listener.close()


def member(written):
    number, address = written.split("=")
    host, port = address.rsplit(":", 1)
    return int(number), host, int(port)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--client-authority")
    parser.add_argument("--login", nargs=2)
    parser.add_argument("--member", dest="members", type=member, action="append", default=[])
    parser.add_argument("--garbage", action="store_true")
    options = parser.parse_args()
    context = None
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        if options.client_authority:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(options.client_authority)
    listener = listen()
    options.members = options.members or [(1, "127.0.0.1", listener.getsockname()[1])]
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=serve, args=(raw, options, context), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
