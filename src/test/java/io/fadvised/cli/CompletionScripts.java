package io.fadvised.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Generates the completion for zsh and fish from the commands; picocli generates that for bash. */
final class CompletionScripts {
  private static final String NOTE =
      "# Generated from the commands by CompletionTest, run with -Dfadvised.completion.update=true.";

  private final CommandLine fadvised;

  CompletionScripts(CommandLine fadvised) {
    this.fadvised = fadvised;
  }

  String zsh() {
    List<String> lines = new ArrayList<>();
    lines.add(
        """
        #compdef fadvised
        %s

        _fadvised_devices() {
          local -a devices=(/sys/block/loop*/loop(N:h:t))
          _alternative 'devices:loop device:compadd -a devices' 'files:file:_files'
        }

        _fadvised_commands() {
          local -a commands=(\
        """
            .formatted(NOTE));
    commands().forEach((name, command) -> lines.add("    '" + name + ":" + about(command) + "'"));
    lines.add(
        """
          )
          _describe command commands
        }

        _fadvised() {
          local context state state_descr line
          typeset -A opt_args
        """
            .stripTrailing());
    lines.add("  _arguments -C \\");
    fadvised.getCommandSpec().options().forEach(option -> lines.add(zshOption("    ", option)));
    lines.add("    '1:command:_fadvised_commands' \\\n    '*::argument:->argument'");
    lines.add("  [[ $state == argument ]] || return\n  case $line[1] in");
    commands().forEach((name, command) -> lines.addAll(zshCommand(name, command)));
    lines.add("  esac\n}\n\n_fadvised \"$@\"");
    return text(lines);
  }

  private static List<String> zshCommand(String name, CommandLine command) {
    List<String> lines = new ArrayList<>();
    lines.add("    " + name + ")\n      _arguments \\");
    command.getCommandSpec().options().forEach(option -> lines.add(zshOption("        ", option)));
    for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
      String place = parameter.arity().max() > 1 ? "*" : "1";
      String action =
          switch (parameter.paramLabel()) {
            case "COMMAND" -> "_fadvised_commands";
            case "FILE" -> "_files";
            default -> "_fadvised_devices";
          };
      lines.add("        '" + place + ":" + parameter.paramLabel() + ":" + action + "' \\");
    }
    int last = lines.size() - 1;
    lines.set(last, lines.get(last).replaceFirst(" \\\\$", ""));
    lines.add("      ;;");
    return lines;
  }

  private static String zshOption(String indent, OptionSpec option) {
    String names = String.join(",", option.names());
    String spec = option.names().length == 1 ? names : "{" + names + "}";
    String exclusive = "(" + String.join(" ", option.names()) + ")";
    String about = "[" + about(option).replace("[", "\\[").replace("]", "\\]") + "]";
    String argument = "";
    if (takesArgument(option)) {
      argument = ":" + option.paramLabel() + ":" + (isFile(option) ? "_files" : "");
    }
    return indent
        + (option.isMultiValue() ? "'*'" : "'" + exclusive + "'")
        + spec
        + (takesArgument(option) && option.longestName().startsWith("--") ? "'=" : "'")
        + about
        + argument
        + "' \\";
  }

  String fish() {
    List<String> lines = new ArrayList<>();
    lines.add(
        """
        %s

        function __fadvised_devices
            for loop in /sys/block/loop*/loop
                string replace --regex '.*/(loop[0-9]+)/loop' '$1' $loop
            end
        end

        complete -c fadvised -f
        """
            .formatted(NOTE)
            .stripTrailing());
    fadvised
        .getCommandSpec()
        .options()
        .forEach(option -> lines.add(fishOption("__fish_use_subcommand", option)));
    commands()
        .forEach(
            (name, command) ->
                lines.add(
                    "complete -c fadvised -n __fish_use_subcommand -a %s -d '%s'"
                        .formatted(name, about(command))));
    commands().forEach((name, command) -> lines.addAll(fishCommand(name, command)));
    return text(lines);
  }

  private List<String> fishCommand(String name, CommandLine command) {
    List<String> lines = new ArrayList<>();
    String condition = "'__fish_seen_subcommand_from " + name + "'";
    command.getCommandSpec().options().stream()
        .map(option -> fishOption(condition, option))
        .forEach(lines::add);
    for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
      lines.add(
          "complete -c fadvised -n "
              + condition
              + switch (parameter.paramLabel()) {
                case "COMMAND" -> " -a '" + String.join(" ", commands().keySet()) + "'";
                case "FILE" -> " -F";
                default -> " -F -a '(__fadvised_devices)'";
              });
    }
    return lines;
  }

  private static String fishOption(String condition, OptionSpec option) {
    String names =
        Arrays.stream(option.names())
            .map(name -> name.startsWith("--") ? "-l " + name.substring(2) : "-s " + name.charAt(1))
            .collect(Collectors.joining(" "));
    String argument = !takesArgument(option) ? "" : isFile(option) ? " -r -F" : " -x";
    return "complete -c fadvised -n %s %s%s -d '%s'"
        .formatted(condition, names, argument, about(option));
  }

  private Map<String, CommandLine> commands() {
    return fadvised.getSubcommands();
  }

  private static boolean takesArgument(OptionSpec option) {
    return option.arity().max() > 0;
  }

  private static boolean isFile(OptionSpec option) {
    return option.paramLabel().equals("FILE") || option.paramLabel().equals("DIR");
  }

  /** Returns the first sentence, without a period. */
  private static String about(CommandLine command) {
    return first(command.getCommandSpec().usageMessage().description());
  }

  private static String about(OptionSpec option) {
    return first(option.description());
  }

  private static String first(String[] description) {
    String sentence = String.join(" ", description).replaceFirst("\\. .*|\\.$", "");
    return sentence.replaceFirst("[;:] .*", "").replace("'", "");
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines) + "\n";
  }
}
