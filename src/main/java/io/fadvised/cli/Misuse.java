package io.fadvised.cli;

import io.fadvised.config.EditDistance;
import io.fadvised.loop.Printable;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Describes wrong usage in one line, with the word that was probably meant. */
final class Misuse {
  /** A suggestion differs in at most a third of the typed letters, and in at most three. */
  private static final int MAX_DISTANCE = 3;

  private Misuse() {}

  static String of(ParameterException e) {
    CommandLine command = e.getCommandLine();
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      return ofWord(command, unmatched.getUnmatched().get(0));
    }
    Optional<String> option =
        command.getUnmatchedArguments().stream().filter(word -> word.startsWith("-")).findFirst();
    if (option.isPresent()) {
      return ofWord(command, option.get());
    }
    if (e instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      return "missing " + words(missing.getMissing().get(0)) + helpOf(command);
    }
    return ofValue(e).orElse(e.getMessage()) + helpOf(command);
  }

  /** Describes a value that is no number, or none of some words. */
  private static Optional<String> ofValue(ParameterException e) {
    if (!(e.getArgSpec() instanceof OptionSpec option)
        || !(e.getCause() instanceof TypeConversionException)) {
      return Optional.empty();
    }
    String value = option.longestName() + ": '" + Printable.of(e.getValue()) + "' is ";
    if (option.type() == int.class) {
      return Optional.of(value + "not a whole number");
    }
    return option.type().isEnum()
        ? Optional.of(value + "not one of " + String.join(", ", option.completionCandidates()))
        : Optional.of(option.longestName() + ": " + e.getCause().getMessage());
  }

  private static String words(ArgSpec missing) {
    return missing instanceof OptionSpec option
        ? option.paramLabel() + " after '" + option.longestName() + "'"
        : missing.paramLabel();
  }

  static String unknownCommand(CommandLine fadvised, String word) {
    return unknown("command", word, fadvised.getSubcommands().keySet(), fadvised);
  }

  /** Describes a word that is neither a command, nor an option, nor a parameter. */
  private static String ofWord(CommandLine command, String word) {
    if (word.startsWith("-")) {
      String name = word.replaceFirst("=.*", "");
      return unknown("option", name, command.getCommandSpec().optionsMap().keySet(), command);
    }
    return command.getSubcommands().isEmpty()
        ? "unexpected argument '" + Printable.of(word) + "'" + helpOf(command)
        : unknownCommand(command, word);
  }

  private static String unknown(
      String kind, String word, Collection<String> known, CommandLine command) {
    return "unknown "
        + kind
        + " '"
        + Printable.of(word)
        + "'"
        + nearest(word, known)
            .map(name -> ", did you mean '" + name + "'?")
            .orElseGet(() -> helpOf(command));
  }

  private static Optional<String> nearest(String word, Collection<String> known) {
    int max = Math.min(MAX_DISTANCE, word.replaceFirst("^-+", "").length() / 3);
    return known.stream()
        .filter(name -> Math.abs(name.length() - word.length()) <= max)
        .filter(name -> EditDistance.between(word, name) <= max)
        .min(Comparator.comparingInt(name -> EditDistance.between(word, name)));
  }

  private static String helpOf(CommandLine command) {
    boolean isRoot = command.getParent() == null;
    return "; try 'fadvised help" + (isRoot ? "" : " " + command.getCommandName()) + "'";
  }
}
