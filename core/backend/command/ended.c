/* ended.c: how a command's conversation ended, and what is said of it. */
#include "core/backend/command/conversation.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AFTERWARDS_MS = 1000 }; /* after stdout's end: time for the exit status to arrive */

void bx_command_over(struct bx_command *c, const char *fmt, ...)
{
    if (c->base.state >= BX_BACKEND_BROKEN)
        return;
    struct bx_buf text = {0}, clean = {0};
    va_list ap;
    va_start(ap, fmt);
    bx_buf_vaddf(&text, fmt, ap);
    va_end(ap);
    bx_redact(c->env->secrets, c->env->nsecrets, bx_buf_str(&text), text.n, &clean);
    c->base.state = BX_BACKEND_BROKEN;
    bx_fail(&c->base.error, BX_DATA, "%s", bx_buf_str(&clean));
    bx_buf_free(&text);
    bx_buf_free(&clean);
}

/* A reason keeps no path: nor do these words need one. */
const char *bx_command_hint(const struct bx_command *c, const char *said)
{
    static const char files[] = " (it is confined: what it needs beside its own belongs under confine.read in the settings)";
    static const char writing[] =
        " (it is confined: it may write into $TMPDIR; what else it writes to belongs under confine.devices in the settings)";
    /* Landlock has one word for all that it refuses. */
    static const char refused[] =
        " (it is confined: the settings give it what it reads by confine.read, what it writes to, shared memory too, by "
        "confine.devices, sockets by confine.network)";
    static const char net[] = " (it is confined: who may use the network stands under confine.network in the settings)";
    const char *denied = c->cell.kernel.namespaces ? files : refused;
    const struct {
        const char *words, *hint;
    } table[] = {
        {"No module named", files},
        {"Read-only file system", writing},
        {"Network is unreachable", net},
        {"name resolution", net},
        {"Name or service not known", net},
        {"Connection refused", net},
        {"Could not resolve host", net},
        {"urlopen error", net}, /* which Landlock refuses with another word */
        {"Failed to establish a new connection", net},
        {"Permission denied", denied},
        {"PermissionError", denied},
        {"No such file", files},
        {": not found", files},
        {"cannot open shared object", files},
        {"ModuleNotFoundError", files},
    };
    for (size_t i = 0; c->cell.on && i < sizeof table / sizeof *table; i++)
        if (strstr(said, table[i].words) && !(table[i].hint == net && c->cell.network))
            return table[i].hint;
    return "";
}

void bx_command_words(const struct bx_backend *b, struct bx_buf *out)
{
    const struct bx_command *c = (const struct bx_command *)b;
    BX_CLEANUP_BUF struct bx_buf last = {0};
    bx_child_log_last_line(&c->log, &last);
    if (last.n)
        bx_buf_addf(out, ": %.150s%s", bx_buf_str(&last), c->greeted ? "" : bx_command_hint(c, last.p));
}

int64_t bx_command_memory(const struct bx_command *c)
{
    int64_t own = c->env->confine.memory;
    return own > 0 ? own : (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 10 * 9;
}

static void obituary(const struct bx_command *c, struct bx_buf *out)
{
    bx_child_obituary(&c->child, out);
    if (c->cell.cgroup && bx_cgroup_starved(c->cell.cgroup))
        bx_buf_addf(out, ", when it needed more than %.1f MiB of memory (confine.memory)", (double)bx_command_memory(c) / 1048576);
}

static void say_how_it_ended(struct bx_command *c)
{
    BX_CLEANUP_BUF struct bx_buf why = {0};
    if (c->child.fault.step) {
        bx_command_over(c, "cannot confine '%s': %s: %s", c->model->backend.program, bx_confine_step(c->child.fault.step),
                        strerror(c->child.fault.why));
        c->base.hopeless = true;
        return;
    }
    if (c->child.exec_errno) {
        bx_command_over(c, "cannot run '%s': %s%s", c->model->backend.program, strerror(c->child.exec_errno),
                        c->child.exec_errno == ENOENT
                            ? " (the loader or the interpreter that it names? it must be one that a command can reach)"
                        : c->child.exec_errno == ENOEXEC ? " (the first line of a script names its interpreter, after '#!')"
                                                         : "");
        return;
    }
    obituary(c, &why);
    bx_command_words(&c->base, &why);
    bx_command_over(c, "the runner ended before its work was done: %s", bx_buf_str(&why));
}

static void remark(struct bx_command *c)
{
    if (c->cancelled || (!c->child.lost && WIFEXITED(c->child.status) && WEXITSTATUS(c->child.status) == 0))
        return;
    struct bx_buf text = {0};
    obituary(c, &text);
    c->base.remark = bx_printf(&c->arena, "%s after the last answer%s%s", bx_buf_str(&text), c->base.remark ? "; " : "",
                               c->base.remark ? c->base.remark : "");
    bx_buf_free(&text);
}

/* A process that SIGKILL does not end (a driver holds it), or a keeper that does not answer (it was stopped): neither is waited for. */
static void abandon(struct bx_command *c)
{
    static const char *const text = "it did not end, nor could it be killed: it was left behind";
    if (c->child.keeper)
        kill(c->child.keeper, SIGKILL);
    c->child.ended = c->child.lost = true;
    if (!c->base.error.code)
        bx_fail(&c->base.error, BX_DATA, "%s", text);
    if (!c->base.remark)
        c->base.remark = bx_strdup(&c->arena, text);
    bx_kill_descendants(40);
    c->base.hopeless = true;
}

void bx_command_notice_end(struct bx_command *c)
{
    bx_child_poll(&c->child);
    bool silent = c->child.out < 0 && c->begin == c->line.n;
    bool all_said = c->child.err < 0 && silent;
    if (!c->child.ended && c->give_up && bx_time_monotonic() > c->give_up)
        abandon(c);
    if (c->child.lost && !c->swept && !c->base.hopeless) {
        c->swept = bx_kill_descendants(40);
        if (!c->give_up)
            c->give_up = bx_time_monotonic() + BX_COMMAND_GIVE_UP_MS * INT64_C(1000000);
        if (!c->swept && bx_time_monotonic() < c->give_up)
            return;
    }
    if (c->child.ended && (all_said || c->child.lost || c->child.exec_errno || c->child.fault.step)) {
        if (c->base.state < BX_BACKEND_BROKEN)
            say_how_it_ended(c);
        if (c->base.state == BX_BACKEND_ENDING) {
            remark(c);
            c->base.state = BX_BACKEND_GONE;
        }
    } else if (c->base.state < BX_BACKEND_BROKEN && silent && bx_time_monotonic() - c->out_ended > AFTERWARDS_MS * INT64_C(1000000))
        bx_command_over(c, "the runner closed its stdout and went on running");
}
