/*
 * verb.h: the command line. One file a subcommand; each gives a `struct bx_verb` whose option table is both the parser and the help.
 *
 *     static const struct bx_option options[] = {
 *         {"ground-truth", 'g', BX_OPT_STR, "FILE", "COCO annotations", offsetof(struct args, ground_truth)},
 *         {"json", 0, BX_OPT_FLAG, NULL, "print JSON", offsetof(struct args, json)},
 *         {0}};
 *     const struct bx_verb bx_verb_eval = {"eval", "-g FILE -p FILE [--json]", "score a prediction file", options, example, run};
 *
 * `run` gets the arguments after the verb, already parsed into the option struct by bx_options.
 */
#pragma once
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum bx_opt_kind {
    BX_OPT_FLAG,     /* bool */
    BX_OPT_STR,      /* const char * */
    BX_OPT_INT,      /* int64_t, decimal */
    BX_OPT_NUM,      /* double */
    BX_OPT_DURATION, /* double, seconds: "90", "5m", "6h", "7d" */
    BX_OPT_LIST,     /* struct bx_given: may be given more than once */
};
struct bx_given {
    const char *at[64];
    size_t n;
};
struct bx_option {
    const char *name; /* long name, without the dashes; NULL ends the table */
    char letter;      /* short name, or 0 */
    enum bx_opt_kind kind;
    const char *value; /* what the value is called in the help; NULL for a flag */
    const char *help;  /* NULL: it is taken, and told nobody (a name of before) */
    size_t offset;     /* of the field in the caller's struct */
};
struct bx_verb {
    const char *name, *usage, *summary;
    const struct bx_option *options;                            /* what the verb adds to -h, -q and -v */
    const char *details;                                        /* the help's last paragraphs, with an example */
    int (*run)(const struct bx_verb *v, int argc, char **argv); /* argv[0] is the verb; returns the exit status */
};

/* Parse argv[1..] into the struct at `into`; options and operands may be mixed, "--" ends options, "--name=value" works. Operands
 * are moved to the front of argv from argv[1] on; *operands is their number (NULL: the verb takes none). -h/--help prints the verb's help
 * to stdout and -q/-v set the log level. Returns -1 to go on, otherwise the exit status (0 after help, 2 after a message that names the
 * nearest known option). */
int bx_options(const struct bx_verb *v, int argc, char **argv, void *into, int *operands);

/* Print "boxscore VERB: <text>" on stderr and give the exit status that belongs to e's code. */
int bx_verb_fail(const struct bx_verb *v, const struct bx_err *e);
/* A complaint about the command line: the text, and where to find the help. Returns 2. */
int bx_verb_usage(const struct bx_verb *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
