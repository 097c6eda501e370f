/* log.c: what a child says: secrets become *** before a byte is kept, and of a flood only head and tail stay. */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include <stdlib.h>
#include <string.h>

static void keep(struct bx_child_log *l, const char *p, size_t n)
{
    if (l->head.n < BX_LOG_HALF) {
        size_t take = BX_LOG_HALF - l->head.n < n ? BX_LOG_HALF - l->head.n : n;
        bx_buf_add(&l->head, p, take);
        l->total += take;
        p += take;
        n -= take;
    }
    if (!n)
        return;
    if (!l->tail)
        l->tail = bx_xrealloc(NULL, BX_LOG_HALF, 1);
    if (n > BX_LOG_HALF) {
        l->total += n - BX_LOG_HALF;
        p += n - BX_LOG_HALF;
        n = BX_LOG_HALF;
    }
    while (n) {
        size_t at = (size_t)((l->total - BX_LOG_HALF) % BX_LOG_HALF);
        size_t take = BX_LOG_HALF - at < n ? BX_LOG_HALF - at : n;
        memcpy(l->tail + at, p, take);
        l->total += take;
        p += take;
        n -= take;
    }
}

void bx_child_log_add(struct bx_child_log *l, const char *p, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < l->nsecrets; i++)
        any |= l->secrets[i].hidden && l->secrets[i].value[0];
    if (!any) {
        keep(l, p, n);
        return;
    }
    bx_buf_add(&l->carry, p, n);
    size_t i = 0, from = 0;
    while (i < l->carry.n) {
        bool partial = false;
        size_t hit = bx_secret_at(l->secrets, l->nsecrets, l->carry.p + i, l->carry.n - i, &partial);
        if (partial)
            break;
        if (hit) {
            keep(l, l->carry.p + from, i - from);
            keep(l, "***", 3);
            from = i + hit;
        }
        i += hit ? hit : 1;
    }
    keep(l, l->carry.p + from, i - from);
    memmove(l->carry.p, l->carry.p + i, l->carry.n - i);
    l->carry.n -= i;
    l->carry.p[l->carry.n] = '\0';
}

void bx_child_log_flush(struct bx_child_log *l)
{
    if (!l->carry.n)
        return;
    struct bx_buf clean = {0};
    bx_redact(l->secrets, l->nsecrets, l->carry.p, l->carry.n, &clean);
    bx_buf_clear(&l->carry);
    keep(l, bx_buf_str(&clean), clean.n);
    bx_buf_free(&clean);
}

void bx_child_log_read(const struct bx_child_log *l, struct bx_buf *out)
{
    bx_buf_add(out, bx_buf_str(&l->head), l->head.n);
    if (l->total <= l->head.n)
        return;
    uint64_t after = l->total - BX_LOG_HALF;
    if (after <= BX_LOG_HALF) {
        bx_buf_add(out, l->tail, (size_t)after);
        return;
    }
    size_t at = (size_t)(after % BX_LOG_HALF);
    bx_buf_addf(out, "\n[… %llu bytes left out …]\n", (unsigned long long)(after - BX_LOG_HALF));
    bx_buf_add(out, l->tail + at, BX_LOG_HALF - at);
    bx_buf_add(out, l->tail, at);
}

void bx_child_log_last_line(const struct bx_child_log *l, struct bx_buf *out)
{
    struct bx_buf all = {0};
    bx_child_log_read(l, &all);
    size_t end = all.n;
    while (end && strchr(" \t\r\n", all.p[end - 1]))
        end--;
    size_t begin = end;
    while (begin && all.p[begin - 1] != '\n' && all.p[begin - 1] != '\r')
        begin--;
    if (end > begin)
        bx_buf_add(out, all.p + begin, end - begin);
    bx_buf_free(&all);
}

void bx_child_log_free(struct bx_child_log *l)
{
    bx_buf_free(&l->carry);
    bx_buf_free(&l->head);
    free(l->tail);
    l->tail = NULL;
}
