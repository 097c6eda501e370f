/* The staged images: whatever a model does to them, it is found out and put right, and nothing outside is touched. */
#include "core/backend/staging.h"
#include "core/base/file.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

enum { IMAGES = 3 };
static char dir[64] = "/tmp/boxscore-test-XXXXXX";
static struct bx_arena arena;

/* In the C library's place: what a model does while the host is between two calls. */
enum call { NO_CALL, MKDIRAT, FCHMOD, OPEN_FOLDER };
static enum call awaited;
static void (*meanwhile)(void);

static void after(enum call c)
{
    if (c != awaited)
        return;
    awaited = NO_CALL;
    meanwhile();
}
int mkdirat(int at, const char *name, mode_t mode)
{
    int made = (int)syscall(SYS_mkdirat, at, name, mode);
    after(MKDIRAT);
    return made;
}
int fchmod(int fd, mode_t mode)
{
    int done = (int)syscall(SYS_fchmod, fd, mode);
    after(FCHMOD);
    return done;
}
int open(const char *name, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, name, flags, flags & O_CREAT ? va_arg(ap, unsigned) : 0);
    va_end(ap);
    if (flags & O_DIRECTORY)
        after(OPEN_FOLDER);
    return fd;
}

static char *path(const char *name)
{
    return bx_path_join(&arena, dir, name);
}

/* The data set: named as the staged copies are, so that a path that leads into it finds something to spoil. */
static void put(const char *folder, const char *text)
{
    struct bx_err e = {0};
    assert_true(bx_mkdirs(path(folder), &e));
    for (int i = 1; i <= IMAGES; i++) {
        char *to = bx_printf(&arena, "%s/%s/%06d.jpg", dir, folder, i), *what = bx_printf(&arena, "%s %d", text, i);
        assert_true(bx_file_write(to, what, strlen(what), &e));
    }
}

static void holds(const char *folder, const char *text)
{
    struct stat st;
    assert_int_equal(lstat(path(folder), &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    for (int i = 1; i <= IMAGES; i++) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        struct bx_err e = {0};
        char *at = bx_printf(&arena, "%s/%s/%06d.jpg", dir, folder, i);
        assert_int_equal(lstat(at, &st), 0);
        assert_true(S_ISREG(st.st_mode) && st.st_nlink == 1);
        assert_true(bx_file_read(at, 100, &b, &e));
        assert_string_equal(bx_buf_str(&b), bx_printf(&arena, "%s %d", text, i));
    }
}

static void open_up(void)
{
    chmod(path("work/images"), 0755);
}
static void nothing(void)
{
}
static void rewrite_one(void)
{
    struct bx_err e = {0};
    open_up();
    unlink(path("work/images/000002.jpg"));
    assert_true(bx_file_write(path("work/images/000002.jpg"), "other", 5, &e));
}
static void link_one(void)
{
    open_up();
    unlink(path("work/images/000002.jpg"));
    assert_int_equal(symlink(path("data/000003.jpg"), path("work/images/000002.jpg")), 0);
}
static void link_one_to_its_like(void)
{
    open_up();
    unlink(path("work/images/000002.jpg"));
    assert_int_equal(symlink(path("data/000002.jpg"), path("work/images/000002.jpg")), 0);
}
static void hard_link_one(void)
{
    open_up();
    unlink(path("work/images/000002.jpg"));
    assert_int_equal(link(path("data/000003.jpg"), path("work/images/000002.jpg")), 0);
}
static void fifo_for_one(void)
{
    open_up();
    unlink(path("work/images/000002.jpg"));
    assert_int_equal(mkfifo(path("work/images/000002.jpg"), 0666), 0);
}
static void folder_for_one(void)
{
    open_up();
    unlink(path("work/images/000002.jpg"));
    assert_int_equal(mkdir(path("work/images/000002.jpg"), 0755), 0);
    assert_int_equal(symlink(path("data"), path("work/images/000002.jpg/data")), 0);
}
static void remove_all(void)
{
    open_up();
    assert_true(bx_remove_tree(path("work/images"), NULL));
}
static void move_away(void)
{
    assert_int_equal(rename(path("work/images"), path("moved")), 0);
}
static void link_folder(void)
{
    move_away();
    assert_int_equal(symlink(path("data"), path("work/images")), 0);
}
static void file_for_folder(void)
{
    struct bx_err e = {0};
    move_away();
    assert_true(bx_file_write(path("work/images"), "x", 1, &e));
}
static void link_work(void)
{
    assert_int_equal(rename(path("work"), path("moved")), 0);
    assert_int_equal(mkdir(path("data/images"), 0755), 0);
    assert_int_equal(symlink(path("data"), path("work")), 0);
}
static void remove_work(void)
{
    open_up();
    assert_true(bx_remove_tree(path("work"), NULL));
}

/* A data set, and its images staged. */
static void begin(struct bx_staging *s)
{
    static const char *files[IMAGES];
    static uint8_t sha[IMAGES][32];
    static struct bx_testset set;
    struct bx_err e = {0};
    bx_remove_tree(path("work"), NULL);
    bx_remove_tree(path("moved"), NULL);
    bx_remove_tree(path("data"), NULL);
    put("data", "image");
    assert_int_equal(mkdir(path("work"), 0700), 0);
    for (int k = 0; k < IMAGES; k++) {
        files[k] = bx_printf(&arena, "%06d.jpg", k + 1);
        assert_true(bx_sha256_file(bx_printf(&arena, "%s/data/%s", dir, files[k]), sha[k], &e));
    }
    set = (struct bx_testset){.nimages = IMAGES, .image_root = path("data"), .image_file = files, .image_sha = (void *)sha};
    if (!bx_staging_open(s, path("work/images"), &set, NULL, &e))
        fail_msg("%s", e.text);
}

static void test_what_a_model_does_to_them_is_undone(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*harm)(void);
        size_t changed;
    } table[] = {
        {"nothing", nothing, 0},
        {"an image is rewritten", rewrite_one, 1},
        {"an image is a link into the data set", link_one, 1},
        {"an image is a link to the one it was copied from", link_one_to_its_like, 1},
        {"an image is a hard link into the data set", hard_link_one, 1},
        {"an image is a FIFO", fifo_for_one, 1},
        {"an image is a folder", folder_for_one, 1},
        {"the folder is gone", remove_all, 3},
        {"the folder was moved", move_away, 3},
        {"the folder is a link to the data set", link_folder, 3},
        {"the folder is a file", file_for_folder, 3},
        {"the folder above is a link to the data set", link_work, 3},
        {"the folder above is gone", remove_work, 3},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_err e = {0};
        struct bx_staging s;
        size_t changed = 99;
        begin(&s);
        table[i].harm();
        if (!bx_staging_check(&s, &changed, &e))
            fail_msg("%s: %s", table[i].name, e.text);
        if (changed != table[i].changed)
            fail_msg("%s: %zu changed, expected %zu", table[i].name, changed, table[i].changed);
        holds("data", "image");
        holds("work/images", "image");
        assert_true(bx_staging_check(&s, &changed, &e));
        assert_int_equal(changed, 0);
        bx_staging_close(&s);
        holds("data", "image");
        assert_int_not_equal(access(path("work/images"), F_OK), 0);
    }
}

/* The files of the data set themselves: not even made anew with the same bytes. */
static void stat_data(struct stat st[IMAGES + 1])
{
    assert_int_equal(stat(path("data"), &st[IMAGES]), 0);
    for (int i = 0; i < IMAGES; i++)
        assert_int_equal(lstat(bx_printf(&arena, "%s/data/%06d.jpg", dir, i + 1), &st[i]), 0);
}

static void link_work_to_full(void)
{
    link_work();
    put("data/images", "other");
}

/* The host works in the folders that it made, whatever their names lead to by then: nothing of the data set is written or removed. */
static void test_what_a_model_does_meanwhile_leads_nowhere(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*harm)(void); /* found out by the check, which restores then; NULL: it is closed and not checked */
        enum call call;     /* after which of its calls */
        void (*meanwhile)(void);
        bool restored;
    } table[] = {
        {"the folder becomes a link while an image is restored", rewrite_one, FCHMOD, link_folder, true},
        {"the folder becomes a link as it is made anew", remove_all, MKDIRAT, link_folder, false},
        {"the folder above becomes a link as it is made anew", remove_work, OPEN_FOLDER, link_work_to_full, true},
        {"the folder above becomes a link before it is closed", NULL, NO_CALL, link_work_to_full, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_err e = {0};
        struct bx_staging s;
        struct stat before[IMAGES + 1], now[IMAGES + 1];
        size_t changed;
        begin(&s);
        stat_data(before);
        if (table[i].harm) {
            table[i].harm();
            awaited = table[i].call;
            meanwhile = table[i].meanwhile;
            if (bx_staging_check(&s, &changed, &e) != table[i].restored || awaited)
                fail_msg("%s: %s", table[i].name, awaited ? "the moment never came" : e.text);
        } else
            table[i].meanwhile();
        bool other = table[i].meanwhile == link_work_to_full;
        if (other)
            holds("data/images", "other");
        if (table[i].harm && !other) {
            assert_true(bx_staging_check(&s, &changed, &e));
            assert_int_equal(changed, IMAGES);
            holds("work/images", "image");
        }
        bx_staging_close(&s);
        if (other)
            holds("data/images", "other");
        holds("data", "image");
        stat_data(now);
        for (int k = 0; k <= IMAGES; k++)
            if (now[k].st_ino != before[k].st_ino || now[k].st_mode != before[k].st_mode)
                fail_msg("%s: the data set was written to", table[i].name);
    }
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    bool ok = bx_remove_tree(dir, NULL);
    bx_arena_release(&arena);
    return ok ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_model_does_to_them_is_undone),
        cmocka_unit_test(test_what_a_model_does_meanwhile_leads_nowhere),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
