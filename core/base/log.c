/* log.c: lines and progress on stderr. */
#include "core/base/log.h"
#include "core/base/banned.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

static enum bx_log_level level = BX_LOG_NORMAL;
static bool terminal, drawn; /* drawn: a progress line stands on the terminal, without its newline */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void bx_log_init(enum bx_log_level l)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    level = l;
    terminal = isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0 && !(no_color && *no_color);
}

enum bx_log_level bx_log_level(void)
{
    return level;
}

bool bx_log_terminal(void)
{
    return terminal;
}

/* One write a line: lines of several processes on one stderr do not mix. */
static void out(const struct bx_buf *b)
{
    const char *p = b->p;
    for (size_t left = b->n; left;) {
        ssize_t done = write(STDERR_FILENO, p, left);
        if (done <= 0)
            return;
        p += done;
        left -= (size_t)done;
    }
}

static void say(const char *prefix, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
static void say(const char *prefix, const char *fmt, va_list ap)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    BX_CLEANUP_BUF struct bx_buf line = {0};
    bx_buf_vaddf(&text, fmt, ap);
    pthread_mutex_lock(&lock);
    if (drawn)
        bx_buf_adds(&line, "\r\033[K");
    drawn = false;
    bx_buf_adds(&line, prefix);
    bx_buf_add_visible(&line, bx_buf_str(&text), text.n);
    bx_buf_addc(&line, '\n');
    out(&line);
    pthread_mutex_unlock(&lock);
}

void bx_error(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say("", fmt, ap);
    va_end(ap);
}

void bx_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say("boxscore: warning: ", fmt, ap);
    va_end(ap);
}

void bx_info(const char *fmt, ...)
{
    if (level < BX_LOG_NORMAL)
        return;
    va_list ap;
    va_start(ap, fmt);
    say("boxscore: ", fmt, ap);
    va_end(ap);
}

void bx_verbose(const char *fmt, ...)
{
    if (level < BX_LOG_VERBOSE)
        return;
    va_list ap;
    va_start(ap, fmt);
    say("boxscore: ", fmt, ap);
    va_end(ap);
}

static void add_time(struct bx_buf *b, double s)
{
    if (s < 9.95)
        bx_buf_addf(b, "%.1f s", s);
    else if (s < 120)
        bx_buf_addf(b, "%.0f s", s);
    else if (s < 7200)
        bx_buf_addf(b, "%d min %d s", (int)s / 60, (int)s % 60);
    else
        bx_buf_addf(b, "%ld h %ld min", (long)s / 3600, (long)s / 60 % 60);
}

static void describe(const struct bx_progress *p, struct bx_buf *b, bool finished)
{
    double seconds = (double)(bx_time_monotonic() - p->started_ns) / 1e9, rate = seconds > 0 ? (double)p->done / seconds : 0;
    bx_buf_addf(b, "%s  %llu", p->what, (unsigned long long)p->done);
    if (p->total)
        bx_buf_addf(b, "/%llu", (unsigned long long)p->total);
    bx_buf_addf(b, " %s", p->unit);
    if (p->done && seconds > 0.05)
        bx_buf_addf(b, rate < 100 ? "  %.1f/s" : "  %.0f/s", rate);
    if (finished || !p->total) {
        bx_buf_adds(b, "  ");
        add_time(b, seconds);
    } else if (p->done && p->done < p->total && seconds > 0.5) {
        bx_buf_adds(b, "  ");
        add_time(b, (double)(p->total - p->done) / rate);
        bx_buf_adds(b, " left");
    }
}

/* A line longer than the terminal is wide would wrap, and "\r" could not take it back. */
static void fit(struct bx_buf *b)
{
    struct winsize w = {0};
    size_t columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col - 1u : 79, seen = 0;
    for (size_t i = 0; i < b->n; i++)
        if (((unsigned char)b->p[i] & 0xC0) != 0x80 && seen++ == columns) {
            b->n = i;
            b->p[i] = '\0';
        }
}

static void draw(const struct bx_progress *p, bool finished)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    BX_CLEANUP_BUF struct bx_buf line = {0};
    describe(p, &text, finished);
    pthread_mutex_lock(&lock);
    if (terminal) {
        fit(&text);
        bx_buf_addc(&line, '\r');
    }
    bx_buf_add_visible(&line, bx_buf_str(&text), text.n);
    bx_buf_adds(&line, terminal ? "\033[K" : "");
    if (finished || !terminal)
        bx_buf_addc(&line, '\n');
    drawn = terminal && !finished;
    out(&line);
    pthread_mutex_unlock(&lock);
}

static bool shown(void)
{
    return terminal ? level >= BX_LOG_NORMAL : level >= BX_LOG_VERBOSE;
}

void bx_progress_begin(struct bx_progress *p, const char *what, const char *unit, uint64_t total)
{
    *p = (struct bx_progress){.unit = unit, .total = total, .started_ns = bx_time_monotonic()};
    p->drawn_ns = p->started_ns;
    size_t n = strlen(what);
    if (n >= sizeof p->what)
        n = bx_utf8_cut(what, sizeof p->what - 1);
    memcpy(p->what, what, n);
    if (terminal && shown())
        draw(p, false);
}

void bx_progress_set(struct bx_progress *p, uint64_t done)
{
    p->done = done;
    if (!shown())
        return;
    int64_t now = bx_time_monotonic();
    if (now - p->drawn_ns < (terminal ? INT64_C(100000000) : INT64_C(10000000000)))
        return;
    p->drawn_ns = now;
    draw(p, false);
}

void bx_progress_end(struct bx_progress *p)
{
    if (shown())
        draw(p, true);
}
