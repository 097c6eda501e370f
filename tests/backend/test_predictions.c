/* A file of predictions as a backend: what it hands over is what the same detections, answered image by image, would have become. */
#include "core/backend/backend.h"
#include "tests/build.h"
#include <setjmp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka last: it needs the two above */
#include <cmocka.h>
#include "tests/folder.h"

/* In the C library's place: what becomes of a file while it is read. */
static const char *cut; /* made empty before the next reading; NULL: none is */
ssize_t read(int fd, void *to, size_t n)
{
    if (cut)
        assert_int_equal(truncate(cut, 0), 0);
    cut = NULL;
    return (ssize_t)syscall(SYS_read, fd, to, n);
}

static const char *const classes[] = {"never", "cat", "dog"};

/* Out of order by image, names not in the order of their ids, one that the test set does not have. */
static const char file[] = "[{\"image_id\":3,\"category_id\":3,\"bbox\":[1,2,3,4],\"score\":0.25},"
                           "{\"image_id\":1,\"category_id\":2,\"bbox\":[5,6,7,8],\"score\":0.5},"
                           "{\"image_id\":3,\"category_id\":77,\"bbox\":[0,0,1,1],\"score\":1},"
                           "{\"image_id\":1,\"category_id\":3,\"bbox\":[9,9,9,9],\"score\":0.125}]";
static const char *const names[] = {"dog", "cat", "category 77"};
static const struct dt same[] = {
    {2, 0, {1, 2, 3, 4}, 0.25}, {0, 1, {5, 6, 7, 8}, 0.5}, {2, 2, {0, 0, 1, 1}, 1}, {0, 0, {9, 9, 9, 9}, 0.125}};

static bool columns_of(const char *text, struct bx_detections *d, struct bx_arena *a, struct bx_err *e)
{
    struct bx_testset set = build_testset(a, classes, 3, 3, NULL, 0);
    struct bx_model m = {.slug = "m", .dir = folder, .backend = {.kind = BX_BACKEND_PREDICTIONS, .file = "dt"}};
    const struct bx_backend_env env = {.testset = &set, .geometries = 1u << BX_GEOM_BOX};
    put("dt", text);
    struct bx_backend *b = bx_backend_open(&m, &env, e);
    if (!b)
        return false;
    struct bx_answer none;
    assert_int_equal(b->state, BX_BACKEND_READY);
    assert_false(b->caps.has_latency);
    b->ops->columns(b, d, a);
    assert_false(b->ops->next(b, &none));
    b->ops->finish(b);
    assert_false(b->ops->next(b, &none));
    assert_int_equal(b->state, BX_BACKEND_GONE);
    bx_backend_close(b); /* what was handed over stays */
    return true;
}

static void columns_have_the_digest_of_the_same_answers(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_detections got, want = build_detections(&a, names, 3, same, 4), empty, nothing = build_detections(&a, names, 3, NULL, 0);
    char digest[2][BX_DIGEST_SIZE];
    assert_true(columns_of(file, &got, &a, &e));
    assert_int_equal(got.nnames, 3);
    assert_string_equal(got.names[0], "cat"); /* the first one of the first image */
    assert_true(bx_detections_digest(&got, digest[0], &e) && bx_detections_digest(&want, digest[1], &e));
    assert_string_equal(digest[0], digest[1]);
    assert_true(columns_of("[]", &empty, &a, &e));
    assert_true(bx_detections_digest(&empty, digest[0], &e) && bx_detections_digest(&nothing, digest[1], &e));
    assert_string_equal(digest[0], digest[1]);
    bx_arena_release(&a);
}

static void a_file_that_is_wrong_opens_nothing(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"{}", "dt:1:1: "},
        {"[{\"image_id\":4,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":1}]", "found the image id 4"},
        {"[{\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":NaN}]", "dt:1:"},
        {"[{\"image_id\":1,\"category_id\":1,\"score\":1}]", "without 'bbox'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_detections d;
        assert_false(columns_of(wrong[i][0], &d, &a, &e));
        assert_non_null(strstr(e.text, wrong[i][1]));
        bx_arena_release(&a);
    }
}

/* Cut short and written again while it is read, many times: an error, or one of the two files, and never the end of us. */
static void a_file_that_is_rewritten_meanwhile_is_an_error_at_most(void **state)
{
    (void)state;
    enum { RECORDS = 40000, TURNS = 60 };
    struct bx_buf text = {0};
    for (int i = 0; i < RECORDS; i++)
        bx_buf_addf(&text, "%c{\"image_id\":1,\"category_id\":2,\"bbox\":[5,6,7,8],\"score\":0.5}", i ? ',' : '[');
    bx_buf_addc(&text, ']');
    char *path = NULL;
    struct bx_arena paths = {0};
    path = bx_path_join(&paths, folder, "dt");
    put("dt", bx_buf_str(&text));
    pid_t writer = fork();
    if (writer == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int fd = open(path, O_WRONLY | O_TRUNC);
            usleep(300);
            (void)!write(fd, text.p, text.n);
            close(fd);
            usleep(3000);
        }
    }
    size_t read = 0, refused = 0;
    for (int i = 0; i < TURNS; i++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_testset set = build_testset(&a, classes, 3, 3, NULL, 0);
        struct bx_model m = {.slug = "m", .dir = folder, .backend = {.kind = BX_BACKEND_PREDICTIONS, .file = "dt"}};
        const struct bx_backend_env env = {.testset = &set, .geometries = 1u << BX_GEOM_BOX};
        struct bx_backend *b = bx_backend_open(&m, &env, &e);
        read += b != NULL;
        refused += !b;
        bx_backend_close(b);
        bx_arena_release(&a);
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    assert_int_equal(read + refused, TURNS);
    bx_buf_free(&text);
    bx_arena_release(&paths);
}

static void a_file_that_is_cut_while_it_is_read_is_said(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_testset set = build_testset(&a, classes, 3, 3, NULL, 0);
    struct bx_model m = {.slug = "m", .dir = folder, .backend = {.kind = BX_BACKEND_PREDICTIONS, .file = "dt"}};
    const struct bx_backend_env env = {.testset = &set, .geometries = 1u << BX_GEOM_BOX};
    put("dt", file);
    cut = in(&a, "dt");
    assert_null(bx_backend_open(&m, &env, &e));
    assert_null(cut);
    assert_string_equal(e.text, "'dt' changed while it was read");
    bx_arena_release(&a);
}

static void what_a_file_may_be_is_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *text; /* NULL: a pipe that nobody writes to */
        int64_t bytes, most;
        const char *error; /* NULL: it is read */
    } table[] = {
        {file, 0, 2, NULL},
        {file, 0, 1, "'dt' has 2 detections of one image, at most 1 are allowed (max_detections)"},
        {file, sizeof file - 1, 0, NULL},
        {file, sizeof file - 2, 0, "are allowed (limits.file_size)"},
        {NULL, 0, 0, "'dt' in"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_testset set = build_testset(&a, classes, 3, 3, NULL, 0);
        struct bx_model m = {.slug = "m", .dir = folder, .backend = {.kind = BX_BACKEND_PREDICTIONS, .file = "dt"}};
        m.backend.max_detections = table[i].most;
        const struct bx_backend_env env = {.testset = &set, .geometries = 1u << BX_GEOM_BOX, .limit_file_size = table[i].bytes};
        if (table[i].text)
            put("dt", table[i].text);
        else {
            const char *path = bx_path_join(&a, folder, "dt");
            unlink(path);
            assert_int_equal(mkfifo(path, 0600), 0);
        }
        struct bx_backend *b = bx_backend_open(&m, &env, &e);
        if (table[i].error ? b || !strstr(e.text, table[i].error) : !b)
            fail_msg("%zu: %s", i, b ? "was read" : e.text);
        bx_backend_close(b);
        bx_arena_release(&a);
    }
}

/* A folder of label files, as the same answers; a link in it is refused, and all of it counts against the limit. */
static void a_folder_is_read_as_its_files(void **state)
{
    (void)state;
    static const char *const labels[] = {"1 0.5 0.5 0.5 0.5 0.25\n", "2 0.25 0.25 0.5 0.5 0.5\n2 0.25 0.25 0.5 0.5 0.5\n"};
    static const struct dt wanted[] = {{0, 1, {160, 120, 320, 240}, 0.25}, {2, 0, {0, 0, 320, 240}, 0.5}};
    static const char *const own[] = {"dog", "cat"};
    char digest[2][BX_DIGEST_SIZE];
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_testset set = build_testset(&a, classes, 3, 3, NULL, 0);
    struct bx_model m = {.slug = "m", .dir = folder, .backend = {.kind = BX_BACKEND_PREDICTIONS, .file = "run"}};
    struct bx_backend_env env = {.testset = &set, .geometries = 1u << BX_GEOM_BOX};
    struct bx_detections got, want = build_detections(&a, own, 3, wanted, 2);
    put("run/labels/000001.txt", labels[0]);
    put("run/labels/000003.txt", labels[1]);
    put("run/args.yaml", "x");
    struct bx_backend *b = bx_backend_open(&m, &env, &e);
    if (!b)
        fail_msg("%s", e.text);
    assert_non_null(strstr(b->remark, "1 line is left out that stood there before"));
    b->ops->columns(b, &got, &a);
    assert_true(bx_detections_digest(&got, digest[0], &e) && bx_detections_digest(&want, digest[1], &e));
    assert_string_equal(digest[0], digest[1]);
    bx_backend_close(b);
    env.limit_file_size = (int64_t)strlen(labels[1]) + 3; /* either of them is within it */
    assert_null(bx_backend_open(&m, &env, &e));
    assert_non_null(strstr(e.text, "are allowed (limits.file_size)"));
    env.limit_file_size = 0;
    assert_int_equal(symlink("000001.txt", in(&a, "run/labels/000002.txt")), 0);
    assert_null(bx_backend_open(&m, &env, &e));
    assert_non_null(strstr(e.text, "symbolic link"));
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_have_the_digest_of_the_same_answers),
        cmocka_unit_test(a_file_that_is_wrong_opens_nothing),
        cmocka_unit_test(a_file_that_is_rewritten_meanwhile_is_an_error_at_most),
        cmocka_unit_test(a_file_that_is_cut_while_it_is_read_is_said),
        cmocka_unit_test(what_a_file_may_be_is_bounded),
        cmocka_unit_test(a_folder_is_read_as_its_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
