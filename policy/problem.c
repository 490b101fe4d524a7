/* problem: everything that is wrong with a profile. */
#include "policy/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

static void put(struct problems *p, const struct problem *made)
{
    mem_reserve(&p->problem, &p->cap, p->n + 1, sizeof *p->problem);
    p->problem[p->n++] = *made;
    p->n_errors += made->is_error;
    p->sink.room = p->n < PROBLEMS_MAX ? PROBLEMS_MAX - p->n : 0;
}

static void take(void *context, const struct json_problem *from)
{
    struct problems *p = context;
    put(p, &(struct problem){
               .is_error = true,
               .line = from->line,
               .source = mem_strdup(p->source),
               .pointer = mem_strdup(from->pointer),
               .text = mem_strdup(from->text),
               .near = mem_strdup(from->near),
           });
}

void problems_init(struct problems *p, const char *source)
{
    *p = (struct problems){.source = source, .sink = {.take = take, .context = p, .room = PROBLEMS_MAX}};
}

void problems_release(struct problems *p)
{
    for (size_t i = 0; i < p->n; i++) {
        mem_free(p->problem[i].source);
        mem_free(p->problem[i].pointer);
        mem_free(p->problem[i].text);
        mem_free(p->problem[i].near);
    }
    mem_free(p->problem);
    problems_init(p, NULL);
}

bool problems_is_full(const struct problems *p)
{
    return p->n >= PROBLEMS_MAX;
}

void problems_add(struct problems *p, bool is_error, const struct profile_place *place, const char *near, const char *fmt, ...)
{
    char text[2 * STR_MAX_PATH];
    va_list ap;
    if (problems_is_full(p))
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put(p, &(struct problem){
               .is_error = is_error,
               .source = mem_strdup(place ? place->source : p->source),
               .pointer = mem_strdup(place ? place->pointer : ""),
               .text = mem_strdup(text),
               .near = mem_strdup(near),
           });
}

static int compare(const void *a, const void *b)
{
    const struct problem *left = a;
    const struct problem *right = b;
    int order = strcmp(left->source, right->source);
    if (order == 0)
        order = (left->line > right->line) - (left->line < right->line);
    if (order == 0)
        order = strcmp(left->pointer, right->pointer);
    if (order == 0)
        order = right->is_error - left->is_error;
    return order ? order : strcmp(left->text, right->text);
}

/* The document is kept from one problem to the next: most stand in one file. */
static void find_lines(struct problems *p)
{
    AUTO(json_doc_free_ptr) struct json_doc *doc = NULL;
    const char *source = NULL;
    for (size_t i = 0; i < p->n; i++) {
        struct problem *problem = &p->problem[i];
        if (problem->line || !*problem->pointer)
            continue;
        if (!source || strcmp(source, problem->source) != 0) {
            json_doc_free(doc);
            source = problem->source;
            doc = profile_place_open(source);
        }
        problem->line = doc ? profile_place_line_in(doc, problem->pointer) : 0;
    }
}

void problems_finish(struct problems *p)
{
    find_lines(p);
    if (p->n)
        qsort(p->problem, p->n, sizeof *p->problem, compare);
}
