#include "text/vocabulary.h"

#include "base/memory.h"
#include "text/json_read.h"

#include <stdbool.h>
#include <string.h>

enum { TOKENS_LIMIT = 1 << 20 };  // no GPT-2 has more; ids and ranks stay far below 2^31

static uint32_t mix(uint64_t value) {
    value *= 0x9E3779B97F4A7C15u;
    return (uint32_t)(value >> 32);
}

static uint32_t hash_bytes(const char *bytes, size_t size) {
    uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001B3u;
    return mix(hash);
}

static uint32_t hash_pair(int left, int right) { return mix((uint64_t)(uint32_t)left << 32 | (uint32_t)right); }

/* A power of two with at least twice `count` slots. */
static uint32_t slots_for(size_t count) {
    uint32_t slots = 16;
    while (slots < 2 * count) slots *= 2;
    return slots;
}

size_t vocabulary_token_size(const Vocabulary *vocabulary, int id) {
    return vocabulary->starts[id + 1] - vocabulary->starts[id] - 1;
}

int vocabulary_find(const Vocabulary *vocabulary, const char *bytes, size_t size) {
    for (uint32_t slot = hash_bytes(bytes, size) & vocabulary->slot_mask; vocabulary->slots[slot] != 0;
         slot = (slot + 1) & vocabulary->slot_mask) {
        int id = vocabulary->slots[slot] - 1;
        if (vocabulary_token_size(vocabulary, id) == size &&
            memcmp(vocabulary->bytes + vocabulary->starts[id], bytes, size) == 0) {
            return id;
        }
    }
    return -1;
}

int vocabulary_rank(const Vocabulary *vocabulary, int left, int right) {
    for (uint32_t slot = hash_pair(left, right) & vocabulary->pair_mask; vocabulary->pairs[slot] != 0;
         slot = (slot + 1) & vocabulary->pair_mask) {
        int rank = vocabulary->pairs[slot] - 1;
        if (vocabulary->merges[rank].left == left && vocabulary->merges[rank].right == right) return rank;
    }
    return -1;
}

/* GPT-2's alphabet, character to byte; -1 for a character that stands for none. */
static int alphabet_byte(uint32_t character) {
    if ((character >= '!' && character <= '~') || (character >= 0xA1 && character <= 0xAC) ||
        (character >= 0xAE && character <= 0xFF)) {
        return (int)character;
    }
    if (character < 0x100) return -1;
    uint32_t index = character - 0x100;  // among the bytes that no printable character stands for
    if (index <= 0x20) return (int)index;
    if (index <= 0x42) return (int)(0x7F + index - 0x21);
    return index == 0x43 ? 0xAD : -1;
}

/* Writes the bytes that `token` stands for over itself and returns how many; -1 for a character outside the
 * alphabet. All of the alphabet has at most two bytes of UTF-8. */
static long alphabet_decode(const char *token, size_t size, char *bytes) {
    long count = 0;
    for (size_t i = 0; i < size; i++) {
        uint32_t character = (unsigned char)token[i];
        if (character >= 0x80) {
            if ((character & 0xE0) != 0xC0 || i + 1 >= size || ((unsigned char)token[i + 1] & 0xC0) != 0x80)
                return -1;
            character = (character & 0x1F) << 6 | ((unsigned char)token[++i] & 0x3F);
            if (character < 0x80) return -1;
        }
        int byte = alphabet_byte(character);
        if (byte < 0) return -1;
        bytes[count++] = (char)byte;
    }
    return count;
}

/* names[id] = the key of each id; every id of 0 .. size - 1 once. */
static int collect_names(const cJSON *json, const char **names, int size, const char *path, Error *error) {
    const cJSON *item;
    cJSON_ArrayForEach(item, json) {
        double id;
        if (json_whole(item, 0, size - 1, &id) != 0) {
            return error_set(
                error, "%s: token \"%.80s\" has no id within 0 to %d; %d tokens need the ids 0 to %d, each once",
                path, item->string, size - 1, size, size - 1);
        }
        if (names[(int)id] != NULL) {
            return error_set(error, "%s: tokens \"%.80s\" and \"%.80s\" have the same id %d", path, names[(int)id],
                             item->string, (int)id);
        }
        names[(int)id] = item->string;
    }
    return 0;
}

static int store_tokens(Vocabulary *vocabulary, const char **names, const char *path, Error *error) {
    size_t end = 0;
    for (int id = 0; id < vocabulary->size; id++) {
        vocabulary->starts[id] = (uint32_t)end;
        long size = alphabet_decode(names[id], strlen(names[id]), vocabulary->bytes + end);
        if (size <= 0) {
            return error_set(error, "%s: token \"%.80s\" (id %d) %s; this is no vocabulary of a byte-level BPE", path,
                             names[id], id, size == 0 ? "is empty" : "is not written in GPT-2's byte alphabet");
        }
        int twin = vocabulary_find(vocabulary, vocabulary->bytes + end, (size_t)size);
        if (twin >= 0) {
            return error_set(error, "%s: token \"%.80s\" stands there twice, as %d and as %d", path, names[id], twin,
                             id);
        }
        uint32_t slot = hash_bytes(vocabulary->bytes + end, (size_t)size) & vocabulary->slot_mask;
        while (vocabulary->slots[slot] != 0) slot = (slot + 1) & vocabulary->slot_mask;
        vocabulary->slots[slot] = id + 1;
        end += (size_t)size;
        vocabulary->bytes[end++] = 0;
        vocabulary->starts[id + 1] = (uint32_t)end;
    }
    for (int byte = 0; byte < 256; byte++) {
        char text = (char)byte;
        vocabulary->byte_ids[byte] = vocabulary_find(vocabulary, &text, 1);
        if (vocabulary->byte_ids[byte] < 0) {
            return error_set(error, "%s: no token for the byte 0x%02X; a byte-level BPE has all 256", path, byte);
        }
    }
    return 0;
}

static int parse_tokens(Vocabulary *vocabulary, const cJSON *json, size_t file_size, const char *path, Error *error) {
    size_t count = 0;
    for (const cJSON *item = json->child; item != NULL; item = item->next) count++;
    if (count < 256 || count > TOKENS_LIMIT) {
        return error_set(error, "%s: %zu tokens; a byte-level BPE has 256 to %d", path, count, TOKENS_LIMIT);
    }
    vocabulary->size = (int)count;
    uint32_t slots = slots_for(count);
    vocabulary->slot_mask = slots - 1;
    const char **names = memory_new(count, sizeof *names, "token names", error);
    vocabulary->bytes = memory_new(file_size + count, 1, "tokens", error);  // no token grows by decoding
    vocabulary->starts = memory_new(count + 1, sizeof *vocabulary->starts, "tokens", error);
    vocabulary->slots = memory_new(slots, sizeof *vocabulary->slots, "the table of tokens", error);
    int status = -1;
    if (names != NULL && vocabulary->bytes != NULL && vocabulary->starts != NULL && vocabulary->slots != NULL) {
        status = collect_names(json, names, vocabulary->size, path, error);
        if (status == 0) status = store_tokens(vocabulary, names, path, error);
    }
    memory_free(names);
    return status;
}

int vocabulary_parse(Vocabulary *vocabulary, const char *bytes, size_t size, const char *path, Error *error) {
    *vocabulary = (Vocabulary){0};
    cJSON *json = json_parse_object(bytes, size, path, "a vocabulary, {\"token\": id, ...},", error);
    if (json == NULL) return -1;
    int status = parse_tokens(vocabulary, json, size, path, error);
    cJSON_Delete(json);
    return status;
}

void vocabulary_free(Vocabulary *vocabulary) {
    memory_free(vocabulary->bytes);
    memory_free(vocabulary->starts);
    memory_free(vocabulary->slots);
    memory_free(vocabulary->merges);
    memory_free(vocabulary->pairs);
    *vocabulary = (Vocabulary){0};
}

/* One "LEFT RIGHT"; `scratch` holds at least `size` bytes. */
static int parse_merge(const Vocabulary *vocabulary, const char *line, size_t size, char *scratch, Merge *merge,
                       const char *path, int number, Error *error) {
    const char *space = memchr(line, ' ', size);
    if (space == NULL || memchr(space + 1, ' ', size - (size_t)(space + 1 - line)) != NULL) {
        return error_set(error, "%s:%d: \"%.*s\": expected two tokens with one space between", path, number,
                         size > 80 ? 80 : (int)size, line);
    }
    long left = alphabet_decode(line, (size_t)(space - line), scratch);
    long right = left < 0 ? -1 : alphabet_decode(space + 1, size - (size_t)(space + 1 - line), scratch + left);
    merge->left = right <= 0 || left <= 0 ? -1 : vocabulary_find(vocabulary, scratch, (size_t)left);
    merge->right = merge->left < 0 ? -1 : vocabulary_find(vocabulary, scratch + left, (size_t)right);
    merge->result = merge->right < 0 ? -1 : vocabulary_find(vocabulary, scratch, (size_t)(left + right));
    if (merge->result < 0) {
        return error_set(error,
                         "%s:%d: \"%.*s\": both tokens and what they make must be in vocab.json; the two files "
                         "are not of one tokenizer",
                         path, number, size > 80 ? 80 : (int)size, line);
    }
    return 0;
}

static int store_merge(Vocabulary *vocabulary, Merge merge, const char *path, int number, Error *error) {
    if (vocabulary_rank(vocabulary, merge.left, merge.right) >= 0) {
        return error_set(error, "%s:%d: the same merge stands further above", path, number);
    }
    int rank = vocabulary->merge_count++;
    vocabulary->merges[rank] = merge;
    uint32_t slot = hash_pair(merge.left, merge.right) & vocabulary->pair_mask;
    while (vocabulary->pairs[slot] != 0) slot = (slot + 1) & vocabulary->pair_mask;
    vocabulary->pairs[slot] = rank + 1;
    return 0;
}

int vocabulary_parse_merges(Vocabulary *vocabulary, const char *bytes, size_t size, const char *path, Error *error) {
    size_t lines = 1;
    for (size_t i = 0; i < size; i++) lines += bytes[i] == '\n';
    if (lines > 2 * (size_t)TOKENS_LIMIT) {
        return error_set(error, "%s: %zu lines; at most %d are read", path, lines, 2 * TOKENS_LIMIT);
    }
    uint32_t slots = slots_for(lines);
    vocabulary->pair_mask = slots - 1;
    vocabulary->merges = memory_new(lines, sizeof *vocabulary->merges, "merges", error);
    vocabulary->pairs = memory_new(slots, sizeof *vocabulary->pairs, "the table of merges", error);
    char *scratch = memory_new(size + 1, 1, "a merge", error);
    int status = vocabulary->merges == NULL || vocabulary->pairs == NULL || scratch == NULL ? -1 : 0;
    int number = 0;
    for (const char *line = bytes, *end = bytes + size; status == 0 && line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline != NULL ? newline : end) - line);
        size_t text = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
        number++;
        bool comment = number == 1 && text >= 8 && memcmp(line, "#version", 8) == 0;
        Merge merge = {0};
        if (!comment && text > 0) {
            status = parse_merge(vocabulary, line, text, scratch, &merge, path, number, error);
            if (status == 0) status = store_merge(vocabulary, merge, path, number, error);
        }
        line += length + 1;
    }
    memory_free(scratch);
    return status;
}
