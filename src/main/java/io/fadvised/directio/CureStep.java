package io.fadvised.directio;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A step of a cure: one program to run. A step requires that the one before it succeeded.
 *
 * @param command the program and its arguments
 * @param undo the commands that take the step back, after all later steps were taken back; empty if
 *     there is nothing to take back
 */
public record CureStep(Action action, List<String> command, List<List<String>> undo) {
  /** The effect of a step. */
  public enum Action {
    /** Unmounts one mount point. Undoing the last one attaches a device that it detached. */
    UNMOUNT,
    /** Changes the sector size in place. */
    SET_SECTORS,
    /** Switches direct I/O on. */
    ENABLE_DIRECT_IO,
    /** Attaches the file again, which its last unmount detached. */
    ATTACH,
    /** Mounts what was unmounted. */
    MOUNT,
    /** Lets the last unmount detach it again: the effect of detaching a mounted device, loop(4). */
    DETACH_AT_UNMOUNT,
    /** Evicts what is left in the lower cache. */
    EVICT
  }

  public CureStep {
    command = List.copyOf(command);
    undo = undo.stream().map(List::copyOf).toList();
  }

  /** The command for a POSIX shell. */
  public String text() {
    return text(command);
  }

  /** A program and its arguments for a POSIX shell. */
  public static String text(List<String> command) {
    return command.stream().map(CureStep::quoted).collect(Collectors.joining(" "));
  }

  /** Quotes text for a POSIX shell where necessary. */
  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./:=@%+,-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
