/* Sentences, each token shaded by its activation: a block a start, its dreams in every arm below it. */
#include "report/html.h"
#include "report/jsonl.h"
#include "report/measures.h"
#include "report/page.h"
#include "report/sentences_read.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* Numbers shown under a sentence where the file has them, in this order. */
static const char *const START_NUMBERS[] = {"start_activation", "activation_strongest", "start_perplexity"};
static const char *const DREAM_NUMBERS[] = {"activation_soft", "activation_hard", "activation_round_trip",
                                            "perplexity", "tokens_changed"};

static const cJSON *array_of(const cJSON *dream, const char *prefix, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "%s%s", prefix, name);
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(dream, key);
    return cJSON_IsArray(array) ? array : NULL;
}

static double strongest(const cJSON *dream, const char *prefix) {
    const cJSON *activations = array_of(dream, prefix, "activations"), *activation;
    double most = 0;
    cJSON_ArrayForEach(activation, activations) {
        if (cJSON_IsNumber(activation) && isfinite(activation->valuedouble))
            most = fmax(most, fabs(activation->valuedouble));
    }
    return most;
}

/* A byte that is no UTF-8 stands as \xE2 in these files, and a backslash doubled: here it is one again. */
static void shown_write(Page *page, const char *text) {
    const char *pair;
    while (text && (pair = strstr(text, "\\\\")) != NULL) {
        html_token_bytes(page->out, text, (size_t)(pair - text));
        html_token(page->out, "\\");
        text = pair + 2;
    }
    html_token(page->out, text);
}

static void token_write(Page *page, const char *text, const cJSON *activation, const cJSON *id, double most) {
    bool known = cJSON_IsNumber(activation) && isfinite(activation->valuedouble);
    double share = known && most > 0 ? fmin(fabs(activation->valuedouble) / most, 1) * 0.75 : 0;
    fprintf(page->out, "<span class=\"%s\" style=\"--a:%.2f\" title=\"",
            known && activation->valuedouble < 0 ? "m" : "p", share);
    if (known)
        fprintf(page->out, "activation %.4g", activation->valuedouble);
    else
        fputs("activation unknown", page->out);
    if (cJSON_IsNumber(id)) fprintf(page->out, " · token %.0f", id->valuedouble);
    fputs("\">", page->out);
    shown_write(page, text);
    fputs("</span>", page->out);
}

/* The tokens where there are any, or the whole sentence. */
static void text_write(Page *page, const cJSON *dream, const char *prefix, const char *whole, double most) {
    const cJSON *tokens = array_of(dream, prefix, "tokens"), *token;
    const cJSON *activations = array_of(dream, prefix, "activations"), *ids = array_of(dream, prefix, "ids");
    const cJSON *activation = activations ? activations->child : NULL, *id = ids ? ids->child : NULL;
    fputs("<div class=\"text\">", page->out);
    if (!tokens) shown_write(page, jsonl_text(dream, whole));
    cJSON_ArrayForEach(token, tokens) {
        if (cJSON_IsString(token)) token_write(page, token->valuestring, activation, id, most);
        activation = activation ? activation->next : NULL;
        id = id ? id->next : NULL;
    }
    fputs("</div>\n", page->out);
}

static void numbers_write(Page *page, const cJSON *dream, const char *const *names, size_t count) {
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        double number = jsonl_number(dream, names[i]);
        char title[160];
        if (isnan(number)) continue;
        if (written++ == 0) fputs("<div class=\"figures\">", page->out);
        fputs("<span>", page->out);
        html_text(page->out, measure_title(title, sizeof title, names[i], 0));
        fputs(" <b>", page->out);
        html_number(page->out, number);
        fputs("</b></span>", page->out);
    }
    if (written > 0) fputs("</div>\n", page->out);
}

static void target_text(char *text, size_t size, const cJSON *dream) {
    const char *target = jsonl_text(dream, "target");
    double layer = jsonl_number(dream, "layer"), neuron = jsonl_number(dream, "neuron");
    if (target)
        snprintf(text, size, "%s", target);
    else if (!isnan(layer) && !isnan(neuron))
        snprintf(text, size, "layer %.0f, neuron %.0f", layer, neuron);
    else
        text[0] = 0;
}

static const cJSON *dream_at(const SentenceDreams *arms, size_t arm, size_t i) {
    return i < arms[arm].shown ? arms[arm].dreams[i] : NULL;
}

static void row_write(Page *page, const cJSON *dream, const char *arm, double most) {
    fputs("<div class=\"row\" data-arm=\"", page->out);
    html_text(page->out, arm);
    fputs("\"><div class=\"who\">", page->out);
    html_text(page->out, arm);
    fputs("</div>", page->out);
    text_write(page, dream, "", "dream", most);
    numbers_write(page, dream, DREAM_NUMBERS, sizeof DREAM_NUMBERS / sizeof *DREAM_NUMBERS);
    fputs("</div>\n", page->out);
}

static void start_write(Page *page, const cJSON *dream, double most) {
    fputs("<div class=\"row start\"><div class=\"who\">start</div>", page->out);
    text_write(page, dream, "start_", "start", most);
    numbers_write(page, dream, START_NUMBERS, sizeof START_NUMBERS / sizeof *START_NUMBERS);
    fputs("</div>\n", page->out);
}

static bool same_start(const cJSON *left, const cJSON *right) {
    const char *a = left ? jsonl_text(left, "start") : NULL, *b = right ? jsonl_text(right, "start") : NULL;
    return a && b && strcmp(a, b) == 0;
}

/* The i-th dream of every arm; arms that began from another sentence get a start of their own. */
static void block_write(Page *page, const SentenceDreams *arms, const NameList *names, size_t i) {
    const cJSON *first = NULL, *shown = NULL;
    double most = 0;
    for (size_t arm = 0; arm < names->count; arm++) {
        const cJSON *dream = dream_at(arms, arm, i);
        if (!dream) continue;
        if (!first) first = dream;
        most = fmax(most, fmax(strongest(dream, ""), strongest(dream, "start_")));
    }
    char target[256];
    target_text(target, sizeof target, first);
    fputs("<div class=\"dream\" data-target=\"", page->out);
    html_text(page->out, target);
    fputs("\">\n<h3>", page->out);
    html_text(page->out, target);
    fprintf(page->out, "%sdream %zu</h3>\n", *target ? " · " : "", i + 1);
    for (size_t arm = 0; arm < names->count; arm++) {
        const cJSON *dream = dream_at(arms, arm, i);
        if (!dream) continue;
        if (!same_start(shown, dream)) start_write(page, dream, most);
        shown = dream;
        row_write(page, dream, names->names[arm], most);
    }
    fputs("</div>\n", page->out);
}

static void intro_write(Page *page, size_t shown, size_t count) {
    fputs(
        "<section id=\"sentences\">\n<h2>Sentences</h2>\n"
        "<p>Each block is one starting sentence, and under it what every arm made of it. A token is shaded by its "
        "activation, against the strongest token of its block; hover or touch for the number.</p>\n"
        "<p class=\"legend\">below zero <span class=\"ramp\" role=\"img\" aria-label=\"blue: below zero; orange: "
        "above\"></span> above zero</p>\n",
        page->out);
    if (shown < count)
        fprintf(page->out,
                "<p class=\"note\">%zu of the %zu dreams of each arm are shown here, spread evenly; all "
                "are in <code>sentences/</code>.</p>\n",
                shown, count);
    fputs(
        "<div class=\"filters\"><label>Arm <select name=\"arm\"><option value=\"\">all</option></select></label>"
        "<label>Target <select name=\"target\"><option value=\"\">all</option></select></label></div>\n",
        page->out);
}

/* Opens every arm that has sentences; `names` are those arms. */
static int arms_open(Page *page, SentenceDreams *arms, NameList *names, Error *error) {
    char path[PATH_LIMIT];
    for (size_t i = 0; i < page->arms->count; i++) {
        const char *arm = page->arms->names[i];
        Error local;
        if (path_join(path, error, page->folder, "sentences/%s.jsonl", arm) != 0 || !file_exists(path)) continue;
        if (sentences_open(&arms[names->count], path, &local) != 0) {
            sentences_close(&arms[names->count]);
            page_problem(page, &local);
            continue;
        }
        if (names_add(names, arm, error) != 0) {
            sentences_close(&arms[names->count]);
            return -1;
        }
    }
    return 0;
}

void page_sentences(Page *page) {
    Error error;
    NameList names = {0};
    size_t shown = 0, count = 0;
    SentenceDreams *arms = memory_new(page->arms->count, sizeof *arms, "sentences", &error);
    if (!arms || arms_open(page, arms, &names, &error) != 0) page_problem(page, &error);
    for (size_t arm = 0; arm < names.count; arm++) {
        if (arms[arm].shown > shown) shown = arms[arm].shown;
        if (arms[arm].count > count) count = arms[arm].count;
    }
    if (shown > 0) {
        intro_write(page, shown, count);
        for (size_t i = 0; i < shown; i++) block_write(page, arms, &names, i);
        fputs("</section>\n", page->out);
    }
    for (size_t arm = 0; arm < names.count; arm++) sentences_close(&arms[arm]);
    names_free(&names);
    memory_free(arms);
}
