/* main.c: the table of verbs, the overview, and nothing else. */
#include "cmd/verb.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* clang-format off */
#define VERBS(X) \
    X(allow) \
    X(backup) \
    X(board) \
    X(check) \
    X(compare) \
    X(eval) \
    X(export) \
    X(gc) \
    X(init) \
    X(merge) \
    X(nightly) \
    X(plot) \
    X(render) \
    X(rescore) \
    X(run) \
    X(runner) \
    X(status) \
    X(testset)
/* clang-format on */
#define DECLARE(name) extern const struct bx_verb bx_verb_##name;
VERBS(DECLARE)
#define ENTRY(name) &bx_verb_##name,
static const struct bx_verb *const verbs[] = {VERBS(ENTRY) NULL};

static void overview(FILE *out)
{
    fprintf(out, "boxscore: a model leaderboard you can leave alone\n\nusage: boxscore VERB [OPTION…] [OPERAND…]\n\n");
    for (size_t i = 0; verbs[i]; i++)
        fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
    fprintf(out, "\n'boxscore VERB --help' says more, with an example. 'boxscore --version' prints the version.\n"
                 "Exit status: 0 all well, 1 some models failed, 2 wrong usage, 3 invalid settings or test set,\n"
                 "4 file system or database, 5 another run holds the store, 130 interrupted.\n");
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        overview(stderr);
        return 2;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        overview(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("boxscore %s\n", BX_VERSION);
        return 0;
    }
    for (size_t i = 0; verbs[i]; i++)
        if (!strcmp(argv[1], verbs[i]->name))
            return verbs[i]->run(verbs[i], argc - 1, argv + 1);
    const char *names[sizeof verbs / sizeof *verbs];
    size_t n = 0;
    for (; verbs[n]; n++)
        names[n] = verbs[n]->name;
    const char *meant = bx_nearest(argv[1], names, n);
    fprintf(stderr, "boxscore: unknown verb '%s'%s%s%s 'boxscore --help' lists them\n", argv[1], meant ? ", did you mean '" : "",
            meant ? meant : "", meant ? "'?" : ";");
    return 2;
}

/* Of a pipe: `boxscore board | head` has read what it wants. */
static bool reader_left(void)
{
    struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLERR);
}

int main(int argc, char **argv)
{
    prctl(PR_SET_DUMPABLE, 0); /* the environment may hold keys, and a model of another board may run as the same user */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write beyond a limit is an error with a name, as on a full disk */
    bx_log_init(BX_LOG_NORMAL);
    int status = dispatch(argc, argv);
    if ((fflush(stdout) != 0 || ferror(stdout)) && !reader_left()) {
        fprintf(stderr, "boxscore: cannot write standard output\n");
        return status ? status : 4;
    }
    return status;
}
