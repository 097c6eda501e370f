/* models.d/model.schema.json says what the program checks: the table of keys against the schema, walked both ways. */
#include "core/base/conf.h"
#include "core/base/file.h"
#include "core/data/report.h"
#include "core/data/terms.h"
#include "core/registry/keys.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define SCHEMA TESTS_DIR "/../models.d/model.schema.json"
#define WRITE  "'test_registry_schema --write'"

static struct bx_arena arena;
static struct bx_problems problems = {.arena = &arena};
static struct bx_conf schema;

/* The patterns stand here once, and in the schema too; what they mean in C is tested by values in test_registry.c. */
static const char *const text_pattern =
    "^[^\\u0000-\\u0020\\u007F-\\u009F]([^\\u0000-\\u001F\\u007F-\\u009F]*[^\\u0000-\\u0020\\u007F-\\u009F])?$";
static const char *const any_pattern = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$";
static const char *const url_pattern =
    "^[hH][tT][tT][pP][sS]?://([A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9A-Fa-f:.]{2,}\\])(:[0-9]{1,5})?([/?#][!#-&(-;=?-\\[\\]_a-z~]*)?$";
static const char *const path_pattern = "^(?!/)(?!.*//)(?!.*/$)(?!(.*/)?\\.\\.?(/|$))[^\\u0000-\\u001F\\u007F-\\u009F]+$";
static const char *const program_pattern = "^(?!-)(?!/)(?!.*//)(?!.*/$)(?!(.*/)?\\.\\.?(/|$))[^\\u0000-\\u001F\\u007F-\\u009F]+$";

static void expect(bool ok, const struct bx_key *key, const char *what)
{
    if (!ok)
        print_message("key '%s' of section '%s': %s\n", key->name, key->section, what);
    assert_true(ok);
}

static bool string_is(const cJSON *node, const char *key, const char *value)
{
    const cJSON *s = bx_conf_get(node, key);
    return cJSON_IsString(s) && !strcmp(s->valuestring, value);
}

static bool number_is(const cJSON *node, const char *key, double value)
{
    const cJSON *n = bx_conf_get(node, key);
    return cJSON_IsNumber(n) && n->valuedouble == value;
}

static bool holds(const cJSON *list, const char *word)
{
    for (const cJSON *one = list ? list->child : NULL; one; one = one->next)
        if (cJSON_IsString(one) && !strcmp(one->valuestring, word))
            return true;
    return false;
}

static void check_string(const struct bx_key *key, const cJSON *node, const char *pattern, bool may_be_empty)
{
    expect(string_is(node, "type", "string"), key, "type is not string");
    expect(number_is(node, "maxLength", (double)key->bytes), key, "maxLength");
    expect(may_be_empty ? !bx_conf_get(node, "minLength") : number_is(node, "minLength", 1), key, "minLength");
    expect(string_is(node, "pattern", pattern), key, "pattern");
}

static void check_range(const struct bx_key *key, const cJSON *node, const char *type)
{
    expect(string_is(node, "type", type), key, "type");
    expect(number_is(node, "minimum", key->lo) && number_is(node, "maximum", key->hi), key, "minimum or maximum");
}

static void check_metric(const struct bx_key *key, const cJSON *node)
{
    const cJSON *any = bx_conf_get(node, "anyOf"), *names = bx_conf_get(cJSON_IsArray(any) ? any->child : NULL, "enum");
    size_t plain = 0;
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++)
        if (bx_metrics[i].group != BX_GROUP_SUPERVISION) {
            plain++;
            expect(holds(names, bx_metrics[i].name), key, "a metric of the catalogue is not in the enum: run " WRITE);
        }
    expect(names && (size_t)cJSON_GetArraySize(names) == plain, key, "the enum has a metric that is not in the catalogue: run " WRITE);
}

static void check_section(const char *section, const cJSON *node);

static const cJSON *at(const cJSON *node, const char *const *path)
{
    for (; *path; path++)
        node = bx_conf_get(node, *path);
    return node;
}

/* Each kind of backend has its place in the enum, its branch and its section, and there are no others. */
static void check_backends(const struct bx_key *key, const cJSON *node)
{
    const cJSON *names = at(node, (const char *const[]){"properties", "type", "enum", NULL}), *branches = bx_conf_get(node, "allOf");
    expect(cJSON_GetArraySize(names) == BX_NBACKENDS && cJSON_GetArraySize(branches) == BX_NBACKENDS, key, "the number of kinds");
    const cJSON *branch = branches->child;
    for (size_t i = 0; i < BX_NBACKENDS; i++, branch = branch->next) {
        const char *name = bx_backends[i].name;
        char ref[64];
        snprintf(ref, sizeof ref, "#/$defs/%s", name);
        expect(holds(names, name), key, "a kind is not in type's enum");
        expect(string_is(at(branch, (const char *const[]){"if", "properties", "type", NULL}), "const", name), key, "a branch's if");
        expect(string_is(bx_conf_get(branch, "then"), "$ref", ref), key, "a branch's then");
        check_section(name, at(schema.root, (const char *const[]){"$defs", name, NULL}));
    }
}

static void check_value(const struct bx_key *key, const cJSON *node)
{
    const cJSON *one = bx_conf_get(node, "oneOf"), *first = one ? one->child : NULL, *second = first ? first->next : NULL;
    switch (key->kind) {
    case BX_KEY_FORMAT:
        expect(number_is(node, "const", 1), key, "const");
        break;
    case BX_KEY_TEXT:
    case BX_KEY_LICENSE:
        check_string(key, node, text_pattern, false);
        break;
    case BX_KEY_ARGUMENT:
        check_string(key, node, any_pattern, true);
        break;
    case BX_KEY_URL:
        check_string(key, node, url_pattern, false);
        break;
    case BX_KEY_SLUG:
        check_string(key, node, "^[a-z0-9][a-z0-9._-]{0,63}$", false);
        break;
    case BX_KEY_VARIABLE:
        check_string(key, node, "^[A-Za-z_][A-Za-z0-9_]*$", false);
        break;
    case BX_KEY_PATH:
    case BX_KEY_SOURCE:
        check_string(key, node, path_pattern, false);
        break;
    case BX_KEY_PROGRAM:
        check_string(key, node, program_pattern, false);
        break;
    case BX_KEY_TASK:
        for (int t = 0; t < BX_NTASKS; t++)
            expect(holds(bx_conf_get(node, "enum"), bx_task_name((enum bx_task)t)), key, "a task is not in the enum");
        expect(cJSON_GetArraySize(bx_conf_get(node, "enum")) == BX_NTASKS, key, "the enum has something else");
        break;
    case BX_KEY_NUMBER:
        check_range(key, node, "number");
        break;
    case BX_KEY_INTEGER:
        check_range(key, node, "integer");
        break;
    case BX_KEY_DURATION:
        check_range(key, first, "number");
        expect(string_is(second, "pattern", "^[0-9]+(\\.[0-9]+)?[smhd]?$"), key, "pattern");
        break;
    case BX_KEY_SIZE:
        check_range(key, first, "integer");
        check_range(key, bx_conf_get(second, "items"), "integer");
        expect(number_is(second, "minItems", 2) && number_is(second, "maxItems", 2), key, "minItems or maxItems");
        break;
    case BX_KEY_METRIC:
        check_metric(key, node);
        break;
    case BX_KEY_CLASSES:
        expect(number_is(node, "maxProperties", 10000), key, "maxProperties");
        expect(number_is(bx_conf_get(node, "propertyNames"), "maxLength", (double)key->bytes), key, "propertyNames");
        one = bx_conf_get(bx_conf_get(node, "additionalProperties"), "oneOf");
        expect(one && string_is(one->child, "type", "null"), key, "null is not allowed");
        check_string(key, one->child->next, text_pattern, false);
        break;
    case BX_KEY_CATEGORIES:
        expect(string_is(first, "const", "test-set"), key, "'test-set'");
        expect(number_is(second, "maxProperties", 10000), key, "maxProperties");
        check_string(key, bx_conf_get(second, "additionalProperties"), text_pattern, false);
        break;
    case BX_KEY_TEMPLATE:
        one = bx_conf_get(node, "type");
        expect(cJSON_GetArraySize(one) == 2 && holds(one, "object") && holds(one, "array"), key, "type is not object or array");
        break;
    case BX_KEY_BASE:
        one = bx_conf_get(node, "enum");
        expect(cJSON_GetArraySize(one) == BX_NBASES && holds(one, "coco91") && holds(one, "test-set"), key, "the bases");
        break;
    case BX_KEY_HEAD:
    case BX_KEY_FIT:
    case BX_KEY_VALUES:
        one = bx_conf_get(node, "enum");
        for (size_t i = 0; i < bx_key_words(key->kind)->n; i++)
            expect(holds(one, bx_key_words(key->kind)->at[i]), key, "a word is not in the enum");
        expect((size_t)cJSON_GetArraySize(one) == bx_key_words(key->kind)->n, key, "the enum has something else");
        break;
    case BX_KEY_TYPE:
        expect(string_is(node, "const", key->section), key, "const");
        break;
    case BX_KEY_SECTION:
        check_section(key->name, node);
        break;
    case BX_KEY_BACKEND:
        check_backends(key, node);
        break;
    }
}

static const struct bx_key *find_key(const char *section, const char *name)
{
    for (size_t i = 0; i < bx_registry_nkeys; i++)
        if (!strcmp(bx_registry_keys[i].section, section) && !strcmp(bx_registry_keys[i].name, name))
            return &bx_registry_keys[i];
    return NULL;
}

static size_t sections_seen;

static void check_section(const char *section, const cJSON *node)
{
    const cJSON *properties = bx_conf_get(node, "properties"), *required = bx_conf_get(node, "required");
    int nrequired = 0;
    sections_seen++;
    assert_non_null(properties);
    assert_true(cJSON_IsFalse(bx_conf_get(node, "additionalProperties")));
    for (const cJSON *property = properties->child; property; property = property->next) {
        if (!find_key(section, property->string))
            print_message("the schema has the key '%s' in section '%s', boxscore does not\n", property->string, section);
        assert_non_null(find_key(section, property->string));
    }
    for (size_t i = 0; i < bx_registry_nkeys; i++) {
        const struct bx_key *key = &bx_registry_keys[i];
        if (strcmp(key->section, section) != 0)
            continue;
        const cJSON *property = bx_conf_get(properties, key->name);
        expect(property != NULL, key, "is not in the schema");
        expect(key->kind == BX_KEY_TYPE || string_is(property, "type", "object") || bx_conf_get(property, "description"), key,
               "has no description");
        expect(holds(required, key->name) == key->required, key, "required in one of the two only");
        nrequired += key->required;
        if (!key->items) {
            check_value(key, property);
            continue;
        }
        bool repeats = key->kind == BX_KEY_ARGUMENT || key->kind == BX_KEY_SECTION;
        expect(string_is(property, "type", "array") && number_is(property, "maxItems", (double)key->items), key, "array or maxItems");
        expect(repeats ? !bx_conf_get(property, "uniqueItems") : cJSON_IsTrue(bx_conf_get(property, "uniqueItems")), key, "uniqueItems");
        check_value(key, bx_conf_get(property, "items"));
    }
    assert_int_equal(required ? cJSON_GetArraySize(required) : 0, nrequired);
}

static void schema_and_program_know_the_same_keys(void **state)
{
    (void)state;
    check_section("", schema.root);
    assert_int_equal(sections_seen, 3 + BX_NBACKENDS);
}

static int setup(void **state)
{
    (void)state;
    return bx_conf_load(&schema, SCHEMA, &problems) && !problems.n ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    bx_conf_free(&schema);
    bx_problems_free(&problems);
    bx_arena_release(&arena);
    return 0;
}

/* The catalogue's names in the schema, in its order: what stands between the brackets of the first enum behind "metric". */
static int write_metrics(void)
{
    enum { WIDTH = 140 };
    BX_CLEANUP_BUF struct bx_buf text = {0};
    BX_CLEANUP_BUF struct bx_buf out = {0};
    struct bx_err e;
    if (!bx_file_read(SCHEMA, 1 << 20, &text, &e))
        return fprintf(stderr, "%s\n", e.text), 1;
    char *metric = strstr(bx_buf_str(&text), "\"metric\": {"), *list = metric ? strstr(metric, "\"enum\": [") : NULL;
    char *end = list ? strchr(list, ']') : NULL;
    if (!end)
        return fprintf(stderr, "%s: found no enum of metrics\n", SCHEMA), 1;
    bx_buf_add(&out, text.p, (size_t)(strchr(list, '[') + 1 - text.p));
    size_t column = WIDTH;
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++) {
        if (bx_metrics[i].group == BX_GROUP_SUPERVISION)
            continue;
        size_t width = strlen(bx_metrics[i].name) + 4;
        bool first = out.p[out.n - 1] == '[', broken = column + width > WIDTH;
        bx_buf_addf(&out, "%s%s\"%s\"", first ? "" : ",", broken ? "\n                  " : " ", bx_metrics[i].name);
        column = broken ? 18 + width : column + width;
    }
    bx_buf_addf(&out, "\n                %s", end);
    if (!bx_file_write(SCHEMA, out.p, out.n, &e))
        return fprintf(stderr, "%s\n", e.text), 1;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--write"))
        return write_metrics();
    const struct CMUnitTest tests[] = {cmocka_unit_test(schema_and_program_know_the_same_keys)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
