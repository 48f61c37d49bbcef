/* What this program writes, Hugging Face's transformers loads, and the other way round: to the same loss. The tests
 * run $PYTHON (default python3) and skip where it has no transformers. */
#include "base/memory.h"
#include "text/loss.h"
#include "text/pass.h"
#include "unit/text/small_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { T = 12 };
static const int IDS[T] = {5, 99, 4095, 17, 1000, 2, 2, 300, 0, 3333, 640, 41};

static float loss_of(const char *folder) {
    Error error = {""};
    LanguageModel model;
    if (language_model_open(&model, folder, &error) != 0) fail_msg("%s", error.message);
    TextPassSettings settings = {
        .batch = 1, .positions = T, .layer = model.network.shape.layers - 1, .site = TEXT_SITE_RESID_POST};
    TextPass *pass = text_pass_new(&model.network, &settings, &error);
    TextHead *head = text_head_new(&model.network, PRECISION_F32, &error);
    float *x = memory_new(T * (size_t)model.network.shape.width, sizeof *x, "x", &error), loss;
    assert_true(pass != NULL && head != NULL && x != NULL);
    assert_int_equal(text_network_embed(&model.network, IDS, T, x, &error), 0);
    assert_int_equal(text_language_loss(pass, head, x, 1, T, NULL, IDS, &loss, NULL, NULL, &error), 0);
    memory_free(x);
    text_head_free(head);
    text_pass_free(pass);
    language_model_close(&model);
    return loss;
}

/* Runs the script on folder/model; its loss, or skips. */
static double loss_of_transformers(const char *folder) {
    char command[1024], answer[256] = "";
    const char *python = getenv("PYTHON");
    int size = snprintf(command, sizeof command, "'%s' tests/golden/transformers_model.py '%s/model' '%s/sharded'",
                        python != NULL && python[0] != 0 ? python : "python3", folder, folder);
    for (int t = 0; t < T; t++) size += snprintf(command + size, sizeof command - (size_t)size, " %d", IDS[t]);
    snprintf(command + size, sizeof command - (size_t)size, " 2>'%s/words'", folder);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    if (fgets(answer, sizeof answer, output) == NULL) answer[0] = 0;
    int status = pclose(output);
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127)) {
        small_folder_remove(folder);
        print_message("PYTHON has no transformers: pip install torch transformers\n");
        skip();
    }
    double loss;
    int tokens;
    if (status != 0 || sscanf(answer, "%lf %d", &loss, &tokens) != 2) fail_msg("%s failed: %s", command, answer);
    assert_int_equal(tokens, 4096);
    return loss;
}

static void check_both_ways(NumberType type) {
    Error error = {""};
    TextNetwork network;
    char folder[64], path[128];
    small_folder(folder);
    if (small_network(&network, 4096, &error) != 0) fail_msg("%s", error.message);
    snprintf(path, sizeof path, "%s/model", folder);
    if (language_model_write(&network, path, SMALL_TOKENIZER, type, &error) != 0) fail_msg("%s", error.message);
    text_network_close(&network);
    double loss = loss_of_transformers(folder);
    assert_float_equal(loss_of(path), loss, 1e-4);
    snprintf(path, sizeof path, "%s/sharded", folder);
    assert_float_equal(loss_of(path), loss, 1e-4);
    snprintf(path, sizeof path, "%s/sharded/model.safetensors.index.json", folder);
    assert_true(file_exists(path));
    small_folder_remove(folder);
}

static void test_transformers_loads_our_float32_model_and_we_its_shards(void **state) {
    (void)state;
    check_both_ways(NUMBER_F32);
}

static void test_transformers_loads_our_bfloat16_model_and_we_its_shards(void **state) {
    (void)state;
    check_both_ways(NUMBER_BF16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transformers_loads_our_float32_model_and_we_its_shards),
        cmocka_unit_test(test_transformers_loads_our_bfloat16_model_and_we_its_shards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
