/* pbench [-n ROUNDS] [-w WARM_UP] [-r A/B | -r A-C/B]... TABLE: times commands side by side.
 *
 * TABLE has one command a line, four fields parted by tabs: name, directory, shell text that prepares each round untimed (or
 * nothing), words of the command. Every round runs all of them in a new random order, so that a machine whose clock drifts
 * slows them alike; a ratio is the median of the rounds' ratios. Prints "column NAME MEDIAN MIN MAX" in ms and
 * "ratio EXPRESSION MEDIAN LOWER_QUARTILE UPPER_QUARTILE". A command that fails ends the measurement: its time would mean nothing. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS_MAX = 16, WORDS_MAX = 64, LINE_SIZE_MAX = 4096, RATIOS_MAX = 16, ROUNDS_MAX = 10000 };

struct column {
    char *name, *dir, *prepare;
    char *words[WORDS_MAX + 1];
    double *ms; /* one per round */
};

struct ratio {
    const char *text;
    int left, minus, right; /* column indices; minus -1 when absent */
};

struct bench {
    struct column column[COLUMNS_MAX];
    size_t n_columns;
    struct ratio ratio[RATIOS_MAX];
    size_t n_ratios;
    size_t rounds, warm_up;
};

static void die(const char *what, const char *detail)
{
    fprintf(stderr, "pbench: %s: %s\n", what, detail);
    exit(1);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* posix_spawn is vfork and exec: the size of this program does not enter the time. */
static double run(const char *dir, char *const *words, posix_spawn_file_actions_t *quiet)
{
    if (chdir(dir) < 0)
        die(dir, strerror(errno));
    double start = now_ms();
    pid_t pid;
    int problem = posix_spawnp(&pid, words[0], quiet, NULL, words, environ);
    if (problem)
        die(words[0], strerror(problem));
    int status;
    if (waitpid(pid, &status, 0) < 0)
        die("waitpid", strerror(errno));
    double took = now_ms() - start;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char text[64];
        snprintf(text, sizeof text, "failed (wait status 0x%x)", (unsigned)status);
        for (size_t i = 0; words[i]; i++)
            fprintf(stderr, "%s ", words[i]);
        fprintf(stderr, "in %s\n", dir);
        die(words[0], text);
    }
    return took;
}

static void prepare(struct column *c)
{
    char sh[] = "/bin/sh";
    char dash_c[] = "-ec";
    char *words[] = {sh, dash_c, c->prepare, NULL};
    if (c->prepare[0])
        (void)run(c->dir, words, NULL);
}

static void shuffle(size_t *order, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)random() % i;
        size_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

static void measure(struct bench *b)
{
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    size_t order[COLUMNS_MAX] = {0};
    for (size_t i = 0; i < b->n_columns; i++)
        order[i] = i;
    for (size_t round = 0; round < b->warm_up + b->rounds; round++) {
        shuffle(order, b->n_columns);
        for (size_t i = 0; i < b->n_columns; i++) {
            struct column *c = &b->column[order[i]];
            prepare(c);
            double took = run(c->dir, c->words, &quiet);
            if (round >= b->warm_up)
                c->ms[round - b->warm_up] = took;
        }
    }
    posix_spawn_file_actions_destroy(&quiet);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t n, double q)
{
    double place = q * (double)(n - 1);
    size_t below = (size_t)place;
    size_t above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

static void print_columns(struct bench *b, double *sorted)
{
    for (size_t i = 0; i < b->n_columns; i++) {
        memcpy(sorted, b->column[i].ms, b->rounds * sizeof *sorted);
        qsort(sorted, b->rounds, sizeof *sorted, by_value);
        printf("column %s %.3f %.3f %.3f\n", b->column[i].name, quantile(sorted, b->rounds, 0.5), sorted[0], sorted[b->rounds - 1]);
    }
}

static void print_ratios(struct bench *b, double *sorted)
{
    for (size_t i = 0; i < b->n_ratios; i++) {
        const struct ratio *r = &b->ratio[i];
        for (size_t round = 0; round < b->rounds; round++) {
            double left = b->column[r->left].ms[round];
            double minus = r->minus < 0 ? 0 : b->column[r->minus].ms[round];
            sorted[round] = (left - minus) / b->column[r->right].ms[round];
        }
        qsort(sorted, b->rounds, sizeof *sorted, by_value);
        printf("ratio %s %.3f %.3f %.3f\n", r->text, quantile(sorted, b->rounds, 0.5), quantile(sorted, b->rounds, 0.25),
               quantile(sorted, b->rounds, 0.75));
    }
}

static void read_column(struct bench *b, char *line)
{
    if (b->n_columns == COLUMNS_MAX)
        die("table", "too many commands");
    struct column *c = &b->column[b->n_columns++];
    char *rest = strdup(line);
    if (!rest)
        die("table", "out of memory");
    rest[strcspn(rest, "\n")] = '\0';
    c->name = strsep(&rest, "\t");
    c->dir = strsep(&rest, "\t");
    c->prepare = strsep(&rest, "\t");
    if (!rest)
        die(c->name, "a line has four fields parted by tabs");
    size_t n = 0;
    for (char *word; (word = strsep(&rest, " "));) {
        if (n == WORDS_MAX)
            die(c->name, "too many words");
        if (word[0])
            c->words[n++] = word;
    }
    if (n == 0)
        die(c->name, "no command");
    c->ms = calloc(b->rounds, sizeof *c->ms);
    if (!c->ms)
        die(c->name, "out of memory");
}

static void read_table(struct bench *b, const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        die(path, strerror(errno));
    char line[LINE_SIZE_MAX];
    while (fgets(line, sizeof line, file)) {
        if (!strchr(line, '\n'))
            die(path, "a line is too long or has no end");
        read_column(b, line);
    }
    fclose(file);
    if (b->n_columns == 0)
        die(path, "no command");
}

static int find_column(const struct bench *b, const char *name, size_t len)
{
    for (size_t i = 0; i < b->n_columns; i++)
        if (strlen(b->column[i].name) == len && memcmp(b->column[i].name, name, len) == 0)
            return (int)i;
    die(name, "names no command of the table");
    return -1;
}

static void resolve_ratio(const struct bench *b, struct ratio *r)
{
    size_t left = strcspn(r->text, "-/");
    size_t upper = strcspn(r->text, "/");
    if (!r->text[upper])
        die(r->text, "a ratio is A/B or A-C/B");
    r->left = find_column(b, r->text, left);
    r->minus = left == upper ? -1 : find_column(b, r->text + left + 1, upper - left - 1);
    r->right = find_column(b, r->text + upper + 1, strlen(r->text + upper + 1));
}

static size_t number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end || value > ROUNDS_MAX)
        die(text, "not a number of rounds");
    return value;
}

int main(int argc, char **argv)
{
    struct bench b = {.rounds = 20, .warm_up = 2};
    for (int letter; (letter = getopt(argc, argv, "n:w:r:")) != -1;) {
        if (letter == 'n')
            b.rounds = number(optarg);
        else if (letter == 'w')
            b.warm_up = number(optarg);
        else if (letter == 'r' && b.n_ratios < RATIOS_MAX)
            b.ratio[b.n_ratios++].text = optarg;
        else
            return 2;
    }
    if (optind + 1 != argc || b.rounds == 0) {
        fputs("usage: pbench [-n ROUNDS] [-w WARM_UP] [-r A/B | -r A-C/B]... TABLE\n", stderr);
        return 2;
    }
    srandom((unsigned)now_ms());
    read_table(&b, argv[optind]);
    for (size_t i = 0; i < b.n_ratios; i++)
        resolve_ratio(&b, &b.ratio[i]);
    measure(&b);
    double *sorted = calloc(b.rounds, sizeof *sorted);
    if (!sorted)
        die("results", "out of memory");
    print_columns(&b, sorted);
    print_ratios(&b, sorted);
    free(sorted);
    return 0;
}
