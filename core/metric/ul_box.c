/* ul_box.c: rotating calipers around four corners, and the similarity of oriented boxes. */
#include "core/metric/ul_box.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct point {
    float x, y;
    int index; /* its place among the corners */
};
struct hull {
    struct point at[8]; /* some more while a side is made */
    int n;
};

/* Above 0: o, a, b turn from x towards y. Of f32 coordinates; exact enough in f64 to tell what is on a line. */
static double turn(struct point o, struct point a, struct point b)
{
    return ((double)a.x - o.x) * ((double)b.y - o.y) - ((double)a.y - o.y) * ((double)b.x - o.x);
}

static bool before(struct point a, struct point b)
{
    return a.x != b.x ? a.x < b.x : a.y < b.y;
}

/* One side of the hull, from the first of the sorted points to the last or back; what lies on a line is dropped. */
static void add_side(struct hull *h, const struct point *sorted, int n, int from, int step)
{
    int first = h->n;
    for (int i = 0, k = from; i < n; i++, k += step) {
        while (h->n - first >= 2 && turn(h->at[h->n - 2], h->at[h->n - 1], sorted[k]) <= 0)
            h->n--;
        h->at[h->n++] = sorted[k];
    }
    h->n--; /* the other side begins there */
}

/* From the rightmost over the largest y to the leftmost and back. */
static struct hull hull_of(const struct point *corner)
{
    struct point sorted[4];
    struct hull h = {.n = 0};
    int n = 0;
    for (int i = 0; i < 4; i++) {
        int k = n;
        bool known = false;
        for (int j = 0; j < n; j++)
            known = known || (sorted[j].x == corner[i].x && sorted[j].y == corner[i].y);
        if (known)
            continue;
        for (; k > 0 && before(corner[i], sorted[k - 1]); k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = corner[i];
        n++;
    }
    if (n < 2) {
        h.at[h.n++] = sorted[0];
        return h;
    }
    add_side(&h, sorted, n, n - 1, -1);
    add_side(&h, sorted, n, 0, 1);
    return h;
}

/* Where the corners' own numbers rise, or fall, all along the hull from some point on, it begins there. */
static void begin_in_order(struct hull *h)
{
    for (int direction = 1; direction >= -1 && h->n > 2; direction -= 2)
        for (int from = 0; from < h->n; from++) {
            bool ordered = true;
            for (int i = 1; i < h->n && ordered; i++)
                ordered = direction * (h->at[(from + i) % h->n].index - h->at[(from + i - 1) % h->n].index) > 0;
            if (!ordered)
                continue;
            struct hull turned = {.n = h->n};
            for (int i = 0; i < h->n; i++)
                turned.at[i] = h->at[(from + i) % h->n];
            *h = turned;
            return;
        }
}

struct side {
    float x, y;
};
struct least {
    float area, a, b, w, h;
    int left, bottom;
};

/* The edge of which caliper meets the hull first. */
static int first_met(const struct side *edge, const int *seq)
{
    const struct side e[4] = {edge[seq[0]], edge[seq[1]], edge[seq[2]], edge[seq[3]]};
    const struct side v[4] = {{e[0].x, e[0].y}, {e[1].y, -e[1].x}, {-e[2].x, -e[2].y}, {-e[3].y, e[3].x}};
    int m = 0;
    for (int i = 1; i < 4; i++)
        if (v[i].y * v[m].x + -v[i].x * v[m].y < 0)
            m = i;
    return m;
}

/* The calipers: at the smallest y, the largest x, the largest y, the smallest x. */
static struct least rotate(const struct hull *h)
{
    struct side edge[4];
    float inverse[4];
    int seq[4] = {0, 0, 0, 0};
    const struct point *p = h->at;
    for (int i = 0; i < h->n; i++) {
        const struct point *next = &p[(i + 1) % h->n];
        edge[i] = (struct side){next->x - p[i].x, next->y - p[i].y};
        inverse[i] = (float)(1. / sqrt((double)edge[i].x * edge[i].x + (double)edge[i].y * edge[i].y));
        seq[0] = p[i].y < p[seq[0]].y ? i : seq[0];
        seq[1] = p[i].x > p[seq[1]].x ? i : seq[1];
        seq[2] = p[i].y > p[seq[2]].y ? i : seq[2];
        seq[3] = p[i].x < p[seq[3]].x ? i : seq[3];
    }
    struct least best = {.area = FLT_MAX};
    for (int k = 0; k < h->n; k++) {
        int m = first_met(edge, seq), at = seq[m];
        float x = edge[at].x * inverse[at], y = edge[at].y * inverse[at];
        const struct side base[4] = {{x, y}, {y, -x}, {-x, -y}, {-y, x}};
        float a = base[m].x, b = base[m].y;
        seq[m] = (at + 1) % h->n;
        float dx = p[seq[1]].x - p[seq[3]].x, dy = p[seq[1]].y - p[seq[3]].y, w = dx * a + dy * b;
        dx = p[seq[2]].x - p[seq[0]].x;
        dy = p[seq[2]].y - p[seq[0]].y;
        float height = -dx * b + dy * a, area = w * height;
        if (area <= best.area)
            best = (struct least){area, a, b, w, height, seq[3], seq[0]};
    }
    return best;
}

static struct bx_ul_box settle(float x, float y, float w, float h, float radians)
{
    float degrees = (float)((double)(radians * 180.f) / M_PI);
    double angle = (double)degrees / 180 * M_PI;
    if (w < h) {
        float t = w;
        w = h;
        h = t;
        angle += M_PI / 2;
    }
    while (angle >= 3 * M_PI / 4)
        angle -= M_PI;
    while (angle < -M_PI / 4)
        angle += M_PI;
    return (struct bx_ul_box){x, y, w, h, (float)angle};
}

struct bx_ul_box bx_ul_box(const double corners[8])
{
    struct point corner[4];
    for (int i = 0; i < 4; i++) {
        corner[i] = (struct point){(float)corners[2 * i], (float)corners[2 * i + 1], i};
        if (!isfinite(corner[i].x) || !isfinite(corner[i].y))
            return (struct bx_ul_box){NAN, NAN, 0, 0, 0};
    }
    struct hull h = hull_of(corner);
    const struct point *p = h.at;
    if (h.n == 1)
        return settle(p[0].x, p[0].y, 0, 0, 0);
    if (h.n == 2) {
        double dx = (double)(p[1].x - p[0].x), dy = (double)(p[1].y - p[0].y);
        return settle((p[0].x + p[1].x) * 0.5f, (p[0].y + p[1].y) * 0.5f, (float)sqrt(dx * dx + dy * dy), 0, (float)atan2(dy, dx));
    }
    begin_in_order(&h);
    struct least r = rotate(&h);
    float a = r.a, b = r.b;
    float c1 = a * p[r.left].x + p[r.left].y * b, c2 = -b * p[r.bottom].x + p[r.bottom].y * a;
    float det = 1.f / (a * a + b * b);
    float x = (c1 * a - c2 * b) * det, y = (a * c2 + b * c1) * det;
    float wx = a * r.w, wy = b * r.w, hx = -b * r.h, hy = a * r.h;
    return settle(x + (wx + hx) * 0.5f, y + (wy + hy) * 0.5f, (float)sqrt((double)wx * wx + (double)wy * wy),
                  (float)sqrt((double)hx * hx + (double)hy * hy), (float)atan2((double)wy, (double)wx));
}

struct spread {
    float a, b, k;
};

static struct spread spread_of(const struct bx_ul_box *r)
{
    float A = r->w * r->w / 12.f, B = r->h * r->h / 12.f, c = (float)cos((double)r->angle), s = (float)sin((double)r->angle);
    float cc = c * c, ss = s * s;
    return (struct spread){A * cc + B * ss, A * ss + B * cc, ((A - B) * c) * s};
}

static float at_least_0(float x)
{
    return x < 0 ? 0 : x;
}

float bx_ul_similarity(const struct bx_ul_box *l, const struct bx_ul_box *d)
{
    const float e = 1e-7f;
    struct spread p = spread_of(l), q = spread_of(d);
    float sa = p.a + q.a, sb = p.b + q.b, sk = p.k + q.k, dy = l->y - d->y, dx = l->x - d->x, D = sa * sb - sk * sk;
    float t1 = ((sa * (dy * dy) + sb * (dx * dx)) / (D + e)) * 0.25f;
    float t2 = ((sk * (d->x - l->x) * dy) / (D + e)) * 0.5f;
    float root = (float)sqrt((double)(at_least_0(p.a * p.b - p.k * p.k) * at_least_0(q.a * q.b - q.k * q.k)));
    float ratio = D / (4.f * root + e) + e;
    float t3 = (float)log((double)ratio) * 0.5f;
    float distance = t1 + t2 + t3;
    distance = distance < e ? e : distance > 100.f ? 100.f : distance;
    float gone = (float)exp((double)-distance);
    return 1.f - (float)sqrt((double)((1.f - gone) + e));
}
