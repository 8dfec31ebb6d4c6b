package io.fadvised.loop;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The names by which patterns know the backing file of one attachment: the kernel's label, which is
 * the path in the mount namespace that attached it, and the path in this process's namespace.
 *
 * <p>A label changes in two ways. After a rename the old one counts no longer. When the namespace
 * that attached the file ends, the kernel drops the mount points from the front ({@code
 * /pvc/disk.img} becomes {@code /disk.img}); the file is still what it was, so the old label counts
 * on. Where a label could be both, the old one counts until the file is opened: by then its path on
 * the host tells.
 *
 * @param label what the kernel calls it at present
 * @param host its path in this process's mount namespace, when it was last opened
 * @param earlier labels that counted before a namespace ended
 * @param confirmed whether the file was opened under this label, so that no name is missing
 */
public record FileNames(
    BackingPath label, Optional<BackingPath> host, Set<BackingPath> earlier, boolean confirmed) {

  public FileNames {
    earlier = Set.copyOf(earlier);
  }

  /** The names of a file that was not opened yet. */
  public static FileNames of(LoopDevice device) {
    return new FileNames(device.backingPath(), Optional.empty(), Set.of(), false);
  }

  /** The names after the device was read again, if it is still the same attachment. */
  public FileNames labelled(BackingPath now) {
    if (now.equals(label)) {
      return this;
    }
    if (now.matchingText().equals(label.matchingText())) { // deleted
      return new FileNames(now, host, earlier, confirmed);
    }
    if (!isRestOf(now.matchingText(), label.matchingText())) {
      return new FileNames(now, Optional.empty(), Set.of(), false);
    }
    Set<BackingPath> kept = new LinkedHashSet<>(earlier);
    kept.add(label);
    return new FileNames(now, host, kept, false);
  }

  /**
   * The names after the file was opened.
   *
   * @param hostPath see {@link BackingFile#hostPath}
   */
  public FileNames opened(Optional<BackingPath> hostPath) {
    boolean wasRenamed =
        hostPath.map(BackingPath::matchingText).equals(Optional.of(label.matchingText()));
    return new FileNames(label, hostPath.or(() -> host), wasRenamed ? Set.of() : earlier, true);
  }

  /** Each name once, as patterns see it, the label first. */
  public List<String> texts() {
    Set<String> texts = new LinkedHashSet<>();
    texts.add(label.matchingText());
    host.map(BackingPath::matchingText).ifPresent(texts::add);
    earlier.stream().map(BackingPath::matchingText).sorted().forEach(texts::add);
    return List.copyOf(texts);
  }

  /** Returns whether only leading directories were dropped. */
  private static boolean isRestOf(String now, String before) {
    return now.startsWith("/") && before.length() > now.length() && before.endsWith(now);
  }
}
