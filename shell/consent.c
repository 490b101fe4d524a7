/* consent: whether the command gets the working directory, and how much of it. */
#include "shell/consent.h"

#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/out.h"
#include "core/quote.h"
#include "policy/resolve.h"

enum { CONSENT_MAX_ANSWER = 64 };

/* Reads byte by byte: what follows the line belongs to the command. */
bool consent_is_given(void)
{
    char line[CONSENT_MAX_ANSWER] = "";
    size_t n = 0;
    for (char c; read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) {
        if (n + 1 < sizeof line)
            line[n++] = c;
    }
    return strcmp(line, "y") == 0 || strcmp(line, "Y") == 0 || strcmp(line, "yes") == 0;
}

static bool is_granted(const struct consent_request *r)
{
    struct caps_answer answer;
    caps_evaluate(r->caps, r->workdir, CAPS_READ, &answer);
    return answer.allowed;
}

static const char prompt[] = "prompt";

bool consent_took_time(const char *asked_by)
{
    return asked_by == prompt;
}

int consent_workdir(const struct consent_request *r, unsigned *ret_access, const char **ret_asked_by, struct err *e)
{
    *ret_access = resolve_workdir_access(r->caps, r->allow_cwd, ret_asked_by);
    if (*ret_access || is_granted(r))
        return 0;
    if (out_is_silent())
        return err_set(e, ERR_USAGE, "CWD access requires --allow-cwd in silent mode");
    if (!r->world->stdin_tty || !r->world->stderr_tty) {
        out_note("  Skipping CWD prompt (non-interactive). Use --allow-cwd to include working directory.\n");
        return 0;
    }
    AUTO(mem_free_ptr) char *workdir = quote_term_dup(r->workdir);
    out_note("  Share %s with read access?\n  use --allow-cwd to skip this prompt\n  [y/N] ", workdir);
    *ret_asked_by = prompt;
    *ret_access = consent_is_given() ? CAPS_READ : 0;
    return 0;
}
