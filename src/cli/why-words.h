/* why-words.h - the explanation of a judgement, for people and as JSON */
#pragma once

#include "find-message.h"
#include "judge.h"

typedef struct {
    const IbPaths *paths;
    const IbConfig *config;
    const IbAccount *account; /* that it came through; NULL: none */
    const IbFoundMessage *found;
    bool is_json;
    bool is_verbose; /* the whole trace */
} IbWhy;

/* @judgement with its trace and origin. */
void ib_why_print (const IbWhy *why, const IbJudgement *judgement);
void ib_why_print_json (const IbWhy *why, const IbJudgement *judgement);
