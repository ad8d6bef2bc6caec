/* coverage-words.h - which addresses a filter here protects, and what to do about the others, for people and as JSON */
#pragma once

#include "coverage.h"

#include <json-glib/json-glib.h>

/* A line for each gap, with the command that closes it below; nothing if there is none. */
void ib_coverage_print (const IbConfig *config, IbCoverage *coverage, gint64 now);
/* The member "addresses". */
void ib_coverage_json (JsonBuilder *builder, IbCoverage *coverage);
