package io.fadvised.metrics;

import static java.nio.file.attribute.PosixFilePermission.GROUP_READ;
import static java.nio.file.attribute.PosixFilePermission.GROUP_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_READ;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_WRITE;

import io.fadvised.config.FileTrust;
import io.fadvised.config.RemoteJmx;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/** Checks the files that say who may log in over JMX, and how, before anything listens. */
final class LoginFiles {
  private static final Set<PosixFilePermission> WRITABLE = EnumSet.of(GROUP_WRITE, OTHERS_WRITE);
  private static final Set<PosixFilePermission> SHARED =
      EnumSet.of(GROUP_READ, OTHERS_READ, GROUP_WRITE, OTHERS_WRITE);

  private LoginFiles() {}

  /**
   * Refuses files that would let in nobody, or too many.
   *
   * @throws IOException with the reason, naming key and file
   */
  static void require(RemoteJmx settings) throws IOException {
    requirePrivate("jmx.remote.password-file", settings.passwordFile());
    requireEntry("jmx.remote.password-file", settings.passwordFile());
    requireReadable("jmx.remote.access-file", settings.accessFile());
    requireNone(
        "jmx.remote.access-file",
        settings.accessFile(),
        WRITABLE,
        "may be written by group or others; forbid it (chmod go-w)");
    requireEntry("jmx.remote.access-file", settings.accessFile());
    if (settings.tls().isWanted()) {
      requirePrivate("jmx.remote.tls.keystore", settings.tls().keystore());
      requirePrivate("jmx.remote.tls.password-file", settings.tls().passwordFile());
    }
  }

  private static void requirePrivate(String key, Path file) throws IOException {
    requireReadable(key, file);
    requireNone(key, file, SHARED, "is open to group or others; make it private (chmod 600)");
  }

  private static void requireReadable(String key, Path file) throws IOException {
    if (!Files.exists(file)) {
      throw refusal(key, file, "does not exist");
    }
    if (!Files.isRegularFile(file)) {
      throw refusal(key, file, "is not a regular file");
    }
    if (!Files.isReadable(file)) {
      throw refusal(key, file, "cannot be read by the user that runs this");
    }
  }

  private static void requireEntry(String key, Path file) throws IOException {
    if (entries(key, file).isEmpty()) {
      throw refusal(key, file, "has no entry");
    }
  }

  /** Both files are properties to the JDK too: a role, and its password or access. */
  private static Properties entries(String key, Path file) throws IOException {
    Properties entries = new Properties();
    try (InputStream in = new FileInputStream(file.toFile())) {
      entries.load(in);
      return entries;
    } catch (IllegalArgumentException e) {
      throw refusal(key, file, "cannot be understood: " + e.getMessage());
    }
  }

  private static void requireNone(
      String key, Path file, Set<PosixFilePermission> forbidden, String problem)
      throws IOException {
    if (!Collections.disjoint(Files.getPosixFilePermissions(file), forbidden)) {
      throw refusal(key, file, problem);
    }
    Optional<String> obstacle = FileTrust.obstacle(file);
    if (obstacle.isPresent()) {
      throw refusal(key, file, obstacle.get());
    }
  }

  private static IOException refusal(String key, Path file, String problem) {
    return new IOException(key + ": \"" + file + "\" " + problem);
  }
}
