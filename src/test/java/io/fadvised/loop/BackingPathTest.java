package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackingPathTest {

  @Test
  void sysfsAddsExactlyOneNewline() {
    assertThat(sysfs("/a.img\n").raw()).isEqualTo("/a.img");
    assertThat(sysfs("/a.img\n\n").raw()).isEqualTo("/a.img\n");
    assertThat(sysfs("/a.img").raw()).isEqualTo("/a.img");
    assertThat(sysfs("\n").raw()).isEmpty();
  }

  @Test
  void bytesAreKept() {
    byte[] all = new byte[255];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) (i + 1);
    }

    assertThat(BackingPath.ofSysfs(all).bytes()).isEqualTo(all);
  }

  @Test
  void textReplacesBytesThatAreNotUtf8() {
    assertThat(sysfs("/\u00c3\u00bc\n").text()).isEqualTo("/ü");
    assertThat(sysfs("/\u00ff\n").text()).isEqualTo("/\ufffd");
    assertThat(BackingPath.of("/ü")).isEqualTo(sysfs("/\u00c3\u00bc\n"));
  }

  @Test
  void toStringIsOneSafeLine() {
    assertThat(sysfs("/a\nb\u001b\n")).hasToString("/a\\nb\\u001b");
  }

  private static BackingPath sysfs(String content) {
    return BackingPath.ofSysfs(content.getBytes(ISO_8859_1));
  }

  @Test
  void deletedFileIsMatchedByItsFormerName() {
    assertThat(BackingPath.of("/srv/a.img (deleted)").matchingText()).isEqualTo("/srv/a.img");
    assertThat(BackingPath.of("/srv/a.img").matchingText()).isEqualTo("/srv/a.img");
  }
}
