package io.fadvised.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.fadvised.pressure.Psi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupTreeTest {
  private static final long MIB = 1L << 20;

  @TempDir private Path directory;
  private Path proc;
  private Path sys;
  private CgroupTree tree;

  @BeforeEach
  void makeTree() {
    proc = directory.resolve("proc");
    sys = directory.resolve("sys");
    tree = new CgroupTree(proc, sys);
  }

  private CgroupFixture unified() {
    return CgroupFixture.unified(sys.resolve("fs/cgroup"));
  }

  private Cgroup only() throws IOException {
    tree.walk();
    assertThat(tree.limited()).hasSize(1);
    return tree.limited().iterator().next();
  }

  @Test
  void walkFindsCgroupsWithALimitOfTheirOwn() throws IOException {
    CgroupFixture cgroups = unified();
    cgroups
        .make("a.slice")
        .make("a.slice/free.scope")
        .make("a.slice/max.scope", 256 * MIB)
        .make("a.slice/max.scope/inner", 64 * MIB)
        .make("high");
    cgroups.write("high/memory.high", "1048576\n");

    tree.walk();

    assertThat(tree.limited())
        .extracting(Cgroup::path)
        .containsExactlyInAnyOrder("/a.slice/max.scope", "/a.slice/max.scope/inner", "/high");
    assertThat(tree.ownLowerCache()).isTrue();
  }

  @Test
  void sampleHasTheCountersOfVersionTwo() throws IOException {
    CgroupFixture cgroups = unified().make("pod", 256 * MIB);
    cgroups.strike("pod");
    cgroups.refault("pod", 1234);
    cgroups.stall("pod", 5678);
    cgroups.io("pod", "7:3", 4096, 512);

    Cgroup pod = only();

    assertThat(pod.strikes()).isEqualTo(1);
    assertThat(pod.sample())
        .isEqualTo(
            new CgroupSample(
                256 * MIB,
                1234,
                1234,
                4096000,
                8192000,
                Optional.of(new Psi(5678)),
                Map.of("loop3", 4608L)));
  }

  @Test
  void countersAreReadAnewAfterARest() throws IOException {
    CgroupFixture cgroups = unified().make("pod", MIB);
    Cgroup pod = only();
    pod.sample();
    cgroups.strike("pod");
    cgroups.refault("pod", 1);
    assertThat(pod.strikes()).isEqualTo(1);
    assertThat(pod.sample().refaultedPages()).isEqualTo(1);

    pod.rest();
    cgroups.strike("pod");
    cgroups.refault("pod", 1);

    assertThat(pod.strikes()).isEqualTo(2);
    assertThat(pod.sample().refaultedPages()).isEqualTo(2);
  }

  @Test
  void lowerLimitOfTwoCounts() throws IOException {
    CgroupFixture cgroups = unified().make("pod", 256 * MIB);
    cgroups.write("pod/memory.high", Long.toString(128 * MIB));

    assertThat(only().sample().limitBytes()).isEqualTo(128 * MIB);
  }

  @Test
  void cgroupWithoutTheIoControllerUsesNoDevices() throws IOException {
    unified().make("pod", MIB);
    Files.delete(sys.resolve("fs/cgroup/pod/io.stat"));
    Files.delete(sys.resolve("fs/cgroup/pod/memory.pressure"));

    CgroupSample sample = only().sample();

    assertThat(sample.ioBytes()).isEmpty();
    assertThat(sample.stall()).isEmpty();
  }

  @Test
  void deviceNameComesFromSysfsWherePartitionsTakeMinorNumbers() throws IOException {
    CgroupFixture cgroups = unified().make("pod", MIB);
    cgroups.io("pod", "7:16", 1, 0);
    Files.createDirectories(sys.resolve("dev/block"));
    Files.createSymbolicLink(
        sys.resolve("dev/block/7:16"), Path.of("../../devices/virtual/block/loop1"));

    assertThat(only().sample().ioBytes()).containsOnlyKeys("loop1");
  }

  @Test
  void versionOneHasRefaultsAndStrikesOnly() throws IOException {
    CgroupFixture cgroups =
        CgroupFixture.legacy(sys.resolve("fs/cgroup")).make("free").make("pod", 96 * MIB);
    cgroups.strike("pod");
    cgroups.refault("pod", 50);

    Cgroup pod = only();

    assertThat(pod.strikes()).isEqualTo(1);
    assertThat(pod.sample())
        .isEqualTo(new CgroupSample(96 * MIB, 50, 0, 0, 0, Optional.empty(), Map.of()));
    assertThat(tree.ownLowerCache()).isFalse();
  }

  @Test
  void lowerCacheIsTheRootsBeforeLinux514() throws IOException {
    unified().make("pod", MIB);
    Files.delete(sys.resolve("fs/cgroup/pod/cgroup.kill"));

    tree.walk();

    assertThat(tree.limited()).hasSize(1);
    assertThat(tree.ownLowerCache()).isFalse();
  }

  @Test
  void treeOfTheHostIsReadThroughTheRootOfProcessOne() throws IOException {
    CgroupFixture.unified(proc.resolve("1/root/sys/fs/cgroup"))
        .make("kubepods")
        .make("kubepods/pod", MIB);
    unified().make("own", MIB);

    assertThat(only().path()).isEqualTo("/kubepods/pod");
  }

  @Test
  void nothingIsFoundWithoutTheMemoryController() throws IOException {
    unified().make("pod", MIB).write("cgroup.controllers", "cpu io\n");

    tree.walk();

    assertThat(tree.limited()).isEmpty();
    assertThat(tree.hasChanged()).isFalse();
  }

  @Test
  void changeIsNoticedByTheNumberOfCgroups() throws IOException {
    CgroupFixture cgroups = unified().make("pod", MIB);
    tree.walk();
    assertThat(tree.hasChanged()).isFalse();

    cgroups.make("pod2", MIB);

    assertThat(tree.hasChanged()).isTrue();
    tree.walk();
    assertThat(tree.hasChanged()).isFalse();
    assertThat(tree.limited()).hasSize(2);
  }

  @Test
  void cgroupThatIsRemovedCannotBeRead() throws IOException {
    CgroupFixture cgroups = unified().make("pod", MIB);
    Cgroup pod = only();
    cgroups.remove("pod");

    assertThatIOException().isThrownBy(pod::sample);
    tree.walk();
    assertThat(tree.limited()).isEmpty();
  }
}
