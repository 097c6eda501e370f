/*
 * The site of a fabricated database: whole, well-formed, linked, escaped, the same bytes each time. With --keep DIR it only writes that
 * site to DIR (for a browser to look at), with --keep-several DIR one of three boards.
 */
#include "core/base/log.h"
#include "render/site/site.h"
#include "tests/site/fabricate.h"
#include <cjson/cJSON.h>
#include <expat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/boxscore-site-XXXXXX";
static char database[200], site[200];
static struct bx_arena arena;

static const char *templates(void)
{
    const char *source = getenv("SOURCE");
    return bx_printf(&arena, "%s/site-template", source ? source : TESTS_DIR "/..");
}

static bool render_to(const char *output, const char *template_dir, struct bx_err *e)
{
    struct bx_site_options o = {.database = database, .output = output, .templates = template_dir, .stale_after_ms = 3 * (int64_t)DAY};
    struct bx_site_result r;
    return bx_site_render(&o, &r, e);
}

static const char *read_text(const char *folder, const char *name)
{
    struct bx_buf b = {0};
    struct bx_err e = {0};
    if (!bx_file_read(bx_path_join(&arena, folder, name), 1 << 28, &b, &e))
        fail_msg("%s", e.text);
    const char *s = bx_strndup(&arena, bx_buf_str(&b), b.n);
    bx_buf_free(&b);
    return s;
}

static char **files_of(const char *folder, const char *ext, size_t *n)
{
    char **names;
    struct bx_err e = {0};
    const char *const list[] = {ext};
    assert_true(bx_dir_list(folder, true, list, ext ? 1 : 0, &arena, &names, n, &e));
    return names;
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, word)); p += strlen(word))
        n++;
    return n;
}

static int set_up(void **state)
{
    (void)state;
    struct bx_err e = {0};
    assert_non_null(mkdtemp(dir));
    snprintf(database, sizeof database, "%s/board.db", dir);
    snprintf(site, sizeof site, "%s/site", dir);
    fabricate(database, 1);
    if (!render_to(site, templates(), &e))
        fail_msg("%s", e.text);
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

/* ---- the pages as XML ---- */

struct parsed {
    const char *name;
    XML_Parser parser;
    const char **ids, **links; /* links: href and src, as written */
    size_t nids, nlinks, idcap, linkcap;
    int h1, mains;
    bool outside; /* inside an <a> that may lead out */
};

static void refuse(struct parsed *p, const char *what, const char *value)
{
    fail_msg("%s:%lu: %s%s", p->name, XML_GetCurrentLineNumber(p->parser), what, value);
}

static void XMLCALL on_element(void *self, const XML_Char *element, const XML_Char **attributes)
{
    struct parsed *p = self;
    p->h1 += !strcmp(element, "h1");
    p->mains += !strcmp(element, "main");
    bool src = false, alt = false;
    for (const XML_Char **a = attributes; *a; a += 2) {
        if (!strcmp(a[0], "style") || !strncmp(a[0], "on", 2))
            refuse(p, "an attribute that a strict content security policy forbids: ", a[0]);
        if (!strcmp(a[0], "id")) {
            for (size_t i = 0; i < p->nids; i++)
                if (!strcmp(p->ids[i], a[1]))
                    refuse(p, "an id twice: ", a[1]);
            p->ids = bx_grow(p->ids, &p->idcap, p->nids + 1, sizeof *p->ids);
            p->ids[p->nids++] = bx_strdup(&arena, a[1]);
        }
        if (!strcmp(a[0], "href") || !strcmp(a[0], "src") || !strcmp(a[0], "srcset")) {
            p->links = bx_grow(p->links, &p->linkcap, p->nlinks + 1, sizeof *p->links);
            p->links[p->nlinks++] = bx_strdup(&arena, a[1]);
            if (strstr(a[1], ":") && strcmp(element, "a") != 0)
                refuse(p, "something is loaded from elsewhere: ", a[1]);
            src = true;
        }
        alt |= !strcmp(a[0], "alt") && a[1][0];
    }
    if (!strcmp(element, "script") && !src)
        refuse(p, "an inline script", "");
    if (!strcmp(element, "style"))
        refuse(p, "an inline style sheet", "");
    if (!strcmp(element, "img") && !alt)
        refuse(p, "a picture without alt text", "");
}

static void XMLCALL on_end(void *self, const XML_Char *element)
{
    (void)self;
    (void)element;
}

static struct parsed parse(const char *name)
{
    struct parsed p = {.name = name, .parser = XML_ParserCreate("UTF-8")};
    const char *text = read_text(site, name);
    XML_SetUserData(p.parser, &p);
    XML_SetElementHandler(p.parser, on_element, on_end);
    if (XML_Parse(p.parser, text, (int)strlen(text), 1) == XML_STATUS_ERROR)
        fail_msg("%s:%lu: %s", name, XML_GetCurrentLineNumber(p.parser), XML_ErrorString(XML_GetErrorCode(p.parser)));
    XML_ParserFree(p.parser);
    return p;
}

static void parsed_free(struct parsed *p)
{
    free(p->ids);
    free(p->links);
}

static void every_page_is_well_formed_and_holds_nothing_inline(void **state)
{
    (void)state;
    size_t n;
    char **pages = files_of(site, "html", &n);
    assert_true(n > 30);
    for (size_t i = 0; i < n; i++) {
        struct parsed p = parse(pages[i]);
        assert_int_equal(p.h1, 1);
        assert_int_equal(p.mains, 1);
        parsed_free(&p);
    }
}

static void every_link_leads_somewhere(void **state)
{
    (void)state;
    size_t n, outside = 0;
    char **pages = files_of(site, "html", &n);
    for (size_t i = 0; i < n; i++) {
        struct parsed p = parse(pages[i]);
        for (size_t k = 0; k < p.nlinks; k++) {
            const char *link = p.links[k];
            if (!strncmp(link, "https://", 8)) {
                outside++;
                assert_true(!strncmp(link, "https://example.org/", 20)); /* only the models' own links lead out */
                continue;
            }
            if (strchr(link, ':') || link[0] == '/')
                fail_msg("%s: the link '%s' is not relative", pages[i], link);
            const char *hash = strchr(link, '#');
            const char *path = hash ? bx_strndup(&arena, link, (size_t)(hash - link)) : link;
            const char *target =
                path[0] ? bx_path_absolute(&arena, bx_path_join(&arena, bx_path_dir(&arena, bx_path_join(&arena, site, pages[i])), path))
                        : NULL;
            if (target && (!bx_path_exists(target) || bx_path_is_dir(target)))
                fail_msg("%s: the link '%s' leads nowhere", pages[i], link);
            bool found = !hash || target;
            for (size_t m = 0; m < p.nids && !found; m++)
                found = !strcmp(p.ids[m], hash + 1);
            if (!found)
                fail_msg("%s: there is nothing called '%s'", pages[i], hash);
        }
        parsed_free(&p);
    }
    assert_true(outside > 20);
}

static void what_contributors_write_is_only_text(void **state)
{
    (void)state;
    size_t n, seen = 0;
    char **pages = files_of(site, "html", &n);
    for (size_t i = 0; i < n; i++) {
        const char *text = read_text(site, pages[i]);
        if (strstr(text, "<script>") || strstr(text, "onerror=alert(2)>") || strstr(text, "=\"javascript:") || strstr(text, "<b>Family") ||
            strstr(text, "<i>crane"))
            fail_msg("%s: something a contributor wrote is markup", pages[i]);
        seen += count(text, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;{{slug}}") > 0;
    }
    assert_true(seen > 5);
    const char *page = read_text(site, "b/dockyard/m/cheeky.html");
    assert_non_null(strstr(page, "&lt;/pre&gt;&lt;img src=x onerror=alert(2)&gt; {{{root}}}"));
    assert_non_null(strstr(page, "https://example.org/?a=1&amp;b=2"));
}

static void two_renders_give_the_same_bytes(void **state)
{
    (void)state;
    struct bx_err e = {0};
    const char *other = bx_path_join(&arena, dir, "other place");
    if (!render_to(other, templates(), &e))
        fail_msg("%s", e.text);
    size_t n, m;
    char **a = files_of(site, NULL, &n), **b = files_of(other, NULL, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        struct bx_buf BX_CLEANUP_BUF x = {0}, BX_CLEANUP_BUF y = {0};
        assert_string_equal(a[i], b[i]);
        assert_true(bx_file_read(bx_path_join(&arena, site, a[i]), 1 << 28, &x, &e) &&
                    bx_file_read(bx_path_join(&arena, other, b[i]), 1 << 28, &y, &e));
        if (x.n != y.n || memcmp(bx_buf_str(&x), bx_buf_str(&y), x.n) != 0)
            fail_msg("'%s' differs between two renders", a[i]);
    }
}

/* The night stands on the board, the runs and one data file: a model's page is as old as its numbers. */
static void a_night_with_nothing_due_changes_the_board_alone(void **state)
{
    (void)state;
    const char *later = bx_printf(&arena, "%s/later.db", dir), *to = bx_path_join(&arena, dir, "later");
    struct bx_err e = {0};
    struct bx_store *st;
    struct bx_host host = {"ws-04", "8 cores, 64 GB, Linux 6.1", "aa11"};
    struct bx_buf BX_CLEANUP_BUF copy = {0};
    bx_id run;
    assert_true(bx_file_read(database, 1 << 28, &copy, &e) && bx_file_write(later, bx_buf_str(&copy), copy.n, &e));
    assert_true(bx_store_open(later, BX_STORE_WRITE, &st, &e));
    assert_true(bx_store_run_begin(st, "nightly", &host, NIGHT + DAY, &run, &e) &&
                bx_store_run_end(st, &run, "complete", 0, 0, 0, NIGHT + DAY + 60000, &e));
    bx_store_close(st);
    struct bx_site_options o = {.database = later, .output = to, .templates = templates(), .stale_after_ms = 3 * (int64_t)DAY};
    struct bx_site_result r;
    if (!bx_site_render(&o, &r, &e))
        fail_msg("%s", e.text);
    size_t n, changed = 0;
    char **names = files_of(to, NULL, &n);
    for (size_t i = 0; i < n; i++) {
        struct bx_buf BX_CLEANUP_BUF x = {0}, BX_CLEANUP_BUF y = {0};
        struct bx_err none = {0};
        bool same = bx_file_read(bx_path_join(&arena, to, names[i]), 1 << 28, &x, &e) &&
                    bx_file_read(bx_path_join(&arena, site, names[i]), 1 << 28, &y, &none) && x.n == y.n &&
                    !memcmp(bx_buf_str(&x), bx_buf_str(&y), x.n);
        bool of_night = !strcmp(names[i], "index.html") || !strcmp(names[i], "data/dockyard.json") || !strncmp(names[i], "runs/", 5) ||
                        !strcmp(names[i], "b/dockyard/index.html") || !strncmp(names[i], "b/dockyard/by-", 14) ||
                        !strcmp(names[i], "boxscore-site.json");
        if (!same && !of_night)
            fail_msg("'%s' changed though nothing was due", names[i]);
        changed += !same;
    }
    assert_true(changed > 3);
}

static void pages_say_nothing_of_this_machine(void **state)
{
    (void)state;
    size_t n;
    char host[256] = "", **pages = files_of(site, NULL, &n);
    gethostname(host, sizeof host - 1);
    for (size_t i = 0; i < n; i++) {
        if (strstr(pages[i], ".png"))
            continue;
        const char *text = read_text(site, pages[i]);
        if (strstr(text, dir) || strstr(text, "/srv/models.d") || strstr(text, TESTS_DIR) || (strlen(host) > 5 && strstr(text, host)))
            fail_msg("'%s' names a folder or the host", pages[i]);
    }
}

static void the_board_ranks_and_sets_apart(void **state)
{
    (void)state;
    const char *page = read_text(site, "index.html");
    /* nine have complete numbers of their current version: one of them old, which nobody asked to be told */
    assert_int_equal(count(page, "<tr id=\"m-"), 16);
    assert_int_equal(count(page, " unranked\""), 7);
    assert_non_null(strstr(page, "9 ranked, 1 partial, 3 failed, 1 changed, 2 never run"));
    assert_non_null(strstr(page, "</svg><time datetime=\"2026-11-11T03:18:00.000Z\">11 Nov 2026<"));
    assert_non_null(strstr(page, "<b>failed</b> <time"));
    assert_null(strstr(page, "overdue"));
    struct bx_site_options o = {
        .database = database, .output = bx_path_join(&arena, dir, "aged"), .templates = templates(), .max_age_ms = 3 * (int64_t)DAY};
    struct bx_site_result r;
    struct bx_err e = {0};
    assert_true(bx_site_render(&o, &r, &e)); /* they are: those of a max_age that was set, ranked all the same */
    const char *aged = read_text(o.output, "index.html");
    assert_non_null(strstr(aged, "9 ranked (1 overdue), 1 partial"));
    assert_non_null(strstr(aged, "<b>overdue</b> <time datetime=\"2026-11-11T"));
    assert_non_null(strstr(page, "unknown key &#39;licence&#39;"));
    assert_non_null(strstr(page, "not allowed yet"));
    assert_null(strstr(page, "Gone-1"));
    assert_true(bx_path_exists(bx_path_join(&arena, site, "b/dockyard/m/gone.html")));
    /* the twins share a rank, and no line stands between them */
    const char *a = strstr(page, "<tr id=\"m-wimble\""), *b = strstr(page, "<tr id=\"m-wimble-twin\"");
    assert_true(a && b && a < b);
    assert_null(strstr(bx_strndup(&arena, a, (size_t)(b - a)), "<tbody>"));
    assert_int_equal(count(page, "<span class=\"eq\">=</span>"), 2);
    /* a rank once for each, in order */
    const char *at = page;
    for (int rank = 1; rank <= 7; rank++) {
        at = strstr(at, bx_printf(&arena, "<td class=\"rank\">%d<", rank));
        assert_non_null(at);
    }
}

static void a_sorted_page_is_sorted(void **state)
{
    (void)state;
    const char *page = read_text(site, "b/dockyard/by-latency.html");
    static const char *const order[] = {"m-wimble-twin\"", "m-wimble\"",  "m-quern-n\"",  "m-quern-s\"",    "m-sallow-s\"",
                                        "m-quern-m\"",     "m-quern-l\"", "m-sallow-b\"", "m-brack-1280\"", ">Not ranked<"};
    const char *at = strstr(page, "<tbody>");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        at = at ? strstr(at, order[i]) : NULL;
        if (!at)
            fail_msg("'%s' is not where it should be by latency", order[i]);
    }
    assert_non_null(strstr(page, "aria-sort=\"ascending\""));
    const char *title = strstr(page, "<title>"), *by = strstr(page, ", sorted by ");
    assert_true(title && by && by < strstr(title, "</title>")); /* twelve pages are not one in a list of tabs */
    assert_true(bx_path_exists(bx_path_join(&arena, site, "b/dockyard/by-model.html")));
}

static void data_has_all_digits(void **state)
{
    (void)state;
    cJSON *j = cJSON_Parse(read_text(site, "data/dockyard.json"));
    assert_non_null(j);
    const cJSON *models = cJSON_GetObjectItemCaseSensitive(j, "models");
    assert_int_equal(cJSON_GetArraySize(models), 16);
    double map = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(models->child, "metrics"), "map")->valuedouble;
    struct bx_buf BX_CLEANUP_BUF digits = {0};
    bx_buf_add_double(&digits, map);
    assert_true(digits.n > 12);
    assert_non_null(strstr(read_text(site, "data/dockyard.csv"), bx_buf_str(&digits)));
    assert_non_null(strstr(
        read_text(site, bx_printf(&arena, "data/dockyard/%s.csv", cJSON_GetObjectItemCaseSensitive(models->child, "slug")->valuestring)),
        bx_buf_str(&digits)));
    cJSON_Delete(j);
}

static void dump_gives_the_tree_of_a_page(void **state)
{
    (void)state;
    struct bx_site_options o = {.database = database, .board = "dockyard", .templates = templates(), .stale_after_ms = 3 * (int64_t)DAY};
    struct bx_err e = {0};
    struct bx_buf BX_CLEANUP_BUF out = {0};
    if (!bx_site_dump(&o, "b/dockyard/m/quern-s.html", &out, &e))
        fail_msg("%s", e.text);
    cJSON *j = cJSON_Parse(bx_buf_str(&out));
    assert_non_null(j);
    assert_true(cJSON_GetObjectItemCaseSensitive(j, "context")->valuedouble == 1);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(j, "model"), "name")->valuestring, "Quern-s");
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(j, "root")->valuestring, "../../../");
    cJSON_Delete(j);
    assert_false(bx_site_dump(&o, "b/dockyard/m/quern-z.html", &out, &e));
    assert_non_null(strstr(e.text, "the nearest is 'b/dockyard/m/quern-"));
    o.board = "nowhere";
    assert_false(bx_site_dump(&o, "index.html", &out, &e));
    assert_non_null(strstr(e.text, "has no board 'nowhere'"));
}

/* Templates of one's own: a copy of the shipped ones with one file changed. */
static const char *changed_templates(const char *file, const char *text)
{
    struct bx_err e = {0};
    size_t n;
    const char *from = templates(), *to = bx_printf(&arena, "%s/templates", dir);
    assert_true(bx_remove_tree(to, &e));
    char **names = files_of(from, NULL, &n);
    for (size_t i = 0; i < n; i++) {
        struct bx_buf BX_CLEANUP_BUF b = {0};
        const char *path = bx_path_join(&arena, to, names[i]);
        assert_true(bx_file_read(bx_path_join(&arena, from, names[i]), 1 << 24, &b, &e) && bx_mkdirs(bx_path_dir(&arena, path), &e));
        if (!strcmp(names[i], file))
            bx_buf_clear(&b), bx_buf_adds(&b, text);
        assert_true(bx_file_write(path, bx_buf_str(&b), b.n, &e));
    }
    return to;
}

static void a_mistake_in_a_template_is_named_and_leaves_the_site(void **state)
{
    (void)state;
    static const struct {
        const char *file, *text, *expected;
    } cases[] = {
        {"faq.mustache", "{{<layout}}{{$body}}\n<h1>{{board.titel}}</h1>{{/body}}{{/layout}}",
         "faq:2:5: 'board.titel' resolves to nothing; the nearest name here is 'title'"},
        {"part/status.mustache", "{{wrod}}", "part/status:1:1: 'wrod' resolves to nothing; the nearest name here is 'word'"},
        {"board.mustache", "{{>part/hed}}", "board:1:1: there is no template 'part/hed'"},
        {"runs.mustache", "{{#runs}}", "runs:1:1: 'runs' is never closed"},
        {"template.json", "{\"context\": 2}", "is written for context 2, this boxscore makes context 1"},
        {"template.json", "{\"context\": 1", "template.json:1:14"},
    };
    const char *before = read_text(site, "index.html");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_err e = {0};
        assert_false(render_to(site, changed_templates(cases[i].file, cases[i].text), &e));
        if (!strstr(e.text, cases[i].expected))
            fail_msg("got '%s', expected '%s'", e.text, cases[i].expected);
        assert_string_equal(read_text(site, "index.html"), before);
    }
    struct bx_err e = {0};
    assert_false(render_to(site, "/nonexistent", &e));
    assert_non_null(strstr(e.text, "there is no template folder '/nonexistent'"));
}

/* The whole folder of 0.1.0, which knew one board: templates-0.1.0/. */
static void an_older_template_folder_has_the_rest_from_the_shipped_one(void **state)
{
    (void)state;
    const char *several = bx_printf(&arena, "%s/older.db", dir), *source = getenv("SOURCE");
    const char *to = source ? bx_printf(&arena, "%s/tests/site/templates-0.1.0", source) : TESTS_DIR "/site/templates-0.1.0";
    struct bx_err e = {0};
    fabricate(several, FAB_BOARDS);
    for (size_t i = 0; i < 2; i++) {
        const char *output = bx_printf(&arena, "%s/older-%zu", dir, i);
        struct bx_site_options o = {.database = i ? several : database, .output = output, .templates = to, .shipped = templates()};
        struct bx_site_result r;
        if (!bx_site_render(&o, &r, &e))
            fail_msg("%s", e.text);
        size_t n, rows = 0;
        char **names = files_of(bx_path_join(&arena, output, "runs"), "html", &n);
        for (size_t k = 0; k < n; k++)
            rows += count(read_text(bx_path_join(&arena, output, "runs"), names[k]), "b/dockyard/m/quern-s.html");
        assert_true(rows > 0);
        assert_non_null(strstr(read_text(output, "index.html"), "assets/style."));
        assert_non_null(strstr(read_text(output, "methodology.html"), "<dt>Name</dt><dd><bdi>Dockyard 2026</bdi></dd>"));
        assert_non_null(strstr(read_text(output, "faq.html"), "<a href=\"data/dockyard.csv\">CSV</a>"));
    }
}

static bool put_file(const char *folder, const char *name, const char *text)
{
    struct bx_err e = {0};
    const char *path = bx_path_join(&arena, folder, name);
    return bx_mkdirs(bx_path_dir(&arena, path), &e) && bx_file_write(path, text, strlen(text), &e);
}

static void a_template_folder_brings_pages_and_files_of_its_own(void **state)
{
    (void)state;
    const char *to = bx_path_join(&arena, dir, "own-templates"), *output = bx_path_join(&arena, dir, "own");
    static const char page[] = "{{<layout}}{{$body}}<h1>{{page.heading}}</h1>{{#boards}}<p>{{title}}</p>{{/boards}}{{/body}}{{/layout}}";
    assert_true(put_file(to, "template.json", "{\"format\": 1, \"context\": 1}") && put_file(to, "pages/about-us.mustache", page) &&
                put_file(to, "pages/imprint.mustache", bx_printf(&arena, "{{! Wer & was }}\n%s", page)) &&
                put_file(to, "static/CNAME", "board.example.org\n") && put_file(to, "static/.nojekyll", "") &&
                put_file(to, "static/.well-known/security.txt", "Contact: mailto:a@example.org\n"));
    struct bx_site_options o = {.database = database, .output = output, .templates = to, .shipped = templates()};
    struct bx_site_result r;
    struct bx_err e = {0};
    if (!bx_site_render(&o, &r, &e))
        fail_msg("%s", e.text);
    assert_string_equal(read_text(output, "CNAME"), "board.example.org\n");
    assert_string_equal(read_text(output, ".well-known/security.txt"), "Contact: mailto:a@example.org\n");
    assert_true(bx_path_exists(bx_path_join(&arena, output, ".nojekyll")));
    assert_non_null(strstr(read_text(output, "index.html"),
                           "<a href=\"about-us.html\">About us</a>\n<a href=\"imprint.html\">Wer &amp; was</a>\n</nav>"));
    assert_non_null(strstr(read_text(output, "imprint.html"), "<a href=\"imprint.html\" aria-current=\"page\">Wer &amp; was</a>"));
    assert_non_null(strstr(read_text(output, "about-us.html"), "<h1>About us</h1><p>Dockyard 2026</p>"));
    static const struct {
        const char *file, *expected;
    } taken[] = {{"static/a name", "'a name' cannot be the path of a page"}, {"pages/faq.mustache", "page 'faq.html' was made twice"}};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        assert_true(put_file(to, taken[i].file, page));
        assert_false(bx_site_render(&o, &r, &e));
        assert_non_null(strstr(e.text, taken[i].expected));
        assert_int_equal(unlink(bx_path_join(&arena, to, taken[i].file)), 0);
    }
}

static void the_shipped_templates_escape_everything(void **state)
{
    (void)state;
    size_t n;
    char **names = files_of(templates(), "mustache", &n);
    for (size_t i = 0; i < n; i++) {
        const char *text = read_text(templates(), names[i]);
        if (strstr(text, "{{{") || strstr(text, "{{&") || strstr(text, "http://") || strstr(text, "https://"))
            fail_msg("'%s' prints something unescaped, or names a site", names[i]);
    }
}

/* Those of the board are the report's. */
static void counts_are_of_what_is_scored(const char *path)
{
    cJSON *o = cJSON_Parse(read_text(site, path)), *classes = cJSON_GetObjectItem(o, "classes"), *c;
    assert_int_equal(cJSON_GetArraySize(classes), 4);
    cJSON_ArrayForEach(c, classes)
    {
        const cJSON *objects = cJSON_GetObjectItem(c, "objects");
        assert_true(objects->valuedouble > 0);
        assert_true(objects->valuedouble == cJSON_GetObjectItem(cJSON_GetObjectItem(c, "metrics"), "objects")->valuedouble);
    }
    cJSON_Delete(o);
}

static void several_boards_make_one_site(void **state)
{
    struct bx_err e = {0};
    char one_database[sizeof database], one_site[sizeof site];
    memcpy(one_database, database, sizeof database);
    memcpy(one_site, site, sizeof site);
    snprintf(database, sizeof database, "%s/several.db", dir);
    snprintf(site, sizeof site, "%s/several", dir);
    fabricate(database, FAB_BOARDS);
    if (!render_to(site, templates(), &e))
        fail_msg("%s", e.text);
    every_page_is_well_formed_and_holds_nothing_inline(state);
    every_link_leads_somewhere(state);
    what_contributors_write_is_only_text(state);
    const char *page = read_text(site, "index.html");
    assert_non_null(strstr(page, "3 boards, 16 models. One board has no ranked model yet."));
    assert_non_null(
        strstr(page, "<a href=\"b/strict/index.html\"><bdi>רציף, &lt;b&gt;strictly&lt;/b&gt;: few detections and close boxes</bdi></a>"));
    assert_non_null(strstr(page, "3 detections, IoU 0.75, sizes tiny (0 to 16² px), rest (from 16² px)"));
    assert_int_equal(count(page, "no complete numbers yet"), 1);
    /* What must be known of a split stands on all pages: a board's on its own, everybody's on the others. */
    static const struct {
        const char *page;
        size_t cautions, grave;
    } cautions[] = {
        {"index.html", 2, 1},          {"methodology.html", 2, 1},        {"runs/index.html", 2, 1},   {"b/dockyard/index.html", 0, 0},
        {"b/strict/index.html", 1, 0}, {"b/strict/m/quern-l.html", 1, 0}, {"b/fresh/index.html", 1, 1}};
    for (size_t i = 0; i < sizeof cautions / sizeof *cautions; i++) {
        page = read_text(site, cautions[i].page);
        if (count(page, "<aside class=\"caution") != cautions[i].cautions || count(page, "caution grave") != cautions[i].grave)
            fail_msg("%s: %zu cautions, %zu grave", cautions[i].page, count(page, "<aside class=\"caution"), count(page, "caution grave"));
    }
    page = read_text(site, "index.html"); /* two landmarks are told apart by their names */
    assert_int_equal(count(page, "aria-label=\"About the test set of Fresh\""), 1);
    assert_non_null(strstr(page, "<bdi>Fresh</bdi>: training split: models have seen these images"));
    page = read_text(site, "b/strict/m/quern-l.html");
    assert_non_null(strstr(page, "<a href=\"../../../b/dockyard/m/quern-l.html\"><bdi>Dockyard 2026</bdi></a>"));
    assert_null(strstr(page, "What its authors report")); /* by COCO's rules, which are not this board's */
    assert_non_null(strstr(page, "Sizes go by area in the image: tiny (0 to 16² px), rest (from 16² px)."));
    assert_non_null(strstr(page, "AP is "));
    assert_null(strstr(page, ".50:.95"));
    assert_null(strstr(page, "<th scope=\"row\"><bdi>hook</bdi></th>"));
    assert_non_null(strstr(page, "40 images, 4 classes scored"));
    page = read_text(site, "b/strict/index.html");
    assert_non_null(strstr(page, ", 40 images, 4 classes"));
    assert_non_null(strstr(page, ", 1 class ignored, 40 images"));
    assert_non_null(strstr(read_text(site, "methodology.html"), "<dd>40 images, "));
    counts_are_of_what_is_scored("data/strict/quern-l.json");
    assert_non_null(strstr(read_text(site, "b/dockyard/m/quern-l.html"), "What its authors report"));
    page = read_text(site, "b/fresh/index.html");
    assert_int_equal(count(page, "No model has complete numbers yet."), 1);
    assert_null(strstr(page, "<legend>Status</legend>")); /* "ranked" would leave nothing */
    struct bx_buf BX_CLEANUP_BUF out = {0};
    struct bx_site_options o = {.database = database,
                                .board = "strict",
                                .output = bx_path_join(&arena, dir, "alone"),
                                .templates = templates(),
                                .stale_after_ms = 3 * (int64_t)DAY};
    struct bx_site_result r;
    if (!bx_site_render(&o, &r, &e) || !bx_site_dump(&o, "runs/index.html", &out, &e)) /* a site of one of them */
        fail_msg("%s", e.text);
    assert_false(bx_path_exists(bx_path_join(&arena, o.output, "b/dockyard")));
    assert_non_null(strstr(read_text(o.output, "index.html"), ": which detector is best?</h1>"));
    memcpy(database, one_database, sizeof database);
    memcpy(site, one_site, sizeof site);
}

static int keep(const char *output, size_t nboards)
{
    struct bx_err e = {0};
    assert_non_null(mkdtemp(dir));
    snprintf(database, sizeof database, "%s/board.db", dir);
    fabricate(database, nboards);
    if (!render_to(output, templates(), &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    bx_remove_tree(dir, &e);
    bx_arena_release(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_is_well_formed_and_holds_nothing_inline),
        cmocka_unit_test(every_link_leads_somewhere),
        cmocka_unit_test(what_contributors_write_is_only_text),
        cmocka_unit_test(two_renders_give_the_same_bytes),
        cmocka_unit_test(a_night_with_nothing_due_changes_the_board_alone),
        cmocka_unit_test(pages_say_nothing_of_this_machine),
        cmocka_unit_test(the_board_ranks_and_sets_apart),
        cmocka_unit_test(a_sorted_page_is_sorted),
        cmocka_unit_test(data_has_all_digits),
        cmocka_unit_test(dump_gives_the_tree_of_a_page),
        cmocka_unit_test(a_mistake_in_a_template_is_named_and_leaves_the_site),
        cmocka_unit_test(an_older_template_folder_has_the_rest_from_the_shipped_one),
        cmocka_unit_test(a_template_folder_brings_pages_and_files_of_its_own),
        cmocka_unit_test(the_shipped_templates_escape_everything),
        cmocka_unit_test(several_boards_make_one_site),
    };
    bx_log_init(BX_LOG_QUIET);
    if (argc == 3 && !strcmp(argv[1], "--keep"))
        return keep(argv[2], 1);
    if (argc == 3 && !strcmp(argv[1], "--keep-several"))
        return keep(argv[2], FAB_BOARDS);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
