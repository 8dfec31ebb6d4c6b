package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Reads loop devices from sysfs. The directory {@code loop/} exists only while a file is attached
 * (drivers/block/loop.c); an unused device has none.
 */
public final class LoopScanner implements LoopDevices {
  private static final Pattern LOOP_NAME = Pattern.compile("loop[0-9]{1,7}");

  /** One page, the maximum of a sysfs attribute (Documentation/filesystems/sysfs.rst). */
  private static final int MAX_ATTRIBUTE_BYTES = 4096;

  /** An attribute that is shorter is read by one call: the kernel returns it as a whole. */
  private static final int USUAL_ATTRIBUTE_BYTES = 256;

  /** Sizes in sysfs count sectors of 512 bytes, independent of the device's sector size. */
  private static final long SECTOR_BYTES = 512;

  /**
   * Known devices that a scan compares in full. Others are compared in full in later scans: with
   * 10,000 devices each attribute takes 0.13 s, and every sweep reads a device in full anyway.
   */
  private static final int MAX_IN_FULL = 1000;

  private final Path blockDevices;

  /** The position of the first device that the next scan compares in full. */
  private int firstInFull;

  /**
   * @param sysRoot where sysfs is mounted; a directory of fixtures in tests
   */
  public LoopScanner(Path sysRoot) {
    blockDevices = sysRoot.resolve("block");
  }

  @Override
  public LoopScan scan(Map<String, LoopDevice> known) throws IOException {
    List<LoopDevice> devices = new ArrayList<>();
    List<LoopScan.Problem> problems = new ArrayList<>();
    List<String> names = names();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      boolean inFull = Math.floorMod(i - firstInFull, names.size()) < MAX_IN_FULL;
      try {
        LoopDevice before = known.get(name);
        Optional<LoopDevice> device =
            before != null && isUnchanged(before, inFull) ? Optional.of(before) : read(name);
        device.ifPresent(devices::add);
      } catch (IOException e) {
        problems.add(LoopScan.Problem.unreadable(name, e));
      }
    }
    firstInFull = names.isEmpty() ? 0 : (firstInFull + MAX_IN_FULL) % names.size();
    return new LoopScan(devices, problems);
  }

  /**
   * Reads one device.
   *
   * @return empty if no file is attached, also if it was detached during the call
   * @throws MalformedSysfsException if an attribute has an invalid value
   */
  @Override
  public Optional<LoopDevice> read(String name) throws IOException {
    if (!LOOP_NAME.matcher(name).matches()) {
      return Optional.empty();
    }
    try {
      return readOnce(name);
    } catch (MissingAttributeException e) { // it may have been detached and attached again
      return readOnce(name);
    }
  }

  private Optional<LoopDevice> readOnce(String name) throws IOException {
    Path device = blockDevices.resolve(name);
    Path loop = device.resolve("loop");
    if (!loop.toFile().exists()) { // avoids a costly exception for each unused device
      return Optional.empty();
    }
    Optional<byte[]> backing = readAttribute(loop.resolve("backing_file"));
    if (backing.isEmpty() || backing.get().length == 0) { // a read during a detach is empty
      return Optional.empty();
    }
    try {
      return Optional.of(
          new LoopDevice(
              name,
              BackingPath.ofSysfs(backing.get()),
              number(loop.resolve("offset")),
              number(loop.resolve("sizelimit")),
              Math.multiplyExact(number(device.resolve("size")), SECTOR_BYTES),
              number(device.resolve("ro")) != 0,
              directIo(loop),
              sectorBytes(device.resolve("queue/logical_block_size")),
              optionalNumber(device.resolve("diskseq"))));
    } catch (NoSuchFileException e) {
      if (!Files.exists(loop)) {
        return Optional.empty();
      }
      throw new MissingAttributeException(relative(Path.of(e.getFile())) + " is missing", e);
    } catch (ArithmeticException e) {
      throw new IOException("a size is out of range", e);
    }
  }

  /** Reads {@code queue/iostats}: at 0 the counters do not change (measured, 6.18). */
  @Override
  public boolean isUncounted(String name) {
    try {
      OptionalLong counts = optionalNumber(blockDevices.resolve(name).resolve("queue/iostats"));
      return counts.isPresent() && counts.getAsLong() == 0;
    } catch (IOException e) {
      return true;
    }
  }

  /**
   * Returns whether the path is unchanged and, in full, attachment, size and direct I/O; false if
   * unsure. The diskseq also changes at detach. No event reports a rename.
   */
  private boolean isUnchanged(LoopDevice before, boolean inFull) throws IOException {
    Path device = blockDevices.resolve(before.name());
    return before.diskSequence().isPresent()
        && readAttribute(device.resolve("loop/backing_file"))
            .map(BackingPath::ofSysfs)
            .equals(Optional.of(before.backingPath()))
        && (!inFull || hasSameAttributes(device, before));
  }

  private boolean hasSameAttributes(Path device, LoopDevice before) throws IOException {
    return optionalNumber(device.resolve("diskseq")).equals(before.diskSequence())
        && number(device.resolve("size")) == before.sizeBytes() / SECTOR_BYTES
        && directIo(device.resolve("loop")).equals(before.directIo());
  }

  /** Empty if the kernel's driver does not support direct I/O. */
  private Optional<Boolean> directIo(Path loop) throws IOException {
    return optionalNumber(loop.resolve("dio")).stream().mapToObj(dio -> dio != 0).findFirst();
  }

  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(blockDevices, "loop*")) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (LOOP_NAME.matcher(name).matches()) {
          names.add(name);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    names.sort(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
    return names;
  }

  private int sectorBytes(Path attribute) throws IOException {
    int bytes = Math.toIntExact(number(attribute));
    if (bytes == 0) {
      throw new MalformedSysfsException(relative(attribute), "0");
    }
    return bytes;
  }

  private long number(Path attribute) throws IOException {
    return optionalNumber(attribute)
        .orElseThrow(() -> new NoSuchFileException(attribute.toString()));
  }

  private OptionalLong optionalNumber(Path attribute) throws IOException {
    Optional<byte[]> content = readAttribute(attribute);
    if (content.isEmpty()) {
      return OptionalLong.empty();
    }
    String text = new String(content.get(), ISO_8859_1).strip();
    try {
      long number = Long.parseLong(text);
      if (number >= 0) {
        return OptionalLong.of(number);
      }
    } catch (NumberFormatException e) {
      // thrown below, with the content
    }
    throw new MalformedSysfsException(relative(attribute), text);
  }

  private Optional<byte[]> readAttribute(Path attribute) throws IOException {
    try (InputStream in = Files.newInputStream(attribute)) {
      byte[] content = new byte[USUAL_ATTRIBUTE_BYTES];
      int length = Math.max(0, in.read(content));
      if (length < content.length) {
        return Optional.of(Arrays.copyOf(content, length));
      }
      content = Arrays.copyOf(content, MAX_ATTRIBUTE_BYTES + 1);
      length += in.readNBytes(content, length, content.length - length);
      if (length > MAX_ATTRIBUTE_BYTES) {
        throw new IOException(
            relative(attribute) + " has more than " + MAX_ATTRIBUTE_BYTES + " bytes");
      }
      return Optional.of(Arrays.copyOf(content, length));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (AccessDeniedException e) {
      throw e;
    } catch (IOException e) { // ENODEV or ENXIO during a detach
      if (!Files.exists(attribute)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private String relative(Path attribute) {
    return attribute.startsWith(blockDevices)
        ? blockDevices.relativize(attribute).toString()
        : attribute.toString();
  }

  /** An attached device lacks an attribute. */
  private static final class MissingAttributeException extends IOException {
    MissingAttributeException(String message, IOException cause) {
      super(message, cause);
    }
  }
}
