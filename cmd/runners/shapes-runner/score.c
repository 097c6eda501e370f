/*
 * score.c: how likely it is that a region is a shape of the class it was given.
 *
 * Logistic regression on the features that detect.c measures, one for each way to classify and each class, fitted to scenes that are in no
 * split of the shapes data set: the ones its generator draws from other seeds (1 to 6).
 */
#include "runner.h"

#include <math.h>

/* fit, margin, edge support, size, border, unevenness, fit times size, and the constant */
static const double weights[3][CLASSES][FEATURES + 1] = {
    [BY_CIRCULARITY] = {{-0.30, 2.18, 1.46, 2.31, 1.37, -1.02, 2.58, -7.04},
                        {0.26, 0.49, 0.25, 0.10, 0.04, -1.54, 0.89, -0.43},
                        {0.35, -1.95, 1.94, 4.48, 0.11, -0.23, 0.80, -6.97},
                        {-0.75, 1.96, 4.06, 2.02, -1.16, -1.42, 1.32, -6.19},
                        {-1.44, 2.07, 5.45, 1.07, -1.11, -0.78, 1.47, -7.28}},
    [BY_CORNERS] = {{0.79, -0.08, 1.13, 0.30, 1.10, -1.82, 1.24, -5.94},
                    {0.15, 0.44, 0.28, -0.74, 0.14, -1.96, 0.95, -0.21},
                    {0.48, 0.29, 1.31, 0.48, -0.32, -0.53, 1.10, -6.41},
                    {0.67, 0.30, 0.52, 0.90, 0.01, 0.03, 1.36, -3.60},
                    {0.22, 1.54, 5.57, 1.07, -0.54, -0.25, 2.43, -7.60}},
    [BY_TEMPLATE] = {{4.21, 0.05, 2.44, 3.25, 5.23, -1.24, 0.86, -15.30},
                     {2.73, 4.41, 2.44, 4.10, 4.20, -1.58, -0.11, -8.83},
                     {0.34, -0.20, 7.32, -3.58, 1.48, -0.41, 5.49, -13.13},
                     {5.52, -4.84, 8.71, 3.37, 0.24, 0.63, -0.45, -20.89},
                     {3.63, 0.02, 5.24, 1.91, 1.24, 1.18, 0.15, -12.92}},
};

double score_of(const double features[FEATURES], enum classifier by, enum class c) {
    const double *w = weights[by][c];
    double sum = w[FEATURES];
    for (int k = 0; k < FEATURES; k++)
        sum += w[k] * features[k];
    return 1 / (1 + exp(-sum));
}
