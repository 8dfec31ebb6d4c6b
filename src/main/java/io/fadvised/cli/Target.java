package io.fadvised.cli;

import io.fadvised.loop.LoopDevice;
import java.nio.charset.Charset;
import java.nio.file.Path;

/** A target of {@code evict} or {@code residency}. */
sealed interface Target {
  /** Returns the name that the operator typed. */
  String text();

  /** A loop device, which stands for its backing file. */
  record OfDevice(String text, LoopDevice device) implements Target {}

  /**
   * A file.
   *
   * @param path not yet checked
   */
  record OfFile(String text, Path path) implements Target {

    /** Returns the path for the kernel, in the encoding in which Java decoded the command line. */
    byte[] pathBytes() {
      String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
      return path.toString().getBytes(Charset.forName(encoding));
    }
  }
}
