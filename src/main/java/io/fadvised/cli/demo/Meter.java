package io.fadvised.cli.demo;

import io.fadvised.engine.Host;
import io.fadvised.engine.Pacing;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.OpenFile;
import io.fadvised.pagecache.ByteRange;
import io.fadvised.pagecache.Eviction;
import io.fadvised.pagecache.Evictor;
import io.fadvised.pagecache.ProbeChooser;
import io.fadvised.pagecache.ResidencyProbe;
import io.fadvised.pagecache.UnmeasurableException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;

/** Measures, and evicts, one of our own files by the daemon's own means. */
final class Meter {
  /** An operator asked for all of it, and can interrupt. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Host host;
  private final ProbeChooser probes;
  private final Evictor evictor;

  Meter(Host host) {
    this.host = host;
    probes = new ProbeChooser(host.kernel());
    evictor = new Evictor(host.kernel(), host.pause(), host.clock()::nanos, new Pacing(host));
  }

  /** Bytes of a file in the page cache. */
  long residentBytes(Path path) throws IOException, InterruptedException {
    return with(path, (file, probe, range) -> probe.measure(file, range).total().residentBytes());
  }

  Eviction evict(Path path) throws IOException, InterruptedException {
    return with(
        path,
        (file, probe, range) ->
            evictor.evict(file, probe.measure(file, range), probe, range, PATIENCE));
  }

  private interface Work<T> {
    T with(OpenFile file, ResidencyProbe probe, ByteRange range)
        throws IOException, InterruptedException;
  }

  private <T> T with(Path path, Work<T> work) throws IOException, InterruptedException {
    Charset encoding = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    try (OpenFile located = host.kernel().locate(path.toString().getBytes(encoding));
        OpenFile file = host.kernel().openLocated(located)) {
      FileStat stat = host.kernel().stat(file);
      ByteRange range =
          ByteRange.ofFile(stat.sizeBytes()).alignedOutwards(host.kernel().pageBytes());
      return work.with(file, probes.choose(file, stat, range), range);
    } catch (UnmeasurableException e) {
      throw new IOException(path + ": " + e.reason(), e);
    }
  }
}
