/* Any bytes are a settings file, if a wrong one. What is taken from it names sound hosts over TLS, is printable, and leads
 * to tokens over https only. */
#include "autoconfig.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static void
check_text (const char *text)
{
    g_assert_true (g_utf8_validate (text, -1, NULL));
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
        g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
}

static void
check_url (const char *url)
{
    check_text (url);
    g_assert_true (*url == '\0' || g_str_has_prefix (url, "https://"));
}

static void
check (const IbCandidate *candidate)
{
    g_assert_true (ib_candidate_host_is_sound (candidate->host));
    g_assert_true (candidate->security == IB_SECURITY_TLS || candidate->security == IB_SECURITY_STARTTLS);
    g_assert_cmpuint (candidate->port, >, 0);
    g_assert_cmpuint (candidate->n_sign_in, >, 0);
    g_assert_cmpuint (candidate->n_sign_in, <=, IB_CANDIDATE_WAYS);
    check_text (candidate->user);
    check_text (candidate->oauth2_issuer);
    check_text (candidate->oauth2_scope);
    check_text (candidate->oauth2_client_id);
    check_url (candidate->oauth2_auth_url);
    check_url (candidate->oauth2_token_url);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) found = ib_autoconfig_parse ((const char *) bytes, length, "anna@example.org",
                                                       IB_FROM_AUTOCONFIG, "https://example.org/", &error);
    if (found == NULL) {
        g_assert_error (error, IB_AUTOCONFIG_ERROR, IB_AUTOCONFIG_ERROR_INVALID);
        return 0;
    }
    for (guint i = 0; i < found->len; i++)
        check (found->pdata[i]);
    ib_candidates_rank (found);
    return 0;
}
