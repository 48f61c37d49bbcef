// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "engine/dream.h"
#include "unit/engine/analytic.h"

enum { Z = 3, X = 6, NEURONS = 4, RESTARTS = 7, STEPS = 30 };

/* A dream with every part in use: decoder, random transform with copies, subject, regularizers on z and on x. */
typedef struct Fixture {
    Module *decoder, *transform, *subject;
    Regularizer *regularizers[2];
    float starts[RESTARTS * X], x_starts[RESTARTS * X];
    int neurons[RESTARTS];
    Dream dream;
    int told[256], told_count, told_batches;  // what begin_batch heard
} Fixture;

static int hear_batch(void *context, const int *restarts, int count, Error *error) {
    (void)error;
    Fixture *fixture = context;
    fixture->told_batches++;
    for (int i = 0; i < count && fixture->told_count < 256; i++) fixture->told[fixture->told_count++] = restarts[i];
    return 0;
}

static void close_fixture(Fixture *fixture) {
    module_free(fixture->decoder);
    module_free(fixture->transform);
    module_free(fixture->subject);
    for (int i = 0; i < 2; i++) regularizer_free(fixture->regularizers[i]);
}

static int open_fixture(Fixture *fixture, Error *error) {
    memset(fixture, 0, sizeof *fixture);
    Random random = random_stream(11, "starts");
    random_fill_normal(&random, fixture->starts, RESTARTS * X, 0.5f);
    random_fill_normal(&random, fixture->x_starts, RESTARTS * X, 0.5f);
    for (int r = 0; r < RESTARTS; r++) fixture->neurons[r] = r % NEURONS;
    fixture->decoder = bend_module("decoder", Z, X, 0.1f, 1, error);
    fixture->transform = scale_module(X, 2, error);
    fixture->subject = bend_module("subject", X, NEURONS, -0.1f, 2, error);
    fixture->regularizers[0] = regularizer_l2_start(REGULARIZER_Z, 0.05f, fixture->starts, Z, error);
    fixture->regularizers[1] = regularizer_l2_start(REGULARIZER_X, 0.02f, fixture->x_starts, X, error);
    fixture->dream = (Dream){.name = "latent",
                             .decoder = fixture->decoder,
                             .transform = fixture->transform,
                             .subject = fixture->subject,
                             .target = {{NEURONS, 1, 1, 1}, REDUCE_MEAN, SQUASH_SIGMOID, fixture->neurons, NULL},
                             .regularizers = fixture->regularizers,
                             .regularizer_count = 2,
                             .optimizer = {.kind = OPTIMIZER_ADAM,
                                           .learning_rate = 0.05f,
                                           .momentum = 0.9f,
                                           .beta2 = 0.999f,
                                           .epsilon = 1e-8f,
                                           .minimum = -INFINITY,
                                           .maximum = INFINITY},
                             .restarts = RESTARTS,
                             .batch = RESTARTS,
                             .starts = fixture->starts,
                             .seed = 5,
                             .steps = STEPS,
                             .begin_batch = hear_batch,
                             .context = fixture};
    if (fixture->decoder && fixture->transform && fixture->subject && fixture->regularizers[0] &&
        fixture->regularizers[1])
        return 0;
    close_fixture(fixture);
    return -1;
}

/* The direct dream on a bowl of which the optimum is known: no decoder, transform or regularizer. */
static void make_direct(Fixture *fixture) {
    module_free(fixture->subject);
    fixture->subject = bowl_module(X, NEURONS, NULL);
    Dream *dream = &fixture->dream;
    dream->decoder = dream->transform = NULL;
    dream->subject = fixture->subject;
    dream->regularizer_count = 0;
    dream->target.squash = SQUASH_NONE;
    dream->optimizer.kind = OPTIMIZER_SGD;
    dream->optimizer.learning_rate = 0.25f;
}

static void test_dream_on_a_bowl_reaches_the_neurons_optimum(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    make_direct(&fixture);
    Trajectory trajectory;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, NULL), 0);
    for (int r = 0; r < RESTARTS; r++) {
        float center = ((BowlModule *)fixture.subject)->center[fixture.neurons[r]];
        for (int i = 0; i < X; i++) assert_float_equal(trajectory.final[r * X + i], center, 1e-3);
        assert_float_equal(trajectory.values[STEPS * RESTARTS + r], 0, 1e-5);
        assert_float_equal(trajectory.final_values[r], trajectory.values[STEPS * RESTARTS + r], 0);
        assert_float_equal(trajectory.start_values[r], trajectory.values[r], 0);
        assert_int_equal(trajectory.stopped[r], STEPS);
    }
    assert_memory_equal(trajectory.start, fixture.starts, sizeof fixture.starts);
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

static void test_records_are_the_start_and_the_value_after_each_step(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    make_direct(&fixture);
    fixture.dream.steps = 4;
    fixture.dream.snapshot_every = 2;
    Trajectory trajectory;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, NULL), 0);
    assert_int_equal(trajectory.snapshot_count, 3);
    BowlModule *bowl = (BowlModule *)fixture.subject;
    for (int r = 0; r < RESTARTS; r++) {
        float x[X], center = bowl->center[fixture.neurons[r]];
        memcpy(x, fixture.starts + r * X, sizeof x);
        for (long step = 0; step <= 4; step++) {
            double value = 0;
            for (int i = 0; i < X; i++) value -= 0.5 * bowl->curvature[i] * (x[i] - center) * (x[i] - center);
            assert_float_equal(trajectory.values[step * RESTARTS + r], value, 1e-5);
            for (int i = 0; i < X; i++) {
                if (step % 2 == 0)
                    assert_float_equal(trajectory.snapshots[(step / 2 * RESTARTS + r) * X + i], x[i], 1e-5);
                if (step == 4) assert_float_equal(trajectory.final[r * X + i], x[i], 1e-5);
                x[i] -= 0.25f * bowl->curvature[i] * (x[i] - center);
            }
        }
    }
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

/* One SGD step of rate 1 moves z by the gradient, which finite differences of the objective must give. */
static void test_gradient_through_every_part_equals_finite_differences(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    Dream *dream = &fixture.dream;
    dream->optimizer.kind = OPTIMIZER_SGD;
    dream->optimizer.learning_rate = 1;
    dream->steps = 1;
    float starts[RESTARTS * Z];
    memcpy(starts, fixture.starts, sizeof starts);
    dream->starts = starts;
    for (int i = 0; i < RESTARTS * Z; i++) starts[i] += 0.3f;  // away from where the regularizers vanish
    Trajectory trajectory;
    assert_int_equal(dream_run(dream, &trajectory, NULL, NULL), 0);
    float gradient[RESTARTS * Z];
    for (int i = 0; i < RESTARTS * Z; i++) gradient[i] = trajectory.final[i] - trajectory.start[i];
    trajectory_close(&trajectory);
    dream->steps = 0;
    for (int i = 0; i < RESTARTS * Z; i++) {
        double side[2];
        float kept = starts[i];
        for (int s = 0; s < 2; s++) {
            starts[i] = kept + (s ? 1e-2f : -1e-2f);
            assert_int_equal(dream_run(dream, &trajectory, NULL, NULL), 0);
            int r = i / Z;
            side[s] = (double)trajectory.squashed[r] - 0.05 * (double)trajectory.penalties[0][r] -
                      0.02 * (double)trajectory.penalties[1][r];
            trajectory_close(&trajectory);
        }
        starts[i] = kept;
        assert_true(slope_agrees((double)gradient[i], side[1], side[0], 1e-2, 1e-3));
    }
    close_fixture(&fixture);
}

static void test_restarts_do_not_depend_on_the_batch_size(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    fixture.dream.patience = 5;
    fixture.dream.tolerance = 1e-2f;
    fixture.dream.snapshot_every = 7;
    Trajectory together, apart;
    assert_int_equal(dream_run(&fixture.dream, &together, NULL, NULL), 0);
    for (int batch = 1; batch < RESTARTS; batch++) {
        fixture.dream.batch = batch;
        assert_int_equal(dream_run(&fixture.dream, &apart, NULL, NULL), 0);
        size_t records = (STEPS + 1) * RESTARTS * sizeof(float), z = RESTARTS * Z * sizeof(float);
        assert_memory_equal(together.values, apart.values, records);
        assert_memory_equal(together.squashed, apart.squashed, records);
        assert_memory_equal(together.penalties[1], apart.penalties[1], records);
        assert_memory_equal(together.stopped, apart.stopped, RESTARTS * sizeof(long));
        assert_memory_equal(together.start, apart.start, z);
        assert_memory_equal(together.final, apart.final, z);
        assert_memory_equal(together.snapshots, apart.snapshots, z * (STEPS / 7 + 1));
        assert_memory_equal(together.final_values, apart.final_values, RESTARTS * sizeof(float));
        trajectory_close(&apart);
    }
    trajectory_close(&together);
    close_fixture(&fixture);
}

static void test_same_seed_gives_same_bytes_and_another_seed_others(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    Trajectory first, again, other;
    assert_int_equal(dream_run(&fixture.dream, &first, NULL, NULL), 0);
    assert_int_equal(dream_run(&fixture.dream, &again, NULL, NULL), 0);
    fixture.dream.seed++;
    assert_int_equal(dream_run(&fixture.dream, &other, NULL, NULL), 0);
    assert_memory_equal(first.final, again.final, RESTARTS * Z * sizeof(float));
    assert_memory_not_equal(first.final, other.final, RESTARTS * Z * sizeof(float));
    trajectory_close(&first);
    trajectory_close(&again);
    trajectory_close(&other);
    close_fixture(&fixture);
}

static void test_final_values_are_seen_without_the_transform(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    fixture.dream.batch = 3;
    Trajectory trajectory;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, NULL), 0);
    float x[RESTARTS * X], y[RESTARTS * NEURONS];
    for (int last = 0; last < 2; last++) {
        const float *z = last ? trajectory.final : trajectory.start;
        const float *values = last ? trajectory.final_values : trajectory.start_values;
        assert_int_equal(module_forward(fixture.decoder, z, RESTARTS, x, NULL), 0);
        assert_int_equal(module_forward(fixture.subject, x, RESTARTS, y, NULL), 0);
        for (int r = 0; r < RESTARTS; r++) assert_float_equal(values[r], y[r * NEURONS + fixture.neurons[r]], 1e-6);
    }
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

static void test_restarts_that_stop_rising_stop_moving(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    make_direct(&fixture);
    // Restart 2 starts at its optimum: it stops after `patience` steps. The others come close to theirs later.
    for (int i = 0; i < X; i++)
        fixture.starts[2 * X + i] = ((BowlModule *)fixture.subject)->center[fixture.neurons[2]];
    fixture.dream.steps = 200;
    fixture.dream.patience = 3;
    fixture.dream.tolerance = 1e-4f;
    Trajectory trajectory;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, NULL), 0);
    assert_int_equal(trajectory.stopped[2], 3);
    for (int r = 0; r < RESTARTS; r++) {
        long stopped = trajectory.stopped[r];
        assert_in_range(stopped, 3, 60);
        float last = trajectory.values[stopped * RESTARTS + r];
        assert_float_equal(last, 0, 1e-3);
        for (long step = stopped; step <= 200; step++)
            assert_float_equal(trajectory.values[step * RESTARTS + r], last, 0);
        assert_float_equal(trajectory.final_values[r], last, 0);
    }
    // begin_batch hears of all seven first, later of those left, and never of restart 2 again.
    assert_true(fixture.told_batches > 1);
    for (int i = 0; i < RESTARTS; i++) assert_int_equal(fixture.told[i], i);
    for (int i = RESTARTS; i < fixture.told_count; i++) assert_int_not_equal(fixture.told[i], 2);
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

static void test_batch_ends_when_all_restarts_have_stopped(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    BendModule *subject = (BendModule *)fixture.subject;
    fixture.dream.transform = NULL;
    fixture.dream.optimizer.learning_rate = 0;  // nothing rises
    fixture.dream.steps = 1000;
    fixture.dream.patience = 4;
    Trajectory trajectory;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, NULL), 0);
    assert_int_equal(subject->forwards, 5);
    assert_int_equal(subject->backwards, 4);
    trajectory_close(&trajectory);
    subject->forwards = subject->backwards = 0;
    fixture.dream.steps = 6;
    fixture.dream.patience = 0;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, NULL), 0);
    assert_int_equal(subject->forwards, 7);
    assert_int_equal(subject->backwards, 6);
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

static void test_interrupt_stops_the_dream_with_an_error(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    volatile int interrupted = 1;
    fixture.dream.interrupted = &interrupted;
    Trajectory trajectory;
    Error error;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, &error), -1);
    assert_string_equal(error.message, "latent: stopped at step 0; the same command with --resume goes on");
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

static void test_diverging_dream_is_an_error_that_names_step_and_restart(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    make_direct(&fixture);
    fixture.dream.optimizer.learning_rate = 1e15f;
    Trajectory trajectory;
    Error error;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, &error), -1);
    assert_string_equal(error.message, "latent: value became infinite at step 2 of restart 0: lower learning_rate");
    trajectory_close(&trajectory);
    fixture.starts[3 * X] = NAN;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, &error), -1);
    assert_string_equal(error.message,
                        "latent: value is NaN at the start of restart 3: the start or a network's weights are bad");
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

static void test_range_and_radius_hold_at_every_snapshot(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    fixture.dream.optimizer.minimum = -0.6f;
    fixture.dream.optimizer.maximum = 0.6f;
    fixture.dream.optimizer.radius = 0.4f;
    fixture.dream.snapshot_every = 1;
    for (int i = 0; i < RESTARTS * X; i++) fixture.starts[i] = fmaxf(-0.6f, fminf(0.6f, fixture.starts[i]));
    Trajectory trajectory;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, NULL), 0);
    bool reached = false;
    for (long row = 0; row < (STEPS + 1) * RESTARTS; row++) {
        double distance = 0;
        for (int i = 0; i < Z; i++) {
            float z = trajectory.snapshots[row * Z + i], start = fixture.starts[row % RESTARTS * Z + i];
            assert_true(z >= -0.6f && z <= 0.6f);
            distance += (double)(z - start) * (z - start);
        }
        assert_true(sqrt(distance) <= 0.4 + 1e-5);
        reached = reached || sqrt(distance) > 0.39;
    }
    assert_true(reached);
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

static void test_parts_that_do_not_fit_are_refused(void **state) {
    (void)state;
    Fixture fixture;
    open_fixture(&fixture, NULL);
    Trajectory trajectory;
    Error error;
    fixture.neurons[5] = NEURONS;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, &error), -1);
    assert_string_equal(error.message, "restart 5: neuron 4, the layer has neurons 0 to 3");
    fixture.neurons[5] = 0;
    fixture.dream.target.layout.positions = 2;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, &error), -1);
    assert_non_null(strstr(error.message, "the target expects 4 neurons at 2 positions"));
    fixture.dream.target.layout.positions = 1;
    fixture.regularizers[0]->size = X;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, &error), -1);
    assert_string_equal(error.message, "regularizer l2 is for 6 numbers, there are 3");
    fixture.regularizers[0]->size = Z;
    fixture.decoder->outputs = X - 1;
    assert_int_equal(dream_run(&fixture.dream, &trajectory, NULL, &error), -1);
    assert_string_equal(error.message, "decoder gives 5 numbers, scale takes 6");
    fixture.decoder->outputs = X;
    trajectory_close(&trajectory);
    close_fixture(&fixture);
}

/* Under the address sanitizer this also shows that no failure leaks. */
static void test_every_failed_allocation_is_an_error(void **state) {
    (void)state;
    Error error;
    int failed = 1;
    long n = 1;
    for (; failed; n++) {
        Fixture fixture;
        Trajectory trajectory;
        error.message[0] = 0;
        memory_fail_after(n);
        failed = open_fixture(&fixture, &error);
        if (!failed) {
            fixture.dream.snapshot_every = 3;
            fixture.dream.steps = 3;
            failed = dream_run(&fixture.dream, &trajectory, NULL, &error);
            trajectory_close(&trajectory);
            close_fixture(&fixture);
        }
        memory_fail_after(0);
        if (failed) assert_non_null(strstr(error.message, "out of memory"));
        assert_in_range(n, 1, 100);
    }
    assert_true(n > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dream_on_a_bowl_reaches_the_neurons_optimum),
        cmocka_unit_test(test_records_are_the_start_and_the_value_after_each_step),
        cmocka_unit_test(test_gradient_through_every_part_equals_finite_differences),
        cmocka_unit_test(test_restarts_do_not_depend_on_the_batch_size),
        cmocka_unit_test(test_same_seed_gives_same_bytes_and_another_seed_others),
        cmocka_unit_test(test_final_values_are_seen_without_the_transform),
        cmocka_unit_test(test_restarts_that_stop_rising_stop_moving),
        cmocka_unit_test(test_batch_ends_when_all_restarts_have_stopped),
        cmocka_unit_test(test_interrupt_stops_the_dream_with_an_error),
        cmocka_unit_test(test_diverging_dream_is_an_error_that_names_step_and_restart),
        cmocka_unit_test(test_range_and_radius_hold_at_every_snapshot),
        cmocka_unit_test(test_parts_that_do_not_fit_are_refused),
        cmocka_unit_test(test_every_failed_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
