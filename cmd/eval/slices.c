/* slices.c: the numbers of each tag's images alone. */
#include "cmd/eval/eval.h"
#include "core/base/log.h"
#include <math.h>
#include <string.h>

bool bx_eval_read_tags(const struct bx_eval_files *f, struct bx_eval *v, struct bx_err *e)
{
    const struct bx_testset *t = &v->testset;
    struct bx_tags own;
    const struct bx_tags *tags = t->tags;
    const char *note = NULL;
    if (strcmp(f->tags, "-") != 0) {
        if (!bx_tags_read(f->tags, t, &own, &note, &v->arena, e))
            return bx_wrap(e, "tags");
        tags = &own;
    } else if (!tags)
        return bx_fail(e, BX_CONFIG, "tags: '%s' has no images[].tags or images[].attributes, expected some, or a CSV of file and tags",
                       f->ground_truth);
    if (note)
        bx_info("note: tags: %s", note);
    const char *left = bx_tags_words(tags, &v->arena);
    if (left)
        bx_info("note: tags: %s", left);
    if (!bx_rules_fit(&v->rules, t, e))
        return false;
    v->nslices = bx_slices_make(tags, &v->rules, t, &v->slices, &v->arena);
    return true;
}

void bx_eval_slices(struct bx_eval *v)
{
    v->numbers.slice = BX_NEW(&v->arena, struct bx_report, v->nslices);
    for (size_t i = 0; i < v->nslices; i++)
        if (!bx_eval_report(v, &v->slices[i].rules, &v->numbers.slice[i]))
            v->nslices = i; /* what the whole has been refused for, too: that says it */
}

static void cell(struct bx_buf *out, double x)
{
    if (isnan(x))
        bx_buf_adds(out, "       -");
    else
        bx_buf_addf(out, "  %.4f", x);
}

void bx_eval_slices_table(const struct bx_eval *v, struct bx_buf *out)
{
    if (!v->nslices)
        return;
    bx_buf_addf(out, "\n %-24s  images objects      AP    AP50      F1\n", "tag");
    for (size_t i = 0; i < v->nslices; i++) {
        const struct bx_report *r = &v->numbers.slice[i];
        bx_buf_addc(out, ' ');
        bx_buf_add_cell(out, v->slices[i].tag, 24, 60);
        bx_buf_addf(out, " %7zu %7.0f", v->slices[i].nimages, bx_report_get(r, BX_METRIC_OBJECTS, -1));
        cell(out, bx_report_get(r, BX_METRIC_MAP, -1));
        cell(out, bx_report_get(r, BX_METRIC_MAP_50, -1));
        cell(out, bx_report_get(r, BX_METRIC_F1, -1));
        bx_buf_addc(out, '\n');
    }
}

static bool told(const struct bx_eval *v, size_t i, enum bx_metric m)
{
    return bx_metrics[m].group == BX_GROUP_BOARD && bx_rules_give(&v->rules, m) && isfinite(bx_report_get(&v->numbers.slice[i], m, -1));
}

void bx_eval_slices_csv(const struct bx_eval *v, struct bx_buf *out)
{
    for (size_t i = 0; i < v->nslices; i++)
        for (enum bx_metric m = 0; m < BX_NMETRICS; m++) {
            if (!told(v, i, m))
                continue;
            bx_buf_addf(out, "slice.%s,", bx_metrics[m].name);
            bx_buf_add_csv(out, v->slices[i].tag, strlen(v->slices[i].tag));
            bx_buf_addc(out, ',');
            bx_buf_add_double(out, bx_report_get(&v->numbers.slice[i], m, -1));
            bx_buf_adds(out, "\r\n");
        }
}

void bx_eval_slices_json(const struct bx_eval *v, struct bx_jw *w)
{
    if (!v->slices)
        return;
    bx_jw_array(w, "slices");
    for (size_t i = 0; i < v->nslices; i++) {
        bx_jw_object(w, NULL);
        bx_jw_str(w, "tag", v->slices[i].tag);
        bx_jw_str(w, "subset", v->slices[i].subset);
        bx_jw_uint(w, "nimages", v->slices[i].nimages);
        for (enum bx_metric m = 0; m < BX_NMETRICS; m++)
            if (told(v, i, m))
                bx_jw_num(w, bx_metrics[m].name, bx_report_get(&v->numbers.slice[i], m, -1));
        bx_jw_object_end(w);
    }
    bx_jw_array_end(w);
}
