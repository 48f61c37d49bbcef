#include "image/latent_map.h"

#include "base/memory.h"
#include "image/image_starts.h"

static const char *const POINT_COLUMNS[] = {"x", "y", "label", NULL};
static const char *const PATH_COLUMNS[] = {"arm", "restart", "step", "x", "y", "label", NULL};

static int write_points(const LatentMap *map, const ImagePlan *plan, const float *latents, const Run *run,
                        Error *error) {
    char path[PATH_LIMIT];
    TsvWriter writer;
    if (path_join(path, error, run->folder, "latent/points.tsv") != 0 ||
        tsv_writer_open(&writer, path, POINT_COLUMNS, error) != 0)
        return -1;
    for (size_t i = 0; i < plan->data.held_out_count; i++) {
        double x, y;
        plane_project(&map->plane, latents + i * map->plane.size, &x, &y);
        tsv_writer_number(&writer, x);
        tsv_writer_number(&writer, y);
        tsv_writer_text(&writer, plan->data.class_names[plan->data.digits.labels[plan->data.held_out[i]]]);
        tsv_writer_row(&writer);
    }
    return tsv_writer_close(&writer, error);
}

int latent_map_open(LatentMap *map, const ImagePlan *plan, const float *held_out, const Run *run, Error *error) {
    *map = (LatentMap){0};
    const ImageNetwork *autoencoder = NULL;
    for (int a = 0; a < plan->arm_count && !autoencoder; a++) autoencoder = plan->arms[a].autoencoder;
    if (!autoencoder || autoencoder->latent < 2 || plan->data.held_out_count < 2) return 0;
    size_t count = plan->data.held_out_count, size = (size_t)autoencoder->latent;
    float *latents = memory_new(count * size, sizeof *latents, "latents", error);
    int status = latents ? image_encode(autoencoder, held_out, count, latents, error) : -1;
    if (status == 0) status = plane_fit(&map->plane, latents, count, size, error);
    if (status == 0) status = write_points(map, plan, latents, run, error);
    memory_free(latents);
    if (status != 0) return -1;
    char path[PATH_LIMIT];
    if (path_join(path, error, run->folder, "latent/paths.tsv") != 0 ||
        tsv_writer_open(&map->paths, path, PATH_COLUMNS, error) != 0)
        return -1;
    map->autoencoder = autoencoder;
    map->writing = true;
    return 0;
}

static void write_path(LatentMap *map, const ImageDreams *dreams, size_t path_number, int restart,
                       const char *label) {
    size_t size = map->plane.size, points = (size_t)dreams->path_points;
    if (map->begun) tsv_writer_blank(&map->paths);
    map->begun = true;
    for (size_t point = 0; point < points; point++) {
        double x, y;
        plane_project(&map->plane, dreams->path_latents + (path_number * points + point) * size, &x, &y);
        tsv_writer_text(&map->paths, dreams->arm->name);
        tsv_writer_integer(&map->paths, restart);
        tsv_writer_integer(&map->paths, (long)point * dreams->path_every);
        tsv_writer_number(&map->paths, x);
        tsv_writer_number(&map->paths, y);
        tsv_writer_text(&map->paths, label);
        tsv_writer_row(&map->paths);
    }
}

int latent_map_add(LatentMap *map, const ImageDreams *dreams, const ImagePlan *plan) {
    const ImageArm *arm = dreams->arm;
    if (!map->writing || arm->autoencoder != map->autoencoder || dreams->path_points < 2) return 0;
    for (int cell = 0; cell < arm->target_count * dreams->groups; cell++) {
        const ImageTarget *target = &plan->targets[arm->targets[cell / dreams->groups]];
        if (target->class < 0) continue;
        for (int p = 0; p < dreams->paths; p++)
            write_path(map, dreams, (size_t)cell * (size_t)dreams->paths + (size_t)p, cell * dreams->restarts + p,
                       target->label);
    }
    return 0;
}

int latent_map_close(LatentMap *map, Error *error) {
    plane_close(&map->plane);
    if (!map->writing) return 0;
    map->writing = false;
    return tsv_writer_close(&map->paths, error);
}

void latent_map_discard(LatentMap *map) {
    plane_close(&map->plane);
    if (map->writing) tsv_writer_discard(&map->paths);
    map->writing = false;
}
