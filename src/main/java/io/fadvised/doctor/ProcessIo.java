package io.fadvised.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.loop.Printable;
import io.fadvised.loop.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The reads of a process since it began, from /proc/PID/io and /proc/PID/stat (proc(5)).
 *
 * @param name of its program, as text to print
 * @param startTicks when it began: another one may get its number
 * @param readBytes bytes that system calls returned; memory maps are not counted
 * @param missedBytes bytes that it made the kernel read from a block device
 * @param waitTicks time in which its main thread waited for I/O; 0 if the kernel does not count it,
 *     since 5.14 unless kernel.task_delayacct is 1
 * @param childFaults minor page faults of children that it waited for: at that moment it inherits
 *     all their reads (kernel/exit.c)
 */
record ProcessIo(
    String name,
    long startTicks,
    long readBytes,
    long missedBytes,
    long waitTicks,
    long childFaults) {
  /** USER_HZ, of all ticks that the kernel reports on x86-64 and aarch64. */
  static final int TICKS_PER_SECOND = 100;

  /** PF_KTHREAD in include/linux/sched.h: such as the threads that read for loop devices. */
  private static final long KERNEL_THREAD = 0x0020_0000;

  /** Fields of /proc/PID/stat behind the name, from 0. */
  private static final int FLAGS = 6;

  private static final int CHILD_FAULTS = 8;

  private static final int START_TICKS = 19;

  private static final int WAIT_TICKS = 39;

  /** Reads all processes that this user may look at, without threads of the kernel. */
  static Map<Integer, ProcessIo> readAll(Path procRoot) {
    Map<Integer, ProcessIo> processes = new HashMap<>();
    try {
      for (Path directory : Processes.in(procRoot)) {
        int pid = Integer.parseInt(directory.getFileName().toString());
        read(directory).ifPresent(io -> processes.put(pid, io));
      }
    } catch (IOException e) {
      return processes;
    }
    return processes;
  }

  private static Optional<ProcessIo> read(Path directory) {
    try {
      String io = Files.readString(directory.resolve("io"), ISO_8859_1);
      return parse(Files.readString(directory.resolve("stat"), ISO_8859_1), io);
    } catch (IOException e) {
      return Optional.empty(); // it ended, or is another user's
    }
  }

  /** Parses the two files; empty for a thread of the kernel, or if they are malformed. */
  static Optional<ProcessIo> parse(String stat, String io) {
    int open = stat.indexOf('(');
    int close = stat.lastIndexOf(')'); // the name may contain any character
    if (open < 0 || close < open) {
      return Optional.empty();
    }
    String[] fields = stat.substring(close + 1).strip().split(" ", -1);
    try {
      if (fields.length <= WAIT_TICKS || (Long.parseLong(fields[FLAGS]) & KERNEL_THREAD) != 0) {
        return Optional.empty();
      }
      return Optional.of(
          new ProcessIo(
              Printable.ofBytes(stat.substring(open + 1, close)),
              Long.parseLong(fields[START_TICKS]),
              counter(io, "rchar: "),
              counter(io, "read_bytes: "),
              Long.parseLong(fields[WAIT_TICKS]),
              Long.parseLong(fields[CHILD_FAULTS])));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static long counter(String io, String name) {
    return io.lines()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.substring(name.length())))
        .findFirst()
        .orElse(0);
  }
}
