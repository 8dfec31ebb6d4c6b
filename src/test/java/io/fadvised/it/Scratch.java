package io.fadvised.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A test's directory on a disk, and everything that the test attaches, mounts and starts. Undone in
 * reverse order at the end of the test, or when the JVM is terminated.
 */
final class Scratch implements BeforeEachCallback, AfterEachCallback {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final Deque<Undo> undos = new ArrayDeque<>();
  private final Thread hook = new Thread(this::undoAll, "scratch-hook");
  private Path directory;

  @FunctionalInterface
  interface Undo {
    void undo() throws Exception;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    Runtime.getRuntime().addShutdownHook(hook);
    directory = Files.createTempDirectory(diskDirectory(), "fadvised-it-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    later(() -> Commands.run("rm", "--recursive", "--one-file-system", directory));
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

  /** Registers an action for the end of the test; the last one runs first. */
  void later(Undo undo) {
    synchronized (undos) {
      undos.push(undo);
    }
  }

  Path directory() {
    return directory;
  }

  Path directory(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  /** Attaches a file to any free loop device, buffered by default. */
  LoopFixture attach(Path file, String... options) {
    LoopFixture loop = LoopFixture.attach(file, options);
    later(loop::detach);
    return loop;
  }

  /** Attaches a file of another mount namespace. */
  LoopFixture attachIn(OtherNamespace namespace, Path file) {
    LoopFixture loop = LoopFixture.attachIn(namespace, file);
    later(loop::detach);
    return loop;
  }

  /** Creates a mount namespace. */
  OtherNamespace namespace() throws IOException {
    OtherNamespace namespace = OtherNamespace.open();
    later(namespace::end);
    return namespace;
  }

  /** Returns a loop device whose number no other program uses, so that it can be attached again. */
  LoopFixture reserve() {
    LoopFixture loop =
        LoopFixture.ofNumber(ThreadLocalRandom.current().nextInt(100_000, 1_000_000));
    later(loop::remove);
    return loop;
  }

  /** Mounts in the directory of the test. */
  Path mount(String name, Object... arguments) throws IOException {
    Path at = directory(name);
    List<Object> command = new ArrayList<>(List.of("mount"));
    command.addAll(Arrays.asList(arguments));
    command.add(at);
    Commands.run(command.toArray());
    later(() -> unmount(at));
    return at;
  }

  /** Makes a filesystem in a new image and mounts it. */
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

  /**
   * Unmounts now instead of at the end. Waits for the daemon's present call, and for mount
   * namespaces that other programs make at this moment: a copy of an upper mount keeps its device,
   * and with it the mount of the backing file. {@link UnmountIT} unmounts without a second attempt.
   */
  void unmount(Path at) {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (isMounted(at)) {
      if (System.nanoTime() - end > 0) {
        Commands.run("umount", at);
      } else if (Commands.attempt("umount", at).status() != 0) {
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  /**
   * Reads the mount table, because mountpoint(1) fails on a broken filesystem. Its names may be any
   * bytes.
   */
  private static boolean isMounted(Path at) {
    try {
      return Files.readString(Path.of("/proc/self/mounts"), ISO_8859_1).contains(" " + at + " ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Mounts an overlay on the disk of this directory. */
  Path overlay() throws IOException {
    return mount(
        "overlay",
        "-t",
        "overlay",
        "overlay",
        "-o",
        "lowerdir=%s,upperdir=%s,workdir=%s"
            .formatted(directory("lower"), directory("upper"), directory("work")));
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

  /** Returns the first temporary directory on a disk; posix_fadvise has no effect on tmpfs. */
  private static Path diskDirectory() {
    return Stream.of(System.getProperty("java.io.tmpdir"), "/var/tmp", "target")
        .map(Path::of)
        .filter(Files::isDirectory)
        .filter(path -> !filesystemOf(path).equals("tmpfs"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("every temporary directory is a tmpfs"))
        .toAbsolutePath();
  }

  private static String filesystemOf(Path path) {
    return Commands.run("stat", "--file-system", "--format=%T", path);
  }
}
