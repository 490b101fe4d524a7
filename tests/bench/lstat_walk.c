/* lstat_walk DIR: lstat of everything below DIR by two threads, and nothing else: what no scan can be faster than. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 2, BATCH = 256 };

/* Directories still to be read; the walk is over when none is left and nobody is reading one. */
struct walk {
    pthread_mutex_t lock;
    pthread_cond_t more;
    char **dir;
    size_t n, cap;
    unsigned busy;
    unsigned long seen;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static char *join(const char *dir, const char *name)
{
    size_t dir_len = strlen(dir);
    size_t name_len = strlen(name);
    char *path = malloc(dir_len + name_len + 2);
    if (!path)
        die("malloc");
    memcpy(path, dir, dir_len);
    path[dir_len] = '/';
    memcpy(path + dir_len + 1, name, name_len + 1);
    return path;
}

static void push(struct walk *w, char **dirs, size_t n)
{
    pthread_mutex_lock(&w->lock);
    if (w->n + n > w->cap) {
        w->cap = 2 * (w->n + n);
        w->dir = realloc(w->dir, w->cap * sizeof *w->dir);
        if (!w->dir)
            die("realloc");
    }
    memcpy(w->dir + w->n, dirs, n * sizeof *dirs);
    w->n += n;
    pthread_cond_broadcast(&w->more);
    pthread_mutex_unlock(&w->lock);
}

static char *pop(struct walk *w, bool was_busy)
{
    pthread_mutex_lock(&w->lock);
    if (was_busy)
        w->busy--;
    while (w->n == 0 && w->busy > 0)
        pthread_cond_wait(&w->more, &w->lock);
    char *dir = NULL;
    if (w->n > 0) {
        dir = w->dir[--w->n];
        w->busy++;
    } else {
        pthread_cond_broadcast(&w->more);
    }
    pthread_mutex_unlock(&w->lock);
    return dir;
}

static unsigned long read_dir(struct walk *w, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (!stream)
        die(path);
    char *below[BATCH];
    size_t n_below = 0;
    unsigned long seen = 0;
    for (struct dirent *entry; (entry = readdir(stream));) {
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            die(entry->d_name);
        seen++;
        if (!S_ISDIR(st.st_mode))
            continue;
        below[n_below++] = join(path, entry->d_name);
        if (n_below == BATCH) {
            push(w, below, n_below);
            n_below = 0;
        }
    }
    if (n_below > 0)
        push(w, below, n_below);
    closedir(stream);
    return seen;
}

static void *work(void *arg)
{
    struct walk *w = arg;
    unsigned long seen = 0;
    for (char *dir = pop(w, false); dir; dir = pop(w, true)) {
        seen += read_dir(w, dir);
        free(dir);
    }
    pthread_mutex_lock(&w->lock);
    w->seen += seen;
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: lstat_walk DIR\n", stderr);
        return 2;
    }
    struct walk w = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};
    char *top = strdup(argv[1]);
    if (!top)
        die("strdup");
    push(&w, &top, 1);
    pthread_t thread[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&thread[i], NULL, work, &w) != 0)
            die("pthread_create");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    free(w.dir);
    printf("%lu\n", w.seen);
    return 0;
}
