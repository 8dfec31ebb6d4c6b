package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KubeletVolumeTest {
  private static final String UID = "0b5c5a0e-8d5a-4f0e-9f3a-6d1d6f1c2b3a";

  @Test
  void podAndVolumeAreTakenFromThePath() {
    String volume = "/var/lib/kubelet/pods/" + UID + "/volumes/kubernetes.io~csi/pvc-1";
    KubeletVolume expected = new KubeletVolume(UID, "pvc-1");

    assertThat(KubeletVolume.of(volume)).contains(expected);
    assertThat(KubeletVolume.of(volume + "/mount")).contains(expected);
    assertThat(KubeletVolume.of("/var/snap/microk8s/common" + volume)).contains(expected);
  }

  @Test
  void staticPodHasAHashAsUid() {
    String hash = "0123456789abcdef0123456789abcdef";

    assertThat(
            KubeletVolume.of(
                "/var/lib/kubelet/pods/" + hash + "/volumes/kubernetes.io~empty-dir/x"))
        .contains(new KubeletVolume(hash, "x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/srv/web",
        "/var/lib/kubelet/pods/" + UID,
        "/var/lib/kubelet/pods/" + UID + "/volumes/kubernetes.io~csi",
        "/var/lib/kubelet/pods/not-a-uid/volumes/kubernetes.io~csi/pvc-1",
        "/var/lib/kubelet/plugins/kubernetes.io/csi/pv/pvc-1/globalmount",
        "kubelet/pods/" + UID + "/volumes/kubernetes.io~csi/pvc-1"
      })
  void otherPathIsNoVolume(String path) {
    assertThat(KubeletVolume.of(path)).isEmpty();
    assertThat(KubeletVolume.isIn(path)).isFalse();
  }
}
