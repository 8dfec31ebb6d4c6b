package io.fadvised.directio;

import io.fadvised.loop.LoopDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The programs and files of a host that matter for a cure. */
public final class HostSetup {
  /** For a caller that runs no commands, or cannot read the host. */
  public static final HostSetup NOT_READ = new HostSetup(HostTools.COMPLETE, Optional.empty());

  private final HostTools tools;
  private final Optional<AttacherReader> attachers;

  private HostSetup(HostTools tools, Optional<AttacherReader> attachers) {
    this.tools = tools;
    this.attachers = attachers;
  }

  /**
   * Reads the host, from the root directory of its first process: this process may have another one
   * in a container. May hang with the host's root filesystem.
   *
   * @param procRoot where procfs is mounted
   * @param searchPath PATH of the shell that commands are for; empty if it is not known
   */
  public static HostSetup read(Path procRoot, String searchPath) {
    Path first = procRoot.resolve("1/root");
    Path root = Files.isDirectory(first.resolve("etc")) ? first : Path.of("/");
    String kernel =
        AttachmentReader.text(procRoot.resolve("sys/kernel/osrelease")).orElse("unknown");
    return new HostSetup(
        HostTools.read(root, kernel, searchPath), Optional.of(new AttacherReader(root)));
  }

  HostTools tools() {
    return tools;
  }

  Optional<Attacher> attacherOf(LoopDevice device, List<Attachment.Mount> mounts) {
    return attachers.flatMap(reader -> reader.attacherOf(device, mounts));
  }
}
