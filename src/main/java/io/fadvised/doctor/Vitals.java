package io.fadvised.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fadvised.loop.RequestCounters;
import io.fadvised.pressure.PressureSample;
import io.fadvised.pressure.PressureSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The host's counters at one moment. Values that cannot be read are empty.
 *
 * @param pressure memory, reclaim and stalls
 * @param disks the counters of every block device, by name
 * @param processes the reads of the processes, by number
 */
record Vitals(
    Optional<CpuTimes> cpu,
    Optional<PressureSample> pressure,
    Map<String, RequestCounters> disks,
    Map<Integer, ProcessIo> processes) {

  static Vitals read(Path procRoot, PressureSource pressure) {
    return new Vitals(
        text(procRoot.resolve("stat")).flatMap(CpuTimes::parse),
        sample(pressure),
        text(procRoot.resolve("diskstats")).map(RequestCounters::parseAll).orElse(Map.of()),
        ProcessIo.readAll(procRoot));
  }

  private static Optional<PressureSample> sample(PressureSource pressure) {
    try {
      return Optional.of(pressure.read());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file, ISO_8859_1));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
