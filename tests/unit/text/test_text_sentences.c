// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "text/sentences.h"
#include "unit/text/small_model.h"

typedef struct Fixture {
    Tokenizer *tokenizer;
    char folder[64], path[96];
} Fixture;

static int open_fixture(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    fixture->tokenizer = tokenizer_open(SMALL_TOKENIZER, NULL);
    small_folder(fixture->folder);
    snprintf(fixture->path, sizeof fixture->path, "%s/sentences.txt", fixture->folder);
    *state = fixture;
    return fixture->tokenizer ? 0 : -1;
}

static int close_fixture(void **state) {
    Fixture *fixture = *state;
    tokenizer_close(fixture->tokenizer);
    small_folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

static int read_text(Fixture *fixture, const char *text, int limit, Sentences *sentences, Error *error) {
    assert_int_equal(file_write(fixture->path, text, strlen(text), error), 0);
    return sentences_read(sentences, fixture->path, fixture->tokenizer, 24, limit, error);
}

static void test_each_line_is_a_sentence(void **state) {
    Fixture *fixture = *state;
    Sentences sentences;
    Error error;
    assert_int_equal(
        read_text(fixture, "The fox ran.\r\nOnce upon a time there was a king.\nNo\n\n", 0, &sentences, &error), 0);
    assert_int_equal(sentences.count, 3);
    assert_int_equal(sentences.lines[2], 3);
    for (int i = 0; i < 3; i++) {
        static const char *const TEXTS[] = {"The fox ran.", "Once upon a time there was a king.", "No"};
        char *text;
        size_t size;
        assert_int_equal(tokenizer_decode(fixture->tokenizer, sentences.ids + i * sentences.tokens,
                                          (size_t)sentences.lengths[i], &text, &size, NULL),
                         0);
        assert_string_equal(text, TEXTS[i]);
        memory_free(text);
        assert_true(sentences.lengths[i] <= sentences.tokens);
    }
    assert_int_equal(sentences.tokens, sentences.lengths[1]);
    sentences_free(&sentences);
}

static void refused(Fixture *fixture, const char *text, const char *where, const char *what) {
    Sentences sentences;
    Error error;
    assert_int_equal(read_text(fixture, text, 0, &sentences, &error), -1);
    assert_non_null(strstr(error.message, where));
    assert_non_null(strstr(error.message, what));
}

static void test_an_empty_sentence_is_refused_with_its_line(void **state) {
    refused(*state, "One.\n\nThree.\n", "sentences.txt:2", "empty");
    refused(*state, "One.\nTwo.\n \t\nFour.\n", "sentences.txt:3", "empty");
}

static void test_a_file_without_sentences_is_refused(void **state) {
    refused(*state, "", "sentences.txt", "no sentence");
    refused(*state, "\n\n", "sentences.txt", "no sentence");
}

static void test_a_sentence_longer_than_the_context_is_refused_with_its_line(void **state) {
    refused(*state, "Short.\na b c d e f g h i j k l m n o p q r s t u v w x y z\n", "sentences.txt:2", "24");
}

static void test_sentences_past_the_limit_are_only_checked(void **state) {
    Sentences sentences;
    Error error;
    assert_int_equal(read_text(*state, "One.\nTwo.\nThree of them.\n", 2, &sentences, &error), 0);
    assert_int_equal(sentences.count, 2);
    sentences_free(&sentences);
    assert_int_equal(read_text(*state, "One.\nTwo.\n\nFour.\n", 2, &sentences, &error), -1);
}

static void test_a_missing_file_is_named(void **state) {
    Fixture *fixture = *state;
    Sentences sentences;
    Error error;
    assert_int_equal(sentences_read(&sentences, "/nowhere/at-all.txt", fixture->tokenizer, 24, 0, &error), -1);
    assert_non_null(strstr(error.message, "at-all.txt"));
}

static void test_round_trip_reads_the_text_that_tokens_spell(void **state) {
    Fixture *fixture = *state;
    Sentences sentences, again;
    // "t", "he": tokens that the tokenizer would have merged
    assert_int_equal(sentences_new(&sentences, 1, 2, NULL), 0);
    sentences.lengths[0] = 2;
    sentences.ids[0] = tokenizer_find(fixture->tokenizer, "t", 1);
    sentences.ids[1] = tokenizer_find(fixture->tokenizer, "he", 2);
    assert_int_equal(sentences_round_trip(&sentences, fixture->tokenizer, 24, &again, NULL), 0);
    assert_int_equal(again.lengths[0], 1);
    assert_int_equal(again.ids[0], tokenizer_find(fixture->tokenizer, "the", 3));
    sentences_free(&again);
    sentences_free(&sentences);
}

static void test_round_trip_is_cut_at_the_context(void **state) {
    Fixture *fixture = *state;
    Sentences sentences, again;
    assert_int_equal(sentences_new(&sentences, 1, 3, NULL), 0);
    sentences.lengths[0] = 3;
    for (int i = 0; i < 3; i++) sentences.ids[i] = tokenizer_find(fixture->tokenizer, "x", 1);
    assert_int_equal(sentences_round_trip(&sentences, fixture->tokenizer, 2, &again, NULL), 0);
    assert_true(again.lengths[0] <= 2);
    sentences_free(&again);
    sentences_free(&sentences);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_line_is_a_sentence),
        cmocka_unit_test(test_an_empty_sentence_is_refused_with_its_line),
        cmocka_unit_test(test_a_file_without_sentences_is_refused),
        cmocka_unit_test(test_a_sentence_longer_than_the_context_is_refused_with_its_line),
        cmocka_unit_test(test_sentences_past_the_limit_are_only_checked),
        cmocka_unit_test(test_a_missing_file_is_named),
        cmocka_unit_test(test_round_trip_reads_the_text_that_tokens_spell),
        cmocka_unit_test(test_round_trip_is_cut_at_the_context),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
