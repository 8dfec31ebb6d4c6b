package io.fadvised.loop;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoopScannerTest {
  private static final long MIB = 1L << 20;

  @TempDir private Path root;
  private SysFixture sys;
  private LoopScanner scanner;

  @BeforeEach
  void prepare() {
    sys = new SysFixture(root);
    scanner = new LoopScanner(root);
  }

  private LoopScan scan() throws IOException {
    return scanner.scan(Map.of());
  }

  private LoopDevice only() throws IOException {
    LoopScan scan = scan();
    assertThat(scan.problems()).isEmpty();
    assertThat(scan.devices()).hasSize(1);
    return scan.devices().get(0);
  }

  @Test
  void everyAttributeOfADeviceIsRead() throws IOException {
    sys.attach("loop3", "/srv/a.img", 10 * MIB);
    sys.set("loop3", "loop/offset", "1048576");
    sys.set("loop3", "loop/sizelimit", "8388608");
    sys.set("loop3", "loop/dio", "1");
    sys.set("loop3", "ro", "1");
    sys.set("loop3", "queue/logical_block_size", "4096");
    sys.set("loop3", "diskseq", "77");

    assertThat(only())
        .isEqualTo(
            new LoopDevice(
                "loop3",
                BackingPath.of("/srv/a.img"),
                1048576,
                8388608,
                10 * MIB,
                true,
                Optional.of(true),
                4096,
                OptionalLong.of(77)));
  }

  @Test
  void hostWithoutLoopDevicesHasAnEmptyScan() throws IOException {
    assertThat(scan()).isEqualTo(new LoopScan(List.of(), List.of()));
  }

  @Test
  void unattachedDevicesAreNeitherListedNorProblems() throws IOException {
    sys.unattached("loop0");
    sys.attach("loop1", "/a", MIB);
    sys.detach("loop1");

    assertThat(scan().devices()).isEmpty();
    assertThat(scan().problems()).isEmpty();
  }

  @Test
  void missingDioAttributeMeansNoDirectIo() throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.without("loop0", "loop/dio");

    assertThat(only().directIo()).isEmpty();
    assertThat(only().hasDirectIo()).isFalse();
  }

  @Test
  void missingDiskseqIsEmpty() throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.without("loop0", "diskseq");

    assertThat(only().diskSequence()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "loop/offset, abc",
    "loop/offset, -1",
    "loop/offset, 99999999999999999999",
    "loop/offset, ''",
    "loop/sizelimit, 0x10",
    "loop/dio, yes",
    "size, -8",
    "size, 9223372036854775807",
    "ro, ?",
    "queue/logical_block_size, 4294967296",
    "queue/logical_block_size, 0",
    "diskseq, '1 2'",
  })
  void malformedNumberIsAProblemOfThatDeviceOnly(String attribute, String content)
      throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.attach("loop1", "/b", MIB);
    sys.set("loop0", attribute, content);

    LoopScan scan = scan();

    assertThat(scan.devices()).extracting(LoopDevice::name).containsExactly("loop1");
    assertThat(scan.problems()).extracting(LoopScan.Problem::device).containsExactly("loop0");
    assertThat(scan.problems().get(0).message()).startsWith("sysfs entry unreadable: ");
  }

  @Test
  void problemQuotesTheAttributeAndItsValue() throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.set("loop0", "loop/offset", "\u001b[31mred");

    assertThat(scan().problems().get(0).message())
        .isEqualTo("sysfs entry unreadable: loop0/loop/offset holds \"\\u001b[31mred\"");
  }

  @Test
  void missingAttributeIsNamed() throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.without("loop0", "loop/offset");

    assertThat(scan().problems())
        .containsExactly(
            new LoopScan.Problem("loop0", "sysfs entry unreadable: loop0/loop/offset is missing"));
  }

  @Test
  void unreadableAttributeIsAProblemOfThatDeviceOnly() throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.attach("loop1", "/b", MIB);
    sys.makeUnreadable("loop0", "size");

    assertThat(scan().devices()).extracting(LoopDevice::name).containsExactly("loop1");
    assertThat(scan().problems()).extracting(LoopScan.Problem::device).containsExactly("loop0");
  }

  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void deviceDetachedDuringTheScanIsNotListed() throws Exception {
    sys.attach("loop0", "/a", MIB);
    sys.without("loop0", "loop/backing_file");
    Path pipe = root.resolve("block/loop0/loop/backing_file");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    CompletableFuture<LoopScan> scan =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return scan();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    try (OutputStream out = Files.newOutputStream(pipe)) { // the scanner has opened it by now
      sys.detach("loop0");
      out.write("/a\n".getBytes(ISO_8859_1));
    }

    assertThat(scan.get(20, TimeUnit.SECONDS).devices()).isEmpty();
    assertThat(scan.get().problems()).isEmpty();
  }

  @Test
  void deviceWithAnEmptyBackingFileIsNotListed() throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.write("loop0", "loop/backing_file", "");

    assertThat(scan().devices()).isEmpty();
    assertThat(scan().problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/with two  spaces ",
        "/with\nnewline\n",
        "/gone.img (deleted)",
        "/not-utf8-\u00ff\u00fe",
        "/\t\u001b[2J",
        "relative.img",
      })
  void backingPathMayHaveAnyBytes(String path) throws IOException {
    sys.attach("loop0", path, MIB);

    assertThat(only().backingPath().bytes()).isEqualTo(path.getBytes(ISO_8859_1));
  }

  @Test
  void backingPathMayFillThePage() throws IOException {
    String path = "/" + "x".repeat(4094);
    sys.attach("loop0", path, MIB);

    assertThat(only().backingPath().raw()).isEqualTo(path);
  }

  /** Longer than any attribute of sysfs; /dev/zero has no end. */
  @ParameterizedTest
  @Timeout(20)
  @ValueSource(
      strings = {
        "loop/backing_file",
        "loop/offset",
        "loop/dio",
        "size",
        "queue/logical_block_size",
        "diskseq"
      })
  void tooLongAttributeIsAProblemOfThatDeviceOnly(String attribute) throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.attach("loop1", "/b", MIB);
    sys.attach("loop2", "/c", MIB);
    sys.set("loop0", attribute, "7".repeat(8 << 20));
    Path endless = sys.root().resolve("block/loop1").resolve(attribute);
    Files.delete(endless);
    Files.createSymbolicLink(endless, Path.of("/dev/zero"));

    LoopScan scan = scan();

    assertThat(scan.devices()).extracting(LoopDevice::name).containsExactly("loop2");
    assertThat(scan.problems()).extracting(LoopScan.Problem::device).contains("loop0", "loop1");
    assertThat(scan.problems().get(0).message())
        .isEqualTo("sysfs entry unreadable: loop0/" + attribute + " has more than 4096 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"loop0p1", "loop", "loop-control", "loopback", "loop12345678", "xloop0"})
  void otherNameIsNotALoopDevice(String name) throws IOException {
    sys.attach(name, "/a", MIB);

    assertThat(scan().devices()).isEmpty();
    assertThat(scan().problems()).isEmpty();
  }

  @Test
  void devicesAreSortedByNumber() throws IOException {
    for (String name : new String[] {"loop10", "loop2", "loop1", "loop0", "loop100"}) {
      sys.attach(name, "/a", MIB);
    }

    assertThat(scan().devices())
        .extracting(LoopDevice::name)
        .containsExactly("loop0", "loop1", "loop2", "loop10", "loop100");
  }

  @Test
  void knownDeviceWithTheSameDiskseqIsNotReadAgain() throws IOException {
    sys.attach("loop0", "/a", MIB);
    LoopDevice known = only();
    sys.set("loop0", "loop/offset", "broken");

    LoopScan scan = scanner.scan(Map.of("loop0", known));

    assertThat(scan.devices()).containsExactly(known);
    assertThat(scan.problems()).isEmpty();
  }

  @Test
  void resizedKnownDeviceIsReadAgain() throws IOException {
    sys.attach("loop0", "/a", MIB);
    LoopDevice known = only();
    sys.set("loop0", "size", Long.toString(2 * MIB / 512));

    assertThat(scanner.scan(Map.of("loop0", known)).devices())
        .extracting(LoopDevice::sizeBytes)
        .containsExactly(2 * MIB);
  }

  @Test
  void scanComparesTheSizeOfAThousandKnownDevicesAndTheNextOneThatOfTheOthers() throws IOException {
    for (int i = 0; i < 1001; i++) {
      sys.attach("loop" + i, "/srv/" + i, MIB);
    }
    Map<String, LoopDevice> known =
        scan().devices().stream().collect(Collectors.toMap(LoopDevice::name, same -> same));
    for (String device : known.keySet()) {
      sys.set(device, "size", "4096");
    }

    List<String> resized = resized(scanner.scan(known));
    assertThat(resized).hasSize(1000);
    assertThat(resized(scanner.scan(known))).containsAnyElementsOf(missing(known, resized));
  }

  private static List<String> resized(LoopScan scan) {
    return scan.devices().stream()
        .filter(device -> device.sizeBytes() != MIB)
        .map(LoopDevice::name)
        .toList();
  }

  private static List<String> missing(Map<String, LoopDevice> known, List<String> found) {
    return known.keySet().stream().filter(name -> !found.contains(name)).toList();
  }

  @Test
  void knownDeviceWhoseFileWasRenamedIsReadAgain() throws IOException {
    sys.attach("loop0", "/srv/a", MIB);
    LoopDevice known = only();
    sys.set("loop0", "loop/backing_file", "/srv/keep/a");

    LoopDevice renamed = scanner.scan(Map.of("loop0", known)).devices().get(0);

    assertThat(renamed.backingPath()).isEqualTo(BackingPath.of("/srv/keep/a"));
    assertThat(known.isSameAttachment(renamed)).isTrue();
  }

  @Test
  void knownDeviceWithAnotherDiskseqIsReadAgain() throws IOException {
    sys.attach("loop0", "/a", MIB);
    LoopDevice known = only();
    sys.attach("loop0", "/b", MIB);

    assertThat(scanner.scan(Map.of("loop0", known)).devices())
        .extracting(device -> device.backingPath().raw())
        .containsExactly("/b");
  }

  @Test
  void knownDeviceWithoutDiskseqIsAlwaysReadAgain() throws IOException {
    sys.attach("loop0", "/a", MIB);
    sys.without("loop0", "diskseq");
    LoopDevice known = only();
    sys.set("loop0", "size", "4096");

    assertThat(scanner.scan(Map.of("loop0", known)).devices().get(0).sizeBytes())
        .isEqualTo(4096 * 512);
  }

  @Test
  void detachedKnownDeviceIsNotListed() throws IOException {
    sys.attach("loop0", "/a", MIB);
    LoopDevice known = only();
    sys.detach("loop0");

    assertThat(scanner.scan(Map.of("loop0", known)).devices()).isEmpty();

    sys.remove("loop0");

    assertThat(scanner.scan(Map.of("loop0", known)).devices()).isEmpty();
  }

  @Test
  void scanFailsWithoutSysfs() {
    assertThatIOException()
        .isThrownBy(() -> new LoopScanner(root.resolve("nowhere")).scan(Map.of()));
  }
}
