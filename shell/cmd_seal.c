/* nono __seal: stores what the sessions that are over changed, when nothing else wants the machine. */
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/world.h"
#include "rollback/retention.h"
#include "rollback/seal.h"
#include "shell/commands.h"

struct seal_args {
    struct cmd_args_head head;
};

static void yield_to_others(void)
{
    const struct sched_param none = {0};
    (void)syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &none);
    (void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

static int run(const struct cmd_context *ctx, const void *args, struct err *e)
{
    (void)args;
    yield_to_others();
    int rc = seal_all_alone(ctx->world->state_dir, e);
    if (rc == 0)
        rc = retention_trim(ctx->world->state_dir, e);
    return rc < 0 ? rc : CMD_OK;
}

const struct cmd cmd_seal = {
    .path = "__seal",
    .section = "SESSION MANAGEMENT",
    .summary = "Store what the sessions that are over changed",
    .hidden = true,
    .args_size = sizeof(struct seal_args),
    .run = run,
};
