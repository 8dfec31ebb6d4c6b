package io.fadvised.cli;

import io.fadvised.loop.LoopDevice;
import java.nio.charset.Charset;
import java.nio.file.Path;

/** What an operator wants evicted. */
sealed interface Target {
  /** As the operator named it. */
  String text();

  /**
   * A loop device, whose backing file is meant.
   *
   * @param device as it is attached now
   */
  record OfDevice(String text, LoopDevice device) implements Target {}

  /**
   * A file by its path.
   *
   * @param path not yet looked at
   */
  record OfFile(String text, Path path) implements Target {

    /** The path for the kernel, in the encoding in which Java took it from the command line. */
    byte[] pathBytes() {
      String encoding = System.getProperty("sun.jnu.encoding", "UTF-8");
      return path.toString().getBytes(Charset.forName(encoding));
    }
  }
}
