package io.fadvised.policy;

/**
 * Whether direct I/O that was switched on keeps a device's data out of the page cache. The flag
 * alone proves nothing: some filesystems do it through the page cache all the same (btrfs writes to
 * checksummed files from 6.15 on, ext4 with data journalling, tmpfs).
 *
 * @param ioBytes what the device has read and written since
 * @param grownBytes how much more of the backing file became resident meanwhile
 */
public record DirectIoTrial(long ioBytes, long grownBytes) {
  /** One that has just begun. */
  public static final DirectIoTrial BEGUN = new DirectIoTrial(0, 0);

  /** Enough for read-ahead of others and metadata not to matter. */
  private static final long TELLING_BYTES = 16L << 20;

  /** Each byte of buffered I/O leaves up to one byte below; what others read of the file, less. */
  private static final double GROWN_SHARE = 0.25;

  /** How it stands. */
  public enum Verdict {
    /** Too little I/O yet. */
    OPEN,
    /** The lower cache stopped growing. */
    HOLDS,
    /** It goes on growing. */
    DOES_NOT_HOLD
  }

  /** After one more look. */
  public DirectIoTrial after(long ioSinceLastLook, long grownSinceLastLook) {
    return new DirectIoTrial(
        ioBytes + ioSinceLastLook, grownBytes + Math.max(0, grownSinceLastLook));
  }

  public Verdict verdict() {
    if (grownBytes >= GROWN_SHARE * TELLING_BYTES && grownBytes >= GROWN_SHARE * ioBytes) {
      return Verdict.DOES_NOT_HOLD;
    }
    return ioBytes >= TELLING_BYTES ? Verdict.HOLDS : Verdict.OPEN;
  }
}
