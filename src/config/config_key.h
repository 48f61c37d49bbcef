/* config_key.h: holds one value against its row of the schema. A part of config_check. */
#ifndef LATENT_DREAM_CONFIG_CONFIG_KEY_H
#define LATENT_DREAM_CONFIG_CONFIG_KEY_H

#include "config/config.h"

typedef struct ConfigCheck {
    const Config *config;
    const Schema *schema;
    ConfigProblems *problems;  // NULL: problems are only counted
    size_t count;
} ConfigCheck;

void config_check_value(ConfigCheck *check, const ConfigEntry *entry, const KeySchema *key);

#endif
