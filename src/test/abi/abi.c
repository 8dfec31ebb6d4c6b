/*
 * Prints the numbers and layouts of StatLayout, LibC and their callers from the headers of the kernel and of glibc.
 * AbiTest compares the code with its output in src/test/resources/io/fadvised/linux; packaging/test/vm-arm64 compares
 * that with a run on arm64. To make both files:
 *
 *   gcc -o abi abi.c && ./abi >abi-x86-64
 *   aarch64-linux-gnu-gcc -static -o abi abi.c && qemu-aarch64-static ./abi >abi-aarch64
 */
#define _GNU_SOURCE
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/ioctl.h>
#include <asm/poll.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/unistd.h>
#include <linux/fadvise.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/mman.h>
#include <linux/netlink.h>
#include <linux/stat.h>
#include <linux/un.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Not in the headers that distributions install: fs/xfs/libxfs/xfs_fs.h. */
struct xfs_fsop_bulkreq {
    __u64 *lastip;
    __s32 icount;
    void *ubuffer;
    __s32 *ocount;
};
#define XFS_IOC_FSBULKSTAT_SINGLE _IOWR('X', 102, struct xfs_fsop_bulkreq)

#define number(name) printf("%s %lld\n", #name, (long long) (name))
#define size(type) printf("sizeof(%s) %zu\n", #type, sizeof(type))
#define field(type, name) \
    printf("%s.%s at %zu\n", #type, #name, offsetof(type, name)); \
    printf("%s.%s bytes %zu\n", #type, #name, sizeof(((type *) 0)->name))

int main(void) {
    number(__NR_fstat);
    number(__NR_preadv2);
    number(__NR_statx);
#ifdef __NR_cachestat /* in the headers of 6.5 and later */
    number(__NR_cachestat);
#endif

    number(O_RDONLY);
    number(O_RDWR);
    number(O_EXCL);
    number(O_NONBLOCK);
    number(O_NOCTTY);
    number(O_NOATIME);
    number(O_CLOEXEC);
    number(O_PATH);
    number(O_DIRECT);
    number(O_DIRECTORY);
    number(O_NOFOLLOW);
    number(F_GETFL);
    number(F_SETFL);
    number(AT_FDCWD);
    number(AT_EACCESS);
    number(AT_EMPTY_PATH);
    number(PROT_NONE);
    number(MAP_SHARED);
    number(POSIX_FADV_DONTNEED);
    number(SEEK_DATA);
    number(LOCK_EX);
    number(LOCK_NB);
    number(LOCK_UN);
    number(_SC_NPROCESSORS_ONLN);
    number(AF_UNIX);
    number(AF_NETLINK);
    number(SOCK_DGRAM);
    number(SOCK_CLOEXEC);
    number(NETLINK_KOBJECT_UEVENT);
    number(MSG_DONTWAIT);
    number(POLLIN);
    number(POLLPRI);

    number(LOOP_GET_STATUS64);
    number(LOOP_SET_DIRECT_IO);
    number(LOOP_SET_BLOCK_SIZE);
    number(FS_IOC_GETFLAGS);
    number(FS_NOCOW_FL);
    number(XFS_IOC_FSBULKSTAT_SINGLE);
    number(STATX_DIOALIGN);

    number(EPERM);
    number(ENOSYS);
    number(EOPNOTSUPP);
    number(ENOBUFS);
    number(ENOTCONN);
    number(ESTALE);

    size(struct stat);
    field(struct stat, st_dev);
    field(struct stat, st_ino);
    field(struct stat, st_mode);
    field(struct stat, st_uid);
    field(struct stat, st_size);
    size(struct statfs);
    field(struct statfs, f_type);
    size(struct statx);
    field(struct statx, stx_mask);
    field(struct statx, stx_dio_offset_align);
    size(struct loop_info64);
    field(struct loop_info64, lo_device);
    field(struct loop_info64, lo_inode);
    field(struct loop_info64, lo_rdevice);
    size(struct xfs_fsop_bulkreq);
    field(struct xfs_fsop_bulkreq, icount);
    field(struct xfs_fsop_bulkreq, ubuffer);
    field(struct xfs_fsop_bulkreq, ocount);
    field(struct sockaddr_un, sun_path);
    field(struct sockaddr_nl, nl_pid);
    field(struct sockaddr_nl, nl_groups);
    return 0;
}
