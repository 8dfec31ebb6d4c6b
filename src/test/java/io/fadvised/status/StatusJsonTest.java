package io.fadvised.status;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fadvised.engine.DeviceReport;
import io.fadvised.json.JsonText;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatusJsonTest {
  private static final HostStatus HOST =
      HostStatus.of(Reports.snapshot(Reports.device("loop3"), Reports.newDevice("loop10")));
  private static final Instance DAEMON =
      new Instance(42, "1.2.3", "2025-03-01T12:00:00Z", Optional.of("/etc/fadvised.conf"));
  private static final HostStatus EMPTY = HostStatus.of(Reports.emptySnapshot());

  @Test
  void hostSurvivesARoundTrip() {
    assertThat(parse(JsonText.compact(HOST))).isEqualTo(HOST);
    assertThat(parse(JsonText.formatted(HOST))).isEqualTo(HOST);
    assertThat(parse(JsonText.compact(EMPTY))).isEqualTo(EMPTY);
    HostStatus reported = HOST.with(Optional.of(DAEMON), HOST.devices());
    assertThat(parse(JsonText.compact(reported))).isEqualTo(reported);
  }

  @Test
  void compactFormIsOneLineAndFormattedFormIsSeveral() {
    assertThat(JsonText.compact(HOST))
        .doesNotContain("\n", "\": ")
        .startsWith("{\"schemaVersion\":1,\"at\":");
    assertThat(JsonText.formatted(HOST)).startsWith("{\n").contains("\n  \"pressure\"");
    assertThat(JsonText.formatted(HOST)).doesNotContain("#", "//").endsWith("\n}");
  }

  @Test
  void unknownValueIsNull() {
    assertThat(JsonText.compact(HOST))
        .contains("\"diskSequence\":null", "\"directIo\":null", "\"residentBytes\":null");
    assertThat(JsonText.compact(EMPTY)).contains("\"memoryBytes\":null");
  }

  @Test
  void estimateHasItsError() {
    HostStatus host =
        HostStatus.of(Reports.snapshot(Reports.device("loop3", "/a", Reports.ESTIMATED)));
    assertThat(JsonText.compact(host))
        .contains("\"residencyErrorBytes\":1048576", "\"unmeasuredBytes\":1073741824");
    assertThat(parse(JsonText.compact(host))).isEqualTo(host);
  }

  @Test
  void ageOfAMeasurementIsNeverNegative() {
    DeviceReport report = Reports.device("loop3");

    assertThat(DeviceStatus.of(report, Reports.AT.plusSeconds(90)).secondsSinceSweep())
        .hasValue(90);
    assertThat(DeviceStatus.of(report, Reports.AT.minusSeconds(90)).secondsSinceSweep())
        .hasValue(0);
    assertThat(DeviceStatus.of(Reports.newDevice("loop4"), Reports.AT).secondsSinceSweep())
        .isEmpty();
  }

  @Test
  void optionalValueMayBeMissing() {
    String json = JsonText.compact(HOST).replaceAll(",?\"[A-Za-z]+\":null", "");

    assertThat(json).doesNotContain("null");
    assertThat(parse(json)).isEqualTo(HOST);
  }

  @Test
  void statusOfAnOlderDaemonHasNoContainers() {
    String json =
        JsonText.compact(HOST)
            .replaceAll(",\"containers\":\\[.*?\\}\\]", "")
            .replaceAll(",\"payers\":\\[\\]", "");

    assertThat(json).doesNotContain("containers", "payers");
    assertThat(parse(json).containers()).isEmpty();
  }

  @Test
  void unknownKeyOfANewerDaemonIsIgnored() {
    String json =
        JsonText.compact(HOST)
            .replace(",\"at\"", ",\"a.b\":{\"c\":[1,2]},\"at\"")
            .replace("\"device\":", "\"colour\":\"blue\",\"device\":");

    assertThat(parse(json)).isEqualTo(HOST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "plain",
        "\"quoted\" and \\ and \\u0041 and ${not.a.reference}",
        "\u0000\u0001\b\f\n\r\t\u001b\u007f\u0085",
        "\u2028\u2029\u202e\ufeff",
        "käse \uD83D\uDE00 漢字",
        "# not a comment // neither",
      })
  void anyTextSurvivesARoundTrip(String text) {
    HostStatus host = withProblem(text);

    assertThat(parse(JsonText.compact(host))).isEqualTo(host);
    assertThat(parse(JsonText.formatted(host))).isEqualTo(host);
  }

  @Test
  void loneSurrogateIsReplacedForUtf8() {
    String json = JsonText.compact(withProblem("a\uD83Db\uDE00\uD83D\uDE00"));

    assertThat(new String(json.getBytes(UTF_8), UTF_8)).isEqualTo(json);
    assertThat(parse(json).problems()).containsExactly("a\uFFFDb\uFFFD\uD83D\uDE00");
    String escaped = json.replace("a\uFFFDb", "a\\ud83db");
    assertThat(parse(escaped).problems()).containsExactly("a\uFFFDb\uFFFD\uD83D\uDE00");
  }

  @Test
  void controlCharactersAreEscaped() {
    assertThat(JsonText.compact(withProblem("\u001b[31m\n\u007f\u009b[31m")))
        .contains("\\u001B[31m\\n\\u007F\\u009B[31m");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, 0.5, 1e-9, 0.1 + 0.2})
  void anyPressureSurvivesARoundTrip(double pressure) {
    String json = JsonText.compact(HOST).replace("\"pressure\":0.25", "\"pressure\":" + pressure);

    assertThat(parse(json).pressure()).isEqualTo(pressure);
  }

  @Test
  void largestSizeSurvivesARoundTrip() {
    String json =
        JsonText.compact(HOST).replace("\"budgetBytes\":300", "\"budgetBytes\":" + Long.MAX_VALUE);

    HostStatus host = parse(json);

    assertThat(host.budgetBytes()).isEqualTo(Long.MAX_VALUE);
    assertThat(parse(JsonText.compact(host))).isEqualTo(host);
  }

  @Test
  void malformedStatusIsRejectedWithTheWrongKey() {
    assertRejected("", "Unexpected end of JSON input");
    assertRejected("{\"at\":", "Unexpected end of JSON input");
    assertRejected("[]", "Expecting '{'");
    assertRejected("{\"at\":" + "[".repeat(100_000), "Expecting '\"'");
    assertRejected("{\"a\":" + "[".repeat(100_000), "nested too deeply");
    assertRejected("{}", "schemaVersion is 0 instead of 1");
    assertRejected("{\"schemaVersion\":1}", "no \"at\"");
    String json = JsonText.compact(HOST);
    assertRejected(json.replace("\"schemaVersion\":1", "\"schemaVersion\":2"), "is 2 instead of 1");
    assertRejected(json.replace("\"paused\":false", "\"paused\":3"), "invalid boolean");
    assertRejected(json.replace("\"budgetBytes\":300", "\"budgetBytes\":null"), "NULL");
    assertRejected(json.replace("\"device\":\"loop3\"", "\"device\":null"), "no \"device\"");
    assertRejected(
        json.replace("\"source\":\"direct reclaim\"", "\"source\":null"), "no \"source\"");
    assertRejected(json.substring(0, json.length() - 1), "Unexpected end of JSON input");
    String empty = JsonText.compact(EMPTY);
    assertRejected(empty.replace("\"devices\":[]", "\"devices\":[7]"), "Expecting '{'");
    assertRejected(empty.replace("\"devices\":[]", "\"devices\":[null]"), "unexpected null");
    assertRejected(empty.replace("\"devices\":[]", "\"devices\":{}"), "Expecting '['");
    assertRejected(empty.replace("\"problems\":[]", "\"problems\":[null]"), "unexpected null");
  }

  @Test
  void everyTruncatedStatusIsRejected() {
    String json = JsonText.compact(withProblem("\\ \u00e9 \uD83D\uDE00 \n"));

    for (int length = 0; length < json.length(); length++) {
      assertRejected(json.substring(0, length), "");
    }
  }

  private static void assertRejected(String json, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(json))
        .withMessageContaining(message);
  }

  private static HostStatus parse(String json) {
    return JsonText.parse(HostStatus.class, json);
  }

  private static HostStatus withProblem(String text) {
    return new HostStatus(
        EMPTY.schemaVersion(),
        EMPTY.at(),
        EMPTY.daemon(),
        EMPTY.paused(),
        EMPTY.dryRun(),
        EMPTY.pressure(),
        EMPTY.pressureReason(),
        EMPTY.pressureSources(),
        EMPTY.wokenBy(),
        EMPTY.memoryBytes(),
        EMPTY.availableBytes(),
        EMPTY.budgetBytes(),
        EMPTY.residentBytes(),
        EMPTY.residentIsLowerBound(),
        EMPTY.releasedBytes(),
        EMPTY.returnedBytes(),
        EMPTY.givenBackBytes(),
        EMPTY.givenBackGibHours(),
        EMPTY.adviceCalls(),
        EMPTY.adviceMillis(),
        EMPTY.containers(),
        EMPTY.devices(),
        List.of(text));
  }
}
