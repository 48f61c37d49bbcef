#include "report/html.h"

#include "base/file.h"
#include "base/memory.h"
#include "text/utf8.h"

#include <math.h>
#include <string.h>

static const size_t EMBED_LIMIT = 32u << 20;

static void byte_write(FILE *stream, unsigned char byte) {
    switch (byte) {
        case '&':
            fputs("&amp;", stream);
            return;
        case '<':
            fputs("&lt;", stream);
            return;
        case '>':
            fputs("&gt;", stream);
            return;
        case '"':
            fputs("&quot;", stream);
            return;
        case '\'':
            fputs("&#39;", stream);
            return;
    }
    if ((byte < 32 && byte != '\n' && byte != '\t') || byte >= 127)
        fprintf(stream, "\\x%02x", byte);
    else
        fputc(byte, stream);
}

/* U+0080..U+009F are control characters, U+2028.. and U+202A..2069 turn the direction of the page around. */
static int character_is_hidden(const unsigned char *text, size_t size) {
    if (size == 2) return text[0] == 0xc2 && text[1] < 0xa0;
    if (size == 3 && text[0] == 0xe2 && text[1] == 0x80) return text[2] >= 0xa8 && text[2] <= 0xae;
    if (size == 3 && text[0] == 0xe2 && text[1] == 0x81) return text[2] >= 0xa6 && text[2] <= 0xa9;
    return 0;
}

void html_bytes(FILE *stream, const char *bytes, size_t size) {
    for (size_t at = 0; at < size;) {
        size_t length = utf8_character_size(bytes + at, size - at);
        const unsigned char *character = (const unsigned char *)bytes + at;
        if (length < 2) {
            byte_write(stream, *character);
            at++;
            continue;
        }
        if (character_is_hidden(character, length))
            for (size_t i = 0; i < length; i++) fprintf(stream, "\\x%02x", character[i]);
        else
            fwrite(character, 1, length, stream);
        at += length;
    }
}

void html_text(FILE *stream, const char *text) {
    if (text) html_bytes(stream, text, strlen(text));
}

void html_token_bytes(FILE *stream, const char *bytes, size_t size) {
    for (size_t at = 0; at < size; at++) {
        size_t plain = at;
        while (plain < size && bytes[plain] != '\n' && bytes[plain] != '\t') plain++;
        html_bytes(stream, bytes + at, plain - at);
        if (plain < size) fputs(bytes[plain] == '\n' ? "↵" : "⇥", stream);
        at = plain;
    }
}

void html_token(FILE *stream, const char *text) {
    if (text) html_token_bytes(stream, text, strlen(text));
}

void html_address(FILE *stream, const char *path) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./";
    for (const unsigned char *byte = (const unsigned char *)path; *byte; byte++) {
        if (strchr(plain, *byte))
            fputc(*byte, stream);
        else
            fprintf(stream, "%%%02X", *byte);
    }
}

int html_data_uri(FILE *stream, const char *path, const char *type, Error *error) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *bytes;
    size_t size;
    if (file_read(path, EMBED_LIMIT, &bytes, &size, error) != 0) return -1;
    fprintf(stream, "data:%s;base64,", type);
    for (size_t at = 0; at < size; at += 3) {
        unsigned char group[3] = {0};
        size_t left = size - at < 3 ? size - at : 3;
        memcpy(group, bytes + at, left);
        fputc(digits[group[0] >> 2], stream);
        fputc(digits[(group[0] & 3) << 4 | group[1] >> 4], stream);
        fputc(left > 1 ? digits[(group[1] & 15) << 2 | group[2] >> 6] : '=', stream);
        fputc(left > 2 ? digits[group[2] & 63] : '=', stream);
    }
    memory_free(bytes);
    return 0;
}

void html_number(FILE *stream, double number) {
    if (isnan(number)) {
        fputs("–", stream);
    } else if (isinf(number)) {
        fputs(number < 0 ? "−∞" : "∞", stream);
    } else {
        char text[64];
        double size = fabs(number);
        if (size >= 1000 && size < 1e9)
            snprintf(text, sizeof text, "%.0f", number);
        else
            snprintf(text, sizeof text, "%.4g", number);
        if (text[0] == '-') fputs("−", stream);
        fputs(text[0] == '-' ? text + 1 : text, stream);
    }
}
