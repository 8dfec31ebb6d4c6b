package io.fadvised.config;

/**
 * One problem of the configuration.
 *
 * @param where a file with its line, or {@code --set key=value}
 * @param key the key with its full path; empty if the problem concerns no single key
 * @param message quotes the bad value
 */
public record SettingsProblem(String where, String key, String message) {

  @Override
  public String toString() {
    return key.isEmpty() ? where + ": " + message : where + ": " + key + ": " + message;
  }
}
