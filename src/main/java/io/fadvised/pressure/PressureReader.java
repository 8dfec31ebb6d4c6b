package io.fadvised.pressure;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads {@link PressureSample}s. */
public final class PressureReader implements PressureSource {
  /** Limits nonsensical values so that computing with them does not overflow. */
  private static final long MAX_NUMBER = 1L << 40;

  private final Path procRoot;

  /**
   * Makes a reader.
   *
   * @param procRoot where procfs is mounted; in tests a directory of fixtures
   */
  public PressureReader(Path procRoot) {
    this.procRoot = procRoot;
  }

  @Override
  public PressureSample read() throws IOException {
    MemInfo memory = MemInfo.parse(text("meminfo"));
    return new PressureSample(
        memory,
        watermarkBytes(memory),
        VmStat.parse(text("vmstat")),
        psi("pressure/memory"),
        psi("pressure/io"));
  }

  /**
   * Returns the sum of the zones' high watermarks, as __setup_per_zone_wmarks (mm/page_alloc.c)
   * computes them. /proc/zoneinfo has them too, but printing it holds the lock of each zone.
   */
  private long watermarkBytes(MemInfo memory) {
    long min = number("sys/vm/min_free_kbytes") << 10;
    long scale = number("sys/vm/watermark_scale_factor"); // 4.6
    return min + 2 * Math.max(min / 4, memory.totalBytes() / 10_000 * scale);
  }

  /** Returns the number in a file; 0 if there is none. */
  private long number(String name) {
    try {
      return Math.min(MAX_NUMBER, Math.max(0, ProcText.number(text(name).strip())));
    } catch (IOException e) {
      return 0;
    }
  }

  private Optional<Psi> psi(String name) {
    try {
      return Psi.parse(text(name));
    } catch (IOException e) { // not there, or EOPNOTSUPP where it is switched off
      return Optional.empty();
    }
  }

  private String text(String name) throws IOException {
    return Files.readString(procRoot.resolve(name), ISO_8859_1);
  }
}
