/* lens.h: the logit lens (nostalgebraist 2020): what a model would predict if it stopped after each layer.
 *
 * Row 0 reads the token and position embeddings, row l the residual stream after layer l - 1; each goes through the
 * final layer norm and the unembedding. */
#ifndef LATENT_DREAM_COMMANDS_LENS_H
#define LATENT_DREAM_COMMANDS_LENS_H

#include "base/error.h"
#include "text/language_model.h"

typedef struct LensCell {
    int prediction;          // the likeliest next token
    float probability;       // its
    float next_probability;  // of the token that really comes next; NAN at the last position
    int next_rank;           // its rank, 1 the likeliest; 0 at the last position
} LensCell;

typedef struct Lens {
    LanguageModel *model;     // borrowed
    const TokenList *tokens;  // borrowed
    int rows;                 // layers + 1
    LensCell *cells;          // (rows, T)
} Lens;

/* tokens: at least one, at most the model's context. */
int lens_open(Lens *lens, LanguageModel *model, const TokenList *tokens, Error *error);
void lens_close(Lens *lens);

/* "embedding", "layer 0", ... into name[32]. */
void lens_row_name(int row, char name[32]);

/* layer (-1: the embeddings), position, token, prediction, probability, next, next_probability, next_rank. */
void lens_print_table(const Lens *lens, int sentence);
/* Layers down, positions across, as wide as the terminal; shaded by probability where `colored`. */
void lens_print_grid(const Lens *lens, bool colored);
/* PATH must end in .png; PATH's twins .pdf and .tsv, the numbers, stand beside it. */
int lens_draw(const Lens *lens, const char *path, Error *error);

#endif
