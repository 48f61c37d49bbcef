#include "image/image_experiment.h"

#include "base/memory.h"
#include "image/image_dreams.h"
#include "image/image_measures.h"
#include "image/image_pictures.h"
#include "image/image_plan.h"
#include "image/image_tables.h"
#include "image/latent_map.h"

/* What grows as the arms are run one after the other: an arm's dreams are freed before the next arm begins. */
typedef struct Progressing {
    const ImagePlan *plan;
    Run *run;
    ImageReal real;
    LatentMap map;
    ImageMeasures **cells;  // (arms) of (targets, groups)
    ImageSample *samples;   // (arms)
} Progressing;

static void progressing_close(Progressing *state) {
    for (int a = 0; a < state->plan->arm_count; a++) {
        if (state->cells) memory_free(state->cells[a]);
        if (state->samples) image_sample_close(&state->samples[a]);
    }
    memory_free(state->cells);
    memory_free(state->samples);
    latent_map_discard(&state->map);
    image_real_close(&state->real);
}

static int progressing_open(Progressing *state, const ImagePlan *plan, Run *run, Error *error) {
    *state = (Progressing){.plan = plan, .run = run};
    size_t arms = (size_t)plan->arm_count;
    state->cells = memory_new(arms, sizeof *state->cells, "measures", error);
    state->samples = memory_new(arms, sizeof *state->samples, "samples", error);
    if (!state->cells || !state->samples) return -1;
    run_stage_begin(run, "measure real images");
    int status = image_real_open(&state->real, plan, error);
    if (status == 0) status = latent_map_open(&state->map, plan, state->real.held_out, run, error);
    run_stage_end(run, false);
    return status;
}

static int measure_and_draw(Progressing *state, int a, const ImageDreams *dreams, Error *error) {
    const ImageArm *arm = dreams->arm;
    run_stage_begin(state->run, "measure and draw %s", arm->name);
    size_t cells = (size_t)arm->target_count * (size_t)dreams->groups;
    state->cells[a] = memory_new(cells, sizeof **state->cells, "measures", error);
    int status = state->cells[a] ? 0 : -1;
    if (status == 0) status = image_measure(dreams, state->plan, &state->real, state->cells[a], error);
    if (status == 0) status = image_dreams_write_curves(dreams, state->plan, state->run, error);
    if (status == 0) status = image_pictures_of_arm(dreams, state->plan, state->run, error);
    if (status == 0) status = image_sample_open(&state->samples[a], dreams, error);
    if (status == 0) status = latent_map_add(&state->map, dreams, state->plan);
    run_stage_end(state->run, false);
    return status;
}

static int run_arm(Progressing *state, int a, Error *error) {
    ImageDreams dreams;
    int status =
        image_dreams_run(&dreams, state->plan, &state->plan->arms[a], state->real.strongest, state->run, error);
    if (status == 0) status = measure_and_draw(state, a, &dreams, error);
    image_dreams_close(&dreams);
    if (status == 0) status = run_check_interrupt(state->run, error);
    return status;
}

static int run_arms(const ImagePlan *plan, Run *run, Error *error) {
    Progressing state;
    int status = progressing_open(&state, plan, run, error);
    for (int a = 0; status == 0 && a < plan->arm_count; a++) status = run_arm(&state, a, error);
    if (status == 0) status = latent_map_close(&state.map, error);
    if (status == 0) status = image_pictures_of_arms(state.samples, plan->arm_count, plan, run, error);
    if (status == 0) status = image_tables_write(plan, state.cells, run, error);
    if (status == 0) status = image_sweep_write(plan, state.cells, run, error);
    progressing_close(&state);
    return status;
}

static int make_folders(const Run *run, Error *error) {
    static const char *const FOLDERS[] = {"work", "curves", "images", "latent"};
    char path[PATH_LIMIT];
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
        if (path_join(path, error, run->folder, "%s", FOLDERS[i]) != 0 || folder_make(path, error) != 0) return -1;
    return 0;
}

int image_experiment_run(const Config *config, Run *run, Error *error) {
    ImagePlan plan;
    ConfigProblems problems = {0};
    int status = image_plan_open(&plan, config, run->seed, run->threads, &problems, error);
    if (problems.count) config_problems_join(&problems, error);
    config_problems_free(&problems);
    if (status == 0) status = make_folders(run, error);
    if (status == 0) status = image_networks_prepare(&plan, run, error);
    if (status == 0) status = image_training_write(&plan, run, error);
    if (status == 0 && plan.arm_count > 0) status = run_arms(&plan, run, error);
    image_plan_close(&plan);
    return status;
}

int image_experiment_check(const Config *config, ConfigProblems *problems, Error *error) {
    ImagePlan plan;
    size_t before = problems->count;
    int status = image_plan_open(&plan, config, 1, 1, problems, error);
    image_plan_close(&plan);
    return status == 0 || problems->count > before ? (int)(problems->count - before) : -1;
}
