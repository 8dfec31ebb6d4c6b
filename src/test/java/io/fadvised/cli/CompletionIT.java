package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The completion of each shell, run by that shell. */
@NeedsLoopDevices(programs = {"fish", "zsh"})
class CompletionIT {
  private static final Path COMPLETION = Path.of("src/main/completion").toAbsolutePath();

  private static final String BASH =
      """
      source "$1/fadvised"
      read -ra COMP_WORDS <<<"$2"
      COMP_LINE=$2 COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _complete_fadvised
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  private static final String FISH = "source $argv[1]/fadvised.fish; complete -C $argv[2]";

  /** The start-up file of a zsh that completes one line, prints the matches to a file and exits. */
  private static final String ZSHRC =
      """
      fpath=($COMPLETION $fpath)
      autoload -Uz compinit
      compinit -u -D
      compadd() {
        local -a matches
        if [[ ${@[1,(i)(-|--)]} != *-[OAD]\\ * ]]; then # else it only fills an array
          builtin compadd -A matches "$@"
          print -rl -- $matches >>$MATCHES
        fi
        builtin compadd "$@"
      }
      zle-line-init() {
        LBUFFER=$LINE
        zle complete-word
        exit
      }
      zle -N zle-line-init
      """;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void startOfACommandIsCompleted(String shell) throws Exception {
    assertThat(matches(shell, "fadvised st")).containsExactly("status");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh", "fish"})
  void startOfAnOptionIsCompleted(String shell) throws Exception {
    assertThat(matches(shell, "fadvised status --j")).containsExactly("--json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"zsh", "fish"})
  void attachedDeviceIsOffered(String shell) throws Exception {
    Path image = directory.resolve("image");
    Shell.run("truncate", "--size", "1M", image);
    String device = Shell.run("losetup", "--find", "--show", image);
    try {
      assertThat(matches(shell, "fadvised evict lo")).contains(device.replace("/dev/", ""));
    } finally {
      Shell.run("losetup", "--detach", device);
    }
    Shell.runWhenFree("test", "!", "-e", device.replace("/dev", "/sys/block") + "/loop");
    assertThat(matches(shell, "fadvised evict lo")).doesNotContain(device.replace("/dev/", ""));
  }

  private List<String> matches(String shell, String line) throws Exception {
    String printed =
        switch (shell) {
          case "bash" -> Shell.run("bash", "-c", BASH, "bash", COMPLETION, line);
          case "fish" -> Shell.run("fish", "--no-config", "-c", FISH, COMPLETION, line);
          default -> zsh(line);
        };
    return printed
        .lines()
        .map(match -> match.replaceFirst("\t.*", "")) // fish adds the description
        .filter(match -> !match.isEmpty())
        .toList();
  }

  private String zsh(String line) throws Exception {
    Files.writeString(directory.resolve(".zshrc"), ZSHRC);
    Path matches = Files.writeString(directory.resolve("matches"), "");
    Shell.attempt(
        "env",
        "ZDOTDIR=" + directory,
        "COMPLETION=" + COMPLETION,
        "MATCHES=" + matches,
        "LINE=" + line,
        "script", // a terminal, without which zsh has no completion
        "--quiet",
        "--command",
        "zsh -d -i",
        "/dev/null");
    return Files.readString(matches);
  }
}
