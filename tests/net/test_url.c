/* URLs and addresses: what is shown of one, where it leads, and what is private. */
#include "core/net/net.h"
#include "core/net/url.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka last: it needs the four above */
#include <cmocka.h>

static void test_what_is_shown_holds_no_secret(void **state)
{
    static const struct {
        const char *url, *shown;
    } urls[] = {
        {"https://a.b/c/d.zip", "https://a.b/c/d.zip"},
        {"https://me:pass@a.b/c", "https://a.b/c"},
        {"https://me:p@ss@a.b", "https://a.b"},
        {"https://a.b/c?sig=1&x=2&flag#top", "https://a.b/c?sig=***&x=***&***"},
        {"https://a.b?k=v", "https://a.b?k=***"},
        {"https://a.b/c?k=a=b", "https://a.b/c?k=***"},
        {"https://a.b/x@y", "https://a.b/x@y"},
        {"https://a.b/c?", "https://a.b/c?***"},
        {"me:pass@a.b/c", "a.b/c"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        BX_CLEANUP_BUF struct bx_buf out = {0};
        bx_url_shown(urls[i].url, &out);
        assert_string_equal(bx_buf_str(&out), urls[i].shown);
    }
}

static void test_origins(void **state)
{
    static const struct {
        const char *a, *b;
        int same; /* -1: a is none */
    } pairs[] = {
        {"https://a.b/x", "https://A.B:443/y?z", 1},
        {"http://a.b", "https://a.b", 0},
        {"http://a.b:80", "http://a.b", 1},
        {"http://a.b:81", "http://a.b", 0},
        {"http://u:p@a.b/", "http://a.b/", 1},
        {"http://127.1/", "http://127.0.0.1/", 1},
        {"http://[::1]/", "http://[::1]:80/", 1},
        {"file:///etc/passwd", "", -1},
        {"ftp://a.b/", "", -1},
        {"gopher://a", "", -1},
        {"", "", -1},
        {"https://", "", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct bx_origin a, b;
        assert_int_equal(bx_origin_of(pairs[i].a, &a), pairs[i].same >= 0);
        if (pairs[i].same < 0)
            continue;
        assert_true(bx_origin_of(pairs[i].b, &b));
        assert_int_equal(bx_origin_same(&a, &b), pairs[i].same);
    }
}

/* By IANA's registries of special addresses. */
static void test_addresses(void **state)
{
    static const struct {
        const char *address;
        bool is_public;
    } addresses[] = {
        {"8.8.8.8", true},
        {"172.15.0.1", true},
        {"172.32.0.1", true},
        {"100.128.0.1", true},
        {"198.20.0.1", true},
        {"223.255.255.255", true},
        {"0.0.0.0", false},
        {"10.1.2.3", false},
        {"100.64.0.1", false},
        {"127.0.0.53", false},
        {"169.254.169.254", false},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"192.0.0.8", false},
        {"192.168.1.1", false},
        {"198.18.0.1", false},
        {"224.0.0.1", false},
        {"255.255.255.255", false},
        {"2606:4700::1", true},
        {"2a00:1450::1", true},
        {"::", false},
        {"::1", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:8.8.8.8", true},
        {"::8.8.8.8", false},
        {"fe80::1", false},
        {"fc00::1", false},
        {"fd12::1", false},
        {"ff02::1", false},
        {"64:ff9b::7f00:1", false},
        {"64:ff9b::808:808", true},
        {"2002:7f00:1::", false},
        {"2002:808:808::", true},
        {"2001::1", false},
        {"2001:db8::1", false},
        {"2001:4860:4860::8888", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct sockaddr_in in = {.sin_family = AF_INET};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
        bool four = inet_pton(AF_INET, addresses[i].address, &in.sin_addr) == 1;
        if (!four)
            assert_int_equal(inet_pton(AF_INET6, addresses[i].address, &in6.sin6_addr), 1);
        if (bx_address_public(four ? (struct sockaddr *)&in : (struct sockaddr *)&in6) != addresses[i].is_public)
            fail_msg("%s is said to be %s", addresses[i].address, addresses[i].is_public ? "private" : "public");
    }
    assert_true(bx_host_private("localhost") && bx_host_private("a.LOCALHOST") && bx_host_private("localhost.") &&
                bx_host_private("10.0.0.1.") && bx_host_private("[::1]") && bx_host_private("[fe80::1%eth0]"));
    assert_false(bx_host_private("localhost.example.com") || bx_host_private("example.com") || bx_host_private("[2606:4700::1]"));
}

static void test_proxies(void **state)
{
    static const struct {
        const char *http, *https, *all, *none, *url, *proxy;
    } cases[] = {
        {"p:1", "q:2", NULL, NULL, "http://a.b/", "p:1"},        {"p:1", "q:2", NULL, NULL, "https://a.b/", "q:2"},
        {NULL, NULL, "r:3", NULL, "https://a.b/", "r:3"},        {NULL, NULL, NULL, NULL, "https://a.b/", NULL},
        {"p:1", NULL, NULL, "x.y, a.b", "http://a.b/", NULL},    {"p:1", NULL, NULL, ".a.b", "http://c.a.b/", NULL},
        {"p:1", NULL, NULL, "a.b", "http://ca.b/", "p:1"},       {"p:1", NULL, NULL, "*", "http://a.b/", NULL},
        {"p:1", NULL, NULL, "127.0.0.1", "http://127.1/", NULL},
    };
    (void)state;
    unsetenv("HTTPS_PROXY"), unsetenv("ALL_PROXY"), unsetenv("NO_PROXY");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_origin o;
        setenv("http_proxy", cases[i].http ? cases[i].http : "", 1);
        setenv("https_proxy", cases[i].https ? cases[i].https : "", 1);
        setenv("all_proxy", cases[i].all ? cases[i].all : "", 1);
        setenv("no_proxy", cases[i].none ? cases[i].none : "", 1);
        assert_true(bx_origin_of(cases[i].url, &o));
        const char *proxy = bx_proxy_for(&o);
        assert_string_equal(proxy ? proxy : "none", cases[i].proxy ? cases[i].proxy : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_shown_holds_no_secret),
        cmocka_unit_test(test_origins),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_proxies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
