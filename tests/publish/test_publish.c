/* Publishing: the site changes at once or not at all, whatever happens, and nobody's files but ours are ever removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "render/publish/publish.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The program's own renameat2: a file system without it, or death just before or after the exchange. */
static bool no_exchange;
static int die_before_rename, die_after_rename;
int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    bool probe = strstr(from, "probe") != NULL;
    if (no_exchange) {
        errno = EINVAL;
        return -1;
    }
    if (!probe && die_before_rename)
        kill(getpid(), SIGKILL);
    int r = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
    if (!probe && die_after_rename)
        kill(getpid(), SIGKILL);
    return r;
}

/* Death by signal loses nothing that was written; waiting for everybody's disk would only make the test slow. */
static unsigned synced;
int syncfs(int fd)
{
    (void)fd;
    synced++;
    return 0;
}

static char dir[] = "/tmp/boxscore-publish-XXXXXX";
static char site[200];

static const char *in(const char *name)
{
    static char path[4][600];
    static int i;
    i = (i + 1) % 4;
    snprintf(path[i], sizeof path[i], "%s/%s", dir, name);
    return path[i];
}

static int fresh(void **state)
{
    (void)state;
    struct bx_err e = {0};
    no_exchange = false;
    if (!bx_remove_tree(dir, &e) || mkdir(dir, 0777) != 0)
        return -1;
    snprintf(site, sizeof site, "%s/site", dir);
    return 0;
}

static bool holds(const char *path, const char *text)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_err e = {0};
    return bx_file_read(path, 1 << 20, &b, &e) && !strcmp(bx_buf_str(&b), text);
}
static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A small site: an index that says which, an asset that changes with it, and one that never does. */
static bool publish(const char *which, struct bx_publish_counts *counts, struct bx_err *e)
{
    struct bx_publish *p;
    char asset[BX_ASSET_SIZE], index[300];
    if (!bx_publish_begin(&p, site, e))
        return false;
    bool ok = bx_publish_asset(p, "data", "js", which, strlen(which), asset, e);
    snprintf(index, sizeof index, "%s %s", which, asset);
    ok = ok && bx_publish_add(p, "index.html", index, strlen(index), e) && bx_publish_add(p, "b/board/m/same.html", "same", 4, e);
    for (int i = 0; ok && i < 40; i++) {
        char path[60], text[60];
        snprintf(path, sizeof path, "data/page-%d.html", i);
        snprintf(text, sizeof text, "%s %d", which, i);
        ok = bx_publish_add(p, path, text, strlen(text), e);
    }
    ok = ok && bx_publish_commit(p, e);
    if (counts)
        *counts = bx_publish_counts(p);
    bx_publish_end(p);
    return ok;
}
static void must_publish(const char *which)
{
    struct bx_err e = {0};
    if (!publish(which, NULL, &e))
        fail_msg("%s: %s", which, e.text);
}

/* Is the whole site the one called which? */
static bool whole(const char *which)
{
    char asset[BX_ASSET_SIZE], want[300];
    if (!bx_asset_path("data", "js", which, strlen(which), asset, NULL))
        return false;
    snprintf(want, sizeof want, "%s %s", which, asset);
    bool ok = holds(in("site/index.html"), want) && holds(in("site/b/board/m/same.html"), "same");
    for (int i = 0; ok && i < 40; i++) {
        char path[60], text[60];
        snprintf(path, sizeof path, "site/data/page-%d.html", i);
        snprintf(text, sizeof text, "%s %d", which, i);
        ok = holds(in(path), text);
    }
    snprintf(want, sizeof want, "site/%s", asset);
    return ok && holds(in(want), which);
}

static void a_site_replaces_the_one_before(void **state)
{
    (void)state;
    struct bx_err e = {0};
    struct bx_publish_counts counts;
    synced = 0;
    must_publish("one");
    assert_int_equal(synced, 1);
    assert_true(whole("one"));
    assert_true(publish("two", &counts, &e));
    assert_true(whole("two"));
    assert_true(holds(in(".site.boxscore-previous/data/page-3.html"), "one 3"));
    assert_false(bx_path_exists(in(".site.boxscore-next")));
    assert_int_equal(counts.files, 43);
    assert_int_equal(counts.linked, 1);
    struct stat a, b;
    assert_int_equal(stat(in("site/b/board/m/same.html"), &a), 0);
    assert_int_equal(stat(in(".site.boxscore-previous/b/board/m/same.html"), &b), 0);
    assert_true(a.st_ino == b.st_ino);
    must_publish("three");
    assert_true(holds(in(".site.boxscore-previous/data/page-3.html"), "two 3"));
    /* Nothing changed: everything is linked, and the manifest is the same. */
    assert_true(publish("three", &counts, &e));
    assert_int_equal(counts.linked, counts.files);
}

static bool has_asset(const char *which)
{
    char asset[BX_ASSET_SIZE], path[300];
    assert_true(bx_asset_path("data", "js", which, strlen(which), asset, NULL));
    snprintf(path, sizeof path, "site/%s", asset);
    return holds(in(path), which);
}

static void an_old_page_that_is_still_open_finds_its_assets(void **state)
{
    (void)state;
    BX_CLEANUP_BUF struct bx_buf before = {0}, after = {0};
    struct bx_err e = {0};
    must_publish("one");
    must_publish("two");
    assert_true(has_asset("one") && has_asset("two"));
    must_publish("three"); /* one generation, not two */
    assert_true(!has_asset("one") && has_asset("two") && has_asset("three"));
    assert_true(bx_file_read(in("site/boxscore-site.json"), 1 << 20, &before, &e));
    must_publish("three"); /* the same again is the same folder */
    assert_true(!has_asset("one") && has_asset("two") && has_asset("three"));
    assert_true(bx_file_read(in("site/boxscore-site.json"), 1 << 20, &after, &e));
    assert_string_equal(bx_buf_str(&before), bx_buf_str(&after));
    put(in("site/assets/mine.js"), "mine"); /* and what is in no list is refused as ever */
    assert_false(publish("four", NULL, &e));
}

static void an_unchanged_file_that_was_edited_is_written_anew(void **state)
{
    (void)state;
    must_publish("one");
    put(in("site/b/board/m/same.html"), "Same");
    must_publish("two");
    assert_true(whole("two"));
}

static void an_empty_folder_is_taken(void **state)
{
    (void)state;
    assert_int_equal(mkdir(site, 0750), 0);
    must_publish("one");
    assert_true(whole("one"));
    struct stat st;
    assert_int_equal(stat(site, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0750);
    must_publish("two");
    assert_true(whole("two"));
}

static void refused(const char *said, enum bx_code code)
{
    struct bx_err e = {0};
    assert_false(publish("never", NULL, &e));
    if (!strstr(e.text, said) || e.code != code)
        fail_msg("'%s' (%d), expected '%s' (%d)", e.text, (int)e.code, said, (int)code);
    assert_false(bx_path_exists(in(".site.boxscore-next")));
}

static void foreign_files_are_never_replaced(void **state)
{
    (void)state;
    assert_int_equal(mkdir(site, 0777), 0);
    put(in("site/thesis.tex"), "years");
    refused("'thesis.tex'", BX_CONFIG);
    assert_true(holds(in("site/thesis.tex"), "years"));
    unlink(in("site/thesis.tex"));
    must_publish("one");
    put(in("site/notes.txt"), "mine");
    refused("'notes.txt'", BX_CONFIG);
    unlink(in("site/notes.txt"));
    put(in("site/b/board/added.html"), "mine");
    refused("'b/board/added.html'", BX_CONFIG);
    unlink(in("site/b/board/added.html"));
    mkdir(in("site/empty"), 0777);
    refused("'empty/'", BX_CONFIG);
    rmdir(in("site/empty"));
    assert_int_equal(symlink("/etc", in("site/link")), 0);
    refused("'link'", BX_CONFIG);
    unlink(in("site/link"));
    assert_true(whole("one"));
    /* In the previous site too: it would be removed. */
    must_publish("two");
    put(in(".site.boxscore-previous/diary.txt"), "mine");
    refused("'diary.txt'", BX_CONFIG);
    assert_true(holds(in(".site.boxscore-previous/diary.txt"), "mine"));
    assert_true(whole("two"));
}

static void a_file_put_there_while_rendering_is_kept(void **state)
{
    (void)state;
    struct bx_err e = {0};
    struct bx_publish *p;
    must_publish("one");
    assert_true(bx_publish_begin(&p, site, &e));
    assert_true(bx_publish_add(p, "index.html", "x", 1, &e));
    put(in("site/late.txt"), "mine");
    assert_false(bx_publish_commit(p, &e));
    assert_non_null(strstr(e.text, "'late.txt'"));
    bx_publish_end(p);
    assert_true(holds(in("site/late.txt"), "mine"));
    assert_true(whole("one"));
    assert_false(bx_path_exists(in(".site.boxscore-next")));
}

static void odd_outputs_are_refused(void **state)
{
    (void)state;
    put(site, "a file");
    refused("is not a folder", BX_CONFIG);
    unlink(site);
    assert_int_equal(symlink("nowhere", site), 0);
    refused("link to nothing", BX_CONFIG);
    unlink(site);
    must_publish("one");
    put(in("site/boxscore-site.json"), "{\"format\": 1, \"files\": [");
    refused("boxscore-site.json", BX_DATA);
    put(in("site/boxscore-site.json"), "{\"format\": 2, \"files\": []}");
    refused("format 2, expected 1", BX_CONFIG);
    put(in("site/boxscore-site.json"), "{\"format\": 1, \"files\": [{\"path\": \"../../etc/passwd\", \"bytes\": 1, \"sha256\": \"00\"}]}");
    refused("without a valid path", BX_DATA);
#define LISTED "{\"path\": \"a\", \"bytes\": 1, \"sha256\": \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}"
    put(in("site/boxscore-site.json"), "{\"format\": 1, \"files\": [" LISTED ", " LISTED "]}");
    refused("found 'a' twice", BX_DATA);
    put(in("site/boxscore-site.json"), "{\"format\": 1, \"files\": [" LISTED "], \"files\": [" LISTED "]}");
    refused("found the key 'files' twice", BX_DATA);
    struct bx_publish *p;
    struct bx_err e = {0};
    assert_false(bx_publish_begin(&p, "/", &e));
    assert_non_null(strstr(e.text, "cannot be replaced"));
    assert_null(p);
}

static void paths_stay_inside(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "/etc/x",
                                      "../x",
                                      "a/../x",
                                      "a//b",
                                      "a/",
                                      "./a",
                                      "a b",
                                      "a\\b",
                                      "a\nb",
                                      "boxscore-site.json",
                                      ".boxscore-rendering",
                                      "\xC3\xA9.html"};
    struct bx_err e = {0};
    struct bx_publish *p;
    assert_true(bx_publish_begin(&p, site, &e));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (bx_publish_add(p, bad[i], "x", 1, &e))
            fail_msg("'%s' was taken", bad[i]);
    assert_true(bx_publish_add(p, "a/b.html", "x", 1, &e));
    assert_true(bx_publish_add(p, "a/b.html", "x", 1, &e));
    assert_false(bx_publish_add(p, "a/b.html", "y", 1, &e));
    assert_non_null(strstr(e.text, "made twice"));
    assert_false(bx_publish_add(p, "a", "y", 1, &e));
    assert_false(bx_publish_add(p, "a/b.html/c", "y", 1, &e));
    char asset[BX_ASSET_SIZE];
    assert_true(bx_publish_asset(p, "board", "css", "abc", 3, asset, &e));
    assert_string_equal(asset, "assets/board.ba7816bf.css"); /* SHA-256 of "abc", FIPS 180-2 */
    assert_false(bx_publish_asset(p, "../board", "css", "abc", 3, asset, &e));
    bx_publish_end(p);
    assert_false(bx_path_exists(site));
}

static void two_renders_do_not_meet(void **state)
{
    (void)state;
    struct bx_err e = {0};
    struct bx_publish *p, *q;
    assert_true(bx_publish_begin(&p, site, &e));
    assert_false(bx_publish_begin(&q, site, &e));
    assert_int_equal(e.code, BX_BUSY);
    assert_true(bx_publish_add(p, "index.html", "x", 1, &e));
    assert_true(bx_publish_commit(p, &e));
    bx_publish_end(p);
    assert_true(holds(in("site/index.html"), "x"));
}

static void without_exchange_a_link_is_switched(void **state)
{
    (void)state;
    struct stat st;
    no_exchange = true;
    must_publish("one");
    assert_int_equal(lstat(site, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_true(whole("one"));
    must_publish("two");
    assert_true(whole("two"));
    must_publish("three");
    assert_true(whole("three"));
    put(in("site/mine.txt"), "mine");
    refused("'mine.txt'", BX_CONFIG);
    unlink(in("site/mine.txt"));
    assert_true(whole("three"));
    /* A folder that is no link is refused before anything is rendered. */
    unlink(site);
    mkdir(site, 0777);
    refused("cannot be exchanged on this file system", BX_CONFIG);
}

static void a_link_of_the_operator_is_switched(void **state)
{
    (void)state;
    mkdir(in("elsewhere"), 0777);
    assert_int_equal(symlink("elsewhere", site), 0);
    must_publish("one");
    assert_true(whole("one"));
    must_publish("two");
    assert_true(whole("two"));
    assert_true(bx_path_is_dir(in("elsewhere")));
}

/* In a child that dies where it is told; true when it was killed. */
static bool child_publishes(const char *which, useconds_t after, bool before_rename, bool after_rename)
{
    pid_t pid = fork();
    if (pid == 0) {
        die_before_rename = before_rename, die_after_rename = after_rename;
        struct bx_err e = {0};
        _exit(publish(which, NULL, &e) ? 0 : 1);
    }
    int status;
    if (!before_rename && !after_rename && after) {
        usleep(after);
        kill(pid, SIGKILL);
    }
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static void killed_around_the_exchange_one_whole_site_is_live(void **state)
{
    (void)state;
    must_publish("one");
    assert_true(child_publishes("two", 0, true, false));
    assert_true(whole("one"));
    assert_true(child_publishes("three", 0, false, true));
    assert_true(whole("three"));
    must_publish("four");
    assert_true(whole("four"));
    assert_false(bx_path_exists(in(".site.boxscore-next")));
    assert_false(bx_path_exists(in(".site.boxscore-trash")));
}

static useconds_t time_of_one(void)
{
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    child_publishes("0", 0, false, false);
    clock_gettime(CLOCK_MONOTONIC, &b);
    return (useconds_t)((b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000);
}

/* Moments all over a publication, and a little after it. */
static void killed_at_any_moment(unsigned rounds)
{
    unsigned killed = 0, finished = 0;
    must_publish("0");
    char live[20] = "0", next[20];
    useconds_t span = 0;
    for (unsigned i = 1; i <= rounds; i++) {
        if (i % 10 == 1) {
            span = time_of_one();
            assert_true(whole("0"));
            snprintf(live, sizeof live, "0");
        }
        snprintf(next, sizeof next, "%u", i);
        bool was_killed = child_publishes(next, (useconds_t)(i * 7919ull % 1000 * span / 900 + 1), false, false);
        killed += was_killed;
        finished += !was_killed;
        if (whole(next))
            memcpy(live, next, sizeof live);
        else if (!was_killed || !whole(live))
            fail_msg("round %u: neither '%s' nor '%s' is whole", i, live, next);
    }
    print_message("%u killed, %u finished, one takes %u us\n", killed, finished, (unsigned)span);
    must_publish("end");
    assert_true(whole("end"));
    assert_false(bx_path_exists(in(".site.boxscore-next")));
}

static void killed_at_any_moment_one_whole_site_is_live(void **state)
{
    (void)state;
    killed_at_any_moment(100);
}

static void killed_at_any_moment_the_link_points_to_a_whole_site(void **state)
{
    (void)state;
    no_exchange = true;
    killed_at_any_moment(100);
}

/* A reader of the live site, all the while: what index.html names is there, and belongs to it. Opened by folder, as a server's worker does
 * a page. */
static atomic_bool stop;
static atomic_uint reads, broken;
static void *visitor(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        int fd = open(site, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        char text[300] = "", which[20], asset[BX_ASSET_SIZE], data[300] = "";
        int f = fd < 0 ? -1 : openat(fd, "index.html", O_RDONLY | O_CLOEXEC);
        bool ok = f >= 0 && read(f, text, sizeof text - 1) > 0 && sscanf(text, "%19s %127s", which, asset) == 2;
        if (f >= 0)
            close(f);
        f = ok ? openat(fd, asset, O_RDONLY | O_CLOEXEC) : -1;
        ok = f >= 0 && read(f, data, sizeof data - 1) > 0 && !strcmp(data, which);
        if (f >= 0)
            close(f);
        if (fd >= 0)
            close(fd);
        atomic_fetch_add(&reads, 1);
        atomic_fetch_add(&broken, !ok);
        usleep(200);
    }
    return NULL;
}

static void a_reader_never_sees_half_a_site(void **state)
{
    (void)state;
    pthread_t thread;
    must_publish("0");
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&thread, NULL, visitor, NULL), 0);
    for (unsigned i = 1; i <= 40; i++) {
        char which[20];
        snprintf(which, sizeof which, "%u", i);
        must_publish(which);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    print_message("%u reads\n", atomic_load(&reads));
    assert_true(atomic_load(&reads) > 20);
    assert_int_equal(atomic_load(&broken), 0);
}

static void a_file_too_large_leaves_the_old_site(void **state)
{
    (void)state;
    must_publish("one");
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {4096, 4096};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        struct bx_err e = {0};
        struct bx_publish *p;
        static char big[20000];
        bool refused_big = bx_publish_begin(&p, site, &e) && !bx_publish_add(p, "big.html", big, sizeof big, &e) && e.code == BX_IO &&
                           strstr(e.text, "big.html");
        bx_publish_end(p);
        _exit(refused_big ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    assert_true(whole("one"));
    assert_false(bx_path_exists(in(".site.boxscore-next")));
}

static void a_full_disk_leaves_the_old_site(void **state)
{
    (void)state;
    mkdir(in("disk"), 0777);
    if (mount("none", in("disk"), "tmpfs", 0, "size=1m") != 0) {
        print_message("skipped: cannot mount a tmpfs here\n");
        skip();
    }
    snprintf(site, sizeof site, "%s/disk/site", dir);
    struct bx_err e = {0};
    struct bx_publish *p = NULL;
    static char big[700000];
    bool ok = bx_publish_begin(&p, site, &e) && bx_publish_add(p, "a.html", big, sizeof big, &e) && bx_publish_commit(p, &e);
    bx_publish_end(p);
    bool full = ok && bx_publish_begin(&p, site, &e);
    if (full) {
        memset(big, 1, sizeof big);
        full = !bx_publish_add(p, "b.html", big, sizeof big, &e) && strstr(e.text, strerror(ENOSPC));
        bx_publish_end(p);
    }
    bool left = bx_path_exists(in("disk/site/a.html")) && !bx_path_exists(in("disk/.site.boxscore-next"));
    /* The mount itself cannot be an output. */
    snprintf(site, sizeof site, "%s/disk", dir);
    bool mountpoint = !bx_publish_begin(&p, site, &e) && strstr(e.text, "mount point");
    umount(in("disk"));
    if (!ok || !full || !left || !mountpoint)
        fail_msg("published %d, full %d, left %d, mount point %d: %s", ok, full, left, mountpoint, e.text);
}

static void a_folder_that_cannot_be_written_is_told_before_rendering(void **state)
{
    (void)state;
    must_publish("one");
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(0);
        struct bx_err e = {0};
        struct bx_publish *p;
        _exit(!bx_publish_begin(&p, site, &e) && e.code == BX_IO && strstr(e.text, "cannot") ? 0 : 1);
    }
    int status;
    chmod(dir, 0555);
    waitpid(pid, &status, 0);
    chmod(dir, 0777);
    assert_int_equal(status, 0);
    assert_true(whole("one"));
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}
static int remove_dir(void **state)
{
    (void)state;
    struct bx_err e = {0};
    return bx_remove_tree(dir, &e) ? 0 : -1;
}

#define T(f) cmocka_unit_test_setup(f, fresh)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_site_replaces_the_one_before),
        T(an_old_page_that_is_still_open_finds_its_assets),
        T(an_unchanged_file_that_was_edited_is_written_anew),
        T(an_empty_folder_is_taken),
        T(foreign_files_are_never_replaced),
        T(a_file_put_there_while_rendering_is_kept),
        T(odd_outputs_are_refused),
        T(paths_stay_inside),
        T(two_renders_do_not_meet),
        T(without_exchange_a_link_is_switched),
        T(a_link_of_the_operator_is_switched),
        T(killed_around_the_exchange_one_whole_site_is_live),
        T(killed_at_any_moment_one_whole_site_is_live),
        T(killed_at_any_moment_the_link_points_to_a_whole_site),
        T(a_reader_never_sees_half_a_site),
        T(a_file_too_large_leaves_the_old_site),
        T(a_full_disk_leaves_the_old_site),
        T(a_folder_that_cannot_be_written_is_told_before_rendering),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
