#include "text/corpus.h"

#include "base/file.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char BOOKS[] = "One day.\nAnother day.\n\nBook two, é.\n\n\nThird book.\nIts end.\n";
static char path[] = "/tmp/latentdream-corpus-XXXXXX";
static Tokenizer *tokenizer;

static void write_file(const char *text) {
    Error error;
    assert_int_equal(file_write(path, text, strlen(text), &error), 0);
}

static int set_up(void **state) {
    (void)state;
    Error error;
    int descriptor = mkstemp(path);
    if (descriptor < 0) return -1;
    close(descriptor);
    tokenizer = tokenizer_open("data/models/fairytale", &error);
    return tokenizer == NULL;
}

static int tear_down(void **state) {
    (void)state;
    tokenizer_close(tokenizer);
    return unlink(path);
}

static void check_book(const CorpusPart *part, int book, int number, const char *text, size_t characters) {
    Error error;
    TokenList expected = {0};
    assert_int_equal(part->numbers[book], number);
    assert_int_equal(part->book_characters[book], characters);
    assert_int_equal(token_list_append(&expected, tokenizer_end_of_text(tokenizer), &error), 0);
    assert_int_equal(tokenizer_encode(tokenizer, text, strlen(text), &expected, &error), 0);
    assert_int_equal(part->starts[book + 1] - part->starts[book], expected.count);
    for (size_t i = 0; i < expected.count; i++) {
        assert_int_equal(part->ids[part->starts[book] + i], expected.ids[i]);
    }
    token_list_free(&expected);
}

static void test_books_are_split_and_held_out_whole(void **state) {
    (void)state;
    Error error = {""};
    Corpus corpus;
    const int held_out[] = {2};
    write_file(BOOKS);
    if (corpus_open(&corpus, path, tokenizer, held_out, 1, NULL, &error) != 0) fail_msg("%s", error.message);
    assert_int_equal(corpus.training.books, 2);
    assert_int_equal(corpus.held_out.books, 1);
    check_book(&corpus.training, 0, 1, "One day.\nAnother day.\n", 22);
    check_book(&corpus.held_out, 0, 2, "Book two, é.\n", 13);
    check_book(&corpus.training, 1, 3, "Third book.\nIts end.\n", 21);
    assert_int_equal(corpus.training.starts[2], corpus.training.tokens);
    assert_int_equal(corpus.training.characters, 43);
    assert_int_equal(corpus.held_out.characters, 13);
    corpus_close(&corpus);
}

static void check_refused(const char *text, int held_out, const char *reason) {
    Error error = {""};
    Corpus corpus;
    write_file(text);
    assert_int_equal(corpus_open(&corpus, path, tokenizer, &held_out, 1, NULL, &error), -1);
    if (strstr(error.message, reason) == NULL) fail_msg("'%s' does not say '%s'", error.message, reason);
}

static void test_corpus_that_cannot_be_used_is_refused(void **state) {
    (void)state;
    check_refused(BOOKS, 4, "book 4 is to be held out, but there are 3 books");
    check_refused("Only one.\n", 1, "no book to train on");
    check_refused("", 1, "book 1 is to be held out");
}

static void test_held_out_list_is_read(void **state) {
    (void)state;
    Error error = {""};
    int numbers[8];
    size_t count;
    assert_int_equal(corpus_read_held_out("data/corpus/held-out.tsv", numbers, 8, &count, &error), 0);
    assert_int_equal(count, 4);
    for (int i = 0; i < 4; i++) assert_int_equal(numbers[i], 16 * (i + 1));
    write_file("book\n12x\n");
    assert_int_equal(corpus_read_held_out(path, numbers, 8, &count, &error), -1);
    assert_non_null(strstr(error.message, ":2: \"12x\" is no book number"));
}

static void test_out_of_memory_comes_back_as_an_error(void **state) {
    (void)state;
    Error error;
    const int held_out[] = {2};
    write_file(BOOKS);
    for (long n = 1; n < 30; n++) {
        Corpus corpus;
        memory_fail_after(n);
        int status = corpus_open(&corpus, path, tokenizer, held_out, 1, NULL, &error);
        memory_fail_after(0);
        if (status == 0) corpus_close(&corpus);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_books_are_split_and_held_out_whole),
        cmocka_unit_test(test_corpus_that_cannot_be_used_is_refused),
        cmocka_unit_test(test_held_out_list_is_read),
        cmocka_unit_test(test_out_of_memory_comes_back_as_an_error),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
