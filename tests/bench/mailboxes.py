"""Mailboxes to measure with: seeded, so that every run and every machine fetches the same bytes."""

import itertools
from typing import NamedTuple

from mail import generate

LARGEST = 10_000_000
# A logarithmic normal distribution, e^MU the median of what is drawn.
MU, SIGMA = 9.0, 1.65


class LargeWriter(generate.Writer):
    """The generator's mail in the sizes that mailboxes have: half below 8 KB, 29 KB in the mean, up to 10 MB.
    Text comes from one pool, since drawing each word of half a gigabyte takes minutes."""

    def __init__(self, seed, recipient):
        super().__init__(seed, recipient)
        self.pool = super().text(1_000_000)

    def size(self):
        return int(min(max(self.random.lognormvariate(MU, SIGMA), 300), LARGEST))

    def text(self, size):
        parts, start = [], self.pool.index("\r\n", self.random.randrange(len(self.pool) // 2)) + 2
        while size > 0:
            end = min(start + size, len(self.pool) - 2)
            end = self.pool.index("\r\n", end) + 2
            parts.append(self.pool[start:end])
            size -= end - start
            start = 0
        return "".join(parts)




def ordinary(count, seed=1):
    writer = LargeWriter(seed, "anna@example.com")
    return (writer.message(writer.random.choice(generate.KINDS)).data for _ in range(count))


def small(count, seed=1):
    """For polls with nothing new, where only the number counts."""
    return iter(generate.small(seed, count))


class Filled(NamedTuple):
    number: int
    size: int      # bytes


def fill(server, user, messages, portion=1000):
    """Puts them into the user's INBOX."""
    number = size = 0
    while part := list(itertools.islice(messages, portion)):
        dates = [generate.START + 60 * (number + n) for n in range(len(part))]
        server.put(user, part, dates=dates)
        number += len(part)
        size += sum(map(len, part))
    return Filled(number, size)
