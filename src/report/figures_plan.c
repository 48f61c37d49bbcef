/* Which figures a run has: those of its [figure] sections, or what its files call for. */
#include "base/memory.h"
#include "report/figures.h"
#include "report/measures.h"

#include <stdio.h>
#include <string.h>

enum { ARMS_TOGETHER = 8, BARS_MOST = 4 };

void figures_free(FigureList *list) {
    for (size_t i = 0; i < list->count; i++) names_free(&list->items[i].arms);
    memory_free(list->items);
    *list = (FigureList){0};
}

static bool name_taken(const FigureList *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0) return true;
    return false;
}

/* Adds an empty figure whose name is a file's name and nobody else's; NULL when memory is out. */
static Figure *figure_add(FigureList *list, const char *kind, const char *name, Error *error) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        Figure *grown = memory_grow(list->items, list->capacity * sizeof *grown, capacity, sizeof *grown,
                                    "list of figures", error);
        if (!grown) return NULL;
        list->items = grown;
        list->capacity = capacity;
    }
    char safe[128], unique[160];
    snprintf(safe, sizeof safe, "%.120s", name);
    for (char *byte = safe; *byte; byte++)
        if (*byte == '/' || (unsigned char)*byte < 32 || (*byte == '.' && byte == safe)) *byte = '-';
    snprintf(unique, sizeof unique, "%s", safe);
    for (int i = 2; name_taken(list, unique); i++) snprintf(unique, sizeof unique, "%s-%d", safe, i);
    Figure *figure = &list->items[list->count++];
    *figure = (Figure){.kind = kind};
    memcpy(figure->name, unique, sizeof unique);
    return figure;
}

static int arms_all(Figure *figure, const NameList *arms, Error *error) {
    for (size_t i = 0; i < arms->count; i++)
        if (names_add(&figure->arms, arms->names[i], error) != 0) return -1;
    return 0;
}

/* The arms that the section names, each of a sweep's NAME-k10, NAME-k16, ... where it says NAME. */
static int arms_of_section(Figure *figure, const ConfigSection *section, const NameList *arms, Error *error) {
    char name[256];
    if (!config_has(section, "arms")) return arms_all(figure, arms, error);
    for (size_t i = 0; config_name_at(section, "arms", i, name, sizeof name); i++) {
        size_t length = strlen(name);
        for (size_t k = 0; k < arms->count; k++) {
            const char *arm = arms->names[k];
            bool swept = strncmp(arm, name, length) == 0 && strncmp(arm + length, "-k", 2) == 0;
            bool same = strcmp(arm, name) == 0;
            if ((same || (swept && !names_have(arms, name))) && names_add(&figure->arms, arm, error) != 0) return -1;
        }
    }
    return 0;
}

static void text_of(char *text, size_t size, const ConfigSection *section, const char *key) {
    const char *value = section && config_has(section, key) ? config_text(section, key) : NULL;
    snprintf(text, size, "%s", value ? value : "");
}

static void caption_default(Figure *figure) {
    char x[160], y[160];
    const Measure *measure = measure_find(figure->y);
    measure_title(x, sizeof x, figure->x, 0);
    measure_title(y, sizeof y, figure->y, 0);
    if (y[0] >= 'a' && y[0] <= 'z') y[0] = (char)(y[0] - 'a' + 'A');
    char *caption = figure->caption;
    size_t size = sizeof figure->caption;
    if (caption[0]) return;
    if (strcmp(figure->kind, "curves") == 0)
        snprintf(caption, size, "%s over the steps of the dreams: the mean over restarts%s.",
                 figure->y[0] ? y : "Value of the target neuron",
                 figure->y[0] ? "" : "; the band reaches from the 5th to the 95th percentile");
    else if (strcmp(figure->kind, "training") == 0)
        snprintf(caption, size, "Loss of the network %s while it was trained, and on examples held out.",
                 figure->source);
    else if (strcmp(figure->kind, "bars") == 0 || strcmp(figure->kind, "heatmap") == 0)
        snprintf(caption, size, "%s%s. %s", y,
                 strcmp(figure->x, "target") == 0 || strcmp(figure->kind, "heatmap") == 0 ? " by target and arm"
                                                                                          : " by arm",
                 measure && measure->explanation ? measure->explanation : "");
    else if (strcmp(figure->kind, "sweep") == 0)
        snprintf(caption, size, "What the size of the autoencoder's latent changes.");
    else if (strcmp(figure->kind, "latent") == 0)
        snprintf(caption, size,
                 "The autoencoder's latent space in its two directions of largest variance: real examples as their "
                 "labels, dreams as paths from start to end.");
    else if (strcmp(figure->kind, "scatter") == 0)
        snprintf(caption, size, "%s against %s, a point a dream.", y, x);
}

/* The table and the arguments of one [figure] of type `kind` that draws the column `y`. */
static int section_add(FigureList *list, const ConfigSection *section, const char *kind, const char *name,
                       const char *y, const NameList *arms, Error *error) {
    Figure *figure = figure_add(list, kind, name, error);
    if (!figure) return -1;
    text_of(figure->caption, sizeof figure->caption, section, "caption");
    text_of(figure->x, sizeof figure->x, section, "x");
    text_of(figure->x_label, sizeof figure->x_label, section, "x_label");
    text_of(figure->y_label, sizeof figure->y_label, section, "y_label");
    snprintf(figure->y, sizeof figure->y, "%s", y);
    figure->log_x = config_boolean(section, "log_x");
    figure->log_y = config_boolean(section, "log_y");
    caption_default(figure);
    return arms_of_section(figure, section, arms, error);
}

static bool key_written(const ConfigSection *section, const char *key) {
    for (size_t i = 0; i < section->count; i++)
        if (strcmp(section->entries[i].key, key) == 0) return true;
    return false;
}

/* One figure a network. The axis of loss is logarithmic unless the section says otherwise, or the loss is a language
 * model's: a logarithm already. */
static int trainings_add(FigureList *list, const Config *config, const char *folder, const ConfigSection *section,
                         Error *error) {
    const char *side = config ? config_side(config) : NULL;
    bool text = side && strcmp(side, "text") == 0;
    NameList networks = {0};
    int failed = folder_list(&networks, folder, "curves", "train-", ".tsv", error);
    for (size_t i = 0; i < networks.count && !failed; i++) {
        char name[256];
        snprintf(name, sizeof name, "training-%.200s", networks.names[i]);
        Figure *figure = figure_add(list, "training", name, error);
        if (!figure) {
            failed = -1;
            break;
        }
        snprintf(figure->source, sizeof figure->source, "%s", networks.names[i]);
        text_of(figure->y_label, sizeof figure->y_label, section, "y_label");
        figure->log_x = section && config_boolean(section, "log_x");
        figure->log_y = section && key_written(section, "log_y") ? config_boolean(section, "log_y") : !text;
        text_of(figure->caption, sizeof figure->caption, section, "caption");
        if (text && !figure->y_label[0]) snprintf(figure->y_label, sizeof figure->y_label, "loss (nats a token)");
        if (text && !figure->caption[0])
            snprintf(figure->caption, sizeof figure->caption,
                     "Cross-entropy of the next token for the model %s while it was trained, and on books held out.",
                     figure->source);
        caption_default(figure);
    }
    names_free(&networks);
    return failed;
}

/* One figure for each column in y=, for the kinds that draw one column. */
static int section_plan(FigureList *list, const Config *config, const ConfigSection *section, const char *folder,
                        const NameList *arms, Error *error) {
    static const char *const KINDS[] = {"curves", "bars", "sweep", "latent", "scatter", "heatmap"};
    const char *type = config_text(section, "type");
    const char *name = config_has(section, "name") ? config_text(section, "name") : type;
    if (strcmp(type, "training") == 0) return trainings_add(list, config, folder, section, error);
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        if (strcmp(type, KINDS[i]) != 0) continue;
        char y[80], second[80], all[400];
        text_of(all, sizeof all, section, "y");
        bool several = strcmp(type, "sweep") != 0 && config_name_at(section, "y", 1, second, sizeof second);
        if (!several) return section_add(list, section, KINDS[i], name, all, arms, error);
        for (size_t k = 0; config_name_at(section, "y", k, y, sizeof y); k++) {
            char part[256];
            snprintf(part, sizeof part, "%.120s-%s", name, y);
            if (section_add(list, section, KINDS[i], part, y, arms, error) != 0) return -1;
        }
    }
    return 0;
}

static int default_add(FigureList *list, const char *kind, const char *name, const char *x, const char *y, bool log_y,
                       const NameList *arms, Error *error) {
    Figure *figure = figure_add(list, kind, name, error);
    if (!figure) return -1;
    snprintf(figure->x, sizeof figure->x, "%s", x);
    snprintf(figure->y, sizeof figure->y, "%s", y);
    figure->log_y = log_y;
    caption_default(figure);
    return arms_all(figure, arms, error);
}

static int bars_by_default(FigureList *list, const char *folder, const NameList *arms, Error *error) {
    TsvTable table;
    if (arms->count > ARMS_TOGETHER || folder_table(&table, folder, "summary.tsv", NULL) != 0) return 0;
    int failed = 0, added = 0;
    for (size_t i = 0; i < table.columns && added < BARS_MOST && !failed; i++) {
        const Measure *measure = measure_find(tsv_table_name(&table, i));
        char name[128];
        if (!measure || measure->better == 0) continue;
        snprintf(name, sizeof name, "bars-%.100s", measure->column);
        failed = default_add(list, "bars", name, "", measure->column, false, arms, error);
        added++;
    }
    tsv_table_free(&table);
    return failed;
}

static int plan_by_default(FigureList *list, const char *folder, const NameList *arms, Error *error) {
    if (arms->count <= ARMS_TOGETHER && default_add(list, "curves", "curves", "", "", false, arms, error) != 0)
        return -1;
    if (arms->count <= ARMS_TOGETHER &&
        default_add(list, "curves", "curves-hard", "", "hard_mean", false, arms, error) != 0)
        return -1;
    if (bars_by_default(list, folder, arms, error) != 0) return -1;
    if (default_add(list, "scatter", "soft-hard", "activation_soft", "activation_hard", false, arms, error) != 0 ||
        default_add(list, "scatter", "activation-perplexity", "activation_hard", "perplexity", true, arms, error) !=
            0)
        return -1;
    if (default_add(list, "latent", "latent", "", "", false, arms, error) != 0) return -1;
    return default_add(list, "sweep", "sweep", "", "", false, arms, error);
}

int figures_plan(FigureList *list, const Config *config, const char *folder, const NameList *arms, Error *error) {
    const ConfigSection *section = NULL;
    size_t sections = 0;
    bool trainings = false;
    *list = (FigureList){0};
    while (config && (section = config_next(config, section, "figure")) != NULL) {
        const char *type = config_text(section, "type");
        sections++;
        trainings = trainings || strcmp(type, "training") == 0;
        if (section_plan(list, config, section, folder, arms, error) != 0) return -1;
    }
    if (sections == 0 && plan_by_default(list, folder, arms, error) != 0) return -1;
    return trainings ? 0 : trainings_add(list, config, folder, NULL, error);
}
