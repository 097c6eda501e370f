/* by_hand.h: what the runners of tests share, which speak the protocol by hand, without any code of boxscore. MODE is the first argument.
 */
#pragma once
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *mode;

static inline bool is(const char *m)
{
    return strcmp(mode, m) == 0;
}
static inline void sleep_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}
static inline void forever(void)
{
    for (;;)
        pause();
}

/* "id" and "image" of a request; the host writes them without escapes in the paths used here. False: there is none of them. */
static inline bool request_of(const char *line, long *id, char *image, size_t cap)
{
    const char *p = strstr(line, "\"id\":"), *q = strstr(line, "\"image\":\"");
    *id = p ? atol(p + 5) : 0;
    size_t n = q ? strcspn(q + 9, "\"") : 0;
    if (n >= cap)
        n = cap - 1;
    memcpy(image, q ? q + 9 : "", n);
    image[n] = '\0';
    return p && q;
}
