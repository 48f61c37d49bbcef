/* Written by frechet.py: rows, rows, columns, seeds, distance. */
static const struct {
    int a_count, b_count, size, a_seed, b_seed;
    double distance;
} FRECHET_GOLDEN[] = {
    {40, 50, 5, 1, 2, 0.433057177712},
    {200, 100, 16, 1, 3, 28.7577419814},
    {64, 64, 8, 2, 5, 7.97904331584},
    {10, 300, 3, 4, 1, 0.424350096704},
};
