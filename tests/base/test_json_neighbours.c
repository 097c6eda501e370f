/* Seeds, every prefix of them and their neighbours of one changed byte, through the fuzzer's entry. */
#include "core/base/file.h"
#include "tests/base/fuzz_json.c"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const unsigned char changes[] = {0x00, '"', '\\', '{', '}', '[',  ']',  ',',  ':',  '/',  '*',  '-',
                                        '.',  'e', '0',  '9', ' ', '\n', 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF};

static void replay_neighbours(struct bx_buf *text)
{
    uint8_t *bytes = (uint8_t *)text->p;
    LLVMFuzzerTestOneInput(bytes, text->n);
    size_t step = text->n / 300 + 1; /* enough of a long one */
    for (size_t i = 0; i < text->n; i += step) {
        LLVMFuzzerTestOneInput(bytes, i);
        LLVMFuzzerTestOneInput(bytes + i, text->n - i);
        uint8_t kept = bytes[i];
        for (size_t k = 0; k < sizeof changes; k++) {
            bytes[i] = changes[k];
            LLVMFuzzerTestOneInput(bytes, text->n);
        }
        bytes[i] = kept;
    }
}

static void neither_reader_is_broken_by_its_corpus(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    char **names;
    size_t n;
    assert_true(bx_dir_list(TESTS_DIR "/base/corpus", false, NULL, 0, &a, &names, &n, &e));
    assert_true(n >= 8);
    for (size_t i = 0; i < n; i++) {
        struct bx_buf text = {0};
        assert_true(bx_file_read(bx_path_join(&a, TESTS_DIR "/base/corpus", names[i]), 1 << 20, &text, &e));
        replay_neighbours(&text);
        bx_buf_free(&text);
    }
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(neither_reader_is_broken_by_its_corpus)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
