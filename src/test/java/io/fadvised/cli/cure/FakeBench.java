package io.fadvised.cli.cure;

import io.fadvised.cli.Programs;
import io.fadvised.directio.Attachment;
import io.fadvised.directio.Attachments;
import io.fadvised.directio.CureStep;
import io.fadvised.loop.LoopDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A loop device that obeys losetup, mount and umount. Direct I/O needs sectors of 4096 bytes. */
final class FakeBench implements Bench {
  /** The fault of one program. */
  enum Fault {
    FAILS,
    KILLED_BEFORE_ITS_EFFECT,
    KILLED_AFTER_ITS_EFFECT,
    SUCCEEDS_WITHOUT_EFFECT
  }

  final List<String> commands = new ArrayList<>();
  private final Attachment start;
  private final List<Attachment.Mount> mounts;
  private boolean attached = true;
  private boolean autoclear;
  private boolean directIo;
  private int sectorBytes;
  private boolean heldElsewhere;
  private int faultAt = -1;
  private Fault fault = Fault.FAILS;
  private String alwaysFails = "none";

  FakeBench(Attachment start) {
    this.start = start;
    mounts = new ArrayList<>(start.mounts());
    autoclear = start.autoclear();
    directIo = start.device().hasDirectIo();
    sectorBytes = start.device().logicalBlockBytes();
  }

  void faultAt(int call, Fault kind) {
    faultAt = call;
    fault = kind;
  }

  /** Makes all commands fail that begin like this. */
  void alwaysFails(String text) {
    alwaysFails = text;
  }

  void holdElsewhere() {
    heldElsewhere = true;
  }

  @Override
  public void run(List<String> command) throws Programs.FailedException {
    int call = commands.size();
    String text = CureStep.text(command);
    commands.add(text);
    if (text.startsWith(alwaysFails)) {
      throw new Programs.FailedException(text + ": refused", true);
    }
    if (call != faultAt) {
      obey(command);
      return;
    }
    if (fault == Fault.KILLED_AFTER_ITS_EFFECT) {
      obey(command);
    }
    if (fault != Fault.SUCCEEDS_WITHOUT_EFFECT) {
      throw new Programs.FailedException("injected", fault == Fault.FAILS);
    }
  }

  private void obey(List<String> command) throws Programs.FailedException {
    String last = command.get(command.size() - 1);
    switch (command.get(0)) {
      case "umount" -> unmount(last);
      case "mount" -> mount(command);
      case "losetup", "/usr/sbin/losetup" -> losetup(command, last);
      default -> {}
    }
  }

  private void unmount(String point) throws Programs.FailedException {
    require(mounts.removeIf(mount -> mount.point().equals(point)), "not mounted");
    if (mounts.isEmpty() && autoclear) {
      attached = false;
      autoclear = false;
    }
  }

  private void mount(List<String> command) throws Programs.FailedException {
    Attachment.Mount mount =
        new Attachment.Mount(command.get(5), command.get(6), command.get(2), command.get(4), false);
    require(attached, "no medium");
    require(mounts.stream().noneMatch(other -> other.equals(mount)), "already mounted");
    mounts.add(mount);
  }

  private void losetup(List<String> command, String last) throws Programs.FailedException {
    if (last.equals(start.device().backingPath().text())) {
      require(!attached, "busy");
      attached = true;
      autoclear = false;
      directIo = false;
      sectorBytes = Integer.parseInt(command.get(command.indexOf("--sector-size") + 1));
      return;
    }
    require(attached, "not attached");
    if (command.contains("--detach")) {
      attached = !mounts.isEmpty();
      autoclear = attached;
    } else if (command.contains("--sector-size")) {
      int wanted = Integer.parseInt(command.get(2));
      require(wanted == sectorBytes || (mounts.isEmpty() && !heldElsewhere), "busy");
      sectorBytes = wanted;
    } else {
      boolean on = command.contains("--direct-io=on");
      require(!on || sectorBytes == 4096, "invalid argument");
      directIo = on;
    }
  }

  private static void require(boolean condition, String otherwise) throws Programs.FailedException {
    if (!condition) {
      throw new Programs.FailedException(otherwise, true);
    }
  }

  @Override
  public Optional<Attachment> attachment() {
    LoopDevice was = start.device();
    LoopDevice now =
        new LoopDevice(
            was.name(),
            was.backingPath(),
            was.offsetBytes(),
            was.sizeLimitBytes(),
            was.sizeBytes(),
            was.readOnly(),
            Optional.of(directIo),
            sectorBytes,
            OptionalLong.empty());
    return attached
        ? Optional.of(
            Attachments.attached(
                now, autoclear, List.of(), mounts.toArray(new Attachment.Mount[0])))
        : Optional.empty();
  }

  @Override
  public boolean awaitFree() {
    return !heldElsewhere && mounts.isEmpty();
  }

  @Override
  public boolean awaitDetached() {
    return !attached;
  }
}
