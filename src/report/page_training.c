/* What was trained: its measures, curves, shape and files, and what it wrote on the way. */
#include "report/html.h"
#include "report/jsonl.h"
#include "report/page.h"
#include "text/model_config.h"
#include "text/safetensors.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { SAMPLES_SHOWN = 12 };

/* A table that another experiment left in the folder is not this one's. */
static bool has_table(const Page *page, const char *file) {
    bool trains = !page->config || config_section(page->config, "train");
    return trains && folder_has(page->folder, "%s", file);
}

bool page_has_training(const Page *page) {
    bool drawn = false;
    for (size_t i = 0; i < page->figures->count; i++)
        drawn = drawn || (page->figures->items[i].drawn && strcmp(page->figures->items[i].kind, "training") == 0);
    return drawn || has_table(page, "training.tsv") || has_table(page, "samples.tsv");
}

/* Seconds of the stage "train NAME"; NAN where it is unknown or an earlier run's result was taken. */
static double seconds_of(const Page *page, const char *name) {
    const cJSON *stages = cJSON_GetObjectItemCaseSensitive(page->record, "stages"), *stage;
    cJSON_ArrayForEach(stage, stages) {
        const char *text = jsonl_text(stage, "name");
        if (!text || strncmp(text, "train ", 6) != 0 || strcmp(text + 6, name) != 0) continue;
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(stage, "reused"))) return NAN;
        return jsonl_number(stage, "seconds");
    }
    return NAN;
}

static void times_write(Page *page, const TsvTable *table, int key) {
    if (!page->record) return;
    fputs(
        "<tr><th scope=\"row\">time (seconds)<small>Wall-clock time of the training stage, with reading its data and "
        "measuring the result; of a resumed run since it went on; – where an earlier run's result was "
        "taken.</small></th>",
        page->out);
    for (size_t row = 0; row < table->rows; row++) {
        fputs("<td class=\"n\">", page->out);
        html_number(page->out, seconds_of(page, tsv_table_text(table, row, (size_t)key)));
        fputs("</td>", page->out);
    }
    fputs("</tr>\n", page->out);
}

static void measures_write(Page *page, const TsvTable *table) {
    static const char WORDS[] = "What was trained, on what, and how well it does on what it never saw.";
    if (table->rows <= PAGE_COLUMNS)
        page_table_turned(page, table, 0, WORDS, "training.tsv", times_write);
    else
        page_table_plain(page, table, WORDS, "training.tsv", false);
}

/* ---- the model folder */

static void row_begin(Page *page, const char *name, const char *words) {
    fprintf(page->out, "<tr><th scope=\"row\">%s<small>%s</small></th><td class=\"n\">", name, words);
}

static void row_number(Page *page, const char *name, const char *words, long number) {
    row_begin(page, name, words);
    html_number(page->out, (double)number);
    fputs("</td></tr>\n", page->out);
}

/* The number format of the weights' file; NULL where it is absent or, with a line on the page, broken. */
static const char *stored_as(Page *page, const char *name) {
    static const char *const NAMES[] = {
        [NUMBER_F32] = "float32", [NUMBER_F16] = "float16", [NUMBER_BF16] = "bfloat16"};
    char path[PATH_LIMIT];
    Safetensors weights;
    Error error;
    if (path_join(path, NULL, page->folder, "models/%s/model.safetensors", name) != 0 || !file_exists(path))
        return NULL;
    if (safetensors_open(&weights, path, &error) != 0) {
        page_problem(page, &error);
        return NULL;
    }
    const char *stored = weights.count > 0 && weights.tensors[0].numeric ? NAMES[weights.tensors[0].type] : NULL;
    safetensors_close(&weights);
    return stored;
}

static void model_files_write(Page *page, const char *name) {
    static const char *const FILES[] = {"config.json", "model.safetensors", "vocab.json", "merges.txt"};
    size_t written = 0;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char path[PATH_LIMIT], link[PATH_LIMIT];
        struct stat status;
        if (path_join(link, NULL, "models", "%s/%s", name, FILES[i]) != 0 ||
            path_join(path, NULL, page->folder, "%s", link) != 0 || stat(path, &status) != 0)
            continue;
        fputs(written++ ? " · " : "<p class=\"recipe\">Files: ", page->out);
        fputs("<a href=\"", page->out);
        html_address(page->out, link);
        fprintf(page->out, "\">%s</a> (%.1f KiB)", FILES[i], (double)status.st_size / 1024);
    }
    if (written) fputs("; Hugging Face's layout, which transformers loads too.</p>\n", page->out);
}

/* A word of a command line, as a shell takes it. */
static void word_write(Page *page, const char *text) {
    fputs("&#39;", page->out);
    for (size_t length; *text; text += length) {
        length = *text == '\'' ? 1 : strcspn(text, "'");
        if (*text == '\'')
            fputs("&#39;\\&#39;&#39;", page->out);
        else
            html_bytes(page->out, text, length);
    }
    fputs("&#39;", page->out);
}

static void shape_write(Page *page, const char *name, const ModelConfig *shape) {
    const char *stored = stored_as(page, name);
    fprintf(page->out, "<figure class=\"table\"><figcaption><b>Table %d.</b> Shape of the model <i>",
            ++page->table_number);
    html_text(page->out, name);
    fputs(
        "</i>, a GPT-2.</figcaption>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Shape\">"
        "<table><tbody>\n",
        page->out);
    row_number(page, "layers", "Transformer blocks, one after the other; targets count them from 0.", shape->layers);
    row_number(page, "width (numbers)", "Size of a token's vector between the layers.", shape->width);
    row_number(page, "MLP width (numbers)", "Neurons of a block's MLP, the sites mlp_pre and mlp_post.",
               shape->inner);
    row_number(page, "attention heads", "Each attends over its own share of the width.", shape->heads);
    row_number(page, "context (tokens)", "The most that it reads at once.", shape->context);
    row_number(page, "vocabulary (tokens)", "Words and pieces of words that it knows.", shape->vocabulary);
    row_begin(page, "unembedding", "The matrix that turns the last vector into logits of the next token.");
    fprintf(page->out, "%s</td></tr>\n", shape->tied ? "the embedding again" : "one of its own");
    if (stored) {
        row_begin(page, "stored as", "Number format of the weights' file; training itself keeps float32.");
        fprintf(page->out, "%s</td></tr>\n", stored);
    }
    fputs("</tbody></table></div></figure>\n", page->out);
}

static void model_write(Page *page, const char *name) {
    char path[PATH_LIMIT];
    ModelConfig shape;
    Error error;
    if (!*name || strchr(name, '/') || name[0] == '.' ||
        path_join(path, NULL, page->folder, "models/%s/config.json", name) != 0 || !file_exists(path))
        return;
    fputs("<h3 style=\"margin-top:2rem\">The model</h3>\n", page->out);
    if (model_config_read(&shape, path, &error) == 0)
        shape_write(page, name, &shape);
    else
        page_problem(page, &error);
    model_files_write(page, name);
    path[strlen(path) - strlen("/config.json")] = 0;
    fputs("<pre><code>latentdream generate --model ", page->out);
    word_write(page, path);
    fputs("</code></pre>\n", page->out);
}

/* ---- what it wrote */

/* The held-out loss of the last row of the curve up to `step`. */
static double loss_at(const TsvTable *curve, double step) {
    int steps = tsv_table_column(curve, "step"), losses = tsv_table_column(curve, "held_out_loss");
    double loss = NAN;
    for (size_t row = 0; steps >= 0 && losses >= 0 && row < curve->rows; row++) {
        double held_out = tsv_table_number(curve, row, (size_t)losses);
        if (tsv_table_number(curve, row, (size_t)steps) <= step && !isnan(held_out)) loss = held_out;
    }
    return loss;
}

static void samples_rows(Page *page, const TsvTable *samples, const TsvTable *curve, size_t shown) {
    int steps = tsv_table_column(samples, "step"), texts = tsv_table_column(samples, "text");
    for (size_t i = 0; steps >= 0 && texts >= 0 && i < shown; i++) {
        size_t row = shown > 1 ? i * (samples->rows - 1) / (shown - 1) : 0;
        double step = tsv_table_number(samples, row, (size_t)steps);
        fputs("<tr><td class=\"n\">", page->out);
        html_number(page->out, step);
        fputs("</td><td class=\"n\">", page->out);
        html_number(page->out, loss_at(curve, step));
        fputs("</td><td><div class=\"text\">", page->out);
        html_text(page->out, tsv_table_text(samples, row, (size_t)texts));
        fputs("</div></td></tr>\n", page->out);
    }
}

static void samples_write(Page *page, const char *name) {
    TsvTable samples, curve = {0};
    char file[PATH_LIMIT];
    if (page_table_open(page, &samples, "samples.tsv")) {
        size_t shown = samples.rows < SAMPLES_SHOWN ? samples.rows : SAMPLES_SHOWN;
        if (!strchr(name, '/') && path_join(file, NULL, "curves", "train-%s.tsv", name) == 0 &&
            folder_table(&curve, page->folder, file, NULL) != 0) {
            tsv_table_free(&curve);
            curve = (TsvTable){0};
        }
        fprintf(page->out,
                "<h3 style=\"margin-top:2rem\">What it wrote</h3>\n<figure class=\"table\"><figcaption><b>Table "
                "%d.</b> The beginning of a text, drawn from the model now and then while it was trained",
                ++page->table_number);
        if (shown < samples.rows) fprintf(page->out, "; %zu of %zu, spread evenly", shown, samples.rows);
        fputs(
            ". <a href=\"samples.tsv\">samples.tsv</a></figcaption>\n<div class=\"scroll\" tabindex=\"0\" "
            "role=\"group\" aria-label=\"Samples\"><table><thead><tr><th scope=\"col\" class=\"n\">step</th>"
            "<th scope=\"col\" class=\"n\">held-out loss (nats a token)</th><th scope=\"col\">text</th></tr></thead>"
            "<tbody>\n",
            page->out);
        samples_rows(page, &samples, &curve, shown);
        fputs("</tbody></table></div></figure>\n", page->out);
    }
    tsv_table_free(&samples);
    tsv_table_free(&curve);
}

void page_training(Page *page) {
    TsvTable table = {0};
    if (!page_has_training(page)) return;
    fputs("<section id=\"training\">\n<h2>Training</h2>\n", page->out);
    bool measured = has_table(page, "training.tsv") && page_table_open(page, &table, "training.tsv");
    if (measured) measures_write(page, &table);
    const char *plots = table.rows == 1 ? "<div class=\"plots\">\n" : "<div class=\"plots small\">\n";
    page_figures_of(page, true, plots, "</div>\n");
    for (size_t row = 0; measured && row < table.rows; row++) model_write(page, tsv_table_text(&table, row, 0));
    if (has_table(page, "samples.tsv")) samples_write(page, measured ? tsv_table_text(&table, 0, 0) : "");
    tsv_table_free(&table);
    fputs("</section>\n", page->out);
}
