package io.fadvised.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses sizes such as {@code 512MiB}, {@code 512m}, {@code 1 GiB} and {@code 1048576}. */
final class SizeConverter implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,12}) ?([kmg]?)(i?b)?");

  @Override
  public Long convert(String text) {
    Matcher size = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!size.matches()) {
      throw new TypeConversionException("\"" + text + "\" is not a size such as 256MiB");
    }
    int shift =
        switch (size.group(2)) {
          case "k" -> 10;
          case "m" -> 20;
          case "g" -> 30;
          default -> 0;
        };
    long count = Long.parseLong(size.group(1));
    if (count > Long.MAX_VALUE >> shift) {
      throw new TypeConversionException(
          "\"" + text + "\" is too large: the maximum is 8589934591g");
    }
    return count << shift;
  }
}
