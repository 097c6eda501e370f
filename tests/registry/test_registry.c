/* Model configs: what a good one gives, what a hostile one is told, and what only several together can show. */
#include "core/base/digests.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/registry/registry.h"
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/folder.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct bx_arena arena;
static const struct bx_look look = {.file_size = INT64_MAX, .model_files = INT64_MAX};

static char *at(const char *name)
{
    return in(&arena, name);
}

/* The problems, one a line, without the folder. */
static char *printed(const struct bx_problems *ps)
{
    struct bx_buf all = {0};
    for (size_t i = 0; i < ps->n; i++) {
        char *line;
        bx_problem_print(&ps->at[i], &arena, &line);
        bx_buf_addf(&all, "%s%s", i ? "\n" : "", !strncmp(line, folder, strlen(folder)) ? line + strlen(folder) + 1 : line);
    }
    char *s = bx_strdup(&arena, bx_buf_str(&all)), *found;
    while ((found = strstr(s, folder)) != NULL) /* also where another file, or the folder, is named */
        memmove(found, found + strlen(folder), strlen(found + strlen(folder)) + 1);
    bx_buf_free(&all);
    return s;
}

/* The least config, with one more line in it: line 6. */
static char *config(const char *name, const char *more)
{
    return bx_printf(&arena,
                     "{\n\"format\": 1,\n\"name\": \"%s\",\n\"task\": \"detect\",\n\"backend\": {\"type\": \"command\", \"program\": "
                     "\"runner\"}%s%s\n}\n",
                     name, *more ? ",\n" : "", more);
}

static void expect_problems(const char *what, const char *file, const char *text, const char *problems)
{
    struct bx_problems ps = {.arena = &arena};
    struct bx_model m;
    put(file, text);
    bool ok = bx_registry_load_file(at(file), &m, &arena, &ps);
    if (strcmp(printed(&ps), problems) != 0)
        print_message("%s\n", what);
    assert_string_equal(printed(&ps), problems);
    assert_int_equal(ok, ps.errors == 0);
    bx_problems_free(&ps);
}

static void a_full_config_is_read_whole(void **state)
{
    (void)state;
    static const char text[] =
        "// all that there is\n{\n"
        "  \"format\": 1, \"$schema\": \"./model.schema.json\",\n"
        "  \"name\": \"Fast blobs \xE6\x97\xA5\xE6\x9C\xAC\", \"family\": \"Blobs\", \"task\": \"segment\", \"license\": \"apache-2.0 or "
        "MIT\",\n"
        "  \"links\": {\"code\": \"https://example.org/code\", \"paper\": \"http://[::1]:8080/p?q=1#r\", \"weights\": "
        "\"HTTPS://x.example\"},\n"
        "  \"parameters\": 3.2e6, \"flops\": 8.7e9, \"input_size\": [640, 480],\n"
        "  \"training_data\": [\"COCO train2017\", \"mine\"],\n"
        "  \"reported\": [{\"test_set\": \"COCO val2017\", \"metric\": \"map\", \"value\": 0.474, \"source\": \"https://example.org\"},\n"
        "                 {\"test_set\": \"COCO val2017\", \"metric\": \"map_50\", \"value\": 0}],\n"
        "  \"tags\": [\"real-time\"], \"operating_confidence\": 0.35, \"formerly\": [\"old-slug\", \"older\"], \"boards\": "
        "[\"coco-val\"],\n"
        "  \"class_map\": {\"automobile\": \"car\", \"background\": null},\n"
        "  \"backend\": {\"type\": \"command\", \"program\": \"bin/run.sh\", \"args\": [\"--x\", \"\", \"--x\"], \"env\": "
        "[\"CUDA_VISIBLE_DEVICES\"],\n"
        "              \"files\": [\"w/weights.bin\"], \"inflight\": 2, \"max_detections\": 300, \"startup_timeout\": \"5m\",\n"
        "              \"image_timeout\": 1.5, \"total_timeout\": \"1d\"},\n}";
    struct bx_problems ps = {.arena = &arena};
    struct bx_model m;
    struct bx_err e = {0};
    put("bin/run.sh", "#!/bin/sh\n");
    chmod(at("bin/run.sh"), 0755);
    put("w/weights.bin", "weights");
    put("fast-blobs.json", text);
    if (!bx_registry_load_file(at("fast-blobs.json"), &m, &arena, &ps))
        fail_msg("%s", printed(&ps));
    assert_int_equal(ps.n, 0);
    assert_string_equal(m.slug, "fast-blobs");
    assert_string_equal(m.dir, folder);
    assert_string_equal(m.name, "Fast blobs \xE6\x97\xA5\xE6\x9C\xAC");
    assert_int_equal(m.task, BX_SEGMENT);
    assert_string_equal(m.license, "Apache-2.0 OR MIT");
    assert_string_equal(m.link_paper, "http://[::1]:8080/p?q=1#r");
    assert_true(m.parameters == 3200000 && m.flops == 8.7e9 && m.input_w == 640 && m.input_h == 480 && m.operating_confidence == 0.35);
    assert_true(m.ntraining_data == 2 && m.ntags == 1 && m.nformerly == 2 && m.nreported == 2 && m.nclass_map == 2);
    assert_string_equal(m.formerly[1], "older");
    assert_int_equal(m.nboards, 1);
    assert_string_equal(m.boards[0], "coco-val");
    assert_true(m.reported[0].value == 0.474 && !m.reported[1].source);
    assert_string_equal(m.class_map[0].from, "automobile");
    assert_string_equal(m.class_map[0].to, "car");
    assert_null(m.class_map[1].to);
    const struct bx_backend_config *b = &m.backend;
    assert_true(b->kind == BX_BACKEND_COMMAND && b->nargs == 3 && b->nenv == 1 && b->nfiles == 1 && b->inflight == 2 &&
                b->max_detections == 300);
    assert_true(b->startup_timeout == 300 && b->image_timeout == 1.5 && b->total_timeout == 86400);
    if (!bx_registry_files(&m, &look, &e))
        fail_msg("%s", e.text);
    char *program;
    assert_true(bx_registry_program(&m, NULL, 0, &arena, &program, &e));
    assert_string_equal(program, at("bin/run.sh"));
    bx_problems_free(&ps);
}

static void what_is_left_out_has_its_default(void **state)
{
    (void)state;
    struct bx_problems ps = {.arena = &arena};
    struct bx_model m;
    put("p.json", "[]");
    put("least.json", "{\"format\": 1, \"name\": \"N\", \"task\": \"obb\", \"input_size\": 320, \"backend\": {\"type\": \"predictions\", "
                      "\"file\": \"p.json\", "
                      "\"categories\": {\"1\": \"car\", \"17\": \"bus\"}}}");
    assert_true(bx_registry_load_file(at("least.json"), &m, &arena, &ps));
    assert_true(!m.family && !m.license && !m.link_code && isnan(m.parameters) && isnan(m.flops) && isnan(m.operating_confidence));
    assert_true(m.input_w == 320 && m.input_h == 320 && m.nreported == 0 && m.nclass_map == 0 && m.nformerly == 0 && m.nboards == 0);
    assert_true(m.backend.kind == BX_BACKEND_PREDICTIONS && m.backend.ncategories == 2 && m.backend.total_timeout == 21600);
    assert_string_equal(m.backend.categories[1].from, "17");
    assert_string_equal(m.backend.file, "p.json");
    put("least.json", "{\"format\": 1, \"name\": \"N\", \"task\": \"obb\", \"backend\": {\"type\": \"predictions\", \"file\": \"p.json\", "
                      "\"categories\": \"test-set\"}}");
    assert_true(bx_registry_load_file(at("least.json"), &m, &arena, &ps));
    assert_true(!m.backend.categories && m.input_w == 0);
    bx_problems_free(&ps);
}

static void every_wrong_value_is_told_at_its_place(void **state)
{
    (void)state;
    put("file.bin", "");
    put("script.sh", "");
    assert_true(symlink("/etc/passwd", at("link.bin")) == 0 && symlink("/etc", at("away")) == 0 && mkfifo(at("pipe"), 0600) == 0);
    static const struct {
        const char *more, *problems;
    } cases[] = {
        {"\"license\": \"Apache 2.0\"", "6:12: 'license': unknown license 'Apache 2.0', did you mean 'Apache-2.0'?"},
        {"\"license\": \"AGPL-3.0\"", "6:12: warning: 'license': 'AGPL-3.0' is deprecated, say 'AGPL-3.0-only' or 'AGPL-3.0-or-later'"},
        {"\"licence\": \"MIT\"", "6:1: unknown key 'licence', did you mean 'license'?"},
        {"\"Name\": \"x\"", "6:1: unknown key 'Name', did you mean 'name'?"},
        {"\"name\": \"again\"", "6:1: key 'name' is given twice, the first time at 3:1"},
        {"\"task\\u0000\": 1", "6:1: found the character \\u0000 in a string, expected none"},
        {"\"family\": null", "6:11: 'family': found null, expected a string"},
        {"\"family\": \" x\"", "6:11: 'family': found white space around ' x'"},
        {"\"family\": \"a\\u001b[2Jb\"", "6:11: 'family': found a control character in 'a\\u001b[2Jb'"},
        {"\"family\": \"a\\u202eb\"", "6:11: 'family': found a control character in 'a\\u202eb'"},
        {"\"family\": \"a\\u200bb\"", "6:11: 'family': found the invisible character U+200B in 'a\\u200bb'"},
        {"\"family\": \"\\u3164\"", "6:11: 'family': found the invisible character U+3164 in '\\u3164'"},
        {"\"parameters\": \"3.2M\"", "6:15: 'parameters': found '3.2M', expected a number from 0 to 1000000000000000"},
        {"\"parameters\": -1", "6:15: 'parameters': found -1, expected a number from 0 to 1000000000000000"},
        {"\"parameters\": 1e999", "6:15: found 1e999, expected a number below 1.8e308"},
        {"\"input_size\": 0", "6:15: 'input_size': found 0, expected a whole number from 1 to 65535, or [width, height] of such"},
        {"\"input_size\": [640]",
         "6:15: 'input_size': found an array, expected a whole number from 1 to 65535, or [width, height] of such"},
        {"\"input_size\": [640, 1.5]",
         "6:15: 'input_size': found an array, expected a whole number from 1 to 65535, or [width, height] of such"},
        {"\"links\": {\"code\": \"javascript:alert(1)\", \"papers\": \"\"}",
         "6:19: 'links.code': found 'javascript:alert(1)', expected a URL that begins with 'https://' or 'http://'\n6:42: unknown key "
         "'papers', did you mean 'paper'?"},
        {"\"links\": []", "6:10: 'links': found an array, expected an object"},
        {"\"tags\": \"x\"", "6:9: 'tags': found 'x', expected an array"},
        {"\"tags\": [\"a\", 5, \"a\"]", "6:15: 'tags[1]': found 5, expected a string\n6:18: 'tags[2]': found 'a' a second time"},
        {"\"operating_confidence\": 35", "6:25: 'operating_confidence': found 35, expected a number from 0 to 1"},
        {"\"formerly\": [\"Old\"]",
         "6:14: 'formerly[0]': found 'Old', expected lower-case letters, digits, '.', '_' and '-', at most 64, a letter or digit first"},
        {"\"boards\": []", "6:11: 'boards': found an empty list, expected slugs of boards; without 'boards' it is every one that fits"},
        {"\"boards\": \"coco\"", "6:11: 'boards': found 'coco', expected an array"},
        {"\"class_map\": {\"a\": \"b\", \"c\": 5, \"\": \"d\"}",
         "6:30: the class for 'c': found 5, expected a string\n"
         "6:37: 'class_map': found the key '', expected a class name of the model, at most 200 bytes, without control characters"},
        {"\"class_map\": [\"a\"]", "6:14: 'class_map': found an array, expected an object: class name to class name or null"},
        {"\"reported\": [{\"test_set\": \"x\", \"metric\": \"map\", \"value\": 47.4}]",
         "6:58: 'reported.value': found 47.4, expected a fraction from 0 to 1 (47.4 % is 0.474)"},
        {"\"reported\": [{\"metric\": \"mAP50\", \"value\": \"0.5\"}, 7]",
         "6:14: 'reported[0].test_set' is missing\n6:25: 'reported[0].metric': found 'mAP50', did you mean 'map_50'?\n"
         "6:43: 'reported[0].value': found '0.5', expected a number from -1000000000000000 to 1000000000000000\n6:51: 'reported[1]': found "
         "7, expected an object"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *all = bx_strdup(&arena, ""), *list = bx_strdup(&arena, cases[i].problems);
        for (char *line = list, *next; line; line = next) { /* each is said of the file */
            next = strchr(line, '\n');
            if (next)
                *next++ = '\0';
            all = bx_printf(&arena, "%s%sm.json:%s", all, *all ? "\n" : "", line);
        }
        expect_problems(cases[i].more, "m.json", config("N", cases[i].more), all);
    }
}

static void a_hostile_backend_is_refused(void **state)
{
    (void)state;
    put("file.bin", "");
    put("script.sh", "");
    put("sub/x.bin", "");
    unlink(at("link.bin"));
    unlink(at("away"));
    unlink(at("pipe"));
    assert_true(symlink("/etc/passwd", at("link.bin")) == 0 && symlink("/etc", at("away")) == 0 && mkfifo(at("pipe"), 0600) == 0);
    static const struct {
        const char *backend, *problems;
    } cases[] = {
        {"5", "m.json:1:57: 'backend': found 5, expected an object"},
        {"{}", "m.json:1:57: 'backend.type' is missing, expected 'predictions', 'command', 'onnx', 'http' or 'roboflow'"},
        {"{\"type\": \"pigeon\"}",
         "m.json:1:66: 'backend.type': found 'pigeon', expected 'predictions', 'command', 'onnx', 'http' or 'roboflow'"},
        {"{\"type\": \"onnx\"}", "m.json:1:57: 'backend.file' is missing"},
        {"{\"type\": \"onnx\", \"file\": \"file.bin\", \"head\": \"yolo5\"}",
         "m.json:1:102: 'backend.head': found 'yolo5', did you mean 'yolov5'?"},
        {"{\"type\": \"onnx\", \"file\": \"file.bin\", \"resize\": \"crop\"}",
         "m.json:1:104: 'backend.resize': found 'crop', expected 'letterbox', 'stretch', 'stretch-float', 'top-left' or 'none'"},
        {"{\"type\": \"onnx\", \"file\": \"file.bin\", \"size\": [640, 0]}",
         "m.json:1:102: 'backend.size': found an array, expected a whole number from 1 to 8192, or [width, height] of such"},
        {"{\"type\": \"onnx\", \"file\": \"file.bin\", \"names\": [\"a\", \"a\"]}",
         "m.json:1:109: 'backend.names[1]': found 'a' a second time"},
        {"{\"type\": \"onnx\", \"file\": \"../file.bin\"}",
         "m.json:1:82: 'backend.file': found '../file.bin', expected a path that stays inside the config's folder"},
        {"{\"type\": \"comand\"}", "m.json:1:66: 'backend.type': found 'comand', did you mean 'command'?"},
        {"{\"type\": [\"command\"]}", "m.json:1:66: 'backend.type': found an array, expected a string"},
        {"{\"type\": \"command\"}", "m.json:1:57: 'backend.program' is missing"},
        {"{\"type\": \"command\", \"program\": \"/bin/sh\"}",
         "m.json:1:88: 'backend.program': found '/bin/sh', expected a relative path inside the config's folder"},
        {"{\"type\": \"command\", \"program\": \"../evil\"}",
         "m.json:1:88: 'backend.program': found '../evil', expected a path that stays inside the config's folder"},
        {"{\"type\": \"command\", \"program\": \"..\"}",
         "m.json:1:88: 'backend.program': found '..', expected a path that stays inside the config's folder"},
        {"{\"type\": \"command\", \"program\": \"-c\"}", "m.json:1:88: 'backend.program': found '-c', expected the name of a program"},
        {"{\"type\": \"command\", \"program\": \"away/passwd\"}",
         "m.json:1:88: 'backend.program': 'away/passwd' in '' is or goes through a symbolic link, which is not followed"},
        {"{\"type\": \"command\", \"program\": \"r\", \"args\": [\"a\", 5, \"b\\nc\"]}",
         "m.json:1:107: 'backend.args[1]': found 5, expected a string\nm.json:1:110: 'backend.args[2]': found a control character in "
         "'b\\u000ac'"},
        {"{\"type\": \"command\", \"program\": \"r\", \"args\": \"--x; rm -rf /\"}",
         "m.json:1:101: 'backend.args': found '--x; rm -rf /', expected an array"},
        {"{\"type\": \"command\", \"program\": \"r\", \"env\": [\"KEY=abc\", \"0X\", \"A\", \"A\"]}",
         "m.json:1:101: 'backend.env[0]': found 'KEY=abc', expected the name of an environment variable (its value is never written here)\n"
         "m.json:1:112: 'backend.env[1]': found '0X', expected the name of an environment variable (its value is never written here)\n"
         "m.json:1:123: 'backend.env[3]': found 'A' a second time"},
        {"{\"type\": \"command\", \"program\": \"r\", \"files\": [\"file.bin\", \"sub/x.bin\"]}", ""},
        {"{\"type\": \"command\", \"program\": \"r\", \"files\": [\"absent.bin\", \"sub\", \"link.bin\", \"away/passwd\", \"pipe\", "
         "\"sub//x.bin\", \"./file.bin\", \"sub/\"]}",
         "m.json:1:103: 'backend.files[0]': cannot open 'absent.bin' in '': No such file or directory\n"
         "m.json:1:117: 'backend.files[1]': 'sub' in '' is not a regular file\n"
         "m.json:1:124: 'backend.files[2]': 'link.bin' in '' is or goes through a symbolic link, which is not followed\n"
         "m.json:1:136: 'backend.files[3]': 'away/passwd' in '' is or goes through a symbolic link, which is not followed\n"
         "m.json:1:151: 'backend.files[4]': 'pipe' in '' is not a regular file\n"
         "m.json:1:159: 'backend.files[5]': found 'sub//x.bin', expected a file, without empty components\n"
         "m.json:1:173: 'backend.files[6]': found './file.bin', expected a path without '.'\n"
         "m.json:1:187: 'backend.files[7]': found 'sub/', expected a file, without empty components"},
        {"{\"type\": \"command\", \"program\": \"sub/x.bin\"}", "m.json:1:88: 'backend.program': 'sub/x.bin' is not executable"},
        {"{\"type\": \"command\", \"program\": \"r\", \"inflight\": 0, \"max_detections\": 1.5, \"image_timeout\": \"0s\", "
         "\"total_timeout\": \"soon\", \"shell\": true}",
         "m.json:1:105: 'backend.inflight': found 0, expected a whole number from 1 to 64\n"
         "m.json:1:126: 'backend.max_detections': found 1.5, expected a whole number from 1 to 100000\n"
         "m.json:1:148: 'backend.image_timeout': found '0s', expected a time like '90s', '5m' or '6h', or a number of seconds, from 0.1 to "
         "86400 seconds\n"
         "m.json:1:171: 'backend.total_timeout': found 'soon', expected a time like '90s', '5m' or '6h', or a number of seconds, from 1 to "
         "2592000 seconds\n"
         "m.json:1:179: unknown key 'shell'"},
        {"{\"type\": \"predictions\", \"file\": \"../../etc/passwd\", \"categories\": {\"1\": \"car\", \"x\": \"bus\", \"2\": null}, "
         "\"program\": \"r\"}",
         "m.json:1:89: 'backend.file': found '../../etc/passwd', expected a path that stays inside the config's folder\n"
         "m.json:1:141: 'backend.categories': found the key 'x', expected a category id, written in decimal\n"
         "m.json:1:153: the class for '2': found null, expected a string\n"
         "m.json:1:160: unknown key 'program'"},
        {"{\"type\": \"predictions\", \"file\": \"file.bin\", \"categories\": \"coco\"}",
         "m.json:1:115: 'backend.categories': found 'coco', expected 'test-set' or an object: category id to class name"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_problems(cases[i].backend, "m.json",
                        bx_printf(&arena, "{\"format\": 1, \"name\": \"N\", \"task\": \"detect\", \"backend\": %s}", cases[i].backend),
                        cases[i].problems);
}

static void what_is_missing_is_told_at_once(void **state)
{
    (void)state;
    expect_problems(
        "nothing in it", "m.json", "{}",
        "m.json:1:1: 'backend' is missing\nm.json:1:1: 'format' is missing\nm.json:1:1: 'name' is missing\nm.json:1:1: 'task' is missing");
    expect_problems("another format", "m.json",
                    "{\"format\": 2, \"name\": \"N\", \"task\": \"detct\", \"backend\": {\"type\": \"command\", \"program\": \"r\"}}",
                    "m.json:1:12: 'format': found 2, expected 1\nm.json:1:36: 'task': found 'detct', did you mean 'detect'?");
}

static void urls_are_plain(void **state)
{
    (void)state;
    static const char *const good[] = {"https://a", "http://a.b-c.example:8080/x?y=1&z=[2]#f", "https://[2001:db8::1]/",
                                       "https://a/%20~(x)!*;,$'"};
    static const char *const bad[] = {"ftp://a",
                                      "//a",
                                      "a.b",
                                      "https:/a",
                                      "https://",
                                      "https:///x",
                                      "https://user@host/",
                                      "https://user:pw@host/",
                                      "https://a:b/",
                                      "https://a:/",
                                      "https://a b/",
                                      "https://a/\"",
                                      "https://a/<",
                                      "https://a/\\\\",
                                      "https://.a",
                                      "https://-a",
                                      "https://a_b",
                                      "https://\xC3\xA9.example/",
                                      "https://[]/",
                                      "https://[::1",
                                      "https://a|b",
                                      "data:text/html,x",
                                      "https://a:123456/",
                                      "https://evil.example\\\\@good.example/"};
    for (size_t i = 0; i < COUNT(good) - 1; i++)
        expect_problems(good[i], "m.json", config("N", bx_printf(&arena, "\"links\": {\"code\": \"%s\"}", good[i])), "");
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct bx_problems ps = {.arena = &arena};
        struct bx_model m;
        put("m.json", config("N", bx_printf(&arena, "\"links\": {\"code\": %s\"%s\"}", "",
                                            !strcmp(bad[i], "https://a/\"") ? "https://a/\\\"" : bad[i])));
        if (bx_registry_load_file(at("m.json"), &m, &arena, &ps) || ps.n != 1)
            fail_msg("%s: %s", bad[i], printed(&ps));
        bx_problems_free(&ps);
    }
}

static void sizes_have_limits_and_messages_stay_short(void **state)
{
    (void)state;
    char *huge = BX_NEW(&arena, char, 1000001);
    memset(huge, 'x', 1000000);
    expect_problems("a megabyte name", "m.json", config(huge, ""), "m.json:3:9: 'name': found 1000000 bytes, expected at most 100");
    huge[101] = '\0';
    expect_problems("one byte too long", "m.json", config(huge, ""), "m.json:3:9: 'name': found 101 bytes, expected at most 100");
    huge[100] = '\0';
    expect_problems("just right", "m.json", config(huge, ""), "");
    char *pad = BX_NEW(&arena, char, 1100001);
    memset(pad, ' ', 1100000);
    expect_problems("a huge file", "m.json", pad, "m.json: '/m.json' has 1100000 bytes, at most 1048576 are allowed");
    struct bx_buf tags = {0};
    bx_buf_adds(&tags, "\"tags\": [");
    for (int i = 0; i < 51; i++)
        bx_buf_addf(&tags, "%s\"%d\"", i ? "," : "", i);
    bx_buf_adds(&tags, "]");
    expect_problems("too many tags", "m.json", config("N", bx_buf_str(&tags)),
                    "m.json:6:250: 'tags': found 51 elements, expected at most 50");
    bx_buf_free(&tags);
}

static void thousands_of_problems_are_told_in_a_hundred_lines(void **state)
{
    (void)state;
    struct bx_buf map = {0};
    bx_buf_adds(&map, "\"class_map\": {");
    for (int i = 0; i < 9000; i++)
        bx_buf_addf(&map, "%s\"c%d\": 5", i ? ",\n" : "", i);
    bx_buf_adds(&map, "}");
    put("m.json", config("N", bx_buf_str(&map)));
    struct bx_problems ps = {.arena = &arena};
    struct bx_model m;
    assert_false(bx_registry_load_file(at("m.json"), &m, &arena, &ps));
    assert_int_equal(ps.n, 101);
    assert_int_equal(ps.errors, 9000);
    assert_string_equal(ps.at[100].text, "and 8900 more problems");
    assert_int_equal(ps.at[100].line, 106);
    bx_problems_free(&ps);
    bx_buf_free(&map);
}

static void file_names_are_slugs(void **state)
{
    (void)state;
    static const char rule[] = "the file's name is the model's place on the site: expected lower-case letters, digits, '.', '_' and '-', "
                               "at most 64, a letter or digit first";
    static const struct {
        const char *file, *example;
    } cases[] = {{"Fast Blobs (v2).json", "; for instance 'fast-blobs-v2.json'"},
                 {"-x.json", "; for instance 'x.json'"},
                 {"\xFF\xFE.json", ""},
                 {"\xE6\x97\xA5.json", ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_problem p = {at(cases[i].file), 0, 0, false, bx_printf(&arena, "%s%s", rule, cases[i].example)};
        char *line;
        bx_problem_print(&p, &arena, &line);
        expect_problems(cases[i].file, cases[i].file, config("N", ""), line + strlen(folder) + 1);
    }
    expect_problems("another ending", "model.txt", config("N", ""), "model.txt: the name of a model's config must end in '.json'");
    expect_problems("capital ending", "model.JSON", config("N", ""), "");
}

static void a_folder_gives_the_good_and_the_bad(void **state)
{
    (void)state;
    empty_folder(NULL);
    put("b.json", config("B", ""));
    put("a.json", config("A", "\"formerly\": [\"was-a\"]"));
    put("broken.json", "{\"format\": 1,\n");
    put("twice.json", config("b", ""));
    put("moved.json", config("M", "\"formerly\": [\"a\", \"was-a\"]"));
    put("model.schema.json", "{}");
    put(".hidden.json", "{}");
    put("README.md", "");
    put("nul.json", "{\"format\": 1}");
    put_bytes("nul.json", "{\"format\": 1}\0", 14);
    put("folder.json/x", "");
    assert_int_equal(symlink("/etc/passwd", at("link.json")), 0);
    assert_int_equal(symlink("nowhere", at("dangling.json")), 0);
    assert_int_equal(mkfifo(at("pipe.json"), 0600), 0);
    struct bx_problems ps = {.arena = &arena};
    struct bx_registry r;
    struct bx_err e = {0};
    assert_true(bx_registry_load(folder, NULL, &r, &arena, &ps, &e));
    assert_string_equal(printed(&ps), "a.json:6:14: former slug 'was-a' is also /moved.json:6:19\n"
                                      "b.json:3:9: name 'B' is also /twice.json:3:9\n"
                                      "broken.json:2:1: found the end of the file, expected a key in double quotes\n"
                                      "dangling.json: 'dangling.json' in '' is or goes through a symbolic link, which is not followed\n"
                                      "folder.json: 'folder.json' in '' is not a regular file\n"
                                      "link.json: 'link.json' in '' is or goes through a symbolic link, which is not followed\n"
                                      "moved.json:6:14: 'formerly' names 'a', which is a model of today: /a.json\n"
                                      "moved.json:6:19: former slug 'was-a' is also /a.json:6:14\n"
                                      "nul.json:1:14: found byte 0x00, expected nothing more\n"
                                      "pipe.json: 'pipe.json' in '' is not a regular file\n"
                                      "twice.json:3:9: name 'b' is also /b.json:3:9");
    assert_int_equal(r.n, 0);
    assert_int_equal(r.nbad, 10);
    assert_string_equal(r.bad[0].slug, "a");
    assert_string_equal(r.bad[2].slug, "broken");
    assert_string_equal(r.bad[2].reason, "2:1: found the end of the file, expected a key in double quotes");
    bx_problems_free(&ps);
    assert_false(bx_registry_load(at("absent"), NULL, &r, &arena, &ps, &e));
    bx_problems_free(&ps);
}

static void models_come_by_slug_and_are_found(void **state)
{
    (void)state;
    empty_folder(NULL);
    static const char *const slugs[] = {"0", "a", "a-b", "a.b", "ab", "z"};
    for (size_t i = COUNT(slugs); i-- > 0;)
        put(bx_printf(&arena, "%s.json", slugs[i]), config(slugs[i], ""));
    struct bx_problems ps = {.arena = &arena};
    struct bx_registry r;
    struct bx_err e = {0};
    assert_true(bx_registry_load(folder, NULL, &r, &arena, &ps, &e));
    assert_int_equal(r.n, COUNT(slugs));
    for (size_t i = 0; i < r.n; i++) {
        assert_string_equal(r.models[i].slug, slugs[i]);
        assert_ptr_equal(bx_registry_find(&r, slugs[i]), &r.models[i]);
    }
    assert_null(bx_registry_find(&r, "b"));
    bx_problems_free(&ps);
}

static void two_files_with_one_slug_are_both_refused(void **state)
{
    (void)state;
    empty_folder(NULL);
    put("fast.json", config("A", ""));
    put("fast.JSON", config("B", ""));
    put("Other.json", config("C", ""));
    put("other.json", config("D", ""));
    struct bx_problems ps = {.arena = &arena};
    struct bx_registry r;
    struct bx_err e = {0};
    assert_true(bx_registry_load(folder, NULL, &r, &arena, &ps, &e));
    assert_int_equal(r.n, 0);
    assert_int_equal(r.nbad, 4);
    const char *all = printed(&ps);
    assert_non_null(strstr(all, "fast.json: slug 'fast' is also /fast.JSON"));
    assert_non_null(strstr(all, "fast.JSON: slug 'fast' is also /fast.json"));
    assert_non_null(strstr(all, "other.json: slug 'other' is also /Other.json"));
    assert_non_null(strstr(all, "Other.json: slug 'Other' is also /other.json"));
    bx_problems_free(&ps);
}

static void one_file_is_compared_with_its_neighbours(void **state)
{
    (void)state;
    empty_folder(NULL);
    put("a.json", config("Same", ""));
    put("b.json", config("same", ""));
    put("c.json", "{ broken");
    const char *paths[] = {at("b.json"), bx_printf(&arena, "%s/./b.json", folder)};
    struct bx_problems ps = {.arena = &arena};
    struct bx_registry r;
    bx_registry_load_files(paths, 2, &r, &arena, &ps);
    assert_int_equal(ps.n, 1); /* neither c.json's nor a.json's problems; b.json once */
    assert_non_null(strstr(printed(&ps), "3:9: name 'same' is also /a.json:3:9"));
    assert_int_equal(r.n + r.nbad, 1);
    bx_problems_free(&ps);
    const char *absent[] = {at("absent.json"), at("nofolder/x.json")};
    bx_registry_load_files(absent, 2, &r, &arena, &ps);
    assert_int_equal(ps.n, 2);
    assert_int_equal(r.nbad, 2);
    bx_problems_free(&ps);
}

struct digests {
    uint8_t eval[32], score[32], files[32], version[32];
};

static struct digests digests_of(const char *text)
{
    struct bx_problems ps = {.arena = &arena};
    struct bx_model m;
    struct bx_err e = {0};
    const char *path[] = {at("libexec")};
    const struct bx_look there = {.runner_path = path, .nrunner_path = 1, .file_size = INT64_MAX, .model_files = INT64_MAX};
    put("d.json", text);
    if (!bx_registry_load_file(at("d.json"), &m, &arena, &ps) || !bx_registry_files(&m, &there, &e))
        fail_msg("%s%s", printed(&ps), e.text);
    bx_problems_free(&ps);
    struct digests d;
    memcpy(d.eval, m.eval_digest, 32);
    memcpy(d.score, m.score_digest, 32);
    memcpy(d.files, m.files_digest, 32);
    memcpy(d.version, m.version, 32);
    return d;
}

static bool same(const uint8_t a[32], const uint8_t b[32])
{
    return !memcmp(a, b, 32);
}

#define HEAD    "{\"format\": 1, \"name\": \"N\", \"task\": \"detect\", "
#define BACKEND "\"backend\": {\"type\": \"command\", \"program\": \"run\", \"files\": [\"w.bin\"]"

static void a_version_is_what_an_answer_depends_on(void **state)
{
    (void)state;
    empty_folder(NULL);
    put("w.bin", "one");
    put("libexec/run", "#!/bin/sh\n");
    chmod(at("libexec/run"), 0755);
    struct digests base = digests_of(HEAD BACKEND "}}");

    struct digests meta = digests_of("// comment\n{\"task\": \"detect\", \"name\": \"Other\", \"tags\": [\"x\"], " BACKEND
                                     ", \"image_timeout\": \"5s\", \"total_timeout\": 60}, \"format\": 1,}");
    assert_true(same(meta.eval, base.eval) && same(meta.score, base.score) && same(meta.version, base.version));

    struct digests score = digests_of(HEAD "\"operating_confidence\": 0.5, " BACKEND "}}");
    assert_true(same(score.version, base.version) && !same(score.score, base.score));
    score = digests_of(HEAD "\"class_map\": {\"a\": null}, " BACKEND "}}");
    assert_true(same(score.version, base.version) && !same(score.score, base.score));
    score = digests_of(HEAD "\"class_map\": {}, " BACKEND "}}");
    assert_true(same(score.version, base.version) && same(score.score, base.score));

    struct digests eval = digests_of(HEAD BACKEND ", \"args\": [\"x\"]}}");
    assert_true(!same(eval.eval, base.eval) && same(eval.files, base.files) && !same(eval.version, base.version));
    eval = digests_of("{\"format\": 1, \"name\": \"N\", \"task\": \"segment\", " BACKEND "}}");
    assert_true(!same(eval.eval, base.eval));

    put("w.bin", "two");
    struct digests files = digests_of(HEAD BACKEND "}}");
    assert_true(same(files.eval, base.eval) && !same(files.files, base.files) && !same(files.version, base.version));
    put("w.bin", "one");
    put("libexec/run", "#!/bin/sh\n# new\n");
    chmod(at("libexec/run"), 0755);
    files = digests_of(HEAD BACKEND "}}");
    assert_true(same(files.eval, base.eval) && !same(files.version, base.version));
}

/* The digests are kept in databases: these are final. Computed by hand from registry.h (sha256sum of the bytes written
 * out). */
static void the_digests_are_those_of_the_contract(void **state)
{
    (void)state;
    empty_folder(NULL);
    put("w.bin", "one");
    put("libexec/run", "#!/bin/sh\n");
    chmod(at("libexec/run"), 0755);
    struct digests d = digests_of(HEAD BACKEND ", \"startup_timeout\": 9}, \"operating_confidence\": 0.50}");
    uint8_t want[32], content[32];
    static const char eval[] =
        "boxscore evaluation 1\n{\"backend\":{\"files\":[\"w.bin\"],\"program\":\"run\",\"type\":\"command\"},\"task\":\"detect\"}";
    static const char score[] = "boxscore scoring 1\n{\"operating_confidence\":0.5}";
    bx_sha256(eval, sizeof eval - 1, want);
    assert_true(same(d.eval, want));
    bx_sha256(score, sizeof score - 1, want);
    assert_true(same(d.score, want));
    struct bx_buf bytes = {0};
    bx_buf_add(&bytes, "boxscore model files 1\n\2\0\0\0", 27);
    bx_buf_add(&bytes, "\3\0\0\0run", 7);
    bx_sha256("#!/bin/sh\n", 10, content);
    bx_buf_add(&bytes, content, 32);
    bx_buf_add(&bytes, "\5\0\0\0w.bin", 9);
    bx_sha256("one", 3, content);
    bx_buf_add(&bytes, content, 32);
    bx_sha256(bytes.p, bytes.n, want);
    assert_true(same(d.files, want));
    bx_buf_clear(&bytes);
    bx_buf_adds(&bytes, "boxscore model version 1\n");
    bx_buf_add(&bytes, d.eval, 32);
    bx_buf_add(&bytes, d.files, 32);
    bx_sha256(bytes.p, bytes.n, want);
    assert_true(same(d.version, want));
    bx_buf_free(&bytes);
}

static void same_model(const struct bx_model *x, const struct bx_model *y)
{
    assert_true(same(x->eval_digest, y->eval_digest) && same(x->score_digest, y->score_digest));
    assert_string_equal(x->config_json, y->config_json);
    assert_string_equal(x->name, y->name);
    assert_string_equal(x->license, y->license);
    assert_string_equal(x->link_code, y->link_code);
    assert_true(x->input_w == y->input_w && x->ntags == y->ntags && x->nreported == y->nreported && x->nclass_map == y->nclass_map);
    assert_string_equal(x->backend.program, y->backend.program);
}

static void a_stored_config_is_the_same_model_without_its_files(void **state)
{
    (void)state;
    struct bx_problems ps = {.arena = &arena};
    struct bx_model m, stored;
    struct bx_err e = {0};
    empty_folder(NULL);
    put("run.sh", "#!/bin/sh\n");
    chmod(at("run.sh"), 0755);
    put("m.json",
        "{\"format\": 1, \"name\": \"N\", \"task\": \"detect\", \"license\": \"mit\", \"input_size\": 640, \"tags\": [\"a\", \"b\"],"
        "\"links\": {\"code\": \"https://example.org\"}, \"class_map\": {\"a\": null}, \"operating_confidence\": 0.5,"
        "\"reported\": [{\"test_set\": \"x\", \"metric\": \"map\", \"value\": 0.5}],"
        "\"backend\": {\"type\": \"command\", \"program\": \"run.sh\", \"args\": [\"x\"]}}");
    assert_true(bx_registry_load_file(at("m.json"), &m, &arena, &ps));
    empty_folder(NULL);
    if (!bx_registry_stored(m.config_json, "m", &stored, &arena, &e))
        fail_msg("%s", e.text);
    same_model(&m, &stored);
    assert_string_equal(stored.slug, "m");
    bx_problems_free(&ps);
}

static void of_a_stored_config_that_is_none_the_rest_is_there(void **state)
{
    (void)state;
    static const struct {
        const char *config;
        enum bx_code code;
        const char *said;
    } cases[] = {
        {"{", BX_DB, "damaged"},
        {"[]", BX_DB, "damaged"},
        {"", BX_DB, "damaged"},
        {"{}", BX_CONFIG, "'format' is missing"},
        {"{\"backend\": 5, \"task\": 7, \"name\": [], \"links\": 3, \"reported\": {}, \"tags\": [[]], \"input_size\": []}", BX_CONFIG, ""},
        {"{\"backend\": {\"type\": 7, \"args\": 5, \"env\": [1]}}", BX_CONFIG, ""},
        {"{\"backend\": {\"type\": \"telepathy\", \"args\": 5, \"file\": 3}}", BX_CONFIG, ""},
        {"{\"backend\": {\"type\": \"command\", \"args\": [5, {}], \"program\": 3, \"startup_timeout\": []}}", BX_CONFIG, ""},
        {"{\"name\": \"a\", \"name\": 5}", BX_CONFIG, "twice"},
        {"{\"class_map\": {\"a\": 3}}", BX_DB, "class map"},
        {"{\"class_map\": []}", BX_DB, "class map"},
        {"{\"operating_confidence\": 2}", BX_DB, "operating confidence"},
        {"{\"operating_confidence\": null}", BX_DB, "operating confidence"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_err e = {0};
        struct bx_model m;
        if (bx_registry_stored(cases[i].config, "m", &m, &arena, &e) || e.code != cases[i].code || !strstr(e.text, cases[i].said))
            fail_msg("%s: %d '%s'", cases[i].config, (int)e.code, e.text);
        assert_true(!m.nreported && !m.ntags && !m.nclass_map && isnan(m.operating_confidence) && !m.backend.program && !m.input_w);
    }
    struct bx_err e = {0};
    struct bx_model m;
    assert_false(bx_registry_stored(
        "{\"format\": 1, \"name\": \"N\", \"task\": \"obb\", \"license\": \"Some-Day-2031\", \"new_key\": {\"a\": [1]},"
        "\"family\": \"a\\u001b[2Jb\", \"tags\": [\"one\", \"t\\u202ewo\", \"three\"], \"formerly\": [\"../x\", \"old\"],"
        "\"links\": {\"code\": \"javascript:alert(1)\", \"paper\": \"https://example.org/p\"},"
        "\"reported\": [{\"test_set\": \"x\", \"metric\": \"mmap\", \"value\": 1}, 5, {\"test_set\": \"x\", \"metric\": \"map\", "
        "\"value\": 47},"
        "{\"test_set\": \"x\", \"metric\": \"map\", \"value\": 0.25}], \"class_map\": {\"a\": \"b\"}, \"operating_confidence\": 0.5,"
        "\"backend\": {\"type\": \"command\", \"program\": \"../run\", \"args\": [\"x\"], \"env\": [\"A=1\"]}}",
        "m", &m, &arena, &e));
    assert_int_equal(e.code, BX_CONFIG);
    assert_true(m.task == BX_OBB && !m.family && !m.link_code && m.ntags == 2 && m.nformerly == 1 && m.nreported == 1);
    assert_string_equal(m.license, "Some-Day-2031");
    assert_string_equal(m.link_paper, "https://example.org/p");
    assert_string_equal(m.tags[1], "three");
    assert_string_equal(m.formerly[0], "old");
    assert_true(m.reported[0].value == 0.25 && m.nclass_map == 1 && m.operating_confidence == 0.5);
    assert_true(m.backend.kind == BX_BACKEND_COMMAND && !m.backend.program && m.backend.nargs == 1 && !m.backend.nenv);
}

static void programs_are_looked_up_where_the_operator_says(void **state)
{
    (void)state;
    empty_folder(NULL);
    put("m.json", config("N", ""));
    put("one/runner", "");
    put("two/runner", "");
    put("three/runner", "");
    chmod(at("two/runner"), 0755);
    chmod(at("three/runner"), 0755);
    struct bx_problems ps = {.arena = &arena};
    struct bx_model m;
    struct bx_err e = {0};
    char *program;
    const char *path[] = {at("absent"), at("one"), at("two"), at("three")};
    assert_true(bx_registry_load_file(at("m.json"), &m, &arena, &ps));
    assert_true(bx_registry_program(&m, path, 4, &arena, &program, &e));
    assert_string_equal(program, at("two/runner"));
    assert_false(bx_registry_program(&m, path, 2, &arena, &program, &e));
    assert_non_null(strstr(e.text, "program 'runner' is in none of the runner_path's folders"));
    assert_false(bx_registry_program(&m, NULL, 0, &arena, &program, &e));
    assert_false(bx_registry_files(&m, &look, &e));
    assert_non_null(strstr(e.text, "model 'm': program 'runner'"));
    bx_problems_free(&ps);
}

/* A reader cannot tell them apart, so they are one. */
static void names_that_look_alike_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *other, *text; /* NULL: they are two */
    } cases[] = {
        {"caf\u00e9", "cafe\u0301", "name 'caf\u00e9' (U+00E9) looks like 'cafe\u0301' (U+0301) of "},
        {"YOLO", "\uff39\uff2f\uff2c\uff2f", "name 'YOLO' (ASCII) looks like '\uff39\uff2f\uff2c\uff2f' (U+FF39 U+FF2F U+FF2C U+FF2F) of "},
        {"scope", "\u0455\u0441\u043e\u0440\u0435",
         "name 'scope' (ASCII) looks like '\u0455\u0441\u043e\u0440\u0435' (U+0455 U+0441 U+043E U+0440 U+0435) of "},
        {"Yolo", "Y\u03bfl\u043e", "(U+03BF U+043E) of "},
        {"\u0391\u0392", "ab", "name '\u0391\u0392' (U+0391 U+0392) looks like 'ab' (ASCII) of "}, /* without case, as names are */
        {"yolo", "yo\u200dlo", "looks like "},
        {"a", "A", "name 'a' is also "},
        {"yolo", "yolo11", NULL},
        {"caf\u00e9", "cafe", NULL},
        {"\u0434\u043e\u043c", "\u0434\u0430\u043c", NULL},
        {"\u732b", "\u72ac", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_problems ps = {.arena = &arena};
        struct bx_registry r;
        struct bx_err e = {0};
        empty_folder(NULL);
        put("x.json", config(cases[i].name, ""));
        put("y.json", config(cases[i].other, ""));
        assert_true(bx_registry_load(folder, NULL, &r, &arena, &ps, &e));
        assert_int_equal(r.n, cases[i].text ? 0 : 2);
        assert_int_equal(ps.errors, cases[i].text ? 2 : 0);
        if (cases[i].text && !strstr(printed(&ps), cases[i].text))
            fail_msg("case %zu: %s", i, printed(&ps));
        bx_problems_free(&ps);
    }
}

/* Of two that want one name the one that was here before stays, and a pull request puts nobody out. */
static void who_was_here_before_stays(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct bx_standing known[2];
        size_t n;
        const char *x, *y; /* files, their names and former slugs */
        const char *xname, *yname, *xformer, *yformer;
        const char *stays, *refused; /* "x", "y", or NULL: none; what is said of who is refused */
    } cases[] = {
#define TAKEN(s, n, has, gone, when)                                                                                                       \
    {.slug = s, .name = n, .file = s ".json", .taken = true, .numbers = has, .retired = gone, .since = when}
        {"nobody is known", {{0}}, 0, "x.json", "y.json", "A", "a", "", "", NULL, "name 'a' is also /x.json:3:9"},
        {"one is new",
         {TAKEN("x", "A", false, false, 5)},
         1,
         "x.json",
         "y.json",
         "A",
         "a",
         "",
         "",
         "x",
         "also /x.json:3:9, which was here before"},
        {"one was only ever refused",
         {TAKEN("x", "A", true, false, 5), {.slug = "y", .since = 1}},
         2,
         "x.json",
         "y.json",
         "A",
         "a",
         "",
         "",
         "x",
         "which was here before"},
        {"one was allowed before any night",
         {{.slug = "y", .taken = true, .since = 5}},
         1,
         "x.json",
         "y.json",
         "A",
         "a",
         "",
         "",
         "y",
         "which was here before"},
        {"one has numbers",
         {TAKEN("x", "A", false, false, 1), TAKEN("y", "a", true, false, 2)},
         2,
         "x.json",
         "y.json",
         "A",
         "a",
         "",
         "",
         "y",
         "which was here before"},
        {"one takes the other's name",
         {TAKEN("x", "B", true, false, 1), TAKEN("y", "A", false, false, 2)},
         2,
         "x.json",
         "y.json",
         "\u0410",
         "A",
         "",
         "",
         "y",
         "looks like 'A' (ASCII) of /y.json:3:9, which was here before"},
        {"one comes back",
         {TAKEN("x", "A", true, true, 1), TAKEN("y", "A", true, false, 2)},
         2,
         "x.json",
         "y.json",
         "A",
         "A",
         "",
         "",
         "y",
         "which was here before"},
        {"one came first",
         {TAKEN("x", "A", true, false, 2), TAKEN("y", "A", true, false, 1)},
         2,
         "x.json",
         "y.json",
         "A",
         "A",
         "",
         "",
         "y",
         "which was here before"},
        {"both came at once",
         {TAKEN("x", "A", true, false, 2), TAKEN("y", "A", true, false, 2)},
         2,
         "x.json",
         "y.json",
         "A",
         "A",
         "",
         "",
         NULL,
         "name 'A' is also /x.json:3:9"},
        {"a slug in another case",
         {TAKEN("x", "A", true, false, 1)},
         1,
         "x.json",
         "x.JSON",
         "A",
         "B",
         "",
         "",
         "x",
         "x.JSON: slug 'x' is also /x.json, which was here before"},
        {"a former slug",
         {TAKEN("y", "B", true, false, 1)},
         1,
         "x.json",
         "y.json",
         "A",
         "B",
         "was",
         "was",
         "y",
         "former slug 'was' is also /y.json:6:14, which was here before"},
        {"a new model under a former slug",
         {TAKEN("y", "B", true, false, 1)},
         1,
         "x.json",
         "y.json",
         "A",
         "B",
         "",
         "x",
         "y",
         "x.json: slug 'x' is what /y.json:6:14 was formerly, which was here before"},
        {"a known model's slug as a former one",
         {TAKEN("x", "A", true, false, 2), TAKEN("y", "B", true, false, 1)},
         2,
         "x.json",
         "y.json",
         "A",
         "B",
         "",
         "x",
         "x",
         "y.json:6:14: 'formerly' names 'x', which is a model of today: /x.json"},
        {"a renamed one is known by its former slug",
         {TAKEN("was", "A", true, true, 2)},
         1,
         "x.json",
         "y.json",
         "A",
         "A",
         "",
         "was",
         "y",
         "also /y.json:3:9, which was here before"},
        {"but not by a slug that is another's",
         {TAKEN("x", "A", true, false, 2)},
         1,
         "x.json",
         "y.json",
         "A",
         "A",
         "",
         "x",
         "x",
         "name 'A' is also /x.json:3:9, which was here before"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_problems ps = {.arena = &arena};
        struct bx_standings known = {cases[i].known, cases[i].n};
        struct bx_registry r;
        struct bx_err e = {0};
        empty_folder(NULL);
        put(cases[i].x, config(cases[i].xname, *cases[i].xformer ? bx_printf(&arena, "\"formerly\": [\"%s\"]", cases[i].xformer) : ""));
        put(cases[i].y, config(cases[i].yname, *cases[i].yformer ? bx_printf(&arena, "\"formerly\": [\"%s\"]", cases[i].yformer) : ""));
        assert_true(bx_registry_load(folder, &known, &r, &arena, &ps, &e));
        if (r.n != (cases[i].stays != NULL) || (r.n && strcmp(r.models[0].slug, cases[i].stays) != 0) ||
            !strstr(printed(&ps), cases[i].refused))
            fail_msg("%s: %zu stay: %s", cases[i].what, r.n, printed(&ps));
        if (r.n && cases[i].n == 1 && ps.n > ps.errors && !strstr(printed(&ps), "refused: this one was here before"))
            fail_msg("%s: who stays is not told: %s", cases[i].what, printed(&ps));
        bx_problems_free(&ps);
    }
}

/* Holes cost a stranger nothing: how much there is is asked before anything is read, and the reading can be stopped. */
static void holes_are_not_read(void **state)
{
    (void)state;
    static const int64_t tera = INT64_C(1) << 40;
    static volatile sig_atomic_t stop = 1;
    static const struct {
        const char *backend;
        int64_t size, file_size, model_files;
        volatile sig_atomic_t *stop;
        enum bx_code code;
        const char *text;
    } cases[] = {
        {"\"predictions\", \"file\": \"big\"", 4 * tera, tera, 9 * tera, NULL, BX_DATA,
         "'big' has 4398046511104 bytes, at most 1099511627776"},
        {"\"predictions\", \"file\": \"big\"", 4 * tera, 9 * tera, 0, &stop, BX_INTERRUPTED, "stopped while 'big' was read"},
        {"\"predictions\", \"file\": \"big\"", 5, 5, 0, NULL, BX_OK, ""},
        {"\"predictions\", \"file\": \"some\"", 0, 8, 0, NULL, BX_OK, ""},
        {"\"predictions\", \"file\": \"some\"", 0, 7, 0, NULL, BX_DATA,
         "its files have more than 7 bytes together, 'some/b.json' has 4 (limits.file_size)"},
        {"\"command\", \"program\": \"bin/go\", \"files\": [\"small\", \"big\"]", 4 * tera, 9 * tera, tera, NULL, BX_DATA,
         "more than 1099511627776 bytes together, 'big' has 4398046511104 (limits.model_files)"},
        {"\"command\", \"program\": \"bin/go\", \"args\": [\"--weights=big\"]", 4 * tera, 0, tera, NULL, BX_DATA, "(limits.model_files)"},
        {"\"command\", \"program\": \"bin/go\", \"files\": [\"big\"]", 4 * tera, 0, 9 * tera, &stop, BX_INTERRUPTED, "stopped while "},
        {"\"command\", \"program\": \"bin/go\", \"files\": [\"small\", \"big\"]", 3, 0, 7, NULL, BX_OK, ""}, /* 0 + 4 + 3 bytes */
        {"\"command\", \"program\": \"bin/go\", \"files\": [\"small\", \"big\"]", 4, 0, 7, NULL, BX_DATA, "(limits.model_files)"},
    };
    empty_folder(NULL);
    put("bin/go", "");
    chmod(at("bin/go"), 0755);
    put("small", "four");
    put("big", "");
    mkdir(at("some"), 0755);
    put("some/a.json", "four");
    put("some/b.json", "four");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_problems ps = {.arena = &arena};
        const struct bx_look own = {.file_size = cases[i].file_size, .model_files = cases[i].model_files, .stop = cases[i].stop};
        struct bx_model m;
        struct bx_err e = {0};
        uint8_t marks[32];
        const uint8_t none[32] = {0};
        assert_int_equal(truncate(at("big"), (off_t)cases[i].size), 0);
        put("m.json",
            bx_printf(&arena, "{\"format\": 1, \"name\": \"N\", \"task\": \"detect\", \"backend\": {\"type\": %s}}", cases[i].backend));
        if (!bx_registry_load_file(at("m.json"), &m, &arena, &ps))
            fail_msg("case %zu: %s", i, printed(&ps));
        assert_int_equal(bx_registry_files(&m, &own, &e), cases[i].code == BX_OK);
        assert_int_equal(e.code, cases[i].code);
        if (!strstr(e.text, cases[i].text))
            fail_msg("case %zu: %s", i, e.text);
        if (cases[i].code) /* and nothing is known */
            assert_memory_equal(m.version, none, 32);
        assert_int_equal(bx_registry_marks(&m, &own, marks, &e), cases[i].code != BX_DATA); /* they cost nothing to find */
        bx_problems_free(&ps);
    }
}

static void aged(const char *name)
{
    const struct timespec then[2] = {{1000000000, 0}, {1000000000, 0}};
    assert_int_equal(utimensat(AT_FDCWD, at(name), then, 0), 0);
}

/* What did not change is not read again: by what is kept of it, which is not believed of what is run, nor after a change. Of what is read
 * there is a bound for all. */
/* In the C library's place, where a copy is made read-only: it was copied, and is to be hashed. */
static const char *put_back; /* the file that somebody writes its old bytes into then; NULL: nobody does */
int fchmod(int fd, mode_t mode)
{
    int to = put_back ? open(at(put_back), O_WRONLY) : -1;
    if (put_back)
        assert_int_equal(write(to, "good", 4), 4);
    close(to);
    put_back = NULL;
    return (int)syscall(SYS_fchmod, fd, mode);
}

/* What becomes of a program between the look at it and its turn, and while it is copied: the bytes that would run are those that count. */
static void only_what_was_looked_at_is_run(void **state)
{
    (void)state;
    static const char changed[] = "its program or files changed since they were looked at";
    static const struct {
        const char *now;
        bool back; /* it is what it was by the time that it is hashed */
        const char *error;
    } cases[] = {{"good", false, NULL}, {"evil", false, changed}, {"evil", true, changed}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_problems ps = {.arena = &arena};
        struct bx_model m;
        struct bx_err e = {0};
        const struct bx_pin *pins;
        size_t n;
        empty_folder(NULL);
        put("bin/go", "good");
        chmod(at("bin/go"), 0755);
        mkdir(at("pins"), 0700);
        put("m.json",
            "{\"format\": 1, \"name\": \"N\", \"task\": \"detect\", \"backend\": {\"type\": \"command\", \"program\": \"bin/go\"}}");
        assert_true(bx_registry_load_file(at("m.json"), &m, &arena, &ps));
        assert_true(bx_registry_files(&m, &look, &e));
        put("bin/go", cases[i].now);
        chmod(at("bin/go"), 0755);
        put_back = cases[i].back ? "bin/go" : NULL;
        bool ok = bx_registry_pin(&m, &look, at("pins"), &pins, &n, &arena, &e);
        assert_null(put_back);
        assert_int_equal(ok, !cases[i].error);
        if (cases[i].error)
            assert_string_equal(e.text, cases[i].error);
        else {
            BX_CLEANUP_BUF struct bx_buf copy = {0};
            assert_int_equal(n, 1);
            assert_true(bx_file_read(pins->copy, 100, &copy, &e));
            assert_string_equal(bx_buf_str(&copy), "good");
        }
        bx_problems_free(&ps);
    }
}

static void files_that_did_not_change_are_known(void **state)
{
    (void)state;
    enum { SAME, TOUCHED, VERIFY, RUN };
    static const struct {
        const char *what;
        int happens, most; /* bytes in the night; 0: no bound */
        bool believed;
        int64_t left; /* of the bytes in the night */
        enum bx_code code;
        const char *text;
    } cases[] = {
        {"the same", SAME, 6, true, 6, BX_OK, ""},
        {"changed", TOUCHED, 6, false, 2, BX_OK, ""},
        {"--verify", VERIFY, 6, false, 2, BX_OK, ""},
        {"copied to be run", RUN, 6, false, 6, BX_OK, ""},
        {"more than a night reads", TOUCHED, 3, false, 3, BX_DATA,
         "its files have 4 bytes, at most 3 are read of all models in a night (limits.night_files)"},
        {"more than is left", TOUCHED, 5, false, 1, BX_TIMEOUT,
         "4 bytes of its files are to be read, and tonight those of others were (limits.night_files)"},
        {"known, and nothing is left", SAME, 5, true, 1, BX_OK, ""},
        {"no bound", TOUCHED, 0, false, 0, BX_OK, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bx_problems ps = {.arena = &arena};
        struct bx_digests known;
        struct bx_seen seen = {.sha = "not its digest, as can be seen"};
        struct bx_model m, truth;
        struct bx_err e = {0};
        struct stat st;
        int64_t left = cases[i].most == 5 ? 1 : cases[i].most;
        struct bx_look own = look;
        empty_folder(NULL);
        put("bin/go", "four");
        chmod(at("bin/go"), 0755);
        aged("bin/go");
        put("m.json",
            "{\"format\": 1, \"name\": \"N\", \"task\": \"detect\", \"backend\": {\"type\": \"command\", \"program\": \"bin/go\"}}");
        assert_true(bx_registry_load_file(at("m.json"), &m, &arena, &ps));
        truth = m;
        assert_true(bx_registry_files(&truth, &look, &e));
        assert_int_equal(stat(at("bin/go"), &st), 0);
        bx_digests_open(&known, at("known"), false);
        seen.key = bx_seen_key_of(&st);
        bx_digests_add(&known, &seen, INT64_MAX);
        bx_digests_close(&known, true);
        if (cases[i].happens == TOUCHED)
            chmod(at("bin/go"), 0700);
        bx_digests_open(&known, at("known"), cases[i].happens == VERIFY);
        own.known = &known;
        own.night_files = cases[i].most;
        own.left = cases[i].most ? &left : NULL;
        bool ok;
        if (cases[i].happens == RUN) {
            const struct bx_pin *pins;
            size_t n;
            m = truth;
            assert_int_equal(mkdir(at("pins"), 0700), 0);
            ok = bx_registry_pin(&m, &own, at("pins"), &pins, &n, &arena, &e);
        } else
            ok = bx_registry_files(&m, &own, &e);
        if (ok != (cases[i].code == BX_OK) || e.code != cases[i].code || !strstr(e.text, cases[i].text) || left != cases[i].left)
            fail_msg("%s: %d, %lld left: %s", cases[i].what, ok, (long long)left, e.text);
        if (ok && cases[i].believed != (memcmp(m.version, truth.version, 32) != 0))
            fail_msg("%s: %s", cases[i].what, cases[i].believed ? "it was read" : "it was not read");
        bx_digests_close(&known, false);
        bx_problems_free(&ps);
    }
}

static int teardown(void **state)
{
    bx_arena_release(&arena);
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_config_is_read_whole),
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(every_wrong_value_is_told_at_its_place),
        cmocka_unit_test(a_hostile_backend_is_refused),
        cmocka_unit_test(what_is_missing_is_told_at_once),
        cmocka_unit_test(urls_are_plain),
        cmocka_unit_test(sizes_have_limits_and_messages_stay_short),
        cmocka_unit_test(thousands_of_problems_are_told_in_a_hundred_lines),
        cmocka_unit_test(file_names_are_slugs),
        cmocka_unit_test(a_folder_gives_the_good_and_the_bad),
        cmocka_unit_test(models_come_by_slug_and_are_found),
        cmocka_unit_test(two_files_with_one_slug_are_both_refused),
        cmocka_unit_test(one_file_is_compared_with_its_neighbours),
        cmocka_unit_test(a_version_is_what_an_answer_depends_on),
        cmocka_unit_test(the_digests_are_those_of_the_contract),
        cmocka_unit_test(a_stored_config_is_the_same_model_without_its_files),
        cmocka_unit_test(of_a_stored_config_that_is_none_the_rest_is_there),
        cmocka_unit_test(programs_are_looked_up_where_the_operator_says),
        cmocka_unit_test(names_that_look_alike_are_refused),
        cmocka_unit_test(who_was_here_before_stays),
        cmocka_unit_test(holes_are_not_read),
        cmocka_unit_test(only_what_was_looked_at_is_run),
        cmocka_unit_test(files_that_did_not_change_are_known),
    };
    return cmocka_run_group_tests(tests, make_folder, teardown);
}
