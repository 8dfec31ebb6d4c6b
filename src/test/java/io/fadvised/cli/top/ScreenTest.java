package io.fadvised.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.engine.DeviceReport;
import io.fadvised.pagecache.Residency;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Instance;
import io.fadvised.status.Reports;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScreenTest {
  private final History history = new History();

  private static HostStatus host(DeviceReport... devices) {
    return HostStatus.of(Reports.snapshot(devices));
  }

  private static DeviceReport holding(String name, long bytes) {
    return Reports.device(
        name,
        "/srv/" + name + ".img",
        new Residency(bytes, OptionalLong.of(0), OptionalLong.of(0)));
  }

  private List<String> lines(HostStatus host, View view, int width, int height) {
    return new Screen(new Graphs(true), true, width, height)
        .lines(host, history, view, "daemon 42", "").stream()
            .map(AttributedString::toString)
            .toList();
  }

  private String text(HostStatus host, View view, int width, int height) {
    return String.join("\n", lines(host, view, width, height));
  }

  @ParameterizedTest
  @CsvSource({"80,24", "40,10", "200,60", "20,5", "1,1", "79,11"})
  void screenFitsATerminalOfAnySize(int width, int height) {
    HostStatus host =
        host(
            IntStream.range(0, 100)
                .mapToObj(i -> Reports.device("loop" + i))
                .toArray(DeviceReport[]::new));
    history.add(host);
    View view = View.AT_FIRST.toggleDetail().moved(host.devices(), 50);

    List<String> lines = lines(host, view, width, height);

    assertThat(lines).hasSizeLessThanOrEqualTo(height);
    assertThat(lines).allMatch(line -> line.length() <= width);
  }

  @Test
  void terminalOf80ColumnsShowsEveryFigureOfADevice() {
    String text = text(host(Reports.device("loop3")), View.AT_FIRST, 80, 24);

    assertThat(text)
        .contains("DEVICE   RESIDENT    DIRTY RELEASED RETURNED SHARE HISTORY  EVERY STATE")
        .contains("> loop3")
        .contains("5 MiB")
        .contains("12 KiB")
        .contains("600 B")
        .contains("3.0 s")
        .contains("managed");
  }

  @Test
  void excludedDeviceHasNoInterval() {
    List<String> lines = lines(host(Reports.excluded("loop3")), View.AT_FIRST, 80, 24);

    assertThat(find(lines, "loop3")).contains("excluded").doesNotContain("3.0 s");
  }

  @Test
  void helpNamesEveryKeyIn80Columns() {
    List<String> help =
        new Screen(new Graphs(true), true, 80, 24)
            .help(true).stream().map(AttributedString::toString).toList();

    assertThat(help).hasSizeLessThanOrEqualTo(24).allMatch(line -> line.length() <= 80);
    for (String key :
        new String[] {"q ", "h ?", "o ", "/ ", "up k", "down j", "d Enter", "space", "p ", "s "}) {
      assertThat(help).anyMatch(line -> line.startsWith(key));
    }
    assertThat("by returned  " + Keys.HELP + Keys.HELP_ON_ORDERS).hasSizeLessThanOrEqualTo(80);
  }

  @Test
  void keysThatNeedADaemonAreOfferedOnlyWithOne() {
    HostStatus alone = host(Reports.device("loop3"));
    Instance daemon = new Instance(42, "1.2.3", Reports.AT.toString(), Optional.empty());
    HostStatus running = alone.with(Optional.of(daemon), alone.devices());

    assertThat(lines(running, View.AT_FIRST, 80, 24)).last().asString().endsWith("s sweep");
    assertThat(lines(alone, View.AT_FIRST, 80, 24)).last().asString().endsWith("d detail");
    assertThat(new Screen(new Graphs(true), true, 80, 24).help(false))
        .noneMatch(line -> line.toString().startsWith("p ") || line.toString().startsWith("s "));
  }

  @Test
  void pressureIsShownWithItsSources() {
    assertThat(text(host(), View.AT_FIRST, 100, 24))
        .contains("25 %  memory headroom: 20.0 % of memory available")
        .contains("memory headroom 25 %")
        .contains("direct reclaim 13 %");
  }

  @Test
  void figuresThatAreZeroAreOmitted() {
    HostStatus idle = HostStatus.of(Reports.emptySnapshot());

    assertThat(text(idle, View.AT_FIRST, 80, 24))
        .containsPattern("Pressure     ░+  none\n")
        .contains("Released     nothing\n")
        .doesNotContain("0 %", "0.00", "read back", "given back", "no source");
  }

  @Test
  void totalsAreThoseOfTheHost() {
    assertThat(text(host(Reports.device("loop3")), View.AT_FIRST, 80, 24))
        .containsPattern("Released     5.9 KiB, about 500 B of it read back; up to .* given back");
  }

  @Test
  void deviceWithMostResidentBytesIsFirst() {
    HostStatus host = host(holding("loop1", 1 << 20), holding("loop2", 3 << 20));

    List<String> lines = lines(host, View.AT_FIRST, 80, 24);

    assertThat(lines.indexOf(find(lines, "loop2"))).isLessThan(lines.indexOf(find(lines, "loop1")));
  }

  @Test
  void selectedDeviceStaysVisible() {
    HostStatus host =
        host(
            IntStream.range(0, 50)
                .mapToObj(i -> Reports.device("loop" + i))
                .toArray(DeviceReport[]::new));

    assertThat(text(host, View.AT_FIRST.moved(host.devices(), 49), 80, 24)).contains("> loop49");
  }

  @Test
  void detailShowsTheLastDecisions() {
    HostStatus host = host(Reports.device("loop3"));
    history.add(host);

    assertThat(text(host, View.AT_FIRST.toggleDetail(), 80, 24))
        .contains("loop3  /srv/loop3.img")
        .contains("12:00:00  5 MiB is within the allowance")
        .contains("direct I/O is available")
        .contains("measured by")
        .contains("cachestat");
  }

  @ParameterizedTest
  @ValueSource(ints = {24, 27, 30, 33})
  void lastDecisionThatIsShownIsComplete(int height) {
    String name = "x".repeat(70);
    HostStatus host = host(Reports.excluded(name)); // the reason takes two lines
    for (int i = 0; i < 10; i++) {
      history.add(host(Reports.unreachable(name)));
      history.add(host);
    }

    List<String> lines = lines(host, View.AT_FIRST.toggleDetail(), 80, height);

    assertThat(lines).anyMatch(line -> line.endsWith("excluded by"));
    assertThat(lines.get(lines.size() - 2)).doesNotEndWith("excluded by");
  }

  @Test
  void agesAreShownOnlyIfAFigureHasLaterIo() {
    HostStatus outdated = host(Reports.measured("loop3", Duration.ZERO, true));

    assertThat(text(outdated, View.AT_FIRST, 80, 24))
        .contains("RESIDENT     AGE")
        .contains(" 5 MiB    <1 s")
        .contains("at least 40 B of 300 B budget");
    assertThat(text(host(Reports.device("loop3")), View.AT_FIRST, 80, 24)).doesNotContain("AGE");
  }

  @Test
  void narrowTerminalOmitsColumns() {
    String text = text(host(Reports.device("loop3")), View.AT_FIRST, 50, 24);

    assertThat(text).contains("RESIDENT").contains("STATE").doesNotContain("HISTORY");
  }

  @Test
  void tinyTerminalGetsASentence() {
    assertThat(text(host(), View.AT_FIRST, 20, 24)).contains("too small").contains("40 columns");
  }

  @Test
  void hostWithoutDevicesIsReported() {
    assertThat(text(host(), View.AT_FIRST, 80, 24)).contains("no loop device is attached");
    assertThat(text(host(Reports.device("loop3")), View.AT_FIRST.filteredBy("x9", false), 80, 24))
        .contains("no device matches \"x9\"");
  }

  @Test
  void screenWithoutUnicodeIsAscii() {
    HostStatus host = host(Reports.newDevice("loop3"));
    history.add(host);

    String text =
        new Screen(new Graphs(false), false, 80, 24)
            .lines(host, history, View.AT_FIRST, "daemon 42", "").stream()
                .map(AttributedString::toString)
                .reduce("", String::concat);

    assertThat(text).matches("\\p{ASCII}*");
  }

  @Test
  void screenWithoutColourHasNoColours() {
    List<AttributedString> lines =
        new Screen(new Graphs(true), false, 80, 24)
            .lines(host(Reports.device("loop3")), history, View.AT_FIRST, "daemon 42", "oops");

    assertThat(lines).noneMatch(line -> line.toAnsi().matches("(?s).*\u001b\\[[0-9;]*3[0-7]m.*"));
  }

  private static String find(List<String> lines, String part) {
    return lines.stream().filter(line -> line.contains(part)).findFirst().orElseThrow();
  }
}
