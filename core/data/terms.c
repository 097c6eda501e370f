/* terms.c: the names of the words in terms.h. */
#include "core/data/terms.h"
#include <stddef.h>
#include <string.h>

static const char *const task_names[BX_NTASKS] = {"detect", "segment", "obb"};
static const char *const geometry_names[BX_NGEOMETRIES] = {"box", "mask", "obb"};
static const char *const size_names[BX_NSIZES] = {"all", "small", "medium", "large"};
const double bx_size_range[BX_NSIZES][2] = {{0, 1e10}, {0, 1024}, {1024, 9216}, {9216, 1e10}};

static int find(const char *const *names, int n, const char *s)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], s))
            return i;
    return -1;
}

const char *bx_task_name(enum bx_task t)
{
    return task_names[t];
}

const char *bx_geometry_name(enum bx_geometry g)
{
    return geometry_names[g];
}

const char *bx_size_name(enum bx_size s)
{
    return size_names[s];
}

bool bx_task_parse(const char *s, enum bx_task *t)
{
    int i = find(task_names, BX_NTASKS, s);
    if (i >= 0)
        *t = (enum bx_task)i;
    return i >= 0;
}

bool bx_geometry_parse(const char *s, enum bx_geometry *g)
{
    int i = find(geometry_names, BX_NGEOMETRIES, s);
    if (i >= 0)
        *g = (enum bx_geometry)i;
    return i >= 0;
}

bool bx_task_answers(enum bx_task t, enum bx_geometry g)
{
    static const bool answers[BX_NTASKS][BX_NGEOMETRIES] = {
        [BX_DETECT] = {true, false, false},
        [BX_SEGMENT] = {true, true, false},
        [BX_OBB] = {true, false, true},
    };
    return answers[t][g];
}
