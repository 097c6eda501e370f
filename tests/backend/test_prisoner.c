/*
 * test_prisoner.c: what gets out of the confinement, on this kernel and on older ones, as an ordinary user and as root. The last column has
 * no confinement at all: an attempt that fails even there would show nothing.
 */
#include "core/backend/backend.h"
#include "core/backend/command/command.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

enum { COLUMNS = 5, PROCESSES = 100 };
static const char *const columns[COLUMNS] = {"", "landlock=2", "namespaces=0", "namespaces=0 landlock=2", "none"};

/* o open, . closed, in the order of the columns; a second word is root's, where it differs: it has lost its capabilities even there, and
 * the victim has them. */
static const struct {
    const char *name, *user, *root;
} table[] = {
    {"read the ground truth", "....o", NULL},
    {"list the data set's folder", "....o", NULL},
    {"climb out of the staging folder", "....o", NULL},
    {"read another model's weights", "....o", NULL},
    {"list the configs", "....o", NULL},
    {"read the database", "....o", NULL},
    {"write the database", "....o", NULL},
    {"empty the database", "....o", NULL},
    {"remove the lock", "....o", NULL},
    {"write allowed.json", "....o", NULL},
    {"change the mode of allowed.json", "....o", NULL},
    {"change the mode of its own weights", "....o", NULL},
    {"write into the site", "....o", NULL},
    {"add a config", "....o", NULL},
    {"write its own weights", "....o", NULL},
    {"write a staged image", "....o", NULL},
    {"move the staging folder", "....o", NULL},
    {"leave a file in /tmp", "....o", NULL},
    {"leave a file in /dev/shm", "....o", NULL},
    {"read /etc/shadow, /etc/ssh, /home", "....o", NULL},
    {"read the host's environment", ".....", NULL}, /* not dumpable, whatever else holds */
    {"read the host's memory", "....o", "....."},   /* the victim's, and root the host's too */
    {"reach files by /proc/PID/root", "....o", "....."},
    {"trace a process", "....o", "....."},
    {"read the host's command line", "..ooo", NULL}, /* /proc is everybody's to read */
    {"signal the host", "....o", NULL},
    {"signal another process", "...oo", NULL}, /* Landlock knows of signals from ABI 6 */
    {"change another's limits", "....o", NULL},
    {"change another's scheduling", "....o", "....."},
    {"connect to loopback TCP", "....o", NULL},
    {"send to loopback UDP", "....o", NULL},
    {"connect to an abstract socket", "...oo", NULL}, /* from ABI 6, too */
    {"connect to a socket file", "..ooo", NULL},      /* Landlock does not know them up to ABI 7 */
    {"attach System V shared memory", "..ooo", NULL},
    {"start 400 processes", ".....", ".oooo"}, /* RLIMIT_NPROC is not for root; the largest pid of a namespace is, from Linux 6.14 */
    {"mount", ".....", NULL},
    {"make namespaces", "....o", NULL},
    {"use a keyring", "....o", NULL},
    {"write a sysctl", ".....", "....o"},
    {"open or make a device", ".....", NULL},
};
enum { ROWS = sizeof table / sizeof *table };

static char dir[64];
static char program[PATH_MAX];
static struct bx_arena arena;

static char *path(const char *name)
{
    return bx_path_join(&arena, dir, name);
}

static void put(const char *name, const char *text)
{
    struct bx_err e = {0};
    if (!bx_mkdirs(bx_path_dir(&arena, path(name)), &e) || !bx_file_write(path(name), text, strlen(text), &e))
        fail_msg("%s", e.text);
    chmod(path(name), 0600);
}

struct world {
    pid_t victim;
    int tcp, udp, abstract, file, shmid;
    char tmp[80], shm[80], name[40];
};

static int listen_on(int family, int type, const void *at, size_t n)
{
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, at, (socklen_t)n) == 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 10), 0);
    return fd;
}

static int port_of(int fd)
{
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    return ntohs(a.sin_port);
}

static void make_world(struct world *w)
{
    bx_remove_tree(path("board"), NULL);
    put("board/data/truth.json", "{}");
    put("board/models.d/other/weights.bin", "weights");
    put("board/models.d/prisoner/weights.bin", "weights");
    put("board/boxscore.db", "database");
    put("board/lock", "lock");
    put("board/allowed.json", "{}");
    put("board/site/index.html", "<html>");
    put("board/images/000001.jpg", "image");
    assert_int_equal(mkdir(path("board/home"), 0700), 0);
    snprintf(w->name, sizeof w->name, "boxscore-prisoner-%ld", (long)getpid());
    snprintf(w->tmp, sizeof w->tmp, "/tmp/%s", w->name);
    snprintf(w->shm, sizeof w->shm, "/dev/shm/%s", w->name);
    const struct sockaddr_in lo = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    w->tcp = listen_on(AF_INET, SOCK_STREAM, &lo, sizeof lo);
    w->udp = listen_on(AF_INET, SOCK_DGRAM, &lo, sizeof lo);
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    memcpy(un.sun_path + 1, w->name, strlen(w->name));
    w->abstract = listen_on(AF_UNIX, SOCK_STREAM, &un, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(w->name));
    un = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(un.sun_path, sizeof un.sun_path, "%s/board/socket", dir);
    w->file = listen_on(AF_UNIX, SOCK_STREAM, &un, sizeof un);
    w->shmid = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    char *p = shmat(w->shmid, NULL, 0);
    assert_true(p != (void *)-1);
    *p = 'S';
    shmdt(p);
    w->victim = fork();
    if (w->victim == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (char **v = environ; *v; v++)
            memset(*v, 'x', strlen(*v));
        prctl(PR_SET_DUMPABLE, 1); /* any program of this user's, not one of ours */
        for (;;)
            pause();
    }
}

static void end_world(struct world *w)
{
    kill(w->victim, SIGKILL);
    waitpid(w->victim, NULL, 0);
    shmctl(w->shmid, IPC_RMID, NULL);
    const int fds[] = {w->tcp, w->udp, w->abstract, w->file};
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
    unlink(w->tmp);
    unlink(w->shm);
}

/* What only a look from outside can tell. */
static bool seen_from_outside(const struct world *w, const char *name)
{
    struct stat st;
    char c;
    if (!strcmp(name, "empty the database"))
        return stat(path("board/boxscore.db"), &st) == 0 && st.st_size == 0;
    if (!strcmp(name, "change the mode of allowed.json"))
        return stat(path("board/allowed.json"), &st) == 0 && (st.st_mode & 0777) != 0600;
    if (!strcmp(name, "change the mode of its own weights"))
        return stat(path("board/models.d/prisoner/weights.bin"), &st) == 0 && (st.st_mode & 0777) != 0600;
    if (!strcmp(name, "leave a file in /tmp"))
        return access(w->tmp, F_OK) == 0;
    if (!strcmp(name, "leave a file in /dev/shm"))
        return access(w->shm, F_OK) == 0;
    return !strcmp(name, "send to loopback UDP") && recv(w->udp, &c, 1, MSG_DONTWAIT) == 1;
}

static void run(const struct world *w, bool network, struct bx_buf *log)
{
    uint32_t size = 10;
    uint8_t turn = 1;
    const char *image = path("board/images/000001.jpg");
    const struct bx_testset set = {.nimages = 1, .image_w = &size, .image_h = &size, .image_orientation = &turn};
    const char *args[] = {
        bx_printf(&arena, "dir=%s/board", dir),
        bx_printf(&arena, "truth=%s/board/data/truth.json", dir),
        bx_printf(&arena, "images=%s/board/images", dir),
        bx_printf(&arena, "home=%s/board/home", dir),
        bx_printf(&arena, "mark=%s", w->tmp),
        bx_printf(&arena, "shm=%s", w->shm),
        bx_printf(&arena, "abstract=%s", w->name),
        bx_printf(&arena, "host=%d", (int)getpid()),
        bx_printf(&arena, "victim=%d", (int)w->victim),
        bx_printf(&arena, "tcp=%d", port_of(w->tcp)),
        bx_printf(&arena, "udp=%d", port_of(w->udp)),
        bx_printf(&arena, "shmid=%d", w->shmid),
    };
    struct bx_model m = {.slug = "prisoner", .path = "prisoner.json", .dir = path("board/models.d"), .task = BX_DETECT};
    m.backend = (struct bx_backend_config){
        .kind = BX_BACKEND_COMMAND, .program = "prisoner", .args = args, .nargs = 12, .inflight = 1, .max_detections = 10};
    const char *const hidden[] = {path("board/data"), path("board/boxscore.db")};
    const struct bx_backend_env env = {
        .testset = &set,
        .image_path = &image,
        .image_dir = path("board/images"),
        .program = program,
        .home = path("board/home"),
        .confine = {.on = true, .processes = PROCESSES, .hidden = hidden, .nhidden = 2, .network = network},
    };
    struct bx_err e = {0};
    struct bx_backend *b = bx_backend_open(&m, &env, &e);
    if (!b)
        fail_msg("%s", e.text);
    struct bx_answer a;
    int64_t deadline = bx_time_monotonic() + INT64_C(60000000000);
    while (b->state != BX_BACKEND_GONE && bx_time_monotonic() < deadline) {
        struct pollfd p[BX_BACKEND_FDS];
        poll(p, (nfds_t)b->ops->fds(b, p, BX_BACKEND_FDS), 20);
        while (b->ops->next(b, &a))
            ;
        if (b->state == BX_BACKEND_READY)
            b->ops->finish(b);
        if (b->state == BX_BACKEND_BROKEN)
            break;
    }
    if (b->error.code)
        fail_msg("the prisoner died: %s", b->error.text);
    bx_backend_log(b, log);
    bx_backend_close(b);
}

static void test_nothing_gets_out_that_is_not_known(void **state)
{
    (void)state;
    bool root = geteuid() == 0;
    char found[ROWS][COLUMNS + 1];
    memset(found, 0, sizeof found);
    for (int c = 0; c < COLUMNS; c++) {
        struct world w;
        struct bx_buf log = {0};
        setenv("BOXSCORE_CONFINE", columns[c], 1);
        make_world(&w);
        run(&w, false, &log);
        for (size_t i = 0; i < ROWS; i++) {
            const char *line = strstr(bx_buf_str(&log), bx_printf(&arena, "%s: ", table[i].name));
            if (!line)
                fail_msg("the prisoner did not try to %s:\n%s", table[i].name, bx_buf_str(&log));
            bool open = !strncmp(line + strlen(table[i].name) + 2, "open", 4) || seen_from_outside(&w, table[i].name);
            found[i][c] = open ? 'o' : '.';
        }
        end_world(&w);
        bx_buf_free(&log);
    }
    unsetenv("BOXSCORE_CONFINE");
    struct bx_buf text = {0};
    size_t wrong = 0;
    bx_buf_addf(&text, "%-34s here  ABI 2  no namespaces: here  ABI 2  none   (%s)\n", "", root ? "root" : "an ordinary user");
    for (size_t i = 0; i < ROWS; i++) {
        const char *want = root && table[i].root ? table[i].root : table[i].user;
        bool same = !strcmp(want, found[i]);
        static const char *const word[] = {"-", "OPEN"};
        bx_buf_addf(&text, "%-34s %-5s %-6s                %-5s %-6s %-6s%s%s\n", table[i].name, word[found[i][0] == 'o'],
                    word[found[i][1] == 'o'], word[found[i][2] == 'o'], word[found[i][3] == 'o'], word[found[i][4] == 'o'],
                    same ? "" : "expected ", same ? "" : want);
        wrong += !same;
    }
    printf("%s", bx_buf_str(&text));
    bx_buf_free(&text);
    assert_int_equal(wrong, 0);
}

/* Who was granted the network has that, and nothing else. */
static void test_the_network_is_granted_alone(void **state)
{
    (void)state;
    static const char *const confine[] = {"", "namespaces=0", "namespaces=0 landlock=2"};
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        struct bx_buf log = {0};
        setenv("BOXSCORE_CONFINE", confine[i], 1);
        make_world(&w);
        run(&w, true, &log);
        assert_non_null(strstr(bx_buf_str(&log), "connect to loopback TCP: open"));
        assert_true(seen_from_outside(&w, "send to loopback UDP"));
        assert_non_null(strstr(log.p, "read the ground truth: closed"));
        assert_non_null(strstr(log.p, "write the database: closed"));
        assert_non_null(strstr(log.p, "signal the host: closed"));
        end_world(&w);
        bx_buf_free(&log);
    }
    unsetenv("BOXSCORE_CONFINE");
}

static int set_up(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/boxscore-test-XXXXXX");
    setenv("OTHERS_SECRET", "others-secret", 0);
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 20);
    program[n > 0 ? n : 0] = '\0';
    memcpy(strrchr(program, '/') + 1, "prisoner", sizeof "prisoner");
    signal(SIGPIPE, SIG_IGN);
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    bool ok = bx_remove_tree(dir, NULL);
    bx_arena_release(&arena);
    return ok ? 0 : -1;
}

/* The same as an ordinary user: root is one to whom much is closed only here. */
static void test_the_same_as_an_ordinary_user(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    pid_t pid = fork();
    if (pid == 0) {
        char *self[] = {program, (char *)(uintptr_t) "--again", NULL};
        if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0 ||
            access(program, X_OK) != 0)
            _exit(77);
        execv("/proc/self/exe", self);
        _exit(77);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_gets_out_that_is_not_known),
        cmocka_unit_test(test_the_network_is_granted_alone),
        cmocka_unit_test(test_the_same_as_an_ordinary_user),
    };
    (void)argv;
    struct bx_confine_kernel k = bx_confine_kernel();
    if (!k.namespaces || k.landlock < 6 || !k.seccomp) {
        printf("skipped: this kernel lacks what the table is about\n");
        return 77;
    }
    return argc > 1 ? cmocka_run_group_tests(((const struct CMUnitTest[]){tests[0]}), set_up, tear_down)
                    : cmocka_run_group_tests(tests, set_up, tear_down);
}
