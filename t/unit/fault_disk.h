/* SPDX-License-Identifier: ISC */
/* The body of fault_io.h; included once, by fault_test.c. */
#include "fault_io.h"

#include "base/io.h"

/* The library's own functions, under another name. */
#define mq_io_open	   real_open
#define mq_io_close	   real_close
#define mq_io_pread	   real_pread
#define mq_io_read	   real_read
#define mq_io_pwrite	   real_pwrite
#define mq_io_truncate	   real_truncate
#define mq_io_datasync	   real_datasync
#define mq_io_sync	   real_sync
#define mq_io_writeback	   real_writeback
#define mq_io_forget	   real_forget
#define mq_io_size	   real_size
#define mq_io_stat	   real_stat
#define mq_io_rename	   real_rename
#define mq_io_unlink	   real_unlink
#define mq_io_rmdir	   real_rmdir
#define mq_io_mkdir	   real_mkdir
#define mq_io_realpath	   real_realpath
#define mq_io_list	   real_list
#define mq_io_names_free   real_names_free
#define mq_io_lock	   real_lock
#define mq_io_trylock	   real_trylock
#define mq_io_unlock	   real_unlock
#define mq_io_token	   real_token
#define mq_io_network_fs   real_network_fs
#define mq_io_watch_new	   real_watch_new
#define mq_io_watch_add	   real_watch_add
#define mq_io_watch_remove real_watch_remove
#define mq_io_watch_drain  real_watch_drain
#define mq_io_poll	   real_poll
#define mq_io_random	   real_random
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
/* The type of a lock has the name of the function that takes it. */
#undef mq_io_lock
#define mq_io_lock mq_io_lock
#include "../../libmq/base/io.c"
#pragma GCC diagnostic pop
