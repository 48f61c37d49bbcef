#include "report/page.h"

#include "report/html.h"
#include "report/jsonl.h"

#include <math.h>
#include <string.h>

void page_problem(Page *page, const Error *error) {
    fputs("<p class=\"problem\">", page->out);
    html_text(page->out, error->message);
    fputs("</p>\n", page->out);
}

const ConfigSection *page_arm_section(const Page *page, const char *arm) {
    const ConfigSection *dream = NULL;
    while (page->config && (dream = config_next(page->config, dream, "dream")) != NULL) {
        const char *name = config_text(dream, "name");
        size_t length = strlen(name);
        if (strncmp(arm, name, length) != 0) continue;
        const char *rest = arm + length;
        if (*rest == 0) return dream;
        if (strncmp(rest, "-k", 2) == 0 && rest[2] && rest[2 + strspn(rest + 2, "0123456789")] == 0) return dream;
    }
    return NULL;
}

/* "key value" of what the section sets, other than what was said already and what is switched off. */
static void recipe_rest(Page *page, const ConfigSection *dream) {
    static const char *const SAID[] = {"name",      "targets",       "parameterization",
                                       "optimizer", "learning_rate", "steps",
                                       "restarts",  "batch",         "snapshot_every"};
    for (size_t i = 0; i < dream->count; i++) {
        const ConfigEntry *entry = &dream->entries[i];
        bool said = strcmp(entry->value, "0") == 0 || strcmp(entry->value, "none") == 0;
        for (size_t k = 0; k < sizeof SAID / sizeof *SAID; k++) said = said || strcmp(entry->key, SAID[k]) == 0;
        if (said) continue;
        fputs(" · ", page->out);
        for (const char *byte = entry->key; *byte; byte++) fputc(*byte == '_' ? ' ' : *byte, page->out);
        fputc(' ', page->out);
        html_text(page->out, entry->value);
    }
}

void page_arm_recipe(Page *page, const char *arm) {
    const ConfigSection *dream = page_arm_section(page, arm);
    if (!dream) return;
    const char *what = config_text(dream, "parameterization");
    bool latent = what && strcmp(what, "autoencoder") == 0;
    fprintf(page->out, "<p class=\"recipe\">optimizes %s · ", latent ? "the latent of an autoencoder" : "the input");
    html_text(page->out, config_text(dream, "optimizer"));
    fprintf(page->out, ", rate %g · %ld steps · %ld restarts", config_real(dream, "learning_rate"),
            config_integer(dream, "steps"), config_integer(dream, "restarts"));
    recipe_rest(page, dream);
    fputs("</p>\n", page->out);
}

static const char *experiment_text(const Page *page, const char *key) {
    const ConfigSection *experiment = page->config ? config_section(page->config, "experiment") : NULL;
    return experiment ? config_text(experiment, key) : NULL;
}

static void fact(Page *page, const char *name, const char *value) {
    if (!value || !*value) return;
    fprintf(page->out, "<div><dt>%s</dt><dd>", name);
    html_text(page->out, value);
    fputs("</dd></div>\n", page->out);
}

static void fact_number(Page *page, const char *name, double number, const char *unit) {
    char text[64];
    if (isnan(number)) return;
    snprintf(text, sizeof text, "%.10g%s", number, unit);
    fact(page, name, text);
}

/* "2026-11-23T13:00:00Z" as "2026-11-23 13:00 UTC"; another text stays as it is. */
static void fact_date(Page *page, const char *date) {
    char text[64];
    if (!date) return;
    snprintf(text, sizeof text, "%.60s", date);
    if (strlen(date) == 20 && date[10] == 'T' && date[19] == 'Z')
        snprintf(text, sizeof text, "%.10s %.5s UTC", date, date + 11);
    fact(page, "Finished", text);
}

static void facts_write(Page *page) {
    const cJSON *record = page->record;
    fputs("<dl class=\"facts\">\n", page->out);
    if (record) {
        double seconds = jsonl_number(record, "seconds");
        fact_date(page, jsonl_text(record, "finished"));
        if (seconds >= 120)
            fact_number(page, "Took", round(seconds / 6) / 10, " min");
        else
            fact_number(page, "Took", round(seconds * 10) / 10, " s");
        fact_number(page, "Seed", jsonl_number(record, "seed"), "");
        fact_number(page, "Threads", jsonl_number(record, "threads"), "");
        fact(page, "Precision", jsonl_text(record, "precision"));
        fact(page, "Latent Dream", jsonl_text(record, "version"));
    } else if (page->run) {
        fact_number(page, "Seed", (double)page->run->seed, "");
        fact_number(page, "Threads", page->run->threads, "");
    }
    fputs("</dl>\n", page->out);
}

static void head_write(Page *page) {
    const char *name = experiment_text(page, "name"), *title = experiment_text(page, "title");
    if (!name) name = "Experiment";
    if (!title) title = name;
    fputs(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"generator\" content=\"Latent Dream\">\n<link rel=\"icon\" href=\"data:,\">\n<title>",
        page->out);
    html_text(page->out, title);
    fprintf(page->out, " – Latent Dream</title>\n<style>\n%s</style>\n</head>\n<body>\n", PAGE_STYLE);
    fputs("<header>\n<p class=\"kicker\">Latent Dream · ", page->out);
    html_text(page->out, name);
    fputs("</p>\n<h1>", page->out);
    html_text(page->out, title);
    fputs("</h1>\n", page->out);
    if (experiment_text(page, "description")) {
        fputs("<p class=\"lead\">", page->out);
        html_text(page->out, experiment_text(page, "description"));
        fputs("</p>\n", page->out);
    }
    facts_write(page);
}

static void contents_write(Page *page) {
    bool images = false, sentences = false, figures = false;
    for (size_t i = 0; i < page->arms->count; i++) {
        images = images || folder_has(page->folder, "images/%s-dream.png", page->arms->names[i]);
        sentences = sentences || folder_has(page->folder, "sentences/%s.jsonl", page->arms->names[i]);
    }
    fputs("<nav aria-label=\"Contents\">", page->out);
    if (images) fputs("<a href=\"#dreams\">Dreams</a>", page->out);
    if (folder_has(page->folder, "summary.tsv")) fputs("<a href=\"#measures\">Measures</a>", page->out);
    for (size_t i = 0; i < page->figures->count; i++)
        figures = figures || (page->figures->items[i].drawn && strcmp(page->figures->items[i].kind, "training") != 0);
    if (figures) fputs("<a href=\"#figures\">Figures</a>", page->out);
    if (page_has_training(page)) fputs("<a href=\"#training\">Training</a>", page->out);
    if (sentences) fputs("<a href=\"#sentences\">Sentences</a>", page->out);
    fputs("<a href=\"#run\">How it was run</a></nav>\n</header>\n<main>\n", page->out);
}

int page_write(Page *page, Error *error) {
    char path[PATH_LIMIT];
    FileWriter writer;
    if (path_join(path, error, page->folder, "report.html") != 0) return -1;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    page->out = writer.stream;
    head_write(page);
    contents_write(page);
    if (page->figure_problem) {
        fputs("<p class=\"problem\">", page->out);
        html_text(page->out, page->figure_problem);
        fputs("</p>\n", page->out);
    }
    page_images(page);
    page_tables(page);
    page_figures(page);
    page_training(page);
    page_sentences(page);
    page_run(page);
    fprintf(
        page->out,
        "</main>\n<footer><p>Written by Latent Dream. Everything on this page is in this one file; the tables and "
        "figures stand beside it.</p></footer>\n<script>%s</script>\n</body>\n</html>\n",
        PAGE_SCRIPT);
    return file_writer_close(&writer, error);
}
