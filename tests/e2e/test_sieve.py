"""Filters that include others, edit headers and remember what they saw, from the server to the Maildir."""

from e2e.inbasket import assert_clean

MAIL = b"From: a@example.net\r\nSubject: offer\r\nX-Track: 1\r\nMessage-ID: <%d@example.net>\r\n\r\nSubject: stays\r\n"


def bodies(home, folder=""):
    """The delivered files of a folder, without our own fields."""
    return sorted(b"\n".join(line for line in path.read_bytes().split(b"\n") if not line.startswith(b"X-Inbasket-"))
                  for sub in ("new", "cur") for path in (home.maildir / folder / sub).glob("*"))


def plain(number):
    return (MAIL % number).replace(b"\r\n", b"\n")


def test_included_scripts_reach_the_worker(server, home):
    home.script("main", 'require ["include", "variables", "fileinto"];\nglobal "where";\ninclude "choose";\nfileinto "${where}";\n')
    home.script("choose", 'require ["include", "variables"];\nglobal "where";\ninclude :optional "missing";\nset "where" "Chosen";\n')
    home.configure(filter__scripts="main.sieve")
    server.put("anna", [MAIL % 1])
    home.account("work", server)
    home.sync()
    assert bodies(home, ".Chosen") == [plain(1)]


def test_a_wrong_included_script_is_told_by_its_place(server, home):
    home.script("main", 'require "include";\ninclude "choose";\n')
    home.script("choose", "keep;\nfoo;\n")
    home.configure(filter__scripts="main.sieve")
    run = home.run("filter", "check", "main", status=1)
    assert f"{home.config}/filters/choose.sieve:2:1: " in run.err
    line, = home.run("filter", "check", "--json", "main", status=1).lines
    assert line["file"].endswith("choose.sieve") and line["line"] == 2
    server.put("anna", [MAIL % 1])
    home.account("work", server)
    home.sync(status=None)
    assert not home.maildir.exists() or not bodies(home)


def test_included_scripts_in_a_dry_run(home, tmp_path):
    home.script("main", 'require "include";\ninclude "choose";\n')
    home.script("choose", 'require "fileinto";\nfileinto "Chosen";\n')
    message = tmp_path / "message"
    message.write_bytes(plain(1))
    line, = home.run("filter", "run", "--json", "--script", "main", message).lines
    assert line["actions"] == [{"action": "fileinto", "mailbox": "Chosen"}] and line["rule"] == "choose:2"


def test_each_copy_has_the_header_of_its_time(server, home):
    home.script("edit", 'require ["editheader", "fileinto", "copy"];\nfileinto :copy "Before";\n'
                        'addheader "X-Tag" "Grüße";\ndeleteheader "X-Track";\nfileinto :copy "After";\n'
                        'addheader :last "X-Last" "1";\n')
    home.configure(filter__scripts="edit.sieve")
    server.put("anna", [MAIL % 1])
    home.account("work", server)
    home.sync()
    tagged = b"X-Tag: =?utf-8?B?R3LDvMOfZQ==?=\n" + plain(1).replace(b"X-Track: 1\n", b"")
    assert bodies(home, ".Before") == [plain(1)]
    assert bodies(home, ".After") == [tagged]
    assert bodies(home) == [tagged.replace(b"\n\n", b"\nX-Last: 1\n\n", 1)]
    assert_clean(home)
    assert home.sync().delivered == []


def test_an_edit_that_fails_is_dropped(server, home):
    home.script("edit", 'require ["editheader", "variables"];\naddheader "X-Tag" "1";\nset "n" "a b";\naddheader "${n}" "1";\n')
    home.configure(filter__scripts="edit.sieve")
    server.put("anna", [MAIL % 1])
    home.account("work", server)
    home.sync(status=(0, 1))
    assert bodies(home) == [plain(1)]


def test_duplicates_are_remembered_from_sync_to_sync(server, home):
    home.script("once", 'require ["duplicate", "fileinto"];\nif duplicate :header "X-Track" { fileinto "Again"; }\n')
    home.configure(filter__scripts="once.sieve")
    server.put("anna", [MAIL % 1, MAIL % 2])
    home.account("work", server)
    home.sync()
    assert (len(bodies(home)), len(bodies(home, ".Again"))) == (1, 1)
    server.put("anna", [MAIL % 3])
    home.sync()
    assert (len(bodies(home)), len(bodies(home, ".Again"))) == (1, 2)


def test_a_dry_run_remembers_nothing(server, home):
    home.script("once", 'require ["duplicate", "fileinto"];\nif duplicate { fileinto "Again"; }\n')
    home.configure(filter__scripts="once.sieve")
    server.put("anna", [MAIL % 1])
    home.account("work", server)
    for _ in range(2):
        home.sync("--dry-run")
    home.sync()
    assert bodies(home) == [plain(1)]
