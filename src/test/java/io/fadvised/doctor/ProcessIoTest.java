package io.fadvised.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessIoTest {
  private static final long MIB = 1 << 20;

  private static String stat(String name, long flags, long startTicks) {
    return "7 ("
        + name
        + ") S 1 1 1 0 -1 "
        + flags
        + " 0 7 0 0 1 2 0 0 20 0 1 0 "
        + startTicks
        + " 1024 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 250 0 0\n";
  }

  private static String io(long readBytes, long missedBytes) {
    return "rchar: " + readBytes + "\nwchar: 5\nread_bytes: " + missedBytes + "\n";
  }

  @Test
  void nameMayContainSpacesAndBrackets() {
    assertThat(ProcessIo.parse(stat("a) b (c", 0x400000, 99), io(10, 4)))
        .contains(new ProcessIo("a) b (c", 99, 10, 4, 250, 7));
  }

  @Test
  void threadsOfTheKernelAndMalformedFilesAreLeftOut() {
    assertThat(ProcessIo.parse(stat("kworker/u8:1", 0x4208060, 99), io(10, 4))).isEmpty();
    assertThat(ProcessIo.parse("7 (sh) S 1", io(10, 4))).isEmpty();
    assertThat(ProcessIo.parse("junk", "junk")).isEmpty();
    assertThat(ProcessIo.parse(stat("sh", 0, 1), "read_bytes: many")).isEmpty();
  }

  @Test
  void processesAreReadByNumber(@TempDir Path proc) throws Exception {
    Path process = Files.createDirectories(proc.resolve("42"));
    Files.writeString(process.resolve("stat"), stat("shü", 0, 5));
    Files.writeString(process.resolve("io"), io(10, 4));
    Files.createDirectories(proc.resolve("43")); // ended
    Files.createDirectories(proc.resolve("99999999999"));
    Files.createDirectories(proc.resolve("1x"));

    assertThat(ProcessIo.readAll(proc))
        .isEqualTo(Map.of(42, new ProcessIo("shü", 5, 10, 4, 250, 7)));
    assertThat(ProcessIo.readAll(proc.resolve("none"))).isEmpty();
  }

  private static List<ReaderFindings> between(
      Map<Integer, ProcessIo> before, Map<Integer, ProcessIo> after) {
    return ReaderFindings.between(vitals(before), vitals(after), Duration.ofSeconds(2));
  }

  private static Vitals vitals(Map<Integer, ProcessIo> processes) {
    return new Vitals(Optional.empty(), Optional.empty(), Map.of(), processes);
  }

  @Test
  void readersWithTheMostMissesComeFirst() {
    assertThat(
            between(
                Map.of(
                    1, new ProcessIo("idle", 1, 100 * MIB, 50 * MIB, 0, 0),
                    2, new ProcessIo("db", 1, 100 * MIB, 50 * MIB, 0, 0),
                    3, new ProcessIo("old", 1, 0, 500 * MIB, 0, 0)),
                Map.of(
                    1, new ProcessIo("idle", 1, 900 * MIB, 51 * MIB, 0, 0),
                    2, new ProcessIo("db", 1, 300 * MIB, 60 * MIB, 0, 0),
                    3, new ProcessIo("other program with its number", 8, 0, 6 * MIB, 0, 0),
                    4, new ProcessIo("new", 9, 8 * MIB, 8 * MIB, 0, 0))))
        .containsExactly(
            new ReaderFindings(2, "db", 5 * MIB, 100 * MIB, false, OptionalDouble.empty()),
            new ReaderFindings(4, "new", 4 * MIB, 4 * MIB, false, OptionalDouble.empty()),
            new ReaderFindings(
                3, "other program with its number", 3 * MIB, 0, false, OptionalDouble.empty()));
  }

  @Test
  void timeSpentWaitingForIoIsAShareOfTheTimeWatched() {
    Map<Integer, ProcessIo> before = Map.of(2, new ProcessIo("db", 1, 0, 0, 500, 0));

    assertThat(between(before, Map.of(2, new ProcessIo("db", 1, 20 * MIB, 20 * MIB, 650, 0))))
        .extracting(ReaderFindings::ioWaitShare)
        .containsExactly(OptionalDouble.of(0.75));
  }

  @Test
  void readsOfEndedChildrenAreMarked() {
    Map<Integer, ProcessIo> before = Map.of(2, new ProcessIo("sh", 1, 0, 0, 0, 100));

    assertThat(between(before, Map.of(2, new ProcessIo("sh", 1, 20 * MIB, 20 * MIB, 0, 250))))
        .extracting(ReaderFindings::withChildren)
        .containsExactly(true);
    assertThat(between(before, Map.of(2, new ProcessIo("sh", 1, 20 * MIB, 20 * MIB, 0, 100))))
        .extracting(ReaderFindings::withChildren)
        .containsExactly(false);
  }

  @Test
  void threeReadersAreNamedAtMost() {
    ProcessIo reader = new ProcessIo("reader", 1, 10 * MIB, 10 * MIB, 0, 0);

    assertThat(between(Map.of(), Map.of(1, reader, 2, reader, 3, reader, 4, reader))).hasSize(3);
  }
}
