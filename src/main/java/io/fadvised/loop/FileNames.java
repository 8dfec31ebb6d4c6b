package io.fadvised.loop;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The names of one attachment's backing file that patterns match. The kernel's label is the path in
 * the mount namespace that attached the file; the host path is that of this process's namespace.
 *
 * <p>A label changes in two ways. A rename invalidates the old label. When the namespace that
 * attached the file ends, the kernel drops leading mount points ({@code /pvc/disk.img} becomes
 * {@code /disk.img}), and the old label stays valid. If a change could be either, the old label is
 * kept until the file is opened and its host path decides.
 *
 * @param label the kernel's current label
 * @param host the path in this process's mount namespace when the file was last opened
 * @param earlier labels that stay valid after a namespace ended
 * @param confirmed whether the file was opened under this label, so that no name is missing
 */
public record FileNames(
    BackingPath label, Optional<BackingPath> host, Set<BackingPath> earlier, boolean confirmed) {

  public FileNames {
    earlier = Set.copyOf(earlier);
  }

  /** Returns the names of a file that was not opened yet. */
  public static FileNames of(LoopDevice device) {
    return new FileNames(device.backingPath(), Optional.empty(), Set.of(), false);
  }

  /** Returns the names after a new scan found the same attachment. */
  public FileNames labelled(BackingPath now) {
    if (now.equals(label)) {
      return this;
    }
    if (now.matchingText().equals(label.matchingText())) { // deleted
      return new FileNames(now, host, earlier, confirmed);
    }
    if (!isSuffixOf(now.matchingText(), label.matchingText())) {
      return new FileNames(now, Optional.empty(), Set.of(), false);
    }
    Set<BackingPath> kept = new LinkedHashSet<>(earlier);
    kept.add(label);
    return new FileNames(now, host, kept, false);
  }

  /**
   * Returns the names after the file was opened.
   *
   * @param hostPath see {@link BackingFile#hostPath}
   */
  public FileNames opened(Optional<BackingPath> hostPath) {
    boolean wasRenamed =
        hostPath.map(BackingPath::matchingText).equals(Optional.of(label.matchingText()));
    FileNames now =
        new FileNames(label, hostPath.or(() -> host), wasRenamed ? Set.of() : earlier, true);
    return now.equals(this) ? this : now; // saves memory: most sweeps find the same names
  }

  /** Returns each distinct name in the form for patterns, the label first. */
  public List<String> texts() {
    Set<String> texts = new LinkedHashSet<>();
    texts.add(label.matchingText());
    host.map(BackingPath::matchingText).ifPresent(texts::add);
    earlier.stream().map(BackingPath::matchingText).sorted().forEach(texts::add);
    return List.copyOf(texts);
  }

  /** Returns whether only leading directories differ. */
  private static boolean isSuffixOf(String now, String before) {
    return now.startsWith("/") && before.length() > now.length() && before.endsWith(now);
  }
}
