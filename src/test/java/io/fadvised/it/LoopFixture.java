package io.fadvised.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A loop device of a test, buffered by default. It remembers the disk sequence number of its
 * attachment, so that it never detaches an attachment of another program to the same device.
 */
final class LoopFixture {
  /** Another program, such as udev, may have the device open so long. */
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final String name;
  private String attachment = "";

  private LoopFixture(String name) {
    this.name = name;
  }

  /** Attaches a file to any free device. */
  static LoopFixture attach(Path file, String... options) {
    return attach(losetup(options), file);
  }

  /** Attaches a file of another mount namespace. */
  static LoopFixture attachIn(OtherNamespace namespace, Path file) {
    List<Object> command = namespace.enter();
    command.addAll(losetup());
    return attach(command, file);
  }

  private static LoopFixture attach(List<Object> command, Path file) {
    command.addAll(List.of("--find", "--show", file));
    String node = Commands.run(command.toArray());
    LoopFixture loop = new LoopFixture(Path.of(node).getFileName().toString());
    loop.attachment = loop.diskSequence();
    return loop;
  }

  /** Returns a detached device with a number that no other program uses. */
  static LoopFixture ofNumber(int number) {
    return new LoopFixture("loop" + number);
  }

  /** Attaches a file to this device. It must be detached, or be about to. */
  void attachAgain(Path file, String... options) {
    awaitDetached();
    List<Object> command = losetup(options);
    command.addAll(List.of(node(), file));
    Commands.run(command.toArray());
    attachment = diskSequence();
  }

  /** Replaces the attached file (LOOP_CHANGE_FD). */
  void changeFile(Path file) {
    String ioctl = "fcntl.ioctl(os.open(sys.argv[1], 0), 0x4C06, os.open(sys.argv[2], 0))";
    Commands.run("python3", "-c", "import fcntl, os, sys; " + ioctl, node(), file);
    attachment = diskSequence();
  }

  /**
   * Sets the size limit (LOOP_SET_STATUS64), 0 for the size of the file. I/O beyond it fails, as on
   * a disconnected disk; the data there is kept.
   */
  void endAt(long bytes) {
    String script =
        """
        import fcntl, os, struct, sys
        device = os.open(sys.argv[1], os.O_RDWR)
        status = bytearray(232)
        fcntl.ioctl(device, 0x4C05, status)
        struct.pack_into("Q", status, 32, int(sys.argv[2]))
        fcntl.ioctl(device, 0x4C04, bytes(status))
        """;
    Commands.run("python3", "-c", script, node(), bytes);
  }

  /** Takes over an attachment that the test made by other means. */
  void adopt() {
    attachment = diskSequence();
  }

  String name() {
    return name;
  }

  Path node() {
    return Path.of("/dev", name);
  }

  /** Returns the path of the backing file in sysfs. */
  String backingFile() {
    return attribute("loop/backing_file").stripTrailing();
  }

  /** Returns whether any program has attached a file. */
  boolean isBound() {
    return Files.exists(sysfs("loop"));
  }

  /** Returns whether the attachment of this fixture is the present one. */
  boolean isAttached() {
    return !attachment.isEmpty() && isBound() && attachment.equals(diskSequence());
  }

  /**
   * Detaches the attachment of this fixture, but no other. The kernel does so when the last program
   * closes the device, see {@link #awaitDetached}.
   */
  void detach() {
    if (isAttached()) {
      Commands.run("losetup", "--detach", node());
    }
    attachment = "";
  }

  /** Waits until the kernel has detached the device. */
  void awaitDetached() {
    try {
      Recorder.await(TIMEOUT, name + " is detached", () -> !isBound());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Removes a device of {@link #ofNumber} as soon as no program has it open. */
  void remove() {
    detach();
    String script = // LOOP_CTL_REMOVE; losetup has no option for it before 2.41
        """
        import errno, fcntl, os, sys, time
        control = os.open('/dev/loop-control', os.O_RDWR)
        end = time.monotonic() + float(sys.argv[2])
        while True:
            try:
                fcntl.ioctl(control, 0x4C81, int(sys.argv[1]))
                break
            except OSError as e:
                if e.errno != errno.EBUSY or time.monotonic() > end:
                    raise
                time.sleep(0.01)
        """;
    if (Files.exists(sysfs(""))) {
      Commands.run("python3", "-c", script, name.substring(4), TIMEOUT.toSeconds());
    }
  }

  private static List<Object> losetup(String... options) {
    List<Object> command = new ArrayList<>(List.of("losetup"));
    command.addAll(Arrays.asList(options));
    if (!command.contains("--direct-io=on")) {
      command.add("--direct-io=off");
    }
    return command;
  }

  private String diskSequence() {
    return Files.exists(sysfs("diskseq")) ? attribute("diskseq") : "unknown";
  }

  private String attribute(String attribute) {
    try {
      return Files.readString(sysfs(attribute));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path sysfs(String attribute) {
    return Path.of("/sys/block", name, attribute);
  }
}
