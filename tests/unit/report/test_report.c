#include "report/report.h"

#include "base/memory.h"
#include "report/figures.h"
#include "report/sentences_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path_before[4096];
static Config config;

static void put(const char *name, const char *text) {
    char path[PATH_LIMIT];
    Error error;
    assert_int_equal(path_join(path, &error, folder, "%s", name), 0);
    assert_int_equal(file_write(path, text, strlen(text), &error), 0);
}

static void put_folder(const char *name) {
    char path[PATH_LIMIT];
    Error error;
    assert_int_equal(path_join(path, &error, folder, "%s", name), 0);
    assert_int_equal(folder_make(path, &error), 0);
}

static char *page_read(void) {
    char path[PATH_LIMIT], *bytes;
    size_t size;
    Error error;
    assert_int_equal(path_join(path, &error, folder, "report.html"), 0);
    assert_int_equal(file_read(path, 1 << 24, &bytes, &size, &error), 0);
    return bytes;
}

static const char CFG[] =
    "[experiment]\nname=hostile\ntitle=<script>alert(1)</script> & \"title\"\n"
    "[language_model]\nweights=none\n[sentences]\nfile=none\n[target]\nlayer=5\nneuron=2\n"
    "[dream]\nname=direct\n[dream]\nname=latent\n";

/* gnuplot is not found, so that nothing is drawn: the page alone is looked at. */
static int setup(void **state) {
    (void)state;
    Error error;
    strcpy(folder, "/tmp/test_report_XXXXXX");
    snprintf(path_before, sizeof path_before, "%s", getenv("PATH"));
    if (!mkdtemp(folder)) return -1;
    setenv("PATH", folder, 1);
    put_folder("sentences");
    put_folder("curves");
    put("experiment.cfg", CFG);
    if (config_parse(&config, CFG, strlen(CFG), "experiment.cfg", &error) != 0) return -1;
    return config_check(&config, &SCHEMA_EXPERIMENT, NULL) == 0 ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    char command[128];
    config_free(&config);
    setenv("PATH", path_before, 1);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void test_report_hostile_tokens_stay_text(void **state) {
    (void)state;
    Error error;
    put("sentences/direct.jsonl",
        "{\"start\": \"<b>bold\", \"dream\": \"x\", \"tokens\": [\"<script>alert(2)</script>\", \"\\n\", "
        "\"'\\\"\\\\\", "
        "\"\xff\xfe\"], \"ids\": [1, 2, 3], \"activations\": [1.5, -2, null, 1e999], \"target\": \"<i>\\\" "
        "x=\\\"\"}\n");
    assert_int_equal(report_write(&config, folder, NULL, &error), 0);
    char *page = page_read();
    assert_null(strstr(page, "<script>alert"));
    assert_null(strstr(page, "<b>bold"));
    assert_null(strstr(page, "<i>\" x="));
    assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;title&quot;"));
    assert_non_null(strstr(page, "title=\"activation 1.5 · token 1\">&lt;script&gt;alert(2)&lt;/script&gt;</span>"));
    assert_non_null(strstr(page, "class=\"m\" style=\"--a:0.75\" title=\"activation -2 · token 2\">↵</span>"));
    assert_non_null(strstr(page, "\\xff\\xfe"));
    memory_free(page);
}

static void test_report_without_gnuplot_is_written_and_says_so(void **state) {
    (void)state;
    Error error;
    put("curves/direct.tsv", "step\tvalue_mean\tvalue_p05\tvalue_p95\n0\t1\t0\t2\n5\t2\t1\t3\n");
    assert_int_equal(report_write(&config, folder, NULL, &error), -1);
    assert_non_null(strstr(error.message, "apt-get install gnuplot-nox"));
    char *page = page_read();
    assert_non_null(strstr(page, "apt-get install gnuplot-nox"));
    assert_non_null(strstr(page, "</html>"));
    memory_free(page);
}

static void test_report_bad_line_of_json_becomes_a_line_on_the_page(void **state) {
    (void)state;
    Error error;
    put("sentences/direct.jsonl", "{\"start\": \"a\", \"dream\": \"b\"}\n{\"start\": \n");
    put("run.json", "not <json>");
    assert_int_equal(report_write(&config, folder, NULL, &error), -1);  // its figures need the same file
    assert_non_null(strstr(error.message, "report.html is written without it"));
    char *page = page_read();
    assert_non_null(strstr(page, "sentences/direct.jsonl:2: no JSON object"));
    memory_free(page);
}

static void test_report_broken_table_becomes_a_line_on_the_page(void **state) {
    (void)state;
    Error error;
    put("targets.tsv", "arm\ttarget\ndirect\n");
    assert_int_equal(report_write(&config, folder, NULL, &error), 0);
    char *page = page_read();
    assert_non_null(strstr(page, "targets.tsv:2: 1 cells, but the header row has 2"));
    memory_free(page);
}

static void test_report_summary_marks_the_best_and_explains_what_it_knows(void **state) {
    (void)state;
    Error error;
    put("summary.tsv",
        "arm\tjudge_agreement\tfrechet_distance\tmade_up\ndirect\t0.1\t900\t1\nlatent\t0.99\tnan\t2\n");
    assert_int_equal(report_write(&config, folder, NULL, &error), -1);  // the bars need gnuplot
    char *page = page_read();
    assert_non_null(strstr(page, "<td class=\"n\">0.1</td><td class=\"n\"><b>0.99</b></td>"));
    assert_non_null(strstr(page, "<td class=\"n\">900</td><td class=\"n\">–</td>"));
    assert_non_null(strstr(page, "judge agrees (share)<small>"));
    assert_non_null(strstr(page, "made up</th><td class=\"n\">1</td><td class=\"n\">2</td>"));
    memory_free(page);
}

static bool has_figure(const char *name) {
    char path[PATH_LIMIT];
    assert_int_equal(path_join(path, NULL, folder, "figures/%s", name), 0);
    return file_exists(path);
}

static void test_figures_that_are_gone_take_their_files_with_them(void **state) {
    (void)state;
    Error error;
    Figure figures[] = {{.name = "here", .drawn = true}, {.name = "undrawn", .failed = true}, {.name = "nothing"}};
    FigureList list = {.items = figures, .count = 3};
    put_folder("figures");
    static const char *const FILES[] = {"here.png", "here.pdf",  "here.tsv",    "undrawn.png", "gone.png",
                                        "gone.tsv", "other.png", "nothing.png", "notes.txt"};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char name[64];
        snprintf(name, sizeof name, "figures/%s", FILES[i]);
        put(name, "x");
    }
    put("figures/.made",
        "here.png\ngone.png\ngone.tsv\nundrawn.png\nnothing.png\nnotes.txt\n../summary.tsv\n/etc/passwd.png\n");
    put("summary.tsv", "arm\n");
    assert_int_equal(figures_sweep(&list, folder, &error), 0);
    static const char *const STAY[] = {"here.png",  "here.pdf",  "here.tsv",      "undrawn.png",
                                       "other.png", "notes.txt", "../summary.tsv"};
    for (size_t i = 0; i < sizeof STAY / sizeof *STAY; i++)
        if (!has_figure(STAY[i])) fail_msg("%s is gone", STAY[i]);
    assert_false(has_figure("gone.png") || has_figure("gone.tsv") || has_figure("nothing.png"));
    // what is drawn now is in the list, so that it goes when its section does
    list.count = 0;
    assert_int_equal(figures_sweep(&list, folder, &error), 0);
    assert_false(has_figure("here.png") || has_figure("here.pdf") || has_figure("undrawn.png"));
    assert_true(has_figure("other.png"));
}

static void test_report_of_a_training_shows_measures_model_and_samples(void **state) {
    (void)state;
    Error error;
    static const char TRAIN[] =
        "[experiment]\nname=tales\n[language_model]\nshape=none\n[corpus]\nfile=none\nheld_out=none\n"
        "[train]\nname=tales\ntype=language-model\n";
    Config trains;
    assert_int_equal(config_parse(&trains, TRAIN, strlen(TRAIN), "experiment.cfg", &error), 0);
    assert_int_equal(config_check(&trains, &SCHEMA_EXPERIMENT, NULL), 0);
    put_folder("models/tales");
    put("training.tsv", "model\ttokens_seen\theld_out_nats_per_character\ntales\t3072\t1.98\n");
    put("models/tales/config.json",
        "{\"model_type\": \"gpt2\", \"activation_function\": \"gelu_new\", \"n_embd\": 96, \"n_head\": 8, "
        "\"n_layer\": 6, \"n_positions\": 256, \"vocab_size\": 4096}");
    put("samples.tsv", "step\ttext\n4\tOnce <b>upon\\na time\n");
    put("run.json", "{\"stages\": [{\"name\": \"train tales\", \"seconds\": 33.5, \"reused\": false}]}");
    assert_int_equal(report_write(&trains, folder, NULL, &error), 0);
    char *page = page_read();
    assert_non_null(strstr(page, "<a href=\"#training\">Training</a>"));
    assert_null(strstr(page, "<a href=\"#figures\">"));
    assert_non_null(strstr(page, "held-out loss (nats a character)<small>"));
    assert_non_null(strstr(page, "tokens seen<small>"));
    assert_non_null(strstr(page, "<td class=\"n\">33.5</td>"));
    assert_non_null(strstr(page, "MLP width (numbers)<small>"));
    assert_non_null(strstr(page, "<td class=\"n\">384</td>"));
    assert_non_null(strstr(page, "href=\"models/tales/config.json\""));
    assert_non_null(strstr(page, "Once &lt;b&gt;upon\na time"));
    memory_free(page);
    config_free(&trains);
    // what another experiment trained in this folder is not shown as this one's
    assert_int_equal(report_write(&config, folder, NULL, &error), 0);
    page = page_read();
    assert_null(strstr(page, "id=\"training\""));
    memory_free(page);
}

static void test_sentences_shown_are_spread_evenly_over_the_file(void **state) {
    (void)state;
    Error error;
    SentenceDreams dreams;
    char path[PATH_LIMIT], *text = malloc(200 * 64), *end = text;
    for (int i = 0; i < 150; i++) end += sprintf(end, "{\"restart\": %d}\n", i);
    put("sentences/direct.jsonl", text);
    free(text);
    assert_int_equal(path_join(path, &error, folder, "sentences/direct.jsonl"), 0);
    assert_int_equal(sentences_open(&dreams, path, &error), 0);
    assert_int_equal(dreams.count, 150);
    assert_int_equal(dreams.shown, SENTENCES_SHOWN);
    for (size_t i = 0; i < dreams.shown; i++) {
        int line = cJSON_GetObjectItem(dreams.dreams[i], "restart")->valueint;
        assert_int_equal(line, ((int)i * 150 + SENTENCES_SHOWN - 1) / SENTENCES_SHOWN);
    }
    sentences_close(&dreams);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_report_hostile_tokens_stay_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report_without_gnuplot_is_written_and_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report_bad_line_of_json_becomes_a_line_on_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report_broken_table_becomes_a_line_on_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report_summary_marks_the_best_and_explains_what_it_knows, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_figures_that_are_gone_take_their_files_with_them, setup, teardown),
        cmocka_unit_test_setup_teardown(test_report_of_a_training_shows_measures_model_and_samples, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sentences_shown_are_spread_evenly_over_the_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
