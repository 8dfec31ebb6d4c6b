package io.fadvised.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fadvised.fuzz.Bounds;
import io.fadvised.fuzz.Pieces;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class LoopScannerFuzzTest {
  private static final String PATH = "loop/backing_file";

  /** The attributes with valid values. */
  private static final Map<String, String> ATTRIBUTES =
      Map.of(
          PATH,
          "/a",
          "loop/offset",
          "0",
          "loop/sizelimit",
          "0",
          "loop/dio",
          "0",
          "size",
          "2048",
          "ro",
          "0",
          "queue/logical_block_size",
          "512",
          "diskseq",
          "1");

  @TempDir private Path root;
  private SysFixture sys;

  @BeforeEach
  void attach() {
    sys = new SysFixture(root);
    sys.attach("loop0", "/a", 1 << 20);
    sys.attach("loop1", "/b", 1 << 20);
  }

  @FuzzTest
  void anyAttributeIsParsedOrReportedAsAProblem(byte[] input) throws Exception {
    List<String> pieces = Pieces.of(input, 2);
    String attribute = ATTRIBUTES.containsKey(pieces.get(0)) ? pieces.get(0) : PATH;
    sys.write("loop0", attribute, pieces.get(1));

    LoopScan scan = Bounds.within(() -> new LoopScanner(root).scan(Map.of()));

    assertThat(scan.devices()).extracting(LoopDevice::name).contains("loop1");
    scan.problems().forEach(problem -> Bounds.assertPrintable(problem.message()));
    scan.devices().forEach(LoopScannerFuzzTest::assertPossible);
    if (attribute.equals(PATH)) {
      assertThat(scan.problems()).isEmpty();
    } else {
      assertThat(scan.devices().size() + scan.problems().size()).isEqualTo(2);
    }
    sys.set("loop0", attribute, ATTRIBUTES.get(attribute));
  }

  private static void assertPossible(LoopDevice device) {
    Bounds.assertPrintable(device.backingPath().toString());
    assertThat(device.backingPath().bytes()).hasSizeBetween(0, 4096);
    assertThat(device.offsetBytes()).isNotNegative();
    assertThat(device.sizeLimitBytes()).isNotNegative();
    assertThat(device.sizeBytes()).isNotNegative();
    assertThat(device.logicalBlockBytes()).isPositive();
    assertThat(device.isSameAttachment(device)).isTrue();
  }
}
