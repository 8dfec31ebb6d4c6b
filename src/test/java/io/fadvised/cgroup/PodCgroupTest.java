package io.fadvised.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodCgroupTest {
  private static final String UID = "6f1c2a3e-0b5d-4c7e-9f10-2a3b4c5d6e7f";
  private static final String ID = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6f1c2a3e_0b5d_4c7e_9f10_2a3b4c5d6e7f.slice/cri-containerd-",
        "/kubepods.slice/kubepods-pod6f1c2a3e_0b5d_4c7e_9f10_2a3b4c5d6e7f.slice/crio-",
        "/kubepods/burstable/pod6f1c2a3e-0b5d-4c7e-9f10-2a3b4c5d6e7f/",
      })
  void podAndContainerAreFoundInThePath(String path) {
    String scope = path.contains(".slice") ? ".scope" : "";

    assertThat(PodCgroup.of(path + ID + scope)).contains(new PodCgroup(UID, Optional.of(ID)));
    assertThat(PodCgroup.of(path.substring(0, path.lastIndexOf('/'))))
        .contains(new PodCgroup(UID, Optional.empty()));
    assertThat(PodCgroup.nameOf(path + ID + scope))
        .isEqualTo("pod " + UID + ", container 0123456789ab");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/system.slice/web.service", "/kubepods.slice", "/machine.slice/libpod-1.scope"})
  void otherCgroupIsNamedByItsPath(String path) {
    assertThat(PodCgroup.of(path)).isEmpty();
    assertThat(PodCgroup.nameOf(path)).isEqualTo(path);
  }

  @Test
  void staticPodHasAnUidWithoutHyphens() {
    assertThat(PodCgroup.of("/kubepods/pod" + "0123456789abcdef".repeat(2)))
        .contains(new PodCgroup("0123456789abcdef".repeat(2), Optional.empty()));
  }
}
