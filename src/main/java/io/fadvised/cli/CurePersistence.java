package io.fadvised.cli;

import io.fadvised.cli.cure.RuleFile;
import io.fadvised.cli.cure.UdevRule;
import io.fadvised.directio.HostSetup;
import io.fadvised.doctor.DeviceFindings;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The file that makes a cure last: a rule of udev. */
final class CurePersistence {
  private final String device;
  private final RuleFile rule;
  private final boolean installed;

  private CurePersistence(String device, RuleFile rule, boolean installed) {
    this.device = device;
    this.rule = rule;
    this.installed = installed;
  }

  /**
   * Prepares it, and writes nothing.
   *
   * @throws CommandFailedException if this host or this device cannot have it
   */
  static CurePersistence of(DeviceFindings found, World world) throws CommandFailedException {
    String device = found.attachment().device().name();
    Optional<List<String>> obstacle =
        UdevRule.obstacle(found, HostSetup.read(world.procRoot(), world.searchPath()));
    if (obstacle.isPresent()) {
      List<String> words = new ArrayList<>(obstacle.get());
      words.set(0, device + ": no rule makes it last: " + words.get(0));
      throw CommandFailedException.refused(words);
    }
    Path directory = world.root().resolve("etc/udev/rules.d");
    if (!Files.exists(world.root().resolve("run/udev/control")) || !Files.isDirectory(directory)) {
      throw refused(device, "udev does not run here, or has no /etc/udev/rules.d");
    }
    Optional<Path> losetup = new Programs("", Duration.ZERO).find("losetup");
    if (losetup.isEmpty()) {
      throw refused(device, "losetup is in no directory of the system");
    }
    UdevRule rule = new UdevRule(found.attachment().device().backingPath().text());
    RuleFile file =
        new RuleFile(directory.resolve(rule.fileName()), rule.lines(losetup.get().toString()));
    try {
      return new CurePersistence(device, file, file.isInstalled());
    } catch (FileAlreadyExistsException e) {
      throw refused(device, file.path() + " exists with another content");
    } catch (IOException e) {
      throw refused(device, Sentences.of(e));
    }
  }

  private static CommandFailedException refused(String device, String reason) {
    return CommandFailedException.refused(List.of(device + ": no rule makes it last: " + reason));
  }

  /** Returns whether the file is already there. */
  boolean isInstalled() {
    return installed;
  }

  /** The file with its content. */
  List<String> lines() {
    List<String> lines = new ArrayList<>(List.of(rule.path() + ":"));
    lines.addAll(rule.lines());
    return lines;
  }

  /** Writes the file unless it is there; returns what to know about it. */
  String install() throws IOException {
    if (!installed) {
      rule.install();
    }
    return device
        + ": direct I/O is switched on at each attach by "
        + rule.path()
        + "; to undo that, remove the file";
  }
}
