/* draft: whether the text of a profile would work, before it is saved. */
#include "policy/draft.h"

#include "core/mem.h"
#include "policy/resolve.h"

int draft_check(const struct world *w, const struct extend_draft *d, char **ret_refused, struct err *e)
{
    AUTO(mem_free_ptr) char *refused = NULL;
    AUTO(caps_release) struct caps made;
    caps_init(&made);
    struct resolve_request request = {.world = w, .draft = d, .workdir = w->cwd ? w->cwd : "/"};
    int r = resolve_caps(&request, &made, e);
    if (r == ERR_KERNEL) {
        refused = mem_strdup(e->text);
        request.allow_net = true;
        r = resolve_caps(&request, &made, e);
    }
    if (r == 0)
        r = resolve_seal(&request, &made, e);
    if (r < 0)
        return r;
    if (ret_refused)
        *ret_refused = take_ptr(&refused);
    return 0;
}
