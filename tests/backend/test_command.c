/* The runner protocol against a runner that misbehaves in every way we could think of. Expected values follow from FORMATS 6 and the table
 * of fake_runner.c. */
#include "core/backend/backend.h"
#include "core/backend/command/command.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

enum { IMAGES = 5 };
static char home[64] = "/tmp/boxscore-test-XXXXXX";
static const char *paths[IMAGES];
static struct bx_testset set;
static uint32_t widths[IMAGES], heights[IMAGES];
static uint8_t orientations[IMAGES];

struct outcome {
    char answers[64]; /* O ok, E error, L lost; in the order they came */
    size_t images[64];
    char reason[304]; /* the first one */
    char error[512];
    struct bx_detection first;
    struct bx_rle mask;
    char first_name[64];
    size_t detections;
    int64_t own_ns;
    bool reframed, timeout, started;
    char remark[128], runner[64];
    struct bx_buf log;
    double obb[8];
};

static void take(struct outcome *o, struct bx_backend *b, const struct bx_answer *a)
{
    size_t n = strlen(o->answers);
    o->answers[n] = "OEL"[a->status];
    o->images[n] = a->image;
    if (a->reason && !o->reason[0])
        snprintf(o->reason, sizeof o->reason, "%s", a->reason);
    o->detections += a->n;
    o->own_ns = a->own_ns;
    o->reframed |= a->reframed;
    if (a->n && !o->first_name[0]) {
        o->first = a->detections[0];
        snprintf(o->first_name, sizeof o->first_name, "%s", b->names[o->first.name]);
        if (o->first.mask)
            o->mask = (struct bx_rle){o->first.mask->h, o->first.mask->w, bx_rle_area(o->first.mask), NULL};
        if (o->first.obb)
            memcpy(o->obb, o->first.obb, sizeof o->obb);
    }
}

/* How long this thread has waited for a processor, in ns: others' work, not ours. 0 where the kernel does not count it. */
static int64_t waited_for_a_processor(void)
{
    long long ran, waited = 0;
    FILE *f = fopen("/proc/thread-self/schedstat", "re");
    if (f && fscanf(f, "%lld %lld", &ran, &waited) != 2)
        waited = 0;
    if (f)
        fclose(f);
    return waited;
}

/* A whole sitting with the deadline of `seconds`, as the night would hold it, but without retries. */
static void sitting(struct bx_model *m, struct bx_backend_env *env, double seconds, struct outcome *o)
{
    struct bx_err e = {0};
    *o = (struct outcome){0};
    struct bx_backend *b = bx_backend_open(m, env, &e);
    if (!b) {
        snprintf(o->error, sizeof o->error, "%s", e.text);
        return;
    }
    o->started = true;
    int64_t deadline = bx_time_monotonic() + (int64_t)(seconds * 1e9), worst = 0;
    size_t asked = 0, outstanding = 0;
    while (b->state != BX_BACKEND_GONE) {
        if (!o->timeout && bx_time_monotonic() > deadline) {
            o->timeout = true;
            b->ops->cancel(b, 0.3);
        }
        while (b->state == BX_BACKEND_READY && asked < IMAGES && outstanding < b->caps.inflight) {
            assert_true(b->ops->submit(b, asked++, &e));
            outstanding++;
        }
        if (b->state == BX_BACKEND_READY && asked == IMAGES && outstanding == 0)
            b->ops->finish(b);
        if (b->state == BX_BACKEND_BROKEN && outstanding == 0) {
            snprintf(o->error, sizeof o->error, "%s", b->error.text);
            b->ops->cancel(b, 0.3);
        }
        struct pollfd p[BX_BACKEND_FDS];
        size_t n = b->ops->fds(b, p, BX_BACKEND_FDS);
        poll(p, n, 20);
        struct bx_answer a;
        for (;;) {
            int64_t queued = waited_for_a_processor(), before = bx_time_monotonic();
            bool got = b->ops->next(b, &a);
            int64_t took = bx_time_monotonic() - before;
            took -= waited_for_a_processor() - queued;
            worst = took > worst ? took : worst;
            if (!got)
                break;
            take(o, b, &a);
            outstanding--;
        }
    }
    if (b->error.code && !o->error[0])
        snprintf(o->error, sizeof o->error, "%s", b->error.text);
    snprintf(o->remark, sizeof o->remark, "%s", b->remark ? b->remark : "");
    snprintf(o->runner, sizeof o->runner, "%s", b->runner ? b->runner : "");
    bx_backend_log(b, &o->log);
    bx_backend_close(b);
    if (worst >= 2000000000) /* 100 ms are promised; sanitizers take their share, and what others run is taken off */
        fail_msg("a call took %.3f s", (double)worst / 1e9);
}

static struct bx_secret granted[] = {{"API_KEY", "hunter22hunter", true}, {"CUDA_VISIBLE_DEVICES", "0", false}};
static struct bx_secret secrets[] = {{"API_KEY", "hunter22hunter", true}, {"OTHERS_SECRET", "others-secret-that-is-long", true}};
static char program[PATH_MAX];

static void prepare(struct bx_model *m, struct bx_backend_env *env, const char **args, size_t nargs)
{
    *m = (struct bx_model){.slug = "fake", .path = "fake.json", .dir = home, .task = BX_DETECT};
    m->backend = (struct bx_backend_config){
        .kind = BX_BACKEND_COMMAND, .program = "fake_runner", .args = args, .nargs = nargs, .inflight = 1, .max_detections = 1000};
    *env = (struct bx_backend_env){.testset = &set,
                                   .image_path = paths,
                                   .program = program,
                                   .env = granted,
                                   .nenv = 2,
                                   .secrets = secrets,
                                   .nsecrets = 2,
                                   .home = home};
    env->confine.on = true;
}

struct row {
    const char *mode;
    int64_t inflight;
    enum bx_task task;
    double seconds;
    const char *answers; /* expected */
    const char *error;   /* part of the backend's error; NULL: none */
    const char *reason;  /* part of the first image's reason */
};
/* clang-format off */
static const struct row rows[] = {
    {"ok", 1, BX_DETECT, 20, "OOOOO", NULL, NULL},
    {"ok", 3, BX_DETECT, 20, "OOOOO", NULL, NULL},
    {"some-chatter", 1, BX_DETECT, 20, "OOOOO", NULL, NULL},
    {"chatter", 1, BX_DETECT, 20, "", "more than 1000 lines", NULL},
    {"exit", 1, BX_DETECT, 20, "", "exit status 3: ModuleNotFoundError: no module named 'torch'", NULL},
    {"bad-proto", 1, BX_DETECT, 20, "", "\"proto\":2, expected 1", NULL},
    {"bad-task", 1, BX_DETECT, 20, "", "answers task 'segment', the config says 'detect'", NULL},
    {"bad-hello", 1, BX_DETECT, 20, "", "handshake:1:", NULL},
    {"names-twice", 1, BX_DETECT, 20, "", "'cat' comes twice", NULL},
    {"hello-error", 1, BX_DETECT, 20, "", "the runner says: no weights in", NULL},
    {"crash", 1, BX_DETECT, 20, "OL", "killed by signal 6", "killed by signal 6"},
    {"nan", 1, BX_DETECT, 20, "EEEEE", NULL, "'score' is NaN or Infinity"},
    {"infinity", 1, BX_DETECT, 20, "EEEEE", NULL, "prediction 0: 'box': answer:1:"},
    {"malformed", 1, BX_DETECT, 20, "OL", "protocol error: answer:1:", "protocol error"},
    {"no-id", 1, BX_DETECT, 20, "L", "an answer has no 'id'", NULL},
    {"unknown-id", 1, BX_DETECT, 20, "L", "id 1001, which was not asked", NULL},
    {"twice", 1, BX_DETECT, 20, "O", "answered already", NULL},
    {"long-line", 1, BX_DETECT, 60, "L", "more than 64 MiB", NULL},
    {"too-many", 1, BX_DETECT, 20, "EEEEE", NULL, "1001 detections, at most 1000 are allowed"},
    {"wrong-size", 1, BX_DETECT, 20, "EEEEE", NULL, "the model saw an image of 7 x 9, this one is 60 x 40"},
    {"half-size", 1, BX_DETECT, 20, "EEEEE", NULL, "only one of 'w' and 'h'"},
    {"bad-class", 1, BX_DETECT, 20, "EEEEE", NULL, "class index 9 is outside the 2 names"},
    {"no-names", 1, BX_DETECT, 20, "EEEEE", NULL, "outside the 0 names"},
    {"inverted", 1, BX_DETECT, 20, "EEEEE", NULL, "expected x1 <= x2"},
    {"no-score", 1, BX_DETECT, 20, "EEEEE", NULL, "has no 'score'"},
    {"empty-answer", 1, BX_DETECT, 20, "EEEEE", NULL, "neither 'predictions' nor 'error'"},
    {"error", 1, BX_DETECT, 20, "EEEEE", NULL, "the runner says: cannot decode img.jpg with ***"},
    {"secret-in-hello", 1, BX_DETECT, 20, "", "..*** **", NULL},
    {"secret-in-syntax", 1, BX_DETECT, 20, "", "handshake:1:", NULL},
    {"long-error", 1, BX_DETECT, 20, "EEEEE", NULL, "the runner says: ***"},
    {"secret-key", 1, BX_DETECT, 20, "L", "found the key '***' twice", NULL},
    {"reorder", 5, BX_DETECT, 3, "OOOOL", NULL, NULL},
    {"far-poly", 1, BX_SEGMENT, 20, "EEEEE", NULL, "far outside the image"},
    {"rle-size", 1, BX_SEGMENT, 20, "EEEEE", NULL, "found a mask of 40 x 60 pixels, expected the image's 60 x 40"},
    {"no-mask", 1, BX_SEGMENT, 20, "EEEEE", NULL, "has no mask"},
    {"close-stdout", 1, BX_DETECT, 20, "L", "closed its stdout", NULL},
    {"hang", 1, BX_DETECT, 1, "L", NULL, "cancelled"},
    {"silent", 1, BX_DETECT, 1, "", NULL, NULL},
    {"deaf-to-term", 1, BX_DETECT, 1, "", NULL, NULL},
    {"never-reads", 3, BX_DETECT, 1, "LLL", NULL, "cancelled"},
};
static const struct {
    const char *confine; /* BOXSCORE_CONFINE */
    struct row row;
} lowered[] = {
    {"none", {"kill-keeper", 1, BX_DETECT, 20, "L", "keeper process was killed", NULL}},
    {"", {"kill-keeper", 1, BX_DETECT, 1, "L", NULL, "cancelled"}},
    {"namespaces=0", {"kill-keeper", 1, BX_DETECT, 1, "L", NULL, "cancelled"}},
    {"namespaces=0 landlock=2", {"kill-keeper", 1, BX_DETECT, 1, "L", NULL, "cancelled"}},
    {"none", {"stop-keeper", 1, BX_DETECT, 1, "L", "could it be killed: it was left behind", "cancelled"}},
    {"none", {"ok", 1, BX_DETECT, 20, "OOOOO", NULL, NULL}},
    {"namespaces=0 landlock=1 seccomp=0", {"ok", 1, BX_DETECT, 20, "OOOOO", NULL, NULL}},
    {"namespaces=0", {"crash", 1, BX_DETECT, 20, "OL", "killed by signal 6", "killed by signal 6"}},
};
/* clang-format on */

static void test_a_row(void **state)
{
    const struct row *r = *state;
    struct bx_model m;
    struct bx_backend_env env;
    const char *args[] = {r->mode};
    prepare(&m, &env, args, 1);
    m.task = r->task;
    m.backend.inflight = r->inflight;
    env.geometries = 1u << (r->task == BX_SEGMENT ? BX_GEOM_MASK : BX_GEOM_BOX);
    struct outcome o;
    sitting(&m, &env, r->seconds, &o);
    assert_true(o.started);
    assert_string_equal(o.answers, r->answers);
    if (r->error && !strstr(o.error, r->error))
        fail_msg("error is '%s', expected '…%s…'", o.error, r->error);
    if (!r->error && o.error[0])
        fail_msg("unexpected error '%s'", o.error);
    if (strstr(o.error, "hunt") || strstr(o.error, "others-") || strstr(o.reason, "hunt") || strstr(o.reason, "others-"))
        fail_msg("a secret, or a piece of one: '%s', '%s'", o.error, o.reason);
    if (r->reason && !strstr(o.reason, r->reason))
        fail_msg("reason is '%s', expected '…%s…'", o.reason, r->reason);
    bx_buf_free(&o.log);
}

static void test_a_row_lowered(void **state)
{
    size_t i = (size_t)(uintptr_t)*state;
    void *row = (void *)(uintptr_t)&lowered[i].row;
    setenv("BOXSCORE_CONFINE", lowered[i].confine, 1);
    test_a_row(&row);
    unsetenv("BOXSCORE_CONFINE");
}

static void run_mode(const char *mode, enum bx_task task, enum bx_geometry g, struct outcome *o)
{
    struct bx_model m;
    struct bx_backend_env env;
    const char *args[] = {mode};
    prepare(&m, &env, args, 1);
    m.task = task;
    env.geometries = 1u << g;
    env.limit_file_size = 1 << 20;
    sitting(&m, &env, 20, o);
    assert_true(o->started);
}

static void test_boxes_become_xywh_and_keep_their_class(void **state)
{
    (void)state;
    struct outcome o;
    run_mode("ok", BX_DETECT, BX_GEOM_BOX, &o);
    assert_int_equal(o.detections, 5);
    assert_string_equal(o.first_name, "cat");
    const double want[4] = {1, 2, 10, 20};
    assert_memory_equal(o.first.box, want, sizeof want);
    assert_true(o.first.box_given);
    assert_true(o.own_ns == -1);
    bx_buf_free(&o.log);
}

static void test_a_last_line_without_newline_counts_and_new_names_are_learnt(void **state)
{
    (void)state;
    struct outcome o;
    run_mode("string-class", BX_DETECT, BX_GEOM_BOX, &o);
    assert_int_equal(o.answers[0], 'O');
    assert_string_equal(o.first_name, "zebra");
    assert_non_null(strstr(o.error, "exit status 0"));
    bx_buf_free(&o.log);
}

static void test_masks_and_corners(void **state)
{
    (void)state;
    struct outcome o;
    run_mode("poly", BX_SEGMENT, BX_GEOM_MASK, &o);
    assert_string_equal(o.answers, "OOOOO");
    assert_int_equal(o.mask.h, 40);
    assert_int_equal(o.mask.w, 60);
    assert_true(o.mask.n >= 200 + 40 && o.mask.n <= 200 + 60); /* a rectangle of 10 x 20 and half of 10 x 10 */
    assert_false(o.first.box_given);
    assert_true(o.first.box[0] == 10 && o.first.box[1] == 10 && o.first.box[2] == 40);
    bx_buf_free(&o.log);
    run_mode("rle", BX_SEGMENT, BX_GEOM_MASK, &o);
    assert_int_equal(o.mask.n, 80);
    assert_true(o.first.box[0] == 1 && o.first.box[1] == 0 && o.first.box[2] == 2 && o.first.box[3] == 40);
    bx_buf_free(&o.log);
    run_mode("obb", BX_OBB, BX_GEOM_OBB, &o);
    assert_string_equal(o.first_name, "ship");
    const double corners[8] = {20, 10, 30, 20, 20, 30, 10, 20}, hull[4] = {10, 10, 20, 20};
    assert_memory_equal(o.obb, corners, sizeof corners);
    assert_memory_equal(o.first.box, hull, sizeof hull);
    bx_buf_free(&o.log);
}

static void test_an_answer_in_the_raw_frame_is_turned(void **state)
{
    (void)state;
    struct outcome o;
    memset(orientations, 6, sizeof orientations); /* (x, y) in W x H goes to (H - y, x); raw is 40 x 60 */
    run_mode("raw-size", BX_DETECT, BX_GEOM_BOX, &o);
    memset(orientations, 1, sizeof orientations);
    assert_string_equal(o.answers, "OOOOO");
    assert_true(o.reframed);
    const double want[4] = {60 - 22, 1, 20, 10};
    assert_memory_equal(o.first.box, want, sizeof want);
    bx_buf_free(&o.log);
}

static void test_a_turned_mask_keeps_its_pixels(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    for (int orientation = 5; orientation <= 8; orientation++) {
        const uint32_t counts[] = {7, 3, 50}; /* raw 6 wide, 10 high: x = 0, y = 7..9 */
        struct bx_rle m = {10, 6, 3, counts};
        struct bx_detection d = {.mask = &m};
        bx_frame_turn(&d, 1, 6, 10, (uint8_t)orientation, &a);
        assert_int_equal(d.mask->w, 10);
        assert_int_equal(d.mask->h, 6);
        assert_int_equal(bx_rle_area(d.mask), 3);
        /* The table of FORMATS 7: 5 y,x; 6 H-y,x; 7 H-y,W-x; 8 y,W-x, so columns 7..9 or 0..2, row 0 or 5 */
        double box[4];
        bx_rle_box(d.mask, box);
        const double want[4][4] = {{7, 0, 3, 1}, {0, 0, 3, 1}, {0, 5, 3, 1}, {7, 5, 3, 1}};
        assert_memory_equal(box, want[orientation - 5], sizeof box);
    }
    bx_arena_release(&a);
}

static void test_a_flood_on_stderr_is_kept_to_head_and_tail(void **state)
{
    (void)state;
    struct outcome o;
    run_mode("flood", BX_DETECT, BX_GEOM_BOX, &o);
    assert_string_equal(o.answers, "OOOOO");
    assert_true(o.log.n < (1 << 20) + 100);
    assert_memory_equal(o.log.p, "first line\n", 11);
    assert_non_null(strstr(o.log.p, "bytes left out"));
    assert_memory_equal(o.log.p + o.log.n - 11, "\nlast line\n", 11);
    bx_buf_free(&o.log);
}

static void test_secrets_never_reach_the_log_even_in_two_pieces(void **state)
{
    (void)state;
    struct outcome o;
    run_mode("secret", BX_DETECT, BX_GEOM_BOX, &o);
    assert_null(strstr(o.log.p, "hunter"));
    assert_non_null(strstr(o.log.p, "the key is ***, is it not\n"));
    bx_buf_free(&o.log);
}

static void test_secrets_are_no_class_names(void **state)
{
    (void)state;
    static const char *const table[][2] = {{"secret-in-names", "a ***"}, {"secret-class", "***"}};
    for (size_t i = 0; i < 2; i++) {
        struct outcome o;
        run_mode(table[i][0], BX_DETECT, BX_GEOM_BOX, &o);
        assert_string_equal(o.answers, "OOOOO");
        assert_string_equal(o.first_name, table[i][1]);
        assert_null(strstr(o.runner, "hunter"));
        bx_buf_free(&o.log);
    }
}

/* As an ordinary user, whom the kernel lets look at what is his: root's children may look at everything that is not kept from them
 * otherwise. */
static void test_no_child_reads_the_environment_of_the_host(void **state)
{
    (void)state;
    chmod(home, 0755);
    pid_t pid = fork();
    if (pid == 0) {
        setenv("OTHERS_SECRET", "others-secret-that-is-long", 1);
        char *self[] = {program, (char *)(uintptr_t) "--as-host", home, NULL};
        execv("/proc/self/exe", self);
        _exit(9);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* In the C library's place: while a copy of the host must be dumpable, its environment is anybody's to read, and is to be gone. */
static pid_t host;
static volatile bool *readable; /* shared by both */
int prctl(int option, ...)
{
    unsigned long v[4];
    va_list ap;
    va_start(ap, option);
    for (int i = 0; i < 4; i++)
        v[i] = va_arg(ap, unsigned long);
    va_end(ap);
    if (option == PR_SET_DUMPABLE && v[0] == 1 && readable && getpid() != host && getenv("OTHERS_SECRET"))
        *readable = true;
    return (int)syscall(SYS_prctl, option, v[0], v[1], v[2], v[3]);
}

static int as_host(void)
{
    host = getpid();
    void *shared = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    readable = shared != MAP_FAILED ? shared : NULL;
    assert_non_null(readable);
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0))
        return 77;
    prctl(PR_SET_DUMPABLE, 1); /* as a program is that nobody told otherwise */
    if (access(program, X_OK) != 0)
        return 77;
    struct outcome o;
    run_mode("peek", BX_DETECT, BX_GEOM_BOX, &o);
    bool ok = strstr(bx_buf_str(&o.log), "looked") && !strstr(o.log.p, "found it") && !*readable;
    if (!ok)
        fprintf(stderr, "%s%s%s\n", bx_buf_str(&o.log), o.error, *readable ? "it was there to be read for a moment" : "");
    bx_buf_free(&o.log);
    return ok ? 0 : 1;
}

static void test_the_environment_is_scrubbed(void **state)
{
    (void)state;
    setenv("BOXSCORE_TEST_LEAK", "yes", 1);
    struct outcome o;
    run_mode("environment", BX_DETECT, BX_GEOM_BOX, &o);
    char want[256];
    snprintf(want, sizeof want,
             "PATH=/usr/local/bin:/usr/bin:/bin\nHOME=%s\nTMPDIR=%s\nLANG=C.UTF-8\nAPI_KEY=***\nCUDA_VISIBLE_DEVICES=0\n", home, home);
    assert_string_equal(o.log.p, want);
    bx_buf_free(&o.log);
}

static void test_only_three_descriptors_and_no_privileges(void **state)
{
    (void)state;
    struct outcome o;
    int leak = dup(1); /* without O_CLOEXEC, on purpose */
    run_mode("descriptors", BX_DETECT, BX_GEOM_BOX, &o);
    close(leak);
    assert_string_equal(o.log.p, "fd 0\nfd 1\nfd 2\nno_new_privs 1\nsession 1\n");
    bx_buf_free(&o.log);
}

static void test_a_file_too_large_ends_the_runner(void **state)
{
    (void)state;
    struct outcome o;
    run_mode("file-size", BX_DETECT, BX_GEOM_BOX, &o);
    assert_non_null(strstr(o.error, "killed by signal 25"));
    bx_buf_free(&o.log);
}

static void test_a_folder_too_large_ends_the_runner(void **state)
{
    (void)state;
    static const char *const confine[] = {"", "none"};
    for (size_t i = 0; i < 2; i++) {
        struct outcome o;
        struct bx_model m;
        struct bx_backend_env env;
        const char *args[] = {"fill"};
        prepare(&m, &env, args, 1);
        env.confine.temporary = 8 << 20;
        setenv("BOXSCORE_CONFINE", confine[i], 1);
        sitting(&m, &env, 20, &o);
        unsetenv("BOXSCORE_CONFINE");
        assert_false(o.timeout);
        assert_string_equal(o.answers, "L");
        assert_non_null(strstr(o.error, "wrote more than 8 MiB into its private folder"));
        bx_buf_free(&o.log);
        assert_true(bx_remove_tree(home, NULL));
        assert_int_equal(mkdir(home, 0755), 0);
    }
}

static void test_a_bad_exit_after_the_last_answer_is_a_remark(void **state)
{
    (void)state;
    struct outcome o;
    run_mode("bad-exit", BX_DETECT, BX_GEOM_BOX, &o);
    assert_string_equal(o.answers, "OOOOO");
    assert_string_equal(o.error, "");
    assert_int_equal(strncmp(o.remark, "exit status 7 after the last answer", 35), 0); /* and what this kernel lacks */
    bx_buf_free(&o.log);
}

/* Processes of our runner in this mode, zombies left out. */
static size_t alive(const char *mode)
{
    size_t n = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *f; d && (f = readdir(d));) {
        char path[300], text[PATH_MAX + 100] = "";
        snprintf(path, sizeof path, "/proc/%s/cmdline", f->d_name);
        int fd = open(path, O_RDONLY);
        ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        if (fd >= 0)
            close(fd);
        size_t first = strlen(text);
        n += got > (ssize_t)first + 1 && !strcmp(text, program) && !strcmp(text + first + 1, mode);
    }
    closedir(d);
    return n;
}

static void test_no_descendant_outlives_the_sitting(void **state)
{
    (void)state;
    static const char *const table[][2] = {{"daemon", ""},          {"daemon", "none"}, {"kill-keeper", ""},
                                           {"kill-keeper", "none"}, {"bomb", ""},       {"bomb", "none"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct outcome o;
        struct bx_model m;
        struct bx_backend_env env;
        const char *args[] = {table[i][0]};
        prepare(&m, &env, args, 1);
        setenv("BOXSCORE_CONFINE", table[i][1], 1);
        sitting(&m, &env, 2, &o);
        unsetenv("BOXSCORE_CONFINE");
        assert_true(o.started);
        if (alive(table[i][0]))
            fail_msg("'%s', confined '%s': %zu processes outlived it", table[i][0], table[i][1], alive(table[i][0]));
        bx_buf_free(&o.log);
    }
}

static int set_up(void **state)
{
    if (state && !mkdtemp(home))
        return -1;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 20);
    program[n > 0 ? n : 0] = '\0';
    memcpy(strrchr(program, '/') + 1, "fake_runner", sizeof "fake_runner");
    for (size_t i = 0; i < IMAGES; i++) {
        static char text[IMAGES][32];
        snprintf(text[i], sizeof text[i], "/nowhere/%06zu.jpg", i + 1);
        paths[i] = text[i];
        widths[i] = 60;
        heights[i] = 40;
        orientations[i] = 1;
    }
    set = (struct bx_testset){.nimages = IMAGES, .image_w = widths, .image_h = heights, .image_orientation = orientations};
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return bx_remove_tree(home, NULL) ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--as-host")) {
        snprintf(home, sizeof home, "%s", argv[2]);
        return set_up(NULL) ? 77 : as_host();
    }
    const struct CMUnitTest others[] = {
        cmocka_unit_test(test_boxes_become_xywh_and_keep_their_class),
        cmocka_unit_test(test_a_last_line_without_newline_counts_and_new_names_are_learnt),
        cmocka_unit_test(test_masks_and_corners),
        cmocka_unit_test(test_an_answer_in_the_raw_frame_is_turned),
        cmocka_unit_test(test_a_turned_mask_keeps_its_pixels),
        cmocka_unit_test(test_a_flood_on_stderr_is_kept_to_head_and_tail),
        cmocka_unit_test(test_secrets_never_reach_the_log_even_in_two_pieces),
        cmocka_unit_test(test_secrets_are_no_class_names),
        cmocka_unit_test(test_no_child_reads_the_environment_of_the_host),
        cmocka_unit_test(test_the_environment_is_scrubbed),
        cmocka_unit_test(test_only_three_descriptors_and_no_privileges),
        cmocka_unit_test(test_a_file_too_large_ends_the_runner),
        cmocka_unit_test(test_a_folder_too_large_ends_the_runner),
        cmocka_unit_test(test_a_bad_exit_after_the_last_answer_is_a_remark),
        cmocka_unit_test(test_no_descendant_outlives_the_sitting),
    };
    enum { ROWS = sizeof rows / sizeof *rows, LOWERED = sizeof lowered / sizeof *lowered, OTHERS = sizeof others / sizeof *others };
    static struct CMUnitTest all[ROWS + LOWERED + OTHERS];
    for (size_t i = 0; i < ROWS; i++)
        all[i] = (struct CMUnitTest){rows[i].mode, test_a_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < LOWERED; i++)
        all[ROWS + i] = (struct CMUnitTest){lowered[i].row.mode, test_a_row_lowered, NULL, NULL, (void *)(uintptr_t)i};
    memcpy(all + ROWS + LOWERED, others, sizeof others);
    return cmocka_run_group_tests(all, set_up, tear_down);
}
