#include "text/model_folder.h"

#include "base/memory.h"
#include "base/progress.h"
#include "text/language_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/temporary_folder.h"

static const char TOKENIZER[] = "data/models/fairytale";
static const ModelConfig SMALL = {.layers = 2,
                                  .width = 16,
                                  .heads = 2,
                                  .inner = 64,
                                  .context = 24,
                                  .vocabulary = 4096,
                                  .epsilon = 1e-5f,
                                  .tied = true};
static char path[PATH_LIMIT];

static int make_model_folder(void **state) {
    if (make_folder(state) != 0) return -1;
    snprintf(path, sizeof path, "%s/model", folder);
    return 0;
}

/* One array serves every tensor. */
static void write_model(const ModelConfig *config, NumberType type, const char *tokenizer) {
    Error error = {""};
    int count = model_tensor_count(config);
    size_t most = 0;
    ModelTensor tensor;
    for (int i = 0; i < count; i++) {
        model_tensor_at(config, i, &tensor);
        if (tensor.count > most) most = tensor.count;
    }
    float *values = memory_new(most, sizeof *values, "values", NULL);
    const float **all = memory_new((size_t)count, sizeof *all, "values", NULL);
    for (size_t i = 0; i < most; i++) values[i] = 0.25f * (float)(i % 201) - 1;
    for (int i = 0; i < count; i++) all[i] = values;
    if (model_folder_write(path, config, all, type, tokenizer, &error) != 0) fail_msg("%s", error.message);
    memory_free(all);
    memory_free(values);
}

static void check_opens(void) {
    Error error = {""};
    ModelFolder model;
    if (model_folder_open(&model, path, &error) != 0) fail_msg("%s", error.message);
    model_folder_close(&model);
}

static void check_refused(const char *reason) {
    Error error = {""};
    ModelFolder model;
    if (model_folder_open(&model, path, &error) == 0) fail_msg("accepted, though: %s", reason);
    if (strstr(error.message, reason) == NULL) fail_msg("'%s' does not say '%s'", error.message, reason);
}

static void write_text(const char *name, const char *text) {
    Error error;
    char file[PATH_LIMIT];
    assert_int_equal(path_join(file, &error, path, "%s", name), 0);
    assert_int_equal(file_write(file, text, strlen(text), &error), 0);
}

static void test_written_model_is_read_again(void **state) {
    (void)state;
    Error error = {""};
    ModelFolder model;
    write_model(&SMALL, NUMBER_F32, TOKENIZER);
    if (model_folder_open(&model, path, &error) != 0) fail_msg("%s", error.message);
    assert_int_equal(model.config.layers, 2);
    assert_int_equal(model.config.inner, 64);
    assert_int_equal(model.config.context, 24);
    assert_true(model.config.tied && model.config.epsilon == 1e-5f);
    assert_int_equal(tokenizer_size(model.tokenizer), 4096);
    assert_int_equal(model.weights.count, 28);
    const Tensor *tensor = model_folder_tensor(&model, "h.1.mlp.c_proj.weight");
    assert_int_equal(tensor->shape[0], 64);
    assert_int_equal(tensor->shape[1], 16);
    assert_true(((const float *)tensor->data)[100] == 24);
    assert_null(model_folder_tensor(&model, "h.2.ln_1.bias"));
    model_folder_close(&model);
}

static void test_order_is_the_network_s(void **state) {
    (void)state;
    Error error = {""};
    for (int tied = 0; tied < 2; tied++) {
        ModelConfig config = SMALL;
        config.tied = tied;
        TextNetworkShape shape;
        TextNetwork network;
        assert_int_equal(language_model_shape(&config, "config.json", &shape, &error), 0);
        assert_int_equal(text_network_open(&network, &shape, &error), 0);
        assert_int_equal(network.parameter_count, model_tensor_count(&config));
        for (int i = 0; i < network.parameter_count; i++) {
            ModelTensor tensor;
            model_tensor_at(&config, i, &tensor);
            assert_string_equal(network.parameters[i].name, tensor.name);
            assert_int_equal(network.parameters[i].count, tensor.count);
        }
        text_network_close(&network);
    }
}

/* ---- variants that are read */

static void write_tensors(const ModelConfig *config, const char *prefix, const char *extra, const char *left_out) {
    Error error = {""};
    TensorSource tensors[40];
    char names[40][MODEL_TENSOR_NAME + 32], file[PATH_LIMIT];
    static float values[4096 * 16];
    size_t count = 0;
    for (int i = 0; i < model_tensor_count(config); i++) {
        ModelTensor tensor;
        model_tensor_at(config, i, &tensor);
        if (left_out != NULL && strcmp(tensor.name, left_out) == 0) continue;
        snprintf(names[count], sizeof names[count], "%s%s", prefix, tensor.name);
        tensors[count] = (TensorSource){names[count], tensor.dimensions, {tensor.shape[0], tensor.shape[1]}, values};
        count++;
    }
    if (extra != NULL) tensors[count++] = (TensorSource){extra, 2, {4, 3}, values};
    assert_int_equal(path_join(file, &error, path, "model.safetensors"), 0);
    if (safetensors_write(file, tensors, count, NUMBER_F32, &error) != 0) fail_msg("%s", error.message);
}

static void test_names_with_and_without_prefix_are_read(void **state) {
    (void)state;
    write_model(&SMALL, NUMBER_F32, TOKENIZER);
    write_tensors(&SMALL, "", NULL, NULL);
    check_opens();
    write_tensors(&SMALL, "transformer.", NULL, NULL);
    check_opens();
}

static void test_stored_masks_and_a_tied_head_are_ignored(void **state) {
    (void)state;
    write_model(&SMALL, NUMBER_F32, TOKENIZER);
    write_tensors(&SMALL, "transformer.", "transformer.h.1.attn.bias", NULL);
    check_opens();
    write_tensors(&SMALL, "", "h.0.attn.masked_bias", NULL);
    check_opens();
    write_tensors(&SMALL, "transformer.", "lm_head.weight", NULL);
    check_opens();
}

static void test_untied_head_is_needed(void **state) {
    (void)state;
    ModelConfig untied = SMALL;
    untied.tied = false;
    write_model(&untied, NUMBER_BF16, TOKENIZER);
    check_opens();
    write_tensors(&untied, "transformer.", NULL, "lm_head.weight");
    check_refused("tensor lm_head.weight is missing");
}

/* ---- what does not fit together */

static void test_missing_and_foreign_tensors_are_refused(void **state) {
    (void)state;
    write_model(&SMALL, NUMBER_F32, TOKENIZER);
    write_tensors(&SMALL, "", NULL, "h.1.attn.c_attn.weight");
    check_refused("tensor h.1.attn.c_attn.weight is missing");
    write_tensors(&SMALL, "", "h.2.ln_1.weight", NULL);
    check_refused("tensor h.2.ln_1.weight is none of a GPT-2 with 2 layers");
    write_tensors(&SMALL, "", "h.0.attn.q_norm", NULL);
    check_refused("tensor h.0.attn.q_norm is none");
    write_tensors(&SMALL, "transformer.", "wte.weight", NULL);
    check_refused("with and without \"transformer.\"");
}

static void test_shapes_that_contradict_the_config_are_refused(void **state) {
    (void)state;
    Error error;
    char file[PATH_LIMIT];
    ModelConfig other = SMALL;
    write_model(&SMALL, NUMBER_F32, TOKENIZER);
    assert_int_equal(path_join(file, &error, path, "config.json"), 0);
    other.context = 32;
    assert_int_equal(model_config_write(&other, file, "float32", &error), 0);
    check_refused("tensor wpe.weight has the shape (24, 16), but config.json asks for (32, 16)");
    other = SMALL;
    other.layers = 3;
    assert_int_equal(model_config_write(&other, file, "float32", &error), 0);
    check_refused("tensor h.2.ln_1.weight is missing");
    other = SMALL;
    other.inner = 32;
    assert_int_equal(model_config_write(&other, file, "float32", &error), 0);
    check_refused("tensor h.0.mlp.c_fc.weight has the shape (16, 64)");
}

static void test_tokenizer_of_another_model_is_refused(void **state) {
    (void)state;
    write_model(&SMALL, NUMBER_F32, "data/gpt2-tokenizer");
    check_refused("vocab.json has 50257 tokens, but config.json says \"vocab_size\": 4096");
}

static void check_config_refused(const char *entries, const char *reason) {
    Error error = {""};
    ModelConfig config;
    char json[512];
    snprintf(json, sizeof json,
             "{\"model_type\": \"gpt2\", \"n_layer\": 2, \"n_embd\": 16, \"n_head\": 2, \"n_positions\": 24, "
             "\"vocab_size\": 300%s}",
             entries);
    if (model_config_parse(&config, json, strlen(json), "config.json", &error) == 0)
        fail_msg("accepted: %s", entries);
    if (strstr(error.message, reason) == NULL) fail_msg("'%s' does not say '%s'", error.message, reason);
}

static void test_config_of_no_gpt2_is_refused(void **state) {
    (void)state;
    Error error = {""};
    ModelConfig config;
    check_config_refused(", \"activation_function\": \"relu\"", "\"activation_function\" is \"relu\"");
    check_config_refused(", \"scale_attn_weights\": false", "\"scale_attn_weights\" is not true");
    check_config_refused(", \"scale_attn_by_inverse_layer_idx\": true", "is not false");
    check_config_refused(", \"add_cross_attention\": true", "is not false");
    check_config_refused(", \"quantization_config\": {}", "quantized");
    check_config_refused(", \"layer_norm_epsilon\": 0", "layer_norm_epsilon");
    check_config_refused(", \"tie_word_embeddings\": 1", "neither true nor false");
    check_config_refused(", \"n_inner\": -4", "\"n_inner\" is no whole number");
    const char llama[] = "{\"model_type\": \"llama\"}", torn[] = "{\"model_type\": \"gpt2\",\n \"n_layer\":";
    assert_int_equal(model_config_parse(&config, llama, strlen(llama), "config.json", &error), -1);
    assert_non_null(strstr(error.message, "\"llama\"; only \"gpt2\""));
    assert_int_equal(model_config_parse(&config, torn, strlen(torn), "config.json", &error), -1);
    assert_non_null(strstr(error.message, "config.json:2: not JSON"));
}

static void test_absent_or_broken_files_are_named(void **state) {
    (void)state;
    Error error;
    ModelFolder model;
    assert_int_equal(model_folder_open(&model, "no/such/model", &error), -1);
    assert_non_null(strstr(error.message, "no/such/model"));
    write_model(&SMALL, NUMBER_F32, TOKENIZER);
    write_text("model.safetensors", "");
    check_refused("model.safetensors");
    write_text("merges.txt", "#version: 0.2\nx\n");
    check_refused("merges.txt:2:");
    write_text("vocab.json", "{");
    check_refused("vocab.json");
    write_text("config.json", "{}");
    check_refused("config.json: no \"model_type\"");
}

static void test_distilgpt2_s_shape_opens_without_copying(void **state) {
    (void)state;
    ModelConfig config = {6, 768, 12, 3072, 1024, 50257, 1e-5f, true};
    Error error = {""};
    LanguageModel model;
    write_model(&config, NUMBER_BF16, "data/gpt2-tokenizer");
    double started = clock_seconds();
    if (language_model_open(&model, path, &error) != 0) fail_msg("%s", error.message);
    double seconds = clock_seconds() - started;
    assert_int_equal(model.folder.weights.count, 76);
    const TextParameter *parameter = &model.network.parameters[TEXT_WTE];
    assert_ptr_equal(parameter->data, model_folder_tensor(&model.folder, "wte.weight")->data);
    language_model_close(&model);
    print_message("a model of distilgpt2's shape opens in %.0f ms\n", 1e3 * seconds);
    assert_true(seconds < 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_model_is_read_again),
        cmocka_unit_test(test_order_is_the_network_s),
        cmocka_unit_test(test_names_with_and_without_prefix_are_read),
        cmocka_unit_test(test_stored_masks_and_a_tied_head_are_ignored),
        cmocka_unit_test(test_untied_head_is_needed),
        cmocka_unit_test(test_missing_and_foreign_tensors_are_refused),
        cmocka_unit_test(test_shapes_that_contradict_the_config_are_refused),
        cmocka_unit_test(test_tokenizer_of_another_model_is_refused),
        cmocka_unit_test(test_config_of_no_gpt2_is_refused),
        cmocka_unit_test(test_absent_or_broken_files_are_named),
        cmocka_unit_test(test_distilgpt2_s_shape_opens_without_copying),
    };
    return cmocka_run_group_tests(tests, make_model_folder, remove_folder);
}
