/* all.c: what `boxscore eval --all` adds to the summary, for people: supervision's numbers, error types, calibration, confusions, and
 * the images where most goes wrong. */
#include "cmd/eval/eval.h"
#include "core/base/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void supervision(const struct bx_eval *v, struct bx_buf *out)
{
    static const char *const metric[] = {"F1", "precision", "recall"};
    const struct bx_sv *sv = &v->numbers.supervision;
    bx_buf_adds(out, "\n supervision (matched by IoU alone; every detection counts, whatever its confidence)\n"
                     "              macro@50 micro@50  wgtd@50 macro@75 micro@75  wgtd@75    small   medium    large\n");
    for (int m = 0; m < 3; m++) {
        bx_buf_addf(out, " %-12s", metric[m]);
        for (size_t t = 0; t < BX_SV_THRESHOLDS; t += 5)
            for (int how = BX_SV_MACRO; how <= BX_SV_WEIGHTED; how++)
                bx_buf_addf(out, "   %0.4f", bx_sv_overall(sv, (enum bx_sv_metric)m, (enum bx_sv_averaging)how, BX_SIZE_ALL, t));
        for (enum bx_size z = BX_SIZE_SMALL; z < BX_NSIZES; z++) /* macro at 50 */
            bx_buf_addf(out, "   %0.4f", bx_sv_overall(sv, (enum bx_sv_metric)m, BX_SV_MACRO, z, 0));
        bx_buf_addc(out, '\n');
    }
    bx_buf_addf(out, " mAR          @1 %0.4f   @10 %0.4f   @100 %0.4f\n", bx_sv_mar(sv, 0, BX_SIZE_ALL), bx_sv_mar(sv, 1, BX_SIZE_ALL),
                bx_sv_mar(sv, 2, BX_SIZE_ALL));
}

static void errors(const struct bx_eval *v, struct bx_buf *out)
{
    static const char *const words[] = {"wrong class", "poor box", "both", "duplicate", "background", "missed"};
    const struct bx_tide *t = &v->numbers.tide;
    bx_buf_addf(out, "\n Error types (TIDE: what AP50, here %0.2f, would gain in points without them)\n", t->ap50);
    for (int i = 0; i < BX_TIDE_ERRORS; i++)
        bx_buf_addf(out, " %-5s %-12s %7.2f   %8llu times\n", bx_tide_names[i], words[i], t->dap[i], (unsigned long long)t->count[i]);
    bx_buf_addf(out, " all false positives %5.2f\n all misses          %5.2f\n", t->false_positives, t->false_negatives);
}

static void calibration(const struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_eval_calibration *n = &v->numbers.calibration[0];
    const struct bx_calibration *c = &n->calibration;
    if (!n->has)
        return;
    bx_buf_adds(out, "\n Calibration @[ IoU=0.50 ]\n");
    if (n->refused) {
        bx_buf_addf(out, " none: %s\n", n->why.text);
        return;
    }
    if (!c->count) {
        bx_buf_adds(out, " none: no detection counts\n");
        return;
    }
    bx_buf_addf(out, " expected calibration error %0.4f, largest %0.4f, %llu detection%s\n", c->ece, c->mce, (unsigned long long)c->count,
                bx_plural(c->count));
    bx_buf_adds(out, " confidence    detections   mean confidence   correct (95% interval)\n");
    for (size_t i = 0; i < BX_CALIBRATION_BINS; i++) {
        const struct bx_calibration_bin *b = &c->bin[i];
        bx_buf_addf(out, " %0.1f to %0.1f %13llu", b->lower, b->upper, (unsigned long long)b->count);
        if (b->count)
            bx_buf_addf(out, "   %15.4f   %0.4f (%0.4f to %0.4f)", b->mean_score, b->accuracy, b->low, b->high);
        bx_buf_addc(out, '\n');
    }
}

static int most_first(const void *pa, const void *pb)
{
    const struct bx_confusion_cell *a = pa, *b = pb;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

#define MOST_ROWS 10

static void confusions(struct bx_eval *v, const struct bx_eval_confusion *of, struct bx_buf *out)
{
    const struct bx_confusion *m = &of->matrix;
    size_t n = 0, background = m->n - 1;
    uint64_t missed = 0, invented = 0, right = 0;
    struct bx_confusion_cell *list = BX_NEW(&v->arena, struct bx_confusion_cell, m->ncells);
    for (size_t i = 0; i < m->ncells; i++) {
        const struct bx_confusion_cell *at = &m->cell[i];
        if (at->row == background)
            invented += at->count;
        else if (at->column == background)
            missed += at->count;
        else if (at->row == at->column)
            right += at->count;
        else
            list[n++] = *at;
    }
    qsort(list, n, sizeof *list, most_first);
    bx_buf_addf(
        out, "\n Confusions @[ IoU=0.50, confidence %0.4g ]: %llu right, %llu missed, %llu on nothing; of one class taken for another:\n",
        of->confidence, (unsigned long long)right, (unsigned long long)missed, (unsigned long long)invented);
    for (size_t i = 0; i < n && i < MOST_ROWS; i++) {
        bx_buf_addf(out, " %8llu  ", (unsigned long long)list[i].count);
        bx_buf_add_cell(out, v->testset.class_name[list[i].row], 0, 60);
        bx_buf_adds(out, " taken for ");
        bx_buf_add_cell(out, v->testset.class_name[list[i].column], 0, 60);
        bx_buf_addc(out, '\n');
    }
    if (!n)
        bx_buf_adds(out, " none\n");
    else if (n > MOST_ROWS)
        bx_buf_addf(out, " and %zu more pair%s of classes\n", n - MOST_ROWS, bx_plural(n - MOST_ROWS));
}

static int worst_first(const void *pa, const void *pb)
{
    const struct bx_image_result *const *a = pa, *const *b = pb;
    uint32_t x = (*a)->fp + (*a)->fn, y = (*b)->fp + (*b)->fn;
    return x != y ? (x > y ? -1 : 1) : *a < *b ? -1 : *a > *b;
}

static void images(struct bx_eval *v, const struct bx_report *r, struct bx_buf *out)
{
    const struct bx_image_result **order = BX_NEW_LARGE(&v->arena, const struct bx_image_result *, r->nimages);
    size_t right = 0;
    for (size_t i = 0; i < r->nimages; i++) {
        order[i] = &r->images[i];
        right += !order[i]->fp && !order[i]->fn;
    }
    qsort(order, r->nimages, sizeof *order, worst_first);
    bx_buf_addf(out, "\n Images @[ IoU=0.50, confidence %0.4g ]: %zu of %zu without an error; where most goes wrong:\n",
                r->operating_confidence, right, r->nimages);
    bx_buf_adds(out, "  correct    wrong   missed  image\n");
    for (size_t i = 0; i < r->nimages && i < MOST_ROWS; i++)
        if (order[i]->fp + order[i]->fn) {
            bx_buf_addf(out, " %8u %8u %8u  ", order[i]->tp, order[i]->fp, order[i]->fn);
            bx_buf_add_cell(out, v->testset.image_file[order[i] - r->images], 0, 100);
            bx_buf_addc(out, '\n');
        }
}

void bx_eval_all(struct bx_eval *v, struct bx_buf *out)
{
    const struct bx_eval_numbers *n = &v->numbers;
    if (n->has_supervision)
        supervision(v, out);
    else
        bx_buf_adds(out, "\n supervision: none, it knows no such rules\n");
    if (n->has_tide)
        errors(v, out);
    else
        bx_buf_adds(out, "\n Error types and confusions: none, they know no classes to ignore\n");
    calibration(v, out);
    if (n->nconfusions)
        confusions(v, &n->confusion[0], out);
    if (n->has_report)
        images(v, &n->report, out);
}
