-- A journal as version 10 wrote it: five messages, one of them only intended, one with something to do on the server.
PRAGMA user_version = 10;
CREATE TABLE mailbox (
    key INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    low_water INTEGER NOT NULL DEFAULT 0,
    is_polled INTEGER NOT NULL DEFAULT 0,
    is_current INTEGER NOT NULL DEFAULT 1, listing TEXT NOT NULL DEFAULT '', is_junk INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL DEFAULT 0, ours_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, name, uidvalidity));
CREATE TABLE message (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    mailbox INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    uidl TEXT,
    size INTEGER NOT NULL,
    internal_date INTEGER NOT NULL,
    delivered_at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    action TEXT NOT NULL,
    is_junk INTEGER NOT NULL,
    held INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    probability REAL,
    reasons TEXT NOT NULL,
    rule TEXT NOT NULL,
    twin_key TEXT,
    twin_of BLOB,
    content_digest TEXT,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    note TEXT NOT NULL,
    server_verb INTEGER NOT NULL DEFAULT 0,
    server_folder TEXT,
    server_due INTEGER NOT NULL DEFAULT 0,
    server_state INTEGER NOT NULL DEFAULT 0, taught INTEGER NOT NULL DEFAULT 0, entry_host TEXT NOT NULL DEFAULT '', entry_ip TEXT NOT NULL DEFAULT '', relay TEXT NOT NULL DEFAULT '', mx TEXT NOT NULL DEFAULT '', recipient TEXT NOT NULL DEFAULT '', server_filter TEXT NOT NULL DEFAULT '');
CREATE INDEX message_uid ON message (mailbox, uid);
CREATE INDEX message_uidl ON message (mailbox, uidl) WHERE uidl IS NOT NULL;
CREATE INDEX message_twin ON message (twin_key) WHERE twin_key IS NOT NULL;
CREATE INDEX message_content ON message (content_digest) WHERE content_digest IS NOT NULL;
CREATE INDEX message_time ON message (delivered_at);
CREATE INDEX message_count ON message (mailbox, action, is_junk);
CREATE INDEX message_intended ON message (sequence) WHERE state = 0;
CREATE INDEX message_held ON message (delivered_at) WHERE held = 1;
CREATE INDEX message_due ON message (mailbox, server_due) WHERE server_verb > 0 AND server_state < 2;
CREATE INDEX message_recipient ON message (recipient, mailbox) WHERE recipient <> '';
CREATE TABLE file (
    message INTEGER NOT NULL,
    number INTEGER NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    info TEXT NOT NULL, place TEXT, since INTEGER NOT NULL DEFAULT 0, is_gone INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message, number)) WITHOUT ROWID;
CREATE TABLE unfetched (
    mailbox INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    uidl TEXT NOT NULL,
    reason INTEGER NOT NULL,
    size INTEGER NOT NULL,
    server_text TEXT NOT NULL, date INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (mailbox, uid, uidl)) WITHOUT ROWID;
CREATE TABLE event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    message INTEGER NOT NULL,
    kind TEXT NOT NULL,
    old_folder TEXT NOT NULL,
    new_folder TEXT NOT NULL,
    why TEXT NOT NULL);
CREATE INDEX event_message ON event (message);
CREATE TABLE poll (
    account TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL, failing_since INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
INSERT INTO mailbox VALUES (1, 'home', 'INBOX', 7, 12, 1, 1, 'c0ffee', 0, 1690000000, 1700000000);
INSERT INTO message VALUES (1, X'7FBA5292B00096F2F3A24F9DF78F5BD0', 1, 1, NULL, 0, 0, 1700000000000001, 2, 'deliver', 0, 0, 'unsure', NULL, '', '', 'key 1', NULL, NULL, '<1@mail.example>', 'Anna <anna@mail.example>', 'Number 1', '', 2, 'Old', 0, 2, 0, 'out.example.net', '203.0.113.5', '', 'match', 'anna@mail.example', 'passed');
INSERT INTO message VALUES (2, X'D2809D7737CC1E059E5B0BC112EC33E0', 1, 2, NULL, 0, 0, 1700000000000002, 2, 'deliver', 0, 0, 'unsure', NULL, '', '', 'key 2', NULL, NULL, '<2@mail.example>', 'Anna <anna@mail.example>', 'Number 2', '', 1, 'Old', 0, 2, 0, 'bulk.example.net', '203.0.113.6', 'relay.mail.example', 'beside', 'old@mail.example', 'passed');
INSERT INTO message VALUES (3, X'30F9A74FAFD0C76F1005C5E4BB103A70', 1, 3, NULL, 0, 0, 1700000000000003, 2, 'discard', 0, 1, 'unsure', NULL, '', '', 'key 3', NULL, NULL, '<3@mail.example>', 'Anna <anna@mail.example>', 'Number 3', '', 2, 'Old', 0, 2, 0, '', '', '', '', 'anna@mail.example', 'passed');
INSERT INTO message VALUES (4, X'841E9F63852FBA771F4B006AB91F666B', 1, 4, NULL, 0, 0, 1700000000000004, 0, 'deliver', 0, 0, 'unsure', NULL, '', '', 'key 4', NULL, NULL, '<4@mail.example>', 'Anna <anna@mail.example>', 'Number 4', '', 1, 'Old', 0, 2, 0, '', '', '', '', '', 'passed');
INSERT INTO message VALUES (5, X'6BAAFFFBB8D2A8993A823FED0F8056B5', 1, 5, NULL, 0, 0, 1700000000000005, 1, 'deliver', 0, 0, 'unsure', NULL, '', '', 'key 5', NULL, NULL, '<5@mail.example>', 'Anna <anna@mail.example>', 'Number 5', '', 2, 'Old', 0, 0, 0, '', '203.0.113.7', '', '', 'anna@mail.example', 'passed');
INSERT INTO file VALUES (1, 0, 'INBOX', '1700000000.M1_1.7fba5292b00096f2f3a24f9df78f5bd0-0.host,S=67', '2,S', 'cur/1700000000.M1_1.7fba5292b00096f2f3a24f9df78f5bd0-0.host,S=67:2,S', 0, 0);
INSERT INTO file VALUES (2, 0, 'Lists.foo', '1700000000.M2_2.d2809d7737cc1e059e5b0bc112ec33e0-0.host,S=67', '', '.Lists.foo/cur/1700000000.M2_2.d2809d7737cc1e059e5b0bc112ec33e0-0.host,S=67:2,', 1700000003000000, 1);
INSERT INTO file VALUES (3, 0, '', '30f9a74fafd0c76f1005c5e4bb103a70', '', NULL, 0, 0);
INSERT INTO file VALUES (4, 0, 'INBOX', '1700000000.M4_3.841e9f63852fba771f4b006ab91f666b-0.host,S=67', '', NULL, 0, 0);
INSERT INTO file VALUES (4, 1, 'Copies', '1700000000.M4_4.841e9f63852fba771f4b006ab91f666b-1.host,S=67', '2,F', NULL, 0, 0);
INSERT INTO file VALUES (5, 0, 'INBOX', '1700000000.M5_5.6baafffbb8d2a8993a823fed0f8056b5-0.host,S=67', '2,S', NULL, 0, 0);
INSERT INTO unfetched VALUES (1, 13, '', 0, 30000000, '', 0);
INSERT INTO event VALUES (1, 1700000001000000, 1, 'moved-on-server', '', 'Old', '');
INSERT INTO event VALUES (2, 1700000001000000, 2, 'deleted-on-server', '', 'Old', '');
INSERT INTO event VALUES (3, 1700000001000000, 3, 'moved-on-server', '', 'Old', '');
INSERT INTO poll VALUES ('home', 1700000002000000, 'error', 'no answer', 1700000001500000);
CREATE TABLE mark (
    mark TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    message BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX mark_time ON mark (expires_at);
INSERT INTO mark VALUES ('00000000000000000000000000000000000000000000000000000000000000ff', 1800000000, x'0123456789abcdef0123456789abcdef');
CREATE TABLE lesson (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    key TEXT NOT NULL UNIQUE,
    message BLOB,
    is_spam INTEGER NOT NULL,
    corrects INTEGER NOT NULL,
    why TEXT NOT NULL,
    example BLOB NOT NULL);
CREATE TABLE person (
    address TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX person_time ON person (at);
INSERT INTO lesson VALUES (7, 1700000000000000, 'key 2', x'0123456789abcdef0123456789abcdef', 1, 1, 'moved', x'00');
INSERT INTO person VALUES ('anna@example.org', 'Anna', 1700000000000000);
CREATE INDEX file_place ON file (place) WHERE place IS NOT NULL;
CREATE INDEX file_unseen ON file (message) WHERE place IS NULL AND folder <> '';
CREATE TABLE directory (
    key INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    inode INTEGER NOT NULL,
    changed_at INTEGER NOT NULL);
CREATE TABLE stranger (
    directory INTEGER NOT NULL,
    name INTEGER NOT NULL,
    is_read INTEGER NOT NULL,
    message BLOB,
    PRIMARY KEY (directory, name)) WITHOUT ROWID;
CREATE INDEX stranger_of_note ON stranger (directory) WHERE is_read = 0 OR message IS NOT NULL;
CREATE TABLE due_lesson (
    message INTEGER PRIMARY KEY,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    why TEXT NOT NULL);
CREATE INDEX due_lesson_time ON due_lesson (at);
INSERT INTO directory VALUES (1, 'cur', 4711, 1700000001000000000);
INSERT INTO stranger VALUES (1, -5, 1, x'0123456789abcdef0123456789abcdef');
INSERT INTO due_lesson VALUES (1, 0, 1700086400000000, 1, 'read');
