/* ultralytics.c: `boxscore eval --protocol ultralytics`: what model.val() would print of these detections. */
#include "cmd/eval/eval.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include "core/metric/ultralytics.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IMAGES = 60 }; /* whose counts JSON has */

static void hash(struct bx_jw *out, const char *key, const double *v, size_t n)
{
    struct bx_sha256 *sha = bx_sha256_new();
    unsigned char digest[32];
    char hex[65];
    for (size_t i = 0; i < n; i++)
        bx_sha256_add_f64(sha, v[i]);
    bx_sha256_end(sha, digest);
    bx_hex(hex, digest, 32);
    bx_jw_str(out, key, hex);
}

static void one_class(const struct bx_eval *v, const struct bx_ul_class *c, struct bx_jw *out)
{
    char id[32];
    snprintf(id, sizeof id, "%lld", (long long)v->class_id[c->k]);
    bx_jw_key(out, id);
    bx_jw_object(out, NULL);
    bx_jw_uint(out, "images", c->images);
    bx_jw_uint(out, "labels", c->labels);
    bx_jw_num(out, "P", c->precision);
    bx_jw_num(out, "R", c->recall);
    bx_jw_num(out, "F1", c->f1);
    bx_jw_num(out, "AP50", c->ap[0]);
    bx_jw_num(out, "AP75", c->ap[5]);
    bx_jw_num(out, "AP", c->ap_mean);
    bx_jw_array(out, "ap");
    for (size_t t = 0; t < BX_UL_THRESHOLDS; t++)
        bx_jw_num(out, NULL, c->ap[t]);
    bx_jw_array_end(out);
    bx_jw_num(out, "tp", c->tp);
    bx_jw_num(out, "fp", c->fp);
    bx_jw_object_end(out);
}

static void hashes(const struct bx_ul *u, struct bx_jw *out)
{
    static const double nothing[BX_UL_POINTS];
    const size_t n = u->K * BX_UL_POINTS;
    double *ap = bx_xrealloc(NULL, u->K * BX_UL_THRESHOLDS, sizeof *ap);
    for (size_t i = 0; i < u->K * BX_UL_THRESHOLDS; i++)
        ap[i] = u->of_class[i / BX_UL_THRESHOLDS].ap[i % BX_UL_THRESHOLDS];
    hash(out, "ap_sha256", ap, u->K * BX_UL_THRESHOLDS);
    free(ap);
    hash(out, "p_curve_sha256", u->p_curve, n);
    hash(out, "r_curve_sha256", u->r_curve, n);
    hash(out, "f1_curve_sha256", u->f1_curve, n);
    hash(out, "pr_curve_sha256", u->K ? u->pr_curve : nothing, u->K ? n : BX_UL_POINTS); /* Ultralytics' own word for none */
}

static void images(const struct bx_testset *t, const struct bx_ul *u, struct bx_jw *out)
{
    bx_jw_array(out, "images");
    for (size_t i = 0; i < u->nimages && i < MOST_IMAGES; i++) {
        bx_jw_array(out, NULL);
        if (t->image_key && t->image_key[i])
            bx_jw_str(out, NULL, t->image_key[i]);
        else
            bx_jw_int(out, NULL, t->image_id[i]);
        for (int k = 0; k < 3; k++)
            bx_jw_uint(out, NULL, u->image[i][k]);
        bx_jw_array_end(out);
    }
    bx_jw_array_end(out);
}

static void confusions(const struct bx_ul *u, struct bx_jw *out)
{
    if (!u->nconfusions)
        return;
    bx_jw_array(out, "confusion_matrix");
    for (size_t c = 0; c < u->nconfusions; c++) {
        const struct bx_confusion *m = &u->confusion[c];
        bx_jw_object(out, NULL);
        bx_jw_num(out, "conf_threshold", u->confusion_confidence[c]);
        bx_jw_num(out, "iou_threshold", BX_UL_CONFUSION_IOU);
        bx_jw_array(out, "nonzero");
        for (size_t i = 0; i < m->ncells; i++) {
            bx_jw_array(out, NULL);
            bx_jw_uint(out, NULL, m->cell[i].row);
            bx_jw_uint(out, NULL, m->cell[i].column);
            bx_jw_uint(out, NULL, m->cell[i].count);
            bx_jw_array_end(out);
        }
        bx_jw_array_end(out);
        bx_jw_object_end(out);
    }
    bx_jw_array_end(out);
}

static void part(const struct bx_eval *v, const char *key, const struct bx_ul *u, struct bx_jw *out)
{
    bx_jw_object(out, key);
    bx_jw_num(out, "map50_95", u->map);
    bx_jw_num(out, "map50", u->map_50);
    bx_jw_num(out, "map75", u->map_75);
    bx_jw_num(out, "precision", u->precision);
    bx_jw_num(out, "recall", u->recall);
    bx_jw_num(out, "f1", u->f1);
    bx_jw_num(out, "fitness", u->map);
    bx_jw_uint(out, "confidence_index", u->best);
    bx_jw_num(out, "confidence", u->confidence);
    bx_jw_num(out, "f1_smoothed_max", u->smoothed_f1);
    bx_jw_num(out, "conf_threshold", u->least);
    bx_jw_uint(out, "max_det", u->most);
    bx_jw_object(out, "counts");
    bx_jw_uint(out, "images", u->nimages);
    bx_jw_uint(out, "classes", u->nclasses);
    bx_jw_uint(out, "labels", u->labels);
    bx_jw_uint(out, "detections_used", u->detections);
    bx_jw_object_end(out);
    bx_jw_object(out, "per_class");
    for (size_t i = 0; i < u->K; i++)
        one_class(v, &u->of_class[i], out);
    bx_jw_object_end(out);
    hashes(u, out);
    images(v->plain.t, u, out);
    confusions(u, out);
    bx_jw_object_end(out);
}

static void row(struct bx_buf *out, const char *name, size_t images, size_t labels, const double value[6])
{
    bx_buf_addc(out, ' ');
    bx_buf_add_cell(out, name, 24, 60);
    bx_buf_addf(out, " %7zu %7zu", images, labels);
    for (int i = 0; i < 6; i++)
        bx_buf_addf(out, "%9.4f", value[i]);
    bx_buf_addc(out, '\n');
}

static void table(const struct bx_eval *v, const struct bx_ul *u, struct bx_buf *out)
{
    bx_buf_addf(out, " %-24s %7s %7s%9s%9s%9s%9s%9s%9s\n", "class", "images", "labels", "P", "R", "F1", "mAP50", "mAP75", "mAP50-95");
    row(out, "all", u->nimages, u->labels, (double[]){u->precision, u->recall, u->f1, u->map_50, u->map_75, u->map});
    for (size_t i = 0; i < u->K && v->per_class; i++) {
        const struct bx_ul_class *c = &u->of_class[i];
        row(out, v->plain.t->class_name[c->k], c->images, c->labels,
            (double[]){c->precision, c->recall, c->f1, c->ap[0], c->ap[5], c->ap_mean});
    }
    bx_buf_addf(out, "\n P, R and F1 are means over the classes at confidence %.3f, where the smoothed mean of F1 is highest.\n",
                u->confidence);
    if (v->geometry == BX_GEOM_MASK)
        bx_buf_adds(out, " Ultralytics' rules on full-size masks: its validator compares them at a quarter of the network's input.\n");
}

static void line(struct bx_buf *out, const char *metric, const char *class, double value)
{
    bx_buf_addf(out, "%s,", metric);
    bx_buf_add_csv(out, class, strlen(class));
    bx_buf_addc(out, ',');
    bx_buf_add_double(out, value);
    bx_buf_adds(out, "\r\n");
}

static void csv(const struct bx_eval *v, const struct bx_ul *u, struct bx_buf *out)
{
    static const char *const name[] = {"ul.map", "ul.map_50", "ul.map_75", "ul.precision", "ul.recall", "ul.f1"};
    const double all[] = {u->map, u->map_50, u->map_75, u->precision, u->recall, u->f1};
    bx_buf_adds(out, "metric,class,value\r\n");
    for (size_t m = 0; m < 6; m++)
        line(out, name[m], "", all[m]);
    line(out, "ul.confidence", "", u->confidence);
    for (size_t i = 0; i < u->K; i++) {
        const struct bx_ul_class *c = &u->of_class[i];
        const double one[] = {c->ap_mean, c->ap[0], c->ap[5], c->precision, c->recall, c->f1};
        for (size_t m = 0; m < 6; m++)
            line(out, name[m], v->plain.t->class_name[c->k], one[m]);
    }
}

bool bx_eval_ultralytics(struct bx_eval *v, struct bx_buf *out, struct bx_err *e)
{
    const bool all = v->print == BX_EVAL_JSON;
    const struct bx_ul_options options[] = {{.confusions = all, .threads = v->threads},
                                            {.single_class = true, .confusions = all, .threads = v->threads},
                                            {.whole_masks = true, .threads = v->threads}};
    static const char *const key[] = {"ultralytics", "ultralytics_single_cls", "ultralytics_no_overlap"};
    struct bx_ul u;
    if (!all) {
        if (!bx_ul_eval(&v->plain, &options[0], &u, &v->arena, e))
            return false;
        if (v->print == BX_EVAL_CSV)
            csv(v, &u, out);
        else
            table(v, &u, out);
        return true;
    }
    struct bx_jw w = {.out = out};
    bx_jw_object(&w, NULL);
    bx_jw_str(&w, "protocol", v->protocol);
    bx_jw_str(&w, "geometry", bx_geometry_name(v->geometry));
    for (size_t i = 0; i < (v->geometry == BX_GEOM_MASK ? 3 : 2); i++) {
        if (!bx_ul_eval(&v->plain, &options[i], &u, &v->arena, e))
            return false;
        part(v, key[i], &u, &w);
    }
    bx_jw_object_end(&w);
    bx_buf_addc(out, '\n');
    return true;
}
