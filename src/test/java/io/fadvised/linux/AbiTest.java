package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Compares numbers and layouts with the output of src/test/abi/abi.c for each architecture. */
class AbiTest {
  private static Map<String, Long> compiled(StatLayout layout) throws IOException {
    String file = layout == StatLayout.X86_64 ? "abi-x86-64" : "abi-aarch64";
    Map<String, Long> facts = new HashMap<>();
    try (InputStream input = AbiTest.class.getResourceAsStream(file)) {
      for (String line : new String(input.readAllBytes(), UTF_8).lines().toList()) {
        int end = line.lastIndexOf(' ');
        facts.put(line.substring(0, end), Long.parseLong(line.substring(end + 1)));
      }
    }
    return facts;
  }

  @ParameterizedTest
  @EnumSource
  void numbersOfAnArchitectureAreThoseOfItsHeaders(StatLayout layout) throws IOException {
    assertThat(compiled(layout))
        .contains(
            entry("__NR_fstat", layout.syscall),
            entry("__NR_preadv2", layout.preadv2),
            entry("__NR_statx", layout.statx),
            entry("O_DIRECT", (long) layout.direct),
            entry("O_DIRECTORY", (long) layout.directory),
            entry("O_NOFOLLOW", (long) layout.noFollow));
  }

  @ParameterizedTest
  @EnumSource
  void commonNumbersAreThoseOfTheHeadersOfEachArchitecture(StatLayout layout) throws IOException {
    assertThat(compiled(layout))
        .contains(
            entry("O_RDONLY", (long) LibC.O_RDONLY),
            entry("O_RDWR", (long) LibC.O_RDWR),
            entry("O_EXCL", (long) LibC.O_EXCL),
            entry("O_NONBLOCK", (long) LibC.O_NONBLOCK),
            entry("O_NOCTTY", (long) LibC.O_NOCTTY),
            entry("O_NOATIME", (long) LibC.O_NOATIME),
            entry("O_CLOEXEC", (long) LibC.O_CLOEXEC),
            entry("O_PATH", (long) LibC.O_PATH),
            entry("F_GETFL", (long) LibC.F_GETFL),
            entry("F_SETFL", (long) LibC.F_SETFL),
            entry("AT_FDCWD", (long) LibC.AT_FDCWD),
            entry("AT_EACCESS", (long) LibC.AT_EACCESS),
            entry("AT_EMPTY_PATH", (long) LibC.AT_EMPTY_PATH),
            entry("PROT_NONE", (long) LibC.PROT_NONE),
            entry("MAP_SHARED", (long) LibC.MAP_SHARED),
            entry("POSIX_FADV_DONTNEED", (long) LibC.POSIX_FADV_DONTNEED),
            entry("SEEK_DATA", (long) LibC.SEEK_DATA),
            entry("LOCK_EX", (long) LibC.LOCK_EX),
            entry("LOCK_NB", (long) LibC.LOCK_NB),
            entry("LOCK_UN", (long) LibC.LOCK_UN),
            entry("_SC_NPROCESSORS_ONLN", (long) LibC.SC_NPROCESSORS_ONLN),
            entry("AF_UNIX", (long) LibC.AF_UNIX),
            entry("AF_NETLINK", (long) LibC.AF_NETLINK),
            entry("SOCK_DGRAM", (long) LibC.SOCK_DGRAM),
            entry("SOCK_CLOEXEC", (long) LibC.SOCK_CLOEXEC),
            entry("NETLINK_KOBJECT_UEVENT", (long) LibC.NETLINK_KOBJECT_UEVENT),
            entry("MSG_DONTWAIT", (long) LibC.MSG_DONTWAIT),
            entry("POLLIN", (long) LibC.POLLIN),
            entry("POLLPRI", (long) LibC.POLLPRI),
            entry("LOOP_GET_STATUS64", LibC.LOOP_GET_STATUS64),
            entry("LOOP_SET_DIRECT_IO", LibC.LOOP_SET_DIRECT_IO),
            entry("LOOP_SET_BLOCK_SIZE", LibC.LOOP_SET_BLOCK_SIZE),
            entry("FS_IOC_GETFLAGS", LibC.FS_IOC_GETFLAGS),
            entry("FS_NOCOW_FL", (long) LinuxDirectIo.FS_NOCOW_FL),
            entry("XFS_IOC_FSBULKSTAT_SINGLE", LibC.XFS_IOC_FSBULKSTAT_SINGLE),
            entry("STATX_DIOALIGN", (long) LinuxDirectIo.STATX_DIOALIGN));
  }

  @ParameterizedTest
  @EnumSource
  void errorNumbersAreThoseOfTheHeaders(StatLayout layout) throws IOException {
    Map<String, Long> facts = compiled(layout);

    for (Errno errno :
        new Errno[] {
          Errno.EPERM, Errno.ENOSYS, Errno.EOPNOTSUPP, Errno.ENOBUFS, Errno.ENOTCONN, Errno.ESTALE
        }) {
      assertThat(Errno.of(facts.get(errno.name()).intValue())).isEqualTo(errno);
    }
  }

  @ParameterizedTest
  @EnumSource
  void structsHaveTheLayoutOfTheCompiler(StatLayout layout) throws IOException {
    Map<String, Long> facts = compiled(layout);

    assertThat(facts.get("sizeof(struct stat)"))
        .isLessThanOrEqualTo((long) StatLayout.STRUCT_BYTES);
    assertThat(facts)
        .contains(
            entry("sizeof(struct statfs)", (long) LinuxKernel.STATFS_BYTES),
            entry("struct statfs.f_type at", (long) LinuxKernel.STATFS_TYPE_AT),
            entry("struct statfs.f_type bytes", 8L),
            entry("sizeof(struct statx)", (long) LinuxDirectIo.STATX_BYTES),
            entry("struct statx.stx_mask at", (long) LinuxDirectIo.STATX_MASK_AT),
            entry(
                "struct statx.stx_dio_offset_align at", (long) LinuxDirectIo.STATX_OFFSET_ALIGN_AT),
            entry("sizeof(struct loop_info64)", (long) LinuxKernel.LOOP_INFO64_BYTES),
            entry("struct loop_info64.lo_device at", (long) LinuxKernel.LO_DEVICE_AT),
            entry("struct loop_info64.lo_inode at", (long) LinuxKernel.LO_INODE_AT),
            entry("struct loop_info64.lo_rdevice at", (long) LinuxKernel.LO_RDEVICE_AT),
            entry("sizeof(struct xfs_fsop_bulkreq)", (long) LinuxKernel.XFS_BULKREQ_BYTES),
            entry("struct xfs_fsop_bulkreq.icount at", (long) LinuxKernel.XFS_BULKREQ_ICOUNT_AT),
            entry("struct xfs_fsop_bulkreq.ubuffer at", (long) LinuxKernel.XFS_BULKREQ_UBUFFER_AT),
            entry("struct xfs_fsop_bulkreq.ocount at", (long) LinuxKernel.XFS_BULKREQ_OCOUNT_AT),
            entry("struct sockaddr_nl.nl_pid at", (long) UeventSocket.PORT_AT),
            entry("struct sockaddr_nl.nl_groups at", (long) UeventSocket.GROUPS_AT));
  }

  @ParameterizedTest
  @EnumSource
  void statIsReadAtTheOffsetsOfTheCompiler(StatLayout layout) throws IOException {
    Map<String, Long> facts = compiled(layout);
    try (Memory stat = new Memory(StatLayout.STRUCT_BYTES)) {
      stat.setMemory(0, StatLayout.STRUCT_BYTES, (byte) 0xff);
      stat.setLong(facts.get("struct stat.st_dev at"), 0x801);
      stat.setLong(facts.get("struct stat.st_ino at"), 4711);
      stat.setInt(facts.get("struct stat.st_mode at"), 0x81A4);
      stat.setInt(facts.get("struct stat.st_uid at"), 1000);
      stat.setLong(facts.get("struct stat.st_size at"), 5L << 40);

      assertThat(layout.read(stat))
          .isEqualTo(new FileStat(new FileIdentity(0x801, 4711), 0x81A4, 1000, 5L << 40));
    }
  }
}
