/* host.c: CPU, cores, GPUs and kernel: what makes latencies comparable. */
#include "core/runner/host.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The value of "key : value" in a text of such lines; NULL when there is none. */
static char *value_of(const char *text, const char *key, struct bx_arena *a)
{
    size_t n = strlen(key);
    for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
        if (strncmp(p, key, n) != 0)
            continue;
        const char *v = p + n + strspn(p + n, " \t:");
        size_t len = strcspn(v, "\n");
        char clean[304];
        return bx_strdup(a, bx_reason_clean(clean, bx_strndup(a, v, len)));
    }
    return NULL;
}

/* /proc says size 0, so the file helpers for regular files do not fit. */
static char *proc_text(const char *path, struct bx_arena *a)
{
    static const size_t most = 1 << 16;
    FILE *f = fopen(path, "re");
    if (!f)
        return NULL;
    char *text = BX_NEW(a, char, most + 1);
    size_t n = fread(text, 1, most, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

static void add_gpus(struct bx_buf *b, struct bx_arena *a)
{
    char **names;
    size_t n;
    if (!bx_path_is_dir("/proc/driver/nvidia/gpus") || !bx_dir_list("/proc/driver/nvidia/gpus", true, NULL, 0, a, &names, &n, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(bx_path_base(names[i]), "information") != 0)
            continue;
        char *text = proc_text(bx_path_join(a, "/proc/driver/nvidia/gpus", names[i]), a);
        char *model = text ? value_of(text, "Model", a) : NULL;
        if (model)
            bx_buf_addf(b, ", %s", model);
    }
}

void bx_host_describe(struct bx_host *h, struct bx_arena *a)
{
    *h = (struct bx_host){0};
    struct utsname u;
    bool known = uname(&u) == 0;
    char *cpuinfo = proc_text("/proc/cpuinfo", a), *meminfo = proc_text("/proc/meminfo", a);
    char *cpu = cpuinfo ? value_of(cpuinfo, "model name", a) : NULL, *memory = meminfo ? value_of(meminfo, "MemTotal", a) : NULL;
    if (!cpu && cpuinfo)
        cpu = value_of(cpuinfo, "Hardware", a);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct bx_buf what = {0}, text = {0};
    bx_buf_adds(&what, cpu ? cpu : known ? u.machine : "unknown processor");
    bx_buf_addf(&what, ", %ld core%s", cores, cores == 1 ? "" : "s");
    add_gpus(&what, a);
    double gib = 0;
    long long kib;
    if (memory && sscanf(memory, "%lld", &kib) == 1)
        gib = (double)kib / (1 << 20);
    bx_buf_adds(&text, bx_buf_str(&what));
    if (gib > 0)
        bx_buf_addf(&text, ", %.0f GiB", gib);
    if (known)
        bx_buf_addf(&text, ", %s %s", u.sysname, u.release);
    bx_buf_addf(&what, "\n%s", known ? u.release : "");
    uint8_t sha[32];
    char hex[33];
    bx_sha256(bx_buf_str(&what), what.n, sha);
    bx_hex(hex, sha, 16);
    h->name = known ? bx_strdup(a, u.nodename) : NULL;
    h->text = bx_strdup(a, bx_buf_str(&text));
    h->fingerprint = bx_strdup(a, hex);
    bx_buf_free(&what);
    bx_buf_free(&text);
}
