/*
 * A site is made from what changed alone, and is to the byte the one that is made from nothing: a random sequence of what happens to a
 * board, its templates and its site, each time rendered over the live site and into an empty folder. RENDERS names how many (each thing
 * once, and three more).
 */
#include "render/site/site.h"
#include "tests/site/fabricate.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/boxscore-again-XXXXXX";
static char database[200], site[200], fresh[200], folder[200];
static struct bx_arena arena;
static struct bx_site_options options;

static uint64_t seed = 4242;
static unsigned pick(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((seed >> 33) % n);
}

static struct bx_site_result render_to(const char *output)
{
    struct bx_site_options o = options;
    struct bx_site_result r;
    struct bx_err e = {0};
    o.output = output;
    if (!bx_site_render(&o, &r, &e))
        fail_msg("%s", e.text);
    return r;
}

/* Rows that another than the store wrote have no checksum. */
static int without_sums(void *db, int n, char **columns, char **names)
{
    (void)n;
    (void)names;
    const char *whole = strcmp(columns[0], "report") ? "" : ", whole = NULL";
    return sqlite3_exec(db, bx_printf(&arena, "UPDATE %s SET sum = NULL%s", columns[0], whole), NULL, NULL, NULL);
}

/* As text: what the site shows, and never what this test expects of it. */
static void sql(const char *format, ...)
{
    sqlite3 *db;
    char *why = NULL;
    va_list ap;
    va_start(ap, format);
    char *text = bx_vprintf(&arena, format, ap);
    va_end(ap);
    assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK ||
        sqlite3_exec(
            db,
            "SELECT name FROM sqlite_master m WHERE type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'sum')",
            without_sums, db, &why) != SQLITE_OK)
        fail_msg("%s: %s", text, why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void append(const char *path, const char *text)
{
    struct bx_err e = {0};
    struct bx_buf BX_CLEANUP_BUF b = {0};
    if (!bx_file_read(path, 1 << 24, &b, &e))
        fail_msg("%s", e.text);
    bx_buf_adds(&b, text);
    if (!bx_file_write(path, b.p, b.n, &e))
        fail_msg("%s", e.text);
}

static const char *any_file(const char *of, const char *ending)
{
    char **names;
    size_t n;
    struct bx_err e = {0};
    assert_true(bx_dir_list(of, true, &ending, 1, &arena, &names, &n, &e) && n);
    return bx_path_join(&arena, of, names[pick((unsigned)n)]);
}

static const char *any_model(void)
{
    return fabricated_models[pick(NFABRICATED)].slug;
}

/* ---- what happens ---- */

static void nothing(void)
{
}
static void a_name(void)
{
    sql("UPDATE model SET name = 'Model %u' WHERE slug = '%s'", pick(1000), any_model());
}
static void a_config(void)
{
    sql("UPDATE model SET config = json_set(config, '$.license', 'MIT', '$.parameters', %u) WHERE slug = '%s' AND config IS NOT NULL",
        1000 + pick(1000000), any_model());
}
static void a_number(void)
{
    sql("UPDATE metric SET value = value * 0.%u WHERE class = -1 AND value < 1 AND name = 'map' AND report = (SELECT report FROM metric "
        "WHERE name = 'map' ORDER BY report LIMIT 1 OFFSET %u)",
        10 + pick(90), pick(8));
}
static void a_class(void)
{
    sql("UPDATE metric SET value = 0.%u WHERE class = %u AND name = 'map' AND report = (SELECT report FROM metric WHERE name = 'map' ORDER "
        "BY report LIMIT 1 OFFSET %u)",
        10 + pick(90), pick(3), pick(8));
}
static void a_curve(void)
{
    sql("UPDATE curve SET y = zeroblob(length(y)) WHERE class = -1 AND report = (SELECT id FROM report ORDER BY id LIMIT 1 OFFSET %u)",
        pick(8));
}
static void no_numbers(void)
{
    sql("DELETE FROM report WHERE id = (SELECT id FROM report ORDER BY id LIMIT 1 OFFSET %u)", pick(20));
}
#define OF_MODEL "subject IN (SELECT id FROM subject WHERE slug = '%s')"
static void a_latency(void)
{
    sql("UPDATE evaluation SET latency_ms = %u.5 WHERE " OF_MODEL " AND latency_ms IS NOT NULL", 1 + pick(60), any_model());
}
static void a_reason(void)
{
    sql("UPDATE evaluation SET reason = 'broke at %u' WHERE " OF_MODEL " AND status <> 0", pick(100), any_model());
}
static void retired(void)
{
    sql("UPDATE model SET retired = 1 - retired WHERE slug = '%s'", any_model());
}
static void a_title(void)
{
    sql("UPDATE board SET title = 'Board %u'", pick(100));
}
static void a_problem(void)
{
    sql("UPDATE board SET problem = CASE WHEN problem IS NULL THEN 'the folder is not there' END");
}
static void a_run(void)
{
    sql("INSERT INTO run (id, seq, verb, started, finished, outcome, boxscore) SELECT randomblob(16), max(seq) + 1, 'nightly', "
        "max(finished) + "
        "86400000, max(finished) + 86400600, 'complete', '1.0' FROM run");
}
static void a_run_asked(void)
{
    sql("UPDATE evaluation SET run = (SELECT n FROM run ORDER BY seq DESC LIMIT 1) WHERE id = (SELECT id FROM evaluation ORDER BY seq "
        "LIMIT "
        "1 OFFSET %u)",
        pick(20));
}
static void a_template(void)
{
    append(any_file(folder, "mustache"), "<!-- changed -->\n");
}
static void a_style(void)
{
    append(any_file(bx_path_join(&arena, folder, "assets"), "css"), "/* changed */\n");
}
static void an_option(void)
{
    options.stale_after_ms = (int64_t)(1 + pick(9)) * DAY;
    options.max_age_ms = pick(2) ? (int64_t)(1 + pick(30)) * DAY : 0;
}
static void a_page_by_hand(void)
{
    const char *page = any_file(site, "html");
    int fd = open(page, O_WRONLY); /* of the same size; a moment later, as hands are */
    assert_true(fd >= 0 && pwrite(fd, "X", 1, 40) == 1 && close(fd) == 0);
}
static void a_plot_lost(void)
{
    assert_int_equal(unlink(any_file(site, "svg")), 0);
    append(bx_path_join(&arena, dir, ".site.boxscore-inputs"), "");
}
static void the_memory_damaged(void)
{
    append(bx_path_join(&arena, dir, ".site.boxscore-inputs"), pick(2) ? "x" : "00\n");
}
static void killed(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct bx_site_result r;
        struct bx_err e = {0};
        struct bx_site_options o = options;
        o.output = site;
        bx_site_render(&o, &r, &e);
        _exit(0);
    }
    usleep(1000 * (1 + pick(300)));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static const struct {
    const char *what;
    void (*happens)(void);
} events[] = {{"nothing", nothing},
              {"a name", a_name},
              {"a config", a_config},
              {"a number", a_number},
              {"a class", a_class},
              {"a curve", a_curve},
              {"no numbers", no_numbers},
              {"a latency", a_latency},
              {"a reason", a_reason},
              {"retired", retired},
              {"a title", a_title},
              {"a problem", a_problem},
              {"a run", a_run},
              {"whom a run asked", a_run_asked},
              {"a template", a_template},
              {"a style sheet", a_style},
              {"an option", an_option},
              {"a page by hand", a_page_by_hand},
              {"a plot that is lost", a_plot_lost},
              {"the memory of it damaged", the_memory_damaged},
              {"killed", killed}};
enum { NEVENTS = sizeof events / sizeof *events };

/* Both ways, all but the manifest and what was kept for readers of the site before. */
static void compare(const char *what)
{
    char **names, **all;
    size_t n, m, kept = 0;
    struct bx_err e = {0};
    assert_true(bx_dir_list(fresh, true, NULL, 0, &arena, &names, &n, &e) && bx_dir_list(site, true, NULL, 0, &arena, &all, &m, &e));
    for (size_t i = 0; i < n; i++) {
        struct bx_buf BX_CLEANUP_BUF x = {0}, BX_CLEANUP_BUF y = {0};
        if (!strcmp(names[i], "boxscore-site.json"))
            continue;
        if (!bx_file_read(bx_path_join(&arena, fresh, names[i]), 1 << 28, &x, &e) ||
            !bx_file_read(bx_path_join(&arena, site, names[i]), 1 << 28, &y, &e))
            fail_msg("after '%s': %s", what, e.text);
        if (x.n != y.n || memcmp(bx_buf_str(&x), bx_buf_str(&y), x.n) != 0)
            fail_msg("after '%s': '%s' is not what is made from nothing", what, names[i]);
    }
    for (size_t i = 0; i < m; i++)
        kept += !strncmp(all[i], "assets/", 7) && !bx_path_exists(bx_path_join(&arena, fresh, all[i]));
    assert_int_equal(m - kept, n);
}

static void made_from_what_changed_it_is_the_same(void **state)
{
    (void)state;
    const char *wanted = getenv("RENDERS");
    const unsigned renders = wanted ? (unsigned)atoi(wanted) : NEVENTS + 3;
    struct bx_err e = {0};
    uint64_t files = 0, kept = 0;
    render_to(site);
    for (unsigned i = 0; i < renders; i++) {
        const unsigned k = i < NEVENTS ? i : pick(NEVENTS); /* each of them once */
        events[k].happens();
        struct bx_site_result r = render_to(site);
        assert_true(bx_remove_tree(fresh, &e) && bx_remove_tree(bx_path_join(&arena, dir, ".fresh.boxscore-previous"), &e));
        unlink(bx_path_join(&arena, dir, ".fresh.boxscore-inputs"));
        struct bx_site_result all = render_to(fresh);
        assert_int_equal(all.kept, 0);
        assert_int_equal(all.files, r.files);
        compare(events[k].what);
        files += r.files;
        kept += r.kept;
    }
    assert_true(kept * 2 > files);
}

/* What is touched is made again, and nothing else. */
static void what_did_not_change_is_not_made(void **state)
{
    (void)state;
    static const struct {
        const char *file, *pages; /* below the template folder; begins the paths of what it makes */
    } templates[] = {{"faq.mustache", "faq.html"},
                     {"methodology.mustache", "methodology.html"},
                     {"model.mustache", "b/dockyard/m/"},
                     {"run.mustache", "runs/"}};
    render_to(site);
    struct bx_site_result r = render_to(site);
    const uint64_t always = r.files - r.kept; /* what a template folder holds as it is */
    assert_true(always < 12);
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
        char **names;
        size_t n, of_it = 0;
        struct bx_err e = {0};
        assert_true(bx_dir_list(site, true, NULL, 0, &arena, &names, &n, &e));
        for (size_t k = 0; k < n; k++)
            of_it += !strncmp(names[k], templates[i].pages, strlen(templates[i].pages));
        append(bx_path_join(&arena, folder, templates[i].file), "<!-- changed -->\n");
        r = render_to(site);
        const uint64_t made = r.files - r.kept - always;
        assert_true(made >= 1 && made <= of_it);
    }
    sql("UPDATE model SET name = 'Hasp-light' WHERE slug = 'hasp'");
    r = render_to(site);
    assert_true(r.files - r.kept < r.files / 2);
}

/* Nothing is even looked at when nothing was written to; anything else is looked at. */
static void a_site_that_is_current(void **state)
{
    (void)state;
    struct bx_site_options o = options;
    struct bx_site_result r, again;
    struct timespec old[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
    o.output = site;
    assert_int_equal(utimensat(AT_FDCWD, database, old, 0), 0);
    r = render_to(site);
    assert_true(bx_site_current(&o, &again));
    assert_int_equal(again.files, r.files);
    assert_int_equal(again.bytes, r.bytes);
    assert_int_equal(again.pages, r.pages);
    o.stale_after_ms++;
    assert_false(bx_site_current(&o, &again));
    o.stale_after_ms--;
    const char *page = bx_path_join(&arena, site, "faq.html"), *stranger = bx_path_join(&arena, site, "stranger.html");
    struct bx_err e = {0};
    assert_true(bx_file_write(stranger, "x", 1, &e));
    assert_false(bx_site_current(&o, &again));
    assert_int_equal(unlink(stranger), 0);
    assert_true(bx_site_current(&o, &again));
    assert_int_equal(chmod(database, 0600), 0); /* its time of change, though not of writing */
    assert_int_equal(chmod(database, 0644), 0);
    assert_false(bx_site_current(&o, &again));
    render_to(site);
    assert_true(bx_site_current(&o, &again));
    struct stat st;
    assert_int_equal(stat(page, &st), 0);
    int fd = open(page, O_WRONLY);
    assert_true(fd >= 0 && pwrite(fd, "Y", 1, 40) == 1 && close(fd) == 0);
    assert_false(bx_site_current(&o, &again));
    render_to(site);
    append(bx_path_join(&arena, folder, "faq.mustache"), " ");
    assert_false(bx_site_current(&o, &again));
    render_to(site);
    assert_true(bx_site_current(&o, &again));
    sql("UPDATE model SET name = 'Hasp-heavy' WHERE slug = 'hasp'");
    assert_false(bx_site_current(&o, &again));
}

static int set_up(void **state)
{
    (void)state;
    const char *source = getenv("SOURCE");
    assert_non_null(mkdtemp(dir));
    snprintf(database, sizeof database, "%s/board.db", dir);
    snprintf(site, sizeof site, "%s/site", dir);
    snprintf(fresh, sizeof fresh, "%s/fresh", dir);
    snprintf(folder, sizeof folder, "%s/templates", dir);
    fabricate(database, 1);
    assert_int_equal(system(bx_printf(&arena, "cp -r '%s/site-template' '%s'", source ? source : TESTS_DIR "/..", folder)), 0);
    options = (struct bx_site_options){.database = database, .templates = folder, .stale_after_ms = 3 * (int64_t)DAY};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct bx_err e = {0};
    assert_true(bx_remove_tree(dir, &e));
    bx_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_did_not_change_is_not_made),
        cmocka_unit_test(a_site_that_is_current),
        cmocka_unit_test(made_from_what_changed_it_is_the_same),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
