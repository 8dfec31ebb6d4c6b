package io.fadvised.directio;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.loop.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The means of this host to change a loop device. Programs are not run: an option that they know is
 * a text in their file.
 *
 * @param losetup how the caller's shell finds losetup(8): its name, or a path if the name would
 *     lead to another one or to none
 * @param noDirectIo why losetup(8) cannot switch direct I/O on; empty if it can
 * @param noSectors why the sector size cannot be changed; empty if it can
 * @param evicts whether dd(1) can evict
 */
record HostTools(
    String losetup, Optional<String> noDirectIo, Optional<String> noSectors, boolean evicts) {
  /** All that a cure can need, for a caller that runs no commands. */
  static final HostTools COMPLETE =
      new HostTools("losetup", Optional.empty(), Optional.empty(), true);

  private static final List<String> DIRECTORIES =
      List.of(
          "usr/local/sbin",
          "usr/local/bin",
          "usr/sbin",
          "usr/bin",
          "sbin",
          "bin",
          "run/current-system/sw/bin");

  /** Busybox has 1 MiB, a package of all coreutils 1.5 MiB. */
  private static final long MAX_PROGRAM_BYTES = 16 << 20;

  private static final int MAX_LINKS = 8;

  /** LOOP_SET_BLOCK_SIZE was added in 4.14 (89e4fdecb51c); there is no way to ask for it. */
  private static final int[] SECTORS_SINCE = {4, 14};

  private static final Pattern RELEASE = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4}).*");

  /**
   * Reads the programs and the release of the kernel.
   *
   * @param root of the host
   * @param kernel such as {@code 5.10.0-32-amd64}
   * @param searchPath PATH of the shell that commands are for; empty if it is not known
   */
  static HostTools read(Path root, String kernel, String searchPath) {
    Optional<Path> losetup = find(root, DIRECTORIES, "losetup");
    Optional<String> noDirectIo =
        losetup.isEmpty()
            ? Optional.of("this host has no losetup: install util-linux 2.31 or later")
            : lacks(root, losetup.get(), "direct-io", "switch direct I/O on", "2.28");
    Optional<String> noSectors =
        canSetSectors(kernel)
            ? noDirectIo.or(
                () -> lacks(root, losetup.orElseThrow(), "sector-size", "change sectors", "2.31"))
            : Optional.of(
                "Linux "
                    + Printable.of(kernel)
                    + " cannot change the sector size of a loop device (added in 4.14): evict the"
                    + " lower cache");
    boolean evicts = find(root, DIRECTORIES, "dd").map(dd -> contains(dd, "nocache")).orElse(false);
    String command = losetup.map(found -> command(root, found, searchPath)).orElse("losetup");
    return new HostTools(command, noDirectIo, noSectors, evicts);
  }

  private static Optional<String> lacks(
      Path root, Path program, String option, String purpose, String since) {
    return contains(program, option)
        ? Optional.empty()
        : Optional.of(
            "/%s cannot %s: install losetup of util-linux %s or later"
                .formatted(Printable.of(root.relativize(program).toString()), purpose, since));
  }

  private static boolean canSetSectors(String kernel) {
    Matcher release = RELEASE.matcher(kernel);
    if (!release.matches()) {
      return true;
    }
    int major = Integer.parseInt(release.group(1));
    int minor = Integer.parseInt(release.group(2));
    return major > SECTORS_SINCE[0] || (major == SECTORS_SINCE[0] && minor >= SECTORS_SINCE[1]);
  }

  /** An older losetup would fail after the commands before it have unmounted the device. */
  private static String command(Path root, Path losetup, String searchPath) {
    List<String> directories =
        Arrays.stream(searchPath.split(":"))
            .filter(directory -> directory.startsWith("/"))
            .map(directory -> directory.substring(1))
            .toList();
    boolean isFit =
        searchPath.isEmpty()
            || find(root, directories, "losetup")
                .filter(first -> contains(first, "direct-io") && contains(first, "sector-size"))
                .isPresent();
    return isFit ? "losetup" : "/" + root.relativize(losetup);
  }

  private static Optional<Path> find(Path root, List<String> directories, String name) {
    return directories.stream()
        .map(directory -> resolved(root, root.resolve(directory).resolve(name)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Follows links to absolute paths, which lead out of the root, within it. */
  private static Optional<Path> resolved(Path root, Path file) {
    Path target = file;
    try {
      for (int i = 0; i < MAX_LINKS && Files.isSymbolicLink(target); i++) {
        Path link = Files.readSymbolicLink(target);
        target =
            link.isAbsolute()
                ? root.resolve(Path.of("/").relativize(link))
                : target.resolveSibling(link);
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)
        ? Optional.of(target.normalize())
        : Optional.empty();
  }

  private static boolean contains(Path program, String text) {
    try {
      return Files.size(program) <= MAX_PROGRAM_BYTES
          && new String(Files.readAllBytes(program), ISO_8859_1).contains(text);
    } catch (IOException e) {
      return true; // it may
    }
  }
}
