#include "image/judge.h"

#include "base/memory.h"

int judgment_open(Judgment *judgment, DarknetNetwork *judge, int feature_layer, const float *images, size_t count,
                  Error *error) {
    size_t classes = darknet_network_outputs(judge);
    *judgment = (Judgment){.count = count, .feature_size = darknet_network_layer(judge, feature_layer).outputs};
    judgment->classes = memory_new(count, 1, "judgments", error);
    judgment->confidences = memory_new(count, sizeof(float), "judgments", error);
    judgment->features = memory_new(count * judgment->feature_size, sizeof(float), "the judge's features", error);
    float *outputs = memory_new(count * classes, sizeof *outputs, "judgments", error);
    int status = judgment->classes && judgment->confidences && judgment->features && outputs ? 0 : -1;
    if (status == 0) status = darknet_network_run(judge, 0, feature_layer, images, count, judgment->features, error);
    if (status == 0) status = darknet_network_predict(judge, images, count, outputs, error);
    for (size_t i = 0; status == 0 && i < count; i++) {
        const float *probabilities = outputs + i * classes;
        size_t best = 0;
        for (size_t class = 1; class < classes; class ++)
            if (probabilities[class] > probabilities[best]) best = class;
        judgment->classes[i] = (uint8_t)best;
        judgment->confidences[i] = probabilities[best];
    }
    memory_free(outputs);
    return status;
}

void judgment_close(Judgment *judgment) {
    memory_free(judgment->classes);
    memory_free(judgment->confidences);
    memory_free(judgment->features);
    *judgment = (Judgment){0};
}
