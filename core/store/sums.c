/*
 * sums.c: checksums. A table with a column `sum` has in it a hash of the row's other columns, in their order. Triggers of the writing
 * connection alone keep it (checks.c), so that a person's sqlite3 shell still writes (and such a row is then told as damaged, unless its
 * sum is set to null). A report has one more, of its rows in other tables. 32 bits are enough against a failing disk, and none are against
 * a forger.
 */
#include "core/store/sql.h"
#include <math.h>
#include <string.h>

/* Each step is one-to-one in the state and in the word: what differs in a single word never ends the same before it is cut to 32 bits. */
static void mix(uint64_t *h, uint64_t word)
{
    *h = (*h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    *h ^= *h >> 29;
}

static void mix_bytes(uint64_t *h, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t word;
    mix(h, n);
    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(&word, p, sizeof word);
        mix(h, word);
    }
    if (n) {
        word = 0;
        memcpy(&word, p, n);
        mix(h, word);
    }
}

static int64_t cut(uint64_t h)
{
    mix(&h, 0);
    return (int32_t)(h >> 32);
}

void bx_sum_text(uint64_t *h, const char *s)
{
    mix(h, s ? SQLITE_TEXT : SQLITE_NULL);
    if (s)
        mix_bytes(h, s, strlen(s));
}

void bx_sum_i64(uint64_t *h, int64_t v)
{
    mix(h, SQLITE_INTEGER);
    mix(h, (uint64_t)v);
}

void bx_sum_i64_or(uint64_t *h, int64_t v, int64_t none)
{
    if (v == none)
        mix(h, SQLITE_NULL);
    else
        bx_sum_i64(h, v);
}

void bx_sum_f64(uint64_t *h, double v)
{
    mix(h, isnan(v) ? SQLITE_NULL : SQLITE_FLOAT);
    if (!isnan(v))
        mix_bytes(h, &v, sizeof v);
}

void bx_sum_blob(uint64_t *h, const void *p, size_t n)
{
    mix(h, SQLITE_BLOB);
    mix_bytes(h, p, n);
}

static void mix_value(uint64_t *h, sqlite3_value *v)
{
    int type = sqlite3_value_type(v);
    if (type == SQLITE_INTEGER)
        bx_sum_i64(h, sqlite3_value_int64(v));
    else if (type == SQLITE_FLOAT)
        bx_sum_f64(h, sqlite3_value_double(v));
    else if (type == SQLITE_NULL)
        mix(h, SQLITE_NULL);
    else {
        const void *p = sqlite3_value_blob(v); /* a text's bytes as they are */
        mix(h, (uint64_t)type);
        mix_bytes(h, p, (size_t)sqlite3_value_bytes(v));
    }
}

/* bx_sum(value…) */
static void sql_sum(sqlite3_context *c, int argc, sqlite3_value **argv)
{
    uint64_t h = 0;
    for (int i = 0; i < argc; i++)
        mix_value(&h, argv[i]);
    sqlite3_result_int64(c, cut(h));
}

bool bx_sums_register(struct bx_store *st)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS; /* it stands in triggers */
    return sqlite3_create_function(st->db, "bx_sum", -1, flags, NULL, sql_sum, NULL, NULL) == SQLITE_OK;
}

static void mix_columns(struct bx_q *q, int first, int n, uint64_t *h)
{
    for (int i = first; i < first + n; i++)
        mix_value(h, sqlite3_column_value(q->s, i)); /* this connection is one thread's */
}

bool bx_q_sum(struct bx_q *q, int column, uint64_t h)
{
    if (q->failed)
        return false;
    sqlite3_value *v = sqlite3_column_value(q->s, column);
    return sqlite3_value_type(v) == SQLITE_NULL || cut(h) == sqlite3_value_int64(v) ||
           bx_q_damaged(q, column, "does not have the checksum of its values");
}

bool bx_q_whole(struct bx_q *q, int first, int n)
{
    uint64_t h = 0;
    if (!q->failed)
        mix_columns(q, first, n, &h);
    return bx_q_sum(q, first + n, h);
}

void bx_q_mix(struct bx_q *q, uint64_t *h)
{
    if (!q->failed)
        mix_columns(q, 0, sqlite3_column_count(q->s), h);
}

int64_t bx_sum_cut(uint64_t h)
{
    return cut(h);
}
