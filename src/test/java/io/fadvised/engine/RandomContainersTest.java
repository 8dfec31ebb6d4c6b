package io.fadvised.engine;

import static io.fadvised.engine.TestHost.MIB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fadvised.linux.FakeFile;
import io.fadvised.policy.SweepPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A hundred containers with random limits, each with a device; any of them may thrash. */
class RandomContainersTest {
  private static final int CONTAINERS = 100;
  private static final int SECONDS = 40;

  @RegisterExtension final TestHost host = new TestHost();

  private record Container(String cgroup, String loop, FakeFile file, long limitBytes) {
    long pressedBytes() {
      return Math.max(SweepPolicy.WORTH_BYTES, limitBytes / 100);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void onlyContainersAtTheirLimitsLoseLowerCacheAndSoon(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Container> containers = new ArrayList<>();
    for (int i = 0; i < CONTAINERS; i++) {
      containers.add(make(i, random.nextLong(16 * MIB, 512 * MIB)));
    }
    boolean[] isShort = new boolean[CONTAINERS];
    int[] secondsShort = new int[CONTAINERS];
    boolean[] everShort = new boolean[CONTAINERS];
    host.start("budget.relaxed=64GiB");
    host.tick();

    for (int second = 0; second < SECONDS; second++) {
      for (int i = 0; i < CONTAINERS; i++) {
        isShort[i] ^= random.nextInt(10) == 0;
        secondsShort[i] = isShort[i] ? secondsShort[i] + 1 : 0;
        everShort[i] |= isShort[i];
        read(containers.get(i), isShort[i], random.nextLong(MIB, 8 * MIB));
      }
      host.tickAfterSeconds(1);

      assertThat(host.snapshot().pressure().level()).isZero();
      for (int i = 0; i < CONTAINERS; i++) {
        Container container = containers.get(i);
        long resident = container.file().residentBytes();
        if (!everShort[i]) {
          assertThat(resident).as(container.loop()).isEqualTo(8 * MIB);
          assertThat(host.report(container.loop()).totals().evictions()).isZero();
        } else if (secondsShort[i] > 2) {
          assertThat(resident).as(container.loop()).isLessThanOrEqualTo(container.pressedBytes());
        }
      }
    }
    assertThat(host.adviceCalls()).isPositive();
  }

  private Container make(int number, long limitBytes) {
    String cgroup = "pod" + number;
    String loop = "loop" + number;
    FakeFile file = host.attach(loop, "/srv/" + loop, 64 * MIB);
    host.read(loop, 0, 8 * MIB);
    host.cgroups().make(cgroup, limitBytes);
    return new Container(cgroup, loop, file, limitBytes);
  }

  private void read(Container container, boolean isShort, long bytes) {
    String number = container.loop().substring("loop".length());
    host.read(container.loop(), 0, bytes);
    host.cgroups().io(container.cgroup(), "7:" + number, bytes, 0);
    if (isShort) {
      host.cgroups().strike(container.cgroup());
      host.cgroups().refault(container.cgroup(), 2_000);
      host.addRefaultsOfContainer(2_000);
    }
  }
}
