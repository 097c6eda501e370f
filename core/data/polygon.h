/*
 * polygon.h: areas and intersections of quadrilaterals, for oriented boxes.
 */
#pragma once
#include <stdbool.h>

double bx_quad_area(const double q[8]);                            /* shoelace, absolute */
void bx_quad_hull(const double q[8], double box[4]);               /* x y w h */
double bx_quad_covered(const double q[8]);                         /* the area it covers: differs where its outline crosses itself */
double bx_quad_intersection(const double p[8], const double q[8]); /* area of what both cover */
