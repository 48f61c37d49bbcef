#define _GNU_SOURCE

#include "image/darknet_library.h"

#include "image/darknet_fast.h"
#include "image/darknet_internal.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fenv.h>
#include <stdlib.h>
#include <unistd.h>

DarknetLibrary darknet_library;
static bool stock;

void darknet_use_stock(bool use) { stock = use; }
bool darknet_is_stock(void) { return stock; }

/* dlsym through the library's own handle finds its own function, not the program's twin of that name. */
static const struct {
    const char *name;
    void **place;
} SYMBOLS[] = {
#define SYMBOL(function) \
    { #function, (void **)&darknet_library.function }
    SYMBOL(parse_network_cfg),
    SYMBOL(free_network),
    SYMBOL(forward_network),
    SYMBOL(backward_network),
    SYMBOL(gemm),
    SYMBOL(gemm_cpu),
    SYMBOL(im2col_cpu),
    SYMBOL(col2im_cpu),
    SYMBOL(activate_array),
    SYMBOL(gradient_array),
    SYMBOL(add_bias),
    SYMBOL(backward_bias),
    SYMBOL(axpy_cpu),
    SYMBOL(scal_cpu),
    SYMBOL(fill_cpu),
    SYMBOL(copy_cpu),
    SYMBOL(l2_cpu),
    SYMBOL(sum_array),
    SYMBOL(softmax_x_ent_cpu),
    SYMBOL(forward_connected_layer),
    SYMBOL(backward_connected_layer),
    SYMBOL(forward_convolutional_layer),
    SYMBOL(backward_convolutional_layer),
    SYMBOL(forward_maxpool_layer),
    SYMBOL(backward_maxpool_layer),
    SYMBOL(backward_softmax_layer),
    SYMBOL(backward_logistic_layer),
    SYMBOL(forward_batchnorm_layer),
    SYMBOL(backward_batchnorm_layer),
#undef SYMBOL
};

bool darknet_twins_stand_in(const char **missing) {
#define TWIN(function) \
    { #function, (void *)function }
    static const struct {
        const char *name;
        void *address;
    } TWINS[] = {
        TWIN(gemm),
        TWIN(gemm_cpu),
        TWIN(im2col_cpu),
        TWIN(col2im_cpu),
        TWIN(activate_array),
        TWIN(gradient_array),
        TWIN(add_bias),
        TWIN(backward_bias),
        TWIN(axpy_cpu),
        TWIN(scal_cpu),
        TWIN(fill_cpu),
        TWIN(copy_cpu),
        TWIN(l2_cpu),
        TWIN(sum_array),
        TWIN(softmax_x_ent_cpu),
        TWIN(forward_connected_layer),
        TWIN(backward_connected_layer),
        TWIN(forward_convolutional_layer),
        TWIN(backward_convolutional_layer),
        TWIN(forward_maxpool_layer),
        TWIN(backward_maxpool_layer),
        TWIN(forward_dropout_layer),
        TWIN(backward_softmax_layer),
        TWIN(backward_logistic_layer),
    };
#undef TWIN
    for (size_t i = 0; i < sizeof TWINS / sizeof *TWINS; i++) {
        *missing = TWINS[i].name;
        if (dlsym(RTLD_DEFAULT, TWINS[i].name) != TWINS[i].address) return false;
    }
    return true;
}

static void *open_first_found(void) {
    static const char *const PLACES[] = {"/usr/lib/darknet/libdarknet.so", "libdarknet.so"};
    const char *named = getenv("LATENTDREAM_DARKNET");
    if (named && *named) return dlopen(named, RTLD_LAZY | RTLD_LOCAL);
    void *handle = NULL;
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES && !handle; i++)
        handle = dlopen(PLACES[i], RTLD_LAZY | RTLD_LOCAL);
    return handle;
}

int darknet_library_open(Error *error) {
    if (darknet_library.handle) return 0;
    const char *missing;
    if (!darknet_twins_stand_in(&missing))
        return error_set(error, "the program does not export its function %s; link it with -rdynamic", missing);
    /* libdarknet is built with -Ofast, whose start-up code makes the loading thread, and no other, flush denormals
     * to zero: results would then depend on which thread computes what. */
    fenv_t environment;
    fegetenv(&environment);
    void *handle = open_first_found();
    fesetenv(&environment);
    if (!handle)
        return error_set(error,
                         "libdarknet.so cannot be loaded (%s); install it with: apt-get install darknet, or name the "
                         "file in LATENTDREAM_DARKNET",
                         dlerror());
    for (size_t i = 0; i < sizeof SYMBOLS / sizeof *SYMBOLS; i++) {
        *SYMBOLS[i].place = dlsym(handle, SYMBOLS[i].name);
        if (!*SYMBOLS[i].place) {
            dlclose(handle);
            return error_set(error, "libdarknet.so lacks the function %s; install Debian's: apt-get install darknet",
                             SYMBOLS[i].name);
        }
    }
    const char *asked = getenv("LATENTDREAM_DARKNET_STOCK");
    if (asked && *asked) stock = true;
    darknet_library.handle = handle;
    return 0;
}

static int swap_for_null(FILE *stream, int descriptor) {
    fflush(stream);
    int kept = dup(descriptor), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (kept >= 0 && null >= 0) dup2(null, descriptor);
    if (null >= 0) close(null);
    return kept;
}

static void swap_back(FILE *stream, int descriptor, int kept) {
    fflush(stream);
    if (kept < 0) return;
    dup2(kept, descriptor);
    close(kept);
}

DarknetSilence darknet_silence_begin(void) {
    return (DarknetSilence){swap_for_null(stdout, STDOUT_FILENO), swap_for_null(stderr, STDERR_FILENO)};
}

void darknet_silence_end(DarknetSilence silence) {
    swap_back(stdout, STDOUT_FILENO, silence.out);
    swap_back(stderr, STDERR_FILENO, silence.err);
}
