package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.directio.Cause;
import io.fadvised.doctor.FindingsJson;
import io.fadvised.engine.DeviceState;
import io.fadvised.engine.TestHost;
import io.fadvised.json.JsonText;
import io.fadvised.policy.Pressure;
import io.fadvised.policy.Reason;
import io.fadvised.status.HostStatus;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Compares fadvised-json(5) with the records. */
class JsonManualTest {
  private static final Map<String, Class<?>> OBJECTS =
      Map.of(
          "status", HostStatus.class,
          "doctor", FindingsJson.class,
          "evict", EvictionJson.class,
          "residency", ResidencyJson.class);

  private static final Map<Type, String> TYPES =
      Map.of(
          int.class, "integer",
          long.class, "integer",
          double.class, "number",
          boolean.class, "boolean",
          Boolean.class, "boolean",
          String.class, "string",
          OptionalInt.class, "integer or null",
          OptionalLong.class, "integer or null",
          OptionalDouble.class, "number or null");

  private static final Pattern SECTION = Pattern.compile("^\\.SS ", Pattern.MULTILINE);

  private static final Pattern KEY =
      Pattern.compile(
          "^\\.TP\n\\.BR (\\w+) \" \\(([^)]*)\\)\"\n(?!\\.(?:TP|S[SH]))|^\\.TP\n.*",
          Pattern.MULTILINE);

  @RegisterExtension final TestHost host = new TestHost();

  @Test
  void manualDocumentsEveryKeyWithItsType() throws IOException {
    Map<String, List<String>> documented = new LinkedHashMap<>();
    sections().forEach((title, text) -> documented.put(title, keys(text)));
    documented.values().removeIf(List::isEmpty);

    assertThat(documented).containsExactlyInAnyOrderEntriesOf(expected());
  }

  @Test
  void everyCommandWithJsonIsDocumented() {
    Stream<String> commands =
        CommandLines.of(Worlds.of(host, Worlds.NO_DAEMON)).getSubcommands().entrySet().stream()
            .filter(command -> command.getValue().getCommandSpec().findOption("--json") != null)
            .map(Map.Entry::getKey);

    assertThat(commands).containsExactlyInAnyOrderElementsOf(OBJECTS.keySet());
  }

  @Test
  void manualListsEveryValue() throws IOException {
    assertListed("source", Pressure.Source.values(), Pressure.Source::words);
    assertListed("state", DeviceState.values(), DeviceState::label);
    assertListed("reasonCode", Reason.Code.values(), Reason.Code::label);
    assertListed("causeCode", Cause.values(), Cause::label);
  }

  @Test
  void manualNamesTheVersion() throws IOException {
    assertThat(sections().get("Versions"))
        .startsWith(".B schemaVersion\nis " + JsonText.SCHEMA_VERSION + ".");
  }

  private static <T> void assertListed(String title, T[] values, Function<T, String> label)
      throws IOException {
    Stream<String> listed =
        sections()
            .get(title)
            .lines()
            .filter(line -> line.startsWith("    "))
            .map(line -> line.strip().replaceFirst(" {2,}.*", ""));

    assertThat(listed).containsExactlyElementsOf(Arrays.stream(values).map(label).toList());
  }

  /** Returns the subsections of the page by their titles. */
  private static Map<String, String> sections() throws IOException {
    String page = Files.readString(Path.of("src/main/man/fadvised-json.5"));
    Map<String, String> sections = new LinkedHashMap<>();
    for (String section : SECTION.splitAsStream(page).toList()) {
      int end = section.indexOf('\n');
      String title = section.substring(0, end).replace("\"", "");
      assertThat(sections).doesNotContainKey(title);
      sections.put(title, section.substring(end + 1).replaceFirst("(?ms)^\\.SH .*", ""));
    }
    return sections;
  }

  /** Returns the keys of a subsection in order, such as "sizeBytes (integer)". */
  private static List<String> keys(String section) {
    Matcher key = KEY.matcher(section);
    List<String> keys = new ArrayList<>();
    while (key.find()) {
      keys.add(key.group(1) == null ? key.group() : key.group(1) + " (" + key.group(2) + ")");
    }
    return keys;
  }

  /** Returns the keys of each object by the title of its subsection. */
  private static Map<String, List<String>> expected() {
    Map<String, List<String>> expected = new LinkedHashMap<>();
    OBJECTS.forEach(
        (command, type) -> {
          Map<Class<?>, List<String>> paths = new LinkedHashMap<>();
          walk(type, "", paths);
          paths.forEach(
              (found, at) -> {
                String path = String.join(", ", at);
                expected.put(command + (path.isEmpty() ? "" : ": " + path), keys(found));
              });
        });
    return expected;
  }

  private static List<String> keys(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(key -> key.getName() + " (" + typeOf(key.getGenericType()) + ")")
        .toList();
  }

  private static String typeOf(Type type) {
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == Optional.class
          ? typeOf(content(generic)) + " or null"
          : "array";
    }
    return type instanceof Class<?> found && found.isRecord() ? "object" : TYPES.get(type);
  }

  /** Adds the records in a record, each with all paths that lead to it. */
  private static void walk(Class<?> type, String path, Map<Class<?>, List<String>> paths) {
    paths.computeIfAbsent(type, unseen -> new ArrayList<>()).add(path);
    for (RecordComponent key : type.getRecordComponents()) {
      String name = (path.isEmpty() ? "" : path + ".") + key.getName();
      if (key.getGenericType() instanceof ParameterizedType generic) {
        if (content(generic) instanceof Class<?> content && content.isRecord()) {
          walk(content, name + (generic.getRawType() == List.class ? "[]" : ""), paths);
        }
      } else if (key.getType().isRecord()) {
        walk(key.getType(), name, paths);
      }
    }
  }

  private static Type content(ParameterizedType generic) {
    return generic.getActualTypeArguments()[0];
  }
}
