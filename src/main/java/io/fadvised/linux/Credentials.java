package io.fadvised.linux;

/**
 * Who this process is to the kernel's permission checks.
 *
 * @param userId effective user id
 * @param capabilities effective capability bits, as CapEff in /proc/self/status
 * @param initialUserNamespace whether the capabilities hold for every file on the host; in a user
 *     namespace they hold only for files whose owner is mapped into it
 */
public record Credentials(int userId, long capabilities, boolean initialUserNamespace) {
  /** Bit numbers: include/uapi/linux/capability.h. */
  public enum Capability {
    CAP_DAC_READ_SEARCH(2),
    CAP_FOWNER(3),
    CAP_SYS_ADMIN(21);

    private final int bit;

    Capability(int bit) {
      this.bit = bit;
    }
  }

  /** Whether the capability is effective and holds for every file. */
  public boolean has(Capability capability) {
    return initialUserNamespace && (capabilities & (1L << capability.bit)) != 0;
  }
}
