package io.fadvised.loop;

/** Why a loop device's backing file cannot be worked on. Not an error: a state of the device. */
public final class UnreachableException extends Exception {
  private static final long serialVersionUID = 1L;

  /** The kinds of "cannot". */
  public enum Kind {
    /** Nothing is attached any more. */
    DETACHED,
    /** The backing "file" is a block device, whose cache belongs to others. */
    BLOCK_DEVICE,
    /** The backing file lives in the page cache (tmpfs): what is resident is its only copy. */
    IN_MEMORY,
    /** The backing file has no name any more and its filesystem offers no other way in. */
    DELETED,
    /** Nothing that we can open here is the backing file. */
    NOT_FOUND,
    /** We are not allowed to. */
    NOT_PERMITTED
  }

  private final Kind kind;
  private final String reason;

  /**
   * @param kind why, for code
   * @param message why, for people
   */
  public UnreachableException(Kind kind, String message) {
    super(message);
    reason = message;
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** Why, for people. */
  public String reason() {
    return reason;
  }
}
