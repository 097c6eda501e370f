/*
 * label.h: where labels go. Pure geometry: boxes of text, things they must not touch, lines they had better not.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct bx_rect {
    double x0, y0, x1, y1;
};
struct bx_segment {
    double x0, y0, x1, y1;
};

enum { BX_LINE_BLOCK = 16 };

/* What is on the plot already. {0} plus a frame is an empty one. */
struct bx_taken {
    struct bx_rect frame; /* outside of it is forbidden */
    struct bx_rect *labels, *marks;
    struct bx_segment *lines;
    struct bx_rect *blocks; /* around each BX_LINE_BLOCK lines, in their order: a curve's are neighbours */
    size_t nlabels, nmarks, nlines, nblocks, caplabels, capmarks, caplines, capblocks;
};
void bx_taken_free(struct bx_taken *p);
void bx_taken_label(struct bx_taken *p, struct bx_rect r);
void bx_taken_mark(struct bx_taken *p, struct bx_rect r);
void bx_taken_line(struct bx_taken *p, double x0, double y0, double x1, double y1);

bool bx_rect_meets(struct bx_rect a, struct bx_rect b);
double bx_rect_common(struct bx_rect a, struct bx_rect b);           /* area */
double bx_rect_length_inside(struct bx_rect r, struct bx_segment s); /* of s in r */
double bx_rect_away(struct bx_rect r, struct bx_segment s,
                    double most); /* how far they are apart, 0 where they meet; from `most` on, most */

/* 10 for each px² of mark and px of line covered. INFINITY outside the frame, on a label, and when strict on any mark. */
double bx_taken_cost(const struct bx_taken *p, struct bx_rect r, bool strict);

/* Around a mark at (x, y): up to 16 sides by the first `rings` of 8 distances (7, 13, 22, 32, 46, 62, 80, 100 px); the cheapest box of w ×
 * h that touches no label and no mark, at 30 more for each ring. false when there is none. *leader: from 22 px on the label needs a line to
 * its mark. What was found is not yet added to p. */
enum { BX_RINGS = 8 };
bool bx_taken_around(const struct bx_taken *p, double x, double y, double w, double h, size_t rings, struct bx_rect *r, bool *leader);

/* The end of a leader: the point of r nearest to (x, y). */
void bx_rect_nearest(struct bx_rect r, double x, double y, double *nx, double *ny);
