"""The line between a mail program and its server: adds a delay, keeps to a bandwidth, counts bytes and round trips.

    with Link(server_port, round_trip_ms=50, megabytes_per_second=2) as link:
        ... connect to 127.0.0.1 at link.port ...
        link.take_counts()     {"round_trips": n, "up": bytes, "down": bytes, "connections": n, "spoke": s} since the last time;
                           "spoke": when (time.monotonic ()) the server's first bytes left it, null if it said nothing

It runs in a process of its own; where it neither delays nor narrows, it hands pages on without a copy, so that it takes
little of anybody's time. A round trip is a burst of the client's bytes: what it
sends until the server's next bytes have reached it. TCP's own handshake is not among them.

A narrow line is narrow both ways, for each direction and all its connections together: each piece arrives when all
before it have had their time on it. No more is on its way than a home router would hold, half a second's worth; what
the server has beyond that waits at the server.
"""

import collections
import contextlib
import fcntl
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

    def __init__(self, source, target, name, delay, width):
        self.source, self.target, self.name, self.delay, self.width = source, target, name, delay, width
        self.queue = collections.deque()
        self.size = 0
        self.is_over = False      # the source has said all
        self.is_shut = False      # and the target was told

    def wants_more(self):
        return not self.is_over and self.size < self.width.in_flight

    def due(self):
        """When the next bytes, or the source's end, arrive; None if nothing is on its way."""
        return self.queue[0][0] if self.queue else None

    def take(self):
        """From the source; returns how many bytes, 0 at its end, None if it says nothing now."""
        try:
            piece = self.source.recv(self.width.piece)
        except BlockingIOError:
            return None
        except OSError:
            piece = b""
        self.is_over = not piece
        self.queue.append((self.width.pass_by(len(piece)) + self.delay, piece))
        self.size += len(piece)
        return len(piece)

    def give(self):
        """To the target, what is due next; False if it takes no more now."""
        due, piece = self.queue.popleft()
        if not piece:
            self.shut()
            return True
        try:
            done = self.target.send(piece)
        except BlockingIOError:
            done = 0
        except OSError:      # gone: the rest of what is on its way is lost, as on a real line
            done = len(piece)
        self.size -= done
        if done < len(piece):
            self.queue.appendleft((due, piece[done:]))
        return done == len(piece)

    def shut(self):
        self.is_shut = True
        with contextlib.suppress(OSError):
            self.target.shutdown(socket.SHUT_WR)

    def close(self):
        self.source.close()


class ShortWay(Way):
    """One without delay, as wide as can be: through a pipe, whose pages nobody looks at."""

    def __init__(self, *about):
        super().__init__(*about)
        self.outlet, self.inlet = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.room = fcntl.fcntl(self.inlet, fcntl.F_SETPIPE_SZ, 1024 * 1024)
        self.is_full = False      # pages that are not full count as well

    def wants_more(self):
        return not self.is_over and not self.is_full

    def due(self):
        return 0.0 if self.size > 0 or (self.is_over and not self.is_shut) else None

    def take(self):
        try:
            size = os.splice(self.source.fileno(), self.inlet, self.room)
        except BlockingIOError:
            self.is_full = self.size > 0
            return None
        except OSError:
            size = 0
        self.is_over = size == 0
        self.size += size
        return size

    def give(self):
        if self.size == 0:
            self.shut()
            return True
        try:
            done = os.splice(self.outlet, self.target.fileno(), self.size)
        except BlockingIOError:
            return False
        except OSError:      # gone
            self.is_over = self.is_shut = True
            done = self.size
        self.size -= done
        self.is_full = False
        return True

    def close(self):
        super().close()
        os.close(self.inlet)
        os.close(self.outlet)


class Pair:
    def __init__(self, client, server, delay, widths):
        kind = Way if delay or widths["up"].bytes_per_second else ShortWay
        self.up = kind(client, server, "up", delay, widths["up"])
        self.down = kind(server, client, "down", delay, widths["down"])
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
                        if way.due() is not None and way.due() <= time.monotonic():
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
        self.pairs.append(Pair(client, server, self.delay, self.widths))

    def read(self, pair, way):
        size = way.take()
        if not size:
            return
        self.counts[way.name] += size
        if way is pair.down and self.counts["spoke"] is None:
            self.counts["spoke"] = time.monotonic()
        if way is pair.up and not pair.is_asking:
            pair.is_asking = True
            self.counts["round_trips"] += 1

    def deliver(self):
        """Hands on what has arrived; returns the seconds until more does, None if nothing is on its way."""
        now, soonest = time.monotonic(), None
        for pair in self.pairs:
            for way in (pair.up, pair.down):
                while way.due() is not None and way.due() <= now and self.hand_on(pair, way):
                    pass
                if way.due() is not None and way.due() > now:
                    soonest = min(soonest or way.due(), way.due())
        for pair in [p for p in self.pairs if p.up.is_shut and p.down.is_shut]:
            pair.up.close()
            pair.down.close()
            self.pairs.remove(pair)
        return None if soonest is None else max(0, soonest - time.monotonic())

    @staticmethod
    def hand_on(pair, way):
        """False if the target takes no more now."""
        if way is pair.down and way.size > 0:
            pair.is_asking = False
        return way.give()


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
