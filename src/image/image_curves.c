/* The curves of an arm: of its class dreams, and of its hidden neurons. */
#include "image/image_dreams.h"

#include "base/memory.h"

int image_dreams_list(const ImageDreams *dreams, const ImagePlan *plan, bool of_classes, int *found) {
    int of_target = dreams->groups * dreams->restarts, count = 0;
    for (int number = 0; number < dreams->count; number++) {
        const ImageTarget *target = &plan->targets[dreams->arm->targets[number / of_target]];
        if ((target->class >= 0) == of_classes) found[count++] = number;
    }
    return count;
}

/* The chosen dreams' columns of a (steps + 1, all) table. */
static void choose(const float *from, size_t all, const int *numbers, size_t count, size_t steps, float *to) {
    for (size_t step = 0; step <= steps; step++)
        for (size_t i = 0; i < count; i++) to[step * count + i] = from[step * all + (size_t)numbers[i]];
}

static int write_chosen(const ImageDreams *dreams, const int *numbers, int count, const char *path, Error *error) {
    const Trajectory *all = &dreams->trajectory;
    size_t steps = (size_t)all->steps, every = (size_t)dreams->count;
    Trajectory chosen;
    int status = trajectory_open(&chosen, count, all->steps, 1, 0, error);
    for (int k = 0; status == 0 && k < all->regularizers; k++)
        status = trajectory_add_regularizer(&chosen, all->names[k], error);
    if (status == 0) {
        choose(all->values, every, numbers, (size_t)count, steps, chosen.values);
        choose(all->squashed, every, numbers, (size_t)count, steps, chosen.squashed);
        for (int k = 0; k < all->regularizers; k++)
            choose(all->penalties[k], every, numbers, (size_t)count, steps, chosen.penalties[k]);
        for (int i = 0; i < count; i++) chosen.stopped[i] = all->stopped[numbers[i]];
        status = trajectory_write_curves(&chosen, NULL, path, error);
    }
    trajectory_close(&chosen);
    return status;
}

int image_dreams_write_curves(const ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error) {
    int *numbers = memory_new((size_t)dreams->count, sizeof *numbers, "curves", error);
    if (!numbers) return -1;
    char path[PATH_LIMIT];
    int status = 0, of_classes = image_dreams_list(dreams, plan, true, numbers);
    if (of_classes > 0) {
        status = path_join(path, error, run->folder, "curves/%s.tsv", dreams->arm->name);
        if (status == 0) status = write_chosen(dreams, numbers, of_classes, path, error);
    }
    int hidden = image_dreams_list(dreams, plan, false, numbers);
    if (status == 0 && hidden > 0) {
        status = path_join(path, error, run->folder, of_classes ? "curves/%s-hidden.tsv" : "curves/%s.tsv",
                           dreams->arm->name);
        if (status == 0) status = write_chosen(dreams, numbers, hidden, path, error);
    }
    memory_free(numbers);
    return status;
}
