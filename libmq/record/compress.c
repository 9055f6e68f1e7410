/* SPDX-License-Identifier: ISC */
/*
 * Finds the codec and its library.  A library is loaded by the first call that
 * needs it and stays: linked in, the four would cost every tool more time at
 * its start than most tools run (libsnappy brings the C++ runtime with it).
 */
#include "record/compress.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/fail.h"
#include "record/codec.h"

/* Kafka counts a batch's bytes in an int32. */
#define COMPRESSED_MAX INT32_MAX

static const struct mq_codec_ops *const codecs[] = {
	[MQ_CODEC_GZIP] = &mq_codec_gzip,
	[MQ_CODEC_SNAPPY] = &mq_codec_snappy,
	[MQ_CODEC_LZ4] = &mq_codec_lz4,
	[MQ_CODEC_ZSTD] = &mq_codec_zstd,
};
#define CODECS ((int)(sizeof(codecs) / sizeof(codecs[0])))

/* What is loaded; under the mutex until `loaded`, constant from then on. */
static struct library {
	int loaded;
	void *symbols[MQ_CODEC_SYMBOLS];
} libraries[CODECS];
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

const char *
mq_codec_name(int codec)
{
	if (codec == MQ_CODEC_NONE)
		return "none";
	return codec > 0 && codec < CODECS ? codecs[codec]->name : NULL;
}

int
mq_codec_parse(const char *name)
{
	int i;

	for (i = 0; i < CODECS; i++)
		if (strcmp(name, mq_codec_name(i)) == 0)
			return i;
	return -1;
}

static int
load(const struct mq_codec_ops *codec, struct library *lib, struct mq_err *err)
{
	void *handle;
	size_t i;

	if ((handle = dlopen(codec->soname, RTLD_NOW | RTLD_LOCAL)) == NULL)
		return mq_fail(err, MQ_UNSUPPORTED_COMPRESSION_TYPE,
		    "%s needs a library: %s", codec->name, dlerror());
	for (i = 0; i < MQ_CODEC_SYMBOLS && codec->symbols[i] != NULL; i++) {
		lib->symbols[i] = dlsym(handle, codec->symbols[i]);
		if (lib->symbols[i] != NULL)
			continue;
		(void)mq_fail(err, MQ_UNSUPPORTED_COMPRESSION_TYPE,
		    "%s needs another version of a library: %s", codec->name,
		    dlerror());
		(void)dlclose(handle);
		return -1;
	}
	lib->loaded = 1;
	return 0;
}

/* The codec's addresses, or NULL. */
static void *const *
library(enum mq_codec codec, struct mq_err *err)
{
	struct library *lib = &libraries[codec];
	int rc = 0;

	(void)pthread_mutex_lock(&loading);
	if (!lib->loaded)
		rc = load(codecs[codec], lib, err);
	(void)pthread_mutex_unlock(&loading);
	return rc == 0 ? lib->symbols : NULL;
}

/* Without a codec both ways are the same. */
static int
copy(const void *data, size_t len, struct mq_buf *out, struct mq_err *err)
{
	if (mq_buf_append(out, data, len) == -1)
		return mq_fail_memory(err);
	return 0;
}

static int
unknown(enum mq_codec codec, struct mq_err *err)
{
	return mq_fail(err, MQ_UNSUPPORTED_COMPRESSION_TYPE,
	    "there is no compression with the number %d", (int)codec);
}

int
mq_compress(enum mq_codec codec, const void *data, size_t len,
    struct mq_buf *out, struct mq_err *err)
{
	size_t start = out->len;
	void *const *lib;

	if (mq_codec_name((int)codec) == NULL)
		return unknown(codec, err);
	if (len > MQ_DECOMPRESSED_MAX)
		return mq_fail(err, MQ_MESSAGE_TOO_LARGE,
		    "%zu bytes are too many to compress: a compressed batch "
		    "holds %u",
		    len, MQ_DECOMPRESSED_MAX);
	if (codec == MQ_CODEC_NONE)
		return copy(data, len, out, err);
	if ((lib = library(codec, err)) == NULL)
		return -1;
	if (codecs[codec]->compress(lib, data, len, out, err) == -1) {
		out->len = start;
		return mq_fail_context(err, "%s", codecs[codec]->name);
	}
	return 0;
}

int
mq_decompress(enum mq_codec codec, const void *data, size_t len,
    struct mq_buf *out, struct mq_err *err)
{
	size_t start = out->len;
	void *const *lib;

	if (mq_codec_name((int)codec) == NULL)
		return unknown(codec, err);
	if (codec == MQ_CODEC_NONE)
		return len <= MQ_DECOMPRESSED_MAX ? copy(data, len, out, err) :
						    mq_codec_too_much(err);
	if (len > COMPRESSED_MAX)
		return mq_fail(err, MQ_CORRUPT_MESSAGE,
		    "%zu bytes are more than a batch can have", len);
	if ((lib = library(codec, err)) == NULL)
		return -1;
	if (codecs[codec]->decompress(lib, data, len, out, err) == -1) {
		out->len = start;
		return mq_fail_context(err, "%s", codecs[codec]->name);
	}
	return 0;
}
