package io.fadvised.loop;

import java.io.IOException;

/** A sysfs attribute has a value that the kernel does not document. */
public final class MalformedSysfsException extends IOException {
  MalformedSysfsException(String attribute, String content) {
    super(attribute + " holds \"" + Printable.of(content) + "\"");
  }
}
