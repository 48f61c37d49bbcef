// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "text/decode.h"
#include "unit/text/small_model.h"

#include <math.h>

enum { V = 151, C = 16, ROWS = 130 };  // more rows than a chunk

typedef struct Fixture {
    TextNetwork network;
    EmbeddingTable table;
    float x[ROWS * C];
} Fixture;

static int open_fixture(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    Error error;
    if (small_network(&fixture->network, V, &error) != 0) return -1;
    if (embedding_table_open(&fixture->table, &fixture->network, &error) != 0) return -1;
    Random random = random_stream(5, "rows");
    random_fill_normal(&random, fixture->x, ROWS * C, 0.3f);
    *state = fixture;
    return 0;
}

static int close_fixture(void **state) {
    Fixture *fixture = *state;
    embedding_table_close(&fixture->table);
    text_network_close(&fixture->network);
    free(fixture);
    return 0;
}

static const float *token(const Fixture *fixture, int id) { return fixture->network.storage + (size_t)id * C; }

static double dot(const float *a, const float *b) {
    double sum = 0;
    for (int c = 0; c < C; c++) sum += (double)a[c] * (double)b[c];
    return sum;
}

static void test_dot_finds_the_largest_product(void **state) {
    Fixture *fixture = *state;
    int ids[ROWS];
    assert_int_equal(embedding_table_decode(&fixture->table, DECODE_DOT, fixture->x, ROWS, ids, NULL), 0);
    for (int r = 0; r < ROWS; r++)
        for (int v = 0; v < V; v++)
            assert_true(dot(fixture->x + r * C, token(fixture, v)) <=
                        dot(fixture->x + r * C, token(fixture, ids[r])) + 1e-5);
}

static void test_cosine_finds_the_smallest_angle(void **state) {
    Fixture *fixture = *state;
    int ids[ROWS], differ = 0, dots[ROWS];
    assert_int_equal(embedding_table_decode(&fixture->table, DECODE_COSINE, fixture->x, ROWS, ids, NULL), 0);
    assert_int_equal(embedding_table_decode(&fixture->table, DECODE_DOT, fixture->x, ROWS, dots, NULL), 0);
    for (int r = 0; r < ROWS; r++) {
        const float *x = fixture->x + r * C, *found = token(fixture, ids[r]);
        double best = dot(x, found) / sqrt(dot(found, found));
        for (int v = 0; v < V; v++)
            assert_true(dot(x, token(fixture, v)) / sqrt(dot(token(fixture, v), token(fixture, v))) <= best + 1e-5);
        differ += ids[r] != dots[r];
    }
    assert_true(differ > 0);
}

static void test_cosine_of_a_token_is_the_token(void **state) {
    Fixture *fixture = *state;
    int ids[V];
    assert_int_equal(embedding_table_decode(&fixture->table, DECODE_COSINE, fixture->network.storage, V, ids, NULL),
                     0);
    for (int v = 0; v < V; v++) assert_int_equal(ids[v], v);
}

static void test_nearest_tokens_come_in_order_of_distance(void **state) {
    Fixture *fixture = *state;
    enum { K = 5 };
    int ids[ROWS * K];
    float squares[ROWS * K];
    assert_int_equal(embedding_table_nearest(&fixture->table, fixture->x, ROWS, K, ids, squares, NULL), 0);
    for (int r = 0; r < ROWS; r++) {
        int nearer = 0;
        for (int v = 0; v < V; v++) {
            double sum = 0;
            for (int c = 0; c < C; c++) sum += pow((double)(fixture->x[r * C + c] - token(fixture, v)[c]), 2);
            nearer += sum < (double)squares[r * K + K - 1] - 1e-5;
            for (int k = 0; k < K; k++)
                if (ids[r * K + k] == v) assert_float_equal(squares[r * K + k], sum, 1e-5);
        }
        assert_true(nearer <= K - 1);
        for (int k = 1; k < K; k++) assert_true(squares[r * K + k] >= squares[r * K + k - 1] - 1e-6f);
    }
}

static void test_a_token_is_at_distance_zero_from_itself(void **state) {
    Fixture *fixture = *state;
    int id;
    float square;
    assert_int_equal(embedding_table_nearest(&fixture->table, token(fixture, 77), 1, 1, &id, &square, NULL), 0);
    assert_int_equal(id, 77);
    assert_true(square == 0);
}

static void test_more_neighbors_than_tokens_are_refused(void **state) {
    Fixture *fixture = *state;
    int ids[V + 1];
    Error error;
    assert_int_equal(embedding_table_nearest(&fixture->table, fixture->x, 1, V + 1, ids, NULL, &error), -1);
    assert_non_null(strstr(error.message, "151"));
}

static void test_unknown_rule_is_refused(void **state) {
    (void)state;
    DecodeRule rule;
    assert_int_equal(decode_rule_from_name("cosine", &rule), 0);
    assert_int_equal(rule, DECODE_COSINE);
    assert_int_equal(decode_rule_from_name("nearest", &rule), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dot_finds_the_largest_product),
        cmocka_unit_test(test_cosine_finds_the_smallest_angle),
        cmocka_unit_test(test_cosine_of_a_token_is_the_token),
        cmocka_unit_test(test_nearest_tokens_come_in_order_of_distance),
        cmocka_unit_test(test_a_token_is_at_distance_zero_from_itself),
        cmocka_unit_test(test_more_neighbors_than_tokens_are_refused),
        cmocka_unit_test(test_unknown_rule_is_refused),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
