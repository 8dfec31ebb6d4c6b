package io.fadvised.linux;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The credentials of this process in the kernel's permission checks.
 *
 * @param userId effective user id
 * @param capabilities effective capability bits, as CapEff in /proc/self/status
 * @param initialUserNamespace whether the capabilities cover every file on the host; in another
 *     user namespace they cover only files whose owner is mapped into it
 */
public record Credentials(int userId, long capabilities, boolean initialUserNamespace) {
  /** The uid_map of the initial user namespace, user_namespaces(7). */
  private static final Pattern ALL_USERS = Pattern.compile("\\s*0\\s+0\\s+4294967295\\s*");

  /** Bit numbers: include/uapi/linux/capability.h. */
  public enum Capability {
    CAP_DAC_READ_SEARCH(2),
    CAP_FOWNER(3);

    private final int bit;

    Capability(int bit) {
      this.bit = bit;
    }
  }

  /**
   * Reads the credentials of a process.
   *
   * @param process its directory in procfs
   */
  static Credentials read(Path process, int userId) throws IOException {
    long capabilities =
        Files.readAllLines(process.resolve("status"), ISO_8859_1).stream()
            .filter(line -> line.startsWith("CapEff:"))
            .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
            .findFirst()
            .orElse(0L);
    return new Credentials(userId, capabilities, isInInitialUserNamespace(process));
  }

  private static boolean isInInitialUserNamespace(Path process) throws IOException {
    try {
      return ALL_USERS.matcher(Files.readString(process.resolve("uid_map"))).matches();
    } catch (NoSuchFileException e) {
      return true; // a kernel without user namespaces
    }
  }

  /** Returns whether the capability is effective and covers every file. */
  public boolean has(Capability capability) {
    return initialUserNamespace && (capabilities & (1L << capability.bit)) != 0;
  }
}
