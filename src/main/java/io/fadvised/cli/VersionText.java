package io.fadvised.cli;

import io.fadvised.Version;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class VersionText implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {
      "fadvised " + Version.text() + ", Java " + Runtime.version().feature(),
    };
  }
}
