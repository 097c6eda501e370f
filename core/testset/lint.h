/*
 * lint.h: `testset lint`: what is odd about a test set that was read, as more notes with their severity and places: boxes outside their
 * image or without area, annotations that repeat another, classes that are unused or too rare to judge, orientations that cannot be
 * trusted. The set itself stays as it is. For a set with missing or broken images, or with labels
 * that cannot be read: read with `faulty`.
 */
#pragma once
#include "core/data/testset.h"

void bx_testset_lint(struct bx_testset *t, struct bx_arena *a);
