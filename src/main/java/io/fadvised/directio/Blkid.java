package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.loop.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Asks blkid(8) for the content of a device. It knows far more formats than {@link Superblocks}.
 */
final class Blkid {
  /** It takes 5 ms on a disk that works. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private static final int NOTHING_FOUND = 2;
  private static final int AMBIVALENT = 8;

  private Blkid() {}

  /**
   * Returns the content; its limit is not known, and nothing found counts as blank.
   *
   * @return empty if util-linux's blkid is not installed
   */
  static Optional<Contents> contentsOf(Path device) throws IOException, InterruptedException {
    Optional<Path> program =
        Stream.of("/usr/sbin", "/sbin", "/usr/bin", "/bin") // Alpine, NixOS: without it
            .map(directory -> Path.of(directory, "blkid"))
            .filter(Files::isExecutable)
            .findFirst();
    if (program.isEmpty()) {
      return Optional.empty();
    }
    ProcessBuilder builder =
        new ProcessBuilder(program.get().toString(), "-p", "-o", "export", device.toString());
    builder.environment().put("LC_ALL", "C");
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process child = builder.start();
    if (!child.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
      child.destroyForcibly();
      return Optional.of(Contents.NOT_RECOGNISED);
    }
    String output = new String(child.getInputStream().readAllBytes(), ISO_8859_1);
    return contentsOf(child.exitValue(), output);
  }

  /** Busybox's blkid has another output and no exit status for this. */
  static Optional<Contents> contentsOf(int status, String output) {
    return switch (status) {
      case 0 ->
          value(output, "TYPE")
              .map(type -> Contents.unlimited(kindOf(type)))
              .or(
                  () ->
                      value(output, "PTTYPE").map(type -> Contents.unlimited("a partition table")));
      case NOTHING_FOUND -> Optional.of(Contents.BLANK);
      case AMBIVALENT -> Optional.of(Contents.NOT_RECOGNISED);
      default -> Optional.empty();
    };
  }

  private static Optional<String> value(String output, String key) {
    return output
        .lines()
        .filter(line -> line.startsWith(key + "="))
        .map(line -> line.substring(key.length() + 1))
        .findFirst();
  }

  /** The kind by which {@link Superblocks} names this type. */
  private static String kindOf(String type) {
    return switch (type) {
      case "ext2", "ext3", "ext4" -> "ext4";
      case "jbd" -> Superblocks.EXT_JOURNAL;
      case "xfs" -> "XFS";
      case "vfat" -> "FAT";
      case "exfat" -> "exFAT";
      case "ntfs" -> "NTFS";
      case "erofs" -> "EROFS";
      case "iso9660" -> "ISO 9660";
      case "udf" -> "UDF";
      case "crypto_LUKS" -> "LUKS";
      case "LVM2_member" -> "LVM";
      case "linux_raid_member" -> "md RAID";
      case "zfs_member" -> "ZFS";
      default -> Printable.of(type); // btrfs, f2fs, squashfs, swap, bcache and unknown ones
    };
  }
}
