package io.fadvised.directio;

import io.fadvised.linux.FileIdentity;
import io.fadvised.loop.Printable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file or block device that the kernel itself serves to other hosts: by LIO (iSCSI, Fibre
 * Channel, vhost) or nvmet (NVMe over fabrics). No process has it open, and no other device holds
 * it; only configfs shows it.
 *
 * <p>Sectors can be changed below most of them. LIO claims a device only with iblock, where it can
 * be switched off; fileio and nvmet never do. And before 6.17 the loop driver ignores claims: it
 * set sectors of 4096 bytes below an iblock device that went on with 512 (6.1).
 *
 * @param exporter in words, such as {@code LIO (iblock_0/web)}
 * @param path of the file or device, bytes, one per char
 * @param number st_rdev of the device if configfs has it
 * @param throughTheCache whether the kernel reads and writes it through the page cache
 */
public record KernelExport(
    String exporter, String path, OptionalLong number, boolean throughTheCache) {
  private static final Pattern IBLOCK = Pattern.compile("Major: (\\d+) Minor: (\\d+)");

  private static final Pattern FILEIO =
      Pattern.compile("File: (.*)  Size: \\d+  Mode: \\S+(?: Async: (\\d))?", Pattern.DOTALL);

  /** Modules, and their directories in configfs. */
  private static final List<List<String>> SUBSYSTEMS =
      List.of(List.of("target_core_mod", "target"), List.of("nvmet", "nvmet"));

  /** Returns the path as text to print. */
  public String pathText() {
    return Printable.ofBytes(path);
  }

  public boolean isOfDevice() {
    return path.startsWith("/dev/");
  }

  /** Reads all that are in use; {@code sysRoot} is where sysfs is mounted. */
  public static List<KernelExport> readAll(Path sysRoot) {
    Path configfs = sysRoot.resolve("kernel/config");
    List<KernelExport> exports = new ArrayList<>();
    for (Path host : children(configfs.resolve("target/core"), "{iblock,fileio}_*")) {
      for (Path device : children(host, "*")) {
        AttachmentReader.text(device.resolve("info"))
            .flatMap(info -> ofLio(host.getFileName() + "/" + device.getFileName(), info))
            .ifPresent(exports::add);
      }
    }
    for (Path subsystem : children(configfs.resolve("nvmet/subsystems"), "*")) {
      for (Path namespace : children(subsystem.resolve("namespaces"), "*")) {
        ofNvmet(subsystem.getFileName().toString(), namespace).ifPresent(exports::add);
      }
    }
    return exports;
  }

  /** Returns whether exports may exist that configfs does not show here: it is not mounted. */
  static boolean areHidden(Path sysRoot) {
    return SUBSYSTEMS.stream()
        .anyMatch(
            names ->
                Files.isDirectory(sysRoot.resolve("module").resolve(names.get(0)))
                    && !Files.isDirectory(sysRoot.resolve("kernel/config").resolve(names.get(1))));
  }

  /** Parses what drivers/target/target_core_iblock.c and target_core_file.c print. */
  private static Optional<KernelExport> ofLio(String name, String info) {
    String exporter = "LIO (" + Printable.of(name) + ")";
    Matcher file = FILEIO.matcher(info);
    if (file.find()) {
      boolean isDirect = "1".equals(file.group(2)); // IOCB_DIRECT for each request
      return Optional.of(
          new KernelExport(exporter, file.group(1), OptionalLong.empty(), !isDirect));
    }
    Matcher device = IBLOCK.matcher(info);
    return device.find()
        ? FileIdentity.parseDevice(device.group(1) + ":" + device.group(2)).stream()
            .filter(number -> number != 0) // not enabled
            .mapToObj(
                number ->
                    new KernelExport(
                        exporter,
                        "/dev/block/" + new FileIdentity(number, 0).deviceText(),
                        OptionalLong.of(number),
                        false))
            .findFirst()
        : Optional.empty();
  }

  private static Optional<KernelExport> ofNvmet(String subsystem, Path namespace) {
    if (!AttachmentReader.text(namespace.resolve("enable")).equals(Optional.of("1"))) {
      return Optional.empty();
    }
    boolean isBuffered =
        AttachmentReader.text(namespace.resolve("buffered_io")).equals(Optional.of("1"));
    return AttachmentReader.text(namespace.resolve("device_path"))
        .map(
            path ->
                new KernelExport(
                    "nvmet ("
                        + Printable.of(subsystem)
                        + ", namespace "
                        + namespace.getFileName()
                        + ")",
                    path,
                    OptionalLong.empty(),
                    isBuffered));
  }

  private static List<Path> children(Path directory, String pattern) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, pattern)) {
      found.forEach(children::add);
    } catch (IOException | DirectoryIteratorException e) {
      return children; // the module is not loaded
    }
    children.sort(null);
    return children;
  }
}
