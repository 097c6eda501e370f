/* open.c: a command is started: its environment, its cell, its arguments. */
#include "core/backend/command/conversation.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include <stdlib.h>
#include <string.h>

/* The whole environment: nothing of ours leaks in. */
static char **environment(const struct bx_backend_env *env, struct bx_arena *a)
{
    char **e = BX_NEW(a, char *, env->nenv + 6);
    size_t n = 0;
    e[n++] = bx_strdup(a, "PATH=/usr/local/bin:/usr/bin:/bin");
    e[n++] = bx_printf(a, "HOME=%s", env->home);
    e[n++] = bx_printf(a, "TMPDIR=%s", env->home);
    e[n++] = bx_strdup(a, "LANG=C.UTF-8");
    for (size_t i = 0; i < env->nenv; i++)
        if (env->env[i].value)
            e[n++] = bx_printf(a, "%s=%s", env->env[i].name, env->env[i].value);
    return e;
}

static bool make_cell(struct bx_command *c, struct bx_err *e)
{
    const struct bx_confine_rules *rules = &c->env->confine;
    struct bx_buf lacks = {0};
    c->cell = (struct bx_cell){
        .on = rules->on,
        .kernel = rules->on ? bx_confine_kernel() : (struct bx_confine_kernel){0},
        .home = c->env->home,
        .network = rules->network,
        .processes = rules->processes > 0 ? rules->processes : 2048,
        .shared = rules->temporary > 0 ? rules->temporary : INT64_C(8) << 30,
    };
    if (rules->on)
        bx_reach_list(c->model, c->env, &c->cell, &c->arena);
    if (rules->on && bx_confine_lacks(&c->cell.kernel, &lacks))
        c->base.remark = bx_printf(&c->arena, "ran less confined than it should: %s", bx_buf_str(&lacks));
    bx_buf_free(&lacks);
    if (!rules->on)
        c->base.remark = bx_strdup(&c->arena, "ran unconfined, by the settings");
    if (c->cell.ngrants > BX_CELL_GRANTS)
        return bx_fail(e, BX_CONFIG, "the patterns of confine.read and confine.devices name more than %d paths", BX_CELL_GRANTS);
    if (!bx_program_can_begin(c->env->program, c->model->backend.program, &c->cell, &c->arena, e))
        return false;
    return !c->cell.kernel.cgroup || bx_cgroup_make(bx_command_memory(c), c->cell.processes, &c->cell.cgroup, &c->arena, e);
}

struct bx_backend *bx_command_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    return bx_command_open_in(m, env, (struct bx_arena){0}, e);
}

struct bx_backend *bx_command_open_in(const struct bx_model *m, const struct bx_backend_env *env, struct bx_arena a, struct bx_err *e)
{
    struct bx_command *c = bx_xrealloc(NULL, 1, sizeof *c);
    *c = (struct bx_command){.base = {.ops = &bx_command_ops, .state = BX_BACKEND_STARTING}, .model = m, .env = env, .arena = a};
    c->log.secrets = c->names.secrets = env->secrets;
    c->log.nsecrets = c->names.nsecrets = env->nsecrets;
    c->names.backend = &c->base;
    c->nwaiting = m->backend.inflight > 0 ? (size_t)m->backend.inflight : 1;
    c->waiting = bx_xrealloc(NULL, c->nwaiting, sizeof *c->waiting);
    memset(c->waiting, 0, c->nwaiting * sizeof *c->waiting);
    c->base.caps = (struct bx_backend_caps){.inflight = c->nwaiting, .cacheable = true, .times_itself = true, .has_latency = true};
    struct bx_spawn s = {
        .program = env->program,
        .cwd = bx_path_absolute(&c->arena, m->dir),
        .file_size = env->limit_file_size > 0 ? env->limit_file_size : INT64_C(8) << 30,
        .open_files = env->limit_open_files > 0 ? env->limit_open_files : 4096,
        .envp = environment(env, &c->arena),
        .cell = &c->cell,
    };
    if (s.program) {
        char **argv = BX_NEW(&c->arena, char *, m->backend.nargs + 2);
        argv[0] = bx_strdup(&c->arena, s.program);
        for (size_t i = 0; i < m->backend.nargs; i++)
            argv[i + 1] = bx_strdup(&c->arena, m->backend.args[i]);
        s.argv = argv;
    }
    c->child = (struct bx_child){.in = -1, .out = -1, .err = -1, .control = -1};
    if (!s.program)
        bx_fail(e, BX_CONFIG, "the program '%s' was not found", m->backend.program);
    if (!s.program || !make_cell(c, e) || !bx_child_start(&c->child, &s, e)) {
        bx_command_close(&c->base);
        return NULL;
    }
    return &c->base;
}
