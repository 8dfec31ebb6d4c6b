package io.fadvised.loop;

/** A loop device's backing file cannot be measured. This is a state of the device, not an error. */
public final class UnreachableException extends Exception {
  public enum Kind {
    /** No file is attached any more. */
    DETACHED,
    /** The backing file is a block device, whose cache fadvised does not evict. */
    BLOCK_DEVICE,
    /** The backing file is in memory (tmpfs), where the page cache has the only copy. */
    IN_MEMORY,
    /** The backing file is deleted, and its filesystem does not support file handles. */
    DELETED,
    /** No candidate is the backing file. */
    NOT_FOUND,
    /** The kernel denied the query. */
    NOT_PERMITTED
  }

  private final Kind kind;
  private final String reason;

  /**
   * @param message the reason, for operators
   */
  public UnreachableException(Kind kind, String message) {
    super(message);
    reason = message;
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** The message, never null. */
  public String reason() {
    return reason;
  }
}
