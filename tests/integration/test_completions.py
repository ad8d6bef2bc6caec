"""What the Tab key offers in bash, fish and zsh: asked of the shells themselves."""

import os
import pty
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from e2e.inbasket import PROGRAM

FOLDER = Path(__file__).resolve().parents[2] / "data" / "completions"

BASH = r"""
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
read -ra COMP_WORDS <<<"$2"
[[ $2 != *" " ]] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_inbasket
printf '%s\n' "${COMPREPLY[@]}"
"""

# Completion runs in zsh's line editor only: a widget has it look, and writes what it would offer.
ZSH = r"""
fpath=("$FOLDER" $fpath)
autoload -Uz compinit && compinit -u -D
compadd () {
    if [[ " $* " != *" -"[OAD]" "* ]]; then
        local -a offered
        builtin compadd -A offered "$@"
        print -rl -- $offered >>$OFFERED
    fi
    builtin compadd "$@"
}
capture () { zle complete-word; print -r -- . >>$OFFERED; exit }
zle -N capture
zstyle ':completion:*' insert-unambiguous false
bindkey '^X' capture
print -r READY
"""


def bash(line, config, tmp_path):
    return subprocess.run(["bash", "--norc", "-c", BASH, "bash", FOLDER / "inbasket.bash", line], text=True, capture_output=True,
                          env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(config)}, check=True).stdout.split("\n")


def fish(line, config, tmp_path):
    script = f"source {shlex.quote(str(FOLDER / 'inbasket.fish'))}; complete --do-complete {shlex.quote(line)}"
    out = subprocess.run(["fish", "--no-config", "-c", script], text=True, capture_output=True, check=True,
                         env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(config)}).stdout
    return [offered.split("\t")[0] for offered in out.split("\n")]


def zsh(line, config, tmp_path):
    offered = tmp_path / "offered"
    offered.write_text("")
    (tmp_path / "set-up").write_text(ZSH)
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(config), "TERM": "dumb", "LC_ALL": "C.UTF-8",
            "FOLDER": str(FOLDER), "OFFERED": str(offered)})
    os.write(terminal, f"source {shlex.quote(str(tmp_path / 'set-up'))}\n".encode())
    said = b""
    while b"READY" not in said:
        said += os.read(terminal, 4096)
    os.write(terminal, line.encode() + b"\x18")
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:  # it ended
        pass
    os.waitpid(child, 0)
    os.close(terminal)
    *words, end = offered.read_text().rstrip("\n").split("\n")
    assert end == "."
    return words


SHELLS = [bash, fish, zsh]
SUBCOMMANDS = {"account": ["list", "show", "add", "import", "edit", "test", "token", "pause", "resume", "remove"],
               "filter": ["list", "enable", "disable", "always", "check", "run", "replay", "test"], "service": ["enable", "disable", "status"]}


@pytest.fixture
def config(tmp_path):
    accounts = tmp_path / "config/inbasket/accounts"
    accounts.mkdir(parents=True)
    for name in ("work", "private"):
        (accounts / f"{name}.conf").write_text("")
    return tmp_path / "config"


def commands():
    text = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  ([a-z]+) ", text.split("Commands:")[1].split("\n\n")[0], re.M)


def options_of(words):
    text = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s+(?:-\w, )?(--[a-z0-9][a-z0-9-]*)", text, re.M))


ASKED = [[command] for command in commands() if command not in SUBCOMMANDS] + [[command, sub] for command, subs in SUBCOMMANDS.items() for sub in subs]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_offered(shell, config, tmp_path):
    assert len(commands()) == 15
    assert set(commands()) <= set(shell("inbasket ", config, tmp_path))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_every_command_of_a_command_is_offered(shell, command, config, tmp_path):
    assert set(SUBCOMMANDS[command]) <= set(shell(f"inbasket {command} ", config, tmp_path))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("words", ASKED, ids="-".join)
def test_every_option_is_offered(shell, words, config, tmp_path):
    options = options_of(words)
    assert "--json" in options

    offered = shell(f"inbasket {' '.join(words)} --", config, tmp_path)
    assert options <= {word.rstrip("=") for word in offered}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line", ["inbasket sync ", "inbasket sync work ", "inbasket account test ", "inbasket log --account "])
def test_accounts_are_offered(shell, line, config, tmp_path):
    assert {"work", "private"} & set(shell(line, config, tmp_path)) >= ({"private"} if "work" in line else {"work", "private"})
