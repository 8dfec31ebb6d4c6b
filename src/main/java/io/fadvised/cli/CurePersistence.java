package io.fadvised.cli;

import io.fadvised.cli.cure.AttachUnit;
import io.fadvised.cli.cure.RuleFile;
import io.fadvised.cli.cure.UdevRule;
import io.fadvised.directio.Cause;
import io.fadvised.directio.HostSetup;
import io.fadvised.directio.Persistence;
import io.fadvised.directio.Storage;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.loop.LoopDevice;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The file that makes a cure last: a rule of udev, or a unit of systemd for larger sectors. */
final class CurePersistence {
  private static final String NOT_LASTING = ": --persist cannot make it last: ";
  private static final Duration SYSTEMCTL_LIMIT = Duration.ofMinutes(2);

  private final String device;
  private final RuleFile file;
  private final boolean written;
  private final boolean enabled;
  private final Optional<Programs> systemd;

  /**
   * @param link exists if the file is in effect
   * @param systemd runs systemctl(1) to enable a unit; empty for a rule
   */
  private CurePersistence(String device, RuleFile file, Path link, Optional<Programs> systemd)
      throws IOException {
    this.device = device;
    this.file = file;
    this.systemd = systemd;
    written = file.isInstalled();
    enabled = Files.exists(link, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Prepares it, and writes nothing.
   *
   * @throws CommandFailedException if this host or this device cannot have it
   */
  static CurePersistence of(DeviceFindings found, World world) throws CommandFailedException {
    HostSetup setup = HostSetup.read(world.procRoot(), world.searchPath());
    LoopDevice device = found.attachment().device();
    Persistence decided = decide(found, setup);
    if (decided.means().isEmpty()) {
      List<String> words = new ArrayList<>(decided.obstacle());
      words.set(0, device.name() + NOT_LASTING + words.get(0));
      throw CommandFailedException.refused(words);
    }
    String losetup =
        new Programs("", Duration.ZERO)
            .find("losetup")
            .orElseThrow(() -> refused(device.name(), "losetup is in no directory of the system"))
            .toString();
    try {
      return switch (decided.means().get()) {
        case UDEV_RULE -> rule(device, losetup, world);
        case SYSTEMD_UNIT -> unit(unitFor(found, setup), losetup, world);
      };
    } catch (FileAlreadyExistsException e) {
      throw refused(device.name(), e.getFile() + " exists with other content");
    } catch (IOException e) {
      throw refused(device.name(), Sentences.of(e));
    }
  }

  /** Decides in the same way as {@code doctor}, but also for a device that is cured already. */
  private static Persistence decide(DeviceFindings found, HostSetup setup)
      throws CommandFailedException {
    String device = found.attachment().device().name();
    Cause cause = found.diagnosis().cause();
    if (cause.isHealthy() && cause != Cause.DIRECT) {
      throw refused(device, found.diagnosis().words());
    }
    Storage storage =
        found.storage().orElseThrow(() -> refused(device, "its backing file cannot be examined"));
    return Persistence.of(found.attachment().on(setup), storage);
  }

  private static AttachUnit unitFor(DeviceFindings found, HostSetup setup) {
    return new AttachUnit(
        found.attachment().device(),
        found.attachment().on(setup).pointInFstab().orElseThrow(),
        found.storage().orElseThrow().neededBytes().orElseThrow());
  }

  private static CurePersistence rule(LoopDevice device, String losetup, World world)
      throws IOException, CommandFailedException {
    Path directory = world.root().resolve("etc/udev/rules.d");
    if (!Files.exists(world.root().resolve("run/udev/control")) || !Files.isDirectory(directory)) {
      throw refused(device.name(), "udev does not run here, or has no /etc/udev/rules.d");
    }
    UdevRule rule = new UdevRule(device.backingPath().text());
    Path file = directory.resolve(rule.fileName());
    return new CurePersistence(
        device.name(), new RuleFile(file, rule.lines(losetup)), file, Optional.empty());
  }

  private static CurePersistence unit(AttachUnit unit, String losetup, World world)
      throws IOException, CommandFailedException {
    String device = unit.device().name();
    Path directory = world.root().resolve("etc/systemd/system");
    if (!Files.isDirectory(world.root().resolve("run/systemd/system"))
        || !Files.isDirectory(directory)) {
      throw refused(device, "systemd does not run here, or has no /etc/systemd/system");
    }
    return new CurePersistence(
        device,
        new RuleFile(directory.resolve(unit.fileName()), unit.lines(losetup)),
        directory.resolve(unit.linkName()),
        Optional.of(new Programs(world.searchPath(), SYSTEMCTL_LIMIT)));
  }

  private static CommandFailedException refused(String device, String reason) {
    return CommandFailedException.refused(List.of(device + NOT_LASTING + reason));
  }

  /** Returns whether the file is already there, and a unit is enabled. */
  boolean isInstalled() {
    return written && enabled;
  }

  /** The file with its content. */
  List<String> lines() {
    List<String> lines = new ArrayList<>(List.of(file.path() + ":"));
    lines.addAll(file.lines());
    return lines;
  }

  /** Writes the file unless it is there; returns what to know about it. */
  String install() throws IOException, InterruptedException {
    if (!written) {
      file.install();
    }
    if (systemd.isEmpty()) {
      return device
          + ": direct I/O is switched on at each attach by "
          + file.path()
          + "; to undo that, remove the file";
    }
    enable(systemd.get(), String.valueOf(file.path().getFileName()));
    return device
        + ": systemd attaches the backing file with these settings before it mounts the device, by "
        + file.path()
        + "; to undo that, see the first line of this file";
  }

  /** Starts the unit too, so that the device stays attached until it stops. */
  private void enable(Programs programs, String unit) throws IOException, InterruptedException {
    try {
      programs.run("systemctl", "daemon-reload");
      programs.run("systemctl", "enable", unit); // prints a line before one about the start
      programs.run("systemctl", "start", unit);
    } catch (Programs.FailedException e) {
      if (!written) {
        takeBack(programs, unit);
      }
      throw e;
    }
  }

  private void takeBack(Programs programs, String unit) throws IOException, InterruptedException {
    try {
      programs.run("systemctl", "disable", "--now", unit);
    } catch (Programs.FailedException e) {
      // it was not enabled
    }
    Files.deleteIfExists(file.path());
    try {
      programs.run("systemctl", "daemon-reload");
    } catch (Programs.FailedException e) {
      // at the next reload
    }
  }
}
