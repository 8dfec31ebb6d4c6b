package io.fadvised.cli;

import io.fadvised.Version;
import picocli.CommandLine.IVersionProvider;

/** Prints the version for {@code --version}. */
final class VersionText implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "fadvised " + Version.text() + ", Java " + Runtime.version().feature(),
    };
  }
}
