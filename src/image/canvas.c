#include "image/canvas.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/font.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

int canvas_open(Canvas *canvas, int width, int height, uint8_t shade, Error *error) {
    *canvas = (Canvas){.width = width, .height = height};
    canvas->shades = memory_new((size_t)width * (size_t)height, 1, "a picture", error);
    if (!canvas->shades) return -1;
    memset(canvas->shades, shade, (size_t)width * (size_t)height);
    return 0;
}

void canvas_close(Canvas *canvas) {
    memory_free(canvas->shades);
    canvas->shades = NULL;
}

void canvas_rectangle(Canvas *canvas, int left, int top, int width, int height, uint8_t shade) {
    int first = left < 0 ? 0 : left;
    int last = left + width > canvas->width ? canvas->width : left + width;
    if (last <= first) return;
    for (int row = top < 0 ? 0 : top; row < top + height && row < canvas->height; row++)
        memset(canvas->shades + (size_t)row * (size_t)canvas->width + first, shade, (size_t)(last - first));
}

void canvas_picture(Canvas *canvas, int left, int top, const float *pixels, int height, int width, int scale) {
    for (int row = 0; row < height; row++)
        for (int column = 0; column < width; column++) {
            float value = fminf(fmaxf(pixels[row * width + column], 0.0f), 1.0f);
            canvas_rectangle(canvas, left + column * scale, top + row * scale, scale, scale,
                             (uint8_t)(value * 255.0f + 0.5f));
        }
}

void canvas_text(Canvas *canvas, int left, int top, int scale, uint8_t shade, const char *text) {
    for (; *text; text++, left += FONT_ADVANCE * scale) {
        const uint8_t *rows = font_glyph(*text);
        for (int row = 0; row < FONT_HEIGHT; row++)
            for (int column = 0; column < FONT_WIDTH; column++)
                if (rows[row] >> (FONT_WIDTH - 1 - column) & 1)
                    canvas_rectangle(canvas, left + column * scale, top + row * scale, scale, scale, shade);
    }
}

int canvas_text_width(const char *text, int scale) {
    int letters = (int)strlen(text);
    return letters ? (letters * FONT_ADVANCE - 1) * scale : 0;
}

static void write_bytes(void *context, void *bytes, int size) { fwrite(bytes, 1, (size_t)size, context); }

int canvas_write(const Canvas *canvas, const char *path, Error *error) {
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    if (!stbi_write_png_to_func(write_bytes, writer.stream, canvas->width, canvas->height, 1, canvas->shades,
                                canvas->width)) {
        file_writer_discard(&writer);
        return error_set(error, "%s: out of memory while the picture was packed", path);
    }
    return file_writer_close(&writer, error);
}
