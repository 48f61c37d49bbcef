/* work/arm-ARM.stage: the magic, the length of the key and the key, the counts, then every array as it is in memory.
 * The file is read by the machine that wrote it: no byte order is fixed. */
#include "image/image_dreams.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char MAGIC[8] = "LDARM\0\0\1";

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < count; i++) hash = (hash ^ at[i]) * 0x100000001b3u;  // FNV-1a
    return hash;
}

static const uint64_t HASH_START = 0xcbf29ce484222325u;

/* What the weights of a network are: the key of its training, or a hash of its file. */
static int describe_network(const ImageNetwork *network, const Run *run, FILE *key, Error *error) {
    char path[PATH_LIMIT];
    char *bytes = NULL;
    size_t size = 0;
    if (network->train) {
        if (path_join(path, error, run->folder, "work/%s.key", network->name) != 0 ||
            file_read(path, 4096, &bytes, &size, error) != 0)
            return -1;
        fprintf(key, "network %s %.64s\n", network->name, bytes);
    } else {
        if (path_join(path, error, run->folder, "work/%s.given", network->name) != 0 ||
            darknet_network_save(network->network, path, error) != 0 ||
            file_read(path, (size_t)1 << 31, &bytes, &size, error) != 0)
            return -1;
        fprintf(key, "network %s %016llx\n%s\n", network->name,
                (unsigned long long)hash_bytes(HASH_START, bytes, size), darknet_network_cfg_text(network->network));
    }
    memory_free(bytes);
    return 0;
}

static void describe_section(const ConfigSection *section, FILE *key) {
    fprintf(key, "[%s]\n", section->name);
    for (size_t i = 0; i < section->count; i++)
        fprintf(key, "%s=%s\n", section->entries[i].key, section->entries[i].value);
}

/* Everything that an arm's dreams depend on, as text; freed with free. */
static char *stage_key(const ImageDreams *dreams, const ImagePlan *plan, const Run *run, size_t *size, Error *error) {
    char *text = NULL;
    FILE *key = open_memstream(&text, size);
    if (!key) {
        error_set(error, "out of memory for the key of arm %s", dreams->arm->name);
        return NULL;
    }
    const Digits *digits = &plan->data.digits;
    uint64_t hash = hash_bytes(HASH_START, digits->images, digits->count * digits->pixels);
    hash = hash_bytes(hash, digits->labels, digits->count);
    fprintf(key, "seed %llu\nthreads %d\nimages %zu %zu %016llx\n", (unsigned long long)run->seed, run->threads,
            digits->count, plan->data.trainable, (unsigned long long)hash);
    int status = 0;
    for (int i = 0; status == 0 && i < plan->network_count; i++) {
        const ImageNetwork *network = &plan->networks[i];
        if (network->role == ROLE_SUBJECT || network == dreams->arm->autoencoder)
            status = describe_network(network, run, key, error);
    }
    for (const ConfigSection *target = NULL; (target = config_next(plan->config, target, "target"));)
        describe_section(target, key);
    describe_section(dreams->arm->section, key);
    if (fclose(key) == 0 && status == 0) return text;
    free(text);
    if (status == 0) error_set(error, "out of memory for the key of arm %s", dreams->arm->name);
    return NULL;
}

/* The arrays of an arm, in the file's order; returns how many. */
typedef struct StageArray {
    void *bytes;
    size_t size;
} StageArray;

enum { STAGE_ARRAYS = 8 + TRAJECTORY_REGULARIZERS };

static int stage_arrays(const ImageDreams *dreams, StageArray arrays[STAGE_ARRAYS]) {
    const Trajectory *trajectory = &dreams->trajectory;
    size_t count = (size_t)dreams->count, records = ((size_t)trajectory->steps + 1) * count * sizeof(float);
    size_t z = trajectory->size * sizeof(float);
    size_t points = count / (size_t)dreams->restarts * (size_t)dreams->paths * (size_t)dreams->path_points;
    int used = 0;
    arrays[used++] = (StageArray){trajectory->values, records};
    arrays[used++] = (StageArray){trajectory->squashed, records};
    arrays[used++] = (StageArray){trajectory->stopped, count * sizeof(long)};
    arrays[used++] = (StageArray){trajectory->start, count * z};
    arrays[used++] = (StageArray){trajectory->final, count * z};
    arrays[used++] = (StageArray){trajectory->start_values, count * sizeof(float)};
    arrays[used++] = (StageArray){trajectory->final_values, count * sizeof(float)};
    arrays[used++] = (StageArray){dreams->path_latents, points * z};
    for (int k = 0; k < trajectory->regularizers; k++)
        arrays[used++] = (StageArray){trajectory->penalties[k], records};
    return used;
}

int image_stage_save(const ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error) {
    char path[PATH_LIMIT];
    if (path_join(path, error, run->folder, "work/arm-%s.stage", dreams->arm->name) != 0) return -1;
    uint64_t size = 0;
    char *key = stage_key(dreams, plan, run, &size, error);
    if (!key) return -1;
    FileWriter writer;
    int status = file_writer_open(&writer, path, error);
    if (status == 0) {
        StageArray arrays[STAGE_ARRAYS];
        int count = stage_arrays(dreams, arrays);
        fwrite(MAGIC, 1, sizeof MAGIC, writer.stream);
        fwrite(&size, sizeof size, 1, writer.stream);
        fwrite(key, 1, size, writer.stream);
        for (int i = 0; i < count; i++) fwrite(arrays[i].bytes, 1, arrays[i].size, writer.stream);
        status = file_writer_close(&writer, error);
    }
    free(key);
    return status;
}

/* Whether the file begins with this key; the stream is then at the first array. */
static bool same_key(FILE *stream, const char *key, uint64_t size) {
    char magic[sizeof MAGIC];
    uint64_t stored = 0;
    if (fread(magic, 1, sizeof magic, stream) != sizeof magic || memcmp(magic, MAGIC, sizeof magic) != 0)
        return false;
    if (fread(&stored, sizeof stored, 1, stream) != 1 || stored != size) return false;
    for (uint64_t i = 0; i < size; i++)
        if (fgetc(stream) != (unsigned char)key[i]) return false;
    return true;
}

int image_stage_load(ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error) {
    char path[PATH_LIMIT];
    if (path_join(path, error, run->folder, "work/arm-%s.stage", dreams->arm->name) != 0) return -1;
    FILE *stream = fopen(path, "rb");
    if (!stream) return 0;
    size_t size = 0;
    char *key = stage_key(dreams, plan, run, &size, error);
    bool fits = key && same_key(stream, key, size);
    StageArray arrays[STAGE_ARRAYS];
    int count = stage_arrays(dreams, arrays);
    for (int i = 0; fits && i < count; i++)
        fits = fread(arrays[i].bytes, 1, arrays[i].size, stream) == arrays[i].size;
    fits = fits && fgetc(stream) == EOF;
    fclose(stream);
    int status = key ? (int)fits : -1;
    free(key);
    return status;
}
