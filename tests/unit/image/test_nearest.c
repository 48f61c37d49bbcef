// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "compute/random.h"
#include "image/nearest.h"

#include <math.h>
#include <string.h>

static double distance(const float *a, const float *b, size_t size) {
    double sum = 0;
    for (size_t i = 0; i < size; i++) sum += pow((double)a[i] - (double)b[i], 2);
    return sqrt(sum);
}

/* More rows and references than a tile holds, against a plain search. */
static void test_nearest_equals_a_plain_search(void **state) {
    (void)state;
    enum { COUNT = 300, REFERENCES = 1500, SIZE = 20 };
    float *x = memory_new(COUNT * SIZE, sizeof *x, "x", NULL);
    float *references = memory_new(REFERENCES * SIZE, sizeof *references, "references", NULL);
    double distances[COUNT];
    uint32_t nearest[COUNT];
    Random random = random_stream(1, "test");
    random_fill_normal(&random, x, COUNT * SIZE, 1);
    random_fill_normal(&random, references, REFERENCES * SIZE, 1);
    assert_int_equal(nearest_find(x, COUNT, references, REFERENCES, SIZE, distances, nearest, NULL), 0);
    for (int n = 0; n < COUNT; n++) {
        double best = INFINITY;
        for (int r = 0; r < REFERENCES; r++) best = fmin(best, distance(x + n * SIZE, references + r * SIZE, SIZE));
        assert_true(fabs(distances[n] - best) < 1e-5);
        assert_true(fabs(distance(x + n * SIZE, references + nearest[n] * SIZE, SIZE) - best) < 1e-5);
    }
    memory_free(x);
    memory_free(references);
}

static void test_copy_of_a_reference_is_at_distance_zero(void **state) {
    (void)state;
    const float references[] = {100, 100, 0, 100.25f, 100, 0, 3, 4, 5};
    const float x[] = {100.25f, 100, 0};
    double found;
    uint32_t nearest;
    assert_int_equal(nearest_find(x, 1, references, 3, 3, &found, &nearest, NULL), 0);
    assert_int_equal(nearest, 1);
    assert_true(found == 0);
}

static void test_no_references_is_an_error(void **state) {
    (void)state;
    const float x[] = {1};
    double found;
    Error error;
    assert_int_equal(nearest_find(x, 1, x, 0, 1, &found, NULL, &error), -1);
    assert_non_null(strstr(error.message, "none to look among"));
}

static void test_diversity_is_the_mean_distance_of_pairs(void **state) {
    (void)state;
    const float x[] = {0, 0, 3, 4, 0, 8};  // distances 5, 8, 5
    assert_true(fabs(diversity_of(x, 3, 2) - 6) < 1e-12);
    assert_true(isnan(diversity_of(x, 1, 2)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest_equals_a_plain_search),
        cmocka_unit_test(test_copy_of_a_reference_is_at_distance_zero),
        cmocka_unit_test(test_no_references_is_an_error),
        cmocka_unit_test(test_diversity_is_the_mean_distance_of_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
