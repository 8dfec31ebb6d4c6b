package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.linux.FileIdentity;
import java.util.List;

class MountTableFuzzTest {
  private static final String GOOD = "36 35 8:1 / /mnt rw - ext4 /dev/sda1 rw,errors=remount-ro";

  @FuzzTest
  void anyTableIsParsedAndAnyNameIsUnescaped(byte[] input) throws Exception {
    String text = new String(input, ISO_8859_1);

    for (MountTable.Mount mount : Bounds.within(() -> MountTable.parse(text))) {
      Bounds.assertPrintable(mount.filesystem());
      String number = new FileIdentity(mount.device(), 0).deviceText();
      assertThat(FileIdentity.parseDevice(number)).hasValue(mount.device());
    }
    assertThat(MountTable.parse(text + "\n" + GOOD + "\n"))
        .last()
        .isEqualTo(MountTable.parse(GOOD).get(0));
    assertThat(MountTable.parse(lineWith(text)))
        .isEqualTo(
            List.of(
                new MountTable.Mount(
                    2049,
                    text,
                    text,
                    "fuse." + Printable.of(text),
                    text,
                    "rw",
                    "rw",
                    "36",
                    "35",
                    List.of("shared:1"))));
  }

  private static String lineWith(String name) {
    String escaped = escaped(name);
    return "36 35 8:1 %s %s rw shared:1 - fuse.%s %s rw\n"
        .formatted(escaped, escaped, escaped, escaped);
  }

  /** Escapes like the kernel: fs/proc_namespace.c, mangle. */
  private static String escaped(String name) {
    return name.replace("\\", "\\134")
        .replace(" ", "\\040")
        .replace("\t", "\\011")
        .replace("\n", "\\012");
  }
}
