/* text_plan.h: what a text experiment asks for, read from its cfg and held against the model before anything runs. */
#ifndef LATENT_DREAM_TEXT_TEXT_PLAN_H
#define LATENT_DREAM_TEXT_TEXT_PLAN_H

#include "config/config.h"
#include "engine/optimizer.h"
#include "engine/target.h"
#include "text/decode.h"
#include "text/pass.h"
#include "text/tokenizer.h"

#include <stdbool.h>

enum { CASE_NAME = 160 };

/* One neuron of one layer. A [target] of several layers or neurons makes several cases, NAME-layer5-neuron2 each. */
typedef struct TextCase {
    char name[CASE_NAME];
    const ConfigSection *section;
    int layer, neuron;
    TextSite site;
    Reduce reduce;
    Squash squash;
    int count_tokens[2];  // ids of count_token=, without and with a space before; -1: there is none
} TextCase;

typedef struct TextArm {
    const char *name;
    const ConfigSection *section;
    int *cases;  // (case_count) indices into the plan's cases
    int case_count;
    int restarts, batch;
    long steps, patience, hard_every;
    float tolerance;
    OptimizerSettings optimizer;
    bool squash_given;
    Squash squash;
    float l2, fluency, fluency_temperature;
    int fluency_candidates;
    DecodeRule decode;
} TextArm;

typedef struct TextPlan {
    TextCase *cases;
    int case_count;
    TextArm *arms;
    int arm_count;
} TextPlan;

/* Everything wrong is appended to `problems`, with its line: a layer, neuron or word that the model lacks, a key that
 * text arms do not know. -1 where there was something, or when memory is out; nothing is to be closed then. The
 * config must outlive the plan. */
int text_plan_open(TextPlan *plan, const Config *config, const TextNetworkShape *shape, const Tokenizer *tokenizer,
                   ConfigProblems *problems, Error *error);
void text_plan_close(TextPlan *plan);

/* The squash of a case in an arm. */
Squash text_plan_squash(const TextArm *arm, const TextCase *a_case);

#endif
