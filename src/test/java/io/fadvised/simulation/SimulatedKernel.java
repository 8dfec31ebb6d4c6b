package io.fadvised.simulation;

import io.fadvised.linux.CacheStat;
import io.fadvised.linux.Credentials;
import io.fadvised.linux.FileHandle;
import io.fadvised.linux.FileStat;
import io.fadvised.linux.FileSystemType;
import io.fadvised.linux.Kernel;
import io.fadvised.linux.KernelException;
import io.fadvised.linux.LoopStatus;
import io.fadvised.linux.OpenFile;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The system calls on a simulated host. Each is counted and takes as long as measured in
 * kernel-facts, while the programs run.
 */
final class SimulatedKernel implements Kernel {
  /** The fixed cost of a call; an estimate. */
  private static final long CALL_NANOS = 1_000;

  /** 1.8 ns for each resident page and 10 µs for an empty range (measured). */
  private static final long CACHESTAT_NANOS = 10_000;

  private static final double CACHESTAT_NANOS_PER_PAGE = 1.8;

  /** For each page sent to the disk: 5 to 8 µs for four pages in a row (measured with fsync). */
  private static final long ADVICE_NANOS_PER_SENT_PAGE = 1_500;

  /** Opens and closes of device node, mount and handle, status and fstat(2): about ten calls. */
  private static final long OPEN_NANOS = 30_000;

  private static final int REGULAR_FILE = 0x8180;
  private static final int ENOSYS = 38;

  /** The number of calls of one name, and the time inside them. */
  record Calls(long count, long nanos) {
    static final Calls NONE = new Calls(0, 0);

    private Calls and(long more) {
      return new Calls(count + 1, nanos + more);
    }

    /** Returns the calls between two states, by name; without names that were not called. */
    static Map<String, Calls> since(Map<String, Calls> before, Map<String, Calls> now) {
      Map<String, Calls> made = new TreeMap<>();
      now.forEach(
          (name, all) -> {
            Calls old = before.getOrDefault(name, NONE);
            made.put(name, new Calls(all.count - old.count, all.nanos - old.nanos));
          });
      made.values().removeIf(calls -> calls.count == 0);
      return made;
    }
  }

  private final SimulatedHost host;
  private final KernelFeatures features;
  private final Map<Integer, CachedFile> open = new HashMap<>();
  private final Map<String, Calls> calls = new TreeMap<>();
  private int nextDescriptor = 3;

  SimulatedKernel(SimulatedHost host, KernelFeatures features) {
    this.host = host;
    this.features = features;
  }

  /** Opens a backing file; all calls for it count as one. */
  OpenFile open(CachedFile file) {
    spend("open", OPEN_NANOS);
    int descriptor = nextDescriptor++;
    open.put(descriptor, file);
    return new OpenFile(descriptor, () -> open.remove(descriptor));
  }

  /** Returns number and time of the calls by name. */
  Map<String, Calls> calls() {
    return new TreeMap<>(calls);
  }

  /**
   * Counts work of the kernel for the engine, by system calls or files in /proc and /sys, and
   * advances the time.
   */
  void spend(String call, long nanos) {
    calls.merge(call, Calls.NONE.and(nanos), (old, added) -> old.and(nanos));
    host.advance(nanos);
  }

  FileStat statOf(CachedFile file) {
    return new FileStat(file.identity(), REGULAR_FILE, 0, file.sizeBytes());
  }

  @Override
  public int pageBytes() {
    return PageCache.PAGE_BYTES;
  }

  @Override
  public int onlineProcessors() {
    return host.machine().hardware().cpus();
  }

  @Override
  public Credentials credentials() {
    return new Credentials(0, -1L, true);
  }

  @Override
  public FileStat stat(OpenFile file) {
    spend("fstat", CALL_NANOS);
    return statOf(fileOf(file));
  }

  @Override
  public byte[] pathOf(OpenFile file) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystemType fileSystemType(OpenFile file) {
    return FileSystemType.EXT4;
  }

  @Override
  public boolean mayMeasure(OpenFile file) {
    return true;
  }

  @Override
  public BitSet residentPages(OpenFile file, long offset, long length) {
    BitSet pages = host.machine().cache().residentPages(fileOf(file), offset, offset + length);
    spend("mincore", CALL_NANOS + length / pageBytes() * features.mincoreNanosPerPage());
    return pages;
  }

  @Override
  public int[] residentPages(OpenFile file, long[] offsets, int length) {
    int[] counts = new int[offsets.length];
    for (int i = 0; i < counts.length; i++) {
      long end = offsets[i] + length;
      counts[i] = host.machine().cache().residentPages(fileOf(file), offsets[i], end).cardinality();
    }
    long pages = (long) counts.length * length / pageBytes();
    spend("mincore", CALL_NANOS * counts.length + pages * features.mincoreNanosPerPage());
    return counts;
  }

  /** Files here have no holes. */
  @Override
  public boolean mayAskForData(OpenFile file) {
    return false;
  }

  @Override
  public OptionalLong nextData(OpenFile file, long offset) {
    return OptionalLong.of(offset);
  }

  @Override
  public CacheStat cacheStat(OpenFile file, long offset, long length) throws KernelException {
    if (!features.hasCachestat()) {
      spend("cachestat", CALL_NANOS);
      throw new KernelException("cachestat", ENOSYS);
    }
    CachedFile cached = fileOf(file);
    PageCache cache = host.machine().cache();
    long end = length == 0 ? cached.sizeBytes() : offset + length;
    CacheStat found = cache.count(cached, offset, end);
    spend("cachestat", CACHESTAT_NANOS + (long) (found.residentPages() * CACHESTAT_NANOS_PER_PAGE));
    return found;
  }

  @Override
  public byte[] read(OpenFile file, long offset, int length) {
    return new byte[length];
  }

  @Override
  public void adviseDontNeed(OpenFile file, long offset, long length) {
    CachedFile cached = fileOf(file);
    advise(cached, offset, length == 0 ? cached.sizeBytes() : offset + length);
  }

  /** Advises a whole file, as a program other than the engine does. */
  void adviseWhole(CachedFile file) {
    advise(file, 0, file.sizeBytes());
  }

  private void advise(CachedFile cached, long offset, long end) {
    long pages = (end - offset + pageBytes() - 1) / pageBytes();
    PageCache.Advice done = host.machine().cache().dontNeed(cached, offset, end);
    spend(
        "posix_fadvise",
        CALL_NANOS
            + done.leftPages() * features.adviceNanosPerPage()
            + done.sentPages() * ADVICE_NANOS_PER_SENT_PAGE
            + (drains(done, pages) ? features.drainNanos() : 0));
  }

  private boolean drains(PageCache.Advice done, long pages) {
    return features.isEl7() ? done.leftPages() < pages : done.stayedPages() > 0;
  }

  private CachedFile fileOf(OpenFile file) {
    return open.get(file.descriptor());
  }

  // -- calls for opening a backing file, which are not used here ----------------------------------

  @Override
  public OpenFile locate(byte[] path) {
    throw new UnsupportedOperationException("locate");
  }

  @Override
  public OpenFile openDirectory(byte[] path) {
    throw new UnsupportedOperationException("openDirectory");
  }

  @Override
  public OpenFile openLoopDevice(byte[] path) {
    throw new UnsupportedOperationException("openLoopDevice");
  }

  @Override
  public OpenFile locateByHandle(OpenFile mount, FileHandle handle) {
    throw new UnsupportedOperationException("locateByHandle");
  }

  @Override
  public OpenFile openLocated(OpenFile located) {
    throw new UnsupportedOperationException("openLocated");
  }

  @Override
  public LoopStatus loopStatus(OpenFile loopDevice) {
    throw new UnsupportedOperationException("loopStatus");
  }

  @Override
  public int xfsGeneration(OpenFile mount, long inode) {
    throw new UnsupportedOperationException("xfsGeneration");
  }
}
