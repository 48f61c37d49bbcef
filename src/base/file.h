/* file.h: files read whole, and files that appear whole or not at all.
 *
 * A FileWriter writes to PATH.part, and file_writer_close syncs it and renames it to PATH: whoever looks,
 * at any moment, sees the old file or the new one.
 *
 *     FileWriter writer;
 *     if (file_writer_open(&writer, "summary.tsv", error) != 0) return -1;
 *     fprintf(writer.stream, "arm\tvalue\n");
 *     return file_writer_close(&writer, error);   // a failed write (a full disk) is reported here
 */
#ifndef LATENT_DREAM_BASE_FILE_H
#define LATENT_DREAM_BASE_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { PATH_LIMIT = 4096 };

/* Reads a whole file of at most `limit` bytes. *bytes is followed by a zero byte and freed with
 * memory_free; *size does not count that zero. */
int file_read(const char *path, size_t limit, char **bytes, size_t *size, Error *error);

typedef struct FileWriter {
    FILE *stream;
    char path[PATH_LIMIT];
    char beside[PATH_LIMIT];
} FileWriter;

int file_writer_open(FileWriter *writer, const char *path, Error *error);
int file_writer_close(FileWriter *writer, Error *error);
/* Removes what was written; for error paths. */
void file_writer_discard(FileWriter *writer);

/* The three steps above for bytes already in memory. */
int file_write(const char *path, const void *bytes, size_t size, Error *error);

bool file_exists(const char *path);

/* "FOLDER/" and the formatted name, into path[PATH_LIMIT]. */
int path_join(char *path, Error *error, const char *folder, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Makes a folder and the folders above it; an existing folder is fine. */
int folder_make(const char *path, Error *error);

/* Locks a folder for one process until it ends, by flock on FOLDER/.lock, which the kernel releases even
 * after kill -9. Returns a descriptor for folder_unlock, or -1 when another process holds it. */
int folder_lock(const char *path, Error *error);
void folder_unlock(int descriptor);

#endif
