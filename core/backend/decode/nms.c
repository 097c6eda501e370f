/* nms.c: order, and what goes for the sake of a better one. */
#include "core/backend/decode/parts.h"
#include <math.h>
#include <stdlib.h>

/* Ultralytics keeps classes apart by moving each so many pixels, in float32: the sums round, and the overlaps are those of the sums. */
#define CLASS_OFFSET 7680.0f

bool row_is_sound(const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i]))
            return false;
    return true;
}

void rows_add(struct rows *r, struct row row)
{
    r->at[r->n++] = row;
}

static int by_score(const void *p, const void *q)
{
    const struct row *a = p, *b = q;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return a->class < b->class ? -1 : a->class > b->class;
}

void rows_sort(struct rows *r)
{
    qsort(r->at, r->n, sizeof *r->at, by_score);
    if (r->n > MOST_CANDIDATES)
        r->n = MOST_CANDIDATES;
}

void corners_of(float box[4])
{
    float w = box[2] / 2, h = box[3] / 2, x = box[0], y = box[1];
    box[0] = x - w, box[1] = y - h, box[2] = x + w, box[3] = y + h;
}

static float larger(float a, float b)
{
    return a > b ? a : b;
}
static float smaller(float a, float b)
{
    return a < b ? a : b;
}

void nms_boxes(struct rows *r, double iou, size_t most, struct bx_arena *a)
{
    struct moved {
        float x1, y1, x2, y2, area;
    } *kept = BX_NEW(a, struct moved, most);
    size_t n = 0;
    for (size_t i = 0; i < r->n && n < most; i++) {
        const float *b = r->at[i].box, by = (float)r->at[i].class * CLASS_OFFSET;
        struct moved m = {b[0] + by, b[1] + by, b[2] + by, b[3] + by, 0};
        m.area = (m.x2 - m.x1) * (m.y2 - m.y1);
        bool gone = false;
        for (size_t k = 0; k < n && !gone; k++) {
            float w = larger(smaller(kept[k].x2, m.x2) - larger(kept[k].x1, m.x1), 0),
                  h = larger(smaller(kept[k].y2, m.y2) - larger(kept[k].y1, m.y1), 0), inter = w * h,
                  quotient = inter / (kept[k].area + m.area - inter);
            gone = (double)quotient > iou;
        }
        if (gone)
            continue;
        kept[n] = m;
        r->at[n++] = r->at[i];
    }
    r->n = n;
}

struct gauss {
    float x, y, a, b, c;
};

/* Probabilistic IoU of two oriented boxes as Gaussians: 1 less their Hellinger distance. */
static float similarity(const struct gauss *p, const struct gauss *q)
{
    const float e = 1e-7f;
    float sa = p->a + q->a, sb = p->b + q->b, sc = p->c + q->c, dx = p->x - q->x, dy = p->y - q->y, det = sa * sb - sc * sc;
    float t1 = (sa * dy * dy + sb * dx * dx) / (det + e) * 0.25f;
    float t2 = sc * -dx * dy / (det + e) * 0.5f;
    float d1 = larger(p->a * p->b - p->c * p->c, 0), d2 = larger(q->a * q->b - q->c * q->c, 0);
    float t3 = logf(det / (4.0f * sqrtf(d1 * d2) + e) + e) * 0.5f;
    float d = t1 + t2 + t3;
    d = d < e ? e : d > 100.0f ? 100.0f : d;
    return 1.0f - sqrtf(1.0f - expf(-d) + e);
}

/* How far apart two may be, in the Gaussians' own measure, to be that similar. */
static float reach_of(double iou)
{
    double rest = 1 - (1 - iou) * (1 - iou);
    return rest > 1e-6 ? (float)(-log(1 - (1 - iou) * (1 - iou))) : INFINITY;
}

/* Most pairs lie too far apart for their logarithms to matter. Twice the reach, since the measure is in float32; of boxes without area
 * nothing is said. */
static bool surely_apart(const struct gauss *p, const struct gauss *q, float reach)
{
    float sa = p->a + q->a, sb = p->b + q->b, sc = p->c + q->c, dx = p->x - q->x, dy = p->y - q->y;
    return sa * sb - sc * sc > 1.0f && dx * dx + dy * dy > 8.0f * (reach + 0.01f) * (sa + sb);
}

/* Not greedy: one goes for any better one, be that gone itself or not. */
void nms_oriented(struct rows *r, double iou, size_t most, struct bx_arena *a)
{
    struct gauss *g = BX_NEW(a, struct gauss, r->n);
    const float reach = reach_of(iou);
    size_t n = 0;
    for (size_t i = 0; i < r->n && n < most; i++) {
        const struct row *o = &r->at[i];
        float by = (float)o->class * CLASS_OFFSET, c = cosf(o->angle), s = sinf(o->angle), u = o->box[2] * o->box[2] / 12,
              v = o->box[3] * o->box[3] / 12;
        g[i] = (struct gauss){o->box[0] + by, o->box[1] + by, u * c * c + v * s * s, u * s * s + v * c * c, (u - v) * c * s};
        bool gone = false;
        for (size_t k = 0; k < i && !gone; k++)
            gone = !surely_apart(&g[k], &g[i], reach) && similarity(&g[k], &g[i]) > (float)iou;
        if (!gone)
            r->at[n++] = r->at[i];
    }
    r->n = n;
}

struct back back_of(const struct bx_frame *f)
{
    struct bx_frame g;
    bx_frame_make(BX_FIT_LETTERBOX, f->w, f->h, f->W, f->H, 0, &g);
    return (struct back){(float)g.left, (float)g.top, (float)((double)g.nw / f->w), (float)((double)g.nh / f->h), (float)f->w, (float)f->h};
}

float clipped(float v, float most)
{
    return v < 0 ? 0 : v > most ? most : v;
}

void back_box(const struct back *b, float box[4])
{
    box[0] = clipped((box[0] - b->left) / b->gx, b->w);
    box[1] = clipped((box[1] - b->top) / b->gy, b->h);
    box[2] = clipped((box[2] - b->left) / b->gx, b->w);
    box[3] = clipped((box[3] - b->top) / b->gy, b->h);
}

void founds_from(struct bx_founds *out, const struct rows *r, struct bx_arena *a)
{
    *out = (struct bx_founds){BX_NEW(a, struct bx_found, r->n), r->n, r->left_out};
    for (size_t i = 0; i < r->n; i++) {
        const struct row *o = &r->at[i];
        out->at[i] =
            (struct bx_found){.class = o->class, .score = o->score, .angle = o->angle, .box = {o->box[0], o->box[1], o->box[2], o->box[3]}};
    }
}
