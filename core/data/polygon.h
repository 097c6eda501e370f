/*
 * polygon.h: areas and intersections of quadrilaterals, for oriented boxes.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

double bx_quad_area(const double q[8]);                            /* shoelace, absolute */
void bx_quad_hull(const double q[8], double box[4]);               /* x y w h */
double bx_quad_covered(const double q[8]);                         /* the area it covers: differs where its outline crosses itself */
double bx_quad_intersection(const double p[8], const double q[8]); /* area of what both cover */
/* The area of q that n others cover together, each place once. Of upright boxes with whole sides it is exact. An outline that crosses
 * itself covers what lies an odd number of times within. */
double bx_quad_covered_by(const double q[8], const double *quads, size_t n);
