package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.fuzz.Pieces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Other users choose the names and arguments of their processes freely. */
class DaemonProcessFuzzTest {
  private static final String REST = "Uid:\t%d\t%d\t%d\t%d\nGid:\t0\t0\t0\t0\nSigCgt:\t%016x\n";

  @TempDir private static Path proc;

  @FuzzTest
  void processOfAnotherUserIsRejected(byte[] input) throws Exception {
    List<String> pieces = Pieces.of(input, 3);
    String name = pieces.get(0);
    String arguments = pieces.get(1);
    DaemonProcess processes = new DaemonProcess(proc);
    write("self/status", status("java", 0));
    write("7/cmdline", "java\0io.fadvised.cli.Main\0run\0" + arguments);

    write("7/status", status("java", 0));
    assertThat(Bounds.within(() -> processes.isDaemon(7))).isTrue();
    write("7/status", status(name, 1000));
    assertThat(Bounds.within(() -> processes.isDaemon(7))).isFalse();
    write("7/status", pieces.get(2));
    Bounds.within(() -> processes.isDaemon(7));
  }

  /** Escapes a name like the kernel, see proc_task_name in fs/proc/array.c. */
  private static String status(String name, int user) {
    String escaped = name.replace("\\", "\\\\").replace("\n", "\\n");
    return "Name:\t" + escaped + "\n" + REST.formatted(user, user, user, user, 1 << 2);
  }

  private static void write(String name, String content) throws IOException {
    Path file = proc.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, Pieces.bytes(content));
  }
}
