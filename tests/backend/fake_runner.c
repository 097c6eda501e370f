/*
 * fake_runner.c: a runner that misbehaves on order: fake_runner MODE [ARGUMENT]. It speaks the protocol by hand, without any code of
 * boxscore.
 */
#include "tests/by_hand.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static const char *argument;

static bool request(char *line, long *id, char *image, size_t cap)
{
    if (!fgets(line, 65536, stdin))
        return false;
    request_of(line, id, image, cap);
    return true;
}

static void hello(void)
{
    const char *task = "detect";
    if (is("poly") || is("rle") || is("rle-size") || is("far-poly") || is("no-mask"))
        task = "segment";
    if (is("obb"))
        task = "obb";
    if (is("bad-proto"))
        printf("{\"proto\":2,\"ready\":true,\"task\":\"detect\"}\n");
    else if (is("bad-task"))
        printf("{\"proto\":1,\"ready\":true,\"task\":\"segment\"}\n");
    else if (is("bad-hello"))
        printf("{\"proto\":1,\"ready\":\n");
    else if (is("names-twice"))
        printf("{\"proto\":1,\"ready\":true,\"task\":\"detect\",\"names\":[\"cat\",\"cat\"]}\n");
    else if (is("secret-in-hello")) { /* across the 300th byte, and once with an escape of JSON's */
        printf("{\"proto\":1,\"ready\":false,\"error\":\"");
        for (int i = 0; i < 291; i++)
            putchar('.');
        printf("hunter22hunter h\\u0075nter22hunter\"}\n");
    } else if (is("secret-in-names"))
        printf("{\"proto\":1,\"ready\":true,\"task\":\"detect\",\"names\":[\"a hunter22hunter\",\"h\\u0075nter22hunter\"],"
               "\"runner\":\"r h\\u0075nter22hunter\"}\n");
    else if (is("secret-in-syntax"))
        printf("{\"proto\":others-secret-that-is-long\n");
    else if (is("hello-error"))
        printf("{\"proto\":1,\"ready\":false,\"error\":\"no weights in /srv/secret/weights.pt\"}\n");
    else if (is("no-names"))
        printf("{\"proto\":1,\"ready\":true,\"task\":\"detect\"}\n");
    else
        printf("{\"proto\":1,\"ready\":true,\"task\":\"%s\",\"names\":[\"cat\",\"dog\"],\"runner\":\"fake 1.0\",\"future\":{\"a\":[1]}}\n",
               task);
    fflush(stdout);
}

/* The parent's parent, as /proc tells it. */
static int parent_of(int pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    (void)!read(fd, text, sizeof text - 1);
    close(fd);
    const char *p = strrchr(text, ')');
    int parent = 0;
    return p && sscanf(p + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

/* The environments of the processes above: the key of another model is in them. */
static void peek(void)
{
    for (int pid = getppid(); pid > 1; pid = parent_of(pid)) {
        char path[64], text[65536];
        snprintf(path, sizeof path, "/proc/%d/environ", pid);
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
        for (ssize_t i = 0; i + 14 < n; i++)
            if (!memcmp(text + i, "OTHERS_SECRET=", 14))
                fprintf(stderr, "found it in %s\n", path);
        close(fd);
    }
    fprintf(stderr, "looked\n");
}

static void before_hello(void)
{
    if (is("exit")) {
        fprintf(stderr, "loading\nModuleNotFoundError: no module named 'torch'\n");
        exit(3);
    }
    if (is("silent"))
        forever();
    if (is("deaf-to-term")) {
        signal(SIGTERM, SIG_IGN);
        forever();
    }
    if (is("chatter"))
        for (int i = 0; i < 1001; i++)
            printf("loading layer %d\n", i);
    if (is("some-chatter"))
        for (int i = 0; i < 900; i++)
            printf("loading layer %d\r\n", i);
    if (is("environment"))
        for (char **e = environ; *e; e++)
            fprintf(stderr, "%s\n", *e);
    if (is("descriptors")) {
        for (int fd = 0; fd < 1024; fd++)
            if (fcntl(fd, F_GETFD) >= 0)
                fprintf(stderr, "fd %d\n", fd);
        fprintf(stderr, "no_new_privs %d\nsession %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), getsid(0) == getpid());
    }
    if (is("peek"))
        peek();
    if (is("flood")) {
        char block[4096];
        memset(block, 'x', sizeof block);
        memcpy(block, "first line\n", 11);
        for (int i = 0; i < 1280; i++, block[0] = 'x')
            (void)!write(2, block, sizeof block);
        fprintf(stderr, "\nlast line\n");
    }
    if (is("file-size")) {
        char path[4096], block[65536] = {0};
        snprintf(path, sizeof path, "%s/big", getenv("HOME"));
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        for (int i = 0; i < 64; i++)
            (void)!write(fd, block, sizeof block);
    }
}

/* A grandchild in a session of its own, deaf to SIGTERM. */
static void leave_a_daemon(void)
{
    if (fork() != 0) {
        sleep_ms(50);
        return;
    }
    setsid();
    if (fork() != 0)
        _exit(0);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    forever();
}

/* Kills the keeper and goes on forking, each of two hundred in its place by a child and gone: bounded, and never in one place. */
static void bomb(void)
{
    int *left = mmap(NULL, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *left = 4000; /* far from coming round to the numbers of others */
    kill(getppid(), SIGKILL);
    for (int i = 0; i < 200; i++)
        if (fork() == 0) {
            setsid();
            while (__atomic_sub_fetch(left, 1, __ATOMIC_RELAXED) > 0)
                if (fork() > 0)
                    _exit(0);
            forever();
        }
    forever();
}

static void rewrite(const char *image)
{
    chmod(image, 0644);
    int fd = open(image, O_WRONLY | O_TRUNC);
    (void)!write(fd, "no image", 8);
    close(fd);
}

/* Every mode's answer; most are one line. */
static void answer(long id, const char *image, long count)
{
    const char *box = "\"class\":0,\"score\":0.5,\"box\":[1,2,11,22]";
    if (is("crash") && count == (argument ? atol(argument) : 2))
        abort();
    if (is("crash-once") || is("crash-image")) { /* crash-image NAME: every time; crash-once NAME: until $HOME/fake-crashed exists */
        if (argument && strstr(image, argument)) {
            const char *flag = getenv("HOME");
            char path[4096];
            snprintf(path, sizeof path, "%s/fake-crashed", flag ? flag : ".");
            if (is("crash-image") || access(path, F_OK) != 0) {
                if (is("crash-once"))
                    close(open(path, O_CREAT | O_WRONLY, 0600));
                abort();
            }
        }
        printf("{\"id\":%ld,\"predictions\":[{%s}]}\n", id, box);
    } else if (is("hang") || (is("hang-second") && count == 2))
        forever();
    else if (is("nan"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":0,\"score\":NaN,\"box\":[1,2,11,22]}]}\n", id);
    else if (is("infinity"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":0,\"score\":0.5,\"box\":[1,2,Infinity,22]}]}\n", id);
    else if (is("malformed") && count == 2)
        printf("{\"id\":%ld,\"predictions\":[}\n", id);
    else if (is("no-id"))
        printf("{\"predictions\":[]}\n");
    else if (is("unknown-id"))
        printf("{\"id\":%ld,\"predictions\":[]}\n", id + 1000);
    else if (is("twice"))
        printf("{\"id\":%ld,\"predictions\":[]}\n{\"id\":%ld,\"predictions\":[]}\n", id, id);
    else if (is("long-line")) {
        char block[1 << 16];
        memset(block, ' ', sizeof block);
        printf("{");
        for (int i = 0; i < 1040; i++)
            fwrite(block, 1, sizeof block, stdout);
        printf("}\n");
    } else if (is("too-many")) {
        printf("{\"id\":%ld,\"predictions\":[", id);
        for (int i = 0; i < 1001; i++)
            printf("%s{%s}", i ? "," : "", box);
        printf("]}\n");
    } else if (is("wrong-size"))
        printf("{\"id\":%ld,\"w\":7,\"h\":9,\"predictions\":[{%s}]}\n", id, box);
    else if (is("raw-size")) /* the image is 60 x 40 as displayed, stored 40 x 60 with orientation 6 */
        printf("{\"id\":%ld,\"w\":40,\"h\":60,\"predictions\":[{%s}]}\n", id, box);
    else if (is("half-size"))
        printf("{\"id\":%ld,\"w\":60,\"predictions\":[{%s}]}\n", id, box);
    else if (is("poly"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":1,\"score\":0.25,\"poly\":[[10,10,20,10,20,30,10,30],[40,10,50,10,50,20]]}]}\n",
               id);
    else if (is("far-poly"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":1,\"score\":0.25,\"poly\":[[10,10,2e8,10,20,30]]}]}\n", id);
    else if (is("rle"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":1,\"score\":0.25,\"rle\":{\"size\":[40,60],\"counts\":[40,80,2280]}}]}\n", id);
    else if (is("rle-size"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":1,\"score\":0.25,\"rle\":{\"size\":[60,40],\"counts\":[40,80,2280]}}]}\n", id);
    else if (is("no-mask"))
        printf("{\"id\":%ld,\"predictions\":[{%s}]}\n", id, box);
    else if (is("obb"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":\"ship\",\"score\":1,\"obb\":[20,10,30,20,20,30,10,20]}]}\n", id);
    else if (is("bad-class") || is("no-names"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":9,\"score\":0.5,\"box\":[1,2,11,22]}]}\n", id);
    else if (is("inverted"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":0,\"score\":0.5,\"box\":[11,2,1,22]}]}\n", id);
    else if (is("no-score"))
        printf("{\"id\":%ld,\"predictions\":[{\"class\":0,\"box\":[1,2,11,22]}]}\n", id);
    else if (is("empty-answer"))
        printf("{\"id\":%ld}\n", id);
    else if (is("error"))
        printf("{\"id\":%ld,\"error\":\"cannot decode /srv/data/img.jpg with hunter22hunter\"}\n", id);
    else if (is("long-error")) {
        printf("{\"id\":%ld,\"error\":\"", id);
        for (int i = 0; i < 290; i++) /* they become one blank, after a cut within the secret */
            putchar(' ');
        printf("oth\\u0065rs-secret-that-is-long\"}\n");
    } else if (is("secret-key"))
        printf("{\"id\":%ld,\"h\\u0075nter22hunter\":1,\"hunt\\u0065r22hunter\":2,\"predictions\":[]}\n", id);
    else if (is("secret-class")) /* with an escape of JSON's, so that the line does not have it */
        printf("{\"id\":%ld,\"predictions\":[{\"class\":\"oth\\u0065rs-secret-that-is-long\",\"score\":0.5,\"box\":[1,2,11,22]}]}\n", id);
    else if (is("string-class"))
        printf("{\"id\":%ld,\"ms\":1.5,\"w\":60,\"h\":40,\"predictions\":[{\"class\":\"zebra\",\"score\":0.5,\"box\":[1,2,11,22]}]}", id);
    else if (is("secret")) {
        fprintf(stderr, "the key is hunter22");
        fflush(stderr);
        sleep_ms(30);
        fprintf(stderr, "hunter, is it not\n");
        printf("{\"id\":%ld,\"predictions\":[]}\n", id);
    } else if (is("close-stdout")) {
        close(1);
        forever();
    } else if (is("daemon")) {
        leave_a_daemon();
        printf("{\"id\":%ld,\"predictions\":[]}\n", id);
    } else if (is("kill-keeper")) {
        leave_a_daemon();
        kill(getppid(), SIGKILL);
        forever();
    } else if (is("bomb")) {
        bomb();
    } else if (is("stop-keeper")) {
        kill(getppid(), SIGSTOP);
        forever();
    } else if (is("change-files")) {
        FILE *f = fopen(argument, "a");
        if (f) {
            fputs("more\n", f);
            fclose(f);
        }
        printf("{\"id\":%ld,\"predictions\":[]}\n", id);
    } else if (is("rewrite")) {
        rewrite(image);
        printf("{\"id\":%ld,\"predictions\":[]}\n", id);
    } else if (is("fill")) { /* each file is small enough; the last ones are in no folder any more */
        static char block[1 << 20];
        for (int i = 0; i < 64; i++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/fill-%d", getenv("HOME"), i);
            int fd = open(path, O_WRONLY | O_CREAT, 0600);
            (void)!write(fd, block, sizeof block);
            close(fd);
        }
        forever();
    } else if (is("slow")) {
        sleep_ms(argument ? atol(argument) : 20);
        printf("{\"id\":%ld,\"predictions\":[{%s}]}\n", id, box);
    } else
        printf("{\"id\":%ld,\"predictions\":[{%s}]}\n", id, box);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static char line[65536], image[8][4096];
    long id[8], count = 0;
    mode = argc > 1 ? argv[1] : "ok";
    argument = argc > 2 ? argv[2] : NULL;
    before_hello();
    hello();
    if (is("never-reads"))
        forever();
    if (is("reorder")) { /* four requests, then four answers from the last to the first */
        for (int n = 0; request(line, &id[n], image[n], sizeof image[n]);)
            if (++n == 4)
                while (n > 0) {
                    n--;
                    answer(id[n], image[n], ++count);
                }
        return 0;
    }
    while (request(line, &id[0], image[0], sizeof image[0])) {
        answer(id[0], image[0], ++count);
        if (is("string-class"))
            return 0;
    }
    return is("bad-exit") ? 7 : 0;
}
