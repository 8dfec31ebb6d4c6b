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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Reads loop devices from sysfs. An attribute directory {@code loop/} exists only while a file is
 * attached (drivers/block/loop.c), so its absence is the ordinary state of an unused device.
 */
public final class LoopScanner implements LoopDevices {
  private static final Pattern LOOP_NAME = Pattern.compile("loop[0-9]{1,7}");

  /** One page, the most that a sysfs attribute holds (Documentation/filesystems/sysfs.rst). */
  private static final int ATTRIBUTE_BYTES = 4096;

  /** Sizes in sysfs are in sectors of 512 bytes, whatever the device's own sectors are. */
  private static final long SECTOR_BYTES = 512;

  private final Path blockDevices;

  /**
   * Reads below one root, which in tests is a folder of fixtures.
   *
   * @param sysRoot where sysfs is mounted; a folder of fixtures in tests
   */
  public LoopScanner(Path sysRoot) {
    blockDevices = sysRoot.resolve("block");
  }

  /** One whose diskseq still is the same is not read again. */
  @Override
  public LoopScan scan(Map<String, LoopDevice> known) throws IOException {
    List<LoopDevice> devices = new ArrayList<>();
    List<LoopScan.Problem> problems = new ArrayList<>();
    for (String name : names()) {
      try {
        LoopDevice before = known.get(name);
        Optional<LoopDevice> device =
            before != null && isUnchanged(before) ? Optional.of(before) : read(name);
        device.ifPresent(devices::add);
      } catch (IOException e) {
        problems.add(LoopScan.Problem.unreadable(name, e));
      }
    }
    return new LoopScan(devices, problems);
  }

  /**
   * Reads one device.
   *
   * @return empty if nothing is attached to it, also if that came to be while it was read
   * @throws MalformedSysfsException if an entry does not hold what it should
   */
  @Override
  public Optional<LoopDevice> read(String name) throws IOException {
    try {
      return readOnce(name);
    } catch (MissingAttributeException e) { // or detached meanwhile, and attached anew
      return readOnce(name);
    }
  }

  private Optional<LoopDevice> readOnce(String name) throws IOException {
    Path device = blockDevices.resolve(name);
    Path loop = device.resolve("loop");
    if (!loop.toFile().exists()) { // as of most nodes of many hosts; an exception for each is dear
      return Optional.empty();
    }
    Optional<byte[]> backing = readAttribute(loop.resolve("backing_file"));
    if (backing.isEmpty() || backing.get().length == 0) { // a detach race gives an empty read
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

  /** By the queue's attribute {@code iostats}: at 0 the counters stand still (measured, 6.18). */
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
   * Whether it is the same attachment, of the same path and size, and does its I/O in the same way;
   * diskseq changes at detach too. No event reports a rename. False where unsure.
   */
  private boolean isUnchanged(LoopDevice before) throws IOException {
    Path device = blockDevices.resolve(before.name());
    return before.diskSequence().isPresent()
        && optionalNumber(device.resolve("diskseq")).equals(before.diskSequence())
        && readAttribute(device.resolve("loop/backing_file"))
            .map(BackingPath::ofSysfs)
            .equals(Optional.of(before.backingPath()))
        && number(device.resolve("size")) == before.sizeBytes() / SECTOR_BYTES
        && directIo(device.resolve("loop")).equals(before.directIo());
  }

  /** Empty where the kernel's driver has none. */
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
      // said below, with the content
    }
    throw new MalformedSysfsException(relative(attribute), text);
  }

  private Optional<byte[]> readAttribute(Path attribute) throws IOException {
    try (InputStream in = Files.newInputStream(attribute)) {
      byte[] content = in.readNBytes(ATTRIBUTE_BYTES + 1);
      if (content.length > ATTRIBUTE_BYTES) {
        throw new IOException(relative(attribute) + " has more than " + ATTRIBUTE_BYTES + " bytes");
      }
      return Optional.of(content);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (AccessDeniedException e) {
      throw e;
    } catch (IOException e) { // ENODEV and ENXIO of a device that is just being detached
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

  /** A device is attached, and has not all that an attached one has. */
  private static final class MissingAttributeException extends IOException {
    MissingAttributeException(String message, IOException cause) {
      super(message, cause);
    }
  }
}
