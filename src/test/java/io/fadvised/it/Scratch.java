package io.fadvised.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One test's folder on a disk, and everything it attaches, mounts and starts. Undone in reverse
 * order when the test ends, however it ends; also if the JVM is told to stop meanwhile.
 */
final class Scratch implements BeforeEachCallback, AfterEachCallback {
  private final Deque<Undo> undos = new ArrayDeque<>();
  private final Thread hook = new Thread(this::undoAll, "scratch-hook");
  private Path folder;

  /** Takes one thing back. */
  @FunctionalInterface
  interface Undo {
    void undo() throws Exception;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    Runtime.getRuntime().addShutdownHook(hook);
    folder = Files.createTempDirectory(diskFolder(), "fadvised-it-");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    later(() -> Commands.run("rm", "--recursive", "--one-file-system", folder));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    List<Exception> failures = undoAll();
    Runtime.getRuntime().removeShutdownHook(hook);
    if (!failures.isEmpty()) {
      AssertionError error = new AssertionError("not everything could be undone");
      failures.forEach(error::addSuppressed);
      throw error;
    }
  }

  /** Has something undone at the end, before everything that was done earlier. */
  void later(Undo undo) {
    synchronized (undos) {
      undos.push(undo);
    }
  }

  Path folder() {
    return folder;
  }

  Path folder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** Attaches a file to any free loop device, buffered unless the options say otherwise. */
  LoopFixture attach(Path file, String... options) {
    LoopFixture loop = LoopFixture.attach(file, options);
    later(loop::detach);
    return loop;
  }

  /** Attaches a file as a process of another mount namespace sees it. */
  LoopFixture attachIn(OtherNamespace namespace, Path file) {
    LoopFixture loop = LoopFixture.attachIn(namespace, file);
    later(loop::detach);
    return loop;
  }

  /** A mount namespace of its own. */
  OtherNamespace namespace() throws IOException {
    OtherNamespace namespace = OtherNamespace.open();
    later(namespace::end);
    return namespace;
  }

  /** A loop device whose number nobody else will use, so that it can be attached again. */
  LoopFixture reserve() {
    LoopFixture loop =
        LoopFixture.ofNumber(ThreadLocalRandom.current().nextInt(100_000, 1_000_000));
    later(loop::remove);
    return loop;
  }

  /** Mounts below the folder. */
  Path mount(String name, Object... arguments) throws IOException {
    Path at = folder(name);
    List<Object> command = new ArrayList<>(List.of("mount"));
    command.addAll(Arrays.asList(arguments));
    command.add(at);
    Commands.run(command.toArray());
    later(() -> unmount(at));
    return at;
  }

  /** Makes a filesystem in an image of its own and mounts it. */
  Path filesystem(String type, String... mkfsOptions) throws IOException {
    return filesystem(type, DataFiles.sparse(file(type + ".img"), 600), mkfsOptions);
  }

  Path filesystem(String type, Path image, String... mkfsOptions) throws IOException {
    List<Object> command = new ArrayList<>(List.of("mkfs." + type, "-q"));
    command.addAll(Arrays.asList(mkfsOptions));
    command.add(image);
    Commands.run(command.toArray());
    return mount(image.getFileName() + ".mnt", "-t", type, attach(image).node());
  }

  /** Unmounts now instead of at the end. */
  void unmount(Path at) {
    if (isMounted(at)) {
      Commands.run("umount", at);
    }
  }

  /**
   * By the table of mounts, whose names are any bytes: a filesystem that is out of order answers no
   * mountpoint(1).
   */
  private static boolean isMounted(Path at) {
    try {
      return Files.readString(Path.of("/proc/self/mounts"), ISO_8859_1).contains(" " + at + " ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An overlay whose files lie on the disk of this folder. */
  Path overlay() throws IOException {
    return mount(
        "overlay",
        "-t",
        "overlay",
        "overlay",
        "-o",
        "lowerdir=%s,upperdir=%s,workdir=%s"
            .formatted(folder("lower"), folder("upper"), folder("work")));
  }

  private List<Exception> undoAll() {
    List<Exception> failures = new ArrayList<>();
    synchronized (undos) {
      while (!undos.isEmpty()) {
        try {
          undos.pop().undo();
        } catch (Exception | AssertionError e) {
          failures.add(new Exception(e));
        }
      }
    }
    return failures;
  }

  /** The first usual folder that is on a disk: posix_fadvise does nothing on a tmpfs. */
  private static Path diskFolder() {
    return Stream.of(System.getProperty("java.io.tmpdir"), "/var/tmp", "target")
        .map(Path::of)
        .filter(Files::isDirectory)
        .filter(path -> !filesystemOf(path).equals("tmpfs"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("every temporary folder is a tmpfs"))
        .toAbsolutePath();
  }

  private static String filesystemOf(Path path) {
    return Commands.run("stat", "--file-system", "--format=%T", path);
  }
}
