package io.fadvised.loop;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pod's volume, as the kubelet names its directory: {@code
 * /var/lib/kubelet/pods/UID/volumes/PLUGIN/NAME}.
 *
 * @param podUid UID of the pod
 * @param name of the volume: that of a PersistentVolume, or of the volume in the pod
 */
public record KubeletVolume(String podUid, String name) {
  /** Most paths lack it, and need not be matched with the pattern. */
  private static final String PODS = "kubelet/pods/";

  /** The kubelet's directory has other names in some distributions, but always ends like this. */
  private static final Pattern PATH =
      Pattern.compile("/(?:[^/]+/)*kubelet/pods/([0-9a-f-]{32,36})/volumes/[^/]+/([^/]+)(?:/.*)?");

  /**
   * Parses a path below a volume's directory.
   *
   * @param path a mount point or a backing file
   */
  public static Optional<KubeletVolume> of(String path) {
    if (!path.contains(PODS)) {
      return Optional.empty();
    }
    Matcher parts = PATH.matcher(path);
    return parts.matches()
        ? Optional.of(new KubeletVolume(parts.group(1), parts.group(2)))
        : Optional.empty();
  }

  /**
   * Returns the volume of a device.
   *
   * @param mountPoints by device; those of volumes are preferred
   */
  public static Optional<KubeletVolume> of(
      String device, Map<String, String> mountPoints, String backingFile) {
    return Optional.ofNullable(mountPoints.get(device))
        .flatMap(KubeletVolume::of)
        .or(() -> of(backingFile));
  }

  public static boolean isIn(String path) {
    return of(path).isPresent();
  }
}
