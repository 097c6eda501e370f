/* input.c: see input.h. */
#include "render/view/input.h"
#include "core/base/file.h"
#include "core/data/rules.h"
#include <string.h>

/* A struct that got a field: hash it below, then set its size here. Without what is hashed by a text of its own. */
#define FIELDS_OF(type, without, size)                                                                                                     \
    _Static_assert(sizeof(void *) != 8 || sizeof(type) - (without) == (size),                                                              \
                   "a field of " #type " came or went: input.c hashes all of them")
FIELDS_OF(struct bx_view_evaluation, 0, 184);
FIELDS_OF(struct bx_view_model, sizeof(struct bx_model), 256);
FIELDS_OF(struct bx_view_seen, 0, 64);
FIELDS_OF(struct bx_view_training, 0, 40);
FIELDS_OF(struct bx_view_pair, 0, 80);
FIELDS_OF(struct bx_view_slice, 0, 24);
FIELDS_OF(struct bx_view_class, 0, 48);
FIELDS_OF(struct bx_view_run, 0, 64);
FIELDS_OF(struct bx_view_board, sizeof(struct bx_rules), 256);
FIELDS_OF(struct bx_view_asked, 0, 104);
FIELDS_OF(struct bx_report, BX_NMETRICS * sizeof(double), 112);
FIELDS_OF(struct bx_curve, 0, 40);
FIELDS_OF(struct bx_resamples, 0, 48);
FIELDS_OF(struct bx_fallen, 0, 24);

static void put_number(struct bx_buf *b, double v)
{
    bx_buf_add(b, &v, sizeof v);
}

static void put_count(struct bx_buf *b, uint64_t v)
{
    bx_buf_add(b, &v, sizeof v);
}

/* NULL and "" are two texts. */
static void put_text(struct bx_buf *b, const char *s)
{
    const size_t n = s ? strlen(s) : 0;
    put_count(b, s ? n : UINT64_MAX);
    bx_buf_add(b, s ? s : "", n);
}

static void put_array(struct bx_buf *b, const void *p, size_t n, size_t size)
{
    put_count(b, n);
    if (n)
        bx_buf_add(b, p, n * size);
}

static void finish(struct bx_buf *b, uint8_t out[32])
{
    bx_sha256(bx_buf_str(b), b->n, out);
    bx_buf_free(b);
}

/* Texts end with their NUL: none holds one. */
void bx_tree_bytes(const cJSON *t, struct bx_buf *out)
{
    const int type = t->type & 0xff;
    bx_buf_addc(out, (char)type);
    if (type == cJSON_Number)
        put_number(out, t->valuedouble);
    else if (type == cJSON_String)
        bx_buf_add(out, t->valuestring, strlen(t->valuestring) + 1);
    for (const cJSON *c = t->child; c; c = c->next) {
        if (type == cJSON_Object)
            bx_buf_add(out, c->string, strlen(c->string) + 1);
        bx_tree_bytes(c, out);
    }
    if (type == cJSON_Object || type == cJSON_Array)
        bx_buf_addc(out, 0); /* no type is 0 */
}

void bx_view_board_input(const struct bx_view_board *b, uint8_t out[32])
{
    struct bx_buf in = {0};
    struct bx_arena a = {0};
    put_text(&in, b->slug);
    put_text(&in, b->title);
    put_count(&in, b->nnames);
    for (size_t i = 0; i < b->nnames; i++)
        put_text(&in, b->names[i]);
    put_count(&in, b->geometry);
    put_text(&in, bx_rules_protocol(&b->by, &a)); /* names every rule */
    put_text(&in, b->rules);
    put_text(&in, b->digest);
    put_count(&in, b->nimages);
    put_count(&in, b->nobjects);
    put_count(&in, b->nclasses);
    put_count(&in, b->nscored);
    for (size_t c = 0; c < b->nclasses; c++) {
        put_text(&in, b->classes[c].name);
        put_count(&in, b->classes[c].left_out);
        put_count(&in, b->classes[c].objects);
        put_count(&in, b->classes[c].images);
    }
    bx_buf_add(&in, b->size_images, sizeof b->size_images);
    put_text(&in, b->split);
    put_text(&in, b->problem);
    put_count(&in, b->retired);
    put_count(&in, b->certain);
    put_count(&in, b->private);
    put_text(&in, b->machine);
    put_count(&in, (uint64_t)b->max_age_ms);
    finish(&in, out);
    bx_arena_release(&a);
}

static void put_report(struct bx_buf *in, const struct bx_report *r)
{
    put_count(in, r != NULL);
    if (!r)
        return;
    put_text(in, r->protocol);
    put_count(in, r->geometry);
    put_array(in, r->overall, BX_NMETRICS, sizeof *r->overall);
    put_array(in, r->by_class, r->nclasses * BX_NCLASS_METRICS, sizeof *r->by_class);
    put_count(in, r->ncurves);
    for (size_t i = 0; i < r->ncurves; i++) {
        const struct bx_curve *c = &r->curves[i];
        put_text(in, c->name);
        put_count(in, (uint64_t)c->class_index);
        put_array(in, c->x, c->n, sizeof *c->x);
        put_array(in, c->y, c->n, sizeof *c->y);
    }
    put_array(in, r->images, r->images ? r->nimages : 0, sizeof *r->images);
    put_count(in, r->nimages);
    put_number(in, r->operating_confidence);
    put_count(in, r->operating_is_max_f1);
    put_count(in, r->nfallen_detections);
    put_count(in, r->nfallen_classes);
    put_count(in, r->nfallen);
    for (size_t i = 0; i < r->nfallen; i++) {
        put_text(in, r->fallen[i].name);
        put_count(in, r->fallen[i].n);
        put_text(in, r->fallen[i].near);
    }
}

static void put_resamples(struct bx_buf *in, const struct bx_resamples *r)
{
    put_count(in, r != NULL);
    if (!r)
        return;
    put_count(in, r->B);
    put_array(in, r->metric, r->n, sizeof *r->metric);
    put_array(in, r->value, r->n * r->B, sizeof *r->value);
    put_array(in, r->class_sd, r->nclasses, sizeof *r->class_sd);
}

static void put_evaluation(struct bx_buf *in, const struct bx_view_evaluation *e)
{
    put_text(in, e->id);
    put_text(in, e->run);
    put_count(in, e->status);
    put_text(in, e->reason);
    put_text(in, e->output);
    put_text(in, e->version);
    put_text(in, e->detections);
    put_count(in, e->ndetections);
    put_count(in, e->kept);
    put_count(in, e->sittings);
    put_count(in, e->images);
    put_count(in, e->images_failed);
    put_text(in, e->host);
    put_text(in, e->boxscore);
    put_text(in, e->runner);
    put_count(in, (uint64_t)e->started_ms);
    put_count(in, (uint64_t)e->ended_ms);
    put_count(in, e->scored);
    put_number(in, e->map);
    put_number(in, e->latency_ms);
    put_count(in, e->other_machine);
}

static void put_seen(struct bx_buf *in, const struct bx_view_seen *s)
{
    put_count(in, s != NULL);
    if (!s)
        return;
    put_count(in, s->ntrainings);
    put_count(in, s->nknown);
    for (size_t i = 0; i < s->ntrainings; i++) {
        put_text(in, s->trainings[i].name);
        put_text(in, s->trainings[i].title);
        put_text(in, s->trainings[i].problem);
        put_count(in, s->trainings[i].others);
        put_count(in, s->trainings[i].images);
    }
    put_count(in, s->npairs);
    for (size_t i = 0; i < s->npairs; i++) {
        const struct bx_view_pair *p = &s->pairs[i];
        put_text(in, p->file);
        bx_buf_add(in, p->sha, sizeof p->sha);
        put_count(in, p->exact);
        put_number(in, p->likeness);
        put_count(in, p->turn);
        put_text(in, p->other);
        put_text(in, p->in);
    }
    put_count(in, s->images);
    put_count(in, s->exact);
    put_report(in, s->report);
}

void bx_view_model_input(const struct bx_view_model *m, uint8_t out[32])
{
    struct bx_buf in = {0};
    put_text(&in, m->slug);
    put_text(&in, m->name);
    put_text(&in, m->stored); /* all of m->config is made from it */
    put_number(&in, m->reported_map);
    put_text(&in, m->config_file);
    put_text(&in, m->version);
    put_text(&in, m->files);
    put_count(&in, m->status);
    put_count(&in, m->complete);
    put_count(&in, m->left);
    put_text(&in, m->note);
    put_count(&in, m->failures);
    put_count(&in, m->current ? (uint64_t)(m->current - m->history) : UINT64_MAX);
    put_count(&in, m->last ? (uint64_t)(m->last - m->history) : UINT64_MAX);
    put_report(&in, m->report);
    put_seen(&in, m->seen);
    put_resamples(&in, m->resamples); /* its interval is made from them */
    put_number(&in, m->latency_ms);
    put_array(&in, m->latencies, m->nlatencies, sizeof *m->latencies);
    put_count(&in, m->nslices);
    for (size_t i = 0; i < m->nslices; i++) {
        put_text(&in, m->slices[i].tag);
        put_count(&in, m->slices[i].nimages);
        put_report(&in, m->slices[i].report);
    }
    put_count(&in, m->nhistory);
    for (size_t i = 0; i < m->nhistory; i++)
        put_evaluation(&in, &m->history[i]);
    put_count(&in, m->ranked);
    put_count(&in, m->rank);
    put_count(&in, m->rank_last);
    put_count(&in, m->shared);
    put_count(&in, m->overdue);
    put_count(&in, (uint64_t)m->age_days);
    finish(&in, out);
}

void bx_view_run_input(const struct bx_view_overview *all, const struct bx_view_run *r, uint8_t out[32])
{
    struct bx_buf in = {0};
    put_text(&in, r->verb);
    put_text(&in, r->id);
    put_count(&in, (uint64_t)r->started_ms);
    put_count(&in, (uint64_t)r->ended_ms);
    put_text(&in, r->outcome);
    put_text(&in, r->host);
    put_text(&in, r->boxscore);
    put_count(&in, r->models);
    put_count(&in, r->failed);
    for (size_t i = 0; i < all->n; i++) {
        const struct bx_view_asked *e;
        size_t n = bx_view_asked_in(&all->boards[i], r->id, &e);
        put_text(&in, all->boards[i].slug);
        put_text(&in, all->boards[i].title);
        put_count(&in, n);
        for (; n; n--, e++) {
            put_text(&in, e->slug);
            put_text(&in, e->name);
            put_text(&in, e->reason);
            put_count(&in, e->status);
            put_number(&in, e->map);
            put_number(&in, e->latency_ms);
            put_number(&in, e->detections);
        }
    }
    finish(&in, out);
}
