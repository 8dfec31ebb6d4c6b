package io.fadvised.loop;

import java.io.IOException;

/** A sysfs entry that does not hold what the kernel documents. */
public final class MalformedSysfsException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedSysfsException(String attribute, String content) {
    super(attribute + " holds \"" + Printable.of(content) + "\"");
  }
}
