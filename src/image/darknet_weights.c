/* Darknet's .weights files: three int32 (major, minor, revision), the number of images seen (int64; int32 before
 * version 0.2), then float32 parameters layer by layer, in the machine's byte order. */
#include "base/memory.h"
#include "image/darknet_internal.h"

#include <math.h>
#include <string.h>

enum { MAJOR = 0, MINOR = 2 };

/* Darknet's own rule for where the numbers begin. Versions of 1000 and more hold transposed matrices. */
static int header_size(const char *bytes, size_t size, const char *path, size_t *header, Error *error) {
    int32_t version[3];
    if (size < sizeof version + sizeof(int32_t))
        return error_set(error, "%s: %zu bytes are too few for a .weights file", path, size);
    memcpy(version, bytes, sizeof version);
    if (version[0] < 0 || version[0] >= 1000 || version[1] < 0 || version[1] >= 1000)
        return error_set(error, "%s: version %d.%d of the .weights format is not known; expected %d.%d", path,
                         version[0], version[1], MAJOR, MINOR);
    *header = sizeof version + (version[0] * 10 + version[1] >= 2 ? sizeof(int64_t) : sizeof(int32_t));
    return 0;
}

static int check_finite(const DarknetPlan *plan, const float *values, const char *path, Error *error) {
    for (int i = 0; i < plan->count; i++) {
        const DarknetLayer *layer = &plan->layers[i].info;
        for (size_t p = 0; p < layer->parameters; p++)
            if (!isfinite(values[p]))
                return error_set(error, "%s: layer %d [%s] holds %s at parameter %zu; train the network again", path,
                                 i, layer->kind, isnan(values[p]) ? "NaN" : "infinity", p);
        values += layer->parameters;
    }
    return 0;
}

int darknet_network_load(DarknetNetwork *network, const char *path, Error *error) {
    const DarknetPlan *plan = &network->plan;
    size_t wanted = plan->parameters * sizeof(float), size, header = 0;
    char *bytes;
    if (file_read(path, wanted + 64, &bytes, &size, error) != 0)
        return error_prefix(error, "weights of %zu bytes for %s", wanted + 20, network->cfg);
    float *values = memory_new(plan->parameters, sizeof *values, "weights", error);
    int failed = !values || header_size(bytes, size, path, &header, error) != 0;
    if (!failed && size != header + wanted)
        failed = error_set(error, "%s: %zu bytes, but %s needs %zu: %zu parameters behind a header of %zu bytes",
                           path, size, network->cfg, header + wanted, plan->parameters, header) != 0;
    if (!failed) {
        memcpy(values, bytes + header, wanted);
        failed = check_finite(plan, values, path, error) != 0;
    }
    if (!failed) memcpy(network->parameters, values, wanted);
    memory_free(values);
    memory_free(bytes);
    return failed ? -1 : 0;
}

int darknet_network_save(const DarknetNetwork *network, const char *path, Error *error) {
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    const int32_t version[3] = {MAJOR, MINOR, 0};
    const uint64_t seen = 0;
    fwrite(version, sizeof version, 1, writer.stream);
    fwrite(&seen, sizeof seen, 1, writer.stream);
    fwrite(network->parameters, sizeof(float), network->plan.parameters, writer.stream);
    return file_writer_close(&writer, error);
}
