package io.fadvised.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Traces the system calls of the daemon, none of which may change a file of others. */
@Requires(programs = {"strace", "mkfs.ext4", "mkfs.xfs", "mkfs.btrfs"})
@Timeout(120)
class SystemCallsIT {
  private static final Path PROGRAM =
      Path.of(System.getProperty("fadvised.home", "target/fadvised"), "bin/fadvised")
          .toAbsolutePath();

  /** All system calls of Linux that change a file or a directory. */
  private static final Set<String> CHANGING =
      Set.of(
          ("write pwrite64 writev pwritev pwritev2 sendfile splice tee vmsplice copy_file_range"
                  + " truncate ftruncate fallocate creat unlink unlinkat rename renameat renameat2"
                  + " link linkat symlink symlinkat mkdir mkdirat rmdir mknod mknodat chmod fchmod"
                  + " fchmodat fchmodat2 chown fchown lchown fchownat utimensat utimes futimesat"
                  + " utime setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr"
                  + " removexattrat fsync fdatasync sync_file_range syncfs sync mount mount_setattr"
                  + " move_mount umount2 io_uring_enter io_submit")
              .split(" "));

  /** Calls that strace before 6.14 may not know and refuses to trace. */
  private static final Set<String> OPTIONAL = Set.of("fchmodat2", "setxattrat", "removexattrat");

  private static final Set<String> OPENING =
      Set.of("open", "openat", "openat2", "open_by_handle_at");

  /**
   * All of them only read. XFS_IOC_FSBULKSTAT_SINGLE (xfs_fs.h), for the inode generation, has no
   * name in strace.
   */
  private static final Set<String> ALLOWED_IOCTLS =
      Set.of(
          "LOOP_GET_STATUS64", "FS_IOC_GETFLAGS", "_IOC(_IOC_READ|_IOC_WRITE, 0x58, 0x66, 0x20)");

  /** strace splits a call into two lines if another thread's call interrupts it. */
  private static final Pattern CALL =
      Pattern.compile("\\d+ +(\\w+)\\((.*?)(?: <unfinished \\.\\.\\.>)?");

  private static final Pattern IOCTL = Pattern.compile("\\d+<[^>]*>, (_IOC\\([^)]*\\)|[^,)]*).*");

  @RegisterExtension final Scratch scratch = new Scratch();

  private record Call(String name, String arguments) {
    /** Ignores written data, because log lines contain names of devices and files. */
    boolean isOn(Path directory) {
      String target = name.contains("write") ? arguments.split(",", 2)[0] : arguments;
      return target.contains(directory.toString()) || target.contains("/dev/loop");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void systemCallsChangeNoFileOfOthers(String type) throws Exception {
    Path tenant = scratch.filesystem(type);
    Path image = DataFiles.sparse(tenant.resolve("image"), 128);
    Commands.run("mkfs.ext4", "-q", image);
    LoopFixture loop = scratch.attach(image);
    Path mount = scratch.mount("mnt", loop.node());

    List<Call> calls = callsWhile(image, () -> keepBusy(mount, image));

    assertThat(calls)
        .filteredOn(call -> call.name.equals("fadvise64") && call.isOn(tenant))
        .isNotEmpty()
        .allMatch(call -> call.arguments.contains("POSIX_FADV_DONTNEED"));
    assertThat(calls)
        .filteredOn(call -> CHANGING.contains(call.name) && call.isOn(tenant))
        .isEmpty();
    assertThat(calls)
        .filteredOn(call -> OPENING.contains(call.name) && call.isOn(tenant))
        .isNotEmpty()
        .allMatch(call -> call.arguments.matches(".*\\b(O_RDONLY|O_PATH)\\b.*"))
        .noneMatch(call -> call.arguments.matches(".*\\b(O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)\\b.*"));
    assertThat(
            calls.stream()
                .filter(call -> call.name.equals("ioctl") && call.isOn(tenant))
                .map(call -> requestOf(call.arguments))
                .collect(Collectors.toSet()))
        .isNotEmpty()
        .isSubsetOf(ALLOWED_IOCTLS);
  }

  /** Traces the packaged program from start to end. */
  private List<Call> callsWhile(Path image, Action action) throws Exception {
    Path trace = scratch.file("trace");
    String names =
        CHANGING.stream()
                .map(name -> OPTIONAL.contains(name) ? "?" + name : name)
                .collect(Collectors.joining(","))
            + ","
            + String.join(",", OPENING)
            + ",ioctl,fadvise64";
    Process strace =
        Commands.builder(
                "strace",
                "-f",
                "-qq",
                "-y",
                "-s",
                "512",
                "-o",
                trace,
                "-e",
                "trace=" + names,
                PROGRAM,
                "run",
                "--set",
                "devices.include=[\"" + image + "\"]",
                "--set",
                "budget.relaxed=0",
                "--set",
                "budget.pressed=0",
                "--set",
                "interval.max=1s")
            .redirectErrorStream(true)
            .redirectOutput(scratch.file("log").toFile())
            .start();
    scratch.later(() -> end(strace));
    action.run();
    end(strace);
    return Files.readAllLines(trace).stream()
        .map(CALL::matcher)
        .filter(Matcher::matches)
        .map(call -> new Call(call.group(1), call.group(2)))
        .toList();
  }

  /** Writes to the mount until the image was evicted three times. */
  private void keepBusy(Path mount, Path image) throws Exception {
    for (int round = 0; round < 3; round++) {
      DataFiles.writeClean(mount.resolve("data" + round), 16);
      Commands.run("sync", image);
      Recorder.await(
          Duration.ofSeconds(30),
          "evicted",
          () -> DataFiles.residentBytes(image) <= 2 * DataFiles.MIB);
    }
  }

  private static void end(Process strace) throws IOException, InterruptedException {
    strace.descendants().forEach(ProcessHandle::destroy);
    assertThat(strace.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  private static String requestOf(String arguments) {
    Matcher ioctl = IOCTL.matcher(arguments);
    return ioctl.matches() ? ioctl.group(1) : arguments;
  }

  @FunctionalInterface
  private interface Action {
    void run() throws Exception;
  }
}
