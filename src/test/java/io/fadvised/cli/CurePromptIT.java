package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NeedsLoopDevices
class CurePromptIT {
  @TempDir private Path directory;
  private LoopDisk disk;
  private TmuxTerminal terminal;

  @BeforeEach
  void makeADevice() throws Exception {
    disk = new LoopDisk(directory);
    Shell.run("losetup", "--direct-io=off", disk.device);
    terminal = new TmuxTerminal(directory, Shell.socketIn(directory));
  }

  @AfterEach
  void removeIt() throws Exception {
    terminal.end();
    disk.remove();
  }

  @Test
  void nothingIsChangedWithoutAYes() throws Exception {
    answer("n");

    terminal.await("refusal", () -> terminal.screen().contains("exit code 1"));
    assertThat(directIo()).isEqualTo("0");
  }

  @Test
  void planIsRunAfterAYes() throws Exception {
    answer("y");

    terminal.await("cure", () -> terminal.screen().contains("exit code 0"));
    assertThat(directIo()).isEqualTo("1");
  }

  @Test
  void interruptAfterTheCureLeavesTheDeviceCured() throws Exception {
    answer("y", "--watch", "--seconds=5");
    assertThat(terminal.screen()).contains("watching for 5 s; let its programs run");
    terminal.await("cure", () -> terminal.screen().contains("cured: direct I/O is on"));

    terminal.press("C-c");

    terminal.await("end", () -> terminal.screen().contains("exit code 0"));
    assertThat(directIo()).isEqualTo("1");
  }

  @Test
  void interruptAtTheQuestionReportsThatNothingWasChanged() throws Exception {
    terminal.open(100, 30, "cure " + disk.name());
    terminal.await("question", () -> terminal.screen().contains("[y/N]"));
    terminal.press("C-c");

    assertInterrupted();
  }

  @Test
  void interruptOfTheFirstWatchReportsThatNothingWasChanged() throws Exception {
    terminal.open(100, 30, "cure --watch --seconds=30 " + disk.name());
    terminal.await("watching", () -> terminal.screen().contains("watching: "));
    terminal.press("C-c");

    assertInterrupted();
  }

  private void assertInterrupted() throws Exception {
    terminal.await("end", () -> terminal.screen().contains("exit code 130"));
    assertThat(terminal.screen()).contains("fadvised: " + disk.name() + ": nothing was changed");
    assertThat(directIo()).isEqualTo("0");
  }

  private void answer(String answer, String... options) throws Exception {
    terminal.open(100, 30, "cure " + String.join(" ", options) + " " + disk.name());
    terminal.await("question", () -> terminal.screen().contains("[y/N]"));
    terminal.press(answer, "Enter");
  }

  private String directIo() throws Exception {
    return Files.readString(Path.of("/sys/block", disk.name(), "loop/dio")).strip();
  }
}
