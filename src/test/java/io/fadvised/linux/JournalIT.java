package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sends to a datagram socket in the place of the journal's. */
class JournalIT {
  private static final int MAX_MESSAGE_BYTES = 4096;

  @TempDir private Path directory;

  @Test
  void entryArrivesAsOneDatagram() {
    String socket = directory.resolve("socket").toString();
    int fd = LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
    try {
      byte[] address = ServiceNotifier.unixAddress(socket);
      assertThat(LibC.bind(fd, address, address.length)).isZero();
      Journal journal = new Journal(socket);

      assertThat(journal.warn("0123", "loop3: deleted", Map.of("DEVICE", "loop3"))).isTrue();

      assertThat(receive(fd))
          .startsWith("MESSAGE=loop3: deleted\nPRIORITY=4\nMESSAGE_ID=0123\n")
          .endsWith("\nDEVICE=loop3\n");
      assertThat(journal.info("0123", "x".repeat(1 << 20), Map.of())).isFalse();
      assertThat(fills(journal)).isTrue();
    } finally {
      LibC.close(fd);
    }
  }

  @Test
  void missingSocketIsReported() {
    Journal journal = new Journal(directory.resolve("missing").toString());

    assertThat(journal.info("0123", "found", Map.of())).isFalse();
  }

  /** Returns whether an entry was rejected because nobody reads; a call that waits never ends. */
  private static boolean fills(Journal journal) {
    for (int i = 0; i < 100_000; i++) {
      if (!journal.info("0123", "found", Map.of())) {
        return true;
      }
    }
    return false;
  }

  private static String receive(int fd) {
    byte[] buffer = new byte[MAX_MESSAGE_BYTES];
    byte[] sender = new byte[110];
    long length =
        LibC.recvfrom(
            fd, buffer, buffer.length, LibC.MSG_DONTWAIT, sender, new int[] {sender.length});
    return new String(buffer, 0, (int) length, UTF_8);
  }
}
