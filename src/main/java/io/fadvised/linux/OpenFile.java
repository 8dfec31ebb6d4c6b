package io.fadvised.linux;

/** An open file descriptor. Closing it again does nothing. */
public final class OpenFile implements AutoCloseable {
  private final Runnable closer;
  private final int descriptor;
  private boolean open = true;

  /**
   * @param descriptor an open descriptor
   * @param closer closes it; called once
   */
  public OpenFile(int descriptor, Runnable closer) {
    this.descriptor = descriptor;
    this.closer = closer;
  }

  /** Throws {@link IllegalStateException} if it is closed. */
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
