/* options.c: the option parser and the help text, both from one table. */
#include "cmd/verb.h"
#include "core/base/buf.h"
#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>

static const struct bx_option common[] = {
    {"quiet", 'q', BX_OPT_FLAG, NULL, "only warnings and errors on stderr", 0},
    {"verbose", 'v', BX_OPT_FLAG, NULL, "say more on stderr", 0},
    {"help", 'h', BX_OPT_FLAG, NULL, "print this help", 0},
    {0},
};

static int help_left(const struct bx_option *o, char *out, size_t size)
{
    char letter[4] = {'-', o->letter, ',', '\0'};
    return snprintf(out, size, "  %-3s --%s%s%s", o->letter ? letter : "", o->name, o->value ? " " : "", o->value ? o->value : "");
}

static int help_width(const struct bx_option *options)
{
    int widest = 0;
    char left[128];
    for (const struct bx_option *o = options; o && o->name; o++) {
        int n = o->help ? help_left(o, left, sizeof left) : 0;
        if (n > widest && n <= 34)
            widest = n;
    }
    return widest;
}

static void help_options(const struct bx_option *options, int width)
{
    char left[128];
    for (const struct bx_option *o = options; o && o->name; o++) {
        if (!o->help)
            continue;
        if (help_left(o, left, sizeof left) > width)
            printf("%s\n%*s  %s\n", left, width, "", o->help);
        else
            printf("%-*s  %s\n", width, left, o->help);
    }
}

static void help(const struct bx_verb *v)
{
    int width = help_width(v->options), other = help_width(common);
    if (other > width)
        width = other;
    printf("usage: boxscore %s%s%s\n\n%s\n\n", v->name, v->usage && *v->usage ? " " : "", v->usage ? v->usage : "", v->summary);
    help_options(v->options, width);
    help_options(common, width);
    if (v->details && *v->details) {
        size_t n = strlen(v->details);
        printf("\n%s%s", v->details, v->details[n - 1] == '\n' ? "" : "\n");
    }
}

int bx_verb_fail(const struct bx_verb *v, const struct bx_err *e)
{
    bx_error("boxscore %s: %s", v->name, e->text);
    return bx_exit_status(e->code);
}

int bx_verb_usage(const struct bx_verb *v, const char *fmt, ...)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    va_list ap;
    va_start(ap, fmt);
    bx_buf_vaddf(&text, fmt, ap);
    va_end(ap);
    bx_error("boxscore %s: %s; 'boxscore %s --help' says more", v->name, bx_buf_str(&text), v->name);
    return 2;
}

static const struct bx_option *by_name(const struct bx_option *options, const char *name, size_t n)
{
    for (const struct bx_option *o = options; o && o->name; o++)
        if (strlen(o->name) == n && !memcmp(o->name, name, n))
            return o;
    return NULL;
}

static const struct bx_option *by_letter(const struct bx_option *options, char letter)
{
    for (const struct bx_option *o = options; o && o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

static int unknown_option(const struct bx_verb *v, const char *name, size_t n)
{
    const char *names[128], *near;
    char word[65];
    size_t count = 0;
    const struct bx_option *tables[] = {v->options, common};
    for (int t = 0; t < 2; t++)
        for (const struct bx_option *o = tables[t]; o && o->name && count < 128; o++)
            if (o->help)
                names[count++] = o->name;
    if (n >= sizeof word)
        return bx_verb_usage(v, "unknown option '--%.*s…'", 60, name);
    memcpy(word, name, n);
    word[n] = '\0';
    near = bx_nearest(word, names, count);
    if (near)
        return bx_verb_usage(v, "unknown option '--%s', did you mean '--%s'?", word, near);
    return bx_verb_usage(v, "unknown option '--%s'", word);
}

static bool whole_number(const char *s, int64_t *out)
{
    const char *digits = s + (*s == '-' || *s == '+');
    if (!*digits || strspn(digits, "0123456789") != strlen(digits))
        return false;
    errno = 0;
    long long v = strtoll(s, NULL, 10);
    *out = v;
    return errno == 0;
}

static bool decimal_number(const char *s, double *out)
{
    const char *after, *end = s + strlen(s);
    return bx_number_parse(s, end, out, &after) && after == end && isfinite(*out);
}

/* The value is stored, or the complaint printed and 2 returned; -1 means all is well. */
static int store(const struct bx_verb *v, const struct bx_option *o, const char *text, void *into)
{
    void *field = (char *)into + o->offset;
    struct bx_given *list;
    double seconds;
    switch (o->kind) {
    case BX_OPT_FLAG:
        *(bool *)field = true;
        return -1;
    case BX_OPT_STR:
        *(const char **)field = text;
        return -1;
    case BX_OPT_INT:
        if (whole_number(text, field))
            return -1;
        return bx_verb_usage(v, "option '--%s': found '%.60s', expected a whole number", o->name, text);
    case BX_OPT_NUM:
        if (decimal_number(text, field))
            return -1;
        return bx_verb_usage(v, "option '--%s': found '%.60s', expected a number", o->name, text);
    case BX_OPT_DURATION:
        if (bx_duration_parse(text, &seconds)) {
            *(double *)field = seconds;
            return -1;
        }
        return bx_verb_usage(v, "option '--%s': found '%.60s', expected a time like '90s', '5m', '6h' or '7d'", o->name, text);
    case BX_OPT_LIST:
        list = field;
        if (list->n == sizeof list->at / sizeof *list->at)
            return bx_verb_usage(v, "option '--%s' was given more than %zu times", o->name, list->n);
        list->at[list->n++] = text;
        return -1;
    }
    return -1;
}

struct parse {
    const struct bx_verb *v;
    void *into;
    char **next, **end; /* the arguments not yet looked at */
};

/* One option, with the value already cut off from "--name=value" or "-nvalue" (NULL: it may follow as the next argument). -1 to go on. */
static int take_option(struct parse *p, const struct bx_option *o, const char *value)
{
    if (o == &common[0] || o == &common[1]) {
        bx_log_init(o == &common[0] ? BX_LOG_QUIET : BX_LOG_VERBOSE);
        return -1;
    }
    if (o == &common[2]) {
        help(p->v);
        return 0;
    }
    if (o->kind != BX_OPT_FLAG && !value) {
        if (p->next == p->end)
            return bx_verb_usage(p->v, "option '--%s' needs a value (%s)", o->name, o->value ? o->value : "…");
        value = *p->next++;
    }
    return store(p->v, o, value, p->into);
}

static int take_long(struct parse *p, const char *arg)
{
    const char *equals = strchr(arg, '=');
    size_t n = equals ? (size_t)(equals - arg) : strlen(arg);
    const struct bx_option *o = by_name(p->v->options, arg, n);
    if (!o)
        o = by_name(common, arg, n);
    if (!o)
        return unknown_option(p->v, arg, n);
    if (equals && o->kind == BX_OPT_FLAG)
        return bx_verb_usage(p->v, "option '--%s' takes no value", o->name);
    return take_option(p, o, equals ? equals + 1 : NULL);
}

/* "-xvf", "-g FILE", "-gFILE". */
static int take_letters(struct parse *p, const char *arg)
{
    for (; *arg; arg++) {
        const struct bx_option *o = by_letter(p->v->options, *arg);
        if (!o)
            o = by_letter(common, *arg);
        if (!o)
            return bx_verb_usage(p->v, "unknown option '-%c'", *arg);
        bool flag = o->kind == BX_OPT_FLAG;
        int status = take_option(p, o, flag || !arg[1] ? NULL : arg + 1);
        if (status >= 0 || !flag)
            return status;
    }
    return -1;
}

int bx_options(const struct bx_verb *v, int argc, char **argv, void *into, int *operands)
{
    struct parse p = {.v = v, .into = into, .next = argv + 1, .end = argv + argc};
    char **operand = argv + 1;
    bool only_operands = false;
    while (p.next < p.end) {
        char *arg = *p.next++;
        int status = -1;
        if (only_operands || arg[0] != '-' || !arg[1])
            *operand++ = arg; /* never ahead of p.next */
        else if (!strcmp(arg, "--"))
            only_operands = true;
        else
            status = arg[1] == '-' ? take_long(&p, arg + 2) : take_letters(&p, arg + 1);
        if (status >= 0)
            return status;
    }
    if (!operands)
        return operand > argv + 1 ? bx_verb_usage(v, "found the operand '%s', expected none", argv[1]) : -1;
    *operands = (int)(operand - (argv + 1));
    return -1;
}
