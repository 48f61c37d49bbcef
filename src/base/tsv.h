/* tsv.h: tables as tab-separated text, with a header row.
 *
 *     static const char *const COLUMNS[] = {"arm", "restarts", "value_mean", NULL};
 *     TsvWriter writer;
 *     if (tsv_writer_open(&writer, path, COLUMNS, error) != 0) return -1;
 *     tsv_writer_text(&writer, "latent");
 *     tsv_writer_integer(&writer, 64);
 *     tsv_writer_number(&writer, 0.97);      // %.6g; not a number: nan
 *     tsv_writer_row(&writer);               // ends the row
 *     return tsv_writer_close(&writer, error);
 *
 * In text cells a tab, newline, carriage return and backslash become \t \n \r \\, other control bytes \xNN; the
 * reader turns them back. */
#ifndef LATENT_DREAM_BASE_TSV_H
#define LATENT_DREAM_BASE_TSV_H

#include "base/error.h"
#include "base/file.h"

#include <stddef.h>

typedef struct TsvWriter {
    FileWriter file;
    size_t columns;
    size_t cell;  // cells written in this row
} TsvWriter;

/* Opens PATH.part and writes the header row; `columns` ends with NULL and may be freed afterwards. */
int tsv_writer_open(TsvWriter *writer, const char *path, const char *const *columns, Error *error);
void tsv_writer_text(TsvWriter *writer, const char *text);  // NULL: an empty cell
void tsv_writer_number(TsvWriter *writer, double number);
void tsv_writer_integer(TsvWriter *writer, long number);
/* Ends a row; it must have as many cells as the header. */
void tsv_writer_row(TsvWriter *writer);
/* A blank line between two rows: gnuplot lifts the pen there, the reader passes over it. */
void tsv_writer_blank(TsvWriter *writer);
/* Syncs and renames; a failed write is reported here. */
int tsv_writer_close(TsvWriter *writer, Error *error);
/* For error paths. */
void tsv_writer_discard(TsvWriter *writer);

typedef struct TsvTable {
    char *bytes;   // the file, cells ended by zero bytes
    char **cells;  // (rows + 1, columns), the header first
    size_t rows;   // without the header
    size_t columns;
} TsvTable;

/* Reads a whole file of at most 64 MiB. A row with another number of cells than the header, or no header, is an
 * error that names the line. Freed with tsv_table_free, also when it failed. */
int tsv_table_read(TsvTable *table, const char *path, Error *error);
void tsv_table_free(TsvTable *table);
/* The column of that name, or -1. */
int tsv_table_column(const TsvTable *table, const char *name);
const char *tsv_table_name(const TsvTable *table, size_t column);
const char *tsv_table_text(const TsvTable *table, size_t row, size_t column);
/* NAN where the cell is no number. */
double tsv_table_number(const TsvTable *table, size_t row, size_t column);

#endif
