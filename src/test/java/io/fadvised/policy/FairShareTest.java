package io.fadvised.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FairShareTest {
  private static final int CASES = 5_000;

  /** One division to check. */
  private record Case(long budget, List<Long> idle, int busy) {

    static Case random(Random random) {
      long budget = random.nextBoolean() ? random.nextInt(1000) : random.nextLong() >>> 4;
      long max = Math.max(1, budget / (1 + random.nextInt(10)));
      List<Long> idle = random.longs(random.nextInt(20), 0, max + 1).boxed().toList();
      return new Case(budget, idle, random.nextInt(20));
    }

    long allowance() {
      return FairShare.allowanceBytes(budget, longs(idle), busy);
    }

    int devices() {
      return idle.size() + busy;
    }

    /** Sums idle devices' bytes up to the allowance, and the whole allowance of busy devices. */
    long held() {
      long allowance = allowance();
      return idle.stream().mapToLong(held -> Math.min(held, allowance)).sum() + busy * allowance;
    }
  }

  private static long[] longs(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // budget | bytes of idle devices | busy devices | allowance of each
        "100 |          | 0 | 100",
        "100 |          | 1 | 100",
        "100 |          | 4 | 25",
        "100 | 10       | 1 | 90",
        "100 | 10 10    | 2 | 40",
        "100 | 90       | 1 | 50",
        "100 | 10 80    | 1 | 45",
        "100 | 80 10    | 1 | 45",
        "100 | 0 0 0    | 1 | 100",
        "100 | 50       | 0 | 100",
        "100 | 100      | 0 | 100",
        "100 | 150      | 0 | 100",
        "0   | 10       | 3 | 0",
        "0   | 0        | 3 | 0",
        "2   |          | 3 | 0",
      })
  void allowanceIsAnEqualShareOfTheBytesThatSmallDevicesLeave(
      long budget, String idle, int busy, long allowance) {
    List<Long> held =
        idle == null ? List.of() : Arrays.stream(idle.split(" ")).map(Long::valueOf).toList();

    assertThat(new Case(budget, held, busy).allowance()).isEqualTo(allowance);
  }

  @Test
  void devicesTogetherNeverExceedTheBudget() {
    Random random = new Random(1);
    for (int i = 0; i < CASES; i++) {
      Case one = Case.random(random);
      assertThat(one.held()).as("%s", one).isBetween(0L, one.budget());
    }
  }

  @Test
  void noDeviceGetsLessThanAnEqualShare() {
    Random random = new Random(2);
    for (int i = 0; i < CASES; i++) {
      Case one = Case.random(random);
      long equal = one.budget() / Math.max(1, one.devices());
      assertThat(one.allowance()).as("%s", one).isGreaterThanOrEqualTo(equal);
    }
  }

  @Test
  void noDeviceGetsMoreThanAnEqualShareUnlessOthersNeedLess() {
    Random random = new Random(3);
    for (int i = 0; i < CASES; i++) {
      Case one = Case.random(random);
      long equal = one.budget() / Math.max(1, one.devices());
      boolean othersNeedLess = one.idle().stream().anyMatch(held -> held <= equal);
      if (!othersNeedLess) {
        assertThat(one.allowance()).as("%s", one).isEqualTo(equal);
      }
    }
  }

  @Test
  void budgetIsUsedUpWhileADeviceNeedsMore() {
    Random random = new Random(4);
    for (int i = 0; i < CASES; i++) {
      Case one = Case.random(random);
      long allowance = one.allowance();
      boolean wanted = one.busy() > 0 || one.idle().stream().anyMatch(h -> h > allowance);
      if (wanted) {
        assertThat(one.budget() - one.held()).as("%s", one).isLessThan(one.devices());
      }
    }
  }

  @Test
  void allowanceNeverShrinksWithTheBudgetNorGrowsWithTheDevices() {
    Random random = new Random(5);
    for (int i = 0; i < CASES; i++) {
      Case one = Case.random(random);
      Case richer = new Case(one.budget() + random.nextInt(1000), one.idle(), one.busy());
      Case fuller = new Case(one.budget(), one.idle(), one.busy() + 1);
      assertThat(richer.allowance()).as("%s", one).isGreaterThanOrEqualTo(one.allowance());
      assertThat(fuller.allowance()).as("%s", one).isLessThanOrEqualTo(one.allowance());
    }
  }

  @Test
  void arrayOfTheCallerIsNotModified() {
    long[] held = {30, 10, 20};

    FairShare.allowanceBytes(100, held, 1);

    assertThat(held).containsExactly(30, 10, 20);
  }
}
