"""Peers that behave badly: one that never answers, one that talks nonsense, and so on."""
import contextlib
import socket
import threading

from support import places


class Peer:
    """Listens; `serve(connection)` runs in a thread for each client."""

    def __init__(self, serve, host='127.0.0.1'):
        self.host, self.port = host, places.free_port()
        self.listener = socket.create_server((self.host, self.port), backlog=64)
        self.serve = serve
        self.open = []
        self.count = 0
        self.received = b''
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(connection)
            self.count += 1
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        with contextlib.suppress(OSError):
            self.serve(self, connection)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read_all(peer, connection):
    while chunk := connection.recv(65536):
        peer.received += chunk


def silent():
    """Takes every byte and never says one."""
    return Peer(read_all)


def closing():
    """Hangs up at once."""
    return Peer(lambda peer, connection: connection.close())


def saying(*parts):
    """Says each part at once, then listens in silence."""
    def serve(peer, connection):
        for part in parts:
            connection.sendall(part)
        read_all(peer, connection)
    return Peer(serve)


def answering(answer, then_close=True):
    """Waits for the first bytes, answers them, and hangs up or falls silent."""
    def serve(peer, connection):
        peer.received += connection.recv(65536)
        connection.sendall(answer)
        if then_close:
            connection.close()
        else:
            read_all(peer, connection)
    return Peer(serve)


class Unanswered:
    """An address whose SYN packets get no answer: the queue of its listener is full."""

    def __init__(self):
        self.host, self.port = '127.0.0.1', places.free_port()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((self.host, self.port))
        self.listener.listen(0)
        self.fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((self.host, self.port))
            self.fillers.append(filler)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for filler in self.fillers:
            filler.close()
        self.listener.close()
