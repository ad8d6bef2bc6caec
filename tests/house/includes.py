#!/usr/bin/env python3
"""Who may include whom: the arrows of data/doc/hacking.md, read from the sources. Prints TAP, one line a folder and one for cycles."""
import pathlib
import re
import sys

TOP = pathlib.Path(sys.argv[1])

# A folder, and the folders of ours whose headers its files may include.
MAY = {
    "accounts": {"accounts"},
    "filters": {"filters", "filters/sieve"},
    "filters/sieve": {"filters/sieve", "filters"},
    "src/base": {"src/base"},
    "src/store": {"src/store", "src/base"},
    "src/delivery": {"src/delivery", "src/base"},
    "src/worker": {"src/worker", "src/base", "accounts", "filters"},
    "src/service": {"src/service", "src/worker", "src/store", "src/delivery", "src/base", "accounts", "filters",
                    "filters/sieve", "data/dbus"},
    "src/client": {"src/client", "src/base", "accounts", "data/dbus"},
    "src/setup": {"src/setup", "src/client", "src/service", "src/base", "accounts"},
    "src/cli": {"src/cli", "src/setup", "src/client", "src/service", "src/base", "accounts", "filters", "filters/sieve"},
    "src/gtk": {"src/gtk", "src/setup", "src/client", "src/base", "accounts", "filters/sieve"},
}

# Within the filters, the Sieve engine knows the ground files only.
SIEVE_GROUND = {"message.h", "address.h", "date.h", "lists.h", "text.h", "facts.h", "verdict.h", "plan.h", "trace.h", "mail-limits.h",
                "header.h", "marks.h", "digest.h", "part.h", "signals.h"}

# The one place that speaks to a foreign library: header prefix, and the files (globs) that may include it.
FOREIGN = {
    "openssl/": ["accounts/authorities.c", "accounts/crypto.c", "accounts/ticket.c", "accounts/tls.c", "accounts/trust.c",
                 "filters/digest.c"],
    "libsecret/": ["accounts/credential-keyring.c", "accounts/keyring-*.[ch]", "accounts/types.c"],
    "zlib.h": ["accounts/deflate.c"],
    "libxml/": ["accounts/autoconfig.c"],
    "libsoup/": ["accounts/*.[ch]"],
    "libetpan/": ["accounts/remote-imap*.[ch]", "accounts/imap-*.[ch]"],
    "gmime/": ["filters/address.c", "filters/text.c"],
    "unicode/": ["filters/skeleton.c"],
    "libpsl.h": ["filters/host.c"],
    "sqlite3.h": ["src/store/*.[ch]"],
    "seccomp.h": ["src/worker/sandbox.c"],
    "gtk/": ["src/gtk/*.[ch]"],
    "adwaita.h": ["src/gtk/*.[ch]"],
    "json-glib/": ["src/cli/*.[ch]", "src/client/*.[ch]", "src/setup/*.[ch]", "accounts/*.[ch]", "src/service/*.[ch]"],
}


def sources():
    for folder in MAY:
        for path in sorted((TOP / folder).glob("*.[ch]")):
            yield folder, path


def includes(path):
    text = path.read_text()
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M), re.findall(r'^\s*#\s*include\s+<([^>]+)>', text, re.M)


HOME = {}
for folder, path in sources():
    if path.suffix == ".h":
        HOME.setdefault(path.name, set()).add(folder)
HOME["bus-code.h"] = {"data/dbus"}  # made from the XML there


def wrong_arrows(folder):
    for path in sorted((TOP / folder).glob("*.[ch]")):
        own, foreign = includes(path)
        name = path.relative_to(TOP)
        for header in own:
            homes = HOME.get(pathlib.PurePath(header).name)
            if homes is None:
                yield f"{name}: \"{header}\" is in no folder"
            elif folder in homes:
                continue
            elif not homes & MAY[folder]:
                yield f"{name}: may not include {sorted(homes)[0]}/{header}"
            elif folder == "filters/sieve" and homes == {"filters"} and header not in SIEVE_GROUND:
                yield f"{name}: the Sieve engine may not know {header}"
        for header in foreign:
            for prefix, allowed in FOREIGN.items():
                if header.startswith(prefix) and not any(name.match(glob) for glob in allowed):
                    yield f"{name}: <{header}> is spoken to in {' '.join(allowed)} only"


def cycles():
    edges = {}
    for folder, path in sources():
        if path.suffix == ".h":
            edges[path.name] = [pathlib.PurePath(h).name for h in includes(path)[0] if pathlib.PurePath(h).name != path.name]
    state = {}

    def walk(header, road):
        if state.get(header) == "done":
            return None
        if header in road:
            return road[road.index(header):] + [header]
        for other in edges.get(header, []):
            found = walk(other, road + [header])
            if found:
                return found
        state[header] = "done"
        return None

    for header in sorted(edges):
        found = walk(header, [])
        if found:
            yield "headers include each other in a circle: " + " -> ".join(found)


def main():
    checks = [(f"{folder} includes only what it may", list(wrong_arrows(folder))) for folder in MAY]
    checks.append(("no header includes itself by a circle", list(cycles())))
    checks.append(("sources were found", [] if sum(1 for _ in sources()) > 20 else ["fewer than 20 source files read"]))
    print(f"1..{len(checks)}")
    for number, (what, faults) in enumerate(checks, 1):
        print(f"{'not ok' if faults else 'ok'} {number} - {what}")
        for fault in faults:
            print(f"# {fault}")
    return any(faults for _, faults in checks)


sys.exit(main())
