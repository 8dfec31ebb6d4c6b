package io.fadvised.linux;

/** An open file descriptor; closing it twice is harmless. */
public final class OpenFile implements AutoCloseable {
  private final Runnable closer;
  private final int descriptor;
  private boolean open = true;

  /**
   * A descriptor that is open.
   *
   * @param closer closes it, once
   */
  public OpenFile(int descriptor, Runnable closer) {
    this.descriptor = descriptor;
    this.closer = closer;
  }

  /** The descriptor's number in this process. */
  public int descriptor() {
    if (!open) {
      throw new IllegalStateException("file descriptor " + descriptor + " is closed");
    }
    return descriptor;
  }

  @Override
  public void close() {
    if (open) {
      open = false;
      closer.run();
    }
  }
}
