"""A language that nobody speaks: each text of ours in brackets and with accents. What is shown without them was never given to translators.

    folder = pseudo.make(tmp_path)
    desk.window(**pseudo.environment(folder))
"""

import re
import subprocess

from e2e.inbasket import TOP
from servers.screen import Atspi, Window, is_in, walk

LANGUAGE = "en@brackets"
ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
PLAIN = str.maketrans("áéíóúÁÉÍÓÚ", "aeiouAEIOU", "⟦⟧")
# What a program reads in a text: a format, a mnemonic, markup, an escape.
KEPT = re.compile(r"%[-+ #0'I]*(?:\d+\$)?\d*(?:\.\d+)?(?:hh|h|ll|l|z|j|t)?[a-zA-Z]|%%|<[^>]*>|&\w+;|_\w|\\.")


def translated(text):
    """`text` as in a .po file, escapes and all. Line ends at its begin and its end stay there, as msgfmt wants."""
    if not text:
        return text
    begin, end = re.match(r"(?:\\n)*", text).group(), re.search(r"(?:\\n)*$", text).group()
    core = text[len(begin):len(text) - len(end)] if begin != text else ""
    parts, last = [], 0
    for kept in KEPT.finditer(core):
        parts += [core[last:kept.start()].translate(ACCENTS), kept.group()]
        last = kept.end()
    return begin + ("⟦" + "".join(parts) + core[last:].translate(ACCENTS) + "⟧" if core else "") + end


def spoken(text):
    """`text`, as the sources have it, as a window shows it in that language: without the mark of its mnemonic."""
    return translated(text).replace("_", "")


class Untranslated(Window):
    """A window in that language, whose parts are found by the names that they have in the sources."""

    def title(self):
        return plain(super().title())

    def nodes(self, role=None, name=""):
        found = [node for node in walk(self.top())
                 if (role is None or node.role == role) and name in plain(node.name) and is_in(node, Atspi.StateType.VISIBLE)]
        return sorted(found, key=lambda node: plain(node.name) != name)


def plain(text):
    return text.translate(PLAIN)


def make(folder):
    """The translations' folder, with that language in it, from the sources as they are."""
    pot, po, messages = folder / "inbasket.pot", folder / "inbasket.po", folder / "locale" / LANGUAGE / "LC_MESSAGES"
    messages.mkdir(parents=True)
    subprocess.run(["xgettext", "--from-code=UTF-8", "--no-wrap", "--keyword=_", "--keyword=N_", "--keyword=ngettext:1,2", "--keyword=g_dngettext:2,3",
                    f"--files-from={TOP}/data/po/POTFILES.in", f"--directory={TOP}", "-o", pot],
                   check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "GETTEXTDATADIRS": "/usr/share/gettext"})
    po.write_text(filled(pot.read_text()))
    subprocess.run(["msgfmt", "-o", messages / "inbasket.mo", po], check=True, capture_output=True)
    return folder / "locale"


def filled(pot):
    """The template with its msgstr lines written."""
    lines, kind, texts = [], None, {}
    for line in pot.replace("charset=CHARSET", "charset=UTF-8").replace("nplurals=INTEGER; plural=EXPRESSION", "nplurals=2; plural=n!=1").splitlines():
        word = re.match(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) "(.*)"$', line)
        more = re.match(r'"(.*)"$', line)
        if word:
            kind = word.group(1)
            if kind == "msgid":
                texts = {}
            texts[kind] = word.group(2)
        elif more and kind:
            texts[kind] = texts.get(kind, "") + more.group(1)
        else:
            kind = None
        if texts.get("msgid") and kind and kind.startswith("msgstr"):
            source = texts.get("msgid_plural", texts["msgid"]) if kind == "msgstr[1]" else texts["msgid"]
            lines.append(f'{kind} "{translated(source)}"')
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def environment(folder):
    return {"INBASKET_LOCALEDIR": str(folder), "LANGUAGE": LANGUAGE, "LC_ALL": "C.UTF-8"}
