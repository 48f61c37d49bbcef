#include "text/text_chunk_cache.h"

#include "base/memory.h"
#include "text/fingerprint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char MAGIC[24] = "latentdream dreams 1\n";

typedef struct Header {
    char magic[24];
    uint64_t key;
    int64_t count, steps, size, regularizers, hard_count;
} Header;

static uint64_t chunk_key(const TextChunk *chunk) {
    const TextArm *arm = chunk->arm;
    const OptimizerSettings *optimizer = &arm->optimizer;
    double numbers[] = {(double)arm->steps,
                        (double)arm->patience,
                        (double)arm->hard_every,
                        arm->tolerance,
                        arm->batch,
                        optimizer->kind,
                        optimizer->schedule,
                        optimizer->learning_rate,
                        optimizer->momentum,
                        optimizer->beta2,
                        optimizer->epsilon,
                        optimizer->minimum,
                        optimizer->maximum,
                        optimizer->radius,
                        optimizer->normalize_gradient,
                        arm->l2,
                        arm->fluency,
                        arm->fluency_temperature,
                        arm->fluency_candidates,
                        arm->decode};
    uint64_t key = fingerprint_add(chunk->stage->fingerprint, numbers, sizeof numbers);
    key = fingerprint_add(key, &chunk->stage->run->seed, sizeof chunk->stage->run->seed);
    for (int i = 0; i < chunk->count; i++) {
        const TextCase *a_case = &chunk->stage->plan->cases[chunk->cases[i]];
        int parts[] = {a_case->layer,
                       a_case->neuron,
                       (int)a_case->site,
                       (int)a_case->reduce,
                       (int)text_plan_squash(arm, a_case),
                       chunk->sentences[i]};
        key = fingerprint_add(key, parts, sizeof parts);
    }
    return key;
}

static int cache_path(const TextChunk *chunk, char *path, Error *error) {
    if (path_join(path, error, chunk->stage->run->folder, "work") != 0 || folder_make(path, error) != 0) return -1;
    return path_join(path, error, chunk->stage->run->folder, "work/%s-%d.dreams", chunk->arm->name, chunk->number);
}

typedef struct Block {
    void *data;
    size_t bytes;
} Block;

enum { BLOCKS = 7 + TRAJECTORY_REGULARIZERS };

/* The arrays in the order of the file. */
static size_t list_blocks(const TextChunk *chunk, Block *blocks) {
    const Trajectory *trajectory = &chunk->trajectory;
    size_t count = (size_t)chunk->count, records = (size_t)trajectory->steps + 1, n = 0;
    size_t values = records * count * sizeof(float), z = count * trajectory->size * sizeof(float);
    blocks[n++] = (Block){trajectory->values, values};
    blocks[n++] = (Block){trajectory->squashed, values};
    for (int k = 0; k < trajectory->regularizers; k++) blocks[n++] = (Block){trajectory->penalties[k], values};
    blocks[n++] = (Block){trajectory->stopped, count * sizeof(long)};
    blocks[n++] = (Block){trajectory->start_values, count * sizeof(float)};
    blocks[n++] = (Block){trajectory->final_values, count * sizeof(float)};
    blocks[n++] = (Block){trajectory->final, z};
    blocks[n++] = (Block){chunk->hard, (size_t)chunk->hard_count * count * sizeof(float)};
    return n;
}

static uint64_t print_blocks(const Header *header, const Block *blocks, size_t count) {
    uint64_t print = fingerprint_add(FINGERPRINT_START, header, sizeof *header);
    for (size_t i = 0; i < count; i++) print = fingerprint_add(print, blocks[i].data, blocks[i].bytes);
    return print;
}

static Header make_header(const TextChunk *chunk, long hard_count, size_t size, int regularizers) {
    Header header = {.key = chunk_key(chunk),
                     .count = chunk->count,
                     .steps = chunk->arm->steps,
                     .size = (int64_t)size,
                     .regularizers = regularizers,
                     .hard_count = hard_count};
    memcpy(header.magic, MAGIC, sizeof MAGIC);
    return header;
}

int text_chunk_cache_write(const TextChunk *chunk, Error *error) {
    char path[PATH_LIMIT];
    FileWriter writer;
    if (cache_path(chunk, path, error) != 0 || file_writer_open(&writer, path, error) != 0) return -1;
    const Trajectory *trajectory = &chunk->trajectory;
    Header header = make_header(chunk, chunk->hard_count, trajectory->size, trajectory->regularizers);
    Block blocks[BLOCKS];
    size_t count = list_blocks(chunk, blocks);
    fwrite(&header, sizeof header, 1, writer.stream);
    for (size_t i = 0; i < count; i++)
        if (blocks[i].bytes > 0) fwrite(blocks[i].data, blocks[i].bytes, 1, writer.stream);
    uint64_t print = print_blocks(&header, blocks, count);
    fwrite(&print, sizeof print, 1, writer.stream);
    return file_writer_close(&writer, error);
}

/* Room for what the file holds; its header equals what this chunk would have written. */
static int make_room(TextChunk *chunk, const Header *header, Error *error) {
    static const char *const NAMES[] = {"l2", "fluency"};
    bool has[] = {chunk->arm->l2 > 0, chunk->arm->fluency > 0};
    if (trajectory_open(&chunk->trajectory, chunk->count, chunk->arm->steps, (size_t)header->size, 0, error) != 0)
        return -1;
    for (int k = 0; k < 2; k++)
        if (has[k] && trajectory_add_regularizer(&chunk->trajectory, NAMES[k], error) != 0) return -1;
    chunk->hard_count = (long)header->hard_count;
    chunk->hard = memory_new((size_t)chunk->hard_count * (size_t)chunk->count, sizeof(float), "hard values", error);
    return chunk->hard ? 0 : -1;
}

static int read_blocks(TextChunk *chunk, const Header *header, FILE *stream, size_t size, Error *error) {
    if (make_room(chunk, header, error) != 0) return -1;
    Block blocks[BLOCKS];
    size_t count = list_blocks(chunk, blocks), expected = sizeof *header + sizeof(uint64_t);
    for (size_t i = 0; i < count; i++) expected += blocks[i].bytes;
    bool whole = size == expected;
    for (size_t i = 0; whole && i < count; i++)
        whole = blocks[i].bytes == 0 || fread(blocks[i].data, blocks[i].bytes, 1, stream) == 1;
    uint64_t print;
    whole = whole && fread(&print, sizeof print, 1, stream) == 1 && print == print_blocks(header, blocks, count);
    if (whole) return 1;
    trajectory_close(&chunk->trajectory);
    memory_free(chunk->hard);
    chunk->hard = NULL;
    return 0;
}

int text_chunk_cache_read(TextChunk *chunk, Error *error) {
    char path[PATH_LIMIT];
    if (cache_path(chunk, path, error) != 0) return -1;
    FILE *stream = fopen(path, "rb");
    if (!stream) return errno == ENOENT ? 0 : error_set(error, "%s: %s", path, strerror(errno));
    long every = chunk->arm->hard_every;
    size_t size = (size_t)chunk->stage->starts.tokens * (size_t)chunk->stage->model->network.shape.width;
    Header expected = make_header(chunk, every > 0 ? chunk->arm->steps / every + 1 : 0, size,
                                  (chunk->arm->l2 > 0) + (chunk->arm->fluency > 0));
    Header header;
    struct stat information;
    int got = 0;
    if (fstat(fileno(stream), &information) == 0 && fread(&header, sizeof header, 1, stream) == 1 &&
        memcmp(&header, &expected, sizeof header) == 0)
        got = read_blocks(chunk, &header, stream, (size_t)information.st_size, error);
    fclose(stream);
    return got;
}
