package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelUseTest {
  private static Optional<KernelUse> of(String filesystem, String source, String options) {
    return KernelUse.ofMount(filesystem, source, options, "/x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rw,lowerdir=/a/l,upperdir=/mnt/u,workdir=/mnt/w | true",
        "ro,lowerdir=/a:/mnt/l:/b | true",
        "ro,lowerdir=/a:/mnt | true",
        "ro,lowerdir=/mnt,upperdir=/a | true",
        "ro,lowerdir=//mnt/./l | true",
        "ro,lowerdir+=/a,lowerdir+=/mnt/l,datadir+=/b | true",
        "ro,lowerdir+=/a,datadir+=/mnt/d | true",
        "rw,lowerdir=/mnt2/l:/a/mnt/l,upperdir=/a/mnt,redirect_dir=on | false",
        "rw,lowerdir=1/fs:2/fs,upperdir=/other/u,workdir=/other/w | false"
      })
  void overlayWithALayerOnTheMountIsAUse(String options, boolean used) {
    KernelUse use = of("overlay", "overlay", options).orElseThrow();

    assertThat(use.isOn("/mnt")).isEqualTo(used);
    assertThat(use.words()).isEqualTo("layers of the overlay mounted on /x are on it");
  }

  @Test
  void escapesInLayersAreRemoved() {
    KernelUse use = of("overlay", "o", "ro,lowerdir=/a\\:b\\,c\\\\d/l:/e").orElseThrow();

    assertThat(use.isOn("/a:b,c\\d")).isTrue();
  }

  @Test
  void overlayWithRelativePathsAloneMayBeOnAnyMount() {
    KernelUse use = of("overlay", "overlay", "rw,lowerdir=l/A:l/B,upperdir=u").orElseThrow();

    assertThat(use.isOn("/mnt")).isTrue();
    assertThat(use.words()).contains("may be on it (relative paths)");
  }

  @Test
  void onlyAFilesystemOnAFileHasItsSourceOnTheMount() {
    assertThat(of("erofs", "/mnt/a.erofs", "ro").orElseThrow().isOn("/mnt")).isTrue();
    assertThat(of("erofs", "/dev/loop4", "ro").orElseThrow().isOn("/mnt")).isFalse();
    assertThat(of("fuse.liar", "/mnt/a", "rw")).isEmpty();
    assertThat(of("tmpfs", "/mnt/a", "rw")).isEmpty();
  }
}
