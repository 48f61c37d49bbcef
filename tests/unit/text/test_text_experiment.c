// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/memory.h"
#include "base/tsv.h"
#include "compute/threads.h"
#include "text/text_experiment.h"
#include "unit/text/small_model.h"

#include <cjson/cJSON.h>
#include <math.h>

typedef struct Fixture {
    char folder[64];
} Fixture;

static const char SENTENCES[] = "The fox ran over the hill.\nOnce upon a time there was a king.\nNo.\n";

static int open_fixture(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    Error error;
    char path[128];
    small_folder(fixture->folder);
    snprintf(path, sizeof path, "%s/sentences.txt", fixture->folder);
    threads_set(2);
    *state = fixture;
    if (small_model_write(fixture->folder, &error) != 0) return -1;
    return file_write(path, SENTENCES, strlen(SENTENCES), &error);
}

static int close_fixture(void **state) {
    Fixture *fixture = *state;
    small_folder_remove(fixture->folder);
    free(fixture);
    return 0;
}

static const char ARMS[] =
    "[dream]\nname=activation\nsteps=12\nrestarts=5\nbatch=2\nhard_every=4\n"
    "[dream]\nname=sigmoid\nsquash=sigmoid\nsteps=12\nrestarts=5\n"
    "[dream]\nname=l2\nl2=0.5\nsteps=12\nrestarts=2\ndecode=cosine\n"
    "[dream]\nname=fluency\nfluency=0.1\nsteps=6\nrestarts=5\nbatch=4\nhard_every=3\n";
static const char TARGETS[] =
    "[target]\nname=two\nlayer=1\nneuron=2\ncount_token=the\n[target]\nlayer=0-1\nneuron=3,5\nsite=resid_mid\n";

/* Runs a cfg made of `targets` and `arms` into FOLDER/out. */
static int run(const Fixture *fixture, const char *out, const char *targets, const char *arms, bool resume,
               Error *error) {
    char text[4096];
    int size = snprintf(text, sizeof text,
                        "[experiment]\nname=small\n[language_model]\nweights=%s/model\n[sentences]\n"
                        "file=%s/sentences.txt\n%s%s",
                        fixture->folder, fixture->folder, targets, arms);
    Config config;
    assert_int_equal(config_parse(&config, text, (size_t)size, "small.cfg", error), 0);
    assert_int_equal(config_check(&config, &SCHEMA_EXPERIMENT, NULL), 0);
    Run a_run = {.seed = 1, .threads = 2, .resume = resume};
    snprintf(a_run.folder, sizeof a_run.folder, "%s/%s", fixture->folder, out);
    assert_int_equal(folder_make(a_run.folder, error), 0);
    int failed = text_experiment_run(&config, &a_run, error);
    config_free(&config);
    return failed;
}

static char *read_out(const Fixture *fixture, const char *name, size_t *size) {
    char path[256], *bytes;
    Error error;
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    if (file_read(path, 1 << 26, &bytes, size, &error) != 0) fail_msg("%s", error.message);
    return bytes;
}

static const char *const FILES[] = {"summary.tsv",
                                    "targets.tsv",
                                    "curves/activation.tsv",
                                    "curves/sigmoid.tsv",
                                    "curves/l2.tsv",
                                    "curves/fluency.tsv",
                                    "sentences/activation.jsonl",
                                    "sentences/sigmoid.jsonl",
                                    "sentences/l2.jsonl",
                                    "sentences/fluency.jsonl"};

static void assert_same_files(const Fixture *fixture, const char *left, const char *right) {
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char a[128], b[128];
        size_t a_size, b_size;
        snprintf(a, sizeof a, "%s/%s", left, FILES[i]);
        snprintf(b, sizeof b, "%s/%s", right, FILES[i]);
        char *a_bytes = read_out(fixture, a, &a_size), *b_bytes = read_out(fixture, b, &b_size);
        assert_int_equal(a_size, b_size);
        assert_memory_equal(a_bytes, b_bytes, a_size);
        memory_free(a_bytes);
        memory_free(b_bytes);
    }
}

static void test_a_whole_run_writes_every_file(void **state) {
    Fixture *fixture = *state;
    Error error;
    if (run(fixture, "whole", TARGETS, ARMS, false, &error) != 0) fail_msg("%s", error.message);
    char path[128];
    TsvTable table;
    snprintf(path, sizeof path, "%s/whole/summary.tsv", fixture->folder);
    assert_int_equal(tsv_table_read(&table, path, &error), 0);
    assert_int_equal(table.rows, 4);
    assert_string_equal(tsv_table_text(&table, 1, 0), "sigmoid");
    assert_int_equal((int)tsv_table_number(&table, 0, 1), 15);  // 3 sentences, 5 targets
    int soft = tsv_table_column(&table, "activation_soft"), start = tsv_table_column(&table, "activation_soft_start");
    for (size_t r = 0; r < 4; r++)
        assert_true(tsv_table_number(&table, r, (size_t)soft) > tsv_table_number(&table, r, (size_t)start));
    tsv_table_free(&table);
    snprintf(path, sizeof path, "%s/whole/targets.tsv", fixture->folder);
    assert_int_equal(tsv_table_read(&table, path, &error), 0);
    assert_int_equal(table.rows, 20);
    assert_string_equal(tsv_table_text(&table, 0, 1), "two");
    assert_string_equal(tsv_table_text(&table, 4, 1), "layer1-neuron5");
    tsv_table_free(&table);
    snprintf(path, sizeof path, "%s/whole/curves/activation.tsv", fixture->folder);
    assert_int_equal(tsv_table_read(&table, path, &error), 0);
    int hard = tsv_table_column(&table, "hard_mean");
    assert_true(hard > 0);
    for (size_t step = 0; step <= 12; step++)
        assert_int_equal(isnan(tsv_table_number(&table, step, (size_t)hard)), step % 4 != 0);
    tsv_table_free(&table);
}

static double number(const cJSON *object, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item)) fail_msg("%s is no number", name);
    return item->valuedouble;
}

static void test_sentences_tell_what_the_model_says(void **state) {
    Fixture *fixture = *state;
    size_t size;
    int lines = 0;
    char *bytes = read_out(fixture, "whole/sentences/activation.jsonl", &size);
    for (char *line = bytes; *line;) {
        char *end = strchr(line, '\n');
        *end = 0;
        cJSON *object = cJSON_Parse(line);
        assert_non_null(object);
        const cJSON *ids = cJSON_GetObjectItem(object, "ids"),
                    *activations = cJSON_GetObjectItem(object, "activations");
        int count = cJSON_GetArraySize(ids);
        assert_int_equal(count, cJSON_GetArraySize(activations));
        assert_int_equal(count, cJSON_GetArraySize(cJSON_GetObjectItem(object, "tokens")));
        double mean = 0;
        for (int t = 0; t < count; t++) mean += cJSON_GetArrayItem(activations, t)->valuedouble / count;
        assert_float_equal(number(object, "activation_hard"), mean, 1e-4);
        assert_true(number(object, "activation_strongest_token") >= number(object, "activation_strongest") - 1e-5);
        assert_true(number(object, "activation_strongest") >= number(object, "start_activation") - 1e-5);
        assert_float_equal(number(object, "activation_soft_start"), number(object, "start_activation"), 1e-4);
        cJSON_Delete(object);
        line = end + 1;
        lines++;
    }
    assert_int_equal(lines, 15);
    memory_free(bytes);
}

static void test_same_seed_gives_same_bytes(void **state) {
    Fixture *fixture = *state;
    Error error;
    assert_int_equal(run(fixture, "again", TARGETS, ARMS, false, &error), 0);
    assert_same_files(fixture, "whole", "again");
}

static void test_resumed_run_gives_same_bytes(void **state) {
    Fixture *fixture = *state;
    Error error;
    char command[256];
    // what kill -9 in the third arm leaves: two arms' caches, one of them damaged
    snprintf(command, sizeof command,
             "cd %s/again && rm -r summary.tsv curves sentences work/l2-*.dreams work/fluency-*.dreams && "
             "truncate -s 1000 work/sigmoid-0.dreams",
             fixture->folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(run(fixture, "again", TARGETS, ARMS, true, &error), 0);
    assert_same_files(fixture, "whole", "again");
}

static void refused(const Fixture *fixture, const char *targets, const char *arms, const char *where,
                    const char *what) {
    Error error;
    assert_int_equal(run(fixture, "refused", targets, arms, false, &error), -1);
    if (!strstr(error.message, where) || !strstr(error.message, what)) fail_msg("%s", error.message);
}

static const char ARM[] = "[dream]\nname=a\nsteps=1\n", TARGET[] = "[target]\nlayer=0\nneuron=0\n";

static void test_what_the_model_lacks_is_refused_with_its_line(void **state) {
    refused(*state, "[target]\nneuron=0\nlayer=2\n", ARM, "small.cfg:9", "layers 0 to 1");
    refused(*state, "[target]\nlayer=0\nneuron=64\n", ARM, "small.cfg:9", "neurons 0 to 63");
    refused(*state, "[target]\nlayer=0\nneuron=16\nsite=attn_out\n", ARM, "small.cfg:9", "neurons 0 to 15");
    refused(*state, "[target]\nlayer=0\nneuron=0\ncount_token=Rumpelstiltskin\n", ARM, "small.cfg:10",
            "Rumpelstiltskin");
}

/* The problems that check finds in a cfg of these lines, joined; how many. */
static int check(const char *text, char *joined, size_t size) {
    Config config;
    ConfigProblems problems = {0};
    Error error;
    assert_int_equal(config_parse(&config, text, strlen(text), "small.cfg", &error), 0);
    assert_int_equal(config_check(&config, &SCHEMA_EXPERIMENT, NULL), 0);
    int found = text_experiment_check(&config, &problems, &error);
    if (found < 0) fail_msg("%s", error.message);
    assert_int_equal(problems.count, found);
    joined[0] = 0;
    for (size_t i = 0; i < problems.count; i++) {
        strncat(joined, problems.lines[i], size - strlen(joined) - 1);
        strncat(joined, "\n", size - strlen(joined) - 1);
    }
    config_problems_free(&problems);
    config_free(&config);
    return found;
}

static void assert_found(const char *joined, const char *piece) {
    if (!strstr(joined, piece)) fail_msg("'%s' is not in:\n%s", piece, joined);
}

static void test_check_tells_everything_that_arms_lack_at_once(void **state) {
    const Fixture *fixture = *state;
    char text[2048], joined[8192];
    snprintf(text, sizeof text,
             "[experiment]\nname=small\n[language_model]\nweights=%s/model\n[sentences]\nfile=%s/none.txt\n"
             "reference=%s/sentences.txt\n[target]\nlayer=0-7\nneuron=64,65\ncount_token=Rumpelstiltskin\n"
             "[target]\nlayer=0\nneuron=0\n[dream]\nname=a\nlatent_prior=1\nsnapshot_every=2\n",
             fixture->folder, fixture->folder, fixture->folder);
    assert_int_equal(check(text, joined, sizeof joined), 6);
    assert_found(joined, "small.cfg:9: layer=2: the model has layers 0 to 1\n");
    assert_found(joined, "small.cfg:10: neuron=64: site mlp_post of the model has neurons 0 to 63\n");
    assert_found(joined, "small.cfg:11: count_token=Rumpelstiltskin");
    assert_found(joined, "small.cfg:17: latent_prior");
    assert_found(joined, "small.cfg:18: snapshot_every");
    assert_found(joined, "small.cfg:6: ");
    assert_found(joined, "none.txt: no such file");
    snprintf(text, sizeof text,
             "[experiment]\nname=small\n[language_model]\nweights=%s/model\n[sentences]\nfile=%s/sentences.txt\n"
             "[target]\nlayer=0\nneuron=0\n[dream]\nname=a\n",
             fixture->folder, fixture->folder);
    assert_int_equal(check(text, joined, sizeof joined), 0);
}

static void test_check_reads_every_sentence(void **state) {
    const Fixture *fixture = *state;
    char text[2048], joined[8192], path[128];
    Error error;
    static const char *const FILES[][2] = {
        {"", "no sentence in it"},
        {"One.\n\nThree.\n", "bad.txt:2: the sentence is empty"},
        {"One.\na a a a a a a a a a a a a a a a a a a a a a a a a a\n", "bad.txt:2: the sentence has 26 tokens"}};
    snprintf(path, sizeof path, "%s/bad.txt", fixture->folder);
    snprintf(text, sizeof text,
             "[experiment]\nname=small\n[language_model]\nweights=%s/model\n[sentences]\nfile=%s/bad.txt\n"
             "[target]\nlayer=0\nneuron=0\n[dream]\nname=a\n",
             fixture->folder, fixture->folder);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        assert_int_equal(file_write(path, FILES[i][0], strlen(FILES[i][0]), &error), 0);
        assert_int_equal(check(text, joined, sizeof joined), 1);
        assert_found(joined, "small.cfg:6: ");
        assert_found(joined, FILES[i][1]);
    }
}

static void test_check_tells_a_missing_model_with_its_remedy(void **state) {
    (void)state;
    char joined[8192];
    assert_int_equal(check("[experiment]\nname=small\n[language_model]\nweights=nowhere\n[sentences]\nfile=none\n"
                           "[target]\nlayer=0\nneuron=0\n[dream]\nname=a\n",
                           joined, sizeof joined),
                     1);
    assert_found(joined, "small.cfg:4: nowhere");
    if (!file_exists("data/models/distilgpt2/config.json")) {
        check(
            "[experiment]\nname=small\n[language_model]\nweights=data/models/distilgpt2\n[sentences]\nfile=none\n"
            "[target]\nlayer=0\nneuron=0\n[dream]\nname=a\n",
            joined, sizeof joined);
        assert_found(joined,
                     "small.cfg:4: data/models/distilgpt2: the model is not there; "
                     "data/models/get-distilgpt2.sh fetches it");
    }
}

static void test_check_looks_into_a_training(void **state) {
    const Fixture *fixture = *state;
    char text[2048], joined[8192], path[128];
    Error error;
    snprintf(path, sizeof path, "%s/books.txt", fixture->folder);
    assert_int_equal(file_write(path, "One.\n\nTwo.\n", 11, &error), 0);
    snprintf(path, sizeof path, "%s/held-out.tsv", fixture->folder);
    assert_int_equal(file_write(path, "book\n3\n", 7, &error), 0);
    snprintf(text, sizeof text,
             "[experiment]\nname=small\n[language_model]\nshape=%s/model\n[corpus]\nfile=%s/books.txt\n"
             "held_out=%s/held-out.tsv\n[train]\nname=x\ntype=language-model\ntokens=25\nsteps=5\nwarm_up=6\n",
             fixture->folder, fixture->folder, fixture->folder);
    assert_int_equal(check(text, joined, sizeof joined), 3);
    assert_found(joined, "small.cfg:6: ");
    assert_found(joined, "book 3 is to be held out, but there are 2 books");
    assert_found(joined, "small.cfg:11: tokens=25 is longer than the model's context of 24");
    assert_found(joined, "small.cfg:13: warm_up=6");
    assert_int_equal(file_write(path, "book\n2\n", 7, &error), 0);
    assert_int_equal(check(text, joined, sizeof joined), 2);
}

static void test_keys_of_images_are_refused_with_their_line(void **state) {
    refused(*state, TARGET, "[dream]\nname=a\nparameterization=autoencoder\n", "small.cfg:12", "embeddings");
    refused(*state, TARGET, "[dream]\nname=a\nlatent_prior=1\n", "small.cfg:12", "latent");
}

static void test_missing_sections_are_refused(void **state) {
    refused(*state, "", ARM, "small.cfg", "[target]");
    refused(*state, TARGET, "", "small.cfg", "[dream]");
}

static void write_sentences(const Fixture *fixture, const char *text) {
    char path[128];
    Error error;
    snprintf(path, sizeof path, "%s/sentences.txt", fixture->folder);
    assert_int_equal(file_write(path, text, strlen(text), &error), 0);
}

/* The bytes behind what text_results.h says of \\xE2 and doubled backslashes. */
static size_t unescape(const char *text, char *bytes) {
    size_t size = 0;
    while (*text) {
        unsigned value;
        if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2X", &value) == 1) {
            bytes[size++] = (char)value;
            text += 4;
        } else {
            text += text[0] == '\\';
            bytes[size++] = *text++;
        }
    }
    return size;
}

static void test_tokens_of_any_bytes_are_written_without_loss(void **state) {
    Fixture *fixture = *state;
    static const char HARD[] = "\xf0\x9f\xa6\x8a \\x41 <b> \"q\xff\n";
    Error error;
    write_sentences(fixture, HARD);
    assert_int_equal(run(fixture, "bytes", TARGET, ARM, false, &error), 0);
    write_sentences(fixture, SENTENCES);
    size_t size, count = 0;
    char *line = read_out(fixture, "bytes/sentences/a.jsonl", &size), bytes[256];
    cJSON *object = cJSON_Parse(line);
    assert_non_null(object);
    const cJSON *token;
    cJSON_ArrayForEach(token, cJSON_GetObjectItem(object, "start_tokens")) count +=
        unescape(token->valuestring, bytes + count);
    assert_int_equal(count, sizeof HARD - 2);
    assert_memory_equal(bytes, HARD, count);
    count = unescape(cJSON_GetObjectItem(object, "start")->valuestring, bytes);
    assert_int_equal(count, sizeof HARD - 2);
    assert_memory_equal(bytes, HARD, count);
    cJSON_Delete(object);
    memory_free(line);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_run_writes_every_file),
        cmocka_unit_test(test_sentences_tell_what_the_model_says),
        cmocka_unit_test(test_same_seed_gives_same_bytes),
        cmocka_unit_test(test_resumed_run_gives_same_bytes),
        cmocka_unit_test(test_what_the_model_lacks_is_refused_with_its_line),
        cmocka_unit_test(test_check_tells_everything_that_arms_lack_at_once),
        cmocka_unit_test(test_check_reads_every_sentence),
        cmocka_unit_test(test_check_tells_a_missing_model_with_its_remedy),
        cmocka_unit_test(test_check_looks_into_a_training),
        cmocka_unit_test(test_keys_of_images_are_refused_with_their_line),
        cmocka_unit_test(test_missing_sections_are_refused),
        cmocka_unit_test(test_tokens_of_any_bytes_are_written_without_loss),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
