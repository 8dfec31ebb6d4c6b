package io.fadvised.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.fadvised.json.JsonText;
import io.fadvised.pagecache.Residency;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class EvictionResultTest {
  private static final long MIB = 1 << 20;

  @Test
  void jsonHasOneObjectForEachTarget() {
    String json =
        JsonText.formatted(
            EvictionJson.of(
                false,
                List.of(
                    result(resident(8 * MIB, 0), resident(2 * MIB, 2 * MIB)),
                    EvictionResult.failed("say \"no\"\n", false, "no such file"),
                    result(resident(MIB, 0), resident(MIB, 0), true))));

    Config object = ConfigFactory.parseString(json);
    assertThat(object.getInt("schemaVersion")).isEqualTo(1);
    assertThat(object.getBoolean("dryRun")).isFalse();
    List<? extends Config> results = object.getConfigList("targets");
    assertThat(results.get(0).getString("target")).isEqualTo("loop3");
    assertThat(results.get(0).getLong("residentBeforeBytes")).isEqualTo(8 * MIB);
    assertThat(results.get(0).getLong("residentAfterBytes")).isEqualTo(2 * MIB);
    assertThat(results.get(0).getLong("releasedBytes")).isEqualTo(6 * MIB);
    assertThat(results.get(0).getLong("measureMicros")).isEqualTo(1500);
    assertThat(results.get(0).getLong("evictMicros")).isEqualTo(3000);
    assertThat(results.get(0).getIsNull("error")).isTrue();
    assertThat(results.get(1).getString("target")).isEqualTo("say \"no\"\n");
    assertThat(results.get(1).getIsNull("releasedBytes")).isTrue();
    assertThat(results.get(1).getIsNull("measureMicros")).isTrue();
    assertThat(results.get(1).getString("error")).isEqualTo("no such file");
    assertThat(results.get(2).getIsNull("evictMicros")).isTrue();
  }

  @Test
  void releasedBytesAreNeverNegative() {
    assertThat(result(resident(MIB, 0), resident(2 * MIB, 0)).releasedBytes()).isZero();
  }

  @Test
  void completeEvictionIsOneSentence() {
    assertThat(EvictionText.of(result(resident(8 * MIB, 0), Residency.NONE)))
        .isEqualTo("loop3: released 8 MiB of 8 MiB");
  }

  @Test
  void dirtyBytesThatStayedAreReportedWithTheReason() {
    assertThat(EvictionText.of(result(resident(8 * MIB, 0), resident(3 * MIB, 2 * MIB))))
        .isEqualTo(
            "loop3: released 5 MiB of 8 MiB; 3 MiB stayed: 2 MiB dirty, the rest is mapped, in"
                + " use or new; writing has started, evict again later");
  }

  @Test
  void unknownDirtyBytesAreNotGuessed() {
    assertThat(EvictionText.of(result(Residency.ofResident(MIB), Residency.ofResident(MIB))))
        .endsWith("1 MiB stayed: dirty, mapped, in use or new");
  }

  @Test
  void dryRunIsReported() {
    Residency before = resident(8 * MIB, 0);
    EvictionResult result = result(before, before, true);

    assertThat(EvictionText.of(result))
        .isEqualTo("loop3: 8 MiB resident, nothing evicted (dry run)");
  }

  @Test
  void controlCharactersOfATargetAreEscaped() {
    assertThat(EvictionText.of(EvictionResult.failed("\u001b[2J\n", false, "no such file")))
        .isEqualTo("\\u001b[2J\\n: no such file");
  }

  private static EvictionResult result(Residency before, Residency after) {
    return result(before, after, false);
  }

  private static EvictionResult result(Residency before, Residency after, boolean dryRun) {
    return new EvictionResult(
        "loop3",
        Optional.of(before),
        Optional.of(after),
        Duration.ofNanos(1_500_900),
        Duration.ofMillis(3),
        dryRun,
        Optional.empty());
  }

  private static Residency resident(long bytes, long dirtyBytes) {
    return new Residency(bytes, OptionalLong.of(dirtyBytes), OptionalLong.of(0));
  }
}
