/* whole.c: is the live site what would be made now? */
#include "render/site/whole.h"
#include "core/base/file.h"
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Of a database. */
static const char *const parts[] = {"", "-wal", "-journal"};

static void stamp_file(struct bx_buf *b, const char *path)
{
    struct stat st;
    bx_buf_addf(b, "%s", path);
    if (stat(path, &st) == 0 && st.st_size > 0) /* an empty journal says nothing */
        bx_buf_addf(b, " %ju %ju %jd %jd.%09ld %jd.%09ld", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino, (intmax_t)st.st_size,
                    (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
    bx_buf_addc(b, '\n');
}

static void stamp_folder(struct bx_buf *b, const char *folder, struct bx_arena *a)
{
    char **names;
    size_t n = 0;
    struct bx_err ignored = {0};
    bx_buf_addf(b, "%s\n", folder ? folder : "");
    if (folder && bx_dir_list(folder, true, NULL, 0, a, &names, &n, &ignored))
        for (size_t i = 0; i < n; i++)
            stamp_file(b, bx_path_join(a, folder, names[i]));
}

/* Everything that is read for a site: the database and the template folders, as the files that they are, and the options. */
static void stamp(const struct bx_site_options *o, uint8_t out[32], struct bx_arena *a)
{
    struct bx_buf BX_CLEANUP_BUF b = {0};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        stamp_file(&b, bx_printf(a, "%s%s", o->database, parts[i]));
    stamp_folder(&b, o->templates, a);
    stamp_folder(&b, o->shipped, a);
    bx_buf_addf(&b, "%s\n%lld %lld", o->board ? o->board : "", (long long)o->stale_after_ms, (long long)o->max_age_ms);
    bx_sha256(b.p, b.n, out);
}

/* A file's time has the step of the kernel's clock: who wrote just now may write again at the same time. */
static bool just_written(const char *database, struct bx_arena *a)
{
    struct stat st;
    struct timespec now;
    bool any = false;
    clock_gettime(CLOCK_REALTIME, &now);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        any |= stat(bx_printf(a, "%s%s", database, parts[i]), &st) == 0 && st.st_size > 0 && now.tv_sec - st.st_mtim.tv_sec < 2;
    return any;
}

bool bx_whole_key(const struct bx_site_options *o, const struct bx_inputs *in, uint8_t key[32])
{
    uint8_t input[32];
    struct bx_arena a = {0};
    const bool settled = !just_written(o->database, &a);
    stamp(o, input, &a);
    bx_inputs_key(in, "site", "", input, key);
    bx_arena_release(&a);
    return settled;
}

bool bx_site_current(const struct bx_site_options *o, struct bx_site_result *r)
{
    uint8_t key[32];
    struct bx_publish_counts c;
    struct bx_inputs *in = bx_inputs_open(o->output);
    (void)bx_whole_key(o, in, key);
    bool current = bx_inputs_untouched(in, key, &r->pages, &c);
    if (current)
        *r = (struct bx_site_result){.pages = r->pages, .files = c.files, .bytes = c.bytes, .linked = c.linked, .kept = c.files};
    bx_inputs_free(in);
    return current;
}
