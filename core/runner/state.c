/* state.c: what a night and the model in its turn ask alike. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/runner/night.h"
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

bool bx_night_stopping(const struct bx_night_state *n)
{
    return n->o->stop && *n->o->stop;
}

bool bx_night_suspect(const struct bx_night_state *n, const struct bx_model *m)
{
    for (size_t i = 0; i < n->nsuspects; i++)
        for (size_t k = 0; k <= m->nformerly; k++)
            if (!strcmp(n->suspects[i].slug, k ? m->formerly[k - 1] : m->slug))
                return true;
    return false;
}

bool bx_night_work_folder(struct bx_night_state *n, struct bx_err *e)
{
    n->work = bx_printf(n->arena, "%s.work", n->s->database);
    /* A night that was killed left its own behind. The lock says that nobody uses it, but what that night had started may still be dying.
     */
    for (int tries = 40; !bx_remove_tree(n->work, e); tries--) {
        if (!tries)
            return false;
        poll(NULL, 0, 50);
    }
    if (mkdir(n->work, 0700) != 0)
        return bx_fail_errno(e, "cannot create folder '%s'", n->work);
    return true;
}
