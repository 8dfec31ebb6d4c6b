package io.fadvised.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigOrigin;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The HOCON parser's message without its repeated place, class names and advice. */
final class ParserMessage {
  private static final Pattern ADVICE = Pattern.compile(" \\((if you|use|you can) .*");

  private ParserMessage() {}

  static String of(ConfigException failure) {
    String message = withoutPlace(failure);
    if (message.startsWith("include keyword is not followed by")) {
      return message + "; write the key as \"include\", or as devices.include on one line";
    }
    if (message.startsWith("Cannot concatenate")) {
      return "a list or a block is joined with something else";
    }
    Matcher advice = ADVICE.matcher(message);
    return advice.find()
        ? message.substring(0, advice.start())
            + "; text with special characters needs double quotes"
        : message;
  }

  private static String withoutPlace(ConfigException failure) {
    String message = String.valueOf(failure.getMessage());
    ConfigOrigin origin = failure.origin();
    String place = origin == null ? "" : origin.description() + ": ";
    return message.startsWith(place) ? message.substring(place.length()) : message;
  }
}
