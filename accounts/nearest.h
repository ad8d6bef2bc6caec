/* nearest.h - the known word that a mistyped one was meant to be
 *
 * For "did you mean …?". Pure. */
#pragma once

#include <glib.h>

/* The element of @known (NULL-ended) that differs from @word by few letters, or that other programs call @word;
 * NULL if none comes near. Returns: (transfer none) (nullable) */
const char *ib_nearest (const char *word, const char *const *known);
