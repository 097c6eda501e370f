/* test_file.c: whose file it is, what version it has, and what happens when the disk, the folder or another process says no. */
#include "tests/store/fixture.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* In the C library's place, SQLite's as well. */
static int syncs;
int fdatasync(int fd)
{
    syncs++;
    return (int)syscall(SYS_fdatasync, fd);
}
int fsync(int fd)
{
    syncs++;
    return (int)syscall(SYS_fsync, fd);
}

static void write_file(const char *path, const void *p, size_t n)
{
    OK(bx_file_write(path, p, n, e));
}

static void sql_file(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_close(db);
}

/* Refused by readers and writers with these words, and not a byte of it changed, nor a file put beside it. */
static void refused(const char *path, const char *words)
{
    struct bx_buf before = {0}, after = {0};
    OK(bx_file_read(path, 1 << 20, &before, e));
    for (int mode = BX_STORE_READ; mode <= BX_STORE_WRITE; mode++) {
        struct bx_store *st = NULL;
        struct bx_err e = {0};
        assert_false(bx_store_open(path, (enum bx_store_mode)mode, &st, &e));
        assert_null(st);
        assert_int_equal(e.code, BX_DB);
        if (!strstr(e.text, words) || !strstr(e.text, path))
            fail_msg("found '%s', expected it to say '%s'", e.text, words);
    }
    OK(bx_file_read(path, 1 << 20, &after, e));
    assert_int_equal(before.n, after.n);
    assert_memory_equal(before.p, after.p, before.n);
    struct bx_arena a = {0};
    char **names;
    size_t n;
    OK(bx_dir_list(".", false, NULL, 0, &a, &names, &n, e));
    assert_int_equal(n, 1);
    bx_arena_release(&a);
    bx_buf_free(&before);
    bx_buf_free(&after);
    assert_int_equal(unlink(path), 0);
}

static void a_file_that_is_not_ours_is_left_untouched(void **state)
{
    (void)state;
    write_file("notes.txt", "remember the milk\n", 18);
    refused("notes.txt", "not a SQLite database");
    char zeros[5000] = {0};
    write_file("zeros", zeros, sizeof zeros);
    refused("zeros", "not a SQLite database");
    sql_file("diary.db", "CREATE TABLE diary (day TEXT); INSERT INTO diary VALUES ('today')");
    refused("diary.db", "another program (application id 0x00000000, expected 0x42785363)");
    sql_file("wal.db", "PRAGMA journal_mode = WAL; CREATE TABLE diary (day TEXT); PRAGMA application_id = 5");
    refused("wal.db", "application id 0x00000005");
    sql_file("newer.db", "PRAGMA application_id = 0x42785363; PRAGMA user_version = 12; CREATE TABLE later (x)");
    refused("newer.db", "schema 12, and this boxscore " BX_VERSION " knows up to 9");
    assert_int_equal(mkdir("folder", 0755), 0);
    struct bx_store *st;
    struct bx_err e = {0};
    assert_false(bx_store_open("folder", BX_STORE_WRITE, &st, &e));
    assert_non_null(strstr(e.text, "not a regular file"));
    assert_int_equal(rmdir("folder"), 0);
    assert_false(bx_store_open("absent.db", BX_STORE_READ, &st, &e));
    assert_non_null(strstr(e.text, "cannot read the database 'absent.db'"));
    assert_int_equal(access("absent.db", F_OK), -1);
}

static void a_new_file_is_hardened(void **state)
{
    (void)state;
    struct bx_store *st;
    assert_int_equal(close(open("a.db", O_CREAT | O_WRONLY, 0666)), 0); /* an empty file is as good as none */
    OK(bx_store_open("a.db", BX_STORE_WRITE, &st, e));
    assert_int_equal(bx_store_schema(st), 9);
    assert_int_equal(fixture_count(st, "PRAGMA application_id"), BX_APPLICATION_ID);
    assert_int_equal(fixture_count(st, "PRAGMA foreign_keys"), 1);
    assert_int_equal(fixture_count(st, "PRAGMA auto_vacuum"), 2);
    assert_int_equal(fixture_count(st, "PRAGMA trusted_schema"), 0);
    assert_int_equal(fixture_count(st, "PRAGMA cell_size_check"), 1);
    struct bx_buf journal = {0};
    dump_query(st->db, "PRAGMA journal_mode", &journal);
    assert_string_equal(bx_buf_str(&journal), "wal|\n");
    bx_buf_free(&journal);
    assert_int_equal(
        fixture_count(
            st,
            "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite%'"),
        0);
    assert_int_not_equal(sqlite3_exec(st->db, "SELECT \"no such column\"", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_exec(st->db, "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema", NULL, NULL, NULL);
    assert_true(fixture_count(st, "SELECT count(*) FROM sqlite_schema") > 10);
    bx_store_close(st);
    OK(bx_store_open("a.db", BX_STORE_READ, &st, e));
    struct bx_err e = {0};
    const struct bx_board_row board = {.board = {.slug = "b", .title = "B"}, .testset = "bx1-box-0", .protocol = BX_PROTOCOL_COCO};
    assert_false(bx_store_boards_put(st, &board, 1, &e));
    assert_non_null(strstr(e.text, "'a.db'"));
    bx_store_close(st);
}

static const struct bx_embedded later[] = {
    {"0001_schema.sql", "not looked at: the file has it"},
    {"0002_asked_once.sql", "nor this"},
    {"0003_nights_end.sql", "nor this"},
    {"0004_sums.sql", "nor this"},
    {"0010_weights.sql", "ALTER TABLE model ADD COLUMN weight REAL; UPDATE model SET weight = 2 * length(slug)"},
    {"0011_rebuild.sql",
     "CREATE TABLE board2 (slug TEXT PRIMARY KEY, title TEXT NOT NULL, testset TEXT NOT NULL REFERENCES testset) STRICT, WITHOUT ROWID;"
     "INSERT INTO board2 SELECT slug, title, testset FROM board; DROP VIEW leaderboard; DROP VIEW numbers; DROP VIEW current_report; DROP "
     "TABLE board;"
     "ALTER TABLE board2 RENAME TO board"},
    {"queries.sql", "no migration"},
    {NULL, NULL},
};

static void an_older_file_is_migrated_step_by_step(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 3, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    static const struct bx_embedded broken[] = {
        {"0010_weights.sql", "ALTER TABLE model ADD COLUMN weight REAL; DELETE FROM testset"}, /* boards refer to it */
        {NULL, NULL},
    };
    struct bx_err err = {0};
    assert_false(bx_store_migrate(f.st, broken, &err));
    assert_non_null(strstr(err.text, "migration 0010_weights.sql: it leaves a row of table '"));
    assert_int_equal(fixture_count(f.st, "PRAGMA user_version"), 9);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM pragma_table_info('model') WHERE name = 'weight'"), 0);
    OK(bx_store_migrate(f.st, later, e));
    assert_int_equal(bx_store_schema(f.st), 11);
    assert_int_equal(fixture_count(f.st, "PRAGMA user_version"), 11);
    assert_int_equal(fixture_count(f.st, "PRAGMA foreign_keys"), 1);
    assert_int_equal(fixture_count(f.st, "SELECT weight FROM model"), 8);
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM board WHERE slug = 'shapes'"), 1);
    OK(bx_store_check(f.st, e));
    fixture_close(&f);
    struct bx_store *st;
    assert_false(bx_store_open("a.db", BX_STORE_WRITE, &st, &err));
    assert_non_null(strstr(err.text, "schema 11, and this boxscore " BX_VERSION " knows up to 9"));
}

static void a_reader_migrates_an_older_file(void **state)
{
    (void)state;
    sql_file("a.db", "PRAGMA application_id = 0x42785363; VACUUM"); /* ours, and killed before its first migration */
    struct bx_store *st;
    OK(bx_store_open("a.db", BX_STORE_READ, &st, e));
    assert_int_equal(bx_store_schema(st), 9);
    assert_int_equal(fixture_count(st, "SELECT count(*) FROM model"), 0);
    bx_store_close(st);
}

/* Everything that a night writes, again and again, until killed. */
static _Noreturn void write_for_ever(const char *path)
{
    struct fixture f;
    fixture_open(&f, path, 40, bx_time_now());
    for (int64_t i = 0;; i++) {
        char slug[16];
        snprintf(slug, sizeof slug, "m%d", (int)(i % 5));
        struct bx_model m = fixture_model(slug, (uint8_t)i);
        OK(bx_store_model_put(f.st, &m, true, i, e));
        struct bx_subject s = {slug, m.version};
        static const char *const names[] = {"disc"};
        struct bx_detection d = {.score = 0.5, .box = {1, 2, 3, 4}, .box_given = true};
        for (size_t k = 0; k < 40; k++) {
            struct bx_partial row = {.image = k, .wall_ns = 1, .own_ns = 1, .detections = &d, .n = 1, .names = names};
            OK(bx_store_partial_add(f.st, &s, &f.t, &row, 1, i, e));
        }
        fixture_evaluate(&f, &m, (double)i, 1000 + i);
    }
}

static void a_writer_killed_at_any_moment_leaves_all_or_nothing(void **state)
{
    (void)state;
    unsigned seed = 42;
    int64_t evaluations = 0;
    for (int round = 0; round < 25 || (!evaluations && round < 40); round++) { /* a busy machine may leave it no time to write at all */
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            write_for_ever("a.db");
        seed = seed * 1103515245u + 12345u;
        usleep(1000 * (round < 5    ? 1 + (unsigned)round * 3
                       : round < 25 ? seed / 65536 % 150
                                    : 999)); /* the first ones while the file is made */
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        struct bx_store *st;
        OK(bx_store_open("a.db", BX_STORE_WRITE, &st, e));
        OK(bx_store_check(st, e));
        /* An evaluation has its detections, report and latencies, and no partial answers of its version are left. */
        assert_int_equal(
            fixture_count(st, "SELECT count(*) FROM evaluation e WHERE NOT EXISTS (SELECT 1 FROM detections d WHERE d.answers = e.answers)"
                              " OR NOT EXISTS (SELECT 1 FROM report r JOIN metric m ON m.report = r.id WHERE r.answers = e.answers)"
                              " OR NOT EXISTS (SELECT 1 FROM latency l WHERE l.evaluation = e.id)"),
            0);
        assert_int_equal(
            fixture_count(st, "SELECT count(*) FROM detections WHERE nimages != 40 OR digest NOT IN (SELECT digest FROM detections_block)"),
            0);
        int64_t now = fixture_count(st, "SELECT count(*) FROM evaluation");
        assert_true(now >= evaluations);
        evaluations = now;
        bx_store_close(st);
    }
    assert_true(evaluations > 0);
}

/* Files of this process may not grow beyond `bytes`: what SQLite sees is a disk that is full. */
static void limit_files(rlim_t bytes)
{
    struct rlimit l;
    getrlimit(RLIMIT_FSIZE, &l);
    l.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &l);
}

static void a_full_disk_is_said_and_loses_nothing(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    struct fixture f;
    fixture_open(&f, "a.db", 300, 1000);
    struct bx_model m = fixture_model("fast", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    fixture_evaluate(&f, &m, 1, 2000);
    struct bx_err err = {0};
    struct bx_detections d;
    struct bx_report r = fixture_report(0.5, &f.a);
    struct bx_evaluation ev = {.run = f.run, .slug = "fast", .images = f.images, .latency_ms = (double)NAN};
    memcpy(ev.version, m.version, 32);
    const struct bx_scored scored = {.testset = f.digest, .score_digest = m.score_digest, .report = &r};
    const struct bx_evaluation_end end = {.detections = &d, .reports = &scored, .nreports = 1};
    limit_files(bx_store_size(f.st) + 40000);
    int64_t written = 1;
    bool ok = true;
    while (ok && written < 1000) {
        ev.id = bx_id_new();
        ev.finished = 3000 + written;
        d = fixture_detections(&f.t, 7 + (double)written, &f.a);
        ok = bx_store_evaluation_put(f.st, &ev, &end, &err);
        written += ok;
    }
    assert_false(ok);
    assert_int_equal(err.code, BX_DB);
    assert_non_null(strstr(err.text, "in 'a.db'"));
    assert_non_null(strstr(err.text, "disk"));
    OK(bx_store_check(f.st, e));
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM evaluation"), written);
    limit_files(RLIM_INFINITY);
    ev.id = bx_id_new();
    OK(bx_store_evaluation_put(f.st, &ev, &end, e)); /* room again: the same store goes on */
    fixture_close(&f);
    struct bx_store *st;
    OK(bx_store_open("a.db", BX_STORE_READ, &st, e));
    OK(bx_store_check(st, e));
    assert_int_equal(fixture_count(st, "SELECT count(*) FROM evaluation"), written + 1);
    bx_store_close(st);
}

static void a_folder_that_cannot_be_written_is_said(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(mkdir("closed", 0755), 0);
    fixture_open(&f, "closed/a.db", 3, 1000);
    fixture_close(&f);
    pid_t pid = fork();
    if (pid == 0) { /* root may write anywhere */
        bool prepared =
            chmod("closed/a.db", 0444) == 0 && chmod("closed", 0555) == 0 && chmod(".", 0755) == 0 && (getuid() || setuid(65534) == 0);
        struct bx_store *st;
        struct bx_err e = {0};
        struct bx_lock l;
        bool refuses = !bx_store_open("closed/a.db", BX_STORE_WRITE, &st, &e) && e.code == BX_DB && strstr(e.text, "'closed/a.db'") &&
                       strstr(e.text, "writable");
        bool absent =
            !bx_store_open("closed/new.db", BX_STORE_WRITE, &st, &e) && strstr(e.text, "'closed/new.db'") && strstr(e.text, "writable");
        bool lock = !bx_lock_take("closed/new.db", "run", &l, &e) && e.code == BX_IO && strstr(e.text, "closed/new.db.lock");
        _exit(!prepared ? 10 : !refuses ? 11 : !absent ? 12 : !lock ? 13 : 0);
    }
    int status;
    waitpid(pid, &status, 0);
    chmod("closed", 0755);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    struct bx_store *st;
    OK(bx_store_open("closed/a.db", BX_STORE_READ, &st, e));
    OK(bx_store_check(st, e));
    bx_store_close(st);
}

/* Another user, who may write neither the file nor beside it: what a reading verb does. Returns the exit status of a child. */
static int read_as_a_guest(const char *path, int64_t runs)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct bx_store *st;
        struct bx_err e = {0};
        struct bx_run_row *rows;
        struct bx_arena a = {0};
        size_t n;
        bool guest = chmod(".", 0755) == 0 && (getuid() || setuid(65534) == 0);
        bool opens = guest && bx_store_open(path, BX_STORE_READ, &st, &e);
        if (guest && !opens)
            fprintf(stderr, "%s\n", e.text);
        bool same = opens && bx_store_runs(st, &rows, &n, &a, &e) && n == (size_t)runs && bx_store_check(st, &e);
        _exit(!guest ? 10 : !opens ? 11 : !same ? 12 : 0);
    }
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_reader_needs_no_permission_to_write(void **state)
{
    (void)state;
    struct fixture f;
    assert_int_equal(mkdir("closed", 0755), 0);
    fixture_open(&f, "closed/a%b.db", 3, 1000);
    assert_int_equal(chmod("closed/a%b.db", 0644), 0);
    assert_int_equal(read_as_a_guest("closed/a%b.db", 1), 0); /* while a night has it open: its -wal and -shm are there */
    bx_id run;
    OK(bx_store_run_begin(f.st, "run", &f.host, 2000, &run, e));
    assert_int_equal(read_as_a_guest("closed/a%b.db", 2), 0);
    fixture_close(&f);
    assert_int_equal(chmod("closed/a%b.db", 0444), 0);
    assert_int_equal(access("closed/a%b.db-wal", F_OK), -1);
    assert_int_equal(chmod("closed", 0555), 0);
    assert_int_equal(read_as_a_guest("closed/a%b.db", 2), 0); /* and when nobody does */
    struct bx_arena a = {0};
    char **names;
    size_t n;
    OK(bx_dir_list("closed", false, NULL, 0, &a, &names, &n, e));
    assert_int_equal(n, 1); /* nothing was put beside it */
    bx_arena_release(&a);
    chmod("closed", 0755);
}

/* A page is overwritten before a guest opens the file, or after: the code and the words of what he reads then. */
static void a_file_that_moves_under_a_guest_is_not_called_damaged(void **state)
{
    (void)state;
    static const struct {
        bool before;
        int code;
        const char *words;
    } cases[] = {{true, BX_DB, "restore a backup"}, {false, BX_BUSY, "'closed/a.db' was written while it was read"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        int ready[2], go[2], status;
        char byte = 0, page[1024];
        assert_int_equal(mkdir("closed", 0755), 0);
        fixture_open(&f, "closed/a.db", 3, 1000);
        fixture_close(&f);
        int fd = open("closed/a.db", O_RDWR);
        struct stat st;
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(chmod("closed/a.db", 0444) || chmod("closed", 0555) || pipe(ready) || pipe(go), 0);
        pid_t pid = fork();
        if (pid == 0) {
            struct bx_store *s;
            struct bx_err own = {0};
            bool guest = chmod(".", 0755) == 0 && (getuid() || setuid(65534) == 0);
            bool opens =
                guest && (cases[i].before ? read(go[0], &byte, 1) == 1 : true) && bx_store_open("closed/a.db", BX_STORE_READ, &s, &own);
            bool met = write(ready[1], "x", 1) == 1 && (cases[i].before || read(go[0], &byte, 1) == 1);
            bool sound = opens && met && bx_store_check(s, &own);
            fprintf(stderr, "%s\n", own.text);
            _exit(!guest ? 10 : sound ? 11 : own.code != (enum bx_code)cases[i].code ? 12 : !strstr(own.text, cases[i].words) ? 13 : 0);
        }
        if (!cases[i].before)
            assert_int_equal(read(ready[0], &byte, 1), 1);
        memset(page, 0xa5, sizeof page);
        for (off_t at = 4096; at < st.st_size; at += 4096)
            assert_int_equal(pwrite(fd, page, sizeof page, at), sizeof page);
        assert_int_equal(write(go[1], "x", 1), 1);
        waitpid(pid, &status, 0);
        assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
        close(fd);
        for (int k = 0; k < 2; k++)
            close(ready[k]), close(go[k]);
        assert_int_equal(chmod("closed", 0755) || unlink("closed/a.db") || rmdir("closed"), 0);
    }
}

static void the_lock_has_one_holder_and_says_who(void **state)
{
    (void)state;
    struct bx_lock one, two;
    struct bx_err err = {0};
    char who[160], expected[64];
    assert_false(bx_lock_holder("a.db", who));
    OK(bx_lock_take("a.db", "nightly", &one, e));
    assert_false(bx_lock_take("a.db", "run", &two, &err));
    assert_int_equal(err.code, BX_BUSY);
    assert_int_equal(bx_exit_status(err.code), 5);
    snprintf(expected, sizeof expected, "process %ld on ", (long)getpid());
    assert_non_null(strstr(err.text, expected));
    assert_non_null(strstr(err.text, "(nightly)"));
    assert_true(bx_lock_holder("a.db", who));
    assert_non_null(strstr(who, expected));
    bx_lock_release(&one);
    assert_false(bx_lock_holder("a.db", who));
    OK(bx_file_write("real.db", "", 0, e));
    assert_int_equal(symlink("real.db", "link.db"), 0);
    OK(bx_lock_take("real.db", "run", &one, e));
    assert_false(bx_lock_take("link.db", "run", &two, &err));
    assert_int_equal(err.code, BX_BUSY);
    bx_lock_release(&one);
    pid_t pid = fork();
    if (pid == 0) {
        bx_lock_take("a.db", "run", &one, &err);
        kill(getpid(), SIGKILL); /* the kernel lets go of it */
    }
    waitpid(pid, NULL, 0);
    OK(bx_lock_take("a.db", "run", &two, e));
    bx_lock_release(&two);
}

/* A model that ends the machine would do it every night: what is not on the disk by then is forgotten. */
static void who_is_asked_is_on_the_disk_first(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 3, 1000);
    const struct bx_model m = fixture_model("fast", 1);
    const struct bx_subject s = {m.slug, m.version};
    OK(bx_store_model_put(f.st, &m, true, 1000, e));
    syncs = 0;
    OK(bx_store_work_begin(f.st, &s, f.images, &f.run, true, 1000, e));
    assert_int_not_equal(syncs, 0);
    syncs = 0;
    OK(bx_store_work_end(f.st, m.slug, e));
    assert_int_equal(syncs, 0); /* as cheap as before */
    fixture_close(&f);
}

/* `status` may be asked by anybody, twice at once, and just when the night begins. */
static void who_asks_for_the_holder_is_none(void **state)
{
    (void)state;
    struct bx_lock l;
    char who[160];
    OK(bx_lock_take("a.db", "nightly", &l, e));
    assert_int_equal(chmod("a.db.lock", 0444), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(chmod(".", 0755) || (!getuid() && setuid(65534)) ? 10 : !bx_lock_holder("a.db", who));
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0); /* who may not write it, too */
    bx_lock_release(&l);
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) { /* bx_lock_holder, slowly */
        int fd = open("a.db.lock", O_RDONLY);
        bool ok = fd >= 0 && flock(fd, LOCK_SH) == 0 && write(ready[1], "", 1) == 1;
        usleep(40000);
        _exit(!ok);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_false(bx_lock_holder("a.db", who));
    OK(bx_lock_take("a.db", "nightly", &l, e));
    bx_lock_release(&l);
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    close(ready[0]);
    close(ready[1]);
}

/* What another process sees: is any byte of the file locked? */
static bool locked_for_others(const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(path, O_RDWR);
        struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        _exit(fd < 0 || fcntl(fd, F_GETLK, &l) != 0 ? 2 : l.l_type != F_UNLCK);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 1;
}

static void looking_at_an_open_database_drops_no_lock(void **state)
{
    (void)state;
    struct bx_store *writer = NULL, *reader = NULL;
    OK(bx_store_open("x.db", BX_STORE_WRITE, &writer, e));
    assert_true(locked_for_others("x.db"));
    OK(bx_store_open("x.db", BX_STORE_READ, &reader, e));
    bx_store_close(reader);
    assert_true(locked_for_others("x.db"));
    bx_store_close(writer);
    assert_false(locked_for_others("x.db"));
}

static void a_database_of_two_names_is_refused(void **state)
{
    (void)state;
    struct bx_store *st = NULL;
    OK(bx_store_open("x.db", BX_STORE_WRITE, &st, e));
    bx_store_close(st);
    assert_int_equal(link("x.db", "y.db"), 0);
    for (int mode = BX_STORE_READ; mode <= BX_STORE_WRITE; mode++) {
        struct bx_err e = {0};
        assert_false(bx_store_open("y.db", (enum bx_store_mode)mode, &st, &e));
        assert_int_equal(e.code, BX_DB);
        assert_non_null(strstr(e.text, "'y.db' has 2 names"));
    }
    unlink("y.db");
    OK(bx_store_open("x.db", BX_STORE_READ, &st, e));
    bx_store_close(st);
}

static void two_writers_take_turns(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, "a.db", 3, 1000);
    struct bx_model m = fixture_model("m0", 1);
    OK(bx_store_model_put(f.st, &m, true, 1500, e));
    bx_store_close(f.st);
    for (int k = 0; k < 2; k++) {
        pid_t pid = fork();
        if (pid == 0) {
            struct bx_store *st;
            struct bx_err e = {0};
            bool ok = bx_store_open("a.db", BX_STORE_WRITE, &st, &e);
            f.st = st;
            for (int i = 0; ok && i < 100; i++)
                fixture_evaluate(&f, &m, 1000 * k + i, 2000 + i);
            _exit(ok ? 0 : 1);
        }
    }
    for (int k = 0; k < 2; k++) {
        int status;
        wait(&status);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    OK(bx_store_open("a.db", BX_STORE_READ, &f.st, e));
    assert_int_equal(fixture_count(f.st, "SELECT count(*) FROM evaluation"), 200);
    assert_int_equal(fixture_count(f.st, "SELECT max(seq) FROM evaluation"), 200);
    OK(bx_store_check(f.st, e));
    fixture_close(&f);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter_folder, leave_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_is_not_ours_is_left_untouched),
        TEST(a_new_file_is_hardened),
        TEST(an_older_file_is_migrated_step_by_step),
        TEST(a_reader_migrates_an_older_file),
        TEST(a_writer_killed_at_any_moment_leaves_all_or_nothing),
        TEST(a_full_disk_is_said_and_loses_nothing),
        TEST(a_folder_that_cannot_be_written_is_said),
        TEST(a_reader_needs_no_permission_to_write),
        TEST(a_file_that_moves_under_a_guest_is_not_called_damaged),
        TEST(the_lock_has_one_holder_and_says_who),
        TEST(who_is_asked_is_on_the_disk_first),
        TEST(who_asks_for_the_holder_is_none),
        TEST(looking_at_an_open_database_drops_no_lock),
        TEST(a_database_of_two_names_is_refused),
        TEST(two_writers_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
