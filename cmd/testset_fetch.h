/* testset_fetch.h: `boxscore testset fetch`, whose options are its own. */
#pragma once
#include "cmd/verb.h"

extern const struct bx_verb bx_verb_testset_fetch;
