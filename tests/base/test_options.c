/* The command line: the option table is the parser. The help and the messages go to the streams; here they are caught. */
#include "cmd/options.c"
#include <setjmp.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct args {
    const char *file;
    bool json;
    int64_t count;
    double share, wait;
    struct bx_given list;
};
static const struct bx_option table[] = {
    {"ground-truth", 'g', BX_OPT_STR, "FILE", "the annotations", offsetof(struct args, file)},
    {"json", 'j', BX_OPT_FLAG, NULL, "print JSON", offsetof(struct args, json)},
    {"count", 'n', BX_OPT_INT, "N", "how many", offsetof(struct args, count)},
    {"share", 0, BX_OPT_NUM, "X", "which part", offsetof(struct args, share)},
    {"wait", 'w', BX_OPT_DURATION, "TIME", "how long", offsetof(struct args, wait)},
    {"truth", 0, BX_OPT_STR, "FILE", NULL, offsetof(struct args, file)}, /* as it was called once */
    {"model", 'm', BX_OPT_LIST, "MODEL", "may be given more than once", offsetof(struct args, list)},
    {0},
};
static const struct bx_verb verb = {"try", "[OPTION…] FILE", "try the options", table, "An example:\n\n  $ boxscore try", NULL};

static char caught[8192];

/* Runs the parser on a command line split at '|', with stdout and stderr caught. */
static int parse(const char *line, struct args *args, char **argv, int *operands)
{
    static char copy[1024];
    int argc = 0;
    snprintf(copy, sizeof copy, "try|%s", line);
    for (char *s = copy, *next; s; s = next) {
        next = strchr(s, '|');
        if (next)
            *next++ = '\0';
        argv[argc++] = s;
    }
    if (!*line)
        argc = 1;
    argv[argc] = NULL;
    *args = (struct args){0};
    fflush(stdout);
    char name[] = "/tmp/boxscore-options-XXXXXX";
    int out = dup(1), err = dup(2), file = mkstemp(name);
    assert_true(file >= 0);
    unlink(name);
    dup2(file, 1);
    dup2(file, 2);
    int status = bx_options(&verb, argc, argv, args, operands);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    ssize_t n = pread(file, caught, sizeof caught - 1, 0);
    caught[n > 0 ? n : 0] = '\0';
    close(file);
    return status;
}

static void options_and_operands_may_be_mixed(void **state)
{
    (void)state;
    static const struct {
        const char *line, *file, *operands;
        bool json;
        int64_t count;
    } cases[] = {
        {"", NULL, "", false, 0},
        {"a|b", NULL, "a|b", false, 0},
        {"a|--json|b|-g|f|c", "f", "a|b|c", true, 0},
        {"--ground-truth=f|--count=-5", "f", "", false, -5},
        {"--ground-truth=", "", "", false, 0},
        {"--truth=f", "f", "", false, 0},
        {"-gf|-jn7|x", "f", "x", true, 7},
        {"-jg|f|-|y", "f", "-|y", true, 0},
        {"-g|-j", "-j", "", false, 0}, /* what follows is the value, whatever it looks like */
        {"--|-j|--json|--", NULL, "-j|--json|--", false, 0},
        {"--count|9|--count|10", NULL, "", false, 10},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct args args;
        char *argv[32], joined[256] = "";
        int operands = -1;
        assert_int_equal(parse(cases[i].line, &args, argv, &operands), -1);
        for (int k = 0; k < operands; k++)
            snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", k ? "|" : "", argv[1 + k]);
        assert_string_equal(joined, cases[i].operands);
        assert_string_equal(args.file ? args.file : "(none)", cases[i].file ? cases[i].file : "(none)");
        assert_int_equal(args.json, cases[i].json);
        assert_int_equal(args.count, cases[i].count);
        assert_string_equal(caught, "");
    }
}

static void values_are_checked_by_their_kind(void **state)
{
    (void)state;
    struct args args;
    char *argv[32];
    int n;
    assert_int_equal(parse("--share|.5|--wait|1.5h|-m|a|-mb|--model=c", &args, argv, &n), -1);
    assert_true(args.share == 0.5 && args.wait == 5400);
    assert_int_equal(args.list.n, 3);
    assert_string_equal(args.list.at[2], "c");
    static const struct {
        const char *line, *says;
    } cases[] = {
        {"--count|x", "boxscore try: option '--count': found 'x', expected a whole number; 'boxscore try --help' says more\n"},
        {"--count|1.5", "boxscore try: option '--count': found '1.5', expected a whole number; 'boxscore try --help' says more\n"},
        {"--count|99999999999999999999",
         "boxscore try: option '--count': found '99999999999999999999', expected a whole number; 'boxscore try --help' says more\n"},
        {"--count=", "boxscore try: option '--count': found '', expected a whole number; 'boxscore try --help' says more\n"},
        {"--share|nan", "boxscore try: option '--share': found 'nan', expected a number; 'boxscore try --help' says more\n"},
        {"-w|5x",
         "boxscore try: option '--wait': found '5x', expected a time like '90s', '5m', '6h' or '7d'; 'boxscore try --help' says more\n"},
        {"-g", "boxscore try: option '--ground-truth' needs a value (FILE); 'boxscore try --help' says more\n"},
        {"--json=yes", "boxscore try: option '--json' takes no value; 'boxscore try --help' says more\n"},
        {"--jsno", "boxscore try: unknown option '--jsno', did you mean '--json'?; 'boxscore try --help' says more\n"},
        {"--ground-thruth=x",
         "boxscore try: unknown option '--ground-thruth', did you mean '--ground-truth'?; 'boxscore try --help' says more\n"},
        {"--truht=x", "boxscore try: unknown option '--truht'; 'boxscore try --help' says more\n"},
        {"--xyzzy", "boxscore try: unknown option '--xyzzy'; 'boxscore try --help' says more\n"},
        {"-x", "boxscore try: unknown option '-x'; 'boxscore try --help' says more\n"},
        {"--evil\x1B[31m", "boxscore try: unknown option '--evil\\u001b[31m'; 'boxscore try --help' says more\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(parse(cases[i].line, &args, argv, &n), 2);
        assert_string_equal(caught, cases[i].says);
    }
}

static void a_list_has_an_end(void **state)
{
    (void)state;
    struct args args;
    char *argv[300], line[1000] = "";
    int n;
    for (int i = 0; i < 65; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s-ma", i ? "|" : "");
    assert_int_equal(parse(line, &args, argv, &n), 2);
    assert_non_null(strstr(caught, "more than 64 times"));
}

static void the_help_lists_every_option(void **state)
{
    (void)state;
    struct args args;
    char *argv[32];
    int n;
    assert_int_equal(parse("x|--help", &args, argv, &n), 0);
    assert_non_null(strstr(caught, "usage: boxscore try [OPTION…] FILE\n\ntry the options\n\n"));
    assert_non_null(strstr(caught, "  -g, --ground-truth FILE  the annotations\n"));
    assert_non_null(strstr(caught, "      --share X            which part\n"));
    assert_non_null(strstr(caught, "  -q, --quiet              only warnings and errors on stderr\n"));
    assert_non_null(strstr(caught, "An example:\n\n  $ boxscore try\n"));
    assert_null(strstr(caught, "--truth"));
    assert_int_equal(parse("-jh", &args, argv, &n), 0);
}

static void quiet_and_verbose_set_the_level(void **state)
{
    (void)state;
    struct args args;
    char *argv[32];
    int n;
    assert_int_equal(parse("-q", &args, argv, &n), -1);
    assert_int_equal(bx_log_level(), BX_LOG_QUIET);
    assert_int_equal(parse("--verbose", &args, argv, &n), -1);
    assert_int_equal(bx_log_level(), BX_LOG_VERBOSE);
    bx_log_init(BX_LOG_NORMAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_may_be_mixed),
        cmocka_unit_test(values_are_checked_by_their_kind),
        cmocka_unit_test(a_list_has_an_end),
        cmocka_unit_test(the_help_lists_every_option),
        cmocka_unit_test(quiet_and_verbose_set_the_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
