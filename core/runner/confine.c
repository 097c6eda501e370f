/* confine.c: the settings' words about confinement → the rules of one model's backend. */
#include "core/runner/confine.h"
#include "core/backend/command/cgroup.h"
#include "core/backend/command/command.h"
#include "core/base/banned.h"

/* What no guess about where a program keeps its libraries may uncover. */
static const char *const *hidden(const struct bx_settings *s, size_t *n, struct bx_arena *a)
{
    const char **paths = BX_NEW(a, const char *, 2 * s->nsets + 4);
    *n = 0;
    for (size_t i = 0; i < s->nsets; i++) {
        paths[(*n)++] = s->sets[i].path;
        if (s->sets[i].images)
            paths[(*n)++] = s->sets[i].images;
    }
    paths[(*n)++] = s->database;
    paths[(*n)++] = s->allowed;
    paths[(*n)++] = s->models;
    paths[(*n)++] = s->site;
    return paths;
}

struct bx_confine_rules bx_confine_of(const struct bx_settings *s, const struct bx_model *m, struct bx_arena *a)
{
    const struct bx_confine_settings *c = &s->confine;
    struct bx_confine_rules rules = {
        .on = c->on && !bx_glob_any(m->slug, c->except, c->nexcept),
        .read = c->read,
        .nread = c->nread,
        .devices = c->devices,
        .ndevices = c->ndevices,
        .network = bx_glob_any(m->slug, c->network, c->nnetwork),
        .processes = c->processes,
        .memory = c->memory,
        .temporary = c->temporary,
        .free_disk = s->limit_free_disk,
    };
    rules.hidden = hidden(s, &rules.nhidden, a);
    return rules;
}

bool bx_confine_check(const struct bx_settings *s, const struct bx_model *m, const char *program, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_backend_env env = {.program = program, .confine = bx_confine_of(s, m, a)};
    struct bx_cell cell = {.on = env.confine.on, .kernel = bx_confine_kernel()};
    if (cell.on)
        bx_reach_list(m, &env, &cell, a);
    return bx_program_can_begin(program, program, &cell, a, e);
}

bool bx_confine_machine_lacks(const struct bx_settings *s, struct bx_buf *out, bool *unbounded)
{
    const struct bx_confine_kernel k = bx_confine_kernel();
    bool lacks = bx_confine_lacks(&k, out);
    *unbounded = !k.cgroup;
    if (k.cgroup || !s->confine.memory)
        return lacks;
    bx_buf_addf(out, "%sno cgroup of its own, so that 'memory' in 'confine' bounds nothing (a systemd unit has one with Delegate=yes)",
                lacks ? "; " : "");
    return true;
}

void bx_confine_leave(void)
{
    bx_cgroup_leave();
}
