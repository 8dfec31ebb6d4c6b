package io.fadvised.directio;

import io.fadvised.loop.BackingPath;
import io.fadvised.loop.LoopDevice;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Loop devices and storage for tests. */
public final class Attachments {
  public static final long MIB = 1L << 20;

  /** Contents that take large sectors. */
  public static final Contents EXT4 = Contents.of("ext4", 4096);

  private Attachments() {}

  /** A device on a file of 100 MiB. */
  public static LoopDevice device(Optional<Boolean> directIo, int sectorBytes, long offsetBytes) {
    return device("loop3", directIo, sectorBytes, offsetBytes);
  }

  private static LoopDevice device(
      String name, Optional<Boolean> directIo, int sectorBytes, long offsetBytes) {
    return new LoopDevice(
        name,
        BackingPath.of("/disks/a b.img"),
        offsetBytes,
        0,
        100 * MIB,
        false,
        directIo,
        sectorBytes,
        OptionalLong.empty());
  }

  /** A device of 1 MiB without direct I/O, with sectors of 512 bytes. */
  public static LoopDevice loop(String name, String path) {
    return new LoopDevice(
        name,
        BackingPath.of(path),
        0,
        0,
        1 << 20,
        false,
        Optional.of(false),
        512,
        OptionalLong.empty());
  }

  /** A device without direct I/O, with sectors of 512 bytes. */
  public static Attachment buffered(Attachment.Mount... mounts) {
    return attached(device(Optional.of(false), 512, 0), mounts);
  }

  /** A device that is not mounted. */
  public static Attachment named(String name) {
    return attached(device(name, Optional.of(false), 512, 0));
  }

  static Attachment attached(LoopDevice device, Attachment.Mount... mounts) {
    return attached(device, false, List.of(), mounts);
  }

  /** A device with these uses. */
  public static Attachment attached(
      LoopDevice device, boolean autoclear, List<String> uses, Attachment.Mount... mounts) {
    return new Attachment(
        device,
        autoclear,
        List.of(mounts),
        uses,
        Optional.empty(),
        HostTools.COMPLETE,
        Optional.empty());
  }

  /** Puts a device on a host with other tools, where somebody attaches it. */
  static Attachment on(Attachment attachment, HostTools tools, Attacher... attacher) {
    return new Attachment(
        attachment.device(),
        attachment.autoclear(),
        attachment.mounts(),
        attachment.uses(),
        attachment.unseen(),
        tools,
        Stream.of(attacher).findFirst());
  }

  public static Attachment.Mount mount(String node, String point) {
    return new Attachment.Mount(node, point, "ext4", "rw,noexec", false);
  }

  /** Storage with an alignment reported by statx; 0 means no direct I/O. */
  public static Storage reported(int alignmentBytes) {
    return new Storage(
        true,
        "xfs",
        Optional.of(new Storage.Disk("sda1", 512)),
        OptionalInt.of(alignmentBytes),
        Optional.of(alignmentBytes > 0),
        false);
  }

  /** Like {@link #reported}, for a file whose path does not lead to it. */
  static Storage unnamed(int alignmentBytes) {
    Storage named = reported(alignmentBytes);
    return new Storage(
        false,
        named.filesystem(),
        named.disk(),
        named.alignmentBytes(),
        named.opensForDirectIo(),
        false);
  }

  /** Storage of an older kernel, which does not report an alignment. */
  public static Storage derived(int sectorBytes) {
    return new Storage(
        true,
        "ext4",
        Optional.of(new Storage.Disk("sda1", sectorBytes)),
        OptionalInt.empty(),
        Optional.of(true),
        false);
  }

  /** Storage of a kernel and a filesystem that report neither an alignment nor a disk. */
  static Storage withoutDisk(String filesystem, boolean opensForDirectIo, boolean checksummed) {
    return new Storage(
        true,
        filesystem,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.of(opensForDirectIo),
        checksummed);
  }
}
