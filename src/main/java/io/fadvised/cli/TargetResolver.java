package io.fadvised.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.linux.FileIdentity;
import io.fadvised.linux.FileStat;
import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import io.fadvised.loop.LoopDevices;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Resolves a typed name. The name of a block device, a device node, a link to one, and a directory
 * are the loop devices below them; anything else is a file. May hang with the filesystem of a path.
 */
final class TargetResolver {
  /** A name that needs no directory before it. */
  private static final Pattern DEVICE_NAME =
      Pattern.compile("loop[0-9]{1,7}(p[0-9]{1,3})?|(dm-|md)[0-9]{1,7}");

  private static final Pattern LOOP_NAME = Pattern.compile("loop[0-9]{1,7}");

  private final LoopDevices scanner;
  private final BlockDevices blockDevices;
  private final MountTable mounts;
  private final Path devices;
  private final Nodes nodes;

  /** Reads device nodes. */
  @FunctionalInterface
  interface Nodes {
    /** Returns {@code major:minor} of a block device; empty for any other file. */
    Optional<String> numberOf(Path node) throws IOException;
  }

  TargetResolver(World world, LoopDevices scanner) {
    this(
        scanner,
        new BlockDevices(world.sysRoot()),
        new MountTable(world.procRoot(), System::nanoTime),
        world.devices(),
        TargetResolver::numberOf);
  }

  TargetResolver(
      LoopDevices scanner,
      BlockDevices blockDevices,
      MountTable mounts,
      Path devices,
      Nodes nodes) {
    this.scanner = scanner;
    this.blockDevices = blockDevices;
    this.mounts = mounts;
    this.devices = devices;
    this.nodes = nodes;
  }

  /**
   * Resolves a name to the loop devices below it, or to a file. A file is not checked before {@link
   * OpenTarget} opens it.
   *
   * @return several targets for a device above several loop devices; they have the names of these
   * @throws CommandFailedException if it is neither a file nor on an attached loop device
   */
  List<Target> resolve(String text) throws CommandFailedException {
    try {
      Set<String> loops = loopsOf(text);
      List<Target> targets = new ArrayList<>();
      for (String loop : loops) {
        targets.add(new Target.OfDevice(loops.size() == 1 ? text : loop, attached(loop)));
      }
      return targets.isEmpty() ? List.of(new Target.OfFile(text, Path.of(text))) : targets;
    } catch (IOException e) {
      throw new CommandFailedException(Sentences.of(e), e);
    }
  }

  /**
   * Resolves a name to the loop devices below it.
   *
   * @throws CommandFailedException if it is on no attached loop device
   */
  Set<String> devices(String text) throws CommandFailedException {
    try {
      Set<String> loops = loopsOf(text);
      for (String loop : loops) {
        attached(loop);
      }
      if (loops.isEmpty()) {
        throw new CommandFailedException(whyNoDevice(Path.of(text)));
      }
      return loops;
    } catch (NoSuchFileException e) {
      throw new CommandFailedException("no such file or device", e);
    } catch (IOException e) {
      throw new CommandFailedException(Sentences.of(e), e);
    }
  }

  /** Names the loop devices of a file, which is none itself. */
  private String whyNoDevice(Path file) throws IOException {
    String none = "is " + kind(file).kind() + ", not on a loop device";
    if (!Files.isRegularFile(file)) {
      return none;
    }
    Path path = file.toRealPath();
    BackingPath backing = BackingPath.of(path.toString());
    List<String> backed =
        scanner.scan(Map.of()).devices().stream()
            .filter(device -> device.backingPath().equals(backing))
            .map(LoopDevice::name)
            .toList();
    if (!backed.isEmpty()) {
      return "is the backing file of %1$s; name %1$s".formatted(String.join(", ", backed));
    }
    Optional<MountTable.Mount> mount = mounts.covering(bytes(path));
    Set<String> loops = mount.isEmpty() ? Set.of() : belowMount(mount.get());
    return loops.isEmpty()
        ? none
        : "is a file on %1$s; name %1$s".formatted(String.join(", ", loops));
  }

  /**
   * Guesses the filesystem of a name from the mount table. Never hangs.
   *
   * @return its device number; empty if it is unknown
   */
  OptionalLong likelyFilesystem(String text) {
    if (DEVICE_NAME.matcher(text).matches()) {
      return OptionalLong.empty();
    }
    try {
      Path path = Path.of(text).toAbsolutePath().normalize();
      return mounts.covering(bytes(path)).stream().mapToLong(MountTable.Mount::device).findFirst();
    } catch (InvalidPathException | IOException e) {
      return OptionalLong.empty();
    }
  }

  private LoopDevice attached(String loop) throws IOException, CommandFailedException {
    return scanner
        .read(loop)
        .orElseThrow(() -> new CommandFailedException("nothing is attached to " + loop));
  }

  /** Returns the loop devices below a name; empty for files and other block devices. */
  private Set<String> loopsOf(String text) throws IOException, CommandFailedException {
    if (text.isEmpty()) {
      throw new CommandFailedException("an empty name");
    }
    if (DEVICE_NAME.matcher(text).matches()) {
      return named(text);
    }
    try {
      Path path = Path.of(text);
      Optional<String> name = nameBelowDevices(path);
      if (name.isPresent()) {
        return named(name.get());
      }
      if (Files.isDirectory(path)) {
        return mountedAt(path.toRealPath());
      }
      Path node = Files.isSymbolicLink(path) && Files.exists(path) ? path.toRealPath() : path;
      name = nameBelowDevices(node);
      return name.isPresent() ? named(name.get()) : belowNode(node);
    } catch (InvalidPathException e) {
      throw new CommandFailedException("is not a path: " + e.getReason(), e);
    }
  }

  private Optional<String> nameBelowDevices(Path path) {
    String name = String.valueOf(path.getFileName());
    return devices.equals(path.getParent()) && DEVICE_NAME.matcher(name).matches()
        ? Optional.of(name)
        : Optional.empty();
  }

  private Set<String> named(String name) throws IOException, CommandFailedException {
    if (!LOOP_NAME.matcher(name).matches() && !blockDevices.exists(name)) {
      throw new CommandFailedException("no such device");
    }
    Set<String> loops = blockDevices.loopsBelow(name);
    if (loops.isEmpty()) {
      throw new CommandFailedException("is a block device, not on a loop device");
    }
    return loops;
  }

  private Set<String> belowNode(Path node) throws IOException {
    Optional<String> number = nodes.numberOf(node);
    return number.isPresent() ? belowNumber(number.get()) : Set.of();
  }

  private Set<String> belowNumber(String majorMinor) throws IOException {
    Optional<String> disk = blockDevices.diskOf(majorMinor);
    return disk.isPresent() ? blockDevices.loopsBelow(disk.get()) : Set.of();
  }

  /** Returns the loop devices of the filesystem that a directory is on. */
  private Set<String> mountedAt(Path directory) throws IOException, CommandFailedException {
    MountTable.Mount mount =
        mounts
            .covering(bytes(directory))
            .orElseThrow(() -> new CommandFailedException("is a directory on an unknown mount"));
    Set<String> loops = belowMount(mount);
    if (loops.isEmpty()) {
      throw new CommandFailedException(
          "is on %s mounted at %s, not on a loop device"
              .formatted(Printable.ofBytes(mount.source()), Printable.ofBytes(mount.mountPoint())));
    }
    return loops;
  }

  /** Returns a path as in the mount table, one character for each byte. */
  private static String bytes(Path path) {
    return new String(path.toString().getBytes(UTF_8), ISO_8859_1);
  }

  private Set<String> belowMount(MountTable.Mount mount) throws IOException {
    Set<String> loops = belowNumber(new FileIdentity(mount.device(), 0).deviceText());
    boolean isChosenByUser = mount.filesystem().startsWith("fuse");
    if (!loops.isEmpty() || isChosenByUser || !mount.source().startsWith("/")) {
      return loops;
    }
    Path source = Path.of(mount.source()); // btrfs has a device number of its own
    Optional<String> name = nameBelowDevices(source);
    return name.isPresent() ? blockDevices.loopsBelow(name.get()) : belowNode(source);
  }

  private static Optional<String> numberOf(Path node) throws IOException {
    try {
      return kind(node).isBlockDevice()
          ? Optional.of(
              new FileIdentity((Long) Files.getAttribute(node, "unix:rdev"), 0).deviceText())
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // reported by whoever opens it
    }
  }

  private static FileStat kind(Path file) throws IOException {
    int mode = (Integer) Files.getAttribute(file, "unix:mode");
    return new FileStat(new FileIdentity(0, 0), mode, 0, 0);
  }
}
