package io.fadvised.it;

import static io.fadvised.it.DataFiles.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fadvised.engine.Clock;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.LinuxKernel;
import io.fadvised.linux.OpenFile;
import io.fadvised.linux.PinnedPages;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Measurement;
import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.UnmeasurableException;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Requires(programs = {"mkfs.ext4", "mkfs.xfs", "mkfs.btrfs", "setpriv"})
@Timeout(60)
class ResidencyIT {
  @RegisterExtension final Scratch scratch = new Scratch();

  private final LinuxKernel kernel = new LinuxKernel();

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "xfs", "btrfs"})
  void cachestatIsChosenOnDiskFilesystemsAndMatchesFincore(String filesystem) throws Exception {
    Path file = partlyResident(scratch.filesystem(filesystem).resolve("data"));

    assertThat(chosen(file)).isEqualTo("cachestat");
    assertThat(measured(file)).isEqualTo(DataFiles.residentBytes(file)).isEqualTo(6 * MIB);
  }

  @Test
  void mincoreIsChosenOnAnOverlayAndMatchesFincore() throws Exception {
    Path file = partlyResident(scratch.overlay().resolve("data"));

    assertThat(chosen(file)).isEqualTo("mincore");
    assertThat(measured(file)).isEqualTo(DataFiles.residentBytes(file)).isEqualTo(6 * MIB);
  }

  @Test
  void fileOfSeveralWindowsIsLocatedWhereResident() throws Exception {
    Path file = DataFiles.sparse(scratch.filesystem("ext4").resolve("data"), 500);
    for (int mebibyte : new int[] {0, 127, 300, 499}) {
      DataFiles.writeZeros(file, mebibyte, 1);
    }
    Commands.run("sync", file);

    try (OpenFile open = open(file)) {
      ByteRange range = ByteRange.ofFile(500 * MIB);
      Measurement measured = measure(kernel, open, range);
      assertThat(measured.probe()).isEqualTo("cachestat");
      assertThat(measured.total().residentBytes())
          .isEqualTo(DataFiles.residentBytes(file))
          .isEqualTo(4 * MIB);
      assertThat(Region.ranges(measured.regions()))
          .containsExactly(
              new ByteRange(0, 128 * MIB),
              new ByteRange(300 * MIB, 4 * MIB),
              new ByteRange(496 * MIB, 4 * MIB));
    }
  }

  @Test
  void otherUserGetsAnErrorInsteadOfFullResidency() throws Exception {
    Path file = partlyResident(scratch.file("data"));

    Commands.run("chmod", "644", file);
    assertThat(measuredAsNobody(file)).startsWith("unmeasurable: the kernel hides residency");
    Commands.run("chmod", "666", file);
    assertThat(measuredAsNobody(file)).isEqualTo("resident: " + 6 * MIB);
    Commands.run("chmod", "444", file);
    Commands.run("chown", "nobody", file);
    assertThat(measuredAsNobody(file)).isEqualTo("resident: " + 6 * MIB);
  }

  @Test
  void unmappedOwnerOfAnIdmappedMountIsReportedInsteadOfFullResidency() throws Exception {
    Path directory = scratch.filesystem("ext4");
    Path file = partlyResident(directory.resolve("data"));
    Commands.run("chown", "5000:5000", file);
    Path seen = IdmappedMount.of(scratch, directory).resolve("data");

    for (Kernel kernel : List.of(new LinuxKernel(), OlderKernel.withoutCachestat())) {
      assertThatExceptionOfType(UnmeasurableException.class)
          .isThrownBy(() -> measured(kernel, seen));
      assertThat(measured(kernel, file)).isEqualTo(6 * MIB);
    }
    assertThat(chosen(file)).isEqualTo("cachestat");
  }

  @Test
  void smallFilesOnAnOverlayAreCountedExactly() throws Exception {
    Path overlay = scratch.overlay();
    Path full = DataFiles.writeClean(overlay.resolve("full"), 64);
    Path sparse = DataFiles.sparse(overlay.resolve("sparse"), 200);
    DataFiles.writeZeros(sparse, 5, 6);
    Commands.run("sync", sparse);

    scratch.later(PinnedPages.of(full)::close);
    for (int round = 0; round < 200; round++) {
      assertThat(measured(full)).isEqualTo(64 * MIB);
      try (OpenFile open = open(sparse)) {
        assertThat(measure(kernel, open, wholeOf(open)).total().isExact()).isTrue();
      }
    }
  }

  /** Copies the classes, because the user nobody may not read the build directory. */
  private String measuredAsNobody(Path file) throws Exception {
    List<String> classPath = new ArrayList<>();
    for (Class<?> needed :
        List.of(ResidencyOfOneFile.class, LinuxKernel.class, com.sun.jna.Native.class)) {
      Path source = Path.of(needed.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path copy =
          scratch.directory("class-path").resolve(classPath.size() + source.toFile().getName());
      Commands.run("cp", "-rT", source, copy);
      Commands.run("chmod", "-R", "a+rX", copy);
      classPath.add(copy.toString());
    }
    Path home = scratch.directory("home");
    Commands.run("chmod", "1777", home);
    return Commands.run(
        "setpriv",
        "--reuid=nobody",
        "--regid=65534",
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all",
        ProcessHandle.current().info().command().orElseThrow(),
        "-Djna.nosys=true",
        "-Djna.tmpdir=" + home,
        "-cp",
        String.join(File.pathSeparator, classPath),
        ResidencyOfOneFile.class.getName(),
        file);
  }

  private static Path partlyResident(Path file) {
    DataFiles.sparse(file, 24);
    DataFiles.writeZeros(file, 5, 6);
    Commands.run("sync", file);
    return file;
  }

  private String chosen(Path file) throws Exception {
    try (OpenFile open = open(file)) {
      return measure(kernel, open, wholeOf(open)).probe();
    }
  }

  private long measured(Path file) throws Exception {
    return measured(kernel, file);
  }

  private long measured(Kernel kernel, Path file) throws Exception {
    try (OpenFile open = open(file)) {
      return measure(kernel, open, wholeOf(open)).total().residentBytes();
    }
  }

  private ByteRange wholeOf(OpenFile open) throws Exception {
    return ByteRange.ofFile(kernel.stat(open).sizeBytes());
  }

  private static Measurement measure(Kernel kernel, OpenFile open, ByteRange range)
      throws Exception {
    return Measurement.of(
        kernel,
        open,
        kernel.stat(open),
        range,
        new MeasuringMemory(0),
        Duration.ofMillis(20),
        Clock.system()::processorNanos);
  }

  private OpenFile open(Path file) throws Exception {
    try (OpenFile located = kernel.locate(file.toString().getBytes(StandardCharsets.UTF_8))) {
      return kernel.openLocated(located);
    }
  }
}
