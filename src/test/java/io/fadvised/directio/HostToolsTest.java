package io.fadvised.directio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostToolsTest {
  private static final String KERNEL = "6.18.0";

  @TempDir private Path root;

  @Test
  void presentToolsCanDoEverything() throws IOException {
    program("usr/sbin/losetup", "\0direct-io\0sector-size\0");
    program("bin/dd", "\0nocache\0");

    assertThat(HostTools.read(root, KERNEL, "")).isEqualTo(HostTools.COMPLETE);
  }

  @Test
  void losetupBefore231CannotChangeSectors() throws IOException {
    program("sbin/losetup", "\0direct-io\0");

    HostTools old = HostTools.read(root, KERNEL, "");

    assertThat(old.noDirectIo()).isEmpty();
    assertThat(old.noSectors().orElseThrow())
        .isEqualTo(
            "/sbin/losetup cannot change sectors: install losetup of util-linux 2.31 or later");
    assertThat(old.evicts()).isFalse();
  }

  @Test
  void losetupOfBusyboxCanDoNeither() throws IOException {
    program("bin/busybox", "BusyBox v1.36.1\0losetup\0dd\0");
    link("sbin/losetup", "/bin/busybox");
    link("bin/dd", "busybox");

    HostTools busybox = HostTools.read(root, KERNEL, "");

    assertThat(busybox.noDirectIo().orElseThrow())
        .startsWith("/bin/busybox cannot switch direct I/O on");
    assertThat(busybox.noSectors()).isEqualTo(busybox.noDirectIo());
    assertThat(busybox.evicts()).isFalse();
  }

  @Test
  void missingLosetupIsReported() {
    assertThat(HostTools.read(root, KERNEL, "").noSectors().orElseThrow())
        .contains("has no losetup");
  }

  @ParameterizedTest
  @ValueSource(strings = {"4.13.0-46-generic", "4.4.0", "3.10.0-1160.el7.x86_64"})
  void kernelBefore414CannotChangeSectors(String kernel) throws IOException {
    program("sbin/losetup", "direct-io sector-size");

    HostTools old = HostTools.read(root, kernel, "");

    assertThat(old.noSectors().orElseThrow()).startsWith("Linux " + kernel + " cannot change");
    assertThat(old.noDirectIo()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"4.14.0", "4.18.0-553.el8_10.x86_64", "10.0", "unknown"})
  void laterOrUnknownKernelCanChangeSectors(String kernel) throws IOException {
    program("sbin/losetup", "direct-io sector-size");

    assertThat(HostTools.read(root, kernel, "").noSectors()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/usr/sbin:/usr/bin, losetup",
    "/sbin, losetup", // a link to usr/sbin
    "/opt/old:/usr/sbin, /usr/sbin/losetup", // would lack the options
    "/usr/bin:/bin, /usr/sbin/losetup", // as after su
    "bin:, /usr/sbin/losetup",
  })
  void losetupThatTheNameDoesNotLeadToIsNamedByItsPath(String searchPath, String expected)
      throws IOException {
    program("usr/sbin/losetup", "direct-io sector-size");
    program("opt/old/losetup", "BusyBox v1.35");
    link("sbin", "usr/sbin");

    assertThat(HostTools.read(root, KERNEL, searchPath).losetup()).isEqualTo(expected);
  }

  @Test
  void linksInACircleEnd() throws IOException {
    link("sbin/losetup", "../bin/losetup");
    link("bin/losetup", "../sbin/losetup");

    assertThat(HostTools.read(root, KERNEL, "").noDirectIo()).isPresent();
  }

  private void program(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private void link(String name, String target) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.createSymbolicLink(file, Path.of(target));
  }
}
