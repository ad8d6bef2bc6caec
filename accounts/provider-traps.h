/* provider-traps.h - what goes wrong at a provider, in words
 *
 * The provider table names it, "app-password", since the words are translated, and the same at many. */
#pragma once

/* A sentence for people. What is not known is one already: of a provider that the user or a distribution has added. */
const char *ib_provider_traps_words (const char *trap);
