/* library.c: dlopen, and every function looked up before the first is called. */
#include "core/base/library.h"
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static bool load(struct bx_library *l, struct bx_err *e)
{
    void *at, *library = dlopen(l->name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return bx_fail(e, BX_IO, "cannot load '%s': %s", l->name, dlerror());
    for (size_t i = 0; i < l->n; i++) {
        if (!(at = dlsym(library, l->functions[i]))) {
            bx_fail(e, BX_IO, "'%s' has no function %s: another version of it is expected", l->name, l->functions[i]);
            dlclose(library);
            return false;
        }
        memcpy((char *)l->table + i * sizeof at, &at, sizeof at);
    }
    return true;
}

bool bx_library_open(struct bx_library *l, struct bx_err *e)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    l->open = l->open || load(l, e);
    bool open = l->open;
    pthread_mutex_unlock(&lock);
    return open;
}
