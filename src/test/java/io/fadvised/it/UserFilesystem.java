package io.fadvised.it;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** ext4 in user space, whose server can be stopped, continued and killed. */
record UserFilesystem(Path root, Process server) {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  static UserFilesystem mount(Scratch scratch, String name) throws Exception {
    Path image = DataFiles.sparse(scratch.file(name + ".img"), 128);
    Commands.run("mkfs.ext4", "-q", image);
    Path root = scratch.directory(name);
    Process server = Commands.builder("fuse2fs", "-f", image, root).start();
    UserFilesystem filesystem = new UserFilesystem(root, server);
    scratch.later(
        () -> {
          filesystem.resume();
          scratch.unmount(root);
          server.waitFor();
        });
    Recorder.await(
        TIMEOUT, "mounted", () -> Commands.attempt("mountpoint", "--quiet", root).status() == 0);
    return filesystem;
  }

  /** Mounts one in another namespace, over a directory that may have files. */
  static UserFilesystem mountIn(OtherNamespace namespace, Scratch scratch, Path root)
      throws Exception {
    Path image = DataFiles.sparse(scratch.file("stranger.img"), 128);
    Commands.run("mkfs.ext4", "-q", image);
    List<Object> command = namespace.enter();
    command.addAll(List.of("fuse2fs", "-f", "-o", "nonempty", image, root));
    Process server = Commands.builder(command.toArray()).start();
    UserFilesystem filesystem = new UserFilesystem(root, server);
    scratch.later(
        () -> {
          filesystem.resume();
          namespace.run("umount --lazy " + root);
          server.waitFor();
        });
    Recorder.await(TIMEOUT, "mounted", () -> isMounted(namespace, root));
    return filesystem;
  }

  private static boolean isMounted(OtherNamespace namespace, Path root) {
    List<Object> command = namespace.enter();
    command.addAll(List.of("mountpoint", "--quiet", root));
    return Commands.attempt(command.toArray()).status() == 0;
  }

  void stop() throws IOException {
    signal("STOP");
  }

  void resume() throws IOException {
    if (server.isAlive()) {
      signal("CONT");
    }
  }

  /** Kills the server; later I/O fails. */
  void kill() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }

  private void signal(String name) throws IOException {
    Commands.run("kill", "-" + name, Long.toString(server.pid()));
  }
}
