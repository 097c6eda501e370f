/* secret.c: what no text may hold, found and taken out. */
#include "core/base/secret.h"
#include "core/base/banned.h"

size_t bx_secret_at(const struct bx_secret *secrets, size_t nsecrets, const char *s, size_t n, bool *partial)
{
    size_t longest = 0;
    for (size_t i = 0; i < nsecrets; i++) {
        if (!secrets[i].hidden || !secrets[i].value[0] || secrets[i].value[0] != s[0])
            continue;
        size_t len = strlen(secrets[i].value);
        if (len <= n && !memcmp(s, secrets[i].value, len))
            longest = len > longest ? len : longest;
        else if (len > n && !memcmp(s, secrets[i].value, n))
            *partial = true;
    }
    return longest;
}

void bx_redact(const struct bx_secret *secrets, size_t nsecrets, const char *s, size_t len, struct bx_buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < len;) {
        bool partial = false;
        size_t hit = bx_secret_at(secrets, nsecrets, s + i, len - i, &partial);
        if (!hit) {
            i++;
            continue;
        }
        bx_buf_add(out, s + from, i - from);
        bx_buf_adds(out, "***");
        i += hit;
        from = i;
    }
    bx_buf_add(out, s + from, len - from);
}

bool bx_has_secret(const struct bx_secret *secrets, size_t n, const char *s, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (secrets[i].hidden && secrets[i].value[0] && memmem(s, len, secrets[i].value, strlen(secrets[i].value)))
            return true;
    return false;
}
