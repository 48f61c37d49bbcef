// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
// clang-format on

#include "base/file.h"
#include "base/memory.h"
#include "image/canvas.h"
#include "image/font.h"
#include "image/grid.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define STB_IMAGE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

static char folder[] = "/tmp/grid-XXXXXX";

static int make_temporary(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_temporary(void **state) {
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/a.png", folder);
    unlink(path);
    return rmdir(folder);
}

static const float TILE[4] = {0, 1, 0.5f, 2};  // 2 x 2; above 1 is white

/* Where the tile's upper left dot is: nothing else on the sheet is black. */
static const unsigned char *find_tile(const unsigned char *shades, int count) {
    for (int i = 0; i < count; i++)
        if (shades[i] == 0) return shades + i;
    return NULL;
}

static void test_grid_is_a_png_with_enlarged_pixels(void **state) {
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "%s/a.png", folder);
    const float *tiles[2] = {NULL, TILE};
    const char *labels[2] = {"a", "b"};
    Grid grid = {
        .rows = 1, .columns = 2, .height = 2, .width = 2, .scale = 3, .tiles = tiles, .column_labels = labels};
    Error error;
    assert_int_equal(grid_write(&grid, path, &error), 0);
    int width = 0, height = 0, channels = 0;
    unsigned char *shades = stbi_load(path, &width, &height, &channels, 0);
    assert_non_null(shades);
    assert_int_equal(channels, 1);
    const unsigned char *tile = find_tile(shades, width * height);
    assert_non_null(tile);
    for (int row = 0; row < 6; row++)
        for (int column = 0; column < 6; column++) {
            static const unsigned char expected[] = {0, 255, 128, 255};
            assert_int_equal(tile[row * width + column], expected[row / 3 * 2 + column / 3]);
        }
    stbi_image_free(shades);
}

static void test_grid_into_a_missing_folder_is_an_error(void **state) {
    (void)state;
    const float *tiles[1] = {TILE};
    Grid grid = {.rows = 1, .columns = 1, .height = 2, .width = 2, .scale = 1, .tiles = tiles};
    Error error;
    assert_int_equal(grid_write(&grid, "/nowhere/at/all.png", &error), -1);
    assert_non_null(strstr(error.message, "/nowhere/at/all.png"));
}

static void test_text_draws_the_letters_dots(void **state) {
    (void)state;
    Canvas canvas;
    assert_int_equal(canvas_open(&canvas, 12, 14, 255, NULL), 0);
    canvas_text(&canvas, 1, 0, 2, 0, "1");
    const uint8_t *glyph = font_glyph('1');
    for (int row = 0; row < 14; row++)
        for (int column = 0; column < 10; column++)
            assert_int_equal(canvas.shades[row * 12 + 1 + column],
                             glyph[row / 2] >> (FONT_WIDTH - 1 - column / 2) & 1 ? 0 : 255);
    canvas_close(&canvas);
}

static void test_what_falls_outside_is_cut_off(void **state) {
    (void)state;
    Canvas canvas;
    assert_int_equal(canvas_open(&canvas, 4, 4, 9, NULL), 0);
    canvas_rectangle(&canvas, -5, -5, 7, 7, 1);
    canvas_rectangle(&canvas, 3, 3, 50, 50, 2);
    canvas_text(&canvas, 100, -100, 1, 3, "far away");
    const uint8_t expected[] = {1, 1, 9, 9, 1, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 2};
    assert_memory_equal(canvas.shades, expected, sizeof expected);
    canvas_close(&canvas);
}

static void test_every_letter_has_a_glyph_of_its_own(void **state) {
    (void)state;
    const uint8_t *box = font_glyph('\x01');
    const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;-+%/()=_";
    for (const char *a = letters; *a; a++) {
        assert_ptr_not_equal(font_glyph(*a), box);
        for (const char *b = letters; b < a; b++) {
            bool zero_and_letter = (*a == '0' && *b == 'O');
            if (!zero_and_letter) assert_memory_not_equal(font_glyph(*a), font_glyph(*b), 7);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid_is_a_png_with_enlarged_pixels),
        cmocka_unit_test(test_grid_into_a_missing_folder_is_an_error),
        cmocka_unit_test(test_text_draws_the_letters_dots),
        cmocka_unit_test(test_what_falls_outside_is_cut_off),
        cmocka_unit_test(test_every_letter_has_a_glyph_of_its_own),
    };
    return cmocka_run_group_tests(tests, make_temporary, remove_temporary);
}
