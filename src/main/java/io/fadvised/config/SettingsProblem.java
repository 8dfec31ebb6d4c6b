package io.fadvised.config;

/**
 * One thing that is wrong with the configuration.
 *
 * @param where a file with its line, or {@code --set key=value}
 * @param key the key with its full path; empty if the problem is not about one key
 * @param message what is wrong, with the bad value
 */
public record SettingsProblem(String where, String key, String message) {

  @Override
  public String toString() {
    return key.isEmpty() ? where + ": " + message : where + ": " + key + ": " + message;
  }
}
