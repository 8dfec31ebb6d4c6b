package io.fadvised.cli.demo;

import io.fadvised.engine.Host;
import io.fadvised.engine.Pacing;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.OpenFile;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.Measurement;
import io.fadvised.pagecache.MeasuringMemory;
import io.fadvised.pagecache.Region;
import io.fadvised.pagecache.UnmeasurableException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;

/** Measures and evicts a file of the demonstration with the daemon's own code. */
final class Meter {
  private final Host host;
  private final Evictor evictor;

  Meter(Host host) {
    this.host = host;
    evictor =
        new Evictor(
            host.kernel(),
            host.pause(),
            host.clock()::nanos,
            new Pacing(host),
            Measurement.UNLIMITED);
  }

  /** Returns the bytes of a file in the page cache. */
  long residentBytes(Path path) throws IOException, InterruptedException {
    return with(path, (file, measured, range) -> measured.total().residentBytes());
  }

  Eviction evict(Path path) throws IOException, InterruptedException {
    return with(
        path,
        (file, measured, range) ->
            evictor.evict(
                file,
                measured,
                Region.ranges(measured.regions()),
                range,
                Measurement.UNLIMITED,
                () -> true));
  }

  private interface Work<T> {
    T with(OpenFile file, Measurement measured, ByteRange range)
        throws IOException, InterruptedException;
  }

  private <T> T with(Path path, Work<T> work) throws IOException, InterruptedException {
    Charset encoding = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    try (OpenFile located = host.kernel().locate(path.toString().getBytes(encoding));
        OpenFile file = host.kernel().openLocated(located)) {
      FileStat stat = host.kernel().stat(file);
      ByteRange range =
          ByteRange.ofFile(stat.sizeBytes()).alignedOutwards(host.kernel().pageBytes());
      Measurement measured =
          Measurement.of(
              host.kernel(),
              file,
              stat,
              range,
              new MeasuringMemory(0),
              Measurement.UNLIMITED,
              host.clock()::nanos);
      return work.with(file, measured, range);
    } catch (UnmeasurableException e) {
      throw new IOException(path + ": " + e.reason(), e);
    }
  }
}
