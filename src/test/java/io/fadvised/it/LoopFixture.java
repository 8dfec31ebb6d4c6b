package io.fadvised.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A loop device of a test's own, buffered unless asked otherwise. It is known by the number of its
 * attachment too, so that nobody else's is ever detached after somebody else has taken the name.
 */
final class LoopFixture {
  private final String name;
  private String attachment = "";

  private LoopFixture(String name) {
    this.name = name;
  }

  /** Attaches a file to any free device. */
  static LoopFixture attach(Path file, String... options) {
    return attach(losetup(options), file);
  }

  /** Attaches a file as a process of another mount namespace sees it. */
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

  /** A device with a number that nobody will ask for; nothing is attached to it yet. */
  static LoopFixture ofNumber(int number) {
    return new LoopFixture("loop" + number);
  }

  /** Attaches a file to this device. */
  void attachAgain(Path file, String... options) {
    List<Object> command = losetup(options);
    command.addAll(List.of(node(), file));
    Commands.run(command.toArray());
    attachment = diskSequence();
  }

  /** Puts another file in the place of the one that is attached (LOOP_CHANGE_FD). */
  void changeFile(Path file) {
    String ioctl = "fcntl.ioctl(os.open(sys.argv[1], 0), 0x4C06, os.open(sys.argv[2], 0))";
    Commands.run("python3", "-c", "import fcntl, os, sys; " + ioctl, node(), file);
    attachment = diskSequence();
  }

  /**
   * Has it end after so many bytes, 0 where its file does (LOOP_SET_STATUS64): what lies beyond can
   * be neither read nor written meanwhile, and is harmed by that as little as by a cable that is
   * out.
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

  /** Whatever a test has attached to this device by other means is ours from now on. */
  void adopt() {
    attachment = diskSequence();
  }

  String name() {
    return name;
  }

  Path node() {
    return Path.of("/dev", name);
  }

  /** What sysfs shows as the backing file. */
  String backingFile() {
    return attribute("loop/backing_file").stripTrailing();
  }

  /** Whether anything is attached, by whomever. */
  boolean isBound() {
    return Files.exists(sysfs("loop"));
  }

  /** Whether our attachment still is the one there is. */
  boolean isAttached() {
    return !attachment.isEmpty() && isBound() && attachment.equals(diskSequence());
  }

  /** Detaches our attachment, and nothing else. */
  void detach() {
    if (isAttached()) {
      Commands.run("losetup", "--detach", node());
    }
    attachment = "";
  }

  /** Takes a device of {@link #ofNumber} away again. */
  void remove() {
    detach();
    String ioctl = "fcntl.ioctl(os.open('/dev/loop-control', os.O_RDWR), 0x4C81, int(sys.argv[1]))";
    if (Files.exists(sysfs(""))) { // LOOP_CTL_REMOVE, for which losetup has no option before 2.41
      Commands.run("python3", "-c", "import fcntl, os, sys; " + ioctl, name.substring(4));
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
