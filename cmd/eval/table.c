/* table.c: the numbers of `boxscore eval` for people: pycocotools' summary, F1, and a line a class. */
#include "cmd/eval/eval.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void line(struct bx_buf *out, const char *title, const char *mark, double iou0, double iou1, const char *area, uint32_t max_dets,
                 double value)
{
    char iou[32], dets[16];
    if (iou0 == iou1)
        snprintf(iou, sizeof iou, "%0.2f", iou0);
    else
        snprintf(iou, sizeof iou, "%0.2f:%0.2f", iou0, iou1);
    snprintf(dets, sizeof dets, max_dets == UINT32_MAX ? "all" : "%3u", max_dets);
    bx_buf_addf(out, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3s ] = %0.3f\n", title, mark, iou, area, dets, value);
}

static const char *area_name(const struct bx_eval *v, size_t z)
{
    return z && v->options.sizes ? v->options.sizes[z - 1].name : bx_size_name((enum bx_size)z);
}

static void summary(struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_coco *c = &v->coco;
    const struct bx_eval_ap *n = &v->numbers.grid.all;
    const char *ap = "Average Precision", *ar = "Average Recall";
    uint32_t most = c->max_dets[c->M - 1];
    double first = c->iou[0], last = c->iou[c->T - 1];
    const char *words = bx_rules_words(&v->rules, &v->arena); /* of lvis/1;dets=100, COCO's limit, none */
    if (strchr(v->protocol, ';')) {
        bx_buf_addf(out, " Protocol %s\n%s", v->protocol, *words ? " (" : "");
        bx_buf_add_visible(out, words, strlen(words));
        bx_buf_adds(out, *words ? ")\n\n" : "\n");
    }
    line(out, ap, "(AP)", first, last, "all", most, n->ap[BX_SIZE_ALL]);
    if (!isnan(n->ap_50) && c->T > 1)
        line(out, ap, "(AP)", 0.5, 0.5, "all", most, n->ap_50);
    if (!isnan(n->ap_75) && c->T > 1)
        line(out, ap, "(AP)", 0.75, 0.75, "all", most, n->ap_75);
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        line(out, ap, "(AP)", first, last, area_name(v, z), most, n->ap[z]);
    for (size_t m = 0; m < c->M; m++)
        line(out, ar, "(AR)", first, last, "all", c->max_dets[m], n->ar[m]);
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
        line(out, ar, "(AR)", first, last, area_name(v, z), most, n->ar_size[z]);
}

static void f1(const struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_eval_curve *n = &v->numbers.curve[0];
    const struct bx_confidence_curve *c = &n->curve;
    if (!n->has || c->best == SIZE_MAX)
        return;
    bx_buf_addf(out, "\n Maximum F1         (macro) @[ IoU=0.50 ] = %0.3f at confidence %0.4g (precision %0.3f, recall %0.3f)\n", c->max.f1,
                c->max.score, n->precision, n->recall);
    bx_buf_addf(out, " Maximum F1         (micro) @[ IoU=0.50 ] = %0.3f at confidence %0.4g\n", c->micro_max.micro_f1, c->micro_max.score);
    if (!isnan(v->operating))
        bx_buf_addf(out, " F1                 (macro) @[ IoU=0.50 ] = %0.3f at confidence %0.4g\n", n->operating_f1, v->operating);
}

static void cell(struct bx_buf *out, double x, int width)
{
    if (!(x >= 0))
        bx_buf_addf(out, "%*s", width, "-");
    else
        bx_buf_addf(out, "%*.4f", width, x);
}

static void classes(const struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_coco *c = &v->coco;
    bx_buf_addf(out, "\n %-24s objects      AP    AP50    AP75", "class");
    int width[1 + BX_COCO_SIZES];
    for (size_t z = BX_SIZE_SMALL; z < c->A; z++) {
        char room[32], head[40];
        snprintf(head, sizeof head, "AP%s", bx_eval_size(v, z, room));
        width[z] = strlen(head) < 7 ? 8 : (int)strlen(head) + 1;
        bx_buf_addf(out, "%*s", width[z], head);
    }
    bx_buf_adds(out, "      AR\n");
    for (size_t k = 0; k < c->K; k++) {
        if (v->scored && !v->scored[k])
            continue;
        const struct bx_eval_ap *n = &v->numbers.grid.of_class[k];
        bx_buf_addc(out, ' ');
        bx_buf_add_cell(out, v->testset.class_name[k], 24, 60);
        bx_buf_addf(out, " %7zu", c->npig[k]);
        cell(out, n->ap[BX_SIZE_ALL], 8);
        cell(out, n->ap_50, 8);
        cell(out, n->ap_75, 8);
        for (size_t z = BX_SIZE_SMALL; z < c->A; z++)
            cell(out, n->ap[z], width[z]);
        cell(out, n->ar[c->M - 1], 8);
        bx_buf_addc(out, '\n');
    }
}

void bx_eval_table(struct bx_eval *v, struct bx_buf *out)
{
    summary(v, out);
    f1(v, out);
    if (v->per_class)
        classes(v, out);
    bx_eval_slices_table(v, out);
    if (v->all)
        bx_eval_all(v, out);
}
