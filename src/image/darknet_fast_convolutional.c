/* [convolutional]: patches laid out as columns (im2col), then a matrix product an image and group. */
#include "image/darknet_fast.h"
#include "image/darknet_internal.h"
#include "image/darknet_library.h"

#include <string.h>

/* The outputs 0..n-1 along one axis whose input pixel `offset + i * stride` lies inside 0..length-1: from..to-1. */
static void inside(int offset, int stride, int length, int n, int *from, int *to) {
    int first = offset < 0 ? (-offset + stride - 1) / stride : 0;
    int past = offset >= length ? 0 : (length - 1 - offset) / stride + 1;
    *from = first < n ? first : n;
    *to = past > n ? n : past;
    if (*to < *from) *to = *from;
}

void im2col_cpu(float *image, int channels, int height, int width, int size, int stride, int pad, float *columns) {
    if (darknet_is_stock()) {
        darknet_library.im2col_cpu(image, channels, height, width, size, stride, pad, columns);
        return;
    }
    int out_height = (height + 2 * pad - size) / stride + 1, out_width = (width + 2 * pad - size) / stride + 1;
    for (int c = 0; c < channels; c++)
        for (int dy = 0; dy < size; dy++)
            for (int dx = 0; dx < size; dx++) {
                int top, bottom, left, right;
                inside(dy - pad, stride, height, out_height, &top, &bottom);
                inside(dx - pad, stride, width, out_width, &left, &right);
                memset(columns, 0, (size_t)top * (size_t)out_width * sizeof *columns);
                for (int y = top; y < bottom; y++) {
                    const float *row =
                        image + ((size_t)c * (size_t)height + (size_t)(y * stride + dy - pad)) * (size_t)width;
                    float *to = columns + (size_t)y * (size_t)out_width;
                    for (int x = 0; x < left; x++) to[x] = 0;
                    if (stride == 1)
                        for (int x = left; x < right; x++) to[x] = row[x + dx - pad];
                    else
                        for (int x = left; x < right; x++) to[x] = row[x * stride + dx - pad];
                    for (int x = right; x < out_width; x++) to[x] = 0;
                }
                memset(columns + (size_t)bottom * (size_t)out_width, 0,
                       (size_t)(out_height - bottom) * (size_t)out_width * sizeof *columns);
                columns += (size_t)out_height * (size_t)out_width;
            }
}

void col2im_cpu(float *columns, int channels, int height, int width, int size, int stride, int pad, float *image) {
    if (darknet_is_stock()) {
        darknet_library.col2im_cpu(columns, channels, height, width, size, stride, pad, image);
        return;
    }
    int out_height = (height + 2 * pad - size) / stride + 1, out_width = (width + 2 * pad - size) / stride + 1;
    for (int c = 0; c < channels; c++)
        for (int dy = 0; dy < size; dy++)
            for (int dx = 0; dx < size; dx++) {
                int top, bottom, left, right;
                inside(dy - pad, stride, height, out_height, &top, &bottom);
                inside(dx - pad, stride, width, out_width, &left, &right);
                for (int y = top; y < bottom; y++) {
                    float *row =
                        image + ((size_t)c * (size_t)height + (size_t)(y * stride + dy - pad)) * (size_t)width;
                    const float *from = columns + (size_t)y * (size_t)out_width;
                    if (stride == 1)
                        for (int x = left; x < right; x++) row[x + dx - pad] += from[x];
                    else
                        for (int x = left; x < right; x++) row[x * stride + dx - pad] += from[x];
                }
                columns += (size_t)out_height * (size_t)out_width;
            }
}

/* One image and group of a layer. */
typedef struct Patch {
    int filters, channels, area, spread; /* spread: rows of the columns, channels * size * size */
    float *weights, *output, *delta, *input, *input_delta, *weight_updates;
} Patch;

static Patch patch_at(layer l, network net, int b, int g) {
    Patch patch = {.filters = l.n / l.groups, .channels = l.c / l.groups, .area = l.out_h * l.out_w};
    patch.spread = patch.channels * l.size * l.size;
    size_t place = (size_t)b * (size_t)l.groups + (size_t)g;
    size_t weights = (size_t)g * (size_t)patch.filters * (size_t)patch.spread;
    size_t out = place * (size_t)patch.filters * (size_t)patch.area;
    size_t in = place * (size_t)patch.channels * (size_t)l.h * (size_t)l.w;
    patch.weights = l.weights + weights;
    patch.weight_updates = l.weight_updates ? l.weight_updates + weights : NULL;
    patch.output = l.output + out;
    patch.delta = l.delta + out;
    patch.input = net.input + in;
    patch.input_delta = net.delta ? net.delta + in : NULL;
    return patch;
}

/* A filter of one pixel with stride 1 sees the image as its columns already. */
static int plain(layer l) { return l.size == 1 && l.stride == 1 && l.pad == 0; }

void forward_convolutional_layer(layer l, network net) {
    if (darknet_is_stock()) {
        darknet_library.forward_convolutional_layer(l, net);
        return;
    }
    for (int b = 0; b < l.batch; b++)
        for (int g = 0; g < l.groups; g++) {
            Patch p = patch_at(l, net, b, g);
            float *columns = plain(l) ? p.input : net.workspace;
            if (!plain(l)) im2col_cpu(p.input, p.channels, l.h, l.w, l.size, l.stride, l.pad, columns);
            gemm(0, 0, p.filters, p.area, p.spread, 1, p.weights, p.spread, columns, p.area, 0, p.output, p.area);
        }
    darknet_finish_forward(l, net, l.n, l.out_h * l.out_w);
}

void backward_convolutional_layer(layer l, network net) {
    if (darknet_is_stock()) {
        darknet_library.backward_convolutional_layer(l, net);
        return;
    }
    darknet_begin_backward(l, net, l.n, l.out_h * l.out_w);
    for (int b = 0; b < l.batch; b++)
        for (int g = 0; g < l.groups; g++) {
            Patch p = patch_at(l, net, b, g);
            if (p.weight_updates) {
                float *columns = plain(l) ? p.input : net.workspace;
                if (!plain(l)) im2col_cpu(p.input, p.channels, l.h, l.w, l.size, l.stride, l.pad, columns);
                gemm(0, 1, p.filters, p.spread, p.area, 1, p.delta, p.area, columns, p.area, 1, p.weight_updates,
                     p.spread);
            }
            if (!p.input_delta) continue;
            float *columns = plain(l) ? p.input_delta : net.workspace;
            gemm(1, 0, p.spread, p.area, p.filters, 1, p.weights, p.spread, p.delta, p.area, plain(l) ? 1 : 0,
                 columns, p.area);
            if (!plain(l)) col2im_cpu(columns, p.channels, l.h, l.w, l.size, l.stride, l.pad, p.input_delta);
        }
}
