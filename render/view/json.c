/* json.c: see json.h. */
#include "render/view/json.h"
#include "core/base/arena.h"
#include "core/base/json_writer.h"
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

cJSON *bx_pieces_tree(const char *name, struct bx_arena *a)
{
    cJSON *list = bx_list();
    for (size_t n; *name; name += n) {
        n = strcspn(name, "-_+./");
        n += strspn(name + n, "-_+./");
        cJSON *o = bx_push(list, bx_tree());
        bx_put_str(o, "text", bx_strndup(a, name, n));
        bx_put_bool(o, "last", !name[n]);
    }
    return list;
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

/* Of single values alone. */
static bool is_row(const cJSON *j)
{
    const cJSON *c = j->child;
    while (c && !cJSON_IsObject(c) && !cJSON_IsArray(c))
        c = c->next;
    return !c;
}

/* A list of numbers stays on its line, and so does a row of a list. */
static void print(struct bx_jw *w, const char *key, const cJSON *j, int indent)
{
    bool object = cJSON_IsObject(j);
    if (object || cJSON_IsArray(j)) {
        bool flat = object ? !key && indent && is_row(j) : cJSON_IsNumber(j->child);
        (object ? bx_jw_object : bx_jw_array)(w, key);
        for (const cJSON *c = j->child; c; c = c->next) {
            if (!flat)
                bx_jw_line(w, indent + 2);
            print(w, object ? c->string : NULL, c, indent + 2);
        }
        if (j->child && !flat)
            bx_jw_line(w, indent);
        (object ? bx_jw_object_end : bx_jw_array_end)(w);
    } else if (cJSON_IsNumber(j)) {
        bx_jw_num(w, key, j->valuedouble);
    } else if (cJSON_IsBool(j)) {
        bx_jw_bool(w, key, cJSON_IsTrue(j));
    } else {
        bx_jw_str(w, key, cJSON_IsString(j) ? j->valuestring : NULL);
    }
}

void bx_tree_print(const cJSON *tree, struct bx_buf *out)
{
    struct bx_jw w = {.out = out, .spaced = true};
    print(&w, NULL, tree, 0);
    bx_buf_addc(out, '\n');
}
