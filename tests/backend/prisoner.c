/*
 * prisoner.c: a runner that tries to get out. Each attempt is one line on standard error, "NAME: open" when it succeeded, "NAME: closed"
 * when not; test_prisoner.c says which is right where, and looks itself at what the prisoner cannot know. It bounds itself: few processes,
 * few bytes, loopback only. Where things are it is told by arguments, KEY=VALUE.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char **arguments;

static const char *told(const char *key)
{
    size_t n = strlen(key);
    for (char **a = arguments; *a; a++)
        if (!strncmp(*a, key, n) && (*a)[n] == '=')
            return *a + n + 1;
    return "";
}

static int number(const char *key)
{
    return atoi(told(key));
}

static const char *in(const char *key, const char *name)
{
    static char path[8192];
    snprintf(path, sizeof path, "%s/%s", told(key), name);
    return path;
}

static bool readable(const char *path)
{
    char c;
    int fd = open(path, O_RDONLY);
    bool ok = fd >= 0 && read(fd, &c, 1) == 1;
    close(fd);
    return ok;
}

static bool can_open(const char *path, int flags)
{
    int fd = open(path, flags, 0600);
    close(fd);
    return fd >= 0;
}

static bool lists(const char *path)
{
    DIR *d = opendir(path);
    bool any = false;
    for (struct dirent *f; d && (f = readdir(d));)
        any |= f->d_name[0] != '.';
    if (d)
        closedir(d);
    return any;
}

static bool ground_truth(void)
{
    return readable(told("truth"));
}
static bool data_set_folder(void)
{
    return lists(in("dir", "data"));
}
static bool by_way_of_staging(void)
{
    return readable(in("images", "../data/truth.json")) || lists(in("images", ".."));
}
static bool other_weights(void)
{
    return readable(in("dir", "models.d/other/weights.bin"));
}
static bool other_configs(void)
{
    return lists(in("dir", "models.d"));
}
static bool read_database(void)
{
    return readable(in("dir", "boxscore.db"));
}
static bool write_database(void)
{
    return can_open(in("dir", "boxscore.db"), O_WRONLY);
}
static bool empty_database(void)
{
    can_open(in("dir", "boxscore.db"), O_RDONLY | O_TRUNC);
    (void)!truncate(in("dir", "boxscore.db"), 0);
    return false; /* the host looks */
}
static bool remove_database(void)
{
    return rename(in("dir", "lock"), in("home", "lock")) == 0 || unlink(in("dir", "lock")) == 0;
}
static bool change_modes(void)
{
    chmod(in("dir", "allowed.json"), 0777);
    return false;
}
static bool change_modes_by_descriptor(void)
{
    int fd = open(in("dir", "models.d/prisoner/weights.bin"), O_RDONLY);
    fchmod(fd, 0777);
    close(fd);
    return false;
}
static bool write_allowed(void)
{
    return can_open(in("dir", "allowed.json"), O_WRONLY);
}
static bool write_site(void)
{
    return can_open(in("dir", "site/evil.html"), O_WRONLY | O_CREAT);
}
static bool write_config(void)
{
    return can_open(in("dir", "models.d/evil.json"), O_WRONLY | O_CREAT);
}
static bool write_own_weights(void)
{
    return can_open(in("dir", "models.d/prisoner/weights.bin"), O_WRONLY);
}
static bool write_image(void)
{
    chmod(in("images", "000001.jpg"), 0644);
    return can_open(in("images", "000001.jpg"), O_WRONLY) || can_open(in("images", "new"), O_WRONLY | O_CREAT);
}
static bool move_staging(void)
{
    char other[8192];
    snprintf(other, sizeof other, "%s", in("dir", "moved"));
    if (rename(told("images"), other) != 0)
        return false;
    rename(other, told("images"));
    return true;
}
static bool write_tmp(void)
{
    can_open(told("mark"), O_WRONLY | O_CREAT);
    return false;
}
static bool write_shm(void)
{
    can_open(told("shm"), O_WRONLY | O_CREAT);
    return false;
}

static bool environment(void)
{
    bool found = false;
    DIR *d = opendir("/proc");
    for (struct dirent *f; d && (f = readdir(d));) {
        char path[300];
        static char text[1 << 17];
        snprintf(path, sizeof path, "/proc/%s/environ", f->d_name);
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
        close(fd);
        found |= n > 0 && memmem(text, (size_t)n, "OTHERS_SECRET=", 14) != NULL;
    }
    if (d)
        closedir(d);
    return found;
}

static const char *of(int pid, const char *what)
{
    static char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
    return path;
}

static bool memory(void)
{
    return can_open(of(number("host"), "mem"), O_RDONLY) || can_open(of(number("victim"), "mem"), O_RDWR) ||
           can_open(of(getppid(), "mem"), O_RDONLY);
}
static bool root_of_others(void)
{
    return lists(of(number("victim"), "root/etc")) || lists(of(number("host"), "cwd")) || lists(of(getppid(), "root/etc"));
}
static bool trace(void)
{
    bool out = false;
    const int pids[] = {number("victim"), getppid()};
    for (int i = 0; i < 2; i++)
        if (ptrace(PTRACE_SEIZE, pids[i], NULL, NULL) == 0) {
            out = true;
            ptrace(PTRACE_INTERRUPT, pids[i], NULL, NULL);
            waitpid(pids[i], NULL, __WALL);
            ptrace(PTRACE_DETACH, pids[i], NULL, NULL);
        }
    return out;
}
static bool command_line(void)
{
    return readable(of(number("host"), "cmdline"));
}
static bool signal_host(void)
{
    return kill(number("host"), 0) == 0;
}
static bool signal_others(void)
{
    return kill(number("victim"), SIGCONT) == 0;
}
static bool limit_others(void)
{
    const struct rlimit l = {100, 100};
    return syscall(SYS_prlimit64, number("victim"), RLIMIT_NOFILE, &l, NULL) == 0;
}
static bool schedule_others(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    return sched_setaffinity(number("victim"), sizeof one, &one) == 0 || setpriority(PRIO_PROCESS, (id_t)number("victim"), 19) == 0;
}

static bool connects(int family, int type, const void *to, size_t n)
{
    int fd = socket(family, type, 0);
    bool ok = fd >= 0 && connect(fd, to, (socklen_t)n) == 0;
    if (ok && type == SOCK_DGRAM)
        (void)!write(fd, "x", 1);
    close(fd);
    return ok;
}
static struct sockaddr_in loopback(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)number(port)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}
static bool tcp(void)
{
    const struct sockaddr_in to = loopback("tcp");
    return connects(AF_INET, SOCK_STREAM, &to, sizeof to);
}
static bool udp(void)
{
    const struct sockaddr_in to = loopback("udp");
    connects(AF_INET, SOCK_DGRAM, &to, sizeof to);
    return false;
}
static bool abstract_socket(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = strlen(told("abstract"));
    memcpy(to.sun_path + 1, told("abstract"), n);
    return connects(AF_UNIX, SOCK_STREAM, &to, offsetof(struct sockaddr_un, sun_path) + 1 + n);
}
static bool socket_file(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%.100s", in("dir", "socket"));
    return connects(AF_UNIX, SOCK_STREAM, &to, sizeof to);
}
static bool shared_memory(void)
{
    void *p = shmat(number("shmid"), NULL, 0);
    return p != (void *)-1 && *(char *)p == 'S';
}

static bool fork_many(void)
{
    enum { MOST = 400 };
    static pid_t pid[MOST];
    int n = 0;
    for (; n < MOST && (pid[n] = fork()) >= 0; n++)
        if (pid[n] == 0) {
            alarm(20);
            for (;;)
                pause();
        }
    for (int i = 0; i < n; i++) {
        kill(pid[i], SIGKILL);
        waitpid(pid[i], NULL, 0);
    }
    return n >= MOST;
}

static bool new_mounts(void)
{
    return mount("x", told("home"), "tmpfs", 0, "size=1m") == 0;
}
static bool new_namespaces(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(unshare(CLONE_NEWUSER) == 0 || unshare(CLONE_NEWNS) == 0 ? 0 : 1);
    int status = -1;
    waitpid(pid, &status, 0);
    return status == 0;
}
static bool keyrings(void)
{
    return syscall(SYS_add_key, "user", "boxscore-prisoner", "x", 1, KEY_SPEC_PROCESS_KEYRING) >= 0;
}
static bool sysctls(void)
{
    return can_open("/proc/sys/kernel/hostname", O_WRONLY) || can_open("/proc/sys/kernel/core_pattern", O_WRONLY);
}
static bool devices(void)
{
    char node[8192];
    snprintf(node, sizeof node, "%s", in("home", "node"));
    return can_open("/dev/kmsg", O_RDONLY | O_NONBLOCK) || mknod(node, S_IFBLK | 0600, 0xfe00) == 0;
}
static bool shadow(void)
{
    return readable("/etc/shadow") || lists("/etc/ssh") || lists("/root") || lists("/home");
}

static const struct {
    const char *name;
    bool (*attempt)(void);
} attempts[] = {
    {"read the ground truth", ground_truth},
    {"list the data set's folder", data_set_folder},
    {"climb out of the staging folder", by_way_of_staging},
    {"read another model's weights", other_weights},
    {"list the configs", other_configs},
    {"read the database", read_database},
    {"write the database", write_database},
    {"empty the database", empty_database},
    {"remove the lock", remove_database},
    {"write allowed.json", write_allowed},
    {"change the mode of allowed.json", change_modes},
    {"change the mode of its own weights", change_modes_by_descriptor},
    {"write into the site", write_site},
    {"add a config", write_config},
    {"write its own weights", write_own_weights},
    {"write a staged image", write_image},
    {"move the staging folder", move_staging},
    {"leave a file in /tmp", write_tmp},
    {"leave a file in /dev/shm", write_shm},
    {"read /etc/shadow, /etc/ssh, /home", shadow},
    {"read the host's environment", environment},
    {"read the host's memory", memory},
    {"reach files by /proc/PID/root", root_of_others},
    {"trace a process", trace},
    {"read the host's command line", command_line},
    {"signal the host", signal_host},
    {"signal another process", signal_others},
    {"change another's limits", limit_others},
    {"change another's scheduling", schedule_others},
    {"connect to loopback TCP", tcp},
    {"send to loopback UDP", udp},
    {"connect to an abstract socket", abstract_socket},
    {"connect to a socket file", socket_file},
    {"attach System V shared memory", shared_memory},
    {"start 400 processes", fork_many},
    {"mount", new_mounts},
    {"make namespaces", new_namespaces},
    {"use a keyring", keyrings},
    {"write a sysctl", sysctls},
    {"open or make a device", devices},
};

int main(int argc, char **argv)
{
    static char line[65536];
    (void)argc;
    arguments = argv + 1;
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        fprintf(stderr, "%s: %s\n", attempts[i].name, attempts[i].attempt() ? "open" : "closed");
    printf("{\"proto\":1,\"ready\":true,\"task\":\"detect\",\"names\":[\"cat\"]}\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        const char *id = strstr(line, "\"id\":");
        printf("{\"id\":%ld,\"predictions\":[]}\n", id ? atol(id + 5) : 0);
        fflush(stdout);
    }
    return 0;
}
