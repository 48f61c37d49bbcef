#include "text/safetensors.h"

#include "base/file.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "unit/temporary_folder.h"

/* A file in memory: `header` with its length before it, then `data_size` bytes 0, 1, 2, ... */
static unsigned char *build(const char *header, size_t data_size, size_t *size) {
    uint64_t length = strlen(header);
    *size = 8 + length + data_size;
    unsigned char *bytes = memory_new(*size, 1, "a file", NULL);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    for (size_t i = 0; i < data_size; i++) bytes[8 + length + i] = (unsigned char)i;
    return bytes;
}

static void check_refused(const char *header, size_t data_size, const char *reason) {
    Error error = {""};
    size_t size;
    unsigned char *bytes = build(header, data_size, &size);
    Safetensors file;
    if (safetensors_parse(&file, bytes, size, "model.safetensors", &error) == 0) fail_msg("accepted: %s", header);
    if (strstr(error.message, reason) == NULL) fail_msg("'%s' does not say '%s'", error.message, reason);
    memory_free(bytes);
}

#define ENTRY(name, type, shape, offsets) \
    "\"" name "\": {\"dtype\": \"" type "\", \"shape\": " shape ", \"data_offsets\": " offsets "}"

static void test_tensors_are_found_by_name(void **state) {
    (void)state;
    Error error = {""};
    size_t size;
    unsigned char *bytes = build("{" ENTRY("b", "F32", "[2, 3]", "[0, 24]") ", " ENTRY(
                                     "a", "BF16", "[4]", "[24, 32]") ", \"__metadata__\": {\"format\": \"pt\"}}",
                                 32, &size);
    Safetensors file;
    if (safetensors_parse(&file, bytes, size, "f", &error) != 0) fail_msg("%s", error.message);
    assert_int_equal(file.count, 2);
    const Tensor *b = safetensors_find(&file, "b");
    assert_non_null(b);
    assert_int_equal(b->dimensions, 2);
    assert_int_equal(b->shape[0], 2);
    assert_int_equal(b->shape[1], 3);
    assert_int_equal(b->count, 6);
    assert_memory_equal(b->data, bytes + size - 32, 24);
    assert_int_equal(safetensors_find(&file, "a")->type, NUMBER_BF16);
    assert_null(safetensors_find(&file, "c"));
    safetensors_close(&file);
    memory_free(bytes);
}

static void test_misaligned_data_is_read_right(void **state) {
    (void)state;
    Error error = {""};
    for (int padding = 0; padding < 8; padding++) {
        char header[256];
        snprintf(header, sizeof header, "{%*s" ENTRY("a", "F32", "[2]", "[0, 8]") "}", padding, "");
        size_t size;
        unsigned char *bytes = build(header, 8, &size);
        float values[2] = {1.5f, -2.25f}, read[2];
        memcpy(bytes + size - 8, values, 8);
        Safetensors file;
        if (safetensors_parse(&file, bytes, size, "f", &error) != 0) fail_msg("%s", error.message);
        const Tensor *tensor = safetensors_find(&file, "a");
        assert_int_equal((uintptr_t)tensor->data % sizeof(float), 0);
        tensor_read(tensor, 0, 2, read);
        assert_memory_equal(read, values, sizeof read);
        safetensors_close(&file);
        memory_free(bytes);
    }
}

static void test_half_types_are_read_right(void **state) {
    (void)state;
    Error error = {""};
    size_t size;
    unsigned char *bytes =
        build("{" ENTRY("h", "F16", "[3]", "[0, 6]") ", " ENTRY("b", "BF16", "[2]", "[6, 10]") "}", 10, &size);
    uint16_t numbers[5] = {0x3C00, 0xC500, 0x0001, 0x3FC0, 0xC0A0};  // 1, -5, 2^-24; 1.5, -5
    memcpy(bytes + size - 10, numbers, sizeof numbers);
    Safetensors file;
    float values[3];
    if (safetensors_parse(&file, bytes, size, "f", &error) != 0) fail_msg("%s", error.message);
    tensor_read(safetensors_find(&file, "h"), 0, 3, values);
    assert_true(values[0] == 1 && values[1] == -5 && values[2] == 0x1p-24f);
    tensor_read(safetensors_find(&file, "b"), 1, 1, values);
    assert_true(values[0] == -5);
    safetensors_close(&file);
    memory_free(bytes);
}

static void test_header_length_that_lies_is_refused(void **state) {
    (void)state;
    static const uint64_t LENGTHS[] = {0, 1, 3, 1000, UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX - 7};
    Error error = {""};
    Safetensors file;
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        size_t size;
        unsigned char *bytes = build("{}", 4, &size);
        memcpy(bytes, &LENGTHS[i], 8);
        assert_int_equal(safetensors_parse(&file, bytes, size, "f", &error), -1);
        assert_int_equal(safetensors_parse(&file, bytes, 9, "f", &error), -1);
        memory_free(bytes);
    }
}

static void test_entries_that_lie_are_refused(void **state) {
    (void)state;
    check_refused("[]", 0, "no object");
    check_refused("{\"a\": 1}", 0, "tensor a: its header is not");
    check_refused("{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}}", 0, "tensor a: its header is not");
    check_refused("{" ENTRY("a", "F99", "[1]", "[0, 4]") "}", 4, "tensor a: unknown dtype \"F99\"");
    check_refused("{" ENTRY("a", "F32", "1", "[0, 4]") "}", 4, "tensor a: no \"shape\"");
    check_refused("{" ENTRY("a", "F32", "[-1]", "[0, 4]") "}", 4, "tensor a: a size in \"shape\"");
    check_refused("{" ENTRY("a", "F32", "[0.5]", "[0, 4]") "}", 4, "tensor a: a size in \"shape\"");
    check_refused("{" ENTRY("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0, 4]") "}", 4, "tensor a: more than 8");
    check_refused("{" ENTRY("a", "F32", "[4294967296, 4294967296]", "[0, 4]") "}", 4, "more than memory");
    check_refused("{" ENTRY("a", "F32", "[4611686018427387905]", "[0, 4]") "}", 4, "tensor a: a size");
    check_refused("{" ENTRY("a", "F32", "[2]", "[0, 4]") "}", 4, "4 bytes between its data_offsets, but its shape");
    check_refused("{" ENTRY("a", "F32", "[1]", "[0, 8]") "}", 4, "lie outside the 4 bytes");
    check_refused("{" ENTRY("a", "F32", "[1]", "[4, 0]") "}", 4, "lie outside");
    check_refused("{" ENTRY("a", "F32", "[1]", "[-4, 0]") "}", 4, "no \"data_offsets\"");
    check_refused("{" ENTRY("a", "F32", "[1]", "[0]") "}", 4, "no \"data_offsets\"");
    check_refused("{" ENTRY("a", "F32", "[1]", "[1e300, 1e301]") "}", 4, "no \"data_offsets\"");
}

static void test_layout_that_lies_is_refused(void **state) {
    (void)state;
    check_refused("{" ENTRY("a", "F32", "[1]", "[0, 4]") "," ENTRY("b", "F32", "[1]", "[0, 4]") "}", 4, "overlaps");
    check_refused("{" ENTRY("a", "F32", "[2]", "[0, 8]") "," ENTRY("b", "F32", "[2]", "[4, 12]") "}", 12,
                  "tensor b overlaps tensor a");
    check_refused("{" ENTRY("a", "F32", "[1]", "[4, 8]") "}", 8, "4 bytes before tensor a belong to no tensor");
    check_refused("{" ENTRY("a", "F32", "[1]", "[0, 4]") "}", 6, "the last 2 bytes belong to no tensor");
    check_refused("{" ENTRY("a", "F32", "[1]", "[0, 4]") "," ENTRY("a", "F32", "[1]", "[4, 8]") "}", 8,
                  "tensor a stands there twice");
    check_refused("{}", 8, "the last 8 bytes");
}

static void test_every_truncation_is_refused(void **state) {
    (void)state;
    Error error;
    size_t size;
    unsigned char *bytes = build("{" ENTRY("a", "F32", "[2, 2]", "[0, 16]") "}", 16, &size);
    Safetensors file;
    for (size_t kept = 0; kept < size; kept++) {
        unsigned char *part = memory_new(kept, 1, "a part", NULL);
        memcpy(part, bytes, kept);
        assert_int_equal(safetensors_parse(&file, part, kept, "f", &error), -1);
        memory_free(part);
    }
    memory_free(bytes);
}

static void test_files_that_are_none_are_refused(void **state) {
    (void)state;
    Error error;
    Safetensors file;
    assert_int_equal(safetensors_open(&file, in_folder("missing"), &error), -1);
    assert_non_null(strstr(error.message, "missing"));
    assert_int_equal(safetensors_open(&file, folder, &error), -1);
    assert_int_equal(file_write(in_folder("empty"), "", 0, &error), 0);
    assert_int_equal(safetensors_open(&file, in_folder("empty"), &error), -1);
    assert_non_null(strstr(error.message, "empty"));
    assert_int_equal(safetensors_open_folder(&file, folder, &error), -1);
    assert_non_null(strstr(error.message, "neither model.safetensors nor"));
}

/* ---- what is written is read again */

static const float VALUES[6] = {0, 1.0f / 3, -2.5f, 1e-30f, 65504, -0.1f};

static void write_pair(const char *path, const char *first, const char *second, NumberType type) {
    Error error = {""};
    TensorSource tensors[2] = {{first, 2, {2, 3}, VALUES}, {second, 1, {3}, VALUES + 3}};
    if (safetensors_write(path, tensors, 2, type, &error) != 0) fail_msg("%s", error.message);
}

static void test_written_float32_comes_back(void **state) {
    (void)state;
    Error error = {""};
    Safetensors file;
    write_pair(in_folder("pair"), "x", "y", NUMBER_F32);
    if (safetensors_open(&file, in_folder("pair"), &error) != 0) fail_msg("%s", error.message);
    const Tensor *x = safetensors_find(&file, "x");
    assert_int_equal((uintptr_t)x->data % 64, 0);
    assert_memory_equal(x->data, VALUES, sizeof VALUES);
    assert_memory_equal(safetensors_find(&file, "y")->data, VALUES + 3, 12);
    safetensors_close(&file);
}

static void test_written_bfloat16_comes_back_rounded(void **state) {
    (void)state;
    Error error = {""};
    Safetensors file;
    float values[6];
    write_pair(in_folder("pair"), "x", "y", NUMBER_BF16);
    if (safetensors_open(&file, in_folder("pair"), &error) != 0) fail_msg("%s", error.message);
    tensor_read(safetensors_find(&file, "x"), 0, 6, values);
    for (int i = 0; i < 6; i++) {
        float difference = values[i] - VALUES[i], bound = VALUES[i] / 256;
        assert_true(difference * difference <= bound * bound);
    }
    safetensors_close(&file);
}

/* ---- shards */

static void write_index(const char *json) {
    Error error;
    assert_int_equal(file_write(in_folder("model.safetensors.index.json"), json, strlen(json), &error), 0);
}

static void test_shards_are_opened_together(void **state) {
    (void)state;
    Error error = {""};
    Safetensors file;
    write_pair(in_folder("one.safetensors"), "a", "b", NUMBER_F32);
    write_pair(in_folder("two.safetensors"), "c", "d", NUMBER_BF16);
    write_index(
        "{\"metadata\": {}, \"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"one.safetensors\", "
        "\"c\": \"two.safetensors\", \"d\": \"two.safetensors\"}}");
    if (safetensors_open_folder(&file, folder, &error) != 0) fail_msg("%s", error.message);
    assert_int_equal(file.count, 4);
    assert_memory_equal(safetensors_find(&file, "b")->data, VALUES + 3, 12);
    assert_int_equal(safetensors_find(&file, "d")->type, NUMBER_BF16);
    safetensors_close(&file);
}

static void check_index_refused(const char *json, const char *reason) {
    Error error = {""};
    Safetensors file;
    write_index(json);
    assert_int_equal(safetensors_open_folder(&file, folder, &error), -1);
    if (strstr(error.message, reason) == NULL) fail_msg("'%s' does not say '%s'", error.message, reason);
}

static void test_index_that_lies_is_refused(void **state) {
    (void)state;
    write_pair(in_folder("one.safetensors"), "a", "b", NUMBER_F32);
    write_pair(in_folder("two.safetensors"), "b", "d", NUMBER_F32);
    check_index_refused("{}", "no \"weight_map\"");
    check_index_refused("{\"weight_map\": {\"a\": 1}}", "name of a file in the same folder");
    check_index_refused("{\"weight_map\": {\"a\": \"../one.safetensors\"}}", "name of a file in the same folder");
    check_index_refused("{\"weight_map\": {\"a\": \"three.safetensors\"}}", "three.safetensors");
    check_index_refused("{\"weight_map\": {\"z\": \"one.safetensors\"}}", "tensor z is not in one.safetensors");
    check_index_refused("{\"weight_map\": {\"a\": \"one.safetensors\", \"d\": \"two.safetensors\"}}",
                        "tensor b is in");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tensors_are_found_by_name),
        cmocka_unit_test(test_misaligned_data_is_read_right),
        cmocka_unit_test(test_half_types_are_read_right),
        cmocka_unit_test(test_header_length_that_lies_is_refused),
        cmocka_unit_test(test_entries_that_lie_are_refused),
        cmocka_unit_test(test_layout_that_lies_is_refused),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_files_that_are_none_are_refused),
        cmocka_unit_test(test_written_float32_comes_back),
        cmocka_unit_test(test_written_bfloat16_comes_back_rounded),
        cmocka_unit_test(test_shards_are_opened_together),
        cmocka_unit_test(test_index_that_lies_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
