#include "base/tsv.h"

#include "base/memory.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t TABLE_LIMIT = 64u << 20;

int tsv_writer_open(TsvWriter *writer, const char *path, const char *const *columns, Error *error) {
    writer->columns = 0;
    writer->cell = 0;
    if (file_writer_open(&writer->file, path, error) != 0) return -1;
    while (columns[writer->columns]) writer->columns++;
    for (size_t i = 0; i < writer->columns; i++) tsv_writer_text(writer, columns[i]);
    tsv_writer_row(writer);
    return 0;
}

static void cell_begin(TsvWriter *writer) {
    assert(writer->cell < writer->columns);
    if (writer->cell++ > 0) fputc('\t', writer->file.stream);
}

void tsv_writer_text(TsvWriter *writer, const char *text) {
    cell_begin(writer);
    FILE *stream = writer->file.stream;
    for (const unsigned char *byte = (const unsigned char *)(text ? text : ""); *byte; byte++) {
        if (*byte == '\t')
            fputs("\\t", stream);
        else if (*byte == '\n')
            fputs("\\n", stream);
        else if (*byte == '\r')
            fputs("\\r", stream);
        else if (*byte == '\\')
            fputs("\\\\", stream);
        else if (*byte < 32 || *byte == 127)
            fprintf(stream, "\\x%02x", *byte);
        else
            fputc(*byte, stream);
    }
}

void tsv_writer_number(TsvWriter *writer, double number) {
    cell_begin(writer);
    if (isnan(number))
        fputs("nan", writer->file.stream);
    else
        fprintf(writer->file.stream, "%.6g", number);
}

void tsv_writer_integer(TsvWriter *writer, long number) {
    cell_begin(writer);
    fprintf(writer->file.stream, "%ld", number);
}

void tsv_writer_row(TsvWriter *writer) {
    assert(writer->cell == writer->columns);
    writer->cell = 0;
    fputc('\n', writer->file.stream);
}

void tsv_writer_blank(TsvWriter *writer) {
    assert(writer->cell == 0);
    fputc('\n', writer->file.stream);
}

int tsv_writer_close(TsvWriter *writer, Error *error) { return file_writer_close(&writer->file, error); }

void tsv_writer_discard(TsvWriter *writer) { file_writer_discard(&writer->file); }

static int hex_value(char digit) {
    return isdigit((unsigned char)digit) ? digit - '0' : tolower((unsigned char)digit) - 'a' + 10;
}

/* Turns the escapes of one cell back, in place. \x00 stays as it is written: a C string cannot hold it. */
static void cell_unescape(char *cell) {
    char *out = cell;
    for (char *in = cell; *in;) {
        if (*in != '\\' || !in[1]) {
            *out++ = *in++;
        } else if (in[1] == 'x' && isxdigit((unsigned char)in[2]) && isxdigit((unsigned char)in[3]) &&
                   (in[2] != '0' || in[3] != '0')) {
            *out++ = (char)(hex_value(in[2]) * 16 + hex_value(in[3]));
            in += 4;
        } else if (strchr("tnr\\", in[1])) {
            *out++ = in[1] == 't' ? '\t' : in[1] == 'n' ? '\n' : in[1] == 'r' ? '\r' : '\\';
            in += 2;
        } else {
            *out++ = *in++;
        }
    }
    *out = 0;
}

static size_t text_count(const char *text, char wanted) {
    size_t count = 0;
    for (; *text; text++) count += *text == wanted;
    return count;
}

/* Cuts one line into the table's cells; returns how many it has, of which at most `columns` are stored. */
static size_t line_cut(char *line, char **cells, size_t columns) {
    size_t count = 0;
    for (char *cell = line; cell; count++) {
        char *end = strchr(cell, '\t');
        if (end) *end++ = 0;
        if (count < columns) {
            cell_unescape(cell);
            cells[count] = cell;
        }
        cell = end;
    }
    return count;
}

static int table_cut(TsvTable *table, const char *path, Error *error) {
    int number = 0;
    size_t lines = 0;
    for (char *line = table->bytes; line;) {
        char *next = strchr(line, '\n');
        if (next) *next++ = 0;
        number++;
        size_t length = strlen(line);
        if (length > 0 && line[length - 1] == '\r') line[--length] = 0;
        if (length > 0) {
            if (lines == 0) {
                table->columns = text_count(line, '\t') + 1;
                size_t most = next ? text_count(next, '\n') + 2 : 1;
                table->cells = memory_new(most, table->columns * sizeof(char *), path, error);
                if (!table->cells) return -1;
            }
            size_t found = line_cut(line, table->cells + lines * table->columns, table->columns);
            if (found != table->columns)
                return error_set(error, "%s:%d: %zu cells, but the header row has %zu", path, number, found,
                                 table->columns);
            lines++;
        }
        line = next;
    }
    if (lines == 0) return error_set(error, "%s: empty; a table begins with a header row", path);
    table->rows = lines - 1;
    return 0;
}

int tsv_table_read(TsvTable *table, const char *path, Error *error) {
    size_t size;
    *table = (TsvTable){0};
    if (file_read(path, TABLE_LIMIT, &table->bytes, &size, error) != 0) return -1;
    if (memchr(table->bytes, 0, size)) {
        tsv_table_free(table);
        return error_set(error, "%s: holds a zero byte; this is no table", path);
    }
    /* The header's width times the lines' number may promise more cells than the file has bytes for. */
    size_t columns = 1;
    for (const char *byte = table->bytes; *byte && *byte != '\n'; byte++) columns += *byte == '\t';
    if (columns * (text_count(table->bytes, '\n') + 1) > 2 * size + 2 + columns) {
        tsv_table_free(table);
        return error_set(error, "%s: rows are shorter than the header row of %zu cells", path, columns);
    }
    if (table_cut(table, path, error) == 0) return 0;
    tsv_table_free(table);
    return -1;
}

void tsv_table_free(TsvTable *table) {
    memory_free(table->cells);
    memory_free(table->bytes);
    *table = (TsvTable){0};
}

const char *tsv_table_name(const TsvTable *table, size_t column) { return table->cells[column]; }

int tsv_table_column(const TsvTable *table, const char *name) {
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->cells[i], name) == 0) return (int)i;
    return -1;
}

const char *tsv_table_text(const TsvTable *table, size_t row, size_t column) {
    assert(row < table->rows && column < table->columns);
    return table->cells[(row + 1) * table->columns + column];
}

double tsv_table_number(const TsvTable *table, size_t row, size_t column) {
    const char *cell = tsv_table_text(table, row, column);
    char *end;
    double number = strtod(cell, &end);
    return *cell == 0 || *end != 0 ? NAN : number;
}
