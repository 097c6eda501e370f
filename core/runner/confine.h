/* confine.h: what the settings say of one model's confinement. */
#pragma once
#include "core/backend/backend.h"
#include "core/settings/settings.h"

struct bx_confine_rules bx_confine_of(const struct bx_settings *s, const struct bx_model *m, struct bx_arena *a);
/* Whether this program could begin here, by those rules and on this machine; BX_CONFIG says what is out of reach, or not there. */
bool bx_confine_check(const struct bx_settings *s, const struct bx_model *m, const char *program, struct bx_arena *a, struct bx_err *e);
/* What this machine's kernel lacks to confine commands with as the settings ask, for people. False when nothing is. *unbounded: there is no
 * cgroup here, and with it no bound of their memory, whether it was asked for or not. */
bool bx_confine_machine_lacks(const struct bx_settings *s, struct bx_buf *out, bool *unbounded);
/* No command runs any more: this process is in the cgroup where it began. */
void bx_confine_leave(void);
