package io.fadvised.cgroup;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pod, or one of its containers, as the kubelet names its cgroup: {@code
 * …/kubepods-burstable-podUID.slice/cri-containerd-ID.scope} or {@code …/podUID/ID}.
 *
 * @param podUid UID of the pod
 * @param containerId of the container runtime; empty for the pod itself
 */
public record PodCgroup(String podUid, Optional<String> containerId) {
  /** systemd's names have underscores in the UID; static pods have a UID without hyphens. */
  private static final Pattern PATH =
      Pattern.compile(
          "/(?:[^/]+/)*(?:[^/]*-)?pod([0-9a-f][0-9a-f_-]{30,34}[0-9a-f])(?:\\.slice)?"
              + "(?:/(?:[^/]*-)?([0-9a-f]{64})(?:\\.scope)?)?(?:/.*)?");

  private static final int SHORT_ID = 12;

  /** Parses the path of a cgroup. */
  public static Optional<PodCgroup> of(String path) {
    Matcher parts = PATH.matcher(path);
    return parts.matches()
        ? Optional.of(
            new PodCgroup(parts.group(1).replace('_', '-'), Optional.ofNullable(parts.group(2))))
        : Optional.empty();
  }

  /** Returns the name of a cgroup for people: its pod and container, or else its path. */
  public static String nameOf(String path) {
    return of(path).map(PodCgroup::words).orElse(path);
  }

  private String words() {
    return "pod "
        + podUid
        + containerId.map(id -> ", container " + id.substring(0, SHORT_ID)).orElse("");
  }
}
