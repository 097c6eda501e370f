/* json.c: see json.h. */
#include "render/view/json.h"
#include "core/base/buf.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cJSON *must(cJSON *j)
{
    if (!j) {
        fputs("boxscore: out of memory\n", stderr);
        abort();
    }
    return j;
}

cJSON *bx_tree(void)
{
    return must(cJSON_CreateObject());
}

cJSON *bx_list(void)
{
    return must(cJSON_CreateArray());
}

cJSON *bx_put(cJSON *object, const char *key, cJSON *value)
{
    if (!value)
        value = must(cJSON_CreateNull());
    if (!cJSON_AddItemToObject(object, key, value))
        must(NULL);
    return value;
}

cJSON *bx_push(cJSON *list, cJSON *value)
{
    if (!cJSON_AddItemToArray(list, must(value)))
        must(NULL);
    return value;
}

void bx_put_str(cJSON *object, const char *key, const char *text)
{
    bx_put(object, key, text ? must(cJSON_CreateString(text)) : NULL);
}

void bx_put_num(cJSON *object, const char *key, double v)
{
    bx_put(object, key, isfinite(v) ? must(cJSON_CreateNumber(v)) : NULL);
}

void bx_put_bool(cJSON *object, const char *key, bool v)
{
    bx_put(object, key, must(cJSON_CreateBool(v)));
}

cJSON *bx_number_tree(const char *text)
{
    cJSON *n = bx_tree();
    bx_put_str(n, "text", text);
    bx_put_bool(n, "none", !text);
    bx_put_bool(n, "best", false);
    bx_put_bool(n, "strong", false);
    bx_put_str(n, "pad", NULL);
    bx_put_str(n, "suffix", NULL);
    bx_put_bool(n, "slot", false);
    return n;
}

static void say(cJSON *parts, const char *text, bool strong, bool name, const char *href)
{
    cJSON *p = bx_push(parts, bx_tree());
    bx_put_str(p, "text", text);
    bx_put_bool(p, "strong", strong);
    bx_put_bool(p, "name", name);
    bx_put_str(p, "href", href);
}

void bx_say(cJSON *parts, const char *words)
{
    say(parts, words, false, false, NULL);
}

void bx_say_strong(cJSON *parts, const char *words)
{
    say(parts, words, true, false, NULL);
}

void bx_say_name(cJSON *parts, const char *name, const char *href)
{
    say(parts, name, false, true, href);
}

static void indent(struct bx_buf *out, int depth)
{
    bx_buf_addc(out, '\n');
    for (int i = 0; i < depth; i++)
        bx_buf_adds(out, "  ");
}

static void print(const cJSON *j, struct bx_buf *out, int depth)
{
    if (cJSON_IsString(j)) {
        bx_buf_add_json_string(out, j->valuestring, strlen(j->valuestring));
    } else if (cJSON_IsNumber(j)) {
        bx_buf_add_double(out, j->valuedouble);
    } else if (cJSON_IsBool(j)) {
        bx_buf_adds(out, cJSON_IsTrue(j) ? "true" : "false");
    } else if (!cJSON_IsArray(j) && !cJSON_IsObject(j)) {
        bx_buf_adds(out, "null");
    } else {
        bool object = cJSON_IsObject(j), flat = !object && cJSON_IsNumber(j->child);
        bx_buf_addc(out, object ? '{' : '[');
        for (const cJSON *c = j->child; c; c = c->next) {
            if (flat)
                bx_buf_adds(out, c == j->child ? "" : " ");
            else
                indent(out, depth + 1);
            if (object) {
                bx_buf_add_json_string(out, c->string, strlen(c->string));
                bx_buf_adds(out, ": ");
            }
            print(c, out, depth + 1);
            if (c->next)
                bx_buf_addc(out, ',');
        }
        if (j->child && !flat)
            indent(out, depth);
        bx_buf_addc(out, object ? '}' : ']');
    }
}

void bx_tree_print(const cJSON *tree, struct bx_buf *out)
{
    print(tree, out, 0);
    bx_buf_addc(out, '\n');
}
