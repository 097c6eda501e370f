/* fetch.c: ask, download, unpack, put in place. */
#include "core/fetch/fetch.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/fetch/roboflow.h"
#include "core/net/net.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { DISK_STEP = 16 << 20 };

enum standing { ABSENT, EMPTY, FETCHED };
struct fetching {
    const struct bx_fetch_options *o;
    struct bx_arena *a;
    struct bx_fetched *out;
    struct bx_roboflow version;
    bool roboflow;
    enum standing standing;
    struct bx_source before; /* of what stands there */

    const char *hidden, *archive; /* the hidden folder, the file in it */
    int lock;
    struct bx_net *net;
    struct bx_secret secrets[2];
    struct bx_net_options net_options;

    const char *url, *from; /* of the archive; whose answer named it */
    struct bx_source source;
    uint64_t asked_at; /* bytes at which the disk was asked */
    bool unmodified;   /* 304: as it was when it was fetched */
    bool waiting;      /* said so */
    struct bx_progress progress;
};

/* "…/hard-hats.v3.tar.gz?x=y" → "hard-hats.v3". */
static const char *name_of_url(const char *url, struct bx_arena *a)
{
    static const char *const endings[] = {".zip", ".tar", ".tgz", ".txz", ".gz", ".bz2", ".xz", ".zst"};
    const char *host = strstr(url, "://"), *p = host ? host + 3 : url;
    size_t n = strcspn(p, "?#");
    const char *slash = memrchr(p, '/', n);
    if (!slash)
        return NULL;
    n -= (size_t)(slash + 1 - p);
    char *name = bx_strndup(a, slash + 1, n);
    for (size_t i = 0, again = 2; i < sizeof endings / sizeof *endings; i++) {
        size_t k = strlen(endings[i]);
        if (n > k && !strcasecmp(name + n - k, endings[i]) && again--) {
            name[n -= k] = '\0';
            i = SIZE_MAX;
        }
    }
    bool plain =
        n && n <= 100 && name[0] != '.' && !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")];
    return plain ? name : NULL;
}

/* Of a URL that asks for something: its query is not shown, and two that differ in it are not the same. The login is not of it. */
static const char *asked_of(const char *url, struct bx_arena *a)
{
    uint8_t sum[32];
    char hex[65];
    const char *host = strstr(url, "://") + 3, *at = memrchr(host, '@', strcspn(host, "/?#"));
    const char *from = at ? at + 1 : host;
    size_t n = strcspn(from, "#");
    if (!memchr(from, '?', n))
        return NULL;
    bx_sha256(from, n, sum);
    bx_hex(hex, sum, sizeof sum);
    return bx_strndup(a, hex, 8);
}

static bool settle_source(struct fetching *f, struct bx_err *e)
{
    const struct bx_fetch_options *o = f->o;
    if (!bx_roboflow_parse(o->what, &f->version, &f->roboflow, f->a, e))
        return false;
    if (o->sha256 && (strlen(o->sha256) != 64 || o->sha256[strspn(o->sha256, "0123456789abcdefABCDEF")]))
        return bx_fail(e, BX_USAGE, "SHA-256 '%.80s', expected 64 hexadecimal digits", o->sha256);
    const char *name;
    if (f->roboflow) {
        f->source.source = f->version.source;
        name = bx_printf(f->a, "%s-%s", f->version.project, f->version.version);
    } else {
        BX_CLEANUP_BUF struct bx_buf shown = {0};
        if (strncasecmp(o->what, "http://", 7) != 0 && strncasecmp(o->what, "https://", 8) != 0)
            return bx_fail(e, BX_USAGE, "'%.200s' is neither roboflow:WORKSPACE/PROJECT/VERSION nor an http:// or https:// address",
                           o->what);
        if (o->format)
            return bx_fail(e, BX_USAGE, "--format is what Roboflow is asked for; an archive is what it is");
        bx_url_shown(o->what, &shown);
        f->source.source = bx_strdup(f->a, bx_buf_str(&shown));
        f->source.url = f->source.source;
        f->source.asked = asked_of(o->what, f->a);
        f->url = o->what;
        name = name_of_url(o->what, f->a);
    }
    if (!o->output && !name)
        return bx_fail(e, BX_USAGE, "'%.200s' does not say how the folder should be called; --output FOLDER does", f->source.source);
    f->out->output = bx_path_absolute(f->a, o->output ? o->output : name);
    return true;
}

static bool is_empty(const char *path)
{
    DIR *d = opendir(path);
    bool empty = d != NULL;
    for (struct dirent *entry; empty && (entry = readdir(d)) != NULL;)
        empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
    if (d)
        closedir(d);
    return empty;
}

/* What stands at the output, and whether it may be replaced. */
static bool judge(struct fetching *f, struct bx_err *e)
{
    char real[PATH_MAX];
    struct bx_err why = {0};
    const char *path = f->out->output;
    if (realpath(path, real))
        path = f->out->output = bx_strdup(f->a, real);
    if (!strcmp(path, "/"))
        return bx_fail(e, BX_USAGE, "the output is the root folder");
    struct stat st;
    if (lstat(path, &st) != 0) {
        f->standing = ABSENT;
        return errno == ENOENT || bx_fail_errno(e, "cannot look at '%s'", path);
    }
    if (!S_ISDIR(st.st_mode))
        return bx_fail(e, BX_USAGE, "'%s' is not a folder", path);
    struct stat here;
    if (stat(".", &here) == 0 && here.st_dev == st.st_dev && here.st_ino == st.st_ino)
        return bx_fail(e, BX_USAGE, "'%s' is the folder you are in; --output FOLDER names one in it", path);
    if (bx_source_read(path, &f->before, f->a, &why))
        f->standing = FETCHED;
    else if (is_empty(path))
        f->standing = EMPTY;
    else
        return bx_fail(e, BX_USAGE, "'%s' holds files that were not fetched, and is not replaced; --output FOLDER names another", path);
    return true;
}

static bool same_text(const char *x, const char *y)
{
    return x && y ? !strcmp(x, y) : x == y;
}

static bool is_whole(struct fetching *f, struct bx_err *e)
{
    uint64_t files, bytes;
    if (!bx_source_count(f->out->output, &files, &bytes, e))
        return false;
    if (files != f->before.files || bytes != f->before.bytes)
        return bx_fail(e, BX_DATA,
                       "'%s' is not as it was fetched on %.10s: %" PRIu64 " files of %" PRIu64 " bytes, expected %" PRIu64 " of %" PRIu64
                       "; --force fetches it anew",
                       f->out->output, f->before.fetched, files, bytes, f->before.files, f->before.bytes);
    f->out->unchanged = true;
    f->source = f->before;
    return true;
}

/* *done: what stands there is what is asked for, and nobody need be asked. */
static bool is_there(struct fetching *f, bool *done, struct bx_err *e)
{
    const struct bx_fetch_options *o = f->o;
    *done = false;
    if (f->standing != FETCHED || o->force)
        return true;
    if (!same_text(f->before.source, f->source.source))
        return bx_fail(e, BX_USAGE, "'%s' holds %.150s; --force replaces it, --output FOLDER names another", f->out->output,
                       f->before.source);
    if (f->source.export && !same_text(f->before.export, f->source.export))
        return bx_fail(e, BX_USAGE, "'%s' holds it as %s; --force replaces it, --output FOLDER names another", f->out->output,
                       f->before.export ? f->before.export : "another format");
    if (o->sha256 && f->before.sha256 && strcasecmp(o->sha256, f->before.sha256) != 0)
        return bx_fail(e, BX_DATA, "'%s' was made of an archive with SHA-256 %s, expected %s; --force fetches it anew", f->out->output,
                       f->before.sha256, o->sha256);
    *done = f->roboflow || o->sha256; /* a version never changes */
    return !*done || is_whole(f, e);
}

static bool take_hidden(struct fetching *f, struct bx_err *e)
{
    f->lock = open(f->hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (f->lock < 0)
        return bx_fail_errno(e, "cannot open folder '%s'", f->hidden);
    return flock(f->lock, LOCK_EX | LOCK_NB) == 0 || bx_fail(e, BX_BUSY, "another fetch to '%s' is at work", f->out->output);
}

static bool prepare(struct fetching *f, struct bx_err *e)
{
    f->archive = bx_path_join(f->a, f->hidden, "archive");
    if (!bx_mkdirs(bx_path_dir(f->a, f->out->output), e))
        return false;
    if (mkdir(f->hidden, 0700) != 0 && errno != EEXIST)
        return bx_fail_errno(e, "cannot create folder '%s'", f->hidden);
    if (!take_hidden(f, e))
        return false;
    if (f->o->key) {
        BX_CLEANUP_BUF struct bx_buf encoded = {0};
        bx_buf_add_url_segment(&encoded, f->o->key, strlen(f->o->key));
        f->secrets[0] = (struct bx_secret){BX_ROBOFLOW_KEY, f->o->key, true};
        f->secrets[1] = (struct bx_secret){BX_ROBOFLOW_KEY, bx_strdup(f->a, bx_buf_str(&encoded)), true};
    }
    f->net_options = (struct bx_net_options){
        .ca_file = f->o->ca_file, .private_addresses = f->o->private_addresses, .secrets = f->secrets, .nsecrets = f->o->key ? 2 : 0};
    f->net = bx_net_open(&f->net_options, e);
    return f->net != NULL;
}

static void say_waiting(void *self, const char *what, double share)
{
    struct fetching *f = self;
    if (!f->waiting || strcmp(f->progress.what, what) != 0) {
        if (f->waiting)
            bx_progress_end(&f->progress);
        bx_info("%s: waiting until Roboflow has made %s", f->version.source, what);
        bx_progress_begin(&f->progress, what, "%", 100);
    }
    f->waiting = true;
    bx_progress_set(&f->progress, share > 0 ? (uint64_t)(share * 100) : 0);
}

static bool find_archive(struct fetching *f, struct bx_err *e)
{
    if (!f->roboflow)
        return true;
    if (!f->o->key)
        return bx_fail(e, BX_USAGE, "%s needs a key: %s", f->version.source,
                       f->o->no_key ? f->o->no_key : BX_ROBOFLOW_KEY " is not set in the environment");
    const struct bx_roboflow_ask ask = {.net = f->net,
                                        .api = f->o->api,
                                        .key = f->o->key,
                                        .format = f->source.export,
                                        .seconds = f->o->timeout,
                                        .progress = say_waiting,
                                        .self = f};
    f->waiting = false;
    bool ok = bx_roboflow_link(&ask, &f->version, &f->url, &f->from, &f->source.export, f->a, e);
    if (f->waiting)
        bx_progress_end(&f->progress);
    BX_CLEANUP_BUF struct bx_buf shown = {0};
    if (ok) {
        bx_url_shown(f->from, &shown);
        f->source.url = bx_strdup(f->a, bx_buf_str(&shown));
    }
    return ok;
}

static bool disk_has(const struct fetching *f, uint64_t bytes, struct bx_err *e)
{
    struct statvfs v;
    uint64_t keep = bx_archive_limits.free_disk;
    if (fstatvfs(f->lock, &v) != 0)
        return true;
    uint64_t is = (uint64_t)v.f_bavail * v.f_frsize;
    return is >= keep && is - keep >= bytes
               ? true
               : bx_fail(e, BX_IO, "would leave less than %" PRIu64 " bytes of disk, %" PRIu64 " are free", keep, is);
}

/* From here on a killed fetch can be taken up: what came is of this. */
static bool began(void *self, const struct bx_net_reply *reply, struct bx_err *e)
{
    struct fetching *f = self;
    char now[25];
    bx_time_format(now, bx_time_now());
    f->source.fetched = bx_strdup(f->a, now);
    f->source.etag = reply->etag[0] ? bx_strdup(f->a, reply->etag) : NULL;
    f->source.modified = reply->modified[0] ? bx_strdup(f->a, reply->modified) : NULL;
    f->source.archive_bytes = reply->total;
    bx_progress_begin(&f->progress, bx_path_base(f->out->output), "kB", reply->total / 1000);
    f->asked_at = reply->bytes;
    return disk_has(f, reply->total > reply->bytes ? reply->total - reply->bytes : 0, e) && bx_source_write(f->hidden, &f->source, e);
}

static bool moved(void *self, uint64_t bytes, uint64_t total, struct bx_err *e)
{
    struct fetching *f = self;
    (void)total;
    bx_progress_set(&f->progress, bytes / 1000);
    if (bytes - f->asked_at < DISK_STEP)
        return true;
    f->asked_at = bytes;
    return disk_has(f, 0, e);
}

/* What an earlier fetch left: how much of the archive, and of what it is. */
static void take_up(struct fetching *f, int fd, struct bx_net_request *r)
{
    struct bx_source part;
    struct stat st;
    bool ours = bx_source_read(f->hidden, &part, f->a, NULL) && same_text(part.source, f->source.source) &&
                same_text(part.asked, f->source.asked) && same_text(part.export, f->source.export) && fstat(fd, &st) == 0 && st.st_size > 0;
    const char *validator = ours ? part.etag ? part.etag : part.modified : NULL;
    if (validator && part.archive_bytes && (uint64_t)st.st_size == part.archive_bytes && part.etag) {
        r->if_none_match = part.etag;
        f->source.etag = part.etag, f->source.modified = part.modified, f->source.archive_bytes = part.archive_bytes;
        f->source.fetched = part.fetched; /* began is for what comes */
    } else if (validator && (!part.archive_bytes || (uint64_t)st.st_size < part.archive_bytes)) {
        r->have = (uint64_t)st.st_size;
        r->validator = validator;
        bx_info("going on at %" PRIu64 " bytes", r->have);
    }
}

static bool download(struct fetching *f, struct bx_net_reply *reply, struct bx_err *e)
{
    int fd = open(f->archive, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return bx_fail_errno(e, "cannot write '%s'", f->archive);
    struct bx_net_request r = {.url = f->url,
                               .from = f->from,
                               .fd = fd,
                               .most = bx_archive_limits.bytes,
                               .timeout = f->o->timeout,
                               .began = began,
                               .progress = moved,
                               .self = f};
    take_up(f, fd, &r);
    bool taken_up = r.if_none_match != NULL;
    if (!r.have && !taken_up && f->standing == FETCHED && !f->o->force && (!f->before.asked || same_text(f->before.asked, f->source.asked)))
        r.if_none_match = f->before.etag;
    bool ok = bx_net_get(f->net, &r, reply, e);
    if (f->progress.what[0] && reply->bytes)
        bx_progress_end(&f->progress);
    f->unmodified = ok && reply->status == 304 && !taken_up;
    if (close(fd) != 0 && ok)
        ok = bx_fail_errno(e, "cannot write '%s'", f->archive);
    return ok;
}

/* A link to a store holds for some minutes: a new one is asked for once. */
static bool get_archive(struct fetching *f, struct bx_err *e)
{
    for (int turn = 0;; turn++) {
        struct bx_net_reply reply = {0};
        if (!find_archive(f, e))
            return false;
        bool ok = download(f, &reply, e);
        bool stale = !ok && f->roboflow && turn == 0 && (reply.status == 403 || reply.status == 410);
        bx_net_reply_free(&reply);
        if (!stale)
            return ok;
    }
}

static bool check_archive(struct fetching *f, struct bx_err *e)
{
    uint8_t sum[32];
    char *hex = BX_NEW(f->a, char, 65);
    struct stat st;
    if (!bx_sha256_file(f->archive, sum, e))
        return false;
    bx_hex(hex, sum, sizeof sum);
    f->source.sha256 = hex;
    if (stat(f->archive, &st) == 0)
        f->source.archive_bytes = (uint64_t)st.st_size;
    return !f->o->sha256 || !strcasecmp(f->o->sha256, hex) ||
           bx_fail(e, BX_DATA, "'%.150s': found SHA-256 %s, expected %s", f->source.source, hex, f->o->sha256);
}

static void unpacked(void *self, const struct bx_archive_result *r)
{
    struct fetching *f = self;
    bx_progress_set(&f->progress, r->files);
}

static bool unpack(struct fetching *f, const char *set, struct bx_err *e)
{
    int fd = open(f->archive, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return bx_fail_errno(e, "cannot open '%s'", f->archive);
    struct bx_archive_result r;
    const struct bx_archive_job job = {
        .fd = fd,
        .name = f->source.source,
        .folder = set,
        .limits = &bx_archive_limits,
        .confine = f->o->confine,
        .progress = unpacked,
        .self = f,
    };
    bool ok = bx_remove_tree(set, e) && bx_mkdirs(set, e);
    bx_progress_begin(&f->progress, "unpacking", "files", 0);
    ok = ok && bx_archive_unpack(&job, &r, e);
    bx_progress_end(&f->progress);
    close(fd);
    if (!ok)
        return false;
    if (r.passed_over)
        bx_verbose("%" PRIu64 " files of macOS or Windows themselves were left out", r.passed_over);
    f->out->set = bx_strdup(f->a, strchr(r.top, '/') || r.top[0] == '.' ? "" : r.top);
    return true;
}

/* All of it is on the disk before any of it is in its place. */
static bool put(struct fetching *f, const char *set, struct bx_err *e)
{
    const char *out = f->out->output;
    bool ok = false;
    if (syncfs(f->lock) != 0)
        return bx_fail_errno(e, "cannot write '%s'", set);
    if (f->standing == ABSENT)
        ok = renameat2(AT_FDCWD, set, AT_FDCWD, out, RENAME_NOREPLACE) == 0 || (errno == EINVAL && rename(set, out) == 0);
    else if (renameat2(AT_FDCWD, set, AT_FDCWD, out, RENAME_EXCHANGE) == 0)
        ok = true; /* the one before goes with the hidden folder */
    else if (errno == EINVAL || errno == ENOSYS) {
        const char *old = bx_path_join(f->a, f->hidden, "before");
        ok = bx_remove_tree(old, e) && rename(out, old) == 0 && rename(set, out) == 0;
    }
    if (!ok)
        return bx_fail_errno(e, "cannot put '%s' in its place", out);
    int dir = open(bx_path_dir(f->a, out), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        fsync(dir);
        close(dir);
    }
    return true;
}

static bool install(struct fetching *f, struct bx_err *e)
{
    const char *set = bx_path_join(f->a, f->hidden, "set");
    if (f->standing == FETCHED && !f->o->force) {
        if (same_text(f->source.sha256, f->before.sha256))
            return is_whole(f, e);
        return bx_fail(e, BX_DATA, "'%.150s' is another archive than on %.10s, and '%s' was left as it is; --force replaces it",
                       f->source.source, f->before.fetched, f->out->output);
    }
    if (!unpack(f, set, e))
        return false;
    const char *top = f->out->set;
    if (bx_path_exists(bx_path_join(f->a, set, BX_SOURCE_FILE)))
        return bx_fail(e, BX_DATA, "'%s' has a " BX_SOURCE_FILE " of its own at its top, where boxscore writes where the set is from",
                       f->source.source);
    if (!bx_source_count(set, &f->source.files, &f->source.bytes, e))
        return false;
    bx_source_look(bx_path_join(f->a, set, top), &f->source, f->a);
    bx_source_look(set, &f->source, f->a);
    return bx_source_write(set, &f->source, e) && put(f, set, e);
}

static bool work(struct fetching *f, struct bx_err *e)
{
    bool done;
    if (!settle_source(f, e))
        return false;
    if (f->roboflow && f->o->format && !(f->source.export = bx_roboflow_format(f->o->format, e)))
        return false;
    if (!judge(f, e) || !is_there(f, &done, e))
        return false;
    f->hidden = bx_path_join(f->a, bx_path_dir(f->a, f->out->output), bx_printf(f->a, ".%s.fetch", bx_path_base(f->out->output)));
    if (done) /* a fetch that was killed when all was in place has left it */
        return !bx_path_exists(f->hidden) || take_hidden(f, e);
    if (!prepare(f, e) || !get_archive(f, e))
        return false;
    if (f->unmodified)
        return is_whole(f, e);
    return check_archive(f, e) && install(f, e);
}

bool bx_fetch(const struct bx_fetch_options *o, struct bx_fetched *out, struct bx_arena *a, struct bx_err *e)
{
    struct fetching f = {.o = o, .a = a, .out = out, .lock = -1};
    *out = (struct bx_fetched){0};
    bool ok = work(&f, e);
    bx_net_close(f.net);
    /* What can be taken up again stays, on a full disk, too; what came and is no good does not. */
    bool resumable = !ok && (e->code == BX_NET || e->code == BX_TIMEOUT || e->code == BX_USAGE || e->code == BX_IO) && f.hidden &&
                     bx_path_exists(bx_path_join(a, f.hidden, BX_SOURCE_FILE));
    if (f.lock >= 0 && e->code != BX_BUSY)
        (void)bx_remove_tree(resumable ? bx_path_join(a, f.hidden, "set") : f.hidden, NULL);
    if (f.lock >= 0)
        close(f.lock);
    if (!ok)
        return false;
    out->source = f.source;
    out->set = out->set && out->set[0] ? bx_path_join(a, out->output, out->set) : out->output;
    return true;
}
