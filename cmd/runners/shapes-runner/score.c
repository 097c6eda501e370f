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
    [BY_CIRCULARITY] = {{-0.27, 2.09, 0.85, 2.38, 1.27, -0.96, 2.54, -6.46},
                        {0.22, 0.42, -0.02, 0.05, -0.00, -1.45, 0.90, -0.06},
                        {0.36, -1.87, 1.57, 4.54, -0.03, -0.23, 0.78, -6.70},
                        {-0.72, 1.91, 3.73, 2.07, -1.19, -1.37, 1.39, -6.02},
                        {-1.45, 2.12, 5.19, 1.04, -1.11, -0.79, 1.47, -7.00}},
    [BY_CORNERS] = {{0.49, 0.92, 0.23, 0.02, 1.53, -1.93, 1.28, -3.87},
                    {0.02, 0.35, 0.02, -1.12, 0.24, -2.09, 0.98, 0.86},
                    {-0.04, 0.71, 1.72, 1.04, -0.39, -1.11, 1.42, -5.71},
                    {0.76, 0.37, 0.81, 1.23, 0.01, 0.07, 1.69, -4.93},
                    {0.92, 1.39, 5.31, 0.84, -0.55, -0.12, 2.16, -7.45}},
    [BY_TEMPLATE] = {{4.37, 0.38, 2.84, 1.40, 5.33, -1.30, 1.78, -15.40},
                     {2.97, 4.09, 3.68, 5.62, 4.33, -1.93, -1.03, -9.99},
                     {0.31, 0.10, 7.76, -4.59, 2.02, -0.11, 5.62, -13.21},
                     {5.61, -5.31, 9.12, 1.21, 0.30, 0.68, 0.54, -21.01},
                     {3.41, -0.02, 5.28, 1.18, 1.48, 1.42, 0.80, -12.48}},
};

double score_of(const double features[FEATURES], enum classifier by, enum class c)
{
    const double *w = weights[by][c];
    double sum = w[FEATURES];
    for (int k = 0; k < FEATURES; k++)
        sum += w[k] * features[k];
    return 1 / (1 + exp(-sum));
}
