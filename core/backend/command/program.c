/*
 * program.c: where a program is installed, and what it needs to begin: itself, the interpreter that its first line names, the environment
 * around both, and what is found by following links. A path that stands in a file that a stranger may have written (a first line,
 * pyvenv.cfg) is followed only to a program that is there, and then to what is a program's: never to a folder that merely was named.
 */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { DEEPEST = 4, MOST_LINKS = 16 };

/* As command.c gives it: where env looks. */
static const char *const search_path[] = {"/usr/local/bin", "/usr/bin", "/bin"};

static bool runs(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* A folder taken on a guess must not hold what no model may see, nor be one of those that hold everything. */
static bool exposes(const struct bx_reaching *r, const char *folder)
{
    char real[PATH_MAX], secret[PATH_MAX];
    const char *home = getenv("HOME");
    if (!realpath(folder, real) || !strchr(real + 1, '/') || (home && realpath(home, secret) && bx_path_within(secret, real)))
        return true;
    for (size_t i = 0; i < r->rules->nhidden; i++)
        if (bx_path_within(realpath(r->rules->hidden[i], secret) ? secret : r->rules->hidden[i], real))
            return true;
    return false;
}

static void add_folder(struct bx_reaching *r, const char *folder)
{
    if (bx_path_is_dir(folder) && !exposes(r, folder))
        bx_reach_add(r, folder, BX_REACH_RUN);
}

static bool of_the_system(const char *path)
{
    return bx_path_within(path, "/usr") || bx_path_within(path, "/bin") || bx_path_within(path, "/sbin") || bx_path_within(path, "/lib") ||
           bx_path_within(path, "/lib64");
}

/* Of a prefix its programs and libraries, conda's as a whole; else the program's own folder. `named`: by a file's text. */
static void add_installation(struct bx_reaching *r, const char *program, bool named)
{
    static const char *const parts[] = {"bin", "lib", "lib32", "lib64", "libexec", "share", "include", "etc/ssl"};
    if (of_the_system(program) || !runs(program))
        return;
    const char *dir = bx_path_dir(r->a, program), *prefix = bx_path_dir(r->a, dir), *venv = bx_path_join(r->a, prefix, "pyvenv.cfg");
    bx_reach_add(r, program, BX_REACH_RUN);
    if (bx_path_exists(venv))
        bx_reach_add(r, venv, BX_REACH_READ);
    if (bx_path_exists(bx_path_join(r->a, prefix, "conda-meta")))
        add_folder(r, prefix);
    else if (!strcmp(bx_path_base(dir), "bin") || !strcmp(bx_path_base(dir), "libexec")) {
        for (size_t i = 0; i < COUNT(parts); i++)
            if (strcmp(parts[i], "share") != 0 || bx_path_base(prefix)[0] != '.') /* ~/.local/share is no program's */
                add_folder(r, bx_path_join(r->a, prefix, parts[i]));
    } else if (!named || bx_path_within(dir, "/opt"))
        add_folder(r, dir);
}

/* A program under each of the names that lead to it: they are resolved again where nothing else is. */
static void add_links(struct bx_reaching *r, const char *program, bool named)
{
    char to[PATH_MAX], real[PATH_MAX];
    const char *at = program;
    for (int i = 0; i < MOST_LINKS; i++) {
        add_installation(r, at, named);
        ssize_t n = readlink(at, to, sizeof to - 1);
        if (n <= 0)
            break;
        to[n] = '\0';
        at = bx_path_absolute(r->a, bx_path_join(r->a, bx_path_dir(r->a, at), to));
    }
    if (realpath(program, real) && strcmp(real, at) != 0)
        add_installation(r, real, named);
}

/* A virtual environment has its libraries, but not Python's own: pyvenv.cfg names where those are. */
static void add_base_of_venv(struct bx_reaching *r, const char *interpreter)
{
    const char *prefix = bx_path_dir(r->a, bx_path_dir(r->a, interpreter));
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(bx_path_join(r->a, prefix, "pyvenv.cfg"), 1 << 16, &text, NULL))
        return;
    for (const char *line = bx_buf_str(&text); *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, "home", 4) != 0)
            continue;
        const char *value = line + 4 + strspn(line + 4, " \t=");
        if (value[0] == '/')
            add_links(r, bx_path_join(r->a, bx_strndup(r->a, value, strcspn(value, "\r\n")), bx_path_base(interpreter)), true);
    }
}

/* The first line of a script: its interpreter, and what that is given. False for what is none. */
struct first_line {
    char text[PATH_MAX];
    const char *interpreter;
    char *argument; /* "" when there is none */
    bool carriage_return;
};

static bool read_first_line(const char *program, struct first_line *l)
{
    int fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, l->text, sizeof l->text - 1);
    if (fd >= 0)
        close(fd);
    if (n < 3 || l->text[0] != '#' || l->text[1] != '!')
        return false;
    l->text[n] = '\0';
    size_t end = strcspn(l->text, "\n");
    l->carriage_return = end && l->text[end - 1] == '\r';
    l->text[end] = '\0';
    char *at = l->text + 2 + strspn(l->text + 2, " \t");
    size_t word = strcspn(at, " \t\r");
    l->interpreter = at;
    l->argument = at + word + strspn(at + word, " \t\r");
    at[word] = '\0';
    return true;
}

/* "#!/usr/bin/env -S NAME=value python3 -u": what env runs; NULL where the interpreter is not env. */
static const char *run_by_env(const struct first_line *l, struct bx_arena *a)
{
    if (strcmp(bx_path_base(l->interpreter), "env") != 0)
        return NULL;
    for (const char *p = l->argument; *p; p += strspn(p, " \t\r")) {
        size_t n = strcspn(p, " \t\r");
        const char *word = bx_strndup(a, p, n);
        p += n;
        if (!strncmp(word, "-S", 2) && word[2])
            return word + 2;
        if (word[0] != '-' && !strchr(word, '='))
            return word;
    }
    return NULL;
}

static const char *look_up(const char *name, struct bx_arena *a)
{
    if (strchr(name, '/'))
        return runs(name) ? name : NULL;
    for (size_t i = 0; i < COUNT(search_path); i++) {
        const char *path = bx_path_join(a, search_path[i], name);
        if (runs(path))
            return path;
    }
    return NULL;
}

static void add_program(struct bx_reaching *r, const char *program, int depth)
{
    struct first_line l;
    add_links(r, program, depth > 0);
    add_base_of_venv(r, program);
    bx_reach_libraries(r, program);
    if (depth >= DEEPEST || !read_first_line(program, &l))
        return;
    const char *name = run_by_env(&l, r->a), *found = name ? look_up(name, r->a) : NULL;
    if (l.interpreter[0] == '/')
        add_program(r, l.interpreter, depth + 1);
    if (found && found[0] == '/')
        add_program(r, found, depth + 1);
}

void bx_reach_program(struct bx_reaching *r, const char *program)
{
    add_program(r, program, 0);
}

static bool reached(const struct bx_cell *c, const char *path)
{
    char real[PATH_MAX];
    if (!c->on || (!c->kernel.namespaces && !c->kernel.landlock) || !realpath(path, real))
        return true;
    for (size_t i = 0; i < c->ngrants; i++)
        if ((c->grant[i].reach == BX_REACH_RUN || c->grant[i].reach == BX_REACH_WRITE) && bx_path_within(real, c->grant[i].path))
            return true;
    return false;
}

static bool can_begin(const char *program, const char *shown, const struct bx_cell *c, int depth, struct bx_arena *a, struct bx_err *e)
{
    static const char *const how = "its folder belongs under confine.read in the settings";
    struct first_line l;
    if (!reached(c, program))
        return bx_fail(e, BX_CONFIG, "'%s' is where no command can reach it: %s", shown, how);
    if (depth >= DEEPEST || !read_first_line(program, &l))
        return true;
    if (l.carriage_return)
        return bx_fail(e, BX_CONFIG, "the first line of '%s' ends in a carriage return, expected Unix line ends", shown);
    if (l.interpreter[0] != '/')
        return true; /* against the config's folder, which is the kernel's to find out */
    if (!runs(l.interpreter))
        return bx_fail(e, BX_CONFIG, "the first line of '%s' names the interpreter '%s', which is not there", shown, l.interpreter);
    const char *name = run_by_env(&l, a), *found = name ? look_up(name, a) : NULL;
    if (name && !found)
        return bx_fail(e, BX_CONFIG, "the first line of '%s' has env look for '%s', which is in none of the system's folders", shown, name);
    return can_begin(l.interpreter, l.interpreter, c, depth + 1, a, e) && (!found || can_begin(found, found, c, depth + 1, a, e));
}

bool bx_program_can_begin(const char *program, const char *shown, const struct bx_cell *c, struct bx_arena *a, struct bx_err *e)
{
    return can_begin(program, shown, c, 0, a, e);
}
