/* testset_fetch.c: `boxscore testset fetch`: a Roboflow version or a URL becomes a folder. */
#include "cmd/testset_fetch.h"
#include "core/backend/command/confine.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include "core/fetch/fetch.h"
#include "core/fetch/roboflow.h"
#include "core/settings/settings.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
    const char *format, *output, *sha256, *ca_file, *api, *settings;
    double timeout;
    bool force, allow_private, json;
};
static const struct bx_option options[] = {
    {"output", 'o', BX_OPT_STR, "FOLDER", "where to (default: PROJECT-VERSION, or the archive's name)", offsetof(struct args, output)},
    {"format", 'f', BX_OPT_STR, "FORMAT",
     "of Roboflow's export: coco, coco-segmentation, yolov11, yolov8-obb, voc, … (default: by the project)", offsetof(struct args, format)},
    {"sha256", 0, BX_OPT_STR, "HEX", "what the archive must have", offsetof(struct args, sha256)},
    {"force", 0, BX_OPT_FLAG, NULL, "replace a set that was fetched before", offsetof(struct args, force)},
    {"timeout", 0, BX_OPT_DURATION, "TIME", "for the export to be made, and again for the download (default 6h)",
     offsetof(struct args, timeout)},
    {"ca-file", 0, BX_OPT_STR, "FILE", "certificates (PEM) to trust in place of the system's", offsetof(struct args, ca_file)},
    {"allow-private", 0, BX_OPT_FLAG, NULL, "follow answers that lead to private addresses", offsetof(struct args, allow_private)},
    {"api", 0, BX_OPT_STR, "URL", "in place of " BX_ROBOFLOW_API, offsetof(struct args, api)},
    {"json", 0, BX_OPT_FLAG, NULL, "print JSON", offsetof(struct args, json)},
    {"settings", 's', BX_OPT_STR, "FILE", "whose \"secrets\" grant the key (default: boxscore.json here, if there is one)",
     offsetof(struct args, settings)},
    {0},
};

/* "https://api.example.com:8443/x" → "api.example.com". */
static char *host_of(struct bx_arena *a, const char *url)
{
    const char *p = strstr(url, "://");
    p = p ? p + 3 : url;
    size_t n = strcspn(p, "/?#");
    const char *at = memrchr(p, '@', n);
    if (at) {
        n -= (size_t)(at + 1 - p);
        p = at + 1;
    }
    size_t end = *p == '[' ? strcspn(p, "]") + 1 : strcspn(p, ":/?#");
    char *host = bx_strndup(a, p, end < n ? end : n);
    for (char *c = host; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    return host;
}

/* The key, if the operator lets it go there: who types the command does, and where there are settings they say so. */
static bool take_key(const struct args *args, struct bx_fetch_options *o, struct bx_arena *a, struct bx_err *e)
{
    struct bx_settings s;
    const char *key = getenv(BX_ROBOFLOW_KEY);
    o->key = key && *key ? key : NULL;
    if (!args->settings && !bx_path_exists("boxscore.json"))
        return true;
    if (!bx_settings_use(args->settings, &s, a, e))
        return false;
    o->ca_file = o->ca_file ? o->ca_file : s.ca_file;
    const char *host = host_of(a, o->api);
    if (strncasecmp(o->what, "http", 4) != 0 || strcasestr(o->what, "roboflow.com/"))
        if (o->key && !bx_settings_grants_host(&s, host, BX_ROBOFLOW_KEY)) {
            o->key = NULL;
            o->no_key = bx_printf(a,
                                  "'%s' does not grant " BX_ROBOFLOW_KEY " to this host; \"secrets\": {\"" BX_ROBOFLOW_KEY
                                  "\": {\"hosts\": [\"%s\"]}} does",
                                  s.path, host);
        }
    return true;
}

/* Who lists the processes sees arguments: what a URL asks with, and its password, may be a key. */
static void hide(char *arg)
{
    char *host = strstr(arg, "://");
    if (!host)
        return;
    host += 3;
    char *at = memrchr(host, '@', strcspn(host, "/?#")), *query = strchr(host, '?');
    if (at)
        memset(host, '*', (size_t)(at - host));
    if (query)
        memset(query + 1, '*', strlen(query + 1));
}

static void print_json(const struct bx_fetched *f)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_str(&w, "output", f->output);
    bx_jw_str(&w, "set", f->set);
    bx_jw_bool(&w, "unchanged", f->unchanged);
    bx_jw_str(&w, "source", f->source.source);
    bx_jw_str(&w, "export", f->source.export);
    bx_jw_str(&w, "fetched", f->source.fetched);
    bx_jw_str(&w, "license", f->source.license);
    bx_jw_str(&w, "sha256", f->source.sha256);
    bx_jw_uint(&w, "files", f->source.files);
    bx_jw_uint(&w, "bytes", f->source.bytes);
    bx_jw_object_end(&w);
    puts(bx_buf_str(&b));
}

static void print(const struct bx_fetched *f)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (f->unchanged)
        bx_buf_addf(&text, "%s: unchanged since %.10s, nothing was fetched", f->output, f->source.fetched);
    else
        bx_buf_addf(&text, "%s: %" PRIu64 " files, %.1f MB, licence %s", f->output, f->source.files, (double)f->source.bytes / 1e6,
                    f->source.license ? f->source.license : "not stated");
    BX_CLEANUP_BUF struct bx_buf out = {0};
    bx_buf_add_visible(&out, text.p, text.n);
    printf("%s\n", bx_buf_str(&out));
    if (f->unchanged)
        return;
    bx_buf_clear(&out);
    bx_buf_add_visible(&out, f->set, strlen(f->set));
    printf("next: boxscore testset show %s\n", bx_buf_str(&out));
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {.timeout = 6 * 3600};
    int operands = 0;
    int status = bx_options(v, argc, argv, &args, &operands);
    if (status >= 0)
        return status;
    if (operands != 1)
        return bx_verb_usage(v, "fetch what? expected roboflow:WORKSPACE/PROJECT/VERSION or a URL");
    if (args.timeout < 1 || args.timeout > 30 * 86400.0)
        return bx_verb_usage(v, "timeout of %g s, expected one from 1s to 30d", args.timeout);
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_fetched f;
    const char *proxy = getenv("BOXSCORE_ROBOFLOW_API");
    struct bx_fetch_options o = {.what = bx_strdup(&a, argv[1]),
                                 .format = args.format,
                                 .output = args.output,
                                 .sha256 = args.sha256,
                                 .ca_file = args.ca_file,
                                 .api = args.api          ? args.api
                                        : proxy && *proxy ? proxy
                                                          : BX_ROBOFLOW_API,
                                 .timeout = args.timeout,
                                 .force = args.force,
                                 .private_addresses = args.allow_private,
                                 .confine = bx_confine_reader};
    hide(argv[1]);
    if (!take_key(&args, &o, &a, &e) || !bx_fetch(&o, &f, &a, &e))
        status = bx_verb_fail(v, &e);
    else if (args.json)
        print_json(&f);
    else
        print(&f);
    bx_arena_release(&a);
    return status < 0 ? 0 : status;
}

/* clang-format off */
const struct bx_verb bx_verb_testset_fetch = {
    "testset fetch",
    "SOURCE [OPTION…]",
    "fetch a test set: a version of a Roboflow project, or a zip or tar behind a URL",
    options,
    "SOURCE is roboflow:WORKSPACE/PROJECT/VERSION, the address of that version's page, or an http(s) URL of a zip or tar (gz, bz2, xz, zst).\n"
    "The set is in its folder wholly or not at all; what was killed half way goes on with the same command, and what is unchanged is not\n"
    "fetched again. source.json in the folder says where it came from, when, and under which licence.\n"
    "Roboflow's key is read from the environment, ROBOFLOW_API_KEY; where there is a boxscore.json its \"secrets\" must grant it to\n"
    "api.roboflow.com. --api, or BOXSCORE_ROBOFLOW_API, names a proxy of your own.\n"
    "Proxies: http_proxy, https_proxy, no_proxy. Certificates: --ca-file, \"ca_file\" in the settings, CURL_CA_BUNDLE, SSL_CERT_FILE.\n"
    "Limits: 200 GiB and 2,000,000 entries unpacked, 100 times the archive beyond 256 MiB, paths of 1,024 bytes and 32 folders, 1 GiB of free\n"
    "disk. Links, devices, absolute paths, '..' and a file twice refuse the archive.\n"
    "Exit status: 1 when time ran out, 3 when what came is no good or not as it was fetched, 4 network or disk, 5 another fetch to there.\n"
    "\n"
    "  ROBOFLOW_API_KEY=… boxscore testset fetch roboflow:acme/hardhats-abc12/3 --output data/hardhats\n"
    "  boxscore testset fetch https://example.com/coco128.zip\n",
    run,
};
