package io.fadvised.it;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** ext4 in user space, whose server can be stopped, continued and killed. */
record UserFilesystem(Path root, Process server) {
  private static final Duration A_MOMENT = Duration.ofSeconds(5);

  static UserFilesystem mount(Scratch scratch, String name) throws Exception {
    Path image = DataFiles.sparse(scratch.file(name + ".img"), 128);
    Commands.run("mkfs.ext4", "-q", image);
    Path root = scratch.folder(name);
    Process server = Commands.builder("fuse2fs", "-f", image, root).start();
    UserFilesystem filesystem = new UserFilesystem(root, server);
    scratch.later(
        () -> {
          filesystem.goOn();
          scratch.unmount(root);
          server.waitFor();
        });
    Recorder.await(
        A_MOMENT, "mounted", () -> Commands.attempt("mountpoint", "--quiet", root).status() == 0);
    return filesystem;
  }

  void stop() throws IOException {
    signal("STOP");
  }

  void goOn() throws IOException {
    if (server.isAlive()) {
      signal("CONT");
    }
  }

  /** What is asked of it from now on fails. */
  void kill() throws InterruptedException {
    server.destroyForcibly().waitFor();
  }

  private void signal(String name) throws IOException {
    Commands.run("kill", "-" + name, Long.toString(server.pid()));
  }
}
