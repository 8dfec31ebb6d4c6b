package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Files that the kernel itself uses, without a process that has them open: the layers of an
 * overlay, the source of a mount, the backing file of a loop device, or an exported file.
 *
 * @param words the use, such as "the backing file of loop5 is on it"
 * @param paths each after "=" or ":"; bytes, one per char; empty if they are not known
 */
record KernelUse(String words, String paths) {
  /** Filesystems whose source is a file or a directory, see mountinfo. */
  private static final Set<String> ON_FILES = Set.of("erofs", "ecryptfs");

  private static final Pattern ABSOLUTE = Pattern.compile("[=:]/");

  static KernelUse of(LoopDevice device) {
    return ofFile("the backing file of " + device.name() + " is on it", device.backingPath().raw());
  }

  static KernelUse of(KernelExport export) {
    return ofFile("a file on it is exported by " + export.exporter(), export.path());
  }

  private static KernelUse ofFile(String words, String path) {
    return new KernelUse(words, "=" + path);
  }

  /**
   * Returns the use by a mount; empty if it uses no files.
   *
   * @param source unescaped from mountinfo, like the options
   * @param options of the filesystem
   * @param place the mount point in words
   */
  static Optional<KernelUse> ofMount(
      String filesystem, String source, String options, String place) {
    if (filesystem.equals("overlay")) {
      return Optional.of(ofOverlay(layers(options), "overlay mounted on " + place));
    }
    return ON_FILES.contains(filesystem) && source.startsWith("/")
        ? Optional.of(
            ofFile("the source of " + filesystem + " mounted on " + place + " is on it", source))
        : Optional.empty();
  }

  /** Relative paths began in an unknown directory. Of a mix, the absolute ones decide. */
  private static KernelUse ofOverlay(String layers, String overlay) {
    return ABSOLUTE.matcher(layers).find()
        ? new KernelUse("layers of the " + overlay + " are on it", layers)
        : new KernelUse("layers of the " + overlay + " may be on it (relative paths)", "");
  }

  /** Removes the backslashes before ":" and ",", which overlayfs requires in names. */
  private static String layers(String options) {
    return options.replaceAll("\\\\(.)", "$1").replaceAll("/+(\\./+)*", "/");
  }

  /**
   * Returns whether a file is, or may be, on a mount.
   *
   * @param point bytes, one per char
   */
  boolean isOn(String point) {
    return paths.isEmpty()
        || (paths.contains(point)
            && Pattern.compile("[=:]" + Pattern.quote(point) + "([/:,]|$)").matcher(paths).find());
  }
}
