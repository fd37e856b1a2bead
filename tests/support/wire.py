"""PostgreSQL's protocol by hand, for what no driver would send."""
import socket
import struct

PROTOCOL = 196608
SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102


def start_up(parameters, version=PROTOCOL):
    body = struct.pack('!i', version) + b''.join(
        name.encode() + b'\0' + value.encode() + b'\0' for name, value in parameters.items()) + b'\0'
    return struct.pack('!i', len(body) + 4) + body


def request(code, body=b''):
    return struct.pack('!ii', len(body) + 8, code) + body


def message(kind, body=b''):
    return kind + struct.pack('!i', len(body) + 4) + body


def query(text):
    return message(b'Q', (text if isinstance(text, bytes) else text.encode()) + b'\0')


def parse(text, name=b'', types=()):
    return message(b'P', name + b'\0' + text.encode() + b'\0' + struct.pack('!h', len(types)) +
                   b''.join(struct.pack('!i', oid) for oid in types))


def bind(values=(), portal=b'', name=b'', formats=(), results=()):
    def part(value):
        return struct.pack('!i', -1) if value is None else struct.pack('!i', len(value)) + value
    return message(b'B', portal + b'\0' + name + b'\0' + struct.pack('!h', len(formats)) +
                   b''.join(struct.pack('!h', code) for code in formats) +
                   struct.pack('!h', len(values)) + b''.join(map(part, values)) +
                   struct.pack('!h', len(results)) +
                   b''.join(struct.pack('!h', code) for code in results))


EXECUTE = message(b'E', b'\0' + struct.pack('!i', 0))
SYNC, FLUSH, TERMINATE = message(b'S'), message(b'H'), message(b'X')


def fields(body):
    """Of an ErrorResponse or NoticeResponse: letter -> text."""
    return {part[:1].decode(): part[1:].decode(errors='replace')
            for part in body.split(b'\0') if part}


class Client:
    """One connection; `log_in` sends the start-up packet and waits for ReadyForQuery."""

    def __init__(self, server, timeout=15):
        self.socket = socket.create_connection((server.host, server.port), timeout)
        self.server = server
        self.buffer = b''

    def send(self, data):
        self.socket.sendall(data)
        return self

    def log_in(self, **parameters):
        self.send(start_up({'user': self.server.user, 'database': self.server.database,
                            **parameters}))
        return self.until_ready()

    def take(self, size):
        while len(self.buffer) < size:
            chunk = self.socket.recv(65536)
            if not chunk:
                raise EOFError
            self.buffer += chunk
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def read(self):
        """(kind, body) of the next message."""
        kind, size = struct.unpack('!ci', self.take(5))
        return kind, self.take(size - 4)

    def until_ready(self):
        """All messages up to and with ReadyForQuery."""
        found = [self.read()]
        while found[-1][0] != b'Z':
            found.append(self.read())
        return found

    def until_closed(self):
        """All messages until the server hangs up; a reset is a hang-up, too."""
        found = []
        try:
            while True:
                found.append(self.read())
        except (EOFError, ConnectionResetError, BrokenPipeError):
            return found

    def error(self):
        """The SQLSTATE of the error that comes before ReadyForQuery."""
        errors = [fields(body) for kind, body in self.until_ready() if kind == b'E']
        assert len(errors) == 1, errors
        return errors[0]['C']

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
