/* canvas.h: a grey picture that is drawn on and written as PNG.
 *
 * Shades run from 0 (black) to 255 (white). What falls outside the canvas is cut off. Letters are 5 by 7 dots, drawn
 * `scale` times enlarged; the font has ASCII's letters, digits and common signs, others show as a box. */
#ifndef LATENT_DREAM_IMAGE_CANVAS_H
#define LATENT_DREAM_IMAGE_CANVAS_H

#include "base/error.h"

#include <stdint.h>

enum { FONT_WIDTH = 5, FONT_HEIGHT = 7, FONT_ADVANCE = 6 };

typedef struct Canvas {
    int width, height;
    uint8_t *shades;  // (height, width)
} Canvas;

int canvas_open(Canvas *canvas, int width, int height, uint8_t shade, Error *error);
void canvas_close(Canvas *canvas);

void canvas_rectangle(Canvas *canvas, int left, int top, int width, int height, uint8_t shade);
/* Pixels (height, width) of 0 black .. 1 white, clamped; each becomes a square of `scale` dots. */
void canvas_picture(Canvas *canvas, int left, int top, const float *pixels, int height, int width, int scale);
/* The upper left corner of the first letter is at (left, top). */
void canvas_text(Canvas *canvas, int left, int top, int scale, uint8_t shade, const char *text);
/* Dots that a text is wide. */
int canvas_text_width(const char *text, int scale);

/* Whole or not at all. */
int canvas_write(const Canvas *canvas, const char *path, Error *error);

#endif
