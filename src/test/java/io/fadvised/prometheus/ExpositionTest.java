package io.fadvised.prometheus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.fadvised.engine.DeviceReport;
import io.fadvised.engine.EngineSnapshot;
import io.fadvised.loop.LoopMountPoints;
import io.fadvised.metrics.EngineMetrics;
import io.fadvised.pagecache.Residency;
import io.fadvised.policy.Reason;
import io.fadvised.status.Reports;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpositionTest {
  private static final String POD =
      "/var/lib/kubelet/pods/0b5c5a0e-8d5a-4f0e-9f3a-6d1d6f1c2b3a/volumes/kubernetes.io~csi/pvc-1";

  @TempDir private Path proc;
  private final EngineMetrics metrics = new EngineMetrics(new MetricRegistry());
  private Optional<EngineSnapshot> measured = Optional.empty();
  private Exposition exposition;

  @BeforeEach
  void create() {
    exposition =
        new Exposition(
            metrics,
            () -> measured.orElseGet(() -> metrics.snapshot().orElseThrow()),
            new LoopMountPoints(proc, proc),
            "1.2.3",
            Instant.parse("2025-03-01T11:00:00.500Z"));
  }

  @Test
  void daemonHasMetricsBeforeTheFirstTick() throws IOException {
    assertThat(lines())
        .contains("fadvised_build_info{version=\"1.2.3\"} 1")
        .contains("fadvised_start_time_seconds 1.7408268005E9")
        .contains("fadvised_skipped_total{reason=\"idle\"} 0.0")
        .contains("fadvised_sweep_duration_seconds_count 0")
        .noneMatch(line -> line.startsWith("fadvised_pressure"));
  }

  @Test
  void hostHasTheValuesOfTheLastTickInBaseUnits() throws IOException {
    metrics.ticked(Reports.snapshot());

    assertThat(lines())
        .contains(
            "# HELP fadvised_pressure_ratio Memory pressure, from 0 (none) to 1 (full).",
            "# TYPE fadvised_pressure_ratio gauge",
            "fadvised_pressure_ratio 0.25",
            "fadvised_pressure_source_ratio{source=\"direct-reclaim\"} 0.125",
            "fadvised_pressure_events_total 7.0",
            "fadvised_memory_size_bytes 1000.0",
            "fadvised_memory_available_bytes 200.0",
            "fadvised_budget_bytes 300.0",
            "fadvised_resident_bytes 40.0",
            "fadvised_given_back_bytes 500.0",
            "# TYPE fadvised_evictions_total counter",
            "fadvised_evictions_total 8.0",
            "fadvised_released_bytes_total 6000.0",
            "fadvised_returned_bytes_total 500.0",
            "fadvised_slow_calls_total 3.0",
            "fadvised_rest_seconds_total 0.07",
            "fadvised_measuring_seconds_total 0.042",
            "fadvised_devices 0.0",
            "fadvised_unreadable_devices 1.0",
            "fadvised_hung_sweeps 1.0",
            "fadvised_abandoned_sweeps_total 2.0",
            "fadvised_paused 0.0",
            "fadvised_dry_run 1.0",
            "fadvised_last_tick_timestamp_seconds 1.7408304E9");
  }

  @Test
  void timesAreSummariesInSeconds() throws IOException {
    metrics.swept(Reports.sweep(false, Reason.Code.WITHIN_ALLOWANCE));
    metrics.called("mincore", 1_000_000);
    metrics.called("mincore", 3_000_000);
    metrics.hostProblem("unreadable");

    assertThat(lines())
        .contains(
            "# TYPE fadvised_sweep_duration_seconds summary",
            "fadvised_sweep_duration_seconds{quantile=\"0.99\"} 0.005",
            "fadvised_sweep_duration_seconds_count 1",
            "fadvised_sweep_duration_seconds_sum 0.005",
            "fadvised_system_call_duration_seconds{call=\"mincore\",quantile=\"0.99\"} 0.003",
            "fadvised_system_call_duration_seconds_count{call=\"mincore\"} 2",
            "fadvised_system_call_duration_seconds_sum{call=\"mincore\"} 0.004",
            "fadvised_skipped_total{reason=\"within-allowance\"} 1.0",
            "fadvised_host_problems_total 1.0");
  }

  @Test
  void figuresAreMeasuredForEachText() throws IOException {
    metrics.ticked(Reports.readableSnapshot());
    measured = Optional.of(Reports.readableSnapshot(Reports.device("loop3")));

    assertThat(lines()).anyMatch(line -> line.contains("device=\"loop3\""));
  }

  @Test
  void deviceHasTheValuesOfItsLastReport() throws IOException {
    metrics.ticked(Reports.snapshot(Reports.device("loop3")));

    assertThat(ofDevices())
        .containsExactlyInAnyOrder(
            "fadvised_device_info{backing_file=\"/srv/loop3.img\",device=\"loop3\",direct_io=\"off\"} 1",
            "fadvised_device_state{device=\"loop3\",state=\"managed\"} 1.0",
            "fadvised_device_size_bytes{device=\"loop3\"} 1.073741824E9",
            "fadvised_device_resident_bytes{device=\"loop3\"} 5242880.0",
            "fadvised_device_resident_error_bytes{device=\"loop3\"} 0.0",
            "fadvised_device_unmeasured_bytes{device=\"loop3\"} 0.0",
            "fadvised_device_dirty_bytes{device=\"loop3\"} 8192.0",
            "fadvised_device_writeback_bytes{device=\"loop3\"} 4096.0",
            "fadvised_device_allowance_bytes{device=\"loop3\"} 8388608.0",
            "fadvised_device_fill_bytes_per_second{device=\"loop3\"} 1000.9",
            "fadvised_device_interval_seconds{device=\"loop3\"} 3.0",
            "fadvised_device_last_sweep_timestamp_seconds{device=\"loop3\"} 1.7408304E9",
            "fadvised_device_sweeps_total{device=\"loop3\"} 4.0",
            "fadvised_device_released_bytes_total{device=\"loop3\"} 600.0",
            "fadvised_device_returned_bytes_total{device=\"loop3\"} 60.0");
  }

  @Test
  void containerAtItsLimitHasTheLabelsOfItsPod() throws IOException {
    metrics.ticked(Reports.snapshot());

    String labels =
        "{cgroup=\"%s\",container_id=\"%s\",pod_uid=\"6f1c2a3e-0b5d-4c7e-9f10-2a3b4c5d6e7f\"} "
            .formatted(Reports.CONTAINER.cgroup(), "0123456789abcdef".repeat(4));
    assertThat(lines())
        .contains(
            "fadvised_container_limit_bytes" + labels + "2.68435456E8",
            "fadvised_container_pressure_ratio" + labels + "0.75",
            "fadvised_container_resident_bytes" + labels + "5242880.0",
            "fadvised_container_released_bytes_total" + labels + "7.340032E8");
  }

  @Test
  void unknownValueIsAbsent() throws IOException {
    Residency byMincore = Residency.ofResident(4096);
    metrics.ticked(
        Reports.snapshot(
            Reports.newDevice("loop3"), Reports.device("loop4", "/srv/a.img", byMincore)));

    assertThat(ofDevices())
        .contains(
            "fadvised_device_info{backing_file=\"/srv/new.img\",device=\"loop3\"} 1",
            "fadvised_device_state{device=\"loop3\",state=\"new\"} 1.0",
            "fadvised_device_resident_bytes{device=\"loop4\"} 4096.0")
        .noneMatch(line -> line.matches(".*(resident|dirty|last_sweep).*loop3.*"))
        .noneMatch(line -> line.contains("dirty") || line.contains("writeback"))
        .noneMatch(line -> line.contains("} -") || line.contains("NaN"));
  }

  @Test
  void mountPointAndVolumeOfAPodAreLabels() throws IOException {
    Path init = Files.createDirectory(proc.resolve("1"));
    Files.writeString(
        init.resolve("mountinfo"),
        """
        30 1 7:3 / /mnt/first rw - xfs /dev/loop3 rw
        31 1 7:3 / %s/mount rw - xfs /dev/loop3 rw
        32 1 7:4 / /srv/web rw - xfs /dev/loop4 rw
        """
            .formatted(POD));
    DeviceReport inPod = Reports.device("loop5", POD + "/disk.img", Reports.MEASURED);
    metrics.ticked(Reports.snapshot(Reports.device("loop3"), Reports.device("loop4"), inPod));

    String pod = "pod_uid=\"0b5c5a0e-8d5a-4f0e-9f3a-6d1d6f1c2b3a\"";
    assertThat(ofDevices())
        .contains(
            "fadvised_device_sweeps_total{device=\"loop3\",mountpoint=\"%s/mount\",%s,volume=\"pvc-1\"} 4.0"
                .formatted(POD, pod),
            "fadvised_device_sweeps_total{device=\"loop4\",mountpoint=\"/srv/web\"} 4.0",
            "fadvised_device_sweeps_total{device=\"loop5\",%s,volume=\"pvc-1\"} 4.0"
                .formatted(pod));
  }

  @Test
  void backingFileMayHaveAnyName() throws IOException {
    metrics.ticked(
        Reports.snapshot(Reports.device("loop3", "/a\"b\\c\nd\uD83D\uDE00", Reports.MEASURED)));

    assertThat(ofDevices())
        .contains(
            "fadvised_device_info{backing_file=\"/a\\\"b\\\\\\\\c\\\\nd\uD83D\uDE00\",device=\"loop3\","
                + "direct_io=\"off\"} 1");
  }

  @Test
  void everyFamilyHasOneHelpInWords() throws IOException {
    metrics.called("mincore", 1);
    metrics.ticked(Reports.snapshot(Reports.device("loop3"), Reports.device("loop4")));
    List<String> helps = lines().stream().filter(line -> line.startsWith("# HELP ")).toList();

    assertThat(helps).doesNotHaveDuplicates().hasSizeGreaterThan(35);
    assertThat(helps).allMatch(line -> line.matches("# HELP fadvised_[a-z_]+ [A-Z0-9].* .*\\."));
  }

  /** The text of 10,000 devices has 10 MB, and the heap of the daemon is not much larger. */
  @Test
  void textOfManyDevicesIsNotHeldInMemory() throws IOException {
    metrics.ticked(Reports.snapshot(devices(10_000)));
    Peak peak = new Peak();

    exposition.writeTo(peak);

    assertThat(peak.written).isGreaterThan(8 << 20);
    assertThat(peak.maxBytesAtOnce).isLessThan(64 << 10);
  }

  @Test
  void piecesOfTheTextOfManyDevicesAreSmall() {
    Iterator<String> pieces = exposition.text(Reports.snapshot(devices(2_000)));

    int characters = 0;
    while (pieces.hasNext()) {
      String piece = pieces.next();
      assertThat(piece).hasSizeLessThan(32 << 10);
      characters += piece.length();
    }
    assertThat(characters).isGreaterThan(1 << 20);
  }

  @Test
  void familyOfManyDevicesHasOneHead() throws IOException {
    metrics.ticked(Reports.snapshot(devices(250)));

    List<String> lines = lines();
    int head = lines.indexOf("# TYPE fadvised_device_size_bytes gauge");
    assertThat(lines.subList(head + 1, head + 251))
        .allMatch(line -> line.startsWith("fadvised_device_size_bytes{device=\"loop"))
        .doesNotHaveDuplicates();
    assertThat(lines.stream().filter(line -> line.startsWith("#"))).doesNotHaveDuplicates();
  }

  private static DeviceReport[] devices(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Reports.device("loop" + i))
        .toArray(DeviceReport[]::new);
  }

  private List<String> lines() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    exposition.writeTo(text);
    return text.toString(UTF_8).lines().toList();
  }

  private List<String> ofDevices() throws IOException {
    return lines().stream().filter(line -> line.startsWith("fadvised_device_")).toList();
  }

  private static final class Peak extends java.io.OutputStream {
    private long written;
    private int maxBytesAtOnce;

    @Override
    public void write(int b) {
      written++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      written += length;
      maxBytesAtOnce = Math.max(maxBytesAtOnce, length);
    }
  }
}
