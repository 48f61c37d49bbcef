#include "base/file.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, size_t limit, char **bytes, size_t *size, Error *error) {
    *bytes = NULL;
    *size = 0;
    FILE *stream = fopen(path, "rb");
    if (!stream) return error_set(error, "%s: cannot open: %s", path, strerror(errno));
    struct stat status;
    if (fstat(fileno(stream), &status) == 0 && S_ISDIR(status.st_mode)) {
        fclose(stream);
        return error_set(error, "%s: is a folder, a file is needed", path);
    }
    size_t capacity = 1 << 16, used = 0;
    char *buffer = memory_new(capacity, 1, path, error);
    while (buffer) {
        used += fread(buffer + used, 1, capacity - used - 1, stream);
        if (used < capacity - 1 || used > limit) break;
        char *grown = memory_grow(buffer, used, capacity * 2, 1, path, error);
        if (!grown) {
            memory_free(buffer);
            buffer = NULL;
            break;
        }
        buffer = grown;
        capacity *= 2;
    }
    int failed = buffer && ferror(stream);
    int reason = errno;
    fclose(stream);
    if (!buffer) return -1;
    if (failed || used > limit) {
        memory_free(buffer);
        if (failed) return error_set(error, "%s: cannot read: %s", path, strerror(reason));
        return error_set(error, "%s: larger than the %zu bytes that such a file may have", path, limit);
    }
    buffer[used] = 0;
    *bytes = buffer;
    *size = used;
    return 0;
}

int file_writer_open(FileWriter *writer, const char *path, Error *error) {
    writer->stream = NULL;
    int length = snprintf(writer->path, sizeof writer->path, "%s", path);
    int beside = snprintf(writer->beside, sizeof writer->beside, "%s.part", path);
    if (length >= PATH_LIMIT || beside >= PATH_LIMIT) return error_set(error, "%.60s...: path too long", path);
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return error_set(error, "%s: cannot write: a plain file can stand there, a folder or a device cannot", path);
    writer->stream = fopen(writer->beside, "wb");
    if (!writer->stream) return error_set(error, "%s: cannot write: %s", path, strerror(errno));
    return 0;
}

int file_writer_close(FileWriter *writer, Error *error) {
    FILE *stream = writer->stream;
    writer->stream = NULL;
    int failed = ferror(stream) || fflush(stream) != 0 || fsync(fileno(stream)) != 0;
    int reason = errno;
    if (fclose(stream) != 0 && !failed) {
        failed = 1;
        reason = errno;
    }
    if (!failed && rename(writer->beside, writer->path) != 0) {
        failed = 1;
        reason = errno;
    }
    if (!failed) return 0;
    unlink(writer->beside);
    return error_set(error, "%s: cannot write: %s", writer->path, strerror(reason));
}

void file_writer_discard(FileWriter *writer) {
    if (!writer->stream) return;
    fclose(writer->stream);
    writer->stream = NULL;
    unlink(writer->beside);
}

int file_write(const char *path, const void *bytes, size_t size, Error *error) {
    FileWriter writer;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    fwrite(bytes, 1, size, writer.stream);
    return file_writer_close(&writer, error);
}

bool file_exists(const char *path) { return access(path, F_OK) == 0; }

int path_join(char *path, Error *error, const char *folder, const char *format, ...) {
    int length = snprintf(path, PATH_LIMIT, "%s/", folder);
    if (length >= 0 && length < PATH_LIMIT) {
        va_list arguments;
        va_start(arguments, format);
        length += vsnprintf(path + length, (size_t)(PATH_LIMIT - length), format, arguments);
        va_end(arguments);
    }
    if (length < 0 || length >= PATH_LIMIT) return error_set(error, "%.60s...: path too long", folder);
    return 0;
}

int folder_make(const char *path, Error *error) {
    char part[PATH_LIMIT];
    if (snprintf(part, sizeof part, "%s", path) >= PATH_LIMIT)
        return error_set(error, "%.60s...: path too long", path);
    for (char *slash = part + 1;; slash++) {
        if (*slash != '/' && *slash != 0) continue;
        char kept = *slash;
        *slash = 0;
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return error_set(error, "%s: cannot make the folder: %s", part, strerror(errno));
        *slash = kept;
        if (kept == 0) break;
    }
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return error_set(error, "%s: is a file, a folder is needed", path);
    return 0;
}

int folder_lock(const char *path, Error *error) {
    char name[PATH_LIMIT];
    if (path_join(name, error, path, ".lock") != 0) return -1;
    int descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) return error_set(error, "%s: cannot write: %s", name, strerror(errno));
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    int reason = errno;
    close(descriptor);
    if (reason == EWOULDBLOCK)
        return error_set(error, "%s: another run is writing here; wait for it, or choose another --out", path);
    return error_set(error, "%s: cannot lock: %s", name, strerror(reason));
}

void folder_unlock(int descriptor) {
    if (descriptor >= 0) close(descriptor);
}
