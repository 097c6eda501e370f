/*
 * ul_box.h: oriented boxes as Ultralytics compares them: four corners → the rectangle of least area around them, in OpenCV's steps and in
 * f32, because of two such rectangles its rounding picks one; and the similarity of two of them.
 */
#pragma once

struct bx_ul_box {
    float x, y, w, h, angle; /* centre, sides, radians in [-pi/4, 3 pi/4) */
};
struct bx_ul_box bx_ul_box(const double corners[8]);

/* probiou: 1 less the Hellinger distance of two Gaussians (Llerena et al., 2021). Equal boxes have 0.9995. Each step in f32; sine, cosine,
 * exponential and logarithm are those of f64, rounded. */
float bx_ul_similarity(const struct bx_ul_box *label, const struct bx_ul_box *detection);
