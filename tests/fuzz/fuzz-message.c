/* Any bytes are a message: indexed, decoded and judged, with nothing lost between the segments of its edit list. */
#include "address.h"
#include "judge.h"
#include "message.h"
#include "text.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static const char script[] = "require [\"fileinto\", \"spamtest\", \"body\", \"mime\", \"foreverypart\", "
                             "\"extracttext\", \"variables\"];\n"
                             "foreverypart { extracttext :first 9 \"text\"; foreverypart {\n"
                             "    if header :mime :anychild :param \"name\" :contains \"Content-Type\" \"x\" { break; } } }\n"
                             "if body :content [\"\"] :contains \"nowhere at all\" { keep; }\n"
                             "if body :contains \"nowhere at all\" { keep; }\n"
                             "if spamtest :is \"10\" { fileinto \"Junk\"; }\n"
                             "elsif address :localpart :is [\"From\", \"To\", \"Cc\"] \"anna\" { keep; }\n"
                             "elsif header :matches \"Subject\" \"*a*b*\" { fileinto \"Pattern\"; }\n"
                             "elsif header :contains [\"Received\", \"List-Id\"] \"x\" { discard; }\n";

static void
check_fields (const IbMessage *message)
{
    gsize count, end = 0;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count; i++) {
        g_assert_cmpuint (fields[i].offset, >=, end);
        end = fields[i].offset + fields[i].length;
        g_assert_cmpuint (end, <=, ib_message_body_offset (message));

        g_autofree char *text = ib_message_field_text (message, &fields[i]);
        g_assert_true (g_utf8_validate (text, -1, NULL));
        g_autofree char *raw = ib_message_field_raw (message, &fields[i]);
        g_autoptr (GPtrArray) addresses = ib_address_parse (raw);
        for (guint k = 0; k < addresses->len; k++)
            g_assert_true (g_utf8_validate (((const IbAddress *) addresses->pdata[k])->name, -1, NULL));
    }
}

/* The ranges go through the message in order, and what lies between them are fields that claimed to be ours. */
static void
check_edits (const IbMessage *message, const IbPlan *plan, size_t length)
{
    guint64 at = 0, cut = 0;
    for (guint i = 0; i < plan->segments->len; i++) {
        const IbSegment *segment = &g_array_index (plan->segments, IbSegment, i);
        if (segment->literal != NULL)
            continue;
        g_assert_cmpuint (segment->offset, >=, at);
        cut += segment->offset - at;
        at = segment->offset + segment->length;
        g_assert_cmpuint (at, <=, length);
    }
    cut += length - at;

    gsize count;
    const IbField *own = ib_message_own_fields (message, &count);
    for (gsize i = 0; i < count; i++)
        cut -= own[i].length;
    g_assert_cmpuint (cut, ==, 0);
}

static void
check_charsets (const char *bytes, size_t length)
{
    static const char *const charsets[]
        = { "utf-8",  "us-ascii",    "koi8-r", "windows-1255", "gb2312", "big5",   "shift_jis",
            "euc-jp", "iso-2022-jp", "euc-kr", "iso-2022-kr",  "utf-7",  "utf-16", "none" };
    const char *charset = charsets[length % G_N_ELEMENTS (charsets)];
    g_autofree char *text = ib_text_from_charset (charset, bytes, length);
    g_assert_true (g_utf8_validate (text, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    static IbJudge *judge;
    static IbFacts *facts;
    if (judge == NULL) {
        static const char *const scripts[] = { "a.sieve", NULL };
        judge = ib_judge_new ();
        g_assert_true (ib_judge_add_script (judge, "a.sieve", script, strlen (script), NULL));
        facts = ib_facts_new ();
        g_strfreev (facts->scripts);
        facts->scripts = g_strdupv ((char **) scripts);
        facts->annotates = true;
    }

    g_autoptr (IbMessage) message = ib_message_new ((const char *) bytes, length);
    check_fields (message);
    check_charsets ((const char *) bytes, length);
    g_autoptr (IbJudgement) judgement
        = ib_judge_message (judge, (const char *) bytes, length, facts, length % 2 == 0);
    g_assert_cmpuint (judgement->plan->actions->len, >, 0);
    check_edits (message, judgement->plan, length);
    return 0;
}
