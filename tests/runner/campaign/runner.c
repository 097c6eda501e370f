/*
 * runner.c: the models of campaign.py: campaign_runner MODE TASK SEED VARIANT LOG [N]. What it answers about an image follows from
 * SEED, VARIANT and the image's number alone, so that any undisturbed run gives the same. LOG is a folder outside of all that boxscore
 * writes: each request is a line of LOG/asked, and LOG/night says which night it is. It speaks the protocol by hand, without any code of
 * boxscore.
 */
#include "tests/by_hand.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *task, *seed, *variant, *log_dir;
static long argument;

static long night(void)
{
    char path[4096], text[32] = "";
    snprintf(path, sizeof path, "%s/night", log_dir);
    int fd = open(path, O_RDONLY);
    (void)!read(fd, text, sizeof text - 1);
    close(fd);
    return atol(text);
}

/* The nights on which a flaky one fails: every argument-th. */
static bool bad_night(void)
{
    return argument && night() % argument == 0;
}

static void note(const char *what)
{
    char path[4096], line[4096];
    snprintf(path, sizeof path, "%s/asked", log_dir);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0666);
    int n = snprintf(line, sizeof line, "%s %s %s\n", seed, variant, what);
    (void)!write(fd, line, (size_t)n);
    close(fd);
}

static uint32_t state;
static uint32_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* What models.py paints: object I of image K of a set. */
static void object(long k, long i, double box[4], int *class)
{
    box[0] = 2 + 11 * (double)i;
    box[1] = 3 + 5 * (double)((k * 7 + i * 3) % 4);
    box[2] = box[0] + 9;
    box[3] = box[1] + 6 + (double)((k + i) % 4) * 2;
    *class = (int)((k + i) % 3);
}

static void detections(long k)
{
    bool first = true;
    state = 2166136261u;
    for (const char *p = seed; *p; p++)
        state = (state ^ (unsigned char)*p) * 16777619u;
    state ^= (uint32_t)(atol(variant) * 7919 + k * 104729 + 1);
    for (int i = 0; i < 5; i++)
        draw();
    for (long i = 0; i < 6; i++) {
        double b[4];
        int class;
        object(k, i, b, &class);
        if (draw() % 100 < 15)
            continue;
        if (draw() % 100 < 10)
            class = (class + 1) % 3;
        for (int c = 0; c < 4; c++)
            b[c] += (double)(draw() % 100) / 60 - 0.8;
        double score = 0.05 + (double)(draw() % 900) / 1000;
        if (is("jitter")) /* a GPU's last bits: the order stays */
            score += (double)(night() % 997) * 1e-9;
        printf("%s{\"class\":%d,\"score\":%.9f,", first ? "" : ",", class, score);
        if (!strcmp(task, "segment"))
            printf("\"poly\":[[%.2f,%.2f,%.2f,%.2f,%.2f,%.2f,%.2f,%.2f]]}", b[0], b[1], b[2], b[1], b[2], b[3], b[0], b[3]);
        else
            printf("\"box\":[%.2f,%.2f,%.2f,%.2f]}", b[0], b[1], b[2], b[3]);
        first = false;
    }
}

/* A grandchild in a session of its own, deaf to SIGTERM. */
static void leave_a_daemon(void)
{
    if (fork() != 0)
        return;
    setsid();
    if (fork() != 0)
        _exit(0);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    forever();
}

static void fill(void)
{
    static char block[1 << 20];
    const char *home = getenv("HOME");
    for (int i = 0; i < 24; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/fill-%d", home ? home : ".", i);
        int fd = open(path, O_WRONLY | O_CREAT, 0600);
        (void)!write(fd, block, sizeof block);
        close(fd);
    }
    forever();
}

static void before_hello(void)
{
    if (is("flood")) {
        char block[4096];
        memset(block, 'x', sizeof block);
        for (int i = 0; i < 300; i++)
            (void)!write(2, block, sizeof block);
        for (int i = 0; i < 1001; i++)
            printf("loading layer %d\n", i);
    }
    if (is("deaf")) {
        signal(SIGTERM, SIG_IGN);
        forever();
    }
    if (is("flaky") && bad_night()) {
        fprintf(stderr, "no memory on this night\n");
        exit(3);
    }
    if (is("names-twice")) {
        printf("{\"proto\":1,\"ready\":true,\"task\":\"%s\",\"names\":[\"a\"],\"names\":[\"a\",\"b\",\"c\"]}\n", task);
        fflush(stdout);
    }
    if (is("escapes")) {
        printf("{\"proto\":1,\"ready\":true,\"task\":\"%s\",\"names\":[\"\\u001b]0;mine\\u0007\",\"\\u202ea\"]}\n", task);
        fflush(stdout);
    }
}

static void answer(long id, long k, long nth, const char *image)
{
    if (is("slow") || is("crawl"))
        sleep_ms(argument);
    if (is("json") && nth == 2)
        printf("{\"id\":%ld,\"predictions\":[}\n", id);
    else if (is("hang") && nth == 2)
        forever();
    else if (is("crash") && nth == 2)
        abort();
    else if (is("crash-once") && k == 3) { /* a first process dies of the third image, the second does not */
        char path[4096];
        const char *home = getenv("HOME");
        snprintf(path, sizeof path, "%s/crashed", home ? home : ".");
        if (access(path, F_OK) != 0) {
            close(open(path, O_CREAT | O_WRONLY, 0600));
            abort();
        }
    } else if (is("one-image") && k == 2 && bad_night()) {
        printf("{\"id\":%ld,\"error\":\"cannot decode /srv/there/it\"}\n", id);
        return;
    } else if (is("kill-parent")) {
        leave_a_daemon();
        kill(getppid(), SIGKILL);
        forever();
    } else if (is("forks")) { /* bounded: 40 that stay */
        for (int i = 0; i < 40; i++)
            if (fork() == 0) {
                setsid();
                signal(SIGTERM, SIG_IGN);
                forever();
            }
        kill(getppid(), SIGKILL);
        forever();
    } else if (is("daemon") && nth == 1)
        leave_a_daemon();
    else if (is("fill"))
        fill();
    else if (is("nan")) {
        printf("{\"id\":%ld,\"predictions\":[{\"class\":0,\"score\":NaN,\"box\":[1,2,11,22]}]}\n", id);
        return;
    } else if (is("polygon")) {
        printf("{\"id\":%ld,\"predictions\":[{\"class\":0,\"score\":0.5,\"poly\":[[", id);
        for (int i = 0; i < 40000; i++)
            printf("%s%d,%d", i ? "," : "", i % 2 ? 47 : 0, i % 36);
        printf("]]}]}\n");
        return;
    } else if (is("rewrite")) {
        chmod(image, 0644);
        int fd = open(image, O_WRONLY | O_TRUNC);
        (void)!write(fd, "no image", 8);
        close(fd);
    } else if (is("unasked")) {
        printf("{\"id\":%ld,\"predictions\":[]}\n", id + 1000);
        return;
    }
    printf("{\"id\":%ld,\"predictions\":[", id);
    detections(k);
    printf("]}\n");
}

int main(int argc, char **argv)
{
    static char line[65536], image[8][4096];
    long id[8], count = 0, held = 0, batch;
    if (argc < 6)
        return 2;
    mode = argv[1], task = argv[2], seed = argv[3], variant = argv[4], log_dir = argv[5];
    argument = argc > 6 ? atol(argv[6]) : 0;
    batch = is("batch") ? argument : 1;
    setvbuf(stdin, NULL, _IONBF, 0); /* so that poll knows whether more was asked */
    before_hello();
    if (!is("names-twice") && !is("escapes"))
        printf("{\"proto\":1,\"ready\":true,\"task\":\"%s\",\"names\":[\"disc\",\"ring\",\"bar\"],\"runner\":\"campaign\"}\n", task);
    fflush(stdout);
    bool more = true;
    while (more) {
        more = fgets(line, sizeof line, stdin) != NULL;
        if (more) {
            if (!request_of(line, &id[held], image[held], sizeof image[held]))
                return 4;
            /* ".../images-0/000003.png": the set and the image's place in it */
            const char *name = strrchr(image[held], '/');
            const char *set = name;
            while (set && set > image[held] && set[-1] != '/')
                set--;
            note(set ? set : "?");
            held++;
        }
        struct pollfd in = {0, POLLIN, 0};
        if (more && held < batch && poll(&in, 1, batch > 1 ? 5 : 0) > 0)
            continue;
        while (held > 0) { /* the last first */
            held--;
            const char *name = strrchr(image[held], '/');
            answer(id[held], atol(name ? name + 1 : "0"), ++count, image[held]);
            fflush(stdout);
        }
    }
    return 0;
}
