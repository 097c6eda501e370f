/* check.c: a config against the table of keys: each value by its kind, hostile until proven otherwise. */
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include "core/data/report.h"
#include "core/data/service.h"
#include "core/data/terms.h"
#include "core/registry/internal.h"
#include "core/registry/keys.h"
#include "core/registry/spdx.h"
#include <fcntl.h>
#include <math.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_PAIRS = 10000, MOST_KEYS = 32 };

struct check {
    struct bx_conf *c;
    const char *dir; /* NULL: a config from a store. No file is looked for, and what is wrong is taken out of the tree */
    struct bx_arena *a;
};

static void check_section(struct check *k, const cJSON *object, const char *section, const char *prefix);

/* The node as a line for people, or NULL after a problem. */
static const char *check_text(struct check *k, const cJSON *node, const char *what, size_t bytes)
{
    const char *s = bx_conf_text(k->c, node, what, bytes);
    if (!s)
        return NULL;
    size_t n = strlen(s);
    uint32_t cp = 0;
    for (size_t i = 0; i < n;) {
        i += bx_utf8_step(s + i, n - i, &cp);
        if (bx_utf8_is_invisible(cp)) {
            bx_conf_problem(k->c, node, "%s: found the invisible character U+%04X in %s", what, (unsigned)cp, bx_conf_found(k->c, node));
            return NULL;
        }
    }
    if (s[0] == ' ' || s[n - 1] == ' ') {
        bx_conf_problem(k->c, node, "%s: found white space around %s", what, bx_conf_found(k->c, node));
        return NULL;
    }
    return s;
}

static bool host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

const char *bx_registry_url_problem(const char *s)
{
    size_t scheme = !strncasecmp(s, "https://", 8) ? 8 : !strncasecmp(s, "http://", 7) ? 7 : 0;
    if (!scheme)
        return "expected a URL that begins with 'https://' or 'http://'";
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p >= 0x7F || strchr("\"'<>\\^`{|}", *p))
            return "expected only characters that a URL may have (others as %XX)";
    const char *host = s + scheme, *p = host;
    if (*p == '[') {
        p += 1 + strspn(p + 1, "0123456789abcdefABCDEF:.");
        if (*p != ']' || p - host < 3)
            return "expected an address in the brackets";
        p++;
    } else {
        while (host_char(*p))
            p++;
        if (p == host || *host == '.' || *host == '-')
            return "expected the name of a host";
    }
    if (*p == '@' || (*p == ':' && memchr(p, '@', strcspn(p, "/?#"))))
        return "expected no user name or password in it";
    if (*p == ':') {
        size_t digits = strspn(p + 1, "0123456789");
        if (digits < 1 || digits > 5)
            return "expected a port behind ':'";
        p += 1 + digits;
    }
    return !*p || *p == '/' || *p == '?' || *p == '#' ? NULL : "expected the name of a host";
}

bool bx_registry_is_url(const char *s)
{
    return !bx_registry_url_problem(s);
}

const char *bx_registry_path_problem(const char *s)
{
    if (s[0] == '/')
        return "expected a relative path inside the config's folder";
    for (const char *p = s;; p++) {
        size_t n = strcspn(p, "/");
        if (n == 0)
            return "expected a file, without empty components";
        if (n == 2 && p[0] == '.' && p[1] == '.')
            return "expected a path that stays inside the config's folder";
        if (n == 1 && p[0] == '.')
            return "expected a path without '.'";
        p += n;
        if (!*p)
            return NULL;
    }
}

static void check_url(struct check *k, const cJSON *node, const char *what, size_t bytes)
{
    const char *s = bx_conf_text(k->c, node, what, bytes), *problem = s ? bx_registry_url_problem(s) : NULL;
    if (problem)
        bx_conf_problem(k->c, node, "%s: found %s, %s", what, bx_conf_found(k->c, node), problem);
}

/* A file, or a folder where it may be one, that is there and is reached through no link. */
static void check_path(struct check *k, const cJSON *node, const char *what, size_t bytes, bool executable, bool folder)
{
    const char *s = bx_conf_text(k->c, node, what, bytes);
    if (!s)
        return;
    const char *problem = bx_registry_path_problem(s);
    if (problem) {
        bx_conf_problem(k->c, node, "%s: found %s, %s", what, bx_conf_found(k->c, node), problem);
        return;
    }
    if (executable && s[0] == '-')
        bx_conf_problem(k->c, node, "%s: found %s, expected the name of a program", what, bx_conf_found(k->c, node));
    if (!k->dir || (executable && !strchr(s, '/')))
        return; /* a bare name: found, or not, in the operator's runner_path */
    struct bx_err e = {0};
    struct stat st;
    int fd = folder ? bx_open_folder_beneath(k->dir, s, &folder, &e) : bx_open_beneath(k->dir, s, &e);
    if (fd < 0) {
        bx_conf_problem(k->c, node, "%s: %s", what, e.text);
        return;
    }
    if (executable && fstat(fd, &st) == 0 && !(st.st_mode & 0111))
        bx_conf_problem(k->c, node, "%s: '%s' is not executable", what, s);
    if (!strcmp(s, bx_path_base(k->c->file)))
        bx_conf_problem(k->c, node, "%s: '%s' is this config itself", what, s);
    close(fd);
}

static void check_license(struct check *k, const cJSON *node, const char *what, size_t bytes)
{
    const char *s = bx_conf_text(k->c, node, what, bytes); /* white space around it is none of an expression's */
    if (!s || !k->dir) /* the list of licenses grows: one that it no longer, or not yet, has is shown all the same */
        return;
    struct bx_spdx spdx = bx_spdx_parse(s, k->a);
    if (spdx.problem)
        bx_conf_problem(k->c, node, "%s: %s", what, spdx.problem);
    else if (spdx.warning)
        bx_conf_warning(k->c, node, "%s: %s", what, spdx.warning);
}

/* ", expected 'a', 'b' or 'c'"; "" where they are too many. */
static const char *expected_words(struct check *k, const char *const *words, size_t n)
{
    BX_CLEANUP_BUF struct bx_buf list = {0};
    for (size_t i = 0; i < n && n <= 60; i++)
        bx_buf_addf(&list, "%s'%s'", i == 0 ? ", expected " : i + 1 < n ? ", " : " or ", words[i]);
    return bx_strdup(k->a, bx_buf_str(&list));
}

/* One of a few words; the nearest is named. */
static void check_word(struct check *k, const cJSON *node, const char *what, const char *const *words, size_t n)
{
    const char *s = bx_conf_text(k->c, node, what, 64);
    if (!s)
        return;
    for (size_t i = 0; i < n; i++)
        if (!strcmp(s, words[i]))
            return;
    const char *near = bx_nearest(s, words, n);
    if (near)
        bx_conf_problem(k->c, node, "%s: found %s, did you mean '%s'?", what, bx_conf_found(k->c, node), near);
    else
        bx_conf_problem(k->c, node, "%s: found %s%s", what, bx_conf_found(k->c, node), expected_words(k, words, n));
}

static void check_task(struct check *k, const cJSON *node, const char *what)
{
    const char *names[BX_NTASKS];
    for (int t = 0; t < BX_NTASKS; t++)
        names[t] = bx_task_name((enum bx_task)t);
    check_word(k, node, what, names, BX_NTASKS);
}

static void check_metric(struct check *k, const cJSON *node, const char *what)
{
    const char *names[BX_NMETRICS];
    for (size_t i = 0; i < BX_NMETRICS; i++)
        names[i] = bx_metrics[i].name;
    check_word(k, node, what, names, BX_NMETRICS);
}

static void check_slug(struct check *k, const cJSON *node, const char *what, size_t bytes)
{
    const char *s = bx_conf_text(k->c, node, what, bytes);
    if (s && !bx_slug_valid(s))
        bx_conf_problem(k->c, node,
                        "%s: found %s, expected lower-case letters, digits, '.', '_' and '-', at most 64, a letter or digit first", what,
                        bx_conf_found(k->c, node));
}

static void check_variable(struct check *k, const cJSON *node, const char *what, size_t bytes)
{
    const char *s = bx_conf_text(k->c, node, what, bytes);
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    if (s && ((s[0] >= '0' && s[0] <= '9') || s[strspn(s, letters)]))
        bx_conf_problem(k->c, node, "%s: found %s, expected the name of an environment variable (its value is never written here)", what,
                        bx_conf_found(k->c, node));
}

/* Any text, the empty one too. */
static void check_argument(struct check *k, const cJSON *node, const char *what, size_t bytes)
{
    if (!cJSON_IsString(node) || node->valuestring[0])
        bx_conf_text(k->c, node, what, bytes);
}

static const char *range_text(struct check *k, double lo, double hi)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_add_double(&b, lo);
    bx_buf_adds(&b, " to ");
    bx_buf_add_double(&b, hi);
    return bx_strdup(k->a, bx_buf_str(&b));
}

static bool in_range(const cJSON *node, double lo, double hi, bool whole)
{
    return cJSON_IsNumber(node) && node->valuedouble >= lo && node->valuedouble <= hi &&
           (!whole || node->valuedouble == floor(node->valuedouble));
}

static void check_number(struct check *k, const cJSON *node, const char *what, const struct bx_key *key)
{
    bool whole = key->kind == BX_KEY_INTEGER;
    if (!in_range(node, key->lo, key->hi, whole))
        bx_conf_problem(k->c, node, "%s: found %s, expected a %snumber from %s", what, bx_conf_found(k->c, node), whole ? "whole " : "",
                        range_text(k, key->lo, key->hi));
}

static void check_size(struct check *k, const cJSON *node, const char *what, const struct bx_key *key)
{
    bool ok = in_range(node, key->lo, key->hi, true);
    if (cJSON_IsArray(node) && cJSON_GetArraySize(node) == 2)
        ok = in_range(node->child, key->lo, key->hi, true) && in_range(node->child->next, key->lo, key->hi, true);
    if (!ok)
        bx_conf_problem(k->c, node, "%s: found %s, expected a whole number from %s, or [width, height] of such", what,
                        bx_conf_found(k->c, node), range_text(k, key->lo, key->hi));
}

static void check_duration(struct check *k, const cJSON *node, const char *what, const struct bx_key *key)
{
    double v = (double)NAN;
    if (cJSON_IsNumber(node))
        v = node->valuedouble;
    else if (cJSON_IsString(node) && !bx_duration_parse(node->valuestring, &v))
        v = (double)NAN;
    if (!(v >= key->lo && v <= key->hi))
        bx_conf_problem(k->c, node, "%s: found %s, expected a time like '90s', '5m' or '6h', or a number of seconds, from %s seconds", what,
                        bx_conf_found(k->c, node), range_text(k, key->lo, key->hi));
}

static bool decimal(const char *s)
{
    size_t n = strlen(s);
    return n > 0 && n <= 18 && strspn(s, "0123456789") == n && (n == 1 || s[0] != '0');
}

/* Class names to class names; ids where `ids` says so. The keys are a stranger's text too. */
static void check_pairs(struct check *k, const cJSON *node, const char *what, size_t bytes, bool ids)
{
    size_t n = 0;
    if (!cJSON_IsObject(node)) {
        bx_conf_problem(k->c, node, "%s: found %s, expected %s", what, bx_conf_found(k->c, node),
                        ids ? "'test-set' or an object: category id to class name" : "an object: class name to class name or null");
        return;
    }
    for (const cJSON *child = node->child; child; child = child->next) {
        if (++n > MOST_PAIRS) {
            bx_conf_problem(k->c, child, "%s: found more than %d pairs", what, MOST_PAIRS);
            return;
        }
        size_t length = strlen(child->string);
        if (ids ? !decimal(child->string) : length == 0 || length > bytes || bx_has_control(child->string, length))
            bx_conf_problem(k->c, child, "%s: found the key '%.60s', expected %s", what, child->string,
                            ids ? "a category id, written in decimal"
                                : "a class name of the model, at most 200 bytes, without control characters");
        if (ids || !cJSON_IsNull(child))
            check_text(k, child, bx_printf(k->a, "the class for '%.60s'", child->string), bytes);
    }
}

/* 0 and 1 are numbers here; the other bases are called by name. */
static void check_base(struct check *k, const cJSON *node, const char *what)
{
    if (in_range(node, 0, 1, true))
        return;
    if (cJSON_IsString(node) &&
        (!strcmp(node->valuestring, bx_base_names[BX_BASE_COCO91]) || !strcmp(node->valuestring, bx_base_names[BX_BASE_TEST_SET])))
        return;
    bx_conf_problem(k->c, node, "%s: found %s, expected 0, 1, 'coco91' or 'test-set'", what, bx_conf_found(k->c, node));
}

/* The kind of backend, and so its section of keys, or NULL. */
static const struct bx_backend_info *kind_of(const cJSON *backend)
{
    const cJSON *type = bx_conf_get(backend, "type");
    return cJSON_IsString(type) ? bx_backend_find(type->valuestring) : NULL;
}

static void check_backend(struct check *k, const cJSON *node, const char *what)
{
    const char *types[BX_NBACKENDS];
    if (!cJSON_IsObject(node)) {
        bx_conf_problem(k->c, node, "%s: found %s, expected an object", what, bx_conf_found(k->c, node));
        return;
    }
    for (size_t i = 0; i < BX_NBACKENDS; i++)
        types[i] = bx_backends[i].name;
    const cJSON *type = bx_conf_get(node, "type");
    if (!type)
        bx_conf_problem(k->c, node, "'backend.type' is missing%s", expected_words(k, types, BX_NBACKENDS));
    else if (kind_of(node))
        check_section(k, node, kind_of(node)->name, "backend.");
    else /* what else it may have depends on the type: nothing more can be said */
        check_word(k, type, "'backend.type'", types, BX_NBACKENDS);
}

static void check_value(struct check *k, const cJSON *node, const struct bx_key *key, const char *what)
{
    switch (key->kind) {
    case BX_KEY_FORMAT:
        if (!in_range(node, 1, 1, true))
            bx_conf_problem(k->c, node, "%s: found %s, expected 1", what, bx_conf_found(k->c, node));
        break;
    case BX_KEY_TEXT:
        check_text(k, node, what, key->bytes);
        break;
    case BX_KEY_URL:
        check_url(k, node, what, key->bytes);
        break;
    case BX_KEY_SLUG:
        check_slug(k, node, what, key->bytes);
        break;
    case BX_KEY_TASK:
        check_task(k, node, what);
        break;
    case BX_KEY_LICENSE:
        check_license(k, node, what, key->bytes);
        break;
    case BX_KEY_NUMBER:
    case BX_KEY_INTEGER:
        check_number(k, node, what, key);
        break;
    case BX_KEY_DURATION:
        check_duration(k, node, what, key);
        break;
    case BX_KEY_SIZE:
        check_size(k, node, what, key);
        break;
    case BX_KEY_METRIC:
        check_metric(k, node, what);
        break;
    case BX_KEY_CLASSES:
        check_pairs(k, node, what, key->bytes, false);
        break;
    case BX_KEY_CATEGORIES:
        if (!cJSON_IsString(node) || strcmp(node->valuestring, "test-set") != 0)
            check_pairs(k, node, what, key->bytes, true);
        break;
    case BX_KEY_BASE:
        check_base(k, node, what);
        break;
    case BX_KEY_PATH:
    case BX_KEY_SOURCE:
    case BX_KEY_PROGRAM:
        check_path(k, node, what, key->bytes, key->kind == BX_KEY_PROGRAM, key->kind == BX_KEY_SOURCE);
        break;
    case BX_KEY_ARGUMENT:
        check_argument(k, node, what, key->bytes);
        break;
    case BX_KEY_TEMPLATE:
        if (!cJSON_IsObject(node) && !cJSON_IsArray(node))
            bx_conf_problem(k->c, node, "%s: found %s, expected an object or a list", what, bx_conf_found(k->c, node));
        break;
    case BX_KEY_VARIABLE:
        check_variable(k, node, what, key->bytes);
        break;
    case BX_KEY_HEAD:
    case BX_KEY_FIT:
    case BX_KEY_VALUES:
        check_word(k, node, what, bx_key_words(key->kind)->at, bx_key_words(key->kind)->n);
        break;
    case BX_KEY_TYPE: /* chose the section */
        break;
    case BX_KEY_SECTION:
        if (cJSON_IsObject(node))
            check_section(k, node, key->name, bx_printf(k->a, "%.*s.", (int)strlen(what) - 2, what + 1));
        else
            bx_conf_problem(k->c, node, "%s: found %s, expected an object", what, bx_conf_found(k->c, node));
        break;
    case BX_KEY_BACKEND:
        check_backend(k, node, what);
        break;
    }
}

static void take_out(struct check *k, const cJSON *parent, const cJSON *node, size_t errors)
{
    if (!k->dir && k->c->problems->errors > errors)
        cJSON_Delete(cJSON_DetachItemViaPointer((cJSON *)(uintptr_t)parent, (cJSON *)(uintptr_t)node));
}

/* Is the string one of the elements before it? Lists have at most 1,000. */
static bool repeated(const cJSON *list, const cJSON *element)
{
    for (const cJSON *before = list->child; before != element; before = before->next)
        if (cJSON_IsString(before) && cJSON_IsString(element) && !strcmp(before->valuestring, element->valuestring))
            return true;
    return false;
}

static void check_list(struct check *k, const cJSON *node, const struct bx_key *key, const char *path)
{
    size_t i = 0;
    if (!cJSON_IsArray(node)) {
        bx_conf_problem(k->c, node, "'%s': found %s, expected an array", path, bx_conf_found(k->c, node));
        return;
    }
    for (const cJSON *child = node->child, *next; child; child = next, i++) {
        size_t errors = k->c->problems->errors;
        next = child->next;
        if (i == key->items) {
            bx_conf_problem(k->c, child, "'%s': found %d elements, expected at most %zu", path, cJSON_GetArraySize(node), key->items);
            return;
        }
        const char *what = bx_printf(k->a, "'%s[%zu]'", path, i);
        check_value(k, child, key, what);
        if (key->kind != BX_KEY_ARGUMENT && key->kind != BX_KEY_SECTION && repeated(node, child))
            bx_conf_problem(k->c, child, "%s: found %s a second time", what, bx_conf_found(k->c, child));
        take_out(k, node, child, errors);
    }
}

static void check_section(struct check *k, const cJSON *object, const char *section, const char *prefix)
{
    const char *known[MOST_KEYS];
    size_t n = 0;
    for (size_t i = 0; i < bx_registry_nkeys; i++) {
        const struct bx_key *key = &bx_registry_keys[i];
        if (strcmp(key->section, section) != 0)
            continue;
        known[n++] = key->name;
        const cJSON *node = bx_conf_get(object, key->name);
        const char *path = bx_printf(k->a, "%s%s", prefix, key->name);
        size_t errors = k->c->problems->errors;
        if (!node) {
            if (key->required)
                bx_conf_problem(k->c, object, "'%s' is missing", path);
        } else if (key->items) {
            check_list(k, node, key, path);
            if (!cJSON_IsArray(node))
                take_out(k, object, node, errors);
        } else {
            check_value(k, node, key, bx_printf(k->a, "'%s'", path));
            /* Of a section whose keys are known, what is right in it stays. */
            if (key->kind == BX_KEY_SECTION ? !cJSON_IsObject(node) : key->kind != BX_KEY_BACKEND || !kind_of(node))
                take_out(k, object, node, errors);
        }
    }
    bx_conf_only(k->c, object, known, n);
}

/* What the authors published is in the metric's own unit: the usual slip is a percentage. */
static void check_reported_values(struct check *k, const cJSON *root)
{
    const cJSON *list = bx_conf_get(root, "reported");
    for (const cJSON *one = cJSON_IsArray(list) ? list->child : NULL, *next; one; one = next) {
        size_t errors = k->c->problems->errors;
        next = one->next;
        const cJSON *metric = bx_conf_get(one, "metric"), *value = bx_conf_get(one, "value");
        enum bx_metric m = cJSON_IsString(metric) ? bx_metric_find(metric->valuestring) : BX_NMETRICS;
        if (m == BX_NMETRICS || !cJSON_IsNumber(value) || bx_metrics[m].unit != BX_UNIT_FRACTION || in_range(value, 0, 1, false))
            continue;
        if (in_range(value, 1, 100, false))
            bx_conf_problem(k->c, value, "'reported.value': found %s, expected a fraction from 0 to 1 (%s %% is %s)",
                            bx_conf_found(k->c, value), bx_conf_found(k->c, value), bx_printf(k->a, "%g", value->valuedouble / 100));
        else
            bx_conf_problem(k->c, value, "'reported.value': found %s, expected a fraction from 0 to 1", bx_conf_found(k->c, value));
        take_out(k, list, one, errors);
    }
}

static void check_boards(struct check *k, const cJSON *root)
{
    const cJSON *list = bx_conf_get(root, "boards");
    if (cJSON_IsArray(list) && !list->child)
        bx_conf_problem(k->c, list, "'boards': found an empty list, expected slugs of boards; without 'boards' it is every one that fits");
}

/* What the words of a server's keys mean, and whether they are enough. Nobody is asked. */
static void check_service(struct check *k, const cJSON *root)
{
    const cJSON *node = bx_conf_get(root, "backend"), *word = bx_conf_get(root, "task");
    const struct bx_backend_info *info = cJSON_IsObject(node) ? kind_of(node) : NULL;
    enum bx_task task;
    struct bx_backend_config b = {0};
    struct bx_service s;
    struct bx_err e = {0};
    const char *key = NULL;
    if (!k->dir || !info || !info->server || !cJSON_IsString(word) || !bx_task_parse(word->valuestring, &task))
        return;
    bx_registry_extract_backend(node, &b, k->a);
    if (bx_service_of(&b, task, &s, &key, k->a, &e))
        return;
    const cJSON *at = bx_conf_get(node, key);
    bx_conf_problem(k->c, at ? at : node, "'backend.%s'%s %s", key, strncmp(e.text, "is missing", 10) ? ":" : "", e.text);
}

void bx_registry_check(struct bx_conf *c, const char *dir)
{
    struct check k = {.c = c, .dir = dir, .a = c->problems->arena};
    size_t errors = c->problems->errors;
    check_section(&k, c->root, "", "");
    check_reported_values(&k, c->root);
    check_boards(&k, c->root);
    if (c->problems->errors == errors)
        check_service(&k, c->root);
}
