/* Asking: every image that failed is asked once more in another process, in the order they failed, and no image costs more where there are
 * many. The backend is one of memory. */
#include "core/runner/ask.h"
#include "core/base/log.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

static struct {
    struct bx_backend base;
    size_t asked;    /* outstanding; SIZE_MAX: none */
    unsigned opened; /* sittings so far */
    bool hopeless;   /* it answers nothing in the second sitting, either */
    size_t *order;   /* the images asked in the second one */
    size_t norder;
} fake;

static size_t fake_fds(struct bx_backend *b, struct pollfd *out, size_t cap)
{
    static int ready = -1; /* always */
    (void)b, (void)cap;
    if (ready < 0)
        ready = open("/dev/null", O_RDONLY | O_CLOEXEC);
    out[0] = (struct pollfd){ready, POLLIN, 0};
    return 1;
}

static bool fake_submit(struct bx_backend *b, size_t image, struct bx_err *e)
{
    (void)b, (void)e;
    fake.asked = image;
    if (fake.opened > 1)
        fake.order[fake.norder++] = image;
    return true;
}

/* In its first sitting every second image fails. */
static bool fake_next(struct bx_backend *b, struct bx_answer *out)
{
    (void)b;
    if (fake.asked == SIZE_MAX)
        return false;
    bool good = fake.asked % 2 == 0 || (fake.opened > 1 && !fake.hopeless);
    *out = (struct bx_answer){.image = fake.asked, .status = good ? BX_ANSWER_OK : BX_ANSWER_ERROR, .reason = good ? NULL : "not today"};
    fake.asked = SIZE_MAX;
    return true;
}

static void fake_finish(struct bx_backend *b)
{
    b->state = BX_BACKEND_GONE;
}

static void fake_cancel(struct bx_backend *b, double grace)
{
    (void)grace;
    b->state = BX_BACKEND_GONE;
}

static void fake_close(struct bx_backend *b)
{
    (void)b;
}

static const struct bx_backend_ops fake_ops = {
    .fds = fake_fds, .submit = fake_submit, .next = fake_next, .finish = fake_finish, .cancel = fake_cancel, .close = fake_close};

/* In place of core/backend/backend.c. */
struct bx_backend *bx_backend_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    (void)m, (void)env, (void)e;
    fake.base = (struct bx_backend){.ops = &fake_ops, .state = BX_BACKEND_READY, .caps = {.inflight = 1}};
    fake.asked = SIZE_MAX;
    fake.opened++;
    return &fake.base;
}

void bx_backend_close(struct bx_backend *b)
{
    (void)b;
}

void bx_backend_log(const struct bx_backend *b, struct bx_buf *out)
{
    (void)b, (void)out;
}

void bx_backend_words(const struct bx_backend *b, struct bx_buf *out)
{
    (void)b, (void)out;
}

static bool on_answer(void *self, const struct bx_backend *b, const struct bx_answer *a, struct bx_err *e)
{
    (void)self, (void)b, (void)a, (void)e;
    return true;
}

static bool on_tick(void *self, bool last, struct bx_err *e)
{
    (void)self, (void)last, (void)e;
    return true;
}

/* Processor time of this thread, seconds. */
static double ask(struct bx_ask *k, size_t images, bool hopeless, struct bx_arena *a)
{
    struct timespec from, to;
    struct bx_testset *set = BX_NEW(a, struct bx_testset, 1);
    struct bx_model *m = BX_NEW(a, struct bx_model, 1);
    struct bx_backend_env *env = BX_NEW(a, struct bx_backend_env, 1);
    struct bx_err e = {0};
    set->nimages = images;
    m->slug = "fake";
    m->backend = (struct bx_backend_config){.image_timeout = 60, .startup_timeout = 60};
    env->testset = set;
    memset(&fake, 0, sizeof fake);
    fake.hopeless = hopeless;
    fake.order = BX_NEW(a, size_t, images);
    *k = (struct bx_ask){.model = m, .env = env, .answer = on_answer, .tick = on_tick, .arena = a};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
    if (!bx_ask_run(k, &e))
        fail_msg("%s", e.text);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static void what_failed_is_asked_once_more_in_its_order(void **state)
{
    (void)state;
    for (int hopeless = 0; hopeless < 2; hopeless++) {
        struct bx_arena a = {0};
        struct bx_ask k;
        ask(&k, 9, hopeless, &a);
        assert_int_equal(k.sittings, 2);
        assert_int_equal(k.asked, 13);
        assert_int_equal(k.answered, hopeless ? 5 : 9);
        assert_int_equal(k.nfailed, hopeless ? 4 : 0);
        assert_int_equal(fake.norder, 4);
        for (size_t i = 0; i < 9; i++) {
            if (hopeless && i % 2)
                assert_string_equal(k.failed[i], "not today");
            else
                assert_null(k.failed[i]);
            if (i < 4)
                assert_int_equal(fake.order[i], 2 * i + 1);
        }
        bx_buf_free(&k.log);
        bx_arena_release(&a);
    }
}

static void many_that_fail_cost_no_more_each(void **state)
{
    (void)state;
    double took[2];
    for (size_t i = 0; i < 2; i++) {
        struct bx_arena a = {0};
        struct bx_ask k;
        took[i] = ask(&k, (size_t)20000 << 2 * i, false, &a);
        assert_int_equal(k.nfailed, 0);
        bx_buf_free(&k.log);
        bx_arena_release(&a);
    }
    if (took[1] > 8 * took[0])
        fail_msg("four times the images: %.3f and %.3f s", took[0], took[1]);
}

int main(void)
{
    bx_log_init(BX_LOG_QUIET);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_failed_is_asked_once_more_in_its_order),
        cmocka_unit_test(many_that_fail_cost_no_more_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
