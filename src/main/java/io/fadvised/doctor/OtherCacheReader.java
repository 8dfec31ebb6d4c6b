package io.fadvised.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fadvised.directio.CompressedImage;
import io.fadvised.directio.KernelExport;
import io.fadvised.linux.DirectIo;
import io.fadvised.loop.MountTable;
import io.fadvised.loop.Printable;
import io.fadvised.loop.Processes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds files that are cached twice without a loop device, as far as that is certain: images that
 * virtual machines or servers of block devices have open without O_DIRECT, files that the kernel
 * exports through the page cache, and EROFS images that are mounted as files.
 *
 * <p>It examines only files that it would name. This may hang with their filesystems.
 */
final class OtherCacheReader {
  /** A smaller file cannot waste much; those of firmware have up to 64 MiB. */
  static final long MIN_IMAGE_BYTES = 128 << 20;

  /** Programs by the beginning of their file names. */
  private static final Map<String, String> ADVICE = new LinkedHashMap<>();

  static {
    ADVICE.put("qemu-system-", "the guest caches it, too; give its drive cache=none");
    ADVICE.put("qemu-kvm", "the guest caches it, too; give its drive cache=none");
    ADVICE.put("cloud-hypervisor", "the guest caches it, too; give its disk direct=on");
    ADVICE.put(
        "firecracker", "the guest caches it, too; firecracker reads through the page cache only");
    ADVICE.put("qemu-nbd", "its clients cache it, too; start qemu-nbd with --cache=none");
    ADVICE.put("qemu-storage-daemon", "its clients cache it, too; open it with cache.direct=on");
    ADVICE.put("nbd-server", "its clients cache it, too; qemu-nbd --cache=none would not");
    ADVICE.put(
        "tgtd",
        "its clients cache it, too; --bsoflags direct avoids it if no request is smaller than the"
            + " sectors of its disk");
  }

  /** Their files are in memory only, or in a cache of their own. */
  private static final Set<String> WITHOUT_LOWER_CACHE =
      Set.of("tmpfs", "ramfs", "devtmpfs", "hugetlbfs", "zfs");

  private static final Pattern FLAGS = Pattern.compile("(?m)^flags:\\s*([0-7]{1,10})$");
  private static final Pattern MOUNT = Pattern.compile("(?m)^mnt_id:\\s*([0-9]+)$");
  private static final int ACCESS_MODE = 3;
  private static final int READ_WRITE = 2;
  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;

  private final Path procRoot;
  private final Path sysRoot;
  private final MountTable mounts;

  /**
   * @param procRoot where procfs is mounted
   * @param sysRoot where sysfs is mounted
   * @param mounts of this process
   */
  OtherCacheReader(Path procRoot, Path sysRoot, MountTable mounts) {
    this.procRoot = procRoot;
    this.sysRoot = sysRoot;
    this.mounts = mounts;
  }

  List<OtherCache> read() {
    List<OtherCache> found = new ArrayList<>();
    for (Path process : processes()) {
      String program = programOf(process);
      ADVICE.entrySet().stream()
          .filter(entry -> program.startsWith(entry.getKey()))
          .findFirst()
          .ifPresent(entry -> found.addAll(imagesOf(process, program, entry.getValue())));
    }
    addExports(found);
    addErofs(found);
    return found;
  }

  private List<Path> processes() {
    try {
      return Processes.in(procRoot);
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Returns the file name of the program, which is not cut off like its name. */
  private static String programOf(Path process) {
    String path = Processes.link(process.resolve("exe"));
    return path.substring(path.lastIndexOf('/') + 1).replaceFirst(" \\(deleted\\)$", "");
  }

  private static List<OtherCache> imagesOf(Path process, String program, String advice) {
    Map<String, Path> buffered = new LinkedHashMap<>();
    Set<String> direct = new HashSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        String path = Processes.link(file);
        Optional<Integer> flags = path.startsWith("/") ? flagsOf(process, file) : Optional.empty();
        if (flags.isPresent() && (flags.get() & DirectIo.openFlag()) != 0) {
          direct.add(path);
        } else if (flags.isPresent() && (flags.get() & ACCESS_MODE) == READ_WRITE) {
          buffered.put(path, file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return List.of(); // it has ended, or is another user's
    }
    buffered.keySet().removeAll(direct);
    String use = "open by " + Printable.of(program) + " (pid " + process.getFileName() + ")";
    return buffered.entrySet().stream()
        .filter(entry -> isCachedImage(process, entry.getValue()))
        .map(entry -> new OtherCache("image", Printable.of(entry.getKey()), use, advice))
        .sorted(Comparator.comparing(OtherCache::path))
        .toList();
  }

  private static Optional<Integer> flagsOf(Path process, Path file) {
    return fileInfo(process, file, FLAGS).map(octal -> Integer.parseInt(octal, 8));
  }

  private static Optional<String> fileInfo(Path process, Path file, Pattern field) {
    return Vitals.text(process.resolve("fdinfo").resolve(file.getFileName()))
        .map(field::matcher)
        .filter(Matcher::find)
        .map(match -> match.group(1));
  }

  private static boolean isCachedImage(Path process, Path file) {
    return fileInfo(process, file, MOUNT)
            .flatMap(mount -> filesystemOf(process, mount))
            .filter(type -> !WITHOUT_LOWER_CACHE.contains(type))
            .isPresent()
        && isLargeAndNotMapped(process, file);
  }

  /** Returns the type of a mount's filesystem, see proc(5). */
  private static Optional<String> filesystemOf(Path process, String mount) {
    return Vitals.text(process.resolve("mountinfo")).stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith(mount + " ") && line.contains(" - "))
        .map(line -> line.substring(line.indexOf(" - ") + 3).split(" ", 2)[0])
        .findFirst();
  }

  /** A mapped file is the memory of a guest. */
  private static boolean isLargeAndNotMapped(Path process, Path file) {
    try {
      Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,size,ino");
      return attributes.get("mode") instanceof Integer mode
          && (mode & TYPE) == REGULAR
          && attributes.get("size") instanceof Long bytes
          && bytes >= MIN_IMAGE_BYTES
          && attributes.get("ino") instanceof Long inode
          && !inodesMappedBy(process).contains(inode.toString());
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  /** See proc(5), /proc/PID/maps. */
  private static Set<String> inodesMappedBy(Path process) throws IOException {
    return Files.readString(process.resolve("maps"), ISO_8859_1)
        .lines()
        .map(line -> line.split(" +", 6))
        .filter(fields -> fields.length > 4)
        .map(fields -> fields[4])
        .collect(Collectors.toSet());
  }

  private void addExports(List<OtherCache> found) {
    KernelExport.readAll(sysRoot).stream()
        .filter(export -> export.throughTheCache() && !export.isOfDevice())
        .map(
            export ->
                new OtherCache(
                    "export",
                    export.pathText(),
                    "exported by " + export.exporter(),
                    export.exporter().startsWith("nvmet")
                        ? "its clients cache it, too; buffered_io=0 avoids it"
                        : "its clients cache it, too; iblock on a block device avoids it"))
        .forEach(found::add);
  }

  private void addErofs(List<OtherCache> found) {
    Map<Long, MountTable.Mount> images = new HashMap<>();
    try {
      mounts.all().stream()
          .filter(OtherCacheReader::isBufferedErofs)
          .forEach(mount -> images.putIfAbsent(mount.device(), mount));
    } catch (IOException e) {
      return;
    }
    images.values().stream()
        .filter(mount -> isUncompressed(mount.source()))
        .sorted(Comparator.comparing(MountTable.Mount::source))
        .map(
            mount ->
                new OtherCache(
                    "erofs",
                    Printable.ofBytes(mount.source()),
                    "mounted on " + Printable.ofBytes(mount.mountPoint()),
                    "its files are cached, too; remount it with the option directio"))
        .forEach(found::add);
  }

  /** A file as source: since 6.12. Block devices are named by /dev, other sources have no path. */
  private static boolean isBufferedErofs(MountTable.Mount mount) {
    return mount.filesystem().equals("erofs")
        && mount.source().startsWith("/")
        && !mount.source().startsWith("/dev/")
        && !List.of(mount.filesystemOptions().split(",", -1)).contains("directio");
  }

  /** The lower copy of a compressed image is smaller, and no second copy of its files. */
  private static boolean isUncompressed(String path) {
    try (InputStream image =
        Files.newInputStream(Path.of(new String(path.getBytes(ISO_8859_1), UTF_8)))) {
      return !CompressedImage.isAt(image.readNBytes(CompressedImage.START_BYTES));
    } catch (IOException | InvalidPathException e) {
      return false; // deleted, or not in this mount namespace
    }
  }
}
