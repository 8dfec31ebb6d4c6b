package io.fadvised.pressure;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Reads {@link PressureSample}s. */
public final class PressureReader implements PressureSource {
  private final Path procRoot;

  /**
   * Reads below one root, which in tests is a folder of fixtures.
   *
   * @param procRoot where procfs is mounted
   */
  public PressureReader(Path procRoot) {
    this.procRoot = procRoot;
  }

  @Override
  public PressureSample read() throws IOException {
    return new PressureSample(
        MemInfo.parse(text("meminfo")),
        VmStat.parse(text("vmstat")),
        psi("pressure/memory"),
        psi("pressure/io"));
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
