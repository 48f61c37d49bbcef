#include "image/image_tables.h"

#include "base/tsv.h"

#include <math.h>

#define FIGURE_COLUMNS                                                                             \
    "value_start", "value_dream", "value_top1_percent_real", "value_ratio", "value_quantile_real", \
        "judge_agreement", "judge_confidence", "frechet_distance", "frechet_distance_real",        \
        "nearest_training_distance", "nearest_training_distance_real", "diversity", "diversity_real", "steps"

static void write_figures(TsvWriter *writer, const ImageMeasures *measures) {
    const double figures[] = {measures->value_start,
                              measures->value_dream,
                              measures->value_top1_percent_real,
                              measures->value_ratio,
                              measures->value_quantile_real,
                              measures->judge_agreement,
                              measures->judge_confidence,
                              measures->frechet_distance,
                              measures->frechet_distance_real,
                              measures->nearest_training_distance,
                              measures->nearest_training_distance_real,
                              measures->diversity,
                              measures->diversity_real,
                              measures->steps};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) tsv_writer_number(writer, figures[i]);
}

static const char *const TARGET_COLUMNS[] = {"arm",   "target", "kind",   "layer",        "neuron",
                                             "class", "starts", "dreams", FIGURE_COLUMNS, NULL};

static int write_targets(const ImagePlan *plan, ImageMeasures *const *cells, const Run *run, Error *error) {
    char path[PATH_LIMIT];
    TsvWriter writer;
    if (path_join(path, error, run->folder, "targets.tsv") != 0 ||
        tsv_writer_open(&writer, path, TARGET_COLUMNS, error) != 0)
        return -1;
    for (int a = 0; a < plan->arm_count; a++) {
        const ImageArm *arm = &plan->arms[a];
        int groups = image_arm_groups(arm);
        for (int cell = 0; cell < arm->target_count * groups; cell++) {
            const ImageTarget *target = &plan->targets[arm->targets[cell / groups]];
            tsv_writer_text(&writer, arm->name);
            tsv_writer_text(&writer, target->name);
            tsv_writer_text(&writer, target->class >= 0 ? "class" : "hidden");
            tsv_writer_integer(&writer, target->layer);
            tsv_writer_integer(&writer, target->neuron);
            tsv_writer_text(&writer, target->class >= 0 ? plan->data.class_names[target->class] : "");
            tsv_writer_text(&writer, image_arm_group_name(arm, cell % groups));
            tsv_writer_integer(&writer, cells[a][cell].dreams);
            write_figures(&writer, &cells[a][cell]);
            tsv_writer_row(&writer);
        }
    }
    return tsv_writer_close(&writer, error);
}

static const char *const SUMMARY_COLUMNS[] = {"arm",
                                              "parameterization",
                                              "latent_size",
                                              "class_dreams",
                                              "hidden_dreams",
                                              FIGURE_COLUMNS,
                                              "value_ratio_lowest",
                                              "hidden_value_ratio",
                                              "hidden_value_quantile_real",
                                              "hidden_judge_confidence",
                                              "hidden_frechet_distance",
                                              "hidden_nearest_training_distance",
                                              "hidden_nearest_training_distance_real",
                                              "hidden_diversity",
                                              "hidden_diversity_real",
                                              "reconstruction_error",
                                              "subject_accuracy",
                                              "judge_accuracy",
                                              NULL};

static double lowest_ratio(const ImageArm *arm, const ImagePlan *plan, const ImageMeasures *cells) {
    int groups = image_arm_groups(arm);
    double lowest = NAN;
    for (int cell = 0; cell < arm->target_count * groups; cell++)
        if (plan->targets[arm->targets[cell / groups]].class >= 0) lowest = fmin(lowest, cells[cell].value_ratio);
    return lowest;
}

static void write_summary_row(TsvWriter *writer, const ImagePlan *plan, const ImageArm *arm,
                              const ImageMeasures *cells) {
    ImageMeasures classes = image_measures_mean(arm, plan, cells, true);
    ImageMeasures hidden = image_measures_mean(arm, plan, cells, false);
    tsv_writer_text(writer, arm->name);
    tsv_writer_text(writer, arm->autoencoder ? "autoencoder" : "input");
    if (arm->autoencoder)
        tsv_writer_integer(writer, arm->autoencoder->latent);
    else
        tsv_writer_number(writer, NAN);
    tsv_writer_integer(writer, classes.dreams);
    tsv_writer_integer(writer, hidden.dreams);
    write_figures(writer, &classes);
    tsv_writer_number(writer, lowest_ratio(arm, plan, cells));
    tsv_writer_number(writer, hidden.value_ratio);
    tsv_writer_number(writer, hidden.value_quantile_real);
    tsv_writer_number(writer, hidden.judge_confidence);
    tsv_writer_number(writer, hidden.frechet_distance);
    tsv_writer_number(writer, hidden.nearest_training_distance);
    tsv_writer_number(writer, hidden.nearest_training_distance_real);
    tsv_writer_number(writer, hidden.diversity);
    tsv_writer_number(writer, hidden.diversity_real);
    tsv_writer_number(writer, arm->autoencoder ? arm->autoencoder->held_out_loss : (double)NAN);
    const ImageNetwork *subject = arm->target_count ? plan->targets[arm->targets[0]].network : NULL;
    tsv_writer_number(writer, subject ? subject->accuracy : (double)NAN);
    tsv_writer_number(writer, plan->judge ? plan->judge->accuracy : (double)NAN);
    tsv_writer_row(writer);
}

int image_tables_write(const ImagePlan *plan, ImageMeasures *const *cells, const Run *run, Error *error) {
    char path[PATH_LIMIT];
    TsvWriter writer;
    if (write_targets(plan, cells, run, error) != 0) return -1;
    if (path_join(path, error, run->folder, "summary.tsv") != 0 ||
        tsv_writer_open(&writer, path, SUMMARY_COLUMNS, error) != 0)
        return -1;
    for (int a = 0; a < plan->arm_count; a++) write_summary_row(&writer, plan, &plan->arms[a], cells[a]);
    return tsv_writer_close(&writer, error);
}

static const char *const SWEEP_COLUMNS[] = {"k", "arm", "reconstruction_error", FIGURE_COLUMNS, NULL};

int image_sweep_write(const ImagePlan *plan, ImageMeasures *const *cells, const Run *run, Error *error) {
    if (config_count(plan->config, "sweep") == 0) return 0;
    char path[PATH_LIMIT];
    TsvWriter writer;
    const ConfigSection *swept = NULL;
    if (path_join(path, error, run->folder, "sweep.tsv") != 0 ||
        tsv_writer_open(&writer, path, SWEEP_COLUMNS, error) != 0)
        return -1;
    for (int a = 0; a < plan->arm_count; a++) {
        const ImageArm *arm = &plan->arms[a];
        if (!arm->autoencoder || (swept && swept != arm->section)) continue;
        swept = arm->section;
        ImageMeasures classes = image_measures_mean(arm, plan, cells[a], true);
        tsv_writer_integer(&writer, arm->autoencoder->latent);
        tsv_writer_text(&writer, arm->name);
        tsv_writer_number(&writer, arm->autoencoder->held_out_loss);
        write_figures(&writer, &classes);
        tsv_writer_row(&writer);
    }
    return tsv_writer_close(&writer, error);
}

static const char *const TRAINING_COLUMNS[] = {
    "network",        "role",          "parameters",      "weights",       "training_images",   "epochs",
    "training_steps", "training_loss", "held_out_images", "held_out_loss", "held_out_accuracy", NULL};

static void write_training(TsvWriter *writer, const ImagePlan *plan, const ImageNetwork *network) {
    static const char *const ROLES[] = {"subject", "judge", "autoencoder"};
    char weights[IMAGE_NAME + 16];
    snprintf(weights, sizeof weights, "work/%s.weights", network->name);
    tsv_writer_text(writer, network->name);
    tsv_writer_text(writer, ROLES[network->role]);
    tsv_writer_integer(writer, (long)darknet_network_parameters(network->network));
    tsv_writer_text(writer, weights);
    tsv_writer_integer(writer, (long)network->trained_count);
    tsv_writer_integer(writer, config_integer(network->train, "epochs"));
    tsv_writer_integer(writer, network->training_steps);
    tsv_writer_number(writer, network->training_loss);
    tsv_writer_integer(writer, (long)plan->data.held_out_count);
    tsv_writer_number(writer, network->held_out_loss);
    tsv_writer_number(writer, network->accuracy);
    tsv_writer_row(writer);
}

int image_training_write(const ImagePlan *plan, const Run *run, Error *error) {
    char path[PATH_LIMIT];
    TsvWriter writer;
    int trained = 0;
    for (int i = 0; i < plan->network_count; i++) trained += plan->networks[i].train != NULL;
    if (trained == 0) return 0;
    if (path_join(path, error, run->folder, "training.tsv") != 0 ||
        tsv_writer_open(&writer, path, TRAINING_COLUMNS, error) != 0)
        return -1;
    for (int i = 0; i < plan->network_count; i++)
        if (plan->networks[i].train) write_training(&writer, plan, &plan->networks[i]);
    return tsv_writer_close(&writer, error);
}
