// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "image/image_experiment.h"
#include "image/image_plan.h"

#include <stdlib.h>
#include <string.h>

/* A sound experiment; tests replace a line of it. Line numbers count from [experiment] = 1. */
static const char SOUND[] =
    "[experiment]\nname=a\n"
    "[data]\nimages=data/mnist/images-idx3-ubyte.gz\nlabels=data/mnist/labels-idx1-ubyte.gz\nheld_out=9000\n"
    "[network]\nname=classifier\nrole=subject\ncfg=cfg/mnist_classifier.cfg\n"                          // 7-10
    "[network]\nname=autoencoder\nrole=autoencoder\ncfg=cfg/mnist_autoencoder.cfg\n"                    // 11-14
    "[train]\nnetwork=classifier\ntype=classifier\ncount=500\n"                                         // 15-18
    "[train]\nnetwork=autoencoder\ntype=autoencoder\ncount=600\n"                                       // 19-22
    "[target]\nname=classes\nlayer=3\nneuron=0-9\nclasses=1\n"                                          // 23-27
    "[target]\nname=hidden\nlayer=0,2\nneuron=4\n"                                                      // 28-31
    "[dream]\nname=direct\nrestarts=2\n"                                                                // 32-34
    "[dream]\nname=latent\nparameterization=autoencoder\ntargets=classes\nstarts=noise\nrestarts=2\n";  // 35-40

/* SOUND with `from` replaced by `to`, parsed and checked. */
static void open_config(Config *config, const char *from, const char *to) {
    char text[4096] = "";
    const char *at = from ? strstr(SOUND, from) : NULL;
    assert_true(!from || at);
    if (at)
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - SOUND), SOUND, to, at + strlen(from));
    else
        snprintf(text, sizeof text, "%s", SOUND);
    Error error;
    ConfigProblems problems = {0};
    assert_int_equal(config_parse(config, text, strlen(text), "a.cfg", &error), 0);
    if (config_check(config, &SCHEMA_EXPERIMENT, &problems) != 0) fail_msg("%s", problems.lines[0]);
}

/* Expects one problem, which names the line and says `what`. */
static void expect_problem(const char *from, const char *to, int line, const char *what) {
    Config config;
    ConfigProblems problems = {0};
    Error error = {{0}};
    char place[32];
    snprintf(place, sizeof place, "a.cfg:%d:", line);
    open_config(&config, from, to);
    assert_int_equal(image_experiment_check(&config, &problems, &error), 1);
    if (!strstr(problems.lines[0], place) || !strstr(problems.lines[0], what))
        fail_msg("expected '%s ... %s', got '%s'", place, what, problems.lines[0]);
    config_problems_free(&problems);
    config_free(&config);
}

static void test_plan_lists_networks_targets_and_arms(void **state) {
    (void)state;
    Config config;
    ImagePlan plan;
    ConfigProblems problems = {0};
    Error error = {{0}};
    open_config(&config, NULL, NULL);
    if (image_plan_open(&plan, &config, 1, 1, &problems, &error) != 0) fail_msg("%s", error.message);
    assert_int_equal(plan.data.trainable, 1000);
    assert_int_equal(plan.network_count, 2);
    assert_int_equal(plan.networks[1].latent, 32);
    assert_int_equal(plan.target_count, 12);
    assert_string_equal(plan.targets[3].name, "class 3");
    assert_string_equal(plan.targets[10].name, "layer 0 channel 4");
    assert_string_equal(plan.targets[11].name, "layer 2 neuron 4");
    assert_int_equal(plan.targets[11].class, -1);
    assert_int_equal(plan.arm_count, 2);
    assert_int_equal(plan.arms[0].target_count, 12);
    assert_int_equal(image_arm_groups(&plan.arms[0]), 2);
    assert_int_equal(plan.arms[1].target_count, 10);
    assert_int_equal(image_arm_groups(&plan.arms[1]), 1);
    assert_ptr_equal(plan.arms[1].autoencoder, &plan.networks[1]);
    image_plan_close(&plan);
    config_free(&config);
}

static void test_sweep_makes_an_arm_for_each_latent_size(void **state) {
    (void)state;
    Config config;
    ImagePlan plan;
    ConfigProblems problems = {0};
    Error error = {{0}};
    open_config(&config, "[dream]", "[sweep]\nlatent=10,16\n[dream]");
    if (image_plan_open(&plan, &config, 1, 1, &problems, &error) != 0) fail_msg("%s", error.message);
    assert_int_equal(plan.network_count, 3);
    assert_int_equal(plan.arm_count, 3);
    assert_string_equal(plan.arms[1].name, "latent-k10");
    assert_string_equal(plan.arms[2].name, "latent-k16");
    assert_int_equal(plan.arms[2].autoencoder->latent, 16);
    image_plan_close(&plan);
    config_free(&config);
}

static void test_missing_neuron_is_refused(void **state) {
    (void)state;
    expect_problem("neuron=4", "neuron=4,16", 31, "layer 0 of network classifier has neurons 0 to 15");
}

static void test_missing_layer_is_refused(void **state) {
    (void)state;
    expect_problem("layer=0,2", "layer=9", 30, "network classifier has layers 0 to 4");
}

static void test_classes_on_a_hidden_layer_are_refused(void **state) {
    (void)state;
    expect_problem("layer=0,2\nneuron=4", "layer=2\nneuron=4\nclasses=1", 32, "one for each of 10 classes");
}

static void test_neuron_named_twice_is_refused(void **state) {
    (void)state;
    expect_problem("[dream]", "[target]\nlayer=2\nneuron=3-5\n[dream]", 34, "layer 2 neuron 4 is named twice");
}

static void test_arm_named_like_a_swept_one_is_refused(void **state) {
    (void)state;
    expect_problem("name=direct\n", "name=latent-k10\n[sweep]\nlatent=10\n[dream]\nname=other\n", 40,
                   "the same name");
}

static void test_second_judge_is_refused(void **state) {
    (void)state;
    expect_problem("[dream]",
                   "[network]\nname=x\nrole=judge\ncfg=cfg/mnist_judge.cfg\n[network]\nname=y\nrole=judge\n"
                   "cfg=cfg/mnist_judge.cfg\n[train]\nnetwork=x\ntype=classifier\n[train]\nnetwork=y\n"
                   "type=classifier\n[dream]",
                   38, "is the judge already");
}

static void test_network_without_weights_is_refused(void **state) {
    (void)state;
    expect_problem("[train]\nnetwork=autoencoder\ntype=autoencoder\ncount=600\n", "", 11, "neither weights=");
}

static void test_more_images_than_there_are_is_refused(void **state) {
    (void)state;
    expect_problem("count=600", "count=6000", 22, "there are 1000 training images");
}

static void test_autoencoder_trained_as_classifier_is_refused(void **state) {
    (void)state;
    expect_problem("type=autoencoder", "type=classifier", 21, "needs type=autoencoder");
}

static void test_latent_prior_on_pixels_is_refused(void **state) {
    (void)state;
    expect_problem("name=direct\n", "name=direct\nlatent_prior=1\n", 34, "pixels have no latent");
}

static void test_missing_data_file_is_refused(void **state) {
    (void)state;
    expect_problem("images=data/mnist/images", "images=data/none/images", 4, "data/none/images-idx3-ubyte.gz");
}

static void test_everything_held_out_is_refused(void **state) {
    (void)state;
    expect_problem("held_out=9000", "held_out=10000", 6, "some must be left for training");
}

static void test_labels_without_images_are_refused(void **state) {
    (void)state;
    expect_problem("held_out=9000", "held_out_labels=x", 6, "go together");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_lists_networks_targets_and_arms),
        cmocka_unit_test(test_sweep_makes_an_arm_for_each_latent_size),
        cmocka_unit_test(test_missing_neuron_is_refused),
        cmocka_unit_test(test_missing_layer_is_refused),
        cmocka_unit_test(test_classes_on_a_hidden_layer_are_refused),
        cmocka_unit_test(test_neuron_named_twice_is_refused),
        cmocka_unit_test(test_arm_named_like_a_swept_one_is_refused),
        cmocka_unit_test(test_second_judge_is_refused),
        cmocka_unit_test(test_network_without_weights_is_refused),
        cmocka_unit_test(test_more_images_than_there_are_is_refused),
        cmocka_unit_test(test_autoencoder_trained_as_classifier_is_refused),
        cmocka_unit_test(test_latent_prior_on_pixels_is_refused),
        cmocka_unit_test(test_missing_data_file_is_refused),
        cmocka_unit_test(test_everything_held_out_is_refused),
        cmocka_unit_test(test_labels_without_images_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
