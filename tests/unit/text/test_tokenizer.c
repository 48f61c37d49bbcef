#include "text/tokenizer.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/tsv.h"
#include "compute/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static Tokenizer *open_tokenizer(const char *folder) {
    Error error = {""};
    Tokenizer *tokenizer = tokenizer_open(folder, &error);
    if (tokenizer == NULL) fail_msg("%s", error.message);
    return tokenizer;
}

static void encode(Tokenizer *tokenizer, const char *text, size_t size, TokenList *tokens) {
    Error error = {""};
    tokens->count = 0;
    if (tokenizer_encode(tokenizer, text, size, tokens, &error) != 0) fail_msg("%s", error.message);
}

static void check_round_trip(Tokenizer *tokenizer, const char *text, size_t size) {
    Error error = {""};
    TokenList tokens = {0};
    char *back;
    size_t back_size;
    encode(tokenizer, text, size, &tokens);
    assert_int_equal(tokenizer_decode(tokenizer, tokens.ids, tokens.count, &back, &back_size, &error), 0);
    assert_int_equal(back_size, size);
    assert_memory_equal(back, text, size);
    memory_free(back);
    token_list_free(&tokens);
}

/* ---- equal to Hugging Face's */

static size_t bytes_of_hex(const char *hex, char *bytes) {
    size_t size = strlen(hex) / 2;
    for (size_t i = 0; i < size; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (char)byte;
    }
    return size;
}

static void check_golden(const char *folder, const char *golden) {
    Error error = {""};
    TsvTable table;
    if (tsv_table_read(&table, golden, &error) != 0) fail_msg("%s", error.message);
    assert_true(table.rows > 300);
    Tokenizer *tokenizer = open_tokenizer(folder);
    TokenList tokens = {0};
    for (size_t row = 0; row < table.rows; row++) {
        const char *hex = tsv_table_text(&table, row, 0), *ids = tsv_table_text(&table, row, 1);
        char *bytes = memory_new(strlen(hex) + 1, 1, "bytes", NULL);
        encode(tokenizer, bytes, bytes_of_hex(hex, bytes), &tokens);
        for (size_t i = 0; i < tokens.count; i++) {
            char *end;
            long id = strtol(ids, &end, 10);
            if (end == ids || id != tokens.ids[i]) {
                fail_msg("%s, row %zu, token %zu: %d, not %.20s", golden, row + 1, i, tokens.ids[i], ids);
            }
            ids = end;
        }
        if (*ids != 0) fail_msg("%s, row %zu: too few tokens", golden, row + 1);
        check_round_trip(tokenizer, bytes, strlen(hex) / 2);
        memory_free(bytes);
    }
    token_list_free(&tokens);
    tokenizer_close(tokenizer);
    tsv_table_free(&table);
}

static void test_gpt2_ids_equal_hugging_face(void **state) {
    (void)state;
    check_golden("data/gpt2-tokenizer", "tests/golden/tokenizer_gpt2.tsv");
}

static void test_fairytale_ids_equal_hugging_face(void **state) {
    (void)state;
    check_golden("data/models/fairytale", "tests/golden/tokenizer_fairytale.tsv");
}

/* ---- bytes */

static void test_every_byte_sequence_comes_back(void **state) {
    (void)state;
    Tokenizer *tokenizer = open_tokenizer("data/models/fairytale");
    Random random = random_stream(1, "bytes");
    char bytes[64];
    for (int trial = 0; trial < 5000; trial++) {
        size_t size = random_below(&random, sizeof bytes);
        uint32_t range = trial % 2 == 0 ? 256 : 0x60;
        for (size_t i = 0; i < size; i++)
            bytes[i] = (char)(random_below(&random, range) + (trial % 3 == 0 ? 0xA0 : 0));
        check_round_trip(tokenizer, bytes, size);
    }
    check_round_trip(tokenizer, "\xC0\x80 \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x82", 14);
    tokenizer_close(tokenizer);
}

static void test_text_around_a_broken_byte_keeps_its_ids(void **state) {
    (void)state;
    Tokenizer *tokenizer = open_tokenizer("data/gpt2-tokenizer");
    TokenList whole = {0}, left = {0}, right = {0};
    encode(tokenizer, "Hello world\xFF and more", 21, &whole);
    encode(tokenizer, "Hello world", 11, &left);
    encode(tokenizer, " and more", 9, &right);
    assert_int_equal(whole.count, left.count + 1 + right.count);
    assert_memory_equal(whole.ids, left.ids, left.count * sizeof(int));
    assert_memory_equal(whole.ids + left.count + 1, right.ids, right.count * sizeof(int));
    token_list_free(&whole);
    token_list_free(&left);
    token_list_free(&right);
    tokenizer_close(tokenizer);
}

static void test_tokens_and_bytes_find_each_other(void **state) {
    (void)state;
    Tokenizer *tokenizer = open_tokenizer("data/gpt2-tokenizer");
    assert_int_equal(tokenizer_size(tokenizer), 50257);
    assert_int_equal(tokenizer_end_of_text(tokenizer), 50256);
    for (int id = 0; id < tokenizer_size(tokenizer); id++) {
        size_t size;
        const char *bytes = tokenizer_token(tokenizer, id, &size);
        assert_int_equal(tokenizer_find(tokenizer, bytes, size), id);
    }
    assert_int_equal(tokenizer_find(tokenizer, "no such token", 13), -1);
    tokenizer_close(tokenizer);
}

static void test_id_outside_the_vocabulary_is_refused(void **state) {
    (void)state;
    Tokenizer *tokenizer = open_tokenizer("data/models/fairytale");
    Error error = {""};
    char *bytes;
    size_t size;
    int ids[] = {5, 4096};
    assert_int_equal(tokenizer_decode(tokenizer, ids, 2, &bytes, &size, &error), -1);
    assert_non_null(strstr(error.message, "token 1 has the id 4096"));
    ids[1] = -1;
    assert_int_equal(tokenizer_decode(tokenizer, ids, 2, &bytes, &size, &error), -1);
    tokenizer_close(tokenizer);
}

/* ---- time */

static double seconds_of(Tokenizer *tokenizer, const char *text, size_t size) {
    TokenList tokens = {0};
    struct timespec start, end;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    encode(tokenizer, text, size, &tokens);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    token_list_free(&tokens);
    return (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
}

static void test_a_megabyte_without_spaces_takes_linear_time(void **state) {
    (void)state;
    Tokenizer *tokenizer = open_tokenizer("data/gpt2-tokenizer");
    enum { SIZE = 1 << 20 };
    char *text = memory_new(SIZE, 1, "text", NULL);
    Random random = random_stream(1, "letters");
    for (size_t i = 0; i < SIZE; i++) text[i] = (char)('a' + random_below(&random, 26));
    double small = seconds_of(tokenizer, text, SIZE / 16), large = seconds_of(tokenizer, text, SIZE);
    assert_true(large < 64 * small + 0.1);  // quadratic time would be 256 times as long
    memset(text, ' ', SIZE);
    assert_true(seconds_of(tokenizer, text, SIZE) < 10);
    memory_free(text);
    tokenizer_close(tokenizer);
}

/* ---- tables that lie */

/* A byte-level vocabulary of the 256 bytes, then `more`, which begins with a comma where not empty. */
static char *byte_vocabulary(const char *more) {
    char *json = memory_new(1 << 14, 1, "json", NULL);
    size_t at = 0;
    int others = 0;
    json[at++] = '{';
    for (int byte = 0; byte < 256; byte++) {
        bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
        int character = printable ? byte : 0x100 + others++;
        char name[16];
        if (character == '"' || character == '\\') {
            snprintf(name, sizeof name, "\\%c", character);
        } else {
            snprintf(name, sizeof name, "\\u%04x", character);
        }
        at += (size_t)snprintf(json + at, (1 << 14) - at, "%s\"%s\": %d", byte > 0 ? "," : "", name, byte);
    }
    snprintf(json + at, (1 << 14) - at, "%s}", more);
    return json;
}

static void check_refused(const char *vocabulary, const char *merges, const char *reason) {
    Error error = {""};
    Tokenizer *tokenizer =
        tokenizer_parse(vocabulary, strlen(vocabulary), "vocab.json", merges, strlen(merges), "merges.txt", &error);
    if (tokenizer != NULL) fail_msg("accepted, though: %s", reason);
    if (strstr(error.message, reason) == NULL) fail_msg("'%s' does not say '%s'", error.message, reason);
}

static void check_vocabulary_refused(const char *more, const char *merges, const char *reason) {
    char *vocabulary = byte_vocabulary(more);
    check_refused(vocabulary, merges, reason);
    memory_free(vocabulary);
}

static void test_bad_vocabulary_is_refused(void **state) {
    (void)state;
    check_refused("", "", "vocab.json:1: not JSON");
    check_refused("[1]", "", "no object");
    check_refused("{\"a\": 0}", "", "1 tokens");
    check_refused("{\"a\": 0} {}", "", "more than one");
    check_vocabulary_refused(",\"ab\": 255", "", "have the same id 255");
    check_vocabulary_refused(",\"ab\": 257", "", "no id within 0 to 256");
    check_vocabulary_refused(",\"ab\": 256.5", "", "no id within");
    check_vocabulary_refused(",\"ab\": -1", "", "no id within");
    check_vocabulary_refused(",\"ab\": 1e300", "", "no id within");
    check_vocabulary_refused(",\"ab\": \"256\"", "", "no id within");
    check_vocabulary_refused(",\"\": 256", "", "is empty");
    check_vocabulary_refused(",\"a\": 256", "", "stands there twice");
    check_vocabulary_refused(",\"\\u4e00\": 256", "", "byte alphabet");
}

static void test_vocabulary_without_a_byte_is_refused(void **state) {
    (void)state;
    char *vocabulary = byte_vocabulary("");
    memcpy(strstr(vocabulary, "\"\\u0041\""), "\"aaaaaa\"", 8);  // the token of byte 0x41 becomes another
    check_refused(vocabulary, "", "0x41");
    memory_free(vocabulary);
}

static void test_bad_merges_are_refused(void **state) {
    (void)state;
    check_vocabulary_refused(",\"ab\": 256", "#version: 0.2\na b\na b\n", "merges.txt:3: the same merge");
    check_vocabulary_refused(",\"ab\": 256", "#version: 0.2\na c\n", "merges.txt:2:");
    check_vocabulary_refused(",\"ab\": 256", "a\n", "two tokens with one space");
    check_vocabulary_refused(",\"ab\": 256", "a b c\n", "two tokens with one space");
    check_vocabulary_refused(",\"ab\": 256", " b\n", "merges.txt:1:");
    check_vocabulary_refused(",\"ab\": 256", "a \xFF\n", "merges.txt:1:");
}

static void test_merges_apply_by_rank_leftmost_first(void **state) {
    (void)state;
    Error error = {""};
    char *vocabulary = byte_vocabulary(",\"ab\": 256, \"bc\": 257, \"aa\": 258, \"abc\": 259");
    const char *merges = "b c\na b\na a\nab c\n";
    Tokenizer *tokenizer = tokenizer_parse(vocabulary, strlen(vocabulary), "v", merges, strlen(merges), "m", &error);
    assert_non_null(tokenizer);
    TokenList tokens = {0};
    encode(tokenizer, "abcaaa", 6, &tokens);
    int expected[] = {'a', 257, 258, 'a'};
    assert_int_equal(tokens.count, 4);
    assert_memory_equal(tokens.ids, expected, sizeof expected);
    token_list_free(&tokens);
    tokenizer_close(tokenizer);
    memory_free(vocabulary);
}

static void test_out_of_memory_comes_back_as_an_error(void **state) {
    (void)state;
    Error error;
    for (long n = 1; n < 12; n++) {
        memory_fail_after(n);
        Tokenizer *tokenizer = tokenizer_open("data/models/fairytale", &error);
        memory_fail_after(0);
        tokenizer_close(tokenizer);
    }
    Tokenizer *tokenizer = open_tokenizer("data/models/fairytale");
    TokenList tokens = {0};
    memory_fail_after(1);
    assert_int_equal(tokenizer_encode(tokenizer, "a text", 6, &tokens, &error), -1);
    memory_fail_after(0);
    assert_int_equal(tokens.count, 0);
    token_list_free(&tokens);
    tokenizer_close(tokenizer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gpt2_ids_equal_hugging_face),
        cmocka_unit_test(test_fairytale_ids_equal_hugging_face),
        cmocka_unit_test(test_every_byte_sequence_comes_back),
        cmocka_unit_test(test_text_around_a_broken_byte_keeps_its_ids),
        cmocka_unit_test(test_tokens_and_bytes_find_each_other),
        cmocka_unit_test(test_id_outside_the_vocabulary_is_refused),
        cmocka_unit_test(test_a_megabyte_without_spaces_takes_linear_time),
        cmocka_unit_test(test_bad_vocabulary_is_refused),
        cmocka_unit_test(test_vocabulary_without_a_byte_is_refused),
        cmocka_unit_test(test_bad_merges_are_refused),
        cmocka_unit_test(test_merges_apply_by_rank_leftmost_first),
        cmocka_unit_test(test_out_of_memory_comes_back_as_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
