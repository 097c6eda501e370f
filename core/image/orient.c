/* orient.c: raw coordinates to the displayed frame: the table of FORMATS 7.2. */
#include "core/image/image.h"

void bx_orient_point(uint8_t orientation, double raw_w, double raw_h, double *x, double *y)
{
    double u = *x, v = *y;
    switch (orientation) {
    case 2:
        *x = raw_w - u;
        break;
    case 3:
        *x = raw_w - u, *y = raw_h - v;
        break;
    case 4:
        *y = raw_h - v;
        break;
    case 5:
        *x = v, *y = u;
        break;
    case 6:
        *x = raw_h - v, *y = u;
        break;
    case 7:
        *x = raw_h - v, *y = raw_w - u;
        break;
    case 8:
        *x = v, *y = raw_w - u;
        break;
    default:
        break;
    }
}

void bx_orient_box(uint8_t orientation, double raw_w, double raw_h, double box[4])
{
    double x0 = box[0], y0 = box[1], x1 = x0 + box[2], y1 = y0 + box[3], w = box[2], h = box[3];
    bx_orient_point(orientation, raw_w, raw_h, &x0, &y0);
    bx_orient_point(orientation, raw_w, raw_h, &x1, &y1);
    box[0] = x0 < x1 ? x0 : x1;
    box[1] = y0 < y1 ? y0 : y1;
    /* The sides are kept as read, not taken from differences, which round. */
    box[2] = orientation >= 5 ? h : w;
    box[3] = orientation >= 5 ? w : h;
}
