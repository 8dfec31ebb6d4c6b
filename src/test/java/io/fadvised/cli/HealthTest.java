package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cli.Health.State;
import io.fadvised.json.JsonText;
import io.fadvised.status.DeviceStatus;
import io.fadvised.status.HostStatus;
import io.fadvised.status.Reports;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HealthTest {
  private static final Instant NOW = Reports.AT.plusSeconds(1);
  private static final long MIB = 1 << 20;

  @Test
  void healthyDaemonIsOkWithFigures() {
    assertThat(Health.of(host(device("loop3", "managed")), NOW).line())
        .isEqualTo(
            "FADVISED OK - 1 device, 10 MiB resident, budget 8 MiB, 3 MiB released"
                + " | devices=1;;;0 unreachable=0;0;;0 thrashing=0;0;;0 resident=10485760B;;;0"
                + " budget=8388608B;;;0 pressure=0.25;;;0;1 released=3145728c returned=1048576c");
  }

  @Test
  void hostWithoutLoopDevicesIsOk() {
    assertThat(Health.of(host(), NOW).state()).isEqualTo(State.OK);
  }

  @Test
  void dryRunIsOkAndSaysSo() {
    Health health = Health.of(host(0.25, 10 * MIB, false, true, List.of()), NOW);

    assertThat(health.state()).isEqualTo(State.OK);
    assertThat(health.text()).endsWith("; dry run: evicts nothing");
  }

  @ParameterizedTest
  @CsvSource({"29, OK", "30, CRITICAL"})
  void statusOfThirtySecondsIsCritical(int age, State state) {
    assertThat(Health.of(host(device("loop3", "managed")), Reports.AT.plusSeconds(age)).state())
        .isEqualTo(state);
  }

  @ParameterizedTest
  @ValueSource(strings = {"unreachable", "deleted", "quarantined", "failed"})
  void deviceOutOfReachIsAWarning(String state) {
    Health health = Health.of(host(device("loop3", state), device("loop4", "idle")), NOW);

    assertThat(health.state()).isEqualTo(State.WARNING);
    assertThat(health.text()).isEqualTo("backing file out of reach: loop3: because of loop3");
    assertThat(health.figures()).contains(" unreachable=1;0;;0 ");
  }

  @Test
  void onlyDevicesOutOfReachAreCritical() {
    HostStatus host =
        host(
            device("loop3", "unreachable"),
            device("loop4", "failed"),
            device("loop5", "excluded"),
            device("loop6", "direct"));

    Health health = Health.of(host, NOW);

    assertThat(health.state()).isEqualTo(State.CRITICAL);
    assertThat(health.text()).isEqualTo("no device can be evicted: loop3, loop4: because of loop3");
  }

  @Test
  void sixthAndLaterNamesAreCounted() {
    DeviceStatus[] devices =
        java.util.stream.IntStream.range(0, 7)
            .mapToObj(number -> device("loop" + number, "deleted"))
            .toArray(DeviceStatus[]::new);

    assertThat(Health.of(host(devices), NOW).text())
        .contains("loop0, loop1, loop2, loop3, loop4 and 2 more: because of loop0");
  }

  @Test
  void deviceWhosePagesAreReadBackIsAWarning() {
    Health health = Health.of(host(device("loop3", "paused")), NOW);

    assertThat(health.state()).isEqualTo(State.WARNING);
    assertThat(health.text())
        .isEqualTo("eviction paused, pages were read back: loop3: because of loop3");
    assertThat(health.figures()).contains(" thrashing=1;0;;0 ");
  }

  @ParameterizedTest
  @CsvSource({"0.51, 17, WARNING", "0.5, 17, OK", "0.51, 16, OK"})
  void twiceTheBudgetUnderPressureIsAWarning(double pressure, long resident, State state) {
    Health health = Health.of(host(pressure, resident * MIB, false, false, List.of()), NOW);

    assertThat(health.state()).isEqualTo(state);
    assertThat(health.text().startsWith("over budget: 17 MiB resident, budget 8 MiB at a pressure"))
        .isEqualTo(state == State.WARNING);
  }

  @Test
  void daemonPausedByAnOperatorIsAWarning() {
    Health health = Health.of(host(0, 0, true, false, List.of()), NOW);

    assertThat(health.state()).isEqualTo(State.WARNING);
    assertThat(health.text()).contains("fadvised resume");
  }

  @Test
  void unreadableDeviceIsAWarning() {
    Health health = Health.of(host(0, 0, false, false, List.of("loop9: unreadable", "b")), NOW);

    assertThat(health.state()).isEqualTo(State.WARNING);
    assertThat(health.text()).isEqualTo("2 devices unreadable: loop9: unreadable");
  }

  @Test
  void severalWarningsAreOneLine() {
    Health health =
        Health.of(host(0.9, 100 * MIB, true, false, List.of(), device("loop3", "paused")), NOW);

    assertThat(health.text()).contains("read back: loop3", "; over budget: ", "; paused: ");
    assertThat(health.line()).doesNotContain("\n");
  }

  @Test
  void barInAReasonBeginsNoFigures() {
    assertThat(Health.critical("a|b").line()).isEqualTo("FADVISED CRITICAL - a/b");
  }

  private static HostStatus host(DeviceStatus... devices) {
    return host(0.25, 10 * MIB, false, false, List.of(), devices);
  }

  private static HostStatus host(
      double pressure,
      long residentBytes,
      boolean paused,
      boolean dryRun,
      List<String> problems,
      DeviceStatus... devices) {
    return new HostStatus(
        JsonText.SCHEMA_VERSION,
        Reports.AT.toString(),
        Optional.empty(),
        paused,
        dryRun,
        pressure,
        "none",
        List.of(),
        "the timer only",
        OptionalLong.empty(),
        OptionalLong.empty(),
        8 * MIB,
        residentBytes,
        false,
        3 * MIB,
        MIB,
        0,
        0,
        0,
        0,
        List.of(),
        List.of(devices),
        problems);
  }

  private static DeviceStatus device(String name, String state) {
    DeviceStatus device = DeviceStatus.of(Reports.device(name), Reports.AT);
    return new DeviceStatus(
        name,
        device.backingFile(),
        device.sizeBytes(),
        device.offsetBytes(),
        device.sizeLimitBytes(),
        device.readOnly(),
        device.directIo(),
        device.directIoFinding(),
        device.sectorBytes(),
        device.diskSequence(),
        state,
        state,
        "because of " + name,
        device.residentBytes(),
        device.secondsSinceMeasurement(),
        device.ioSinceMeasurement(),
        device.measuredSinceSweep(),
        device.residencyErrorBytes(),
        device.unmeasuredBytes(),
        device.dirtyBytes(),
        device.writebackBytes(),
        device.probe(),
        device.foundBy(),
        device.allowanceBytes(),
        device.payers(),
        device.fillBytesPerSecond(),
        device.intervalMillis(),
        device.releasedBytes(),
        device.returnedBytes(),
        device.givenBackBytes(),
        device.sweeps(),
        device.secondsSinceSweep());
  }
}
