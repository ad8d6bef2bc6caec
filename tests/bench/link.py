"""The line between a mail program and its server: adds a delay, keeps to a bandwidth, counts bytes and round trips.

    with Link(server_port, round_trip_ms=50, megabytes_per_second=2) as link:
        ... connect to 127.0.0.1 at link.port ...
        link.take_counts()     {"round_trips": n, "up": bytes, "down": bytes, "connections": n, "spoke": s} since the last time;
                           "spoke": when (time.monotonic ()) the server's first bytes left it, null if it said nothing

It runs in a process of its own, so that it takes nobody's time. A round trip is a burst of the client's bytes: what it
sends until the server's next bytes have reached it. TCP's own handshake is not among them.

A narrow line is narrow both ways, for each direction and all its connections together: each piece arrives when all
before it have had their time on it. No more is on its way than a home router would hold, half a second's worth; what
the server has beyond that waits at the server.
"""

import collections
import contextlib
import json
import os
import selectors
import socket
import time

PIECE = 256 * 1024
IN_FLIGHT = 8 * 1024 * 1024      # of one direction: more than any line has at such delays, and bounded
QUEUED_S = 0.5                   # what waits before a narrow place


class Width:
    """How much one direction carries: all of it at once if bytes_per_second is 0."""

    def __init__(self, bytes_per_second):
        self.bytes_per_second = bytes_per_second
        self.free_at = 0.0
        self.in_flight = min(IN_FLIGHT, int(bytes_per_second * QUEUED_S)) or IN_FLIGHT
        self.piece = min(PIECE, int(bytes_per_second / 100)) or PIECE      # of ten milliseconds

    def pass_by(self, size):
        """When bytes that come now are through."""
        now = time.monotonic()
        if self.bytes_per_second:
            now = self.free_at = max(now, self.free_at) + size / self.bytes_per_second
        return now


class Way:
    """One direction of one connection: bytes on their way, each with the moment at which it arrives."""

    def __init__(self, source, target, name, width):
        self.source, self.target, self.name, self.width = source, target, name, width
        self.queue = collections.deque()
        self.size = 0
        self.is_over = False      # the source has said all
        self.is_shut = False      # and the target was told

    def wants_more(self):
        return not self.is_over and self.size < self.width.in_flight

    def due(self):
        return self.queue[0][0] if self.queue else None


class Pair:
    def __init__(self, client, server, widths):
        self.up, self.down = Way(client, server, "up", widths["up"]), Way(server, client, "down", widths["down"])
        self.is_asking = False      # the client's burst has begun


class Relay:
    def __init__(self, listener, port, delay, bytes_per_second=0):
        self.listener, self.port, self.delay = listener, port, delay
        self.widths = {name: Width(bytes_per_second) for name in ("up", "down")}
        self.pairs = []
        self.reset()

    def reset(self):
        self.counts = {"round_trips": 0, "up": 0, "down": 0, "connections": 0, "spoke": None}

    def run(self, control):
        while True:
            timeout = self.deliver()
            with selectors.PollSelector() as waiting:
                waiting.register(control, selectors.EVENT_READ)
                waiting.register(self.listener, selectors.EVENT_READ)
                wishes = collections.defaultdict(int)
                for pair in self.pairs:
                    for way in (pair.up, pair.down):
                        if way.wants_more():
                            wishes[way.source] |= selectors.EVENT_READ
                        if way.queue and way.due() <= time.monotonic():
                            wishes[way.target] |= selectors.EVENT_WRITE
                for each, events in wishes.items():
                    waiting.register(each, events)
                ready = {key.fileobj: events for key, events in waiting.select(timeout)}
            if control in ready:
                if not control.recv(1):
                    return
                control.sendall(json.dumps(self.counts).encode() + b"\n")
                self.reset()
            if self.listener in ready:
                self.accept()
            for pair in self.pairs:
                for way in (pair.down, pair.up):
                    if ready.get(way.source, 0) & selectors.EVENT_READ and way.wants_more():
                        self.read(pair, way)

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.port))
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            each.setblocking(False)
        self.counts["connections"] += 1
        self.pairs.append(Pair(client, server, self.widths))

    def read(self, pair, way):
        try:
            piece = way.source.recv(way.width.piece)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        way.is_over = not piece
        way.queue.append((way.width.pass_by(len(piece)) + self.delay, piece))
        way.size += len(piece)
        self.counts[way.name] += len(piece)
        if way is pair.down and piece and self.counts["spoke"] is None:
            self.counts["spoke"] = time.monotonic()
        if way is pair.up and piece and not pair.is_asking:
            pair.is_asking = True
            self.counts["round_trips"] += 1

    def deliver(self):
        """Hands on what has arrived; returns the seconds until more does, None if nothing is on its way."""
        now, soonest = time.monotonic(), None
        for pair in self.pairs:
            for way in (pair.up, pair.down):
                while way.queue and way.due() <= now and self.hand_on(pair, way):
                    pass
                if way.queue and way.due() > now:
                    soonest = min(soonest or way.due(), way.due())
        for pair in [p for p in self.pairs if p.up.is_shut and p.down.is_shut]:
            pair.up.source.close()
            pair.up.target.close()
            self.pairs.remove(pair)
        return None if soonest is None else max(0, soonest - time.monotonic())

    def hand_on(self, pair, way):
        """False if the target takes no more now."""
        due, piece = way.queue.popleft()
        if not piece:
            way.is_shut = True
            with contextlib.suppress(OSError):
                way.target.shutdown(socket.SHUT_WR)
            return True
        if way is pair.down:
            pair.is_asking = False
        try:
            done = way.target.send(piece)
        except BlockingIOError:
            done = 0
        except OSError:      # gone: the rest of what is on its way is lost, as on a real line
            done = len(piece)
        way.size -= done
        if done < len(piece):
            way.queue.appendleft((due, piece[done:]))
        return done == len(piece)


class Link:
    def __init__(self, port, round_trip_ms=0, megabytes_per_second=0):
        self.server_port, self.delay, self.bytes_per_second = port, round_trip_ms / 2000, megabytes_per_second * 1e6

    def __enter__(self):
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = listener.getsockname()[1]
        self.control, inner = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.control.close()
            try:
                Relay(listener, self.server_port, self.delay, self.bytes_per_second).run(inner)
            finally:
                os._exit(0)
        listener.close()
        inner.close()
        return self

    def take_counts(self):
        self.control.sendall(b"?")
        text = b""
        while not text.endswith(b"\n"):
            text += self.control.recv(4096)
        return json.loads(text)

    def __exit__(self, *_):
        self.control.close()
        os.waitpid(self.pid, 0)
