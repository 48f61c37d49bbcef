/* Time and memory of a command that needs no network:
 *
 *     bench_start [PROGRAM]     the program built beside this one
 */
#include "bench.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int run_version(void *context, Error *error) {
    const char *program = context;
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        execl(program, program, "version", (char *)NULL);
        _exit(127);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(error, "%s version: did not run", program);
    return 0;
}

/* BUILD/latentdream, where this is BUILD/bench/bench_start. */
static char *program_beside(char *path, size_t size) {
    ssize_t length = readlink("/proc/self/exe", path, size - sizeof "latentdream");
    path[length > 0 ? length : 0] = 0;
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path, '/');
        if (slash) *slash = 0;
    }
    return strcat(path, "/latentdream");
}

int main(int argc, char **argv) {
    Error error;
    char beside[4096], *program = argc > 1 ? argv[1] : program_beside(beside, sizeof beside);
    double seconds = bench_median(run_version, program, 21, &error);
    if (seconds < 0) return fprintf(stderr, "bench_start: %s\n", error.message), 1;
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    bench_print("start of a command", 1e3 * seconds, "ms");
    bench_print("memory of a command", (double)usage.ru_maxrss / 1024, "MB");
    return 0;
}
