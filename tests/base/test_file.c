/* Files, folders, paths below a folder, and SHA-256. */
#include "core/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/folder.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct bx_arena arena;

static char *at(const char *name)
{
    return in(&arena, name);
}

static char *get(const char *name)
{
    struct bx_buf b = {0};
    struct bx_err e = {0};
    if (!bx_file_read(at(name), 1 << 20, &b, &e))
        fail_msg("%s", e.text);
    char *text = bx_strndup(&arena, bx_buf_str(&b), b.n);
    bx_buf_free(&b);
    return text;
}

static void files_are_replaced_whole(void **state)
{
    (void)state;
    struct bx_err e = {0};
    put("w/a.txt", "one");
    put("w/a.txt", "two, longer");
    put("w/a.txt", "3");
    assert_string_equal(get("w/a.txt"), "3");
    put("w/a.txt", "");
    assert_string_equal(get("w/a.txt"), "");
    char **names;
    size_t n;
    assert_true(bx_dir_list(at("w"), false, NULL, 0, &arena, &names, &n, &e));
    assert_int_equal(n, 1); /* no temporary file stays */
    assert_false(bx_file_write(at("nowhere/a.txt"), "x", 1, &e));
    assert_int_equal(e.code, BX_IO);
    assert_non_null(strstr(e.text, "nowhere"));
    assert_int_equal(mkdir(at("w/folder"), 0700), 0);
    assert_false(bx_file_write(at("w/folder"), "x", 1, &e));
    assert_true(bx_dir_list(at("w"), false, NULL, 0, &arena, &names, &n, &e));
    assert_int_equal(n, 1);
}

static void what_is_no_regular_file_is_refused_and_never_waited_for(void **state)
{
    (void)state;
    struct bx_err e = {0};
    struct bx_buf b = {0};
    struct bx_map m;
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    assert_false(bx_file_read(at("pipe"), 100, &b, &e));
    assert_non_null(strstr(e.text, "regular file"));
    assert_false(bx_map_open(&m, at("pipe"), &e));
    assert_false(bx_map_open(&m, folder, &e));
    assert_non_null(strstr(e.text, "folder"));
    assert_false(bx_file_read(at("absent"), 100, &b, &e));
    assert_non_null(strstr(e.text, "No such file"));
    put("large", "123456");
    assert_false(bx_file_read(at("large"), 5, &b, &e));
    assert_int_equal(e.code, BX_DATA);
    assert_true(bx_file_read(at("large"), 6, &b, &e));
    assert_false(bx_file_read("/proc/self/environ", 1, &b, &e)); /* says that it has 0 bytes */
    bx_buf_free(&b);
}

static void maps_hold_the_file(void **state)
{
    (void)state;
    struct bx_err e = {0};
    struct bx_map m;
    put("map", "abc");
    assert_true(bx_map_open(&m, at("map"), &e));
    assert_int_equal(m.n, 3);
    assert_memory_equal(m.data, "abc", 3);
    bx_map_close(&m);
    bx_map_close(&m);
    put("map", "");
    assert_true(bx_map_open(&m, at("map"), &e));
    assert_int_equal(m.n, 0);
    assert_non_null(m.data);
    bx_map_close(&m);
}

static void nothing_outside_the_folder_is_opened(void **state)
{
    (void)state;
    put("outside.txt", "secret");
    put("in/side.txt", "fine");
    put("in/deep/er/x.txt", "fine");
    assert_int_equal(symlink("../outside.txt", at("in/link.txt")), 0);
    assert_int_equal(symlink("side.txt", at("in/inner.txt")), 0);
    assert_int_equal(symlink("..", at("in/up")), 0);
    assert_int_equal(symlink(folder, at("in/absolute")), 0);
    assert_int_equal(mkfifo(at("in/pipe"), 0600), 0);
    static const struct {
        const char *path, *says; /* NULL: may be opened */
    } cases[] = {
        {"side.txt", NULL},
        {"deep/er/x.txt", NULL},
        {"../outside.txt", "'..'"},
        {"deep/../../outside.txt", "'..'"},
        {"deep/..", "'..'"},
        {"/etc/passwd", "relative"},
        {"", "relative"},
        {"link.txt", "symbolic link"},
        {"inner.txt", "symbolic link"},
        {"up/outside.txt", "symbolic link"},
        {"absolute/outside.txt", "symbolic link"},
        {"deep", "not a regular file"},
        {"pipe", "not a regular file"},
        {"absent", "No such file"},
        {"side.txt/x", "Not a directory"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_err e = {0};
        int fd = bx_open_beneath(at("in"), cases[i].path, &e);
        if (!cases[i].says) {
            assert_true(fd >= 0);
            assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
            close(fd);
        } else {
            assert_int_equal(fd, -1);
            if (!strstr(e.text, cases[i].says))
                fail_msg("%s: %s", cases[i].path, e.text);
        }
    }
    struct bx_err e = {0};
    assert_int_equal(bx_open_beneath(at("absent"), "x", &e), -1);
}

static void folders_are_listed_in_the_order_of_bytes(void **state)
{
    (void)state;
    static const char *const files[] = {"l/b.JPG", "l/a.jpg", "l/B.png",     "l/sub/a.jpg",    "l/sub.jpg",
                                        "l/.jpg",  "l/none",  "l/x.jpg.txt", "l/\xC3\xA9.jpeg"};
    for (size_t i = 0; i < COUNT(files); i++)
        put(files[i], "");
    assert_int_equal(symlink("a.jpg", at("l/link.jpg")), 0);
    assert_int_equal(symlink("nothing", at("l/dangling.jpg")), 0);
    assert_int_equal(symlink("..", at("l/loop")), 0);
    static const char *const images[] = {"jpg", "jpeg", "png"};
    static const char *const flat[] = {"B.png", "a.jpg", "b.JPG", "link.jpg", "sub.jpg", "\xC3\xA9.jpeg"};
    static const char *const deep[] = {"B.png", "a.jpg", "b.JPG", "link.jpg", "sub.jpg", "sub/a.jpg", "\xC3\xA9.jpeg"};
    struct bx_err e = {0};
    char **names;
    size_t n;
    assert_true(bx_dir_list(at("l"), false, images, 3, &arena, &names, &n, &e));
    assert_int_equal(n, COUNT(flat));
    for (size_t i = 0; i < n; i++)
        assert_string_equal(names[i], flat[i]);
    assert_true(bx_dir_list(at("l"), true, images, 3, &arena, &names, &n, &e));
    assert_int_equal(n, COUNT(deep));
    for (size_t i = 0; i < n; i++)
        assert_string_equal(names[i], deep[i]);
    assert_true(bx_dir_list(at("l"), true, NULL, 0, &arena, &names, &n, &e));
    assert_int_equal(n, COUNT(files) + 1);
    assert_false(bx_dir_list(at("absent"), true, NULL, 0, &arena, &names, &n, &e));
}

static void trees_are_removed_without_following_links(void **state)
{
    (void)state;
    struct bx_err e = {0};
    put("keep/file", "kept");
    put("gone/a/b/c", "x");
    put("gone/read-only/file", "x");
    assert_int_equal(symlink(at("keep"), at("gone/link")), 0);
    assert_int_equal(mkfifo(at("gone/pipe"), 0600), 0);
    chmod(at("gone/read-only/file"), 0400);
    chmod(at("gone/read-only"), 0500);
    assert_true(bx_remove_tree(at("gone"), &e));
    assert_false(bx_path_exists(at("gone")));
    assert_string_equal(get("keep/file"), "kept");
    assert_true(bx_remove_tree(at("gone"), &e)); /* absent is success */
    assert_int_equal(symlink(at("keep"), at("gone")), 0);
    assert_true(bx_remove_tree(at("gone"), &e)); /* the link, not what it leads to */
    assert_string_equal(get("keep/file"), "kept");
}

/* Deeper than PATH_MAX: a path to its end cannot even be written down. */
static void a_very_deep_tree_is_removed(void **state)
{
    (void)state;
    struct bx_err e = {0};
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_true(bx_mkdirs(at("deep"), &e));
    assert_int_equal(chdir(at("deep")), 0);
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(mkdir("folder", 0700), 0);
        assert_int_equal(chdir("folder"), 0);
    }
    assert_int_equal(chdir(here), 0);
    if (!bx_remove_tree(at("deep"), &e))
        fail_msg("%s", e.text);
    assert_false(bx_path_exists(at("deep")));
}

static void folders_are_made_with_their_parents(void **state)
{
    (void)state;
    struct bx_err e = {0};
    assert_true(bx_mkdirs(at("m/a//b/c/"), &e));
    assert_true(bx_path_is_dir(at("m/a/b/c")));
    assert_true(bx_mkdirs(at("m/a/b/c"), &e));
    put("m/file", "");
    assert_false(bx_mkdirs(at("m/file/x"), &e));
    assert_non_null(strstr(e.text, "m/file"));
    assert_false(bx_mkdirs(at("m/file"), &e));
}

static void paths_are_taken_apart_and_joined(void **state)
{
    (void)state;
    static const struct {
        const char *path, *folder, *base, *stem;
    } cases[] = {
        {"a/b.json", "a", "b.json", "b"},
        {"b.json", ".", "b.json", "b"},
        {"/b", "/", "b", "b"},
        {"a/b.tar.gz", "a", "b.tar.gz", "b.tar"},
        {"a.d/b", "a.d", "b", "b"},
        {".hidden", ".", ".hidden", ".hidden"},
        {"/a/b/", "/a/b", "", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(bx_path_dir(&arena, cases[i].path), cases[i].folder);
        assert_string_equal(bx_path_base(cases[i].path), cases[i].base);
        assert_string_equal(bx_path_stem(&arena, cases[i].path), cases[i].stem);
    }
    assert_string_equal(bx_path_join(&arena, "a", "b"), "a/b");
    assert_string_equal(bx_path_join(&arena, "a/", "b"), "a/b");
    assert_string_equal(bx_path_join(&arena, "a", "/b"), "/b");
    assert_string_equal(bx_path_join(&arena, "", "b"), "b");
    assert_string_equal(bx_path_absolute(&arena, "/a/./b//../c/"), "/a/c");
    assert_string_equal(bx_path_absolute(&arena, "/../.."), "/");
    assert_string_equal(bx_path_absolute(&arena, "/a..b/.c"), "/a..b/.c");
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_string_equal(bx_path_absolute(&arena, "x/../y"), bx_path_join(&arena, here, "y"));
}

static char *hex(const uint8_t digest[32])
{
    static const char digits[] = "0123456789abcdef";
    char *out = BX_NEW(&arena, char, 65);
    for (int i = 0; i < 32; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    return out;
}

/* FIPS 180-4's examples. */
/* Where a path stands seen from a folder. Neither need be there. */
static void paths_are_told_from_a_folder(void **state)
{
    (void)state;
    static const struct {
        const char *dir, *path, *want;
    } table[] = {
        {"/a/b", "/a/b/c.json", "c.json"}, {"/a/b", "/a/c/d", "../c/d"}, {"/a/b", "/a/bc", "../bc"},
        {"/a/bc", "/a/b", "../b"},         {"/a/b", "/a/b", "."},        {"/a/b", "/a", ".."},
        {"/a/b/c", "/x", "../../../x"},    {"/", "/x/y", "x/y"},         {"/a", "/", ".."},
    };
    struct bx_arena a = {0};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(bx_path_relative(&a, table[i].dir, table[i].path), table[i].want);
    put("real/x", "");
    assert_int_equal(symlink("real", in(&a, "link")), 0);
    const char *path = in(&a, "data"); /* ".." of what a link names is another folder */
    assert_string_equal(bx_path_relative(&a, in(&a, "link"), path), path);
    assert_string_equal(bx_path_relative(&a, in(&a, "link/new"), path), path);
    assert_string_equal(bx_path_relative(&a, in(&a, "real/new"), path), "../../data");
    bx_arena_release(&a);
}

static void sha256_is_sha256_in_whatever_pieces(void **state)
{
    (void)state;
    uint8_t d[32], whole[32];
    struct bx_err e = {0};
    bx_sha256("", 0, d);
    assert_string_equal(hex(d), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    bx_sha256("abc", 3, d);
    assert_string_equal(hex(d), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char *million = BX_NEW(&arena, char, 1000001);
    memset(million, 'a', 1000000);
    bx_sha256(million, 1000000, whole);
    assert_string_equal(hex(whole), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    for (size_t piece = 1; piece <= 100000; piece = piece * 7 + 3) {
        struct bx_sha256 *s = bx_sha256_new();
        for (size_t done = 0; done < 1000000; done += piece)
            bx_sha256_add(s, million + done, piece < 1000000 - done ? piece : 1000000 - done);
        bx_sha256_end(s, d);
        assert_memory_equal(d, whole, 32);
    }
    put("million", million);
    assert_true(bx_sha256_file(at("million"), d, &e));
    assert_memory_equal(d, whole, 32);
    int fd = open(at("million"), O_RDONLY);
    uint8_t within[32];
    int64_t left = 1000000;
    assert_true(bx_sha256_fd_within(fd, "million", &left, NULL, within, &e));
    assert_true(left == 0 && !memcmp(within, d, 32));
    lseek(fd, 0, SEEK_SET);
    left = 999999;
    assert_false(bx_sha256_fd_within(fd, "million", &left, NULL, within, &e));
    assert_int_equal(e.code, BX_DATA);
    close(fd);
    assert_false(bx_sha256_file(at("absent"), d, &e));
}

static void fields_are_little_endian(void **state)
{
    (void)state;
    uint8_t d[32], want[32];
    struct bx_sha256 *s = bx_sha256_new();
    bx_sha256_add_u8(s, 7);
    bx_sha256_add_u32(s, 0x01020304);
    bx_sha256_add_u64(s, UINT64_C(0x0102030405060708));
    assert_true(bx_sha256_add_f64(s, 1.5));
    assert_true(bx_sha256_add_f64(s, -0.0));
    assert_false(bx_sha256_add_f64(s, (double)NAN));
    assert_false(bx_sha256_add_f64(s, -(double)INFINITY));
    bx_sha256_add_str(s, "hi");
    bx_sha256_end(s, d);
    static const char bytes[] = "\x07\x04\x03\x02\x01\x08\x07\x06\x05\x04\x03\x02\x01\0\0\0\0\0\0\xF8\x3F\0\0\0\0\0\0\0\0\x02\0\0\0hi";
    bx_sha256(bytes, sizeof bytes - 1, want);
    assert_memory_equal(d, want, 32);
}

static int teardown(void **state)
{
    bx_arena_release(&arena);
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_replaced_whole),
        cmocka_unit_test(what_is_no_regular_file_is_refused_and_never_waited_for),
        cmocka_unit_test(maps_hold_the_file),
        cmocka_unit_test(nothing_outside_the_folder_is_opened),
        cmocka_unit_test(folders_are_listed_in_the_order_of_bytes),
        cmocka_unit_test(trees_are_removed_without_following_links),
        cmocka_unit_test(a_very_deep_tree_is_removed),
        cmocka_unit_test(folders_are_made_with_their_parents),
        cmocka_unit_test(paths_are_taken_apart_and_joined),
        cmocka_unit_test(paths_are_told_from_a_folder),
        cmocka_unit_test(sha256_is_sha256_in_whatever_pieces),
        cmocka_unit_test(fields_are_little_endian),
    };
    return cmocka_run_group_tests(tests, make_folder, teardown);
}
