/* Extensions, each by what its tests say of a message; and what a compiler says of their wrong use. */
#include "mail-limits.h"
#include "sieve.h"

#include <math.h>
#include <string.h>

#define MAIL                                                                                                 \
    "Received: from a (b [192.0.2.1]) by c id d;\n\tThu, 26 Feb 2026 23:30:00 +0000 (UTC)\n"                 \
    "Received: from x by b; Thu, 26 Feb 2026 18:00:00 -0500\n"                                               \
    "Received: by x; never\n"                                                                                \
    "From: Anna Berg <anna@example.org>\n"                                                                   \
    "To: me@home.example\n"                                                                                  \
    "Subject: Hello\n"                                                                                       \
    "Sender: anna+lists-work@example.org\n"                                                                  \
    "X-Spam-Score: score=4.5 required=9\n"                                                                   \
    "Date: Thu, 26 Feb 2026 23:29:01 +0530\n"                                                                \
    "X-Bad: Thu, 30 Feb 2026 23:29:01 +0530\n"                                                               \
    "X-Hop: one\n"                                                                                           \
    "X-Hop: two\n"                                                                                           \
    "X-Hop: three\n"                                                                                         \
    "\n"                                                                                                     \
    "Hello\n"

/* 2026-02-26T23:45:06Z, for a user an hour east of it. */
#define NOW_S 1772149506
#define UTC_OFFSET_S 3600

/* Whether a test holds on MAIL: "if TEST { discard; }". */
static const struct {
    const char *name, *require, *test;
    bool holds;
} tests[] = {
    /* The user's own zone is an hour east, where the message came in the next morning. */
    { "date-local", "date", "date \"received\" \"date\" \"2026-02-27\"", true },
    { "date-local-zone", "date", "date \"date\" \"zone\" \"+0100\"", true },
    { "date-originalzone", "date", "date :originalzone \"date\" \"time\" \"23:29:01\"", true },
    { "date-originalzone-zone", "date", "date :originalzone \"date\" \"zone\" \"+0530\"", true },
    { "date-zone", "date", "date :zone \"-0500\" \"date\" \"iso8601\" \"2026-02-26T12:59:01-05:00\"", true },
    { "date-zone-zone", "date", "date :zone \"-0500\" \"date\" \"zone\" \"-0500\"", true },
    { "date-std11", "date",
      "date :zone \"+0000\" \"date\" \"std11\" \"Thu, 26 Feb 2026 17:59:01 +0000\"", true },
    { "date-weekday", "date", "date :zone \"+0000\" \"date\" \"weekday\" \"4\"", true },
    { "date-julian", "date", "date :zone \"+0000\" \"date\" \"Julian\" \"61097\"", true },
    { "date-value", "date\", \"relational",
      "date :value \"ge\" :originalzone \"date\" \"hour\" \"23\"", true },
    { "date-numeric", "date\", \"relational\", \"comparator-i;ascii-numeric",
      "date :value \"lt\" :comparator \"i;ascii-numeric\" \"date\" \"year\" \"12026\"", true },
    { "date-first-field", "date", "date :originalzone \"received\" \"hour\" \"23\"", true },
    { "date-no-other-field", "date", "date :originalzone \"received\" \"hour\" \"18\"", false },
    { "date-count", "date\", \"relational", "date :count \"eq\" \"received\" \"date\" \"1\"", true },
    { "date-invalid", "date", "date :matches \"x-bad\" \"date\" \"*\"", false },
    { "date-invalid-count", "date\", \"relational", "date :count \"eq\" \"x-bad\" \"date\" \"0\"", true },
    { "date-absent", "date", "date :matches \"resent-date\" \"date\" \"*\"", false },
    { "date-not-a-date", "date", "date :contains \"subject\" \"year\" \"\"", false },
    { "date-index", "date\", \"index", "date :index 2 :originalzone \"received\" \"hour\" \"18\"", true },
    { "date-index-first", "date\", \"index", "date :index 1 :originalzone \"received\" \"hour\" \"18\"",
      false },
    { "date-last", "date\", \"index", "date :last :index 2 :originalzone \"received\" \"hour\" \"18\"", true },
    { "date-last-invalid", "date\", \"index", "date :index 1 :last \"received\" \"hour\" \"18\"", false },

    { "currentdate", "date", "currentdate \"iso8601\" \"2026-02-27T00:45:06+01:00\"", true },
    { "currentdate-zone", "date", "currentdate :zone \"-0800\" \"iso8601\" \"2026-02-26T15:45:06-08:00\"",
      true },
    { "currentdate-weekday", "date", "currentdate :zone \"+0000\" \"weekday\" \"4\"", true },
    { "currentdate-value", "date\", \"relational", "currentdate :value \"gt\" \"date\" \"2026-02-26\"",
      true },
    { "currentdate-matches", "date", "currentdate :matches \"month\" \"0?\"", true },
    { "currentdate-count", "date\", \"relational", "currentdate :count \"eq\" \"date\" \"1\"", true },

    { "index", "index", "header :index 2 \"x-hop\" \"two\"", true },
    { "index-other", "index", "header :index 1 \"x-hop\" \"two\"", false },
    { "index-last", "index", "header :index 1 :last \"x-hop\" \"three\"", true },
    { "index-last-first", "index", "header :index 3 :last \"x-hop\" \"one\"", true },
    { "index-too-large", "index", "header :index 4 :contains \"x-hop\" \"\"", false },
    { "index-last-too-large", "index", "header :index 4 :last :contains \"x-hop\" \"\"", false },
    { "index-by-name", "index", "header :index 1 [\"subject\", \"x-hop\"] \"one\"", true },
    { "index-count", "index\", \"relational", "header :index 2 :count \"eq\" [\"x-hop\", \"to\"] \"1\"", true },

    { "ihave", "ihave", "ihave [\"fileinto\", \"date\"]", true },
    { "ihave-not", "ihave", "ihave [\"fileinto\", \"vnd.other\"]", false },

    { "list", "extlists", "address :list \"from\" \"friends\"", true },
    { "list-case", "extlists", "header :list \"subject\" \"words\"", true },
    { "list-not", "extlists", "address :list \"to\" \"friends\"", false },
    { "list-comment-is-none", "extlists", "header :list \"x-hop\" \"words\"", false },
    { "list-of-several", "extlists", "address :list [\"to\", \"from\"] [\"words\", \"friends\"]", true },
    { "list-by-tag", "extlists", "address :list \"from\" \"tag:example.org,2026-01-01:friends\"", true },
    { "list-address-book", "extlists", "address :list \"from\" \":addrbook:default\"", true },
    { "list-address-book-urn", "extlists",
      "address :list \"from\" \"urn:ietf:params:sieve:addrbook:default\"", true },
    { "list-unknown", "extlists", "address :list \"from\" \"strangers\"", false },
    { "list-of-part", "extlists", "address :localpart :list \"from\" \"words\"", true },
    { "list-of-envelope", "extlists\", \"envelope", "envelope :list \"from\" \"friends\"", false },
    { "valid-ext-list", "extlists", "valid_ext_list [\"friends\", \":addrbook:default\"]", true },
    { "valid-ext-list-not", "extlists", "valid_ext_list [\"friends\", \"strangers\"]", false },
    { "valid-ext-list-path", "extlists", "valid_ext_list \"../friends\"", false },

    { "special-use", "special-use", "specialuse_exists \"\\\\Junk\"", true },
    { "special-use-case", "special-use", "specialuse_exists \"\\\\JUNK\"", true },
    { "special-use-none", "special-use", "specialuse_exists \"\\\\Trash\"", false },
    { "special-use-all", "special-use", "specialuse_exists [\"\\\\Junk\", \"\\\\Trash\"]", false },
    { "special-use-unknown", "special-use", "specialuse_exists \"\\\\Other\"", false },
    { "special-use-of", "special-use", "specialuse_exists \"Junk\" \"\\\\Junk\"", true },
    { "special-use-of-other", "special-use", "specialuse_exists \"Lists\" \"\\\\Junk\"", false },

    { "notify-methods", "enotify", "valid_notify_method [\"desktop:\", \"mailto:a@b.example\"]", true },
    { "notify-method-unknown", "enotify", "valid_notify_method [\"desktop:\", \"xmpp:a@b.example\"]", false },
    { "notify-method-fields", "enotify",
      "valid_notify_method \"mailto:a%40b.example,c@d.example?subject=x%20y&body=z\"", true },
    { "notify-method-nobody", "enotify", "valid_notify_method \"mailto:\"", true },
    { "notify-method-no-address", "enotify", "valid_notify_method \"mailto:a\"", false },
    { "notify-method-blank", "enotify", "valid_notify_method \"mailto:a@b.example c@d.example\"", false },
    { "notify-method-bad-field", "enotify", "valid_notify_method \"mailto:a@b.example?subject\"", false },
    { "notify-method-bad-percent", "enotify", "valid_notify_method \"mailto:a@b.example?a=%zz\"", false },
    { "notify-capability", "enotify", "notify_method_capability \"mailto:a@b.example\" \"Online\" \"maybe\"",
      true },
    { "notify-capability-not", "enotify", "notify_method_capability \"desktop:\" \"online\" [\"yes\", \"no\"]",
      false },
    { "notify-capability-unknown", "enotify",
      "notify_method_capability :matches \"desktop:\" \"other\" \"*\"", false },

    { "entry-host", "environment", "environment \"vnd.inbasket.entry-host\" \"mail.example.net\"", true },
    { "remote-host", "environment", "environment :contains \"remote-host\" \"example.net\"", true },
    { "remote-ip", "environment", "environment \"remote-ip\" \"192.0.2.77\"", true },
    { "relay", "environment", "environment \"vnd.inbasket.relay\" \"relay.example.com\"", true },
    { "mx", "environment", "environment \"vnd.inbasket.mx\" \"beside\"", true },
    { "recipient", "environment", "environment :contains \"vnd.inbasket.recipient\" \"anna@\"", true },
    { "server-filter", "environment", "environment \"vnd.inbasket.server-filter\" \"passed\"", true },
    { "sender", "environment", "environment \"vnd.inbasket.sender\" \"known\"", true },
    { "kind", "environment", "environment \"vnd.inbasket.kind\" [\"list\", \"newsletter\"]", true },
    { "authentication", "environment", "environment \"vnd.inbasket.authentication\" \"dkim=fail\"", true },
    { "authentication-not", "environment", "environment \"vnd.inbasket.authentication\" \"dkim=pass\"", false },

    { "delimiter-first", "subaddress", "address :user \"sender\" \"anna\"", true },
    { "delimiter-detail", "subaddress", "address :detail \"sender\" \"lists-work\"", true },
};

/* What is wrong with a script: the first error. */
static const struct {
    const char *name, *script, *error;
} errors[] = {
    { "date-part", "require \"date\"; if date \"date\" \"dy\" \"1\" {}",
      "t:1:32: \"dy\" is no part of a date: expected one of \"year\", \"month\", \"day\", \"date\", \"julian\", "
      "\"hour\", \"minute\", \"second\", \"time\", \"iso8601\", \"std11\", \"zone\", \"weekday\"" },
    { "date-zone", "require \"date\"; if date :zone \"CET\" \"date\" \"day\" \"1\" {}",
      "t:1:31: \"CET\" is no time zone: expected one such as \"+0100\" or \"-0530\"" },
    { "date-two-zones", "require \"date\"; if date :zone \"+0100\" :originalzone \"date\" \"day\" \"1\" {}",
      "t:1:39: \":zone\" and \":originalzone\" exclude each other" },
    { "currentdate-originalzone", "require \"date\"; if currentdate :originalzone \"day\" \"1\" {}",
      "t:1:32: \"currentdate\" takes no \":originalzone\"" },
    { "date-list", "require \"date\"; if date [\"date\"] \"day\" \"1\" {}",
      "t:1:25: \"date\" takes a string here (header field), not a list" },
    { "index-zero", "require \"index\"; if header :index 0 \"a\" \"b\" {}",
      "t:1:35: fields are counted from 1" },
    { "last-alone", "require \"index\"; if header :last \"a\" \"b\" {}",
      "t:1:28: \":last\" counts from the end: expected \":index\" beside it" },
    { "index-text", "require \"index\"; if header :index \"1\" \"a\" \"b\" {}",
      "t:1:35: \":index\" needs a number behind it" },
    { "index-not-required", "if header :index 1 \"a\" \"b\" {}",
      "t:1:11: \":index\" needs: require \"index\";" },
    { "ihave-variable", "require [\"ihave\", \"variables\"]; if ihave \"${x}\" {}",
      "t:1:42: the name of an extension may hold no variables" },
    { "ihave-block-is-checked", "require \"ihave\"; if ihave \"date\" { kep; }",
      "t:1:36: unknown command \"kep\" (did you mean \"keep\"?)" },
    { "ihave-other-branch-is-checked", "require \"ihave\"; if ihave \"vnd.x\" { foo; } else { kep; }",
      "t:1:51: unknown command \"kep\" (did you mean \"keep\"?)" },
    { "list-path", "require \"extlists\"; if header :list \"to\" \"a/b\" {}",
      "t:1:42: \"a/b\" names no list: expected such as \"friends\", \"tag:example.org,2026:friends\" or "
      "\":addrbook:default\"" },
    { "special-use", "require \"special-use\"; if specialuse_exists \"Junk\" {}",
      "t:1:45: \"Junk\" is no special use: expected one such as \"\\\\Junk\"" },
    { "notify-method", "require \"enotify\"; notify \"xmpp:a@b\";",
      "t:1:27: \"xmpp:a@b\" is no way of notifying that Inbasket knows: expected \"desktop:\" or \"mailto:…\"" },
    { "notify-mailto", "require \"enotify\"; notify \"mailto:a\";",
      "t:1:27: \"mailto:a\" is not written as such a URI must be" },
    { "notify-from", "require \"enotify\"; notify :from \"a\" \"mailto:a@b\";",
      "t:1:33: \"a\" is no mail address" },
    { "notify-importance", "require \"enotify\"; notify :importance \"4\" \"desktop:\";",
      "t:1:39: \"4\" is no importance: expected one of \"1\", \"2\", \"3\"" },
    { "notify-option", "require \"enotify\"; notify :options [\"a=b\", \"a b=c\"] \"desktop:\";",
      "t:1:44: \"a b=c\" is no option: expected \"name=value\"" },
    { "vacation-from", "require \"vacation\"; vacation :from \"a\" \"x\";",
      "t:1:36: \"a\" is no mail address" },
    { "vacation-seconds", "require \"vacation\"; vacation :seconds 4 \"x\";",
      "t:1:30: \":seconds\" needs: require \"vacation-seconds\";" },
    { "vacation-two-periods", "require \"vacation-seconds\"; vacation :days 1 :seconds 4 \"x\";",
      "t:1:46: \":days\" and \":seconds\" exclude each other" },
};

/* Actions as "NAME MAILBOX {DETAIL=VALUE ...}; ...", then "+keep" if the implicit keep stands, then "!error". */
static const struct {
    const char *name, *script, *expected;
} actions[] = {
    { "reject", "require \"reject\"; reject \"No.\";", "reject {reason=No.};" },
    { "ereject", "require \"ereject\"; ereject \"No.\";", "ereject {reason=No.};" },
    { "reject-twice", "require \"reject\"; reject \"a\"; reject \"b\";",
      "+keep !t:1: \"reject\" may be done only once to a message" },
    { "reject-and-keep", "require \"reject\"; reject \"a\"; keep;",
      "+keep !t:1: \"keep\" may not be done to a message to which \"reject\" is done" },
    { "fileinto-and-ereject", "require [\"ereject\", \"fileinto\"]; fileinto \"a\"; ereject \"a\";",
      "+keep !t:1: \"ereject\" may not be done to a message to which \"fileinto\" is done" },
    { "reject-and-vacation", "require [\"reject\", \"vacation\"]; vacation \"b\"; reject \"a\";",
      "+keep !t:1: \"reject\" may not be done to a message to which \"vacation\" is done" },
    { "reject-and-discard", "require \"reject\"; reject \"a\"; discard;", "reject {reason=a}; discard;" },

    { "vacation", "require \"vacation\"; vacation \"Away.\";",
      "vacation {reason=Away. seconds=604800}; +keep" },
    { "vacation-tags",
      "require \"vacation\"; vacation :days 3 :subject \"S\" :from \"A <a@b.example>\" "
      ":addresses [\"c@d\", \"e@f\"] :mime :handle \"h\" \"R\";",
      "vacation {reason=R seconds=259200 subject=S from=A <a@b.example> handle=h addresses=c@d, e@f "
      "mime=true}; +keep" },
    { "vacation-least", "require \"vacation-seconds\"; vacation :seconds 5 \"R\";",
      "vacation {reason=R seconds=86400}; +keep" },
    { "vacation-days-overflow", "require \"vacation\"; vacation :days 9223372036854775807 \"R\";",
      "vacation {reason=R seconds=18446744073709526400}; +keep" },
    { "vacation-twice", "require \"vacation\"; vacation \"a\"; vacation \"b\";",
      "+keep !t:1: \"vacation\" may be done only once to a message" },
    { "vacation-from-by-variable",
      "require [\"vacation\", \"variables\"]; set \"a\" \"x\"; vacation :from \"${a}\" \"R\";",
      "+keep !t:1: \"x\" is no mail address" },

    { "notify", "require \"enotify\"; notify \"desktop:\";", "notify desktop: {importance=2}; +keep" },
    { "notify-tags",
      "require \"enotify\"; notify :importance \"1\" :message \"M\" :from \"a@b.example\" "
      ":options [\"x=1\", \"y.z=2\"] \"mailto:c@d.example\";",
      "notify mailto:c@d.example {message=M importance=1 from=a@b.example option=x=1 option=y.z=2}; +keep" },
    { "notify-by-variable",
      "require [\"enotify\", \"variables\"]; set \"m\" \"desktop\"; set \"i\" \"9\"; "
      "notify :importance \"${i}\" \"${m}:\";",
      "notify desktop: {importance=2}; +keep" },
    { "notify-by-variable-unknown",
      "require [\"enotify\", \"variables\"]; set \"m\" \"tel\"; notify \"${m}:+1\";",
      "+keep !t:1: \"tel:+1\" is no way of notifying that Inbasket knows: expected \"desktop:\" or "
      "\"mailto:…\"" },

    { "special-use", "require [\"special-use\", \"fileinto\"]; fileinto :specialuse \"\\\\junk\" \"Spam\";",
      "fileinto Junk;" },
    { "special-use-none",
      "require [\"special-use\", \"fileinto\"]; fileinto :specialuse \"\\\\Trash\" \"Waste/paper\";",
      "fileinto Waste.paper;" },
    { "special-use-bad-folder",
      "require [\"special-use\", \"fileinto\"]; fileinto :specialuse \"\\\\Junk\" \"\";",
      "+keep !t:1: \"\" is no folder's name: a level of it is empty, or begins or ends with a blank" },

    { "ihave", "require \"ihave\"; if ihave \"fileinto\" { fileinto \"a\"; } else { foo :bar; }",
      "fileinto a;" },
    { "ihave-later", "require \"ihave\"; if ihave \"fileinto\" { } fileinto \"a\";", "fileinto a;" },
    { "ihave-not", "require \"ihave\"; if ihave \"vnd.foo\" { foo :bar [\"x\"] { baz; } } else { discard; }",
      "discard;" },
    { "ihave-elsif",
      "require \"ihave\"; if not ihave \"fileinto\" { foo; } elsif true { fileinto \"a\"; } else { discard; }",
      "fileinto a;" },
    { "ihave-allof", "require \"ihave\"; if allof (true, ihave \"vnd.foo\", foo \"x\") { bar; } discard;",
      "discard;" },
    { "ihave-anyof", "require \"ihave\"; if anyof (ihave \"date\", foo \"x\") { discard; } else { bar; }",
      "discard;" },
    { "ihave-all-of-both",
      "require \"ihave\"; if not allof (ihave \"date\", ihave \"fileinto\") { bar; } discard;", "discard;" },
    { "ihave-and-a-test", "require \"ihave\"; if allof (ihave \"date\", false) { keep; } else { discard; }",
      "discard;" },
    { "ihave-variables",
      "require \"ihave\"; if ihave \"variables\" { set \"a\" \"b\"; if string \"${a}\" \"b\" { discard; } }",
      "discard;" },
    { "error", "require [\"ihave\", \"fileinto\"]; fileinto \"a\"; error \"Enough.\";", "+keep !t:1: Enough." },

    { "list-captures",
      "require [\"extlists\", \"variables\", \"fileinto\"]; "
      "if header :list \"subject\" \"words\" { fileinto \"${0}\"; }",
      "fileinto Hello;" },
    { "list-by-variable",
      "require [\"extlists\", \"variables\"]; set \"n\" \"words\"; "
      "if header :list \"subject\" [\"../x${n}\", \"${n}\"] { discard; }",
      "discard;" },
    { "encodeurl",
      "require [\"enotify\", \"variables\", \"fileinto\"]; set :encodeurl \"a\" \"a b~é-Z9_\"; "
      "set :length :encodeurl :upper \"n\" \"ä%\"; fileinto \"${a}\"; fileinto \"${n}\";",
      "fileinto a%20b~%C3%A9-Z9_; fileinto 9;" },
};

/* Warnings: every one of a script that is right. */
static const struct {
    const char *name, *script, *warnings;
} warnings[] = {
    { "none", "require \"variables\"; if header :matches \"a\" \"*x?\" { set \"b\" \"${2}${0}\"; }", "" },
    { "capture", "require \"variables\"; if header :matches \"a\" \"*x?\" { set \"b\" \"${3}\"; }",
      "1:61: ${3} is always empty: no pattern of this script takes so much\n" },
    { "capture-escaped", "require \"variables\"; if header :matches \"a\" \"*x\\\\?\" { set \"b\" \"${2}\"; }",
      "1:63: ${2} is always empty: no pattern of this script takes so much\n" },
    { "capture-without-match", "require \"variables\"; set \"b\" \"${0}\";",
      "1:30: ${0} is always empty: no pattern of this script takes so much\n" },
    { "capture-of-variable",
      "require \"variables\"; set \"p\" \"*\"; if header :matches \"a\" \"${p}\" { set \"b\" \"${7}\"; }", "" },
    { "capture-regex", "require [\"variables\", \"regex\"]; if header :regex \"a\" \"(a)(b)\" { set \"b\" \"${2}\"; }",
      "" },
    { "folder-in-another-case", "require \"fileinto\"; fileinto \"LISTS\"; fileinto \"lists/a\"; fileinto \"Junk\";",
      "1:30: there is no folder \"LISTS\", but \"Lists\"\n" },
    { "line-end-in-key", "if header :contains \"a\" [\"b\\nc\", \"b\nc\"] {}",
      "1:34: \"b\\x0d\\x0ac\" is never found: fields are looked at in one line\n" },
    { "blank-in-key", "if header \"a\" [\"b \", \" b\", \"b c\", \"\"] {} if header :contains \"a\" \"b \" {}",
      "1:16: \"b \" is never found: fields are looked at without the blanks around them\n"
      "1:22: \" b\" is never found: fields are looked at without the blanks around them\n" },
    { "domain-with-at", "if address :domain \"from\" [\"a@b.example\", \"b.example\"] {}",
      "1:28: \"a@b.example\" is never found: a domain holds no \"@\"\n" },
    { "name-beside-address", "if address \"from\" \"Anna <a@b.example>\" {}",
      "1:19: \"Anna <a@b.example>\" is never found: addresses are looked at without the names beside them\n" },
    { "envelope-domain", "require \"envelope\"; if envelope :domain :contains \"to\" \"@b.example\" {}",
      "1:56: \"@b.example\" is never found: a domain holds no \"@\"\n" },
    { "behind-stop", "stop; keep;", "1:7: this is never reached\n" },
    { "behind-error", "require \"ihave\"; error \"x\"; keep;", "1:29: this is never reached\n" },
    { "behind-branches", "if true { stop; } elsif false { discard; stop; } else { stop; } keep;",
      "1:65: this is never reached\n" },
    { "behind-some-branches", "if true { stop; } elsif false { discard; } else { stop; } keep;", "" },
    { "behind-no-else", "if true { stop; } elsif false { stop; } keep;", "" },
};

static void
add_list (IbFacts *facts, const char *name, const char *text)
{
    g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
    ib_lists_add (facts->lists, name, bytes);
}

static IbFacts *
facts_new (void)
{
    IbFacts *facts = ib_facts_new ();
    facts->now = (gint64) NOW_S * G_USEC_PER_SEC;
    facts->utc_offset_s = UTC_OFFSET_S;
    g_strfreev (facts->folders);
    facts->folders = g_strsplit ("Junk Lists Archive", " ", -1);
    facts->lists = ib_lists_new ();
    add_list (facts, "friends", "bob@example.org\nAnna@Example.ORG \r\n");
    add_list (facts, "words", "# one\n#two\n\n  HELLO\nanna");
    add_list (facts, "addrbook", "anna@example.org");
    return facts;
}

/* What was found of the message before. */
static IbSignals *
signals_new (void)
{
    IbSignals *signals = ib_signals_new ();
    const struct {
        char **target;
        const char *value;
    } found[] = {
        { &signals->entry_host, "mail.example.net" },
        { &signals->entry_ip, "192.0.2.77" },
        { &signals->relay, "relay.example.com" },
        { &signals->mx, "beside" },
        { &signals->recipient, "anna@example.org" },
        { &signals->server_filter, "passed" },
        { &signals->sender, "known" },
        { &signals->kind, "newsletter" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (found); i++) {
        g_free (*found[i].target);
        *found[i].target = g_strdup (found[i].value);
    }
    g_strfreev (signals->authentication);
    signals->authentication = g_strsplit ("spf=pass dkim=fail", " ", -1);
    return signals;
}

/* With settings of test scripts, if @settings is not NULL. */
static IbSieveOutcome
run_with (const IbProgram *program, const IbSieveSettings *settings, IbPlan *plan)
{
    g_autoptr (IbMessage) message = ib_message_new (MAIL, strlen (MAIL));
    g_autoptr (IbFacts) facts = facts_new ();
    g_autoptr (IbSignals) signals = signals_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    guint64 steps = IB_LIMIT_STEPS;
    const IbSieveContext context
        = { .facts = facts, .verdict = verdict, .signals = signals, .settings = settings, .steps = &steps };
    IbSieveOutcome outcome = { 0 };
    ib_sieve_run (program, message, &context, plan, &outcome);
    return outcome;
}

static IbSieveOutcome
run (const IbProgram *program, IbPlan *plan)
{
    return run_with (program, NULL, plan);
}

static IbProgram *
compile (const char *script)
{
    g_autoptr (GError) error = NULL;
    IbProgram *program = ib_sieve_compile ("t", script, strlen (script), NULL, NULL, &error);
    g_assert_no_error (error);
    return program;
}

static void
test_holds (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *script
        = g_strdup_printf ("require [\"%s\"];\nif %s { discard; }", tests[i].require, tests[i].test);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgram) program = ib_sieve_compile ("t", script, strlen (script), NULL, NULL, &error);
    g_assert_no_error (error);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    IbSieveOutcome outcome = run (program, plan);
    g_assert_cmpstr (outcome.error, ==, NULL);
    g_assert_cmpint (!outcome.keeps_implicitly, ==, tests[i].holds);
    ib_sieve_outcome_clear (&outcome);
}

static void
test_error (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgram) program
        = ib_sieve_compile ("t", errors[i].script, strlen (errors[i].script), NULL, NULL, &error);
    g_assert_error (error, IB_SIEVE_ERROR, IB_SIEVE_ERROR_COMPILE);
    g_assert_cmpstr (error->message, ==, errors[i].error);
}

static void
describe_action (const IbAction *action, GString *text)
{
    g_string_append (text, ib_action_name (action->kind));
    if (*action->mailbox != '\0')
        g_string_append_printf (text, " %s", action->mailbox);
    for (guint i = 0; i + 1 < action->details->len; i += 2)
        g_string_append_printf (text, "%s%s=%s", i == 0 ? " {" : " ", (char *) action->details->pdata[i],
                                (char *) action->details->pdata[i + 1]);
    g_string_append (text, action->details->len > 0 ? "}; " : "; ");
}

static char *
describe (const IbPlan *plan, const IbSieveOutcome *outcome)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < plan->actions->len; i++)
        describe_action (plan->actions->pdata[i], text);
    g_string_append (text, outcome->keeps_implicitly ? "+keep" : "");
    if (outcome->error != NULL)
        g_string_append_printf (text, " !%s", outcome->error);
    return g_strstrip (g_string_free (text, FALSE));
}

static void
test_action (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbProgram) program = compile (actions[i].script);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    IbSieveOutcome outcome = run (program, plan);
    g_autofree char *described = describe (plan, &outcome);
    ib_sieve_outcome_clear (&outcome);
    g_assert_cmpstr (described, ==, actions[i].expected);
}

static void
test_warning (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    static const char *const folders[] = { "Junk", "Lists", NULL };
    const IbSieveOptions options = { .folders = folders };
    g_autoptr (GPtrArray) diagnostics = NULL;
    g_autoptr (IbProgram) program
        = ib_sieve_compile ("t", warnings[i].script, strlen (warnings[i].script), &options, &diagnostics, NULL);
    g_autoptr (GString) told = g_string_new (NULL);
    for (guint d = 0; d < diagnostics->len; d++) {
        const IbDiagnostic *diagnostic = diagnostics->pdata[d];
        g_string_append_printf (told, "%u:%u: %s\n", diagnostic->line, diagnostic->column,
                                diagnostic->message);
    }
    g_assert_cmpstr (told->str, ==, warnings[i].warnings);
    g_assert_nonnull (program);
}

/* What sends mail may be run dry only; a desktop notification sends none. */
static const struct {
    const char *name, *script, *why;
} sending[] = {
    { "reject", "require \"reject\";\nreject \"x\";", "reject" },
    { "ereject", "require \"ereject\";\nereject \"x\";", "ereject" },
    { "vacation", "require \"vacation\";\nvacation \"x\";", "vacation" },
    { "mailto", "require \"enotify\";\nnotify \"mailto:a@b.example\";", "notify" },
    { "desktop", "require \"enotify\";\nnotify \"desktop:\";", NULL },
    { "any-method", "require [\"enotify\", \"variables\"];\nnotify \"${x}\";", NULL },
    { "not-there", "require \"ihave\";\nif ihave \"vnd.x\" { redirect \"a@b.example\"; }", NULL },
};

static void
test_sending (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbProgram) program = compile (sending[i].script);
    g_autofree char *why = ib_program_why_not_activatable (program);
    g_autofree char *expected
        = sending[i].why != NULL ? g_strdup_printf ("t:2: Inbasket sends no mail, so \"%s\" works in dry runs only",
                                                    sending[i].why)
                                 : NULL;
    g_assert_cmpstr (why, ==, expected);
}

/* Another filter's field as spamtest and virustest see it. */
static const struct {
    const char *name;
    IbScoreSource source;
    const char *test;
} scores[] = {
    { "number", { "X-Spam-Score", "score=(-?[0-9.]+)", IB_SCORE_NUMBER, .most = 9 }, "spamtest \"5\"" },
    { "number-percent", { "X-Spam-Score", "score=(-?[0-9.]+)", IB_SCORE_NUMBER, .most = 9 },
      "spamtest :percent \"50\"" },
    { "number-of-field",
      { "X-Spam-Score", "score=([0-9.]+)", IB_SCORE_NUMBER, 0, "X-Spam-Score", "required=([0-9]+)" },
      "spamtest \"5\"" },
    { "number-without-most", { "X-Spam-Score", "score=([0-9.]+)", IB_SCORE_NUMBER }, "spamtest \"0\"" },
    { "more-than-most", { "X-Spam-Score", "score=([0-9.]+)", IB_SCORE_NUMBER, .most = 3 },
      "spamtest \"10\"" },
    { "no-match", { "X-Spam-Score", "none=([0-9.]+)", IB_SCORE_NUMBER, .most = 9 }, "spamtest \"0\"" },
    { "no-field", { "X-None", NULL, IB_SCORE_NUMBER, .most = 9 }, "spamtest \"0\"" },
    { "no-field-count", { "X-None", NULL, IB_SCORE_NUMBER, .most = 9 }, "spamtest :count \"eq\" \"0\"" },
    { "no-number", { "Subject", NULL, IB_SCORE_NUMBER, .most = 9 }, "spamtest \"0\"" },
    { "length", { "Subject", NULL, IB_SCORE_LENGTH, .most = 10 }, "spamtest \"5\"" },
    { "text", { "Subject", NULL, IB_SCORE_TEXT, .texts = { NULL, "Bye", NULL, "Hello" } },
      "spamtest \"3\"" },
    { "text-untested", { "Subject", NULL, IB_SCORE_TEXT, .texts = { "Hello" } }, "spamtest \"0\"" },
    { "text-unknown", { "Subject", NULL, IB_SCORE_TEXT, .texts = { NULL, "Bye" } }, "spamtest \"0\"" },
    { "virus", { "X-Spam-Score", "score=([0-9.]+)", IB_SCORE_NUMBER, .most = 9 }, "virustest \"3\"" },
    { "virus-text", { "Subject", NULL, IB_SCORE_TEXT, .texts = { NULL, "Bye", NULL, NULL, NULL, "Hello" } },
      "virustest \"5\"" },
};

static void
test_score (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbSieveSettings settings = ib_sieve_settings;
    settings.spam = settings.virus = &scores[i].source;
    g_autofree char *script = g_strdup_printf (
        "require [\"spamtestplus\", \"virustest\", \"relational\"]; if %s { discard; }", scores[i].test);
    g_autoptr (IbProgram) program = compile (script);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    IbSieveOutcome outcome = run_with (program, &settings, plan);
    g_assert_null (outcome.error);
    g_assert_false (outcome.keeps_implicitly);
    ib_sieve_outcome_clear (&outcome);
}

static void
delimiters_are_a_setting (void)
{
    IbSieveSettings settings = ib_sieve_settings;
    settings.delimiters = "-+";
    g_autoptr (IbProgram) program
        = compile ("require \"subaddress\"; if allof (address :user \"sender\" \"anna\", "
                   "address :detail \"sender\" \"lists-work\") { discard; }");
    g_autoptr (IbPlan) plan = ib_plan_new ();
    IbSieveOutcome outcome = run_with (program, &settings, plan);
    g_assert_false (outcome.keeps_implicitly);
    ib_sieve_outcome_clear (&outcome);
}

#define ADD(table, function)                                                                                 \
    for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {                                                       \
        g_autofree char *path = g_strdup_printf ("/sieve/extension/" #table "/%s", table[i].name);           \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), function);                                         \
    }

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD (tests, test_holds)
    ADD (errors, test_error)
    ADD (actions, test_action)
    ADD (warnings, test_warning)
    ADD (sending, test_sending)
    ADD (scores, test_score)
    g_test_add_func ("/sieve/extension/delimiters-are-a-setting", delimiters_are_a_setting);
    return g_test_run ();
}
