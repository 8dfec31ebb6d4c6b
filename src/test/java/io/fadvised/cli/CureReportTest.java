package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.cli.cure.CureRun;
import io.fadvised.directio.Attachments;
import io.fadvised.directio.Cause;
import io.fadvised.directio.Diagnosis;
import io.fadvised.doctor.DeviceFindings;
import io.fadvised.pagecache.Residency;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CureReportTest {
  private static final long MIB = 1 << 20;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CureReport report = new CureReport(new PrintWriter(out), new PrintWriter(err), 200);

  private static DeviceFindings cached(long residentBytes) {
    return new DeviceFindings(
        Attachments.named("loop3"),
        Optional.empty(),
        Optional.of(Residency.ofResident(residentBytes)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Diagnosis(Cause.DIRECT, "words", false, List.of()));
  }

  @ParameterizedTest
  @CsvSource({"26, true", "1, false", "0, false"})
  void restOfTheLowerCacheIsNamedWithItsCommand(long restMib, boolean named) {
    report.cured(
        cached(30 * MIB),
        cached(restMib * MIB),
        new CureRun.Outcome(CureRun.Result.CURED, "", List.of()));

    assertThat(out.toString()).startsWith("loop3: cured: direct I/O is on, sector size 512, lower");
    assertThat(out.toString().contains("run \"fadvised evict loop3\"")).isEqualTo(named);
  }

  @Test
  void failureIsReportedWithWhatIsNotAsBefore() {
    report.notCured(
        "loop3", new CureRun.Outcome(CureRun.Result.CHANGED, "it failed", List.of("/mnt is not")));

    assertThat(err)
        .hasToString(
            "fadvised: loop3: not cured: it failed\nfadvised: loop3: not as before: /mnt is not\n");
  }
}
