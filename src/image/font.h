/* font.h: letters of 5 by 7 dots, for the labels of picture grids. */
#ifndef LATENT_DREAM_IMAGE_FONT_H
#define LATENT_DREAM_IMAGE_FONT_H

#include <stdint.h>

/* Seven rows, top first; bit 4 is the leftmost dot. A byte that the font lacks gets a box. */
const uint8_t *font_glyph(char letter);

#endif
