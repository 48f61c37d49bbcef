#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "unit/temporary_folder.h"

#include "base/file.h"
#include "base/memory.h"
#include "image/digits.h"
#include "image/idx.h"

static const char *file_of(const char *name, const void *bytes, size_t size) {
    Error error;
    const char *path = in_folder(name);
    if (file_write(path, bytes, size, &error) != 0) fail_msg("%s", error.message);
    return path;
}

static const uint8_t TWO_IMAGES[] = {0, 0, 8, 3, 0, 0, 0, 2, 0,   0, 0, 2,  0,  0,
                                     0, 3, 1, 2, 3, 4, 5, 6, 250, 8, 9, 10, 11, 12};
static const uint8_t TWO_LABELS[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 9};

static void assert_refused(const void *bytes, size_t size, int dimensions, const char *because) {
    IdxArray array;
    Error error = {""};
    const char *path = file_of("refused", bytes, size);
    assert_int_equal(idx_read(&array, path, dimensions, &error), -1);
    if (!strstr(error.message, because)) fail_msg("\"%s\" does not say \"%s\"", error.message, because);
    assert_non_null(strstr(error.message, path));
    assert_null(array.bytes);
}

static void test_idx_plain_file_is_read(void **state) {
    (void)state;
    IdxArray array;
    Error error = {""};
    if (idx_read(&array, file_of("plain", TWO_IMAGES, sizeof TWO_IMAGES), 3, &error) != 0)
        fail_msg("%s", error.message);
    assert_int_equal(array.sizes[0], 2);
    assert_int_equal(array.sizes[1], 2);
    assert_int_equal(array.sizes[2], 3);
    assert_int_equal(array.count, 12);
    assert_memory_equal(array.bytes, TWO_IMAGES + 16, 12);
    idx_free(&array);
}

static void test_idx_gzipped_file_is_read_like_the_plain_one(void **state) {
    (void)state;
    IdxArray array;
    Error error = {""};
    const char *path = in_folder("zipped.gz");
    gzFile file = gzopen(path, "wb");
    gzwrite(file, TWO_IMAGES, sizeof TWO_IMAGES);
    gzclose(file);
    if (idx_read(&array, path, 3, &error) != 0) fail_msg("%s", error.message);
    assert_memory_equal(array.bytes, TWO_IMAGES + 16, 12);
    idx_free(&array);
}

static void test_idx_damaged_gzip_is_refused(void **state) {
    (void)state;
    uint8_t zipped[4096];
    const char *path = in_folder("whole.gz");
    gzFile file = gzopen(path, "wb");
    gzwrite(file, TWO_IMAGES, sizeof TWO_IMAGES);
    gzclose(file);
    FILE *stream = fopen(path, "rb");
    size_t size = fread(zipped, 1, sizeof zipped, stream);
    fclose(stream);
    assert_refused(zipped, size - 6, 3, "damaged gzip");
    zipped[size - 5] ^= 1; /* the checksum */
    assert_refused(zipped, size, 3, "damaged gzip");
}

static void test_idx_empty_file_is_refused(void **state) {
    (void)state;
    assert_refused("", 0, 3, "empty");
}

static void test_idx_wrong_magic_is_refused(void **state) {
    (void)state;
    assert_refused("hello, I am text", 16, 3, "not an IDX file");
    uint8_t floats[sizeof TWO_LABELS];
    memcpy(floats, TWO_LABELS, sizeof floats);
    floats[2] = 0x0d;
    assert_refused(floats, sizeof floats, 1, "unsigned bytes");
}

static void test_idx_wrong_number_of_dimensions_is_refused(void **state) {
    (void)state;
    assert_refused(TWO_LABELS, sizeof TWO_LABELS, 3, "has 1 dimensions, expected 3");
    assert_refused(TWO_IMAGES, sizeof TWO_IMAGES, 1, "has 3 dimensions, expected 1");
}

static void test_idx_truncated_file_is_refused(void **state) {
    (void)state;
    assert_refused(TWO_IMAGES, 3, 3, "too few");
    assert_refused(TWO_IMAGES, 9, 3, "cut short inside its header");
    assert_refused(TWO_IMAGES, sizeof TWO_IMAGES - 1, 3, "promises 12 values, the file holds 11");
}

static void test_idx_bytes_after_the_last_value_are_refused(void **state) {
    (void)state;
    uint8_t longer[sizeof TWO_LABELS + 1] = {0};
    memcpy(longer, TWO_LABELS, sizeof TWO_LABELS);
    assert_refused(longer, sizeof longer, 1, "bytes follow after the 2 values");
}

static void test_idx_zero_size_is_refused(void **state) {
    (void)state;
    const uint8_t none[] = {0, 0, 8, 1, 0, 0, 0, 0};
    assert_refused(none, sizeof none, 1, "size 0");
}

static void test_idx_huge_sizes_in_a_small_file_allocate_little(void **state) {
    (void)state;
    const uint8_t overflow[] = {0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1};
    assert_refused(overflow, sizeof overflow, 3, "claims more than");
    const uint8_t gigabyte[] = {0, 0, 8, 1, 0x40, 0, 0, 0, 1, 2, 3};
    memory_fail_after(3); /* one block for the values, one for the path's file at most */
    assert_refused(gigabyte, sizeof gigabyte, 1, "the file holds 3");
    memory_fail_after(0);
}

static void test_idx_out_of_memory_is_an_error(void **state) {
    (void)state;
    IdxArray array;
    Error error = {""};
    const char *path = file_of("memory", TWO_LABELS, sizeof TWO_LABELS);
    memory_fail_after(1);
    assert_int_equal(idx_read(&array, path, 1, &error), -1);
    memory_fail_after(0);
    assert_null(array.bytes);
}

static void test_idx_written_file_reads_back(void **state) {
    (void)state;
    IdxArray array;
    Error error = {""};
    const size_t sizes[] = {2, 2, 3};
    const char *path = in_folder("written");
    assert_int_equal(idx_write(path, TWO_IMAGES + 16, 3, sizes, &error), 0);
    char *bytes;
    size_t size;
    assert_int_equal(file_read(path, 1000, &bytes, &size, &error), 0);
    assert_int_equal(size, sizeof TWO_IMAGES);
    assert_memory_equal(bytes, TWO_IMAGES, size);
    memory_free(bytes);
    assert_int_equal(idx_read(&array, path, 3, &error), 0);
    idx_free(&array);
}

static void test_digits_of_both_files_are_read(void **state) {
    (void)state;
    Digits digits;
    Error error = {""};
    const char *images = file_of("images", TWO_IMAGES, sizeof TWO_IMAGES);
    const char *labels = file_of("labels", TWO_LABELS, sizeof TWO_LABELS);
    if (digits_open(&digits, images, labels, 10, &error) != 0) fail_msg("%s", error.message);
    float x[6];
    const uint32_t second = 1;
    digits_floats(&digits, &second, 1, x);
    assert_true(x[0] == 250 * (1.0f / 255.0f));
    assert_int_equal(digits.labels[1], 9);
    uint32_t found[2];
    assert_int_equal(digits_of_class(&digits, 9, NULL, 0, found, 2), 1);
    assert_int_equal(found[0], 1);
    digits_close(&digits);
}

static void test_digits_label_above_the_classes_is_refused(void **state) {
    (void)state;
    Digits digits;
    Error error = {""};
    const char *images = file_of("images", TWO_IMAGES, sizeof TWO_IMAGES);
    const char *labels = file_of("labels", TWO_LABELS, sizeof TWO_LABELS);
    assert_int_equal(digits_open(&digits, images, labels, 9, &error), -1);
    assert_non_null(strstr(error.message, "label 2 is 9, expected 0 to 8"));
    assert_non_null(strstr(error.message, labels));
}

static void test_digits_of_different_counts_are_refused(void **state) {
    (void)state;
    const uint8_t one[] = {0, 0, 8, 1, 0, 0, 0, 1, 7};
    Digits digits;
    Error error = {""};
    const char *images = file_of("images", TWO_IMAGES, sizeof TWO_IMAGES);
    const char *labels = file_of("one", one, sizeof one);
    assert_int_equal(digits_open(&digits, images, labels, 10, &error), -1);
    assert_non_null(strstr(error.message, "2 images"));
    assert_non_null(strstr(error.message, "1 labels"));
}

static void test_digits_split_parts_share_no_digit(void **state) {
    (void)state;
    const double shares[] = {0.5, 0.3, 0.2};
    uint8_t seen[1000] = {0};
    Error error;
    for (int part = 0; part < 3; part++) {
        uint32_t *indices;
        size_t count;
        assert_int_equal(digits_split(1000, shares, 3, part, 7, &indices, &count, &error), 0);
        assert_int_equal(count, (size_t)(1000 * shares[part]));
        for (size_t i = 0; i < count; i++) assert_int_equal(seen[indices[i]]++, 0);
        memory_free(indices);
    }
}

static void test_digits_bytes_round_and_clamp(void **state) {
    (void)state;
    const float x[] = {-1, 0, 0.5f, 1, 7, __builtin_nanf("")};
    const uint8_t expected[] = {0, 0, 128, 255, 255, 0};
    uint8_t bytes[6];
    digits_bytes(x, 6, bytes);
    assert_memory_equal(bytes, expected, 6);
}

static void test_embedded_digits_are_the_first_ten_thousand(void **state) {
    (void)state;
    Digits digits;
    Error error = {""};
    if (digits_open(&digits, "data/mnist/images-idx3-ubyte.gz", "data/mnist/labels-idx1-ubyte.gz", 10, &error) != 0)
        fail_msg("%s", error.message);
    assert_int_equal(digits.count, 10000);
    assert_int_equal(digits.pixels, 784);
    const uint8_t first[] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4};
    assert_memory_equal(digits.labels, first, 10);
    digits_close(&digits);
}

static void test_fashion_mnist_is_read_by_changing_the_path(void **state) {
    (void)state;
    const char *images = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";
    const char *labels = "/usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz";
    if (!file_exists(images)) {
        print_message("skipped: Debian's package dataset-fashion-mnist is not installed\n");
        skip();
    }
    Digits digits;
    Error error = {""};
    if (digits_open(&digits, images, labels, 10, &error) != 0) fail_msg("%s", error.message);
    assert_int_equal(digits.count, 60000);
    assert_int_equal(digits_of_class(&digits, 3, NULL, 0, NULL, 0), 6000);
    digits_close(&digits);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idx_plain_file_is_read),
        cmocka_unit_test(test_idx_gzipped_file_is_read_like_the_plain_one),
        cmocka_unit_test(test_idx_damaged_gzip_is_refused),
        cmocka_unit_test(test_idx_empty_file_is_refused),
        cmocka_unit_test(test_idx_wrong_magic_is_refused),
        cmocka_unit_test(test_idx_wrong_number_of_dimensions_is_refused),
        cmocka_unit_test(test_idx_truncated_file_is_refused),
        cmocka_unit_test(test_idx_bytes_after_the_last_value_are_refused),
        cmocka_unit_test(test_idx_zero_size_is_refused),
        cmocka_unit_test(test_idx_huge_sizes_in_a_small_file_allocate_little),
        cmocka_unit_test(test_idx_out_of_memory_is_an_error),
        cmocka_unit_test(test_idx_written_file_reads_back),
        cmocka_unit_test(test_digits_of_both_files_are_read),
        cmocka_unit_test(test_digits_label_above_the_classes_is_refused),
        cmocka_unit_test(test_digits_of_different_counts_are_refused),
        cmocka_unit_test(test_digits_split_parts_share_no_digit),
        cmocka_unit_test(test_digits_bytes_round_and_clamp),
        cmocka_unit_test(test_embedded_digits_are_the_first_ten_thousand),
        cmocka_unit_test(test_fashion_mnist_is_read_by_changing_the_path),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
