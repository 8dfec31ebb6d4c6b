package io.fadvised.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;

/** What the HOCON parser says, without the place it repeats and the advice that does not fit. */
final class ParserMessage {
  private ParserMessage() {}

  static String of(ConfigException failure) {
    String message = withoutPlace(failure);
    if (message.startsWith("include keyword is not followed by")) {
      return message + "; write the key as \"include\", or as devices.include on one line";
    }
    int advice = message.indexOf(" (if you ");
    return advice < 0
        ? message
        : message.substring(0, advice) + "; text with special characters needs double quotes";
  }

  private static String withoutPlace(ConfigException failure) {
    String message = String.valueOf(failure.getMessage());
    ConfigOrigin origin = failure.origin();
    String place = origin == null ? "" : origin.description() + ": ";
    return message.startsWith(place) ? message.substring(place.length()) : message;
  }
}
