#include "rollback/odb_codec.h"

#include <pthread.h>
#include <zstd.h>

#include "core/mem.h"
#include "rollback/segment.h"

enum {
    CODEC_LEVEL = 1,
    CODEC_POOL = 4,  /* contexts that are kept; a context costs more than a small object */
    CODEC_TINY = 32, /* bytes: nothing to gain below */
    CODEC_SAMPLE = 16 * 1024,
    CODEC_SAMPLED = 16 * CODEC_SAMPLE, /* content larger than this is judged by three samples first */
};

struct codec_context {
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
};

struct odb_codec {
    pthread_mutex_t lock;
    struct codec_context idle[CODEC_POOL];
    size_t n_idle;
};

struct odb_codec *odb_codec_new(void)
{
    struct odb_codec *c = mem_alloc(sizeof(*c));
    (void)pthread_mutex_init(&c->lock, NULL);
    return c;
}

static void context_release(struct codec_context *x)
{
    (void)ZSTD_freeCCtx(x->pack);
    (void)ZSTD_freeDCtx(x->unpack);
}

void odb_codec_free(struct odb_codec *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n_idle; i++)
        context_release(&c->idle[i]);
    (void)pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

static struct codec_context context_get(struct odb_codec *c)
{
    struct codec_context x = {0};
    (void)pthread_mutex_lock(&c->lock);
    if (c->n_idle > 0)
        x = c->idle[--c->n_idle];
    (void)pthread_mutex_unlock(&c->lock);
    return x;
}

static void context_put(struct odb_codec *c, struct codec_context *x)
{
    (void)pthread_mutex_lock(&c->lock);
    bool kept = c->n_idle < CODEC_POOL;
    if (kept)
        c->idle[c->n_idle++] = *x;
    (void)pthread_mutex_unlock(&c->lock);
    if (!kept)
        context_release(x);
}

static bool gains(size_t packed, size_t len)
{
    return !ZSTD_isError(packed) && packed <= len - len / 20 && packed < len;
}

/* Beginning, middle and end. */
static bool sample_gains(struct codec_context *x, const unsigned char *data, size_t len, struct bytes *scratch)
{
    size_t total = 0;
    const size_t at[3] = {0, (len - CODEC_SAMPLE) / 2, len - CODEC_SAMPLE};
    for (size_t i = 0; i < 3; i++) {
        size_t n = ZSTD_compressCCtx(x->pack, scratch->ptr, scratch->len, data + at[i], CODEC_SAMPLE, CODEC_LEVEL);
        if (ZSTD_isError(n))
            return false;
        total += n;
    }
    return gains(total, (size_t)3 * CODEC_SAMPLE);
}

uint8_t odb_codec_pack(struct odb_codec *c, const void *data, size_t len, struct bytes *ret)
{
    if (len < CODEC_TINY)
        return SEGMENT_RAW;
    struct codec_context x = context_get(c);
    if (x.pack == NULL)
        x.pack = ZSTD_createCCtx();
    ret->len = 0;
    (void)bytes_grow(ret, ZSTD_compressBound(len));
    bool packed = x.pack != NULL && (len <= CODEC_SAMPLED || sample_gains(&x, data, len, ret));
    if (packed) {
        size_t n = ZSTD_compressCCtx(x.pack, ret->ptr, ret->len, data, len, CODEC_LEVEL);
        packed = gains(n, len);
        ret->len = packed ? n : 0;
    }
    context_put(c, &x);
    return packed ? SEGMENT_ZSTD : SEGMENT_RAW;
}

int odb_codec_unpack(struct odb_codec *c, const void *stored, size_t stored_len, void *ret, size_t ret_len, struct err *e)
{
    struct codec_context x = context_get(c);
    if (x.unpack == NULL)
        x.unpack = ZSTD_createDCtx();
    size_t n = x.unpack == NULL ? 0 : ZSTD_decompressDCtx(x.unpack, ret, ret_len, stored, stored_len);
    context_put(c, &x);
    if (ZSTD_isError(n) || n != ret_len)
        return err_set(e, ERR_CORRUPT, "stored data cannot be decompressed");
    return 0;
}
