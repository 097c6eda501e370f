/* Names in archives, and the limits of one. What is in the archives: fetch.py. */
#include "core/base/file.h"
#include "core/fetch/archive.h"
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

static void test_names(void **state)
{
    static const struct {
        const char *name, *path; /* path NULL: refused */
    } names[] = {
        {"a/b.txt", "a/b.txt"},
        {"./a//b/./c", "a/b/c"},
        {"a\\b\\c", "a/b/c"},
        {"./", ""},
        {"a/", "a"},
        {"...", "..."},
        {"a..b/..c", "a..b/..c"},
        {"/etc/passwd", NULL},
        {"\\etc", NULL},
        {"c:\\x", NULL},
        {"C:/x", NULL},
        {"c:x", "c:x"},
        {"..", NULL},
        {"a/../b", NULL},
        {"a\\..\\..\\b", NULL},
        {"a/..", NULL},
        {"a\nb", NULL},
        {"\xE2\x80\xAE"
         "gpj.exe",
         NULL},
        {"\xC3\xBC", "\xC3\xBC"},
        {"\xC4\xE3.txt", NULL},
    };
    (void)state;
    char out[BX_ARCHIVE_PATH + 1], long_one[BX_ARCHIVE_PATH + 300];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct bx_err e = {0};
        bool ok = bx_archive_path(names[i].name, out, &e);
        if (ok != (names[i].path != NULL) || (ok && strcmp(out, names[i].path) != 0))
            fail_msg("'%s' became '%s': %s", names[i].name, ok ? out : "nothing", e.text);
    }
    struct {
        size_t part, parts;
        bool ok;
    } sizes[] = {{255, 1, true}, {256, 1, false}, {255, 4, true}, {255, 5, false}, {1, 32, true}, {1, 33, false}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = 0;
        for (size_t k = 0; k < sizes[i].parts; k++) {
            memset(long_one + n, 'n', sizes[i].part);
            n += sizes[i].part;
            long_one[n++] = '/';
        }
        long_one[n] = '\0';
        struct bx_err e = {0};
        assert_int_equal(bx_archive_path(long_one, out, &e), sizes[i].ok);
    }
}

/* Three files of 1000 bytes, as a tar in memory. */
static int three(void)
{
    int fd = memfd_create("three", MFD_CLOEXEC);
    struct archive *a = archive_write_new();
    archive_write_set_format_ustar(a);
    assert_int_equal(archive_write_open_fd(a, fd), ARCHIVE_OK);
    for (int i = 0; i < 3; i++) {
        char name[20], bytes[1000] = {0};
        snprintf(name, sizeof name, "d/%d", i);
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, name);
        archive_entry_set_size(entry, sizeof bytes);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_write_header(a, entry);
        archive_write_data(a, bytes, sizeof bytes);
        archive_entry_free(entry);
    }
    archive_write_free(a);
    return fd;
}

static void test_limits(void **state)
{
    static const struct {
        struct bx_archive_limits l;
        const char *words; /* NULL: it is taken */
    } cases[] = {
        {{.bytes = 3000, .entries = 3, .ratio = 1}, NULL},
        {{.bytes = 2999, .entries = 3, .ratio = 1}, "more than 2999 bytes"},
        {{.bytes = 3000, .entries = 2, .ratio = 1}, "more than 2 entries"},
    };
    (void)state;
    int fd = three();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_archive_result r;
        struct bx_err e = {0};
        bool ok = bx_archive_extract(fd, "three", -1, &cases[i].l, &r, NULL, NULL, &e);
        assert_int_equal(ok, !cases[i].words);
        if (ok)
            assert_true(r.files == 3 && r.bytes == 3000 && !strcmp(r.top, "d"));
        else
            assert_non_null(strstr(e.text, cases[i].words));
    }
    close(fd);
}

/* Names alone fill a disk: each makes up to 32 folders. */
static void test_folders_count(void **state)
{
    (void)state;
    static const struct {
        uint64_t entries;
        const char *words;
    } cases[] = {{93, NULL}, {92, "more than 92 files and folders"}};
    int fd = memfd_create("deep", MFD_CLOEXEC);
    struct archive *a = archive_write_new();
    archive_write_set_format_ustar(a);
    assert_int_equal(archive_write_open_fd(a, fd), ARCHIVE_OK);
    for (int i = 0; i < 3; i++) {
        char name[80] = "";
        for (size_t k = 0; k < 30; k++)
            snprintf(name + 2 * k, sizeof name - 2 * k, "%d/", i);
        snprintf(name + 60, sizeof name - 60, "x");
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, name);
        archive_entry_set_size(entry, 0);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_write_header(a, entry);
        archive_entry_free(entry);
    }
    archive_write_free(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char folder[] = "/tmp/boxscore-test-XXXXXX";
        assert_non_null(mkdtemp(folder));
        int into = open(folder, O_RDONLY | O_DIRECTORY);
        const struct bx_archive_limits l = {.bytes = 1, .entries = cases[i].entries, .ratio = 1};
        struct bx_archive_result r;
        struct bx_err e = {0};
        bool ok = bx_archive_extract(fd, "deep", into, &l, &r, NULL, NULL, &e);
        close(into);
        assert_true(bx_remove_tree(folder, NULL));
        assert_int_equal(ok, !cases[i].words);
        if (!ok)
            assert_non_null(strstr(e.text, cases[i].words));
    }
    close(fd);
}

static bool dies(const char *folder, struct bx_err *e)
{
    (void)folder;
    (void)e;
    abort();
}

static bool refuses(const char *folder, struct bx_err *e)
{
    return bx_fail(e, BX_IO, "not in %s", folder);
}

static bool looks(const char *folder, struct bx_err *e)
{
    return getenv("HOME") || getenv("PATH") || fcntl(5, F_GETFD) >= 0 ? bx_fail(e, BX_IO, "it has more than it needs in %s", folder) : true;
}

static bool sleeps(const char *folder, struct bx_err *e)
{
    (void)folder;
    (void)e;
    sleep(30);
    return true;
}

/* What becomes of the process that unpacks becomes an error here. */
static void test_its_process(void **state)
{
    static const struct {
        bool (*confine)(const char *folder, struct bx_err *e);
        enum bx_code code;
        const char *words;
    } cases[] = {
        {looks, BX_OK, ""},
        {dies, BX_DATA, "ended by signal"},
        {refuses, BX_IO, "not in /"},
        {sleeps, BX_TIMEOUT, "not unpacked within 1 s"},
    };
    (void)state;
    int fd = three(), other = open("/dev/null", O_RDONLY);
    struct bx_archive_limits l = {.bytes = 1 << 20, .entries = 10, .ratio = 1, .seconds = 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char folder[] = "/tmp/boxscore-test-XXXXXX", path[64];
        assert_non_null(mkdtemp(folder));
        struct bx_archive_result r = {0};
        struct bx_err e = {0};
        const struct bx_archive_job job = {.fd = fd, .name = "three", .folder = folder, .limits = &l, .confine = cases[i].confine};
        l.seconds = cases[i].code == BX_TIMEOUT ? 1 : 60;
        bool ok = bx_archive_unpack(&job, &r, &e);
        if (ok != (cases[i].code == BX_OK) || e.code != cases[i].code || !strstr(e.text, cases[i].words))
            fail_msg("case %zu: %s", i, e.text);
        assert_int_equal(r.files, ok ? 3 : 0);
        for (int k = 0; k < 3; k++) {
            snprintf(path, sizeof path, "%s/d/%d", folder, k);
            assert_int_equal(unlink(path), ok ? 0 : -1);
        }
        snprintf(path, sizeof path, "%s/d", folder);
        rmdir(path);
        assert_int_equal(rmdir(folder), 0);
    }
    close(other);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_folders_count),
        cmocka_unit_test(test_its_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
